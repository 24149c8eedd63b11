"""Entities: the published test cases of the CoNLL scorer, examples of the papers, and slow references."""

from __future__ import annotations

import pytest

import reference_scores as reference
from random_documents import random_document
from relex.alignment import Pair
from relex.document import Document, Mention
from relex.evaluation import evaluate
from relex.levels.entities import score_b3, score_ceaf, score_entities, score_lea, score_muc
from relex.metrics import UNTYPED, Counts

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789ABC"
SCORES = {"muc": score_muc, "b3": score_b3, "ceaf-e": score_ceaf, "lea": score_lea}


def document(clusters: str, *, id: str = "d") -> Document:
    """A document with a mention of one character for every letter: "ab c" has the entities {a, b} and {c}."""
    mentions = [
        Mention(at, at + 1, "GPE", (f"e{i}",))
        for i, cluster in enumerate(clusters.split())
        for at in map(LETTERS.index, cluster)
    ]
    return Document(id, LETTERS, tuple(mentions))


def count(level: str, gold: Document, predicted: Document) -> Counts:
    return SCORES[level](Pair(gold, predicted, frozenset()))[UNTYPED]


# Recall and precision of the scorer's own test cases: the key, the response, then MUC, B³, CEAF-e and LEA, as far as
# its documentation gives them.
CONLL_CASES = {
    "A-1": ("a bc def", "a bc def", (1, 1), (1, 1), (1, 1), (1, 1)),
    "A-2": ("a bc def", "a de", (1 / 3, 1), (7 / 18, 1), (1.8 / 3, 1.8 / 2), (2 / 6, 1)),
    "A-3": (
        "a bc def",
        "a bcx defy z",
        (1, 3 / 5),
        (1, 55 / 108),
        ((1 + 4 / 5 + 6 / 7) / 3, (1 + 4 / 5 + 6 / 7) / 4),
        (1, 4 / 9),
    ),
    "A-4": ("a bc def", "a bcx dy z", (1 / 3, 1 / 3), (5 / 9, 17 / 42), (2.2 / 3, 2.2 / 4), (1 / 2, 2 / 7)),
    "A-5": (
        "a bc def",
        "a bcxB dy z",
        (1 / 3, 1 / 4),
        (5 / 9, 5 / 16),
        ((1 + 4 / 6 + 2 / 5) / 3, (1 + 4 / 6 + 2 / 5) / 4),
        (1 / 2, 5 / 24),
    ),
    "A-6": ("a bc def", "a bcx dy Bz", (1 / 3, 1 / 4), (5 / 9, 17 / 48), (2.2 / 3, 2.2 / 4), (1 / 2, 1 / 4)),
    "A-10": ("a bc def", "a b c d e f", (0, 0), (3 / 6, 1), None, (1 / 6, 1 / 6)),
    "A-11": ("a bc def", "abcdef", (1, 3 / 5), (1, 7 / 18), None, (5 / 6, 4 / 15)),
    "A-12": ("a bc def", "a x y c d e z", (0, 0), (13 / 36, 4 / 7), None, (1 / 6, 1 / 7)),
    "A-13": ("a bc def", "axycdez", (1 / 3, 1 / 6), (17 / 36, 6 / 49), None, (1 / 6, 1 / 21)),
    "B-1": ("ab cde", "bcx de", None, None, None, (1 / 5, 2 / 5)),
    "C-1": ("ab cde fg", "bcx de fg", None, None, None, (3 / 7, 4 / 7)),
    "D-1": ("12345 67 89ABC", "12345 6789ABC", (1, 9 / 10), (1, 16 / 21), None, (1, (5 + 7 * 11 / 21) / 12)),
    "E-1": ("12345 67 89ABC", "1234589ABC 67", (1, 9 / 10), (1, 7 / 12), None, (1, (10 * 20 / 45 + 2) / 12)),
    "F-1": ("abcd", "ab cd", (2 / 3, 1), None, None, (2 / 6, 1)),
    "G-1": ("ab cd", "abcd", (1, 2 / 3), None, None, (1, 2 / 6)),
    "J-1": ("abc", "ac", (1 / 2, 1), None, None, (1 / 3, 1)),
    "K-1": ("bcdeghj", "abc def ghi", (3 / 6, 3 / 6), None, None, (3 / 21, 3 / 9)),
    "L-1": ("abc defg", "ab cd fgh", (2 / 5, 2 / 4), None, None, ((1 + 4 / 6) / 7, 3 / 7)),
    "M-1": ("abcdef", "abcdef", (1, 1), (1, 1), (1, 1), (1, 1)),
    "M-2": ("abcdef", "a b c d e f", (0, 0), None, None, (0, 0)),
    "M-3": ("abcdef", "ab cde f", None, None, None, (4 / 15, 5 / 6)),
    "M-4": ("abcdef", "abcxyz", None, None, None, (3 / 15, 3 / 15)),
    "M-6": ("abcdef", "ab cxy z", None, None, None, (1 / 15, 2 / 6)),
    "N-1": ("a b c d e f", "a b c d e f", (0, 0), (1, 1), (1, 1), (1, 1)),
    "N-2": ("a b c d e f", "abcdef", None, None, None, (0, 0)),
    "N-3": ("a b c d e f", "ab cde f", None, None, None, (1 / 6, 1 / 6)),
    "N-4": ("a b c d e f", "a b c x y z", (0, 0), None, None, (3 / 6, 3 / 6)),
    "N-6": ("a b c d e f", "ab cxy z", None, None, None, (0, 0)),
}


@pytest.mark.parametrize("case", CONLL_CASES)
def test_the_cases_of_the_conll_scorer(case):
    key, response, *expected = CONLL_CASES[case]
    for level, rates in zip(SCORES, expected, strict=True):
        if rates is not None:
            found = count(level, document(key), document(response))
            assert (found.recall, found.precision) == pytest.approx(rates), level


