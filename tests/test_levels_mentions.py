"""Mentions: overlap worked by hand and in plain loops, strict matching as seqeval and scikit-learn have it."""

from __future__ import annotations

import pytest
from sklearn.metrics import precision_recall_fscore_support

from random_documents import TEXT, TYPES, WORDS, random_document, word_span
from relex.alignment import Pair
from relex.document import Document, Mention
from relex.evaluation import evaluate
from relex.levels.mentions import score_overlaps
from relex.metrics import Counts


def document(*spans: tuple[int, int, str]) -> Document:
    """A document with mentions from word to word, each of an entity of its own."""
    mentions = [Mention(*word_span(first, last), type, (f"e{i}",)) for i, (first, last, type) in enumerate(spans)]
    return Document("d", TEXT, tuple(mentions))


def overlap(gold: Document, predicted: Document) -> dict[str, Counts]:
    return score_overlaps(Pair(gold, predicted, frozenset()))


class TestOverlap:
    def test_one_shared_character_is_enough(self):
        gold, predicted = document((0, 2, "GPE")), document((2, 5, "GPE"))
        assert overlap(gold, predicted) == {"GPE": Counts(1, 1, 1)}

    def test_touching_spans_share_nothing(self):
        gold = Document("d", "ab", (Mention(0, 1, "GPE", ("x",)),))
        predicted = Document("d", "ab", (Mention(1, 2, "GPE", ("x",)),))
        assert overlap(gold, predicted) == {"GPE": Counts(0, 1, 1)}

    def test_the_type_must_agree(self):
        assert overlap(document((0, 1, "GPE")), document((0, 1, "ORG"))) == {
            "GPE": Counts(0, 0, 1),
            "ORG": Counts(0, 1, 0),
        }

    def test_two_pieces_of_one_mention_are_both_right_and_find_one(self):
        gold, predicted = document((0, 3, "GPE")), document((0, 0, "GPE"), (3, 3, "GPE"), (5, 5, "GPE"))
        assert overlap(gold, predicted) == {"GPE": Counts(2, 3, 1, found=1)}

    def test_one_mention_over_two_is_right_once_and_finds_both(self):
        gold, predicted = document((0, 0, "GPE"), (3, 3, "GPE"), (5, 5, "GPE")), document((0, 3, "GPE"))
        assert overlap(gold, predicted) == {"GPE": Counts(1, 1, 3, found=2)}

    def test_nested_mentions_each_count(self):
        gold, predicted = document((0, 4, "ORG"), (1, 1, "ORG")), document((3, 3, "ORG"))
        assert overlap(gold, predicted) == {"ORG": Counts(1, 1, 2, found=1)}

    @pytest.mark.parametrize("seed", range(40))
    def test_equals_plain_loops(self, seed):
        gold, predicted = random_document(seed), random_document(seed + 1000)

        def touch(one: Mention, other: Mention) -> bool:
            shared = set(range(one.start, one.end)) & set(range(other.start, other.end))
            return one.type == other.type and bool(shared)

        total = sum(overlap(gold, predicted).values(), Counts())
        assert total == Counts(
            sum(any(touch(p, g) for g in gold.mentions) for p in predicted.mentions),
            len(predicted.mentions),
            len(gold.mentions),
            found=sum(any(touch(g, p) for p in predicted.mentions) for g in gold.mentions),
        )


def flat_corpus(seed: int) -> tuple[list[Document], list[Document]]:
    """Ten gold documents without nested mentions, and predictions that share some of their mentions."""
    gold, predicted = [], []
    for i in range(10):
        true = random_document(100 * seed + i, id=f"d{i}", nested=False)
        # Every third mention is taken over; the others give way where they cross what is there.
        kept = list(true.mentions[::3])
        for m in random_document(100 * seed + i + 10_000, nested=False).mentions:
            if all(m.end <= k.start or k.end <= m.start for k in kept):
                kept.append(Mention(m.start, m.end, m.type, (f"own-{m.start}",)))
        kept = [Mention(m.start, m.end, m.type, (f"own-{m.start}",)) for m in kept]
        gold.append(Document(true.id, TEXT, true.mentions))
        predicted.append(Document(true.id, TEXT, tuple(kept)))
    return gold, predicted


def tags(source: Document) -> list[str]:
    """The BIO tag of every word."""
    found = ["O"] * len(WORDS)
    for m in source.mentions:
        first, last = m.start // 4, (m.end - 3) // 4
        found[first : last + 1] = [f"B-{m.type}", *[f"I-{m.type}"] * (last - first)]
    return found


@pytest.mark.parametrize("seed", range(8))
def test_flat_mentions_score_as_seqeval_has_it(seed):
    metrics = pytest.importorskip("seqeval.metrics")
    scheme = pytest.importorskip("seqeval.scheme")
    gold, predicted = flat_corpus(seed)
    expected = metrics.classification_report(
        [tags(d) for d in gold],
        [tags(d) for d in predicted],
        mode="strict",
        scheme=scheme.IOB2,
        output_dict=True,
        zero_division=0,
    )
    report = evaluate(gold, predicted)
    assert set(report.types("mention")) == set(TYPES)
    for name, own in [*report.per_type("mention").items(), ("micro avg", report.micro("mention"))]:
        assert (own.precision, own.recall, own.f1, own.gold) == pytest.approx(tuple(expected[name].values()))
    # seqeval averages over all types that either side has; here gold has them all.
    assert all(own.gold for own in report.per_type("mention").values())
    macro = report.macro("mention")
    assert (macro.precision, macro.recall, macro.f1) == pytest.approx(tuple(expected["macro avg"].values())[:3])


@pytest.mark.parametrize("seed", range(8))
def test_mentions_score_as_scikit_learn_has_it(seed):
    # Every span that either side has under a type is a question with two answers, yes or no.
    gold, predicted = random_document(seed), random_document(seed + 1000)
    sides = [{(m.start, m.end, m.type) for m in side.mentions} for side in (gold, predicted)]
    report = evaluate([gold], [predicted])
    for kind, own in report.per_type("mention").items():
        asked = sorted(key for key in sides[0] | sides[1] if key[2] == kind)
        answers = [[key in side for key in asked] for side in sides]
        expected = precision_recall_fscore_support(*answers, average="binary", zero_division=0)[:3]
        assert (own.precision, own.recall, own.f1) == pytest.approx(expected)