class TestWorkedByHand:
    def test_the_running_example_of_the_lea_paper(self):
        # Key {a b c} {d e f g}, response {a b} {c d} {f g h i}: 1 of 3 and 1 of 6 links are found.
        found = count("lea", document("abc defg"), document("ab cd fghi"))
        assert found.recall == pytest.approx((3 * 1 / 3 + 4 * 1 / 6) / 7)
        assert found.precision == pytest.approx((2 * 1 + 2 * 0 + 4 * 1 / 6) / 8)

    def test_the_counts_behind_the_rates(self):
        gold, predicted = document("abcd e"), document("ab cx d e")
        # Two links of three; {a, b}, {c} and {d} are three parts.
        assert count("muc", gold, predicted) == Counts(1, 2, 3)
        # Precision: a, b whole, c half, x none, d and e whole. Recall: 2/4 of a and b, 1/4 of c and d, all of e.
        assert count("b3", gold, predicted) == Counts(4.5, 6, 5, found=2.5)
        # Precision: {a, b} and {e} count 2 + 1, {d} is a singleton that gold links. Recall: 1 of 6 links, and {e}.
        assert count("lea", gold, predicted) == Counts(3, 6, 5, found=4 / 6 + 1)

    def test_documents_are_pooled_before_rates_are_taken(self):
        gold = [document("abcd", id="x"), document("ab", id="y")]
        predicted = [document("ab cd", id="x"), document("ab", id="y")]
        assert evaluate(gold, predicted).micro("muc") == Counts(3, 3, 4)

    def test_the_conll_score_is_the_mean_of_three(self):
        gold, predicted = document("a bc def"), document("a bcx dy z")
        found = evaluate([gold], [predicted]).rates("coreference")
        f1 = [1 / 3, reference.harmonic(17 / 42, 5 / 9), reference.harmonic(2.2 / 4, 2.2 / 3)]
        assert found.f1 == pytest.approx(sum(f1) / 3)

    def test_types_do_not_matter(self):
        gold = document("ab c")
        predicted = Document("d", LETTERS, tuple(Mention(m.start, m.end, "ORG", m.entities) for m in gold.mentions))
        for level in SCORES:
            assert count(level, gold, predicted).f1 == 1


class TestGroupMentions:
    """The mention g names both entities."""

    @staticmethod
    def grouped(clusters: str, *members: str) -> Document:
        at = LETTERS.index("g")
        plain = document(clusters)
        return Document("d", LETTERS, (*plain.mentions, Mention(at, at + 1, "GPE", members)))

    @pytest.mark.parametrize("level", SCORES)
    def test_are_left_out_on_both_sides(self, level):
        gold, predicted = self.grouped("abc de", "e0", "e1"), self.grouped("ab cde", "e0", "e1")
        assert count(level, gold, predicted) == count(level, document("abc de"), document("ab cde"))

    @pytest.mark.parametrize("level", SCORES)
    def test_taken_for_a_mention_of_one_entity_they_are_spurious(self, level):
        gold, predicted = self.grouped("abc de", "e0", "e1"), self.grouped("abc de", "e0")
        assert count(level, gold, predicted) == count(level, document("abc de"), document("abcg de"))

    def test_an_entity_that_nothing_else_names_is_left_out(self):
        gold = self.grouped("abc", "e0", "other")
        assert count("ceaf-e", gold, document("abc")) == Counts(1, 1, 1)
        assert count("b3", gold, document("abc")) == Counts(3, 3, 3)

    def test_count_for_each_of_their_entities_in_the_level_entity(self):
        gold, predicted = self.grouped("ab c", "e0", "e1"), document("ab c")
        (own,) = score_entities(Pair(gold, predicted, frozenset())).values()
        assert own == Counts(2 * 2 / 5 + 2 * 1 / 3, 2, 2)


def clusters(source: Document) -> list[set[tuple[int, int]]]:
    """The entities as sets of spans of mentions that name one entity."""
    found: dict[str, set[tuple[int, int]]] = {}
    for m in source.mentions:
        if len(m.entities) == 1:
            found.setdefault(m.entities[0], set()).add((m.start, m.end))
    return list(found.values())


REFERENCES = {"muc": reference.muc, "b3": reference.b_cubed, "ceaf-e": reference.ceaf_e, "lea": reference.lea}


@pytest.mark.parametrize("groups", [False, True])
@pytest.mark.parametrize("seed", range(25))
def test_random_corpora_score_as_the_references_say(seed, groups):
    gold = [random_document(10 * seed + i, id=f"d{i}", groups=groups) for i in range(4)]
    predicted = [random_document(10 * seed + i + 5000, id=f"d{i}", groups=groups) for i in range(4)]
    report = evaluate(gold, predicted)
    f1 = {}
    for level, score in REFERENCES.items():
        pairs = [(clusters(g), clusters(p)) for g, p in zip(gold, predicted, strict=True)]
        recall = reference.rate([score(g, p) for g, p in pairs])
        precision = reference.rate([score(p, g) for g, p in pairs])
        own = report.micro(level)
        assert (own.recall, own.precision) == pytest.approx((recall, precision))
        f1[level] = reference.harmonic(precision, recall)
        assert own.f1 == pytest.approx(f1[level])
    conll = (f1["muc"] + f1["b3"] + f1["ceaf-e"]) / 3
    assert report.rates("coreference").f1 == pytest.approx(conll)
    assert report.interval("coreference", n_samples=2).point == pytest.approx(conll)
    if not groups:
        assert report.micro("entity") == report.micro("ceaf-e")
