"""Pairs of mentions and of entities: every function equals its plain loop on many seeds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import tiny
from arrays import SURFACES, random_memberships, random_pairs, random_spans
from relex.document import Document
from relex.encoding import align, encode
from relex.gazetteer import capital_code, country_code
from relex.pairs import (
    DISTANCE_BUCKETS,
    N_DISTANCES,
    N_SENTENCE_DISTANCES,
    SURFACE_FEATURES,
    Memberships,
    Reading,
    Spans,
    allowed_types,
    coreference_pairs,
    count_near,
    distances,
    entity_pairs,
    member_pairs,
    near_pairs,
    relation_pairs,
    surface_features,
)
from relex.schema import builtin_schema

SEEDS = range(60)
NO_PAIRS = np.zeros((0, 2), dtype=np.int64)


def all_near(spans: Spans, max_words: int) -> Iterator[tuple[int, int]]:
    """Yield all i < j of one document that are near enough."""
    for i in range(len(spans)):
        for j in range(i + 1, len(spans)):
            if spans.documents[i] == spans.documents[j] and spans.starts[j] - spans.starts[i] <= max_words:
                yield i, j


def rows(pairs: np.ndarray) -> list[tuple[int, int]]:
    found = [tuple(pair) for pair in pairs.tolist()]
    assert len(found) == len(set(found)), "a pair is listed twice"
    return sorted(found)


def random_case(seed: int) -> tuple[Spans, int, np.random.Generator]:
    random = np.random.default_rng(seed)
    spans = random_spans(random, n=int(random.integers(0, 25)), n_documents=int(random.integers(1, 4)))
    return spans, int(random.integers(1, 40)), random


@pytest.mark.parametrize("seed", SEEDS)
def test_near_pairs(seed: int) -> None:
    spans, max_words, _ = random_case(seed)
    found = np.stack(near_pairs(spans, max_words=max_words), axis=1)
    assert rows(found) == sorted(all_near(spans, max_words))


@pytest.mark.parametrize("seed", SEEDS)
def test_near_pairs_are_those_with_the_nearest_where_they_are_bounded(seed: int) -> None:
    spans, max_words, random = random_case(seed)
    most = int(random.integers(1, 8))
    expected = [(i, j) for i, j in all_near(spans, max_words) if j - i <= most]
    assert rows(np.stack(near_pairs(spans, max_words=max_words, max_mentions=most), axis=1)) == expected
    reach = {"max_words": max_words, "max_mentions": most}
    allowed = np.ones((1, 3, 3), dtype=bool)
    for pairs in (relation_pairs(spans, allowed, **reach), member_pairs(spans, **reach)):
        assert all(abs(i - j) <= most for i, j in rows(pairs))


@pytest.mark.parametrize("seed", SEEDS)
def test_near_mentions_that_follow_are_counted(seed: int) -> None:
    spans, max_words, _ = random_case(seed)
    near = [i for i, _ in all_near(spans, max_words)]
    assert count_near(spans, max_words=max_words).tolist() == [near.count(i) for i in range(len(spans))]


@pytest.mark.parametrize("seed", SEEDS)
def test_relation_pairs_are_ordered_and_pair_a_group_with_itself(seed: int) -> None:
    spans, max_words, random = random_case(seed)
    allowed = random.random((2, 3, 3)) < 0.3
    expected = [
        (i, j)
        for near in all_near(spans, max_words)
        for i, j in (near, near[::-1])
        if any(allowed[r, spans.types[i], spans.types[j]] for r in range(2))
    ]
    expected += [(i, i) for i in np.flatnonzero(spans.groups) if allowed[:, spans.types[i], spans.types[i]].any()]
    assert rows(relation_pairs(spans, allowed, max_words=max_words)) == sorted(expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_member_pairs_join_a_group_and_single_mentions_of_its_type(seed: int) -> None:
    spans, max_words, _ = random_case(seed)
    expected = [
        (i, j)
        for near in all_near(spans, max_words)
        for i, j in (near, near[::-1])
        if spans.groups[i] and not spans.groups[j] and spans.types[i] == spans.types[j]
    ]
    assert rows(member_pairs(spans, max_words=max_words)) == sorted(expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_coreference_pairs_join_near_mentions_and_far_ones_of_the_same_surface(seed: int) -> None:
    spans, max_words, _ = random_case(seed)

    def alike(i: int, j: int) -> bool:
        return bool(spans.types[i] == spans.types[j] and not spans.groups[i] and not spans.groups[j])

    expected = {(i, j) for i, j in all_near(spans, max_words) if alike(i, j)}
    for j in range(len(spans)):
        same = [
            i
            for i in range(j)
            if alike(i, j) and spans.documents[i] == spans.documents[j] and spans.surfaces[i] == spans.surfaces[j]
        ]
        if same:
            expected.add((same[-1], j))
    assert rows(coreference_pairs(spans, max_words=max_words)) == sorted(expected)


def test_allowed_types_are_those_of_the_schema() -> None:
    schema = builtin_schema()
    allowed = allowed_types(schema)
    assert allowed.shape == (18, 10, 10)
    for r, relation in enumerate(schema.relation_types):
        for i, head in enumerate(schema.mention_names):
            for j, tail in enumerate(schema.mention_names):
                assert allowed[r, i, j] == (head in relation.head and tail in relation.tail)
    assert allowed_types(tiny.WITHOUT_RELATIONS).shape == (0, 1, 1)


def test_a_name_is_followed_through_a_text_of_any_length() -> None:
    starts = np.array([0, 5, 5000, 90_000], dtype=np.int64)
    zeros = np.zeros(4, dtype=np.int64)
    surfaces = ("Oslo", "Lima", "Oslo", "Oslo")
    spans = Spans(starts, starts + 1, zeros, zeros, zeros.astype(bool), zeros, surfaces)
    assert rows(coreference_pairs(spans, max_words=100)) == [(0, 1), (0, 2), (2, 3)]


def test_pairs_grow_with_the_length_of_a_text_and_not_with_its_square() -> None:
    counts = []
    for n in (500, 1000):
        starts = np.arange(0, 10 * n, 10)
        zeros = np.zeros(n, dtype=np.int64)
        spans = Spans(starts, starts + 1, zeros, zeros, zeros.astype(bool), zeros, ("x",) * n)
        counts.append(len(near_pairs(spans, max_words=100)[0]))
    assert counts[1] < 2.05 * counts[0]


def test_pairs_of_a_list_of_names_grow_with_its_length_however_dense_it_is() -> None:
    starts = np.arange(1000)
    zeros = np.zeros(1000, dtype=np.int64)
    spans = Spans(starts, starts + 1, zeros, zeros, zeros.astype(bool), zeros, ("x",) * 1000)
    assert len(near_pairs(spans, max_words=1000, max_mentions=20)[0]) <= 20 * 1000


def test_a_name_is_followed_through_a_list_of_any_length() -> None:
    starts, zeros = np.arange(7), np.zeros(7, dtype=np.int64)
    spans = Spans(starts, starts + 1, zeros, zeros, zeros.astype(bool), zeros, tuple("Oabcdef"))
    near = [(i, j) for i in range(7) for j in range(i + 1, min(i + 3, 7))]
    assert rows(coreference_pairs(spans, max_words=100, max_mentions=2)) == near
    spans = Spans(starts, starts + 1, zeros, zeros, zeros.astype(bool), zeros, tuple("OabcOeO"))
    assert rows(coreference_pairs(spans, max_words=100, max_mentions=2)) == sorted([*near, (0, 4)])


@pytest.mark.parametrize("seed", SEEDS)
def test_distances(seed: int) -> None:
    spans, _, random = random_case(seed)
    pairs = random_pairs(random, n_items=len(spans), n=40)
    expected = []
    for i, j in pairs.tolist():
        left, right = range(spans.starts[i], spans.ends[i]), range(spans.starts[j], spans.ends[j])
        gap = 0 if set(left) & set(right) else max(right[0] - left[-1] - 1, left[0] - right[-1] - 1)
        bucket = sum(gap + 1 >= bound for bound in DISTANCE_BUCKETS.tolist())
        sentence = min(max(int(spans.sentences[j] - spans.sentences[i]), -2), 3) + 2
        if set(left) == set(right):
            nesting = 4
        elif set(left) <= set(right):
            nesting = 3
        elif set(right) <= set(left):
            nesting = 2
        else:
            nesting = int(right[0] < left[0])
        expected.append([min(bucket, N_DISTANCES - 1), sentence, nesting])
    found = distances(spans, pairs)
    assert found.tolist() == expected
    assert found[:, 0].max(initial=0) < N_DISTANCES
    assert found[:, 1].max(initial=0) < N_SENTENCE_DISTANCES


class TestSurfaceFeatures:
    @staticmethod
    def reference(a: str, b: str) -> dict[str, float]:
        """Compare two surfaces from the definitions."""
        fold_a, fold_b = (s.casefold().replace(".", "") for s in (a, b))
        words_a, words_b = (s.replace("-", " ").replace("’", "'").split() or [s] for s in (fold_a, fold_b))
        named_a, named_b = (any(c.isupper() or c.isdigit() for c in s) for s in (a, b))
        initials = ["".join(w[0].lower() for w in s.replace("-", " ").split() if w[0].isupper()) for s in (a, b)]
        countries = [country_code(s) if named else None for s, named in ((a, named_a), (b, named_b))]
        capitals = [capital_code(s) if named else None for s, named in ((a, named_a), (b, named_b))]
        common, either = set(words_a) & set(words_b), set(words_a) | set(words_b)
        shorter = min(len(fold_a), len(fold_b))
        prefix = next((i for i in range(shorter) if fold_a[i] != fold_b[i]), shorter)
        return {
            "equal": fold_a == fold_b,
            "equal-case": a == b,
            "same-first-word": words_a[0] == words_b[0],
            "same-last-word": words_a[-1] == words_b[-1],
            "contained": set(words_a) <= set(words_b) or set(words_b) <= set(words_a),
            "acronym": any(len(i) > 1 and i == fold for i, fold in zip(initials, (fold_b, fold_a), strict=True)),
            "same-country": None not in countries and countries[0] == countries[1],
            "other-country": None not in countries and countries[0] != countries[1],
            "capital-of": any(c is not None and c == k for c, k in zip(capitals, countries[::-1], strict=True)),
            "both-named": named_a and named_b,
            "one-named": named_a ^ named_b,
            "common-prefix": prefix / max(len(fold_a), len(fold_b)),
            "word-overlap": len(common) / len(either),
        }  # fmt: skip

    def test_equal_the_definitions_for_every_two_surfaces(self) -> None:
        pairs = np.array([(i, j) for i in range(len(SURFACES)) for j in range(len(SURFACES))])
        found = surface_features(SURFACES, pairs)
        for (i, j), values in zip(pairs.tolist(), found.tolist(), strict=True):
            expected = self.reference(SURFACES[i], SURFACES[j])
            assert tuple(expected) == SURFACE_FEATURES
            assert values == pytest.approx([float(value) for value in expected.values()]), (SURFACES[i], SURFACES[j])

    @pytest.mark.parametrize(
        ("a", "b", "names"),
        [
            ("Georgia", "Georgian", "same-country"),
            ("Oslo", "Norwegian", "capital-of"),
            ("Nordic Bank", "NB", "acronym"),
            ("Norway", "Peru", "other-country"),
            ("Nino Beridze", "Beridze", "same-last-word contained"),
            ("charter", "trade charter", "same-last-word contained"),
        ],
    )
    def test_see_what_links_names(self, a: str, b: str, names: str) -> None:
        for pair in ([0, 1], [1, 0]):
            (values,) = surface_features([a, b], np.array([pair]))
            features = dict(zip(SURFACE_FEATURES, values.tolist(), strict=True))
            assert all(features[name] == 1 for name in names.split())

    @pytest.mark.parametrize("seed", range(20))
    def test_are_those_of_the_pair_whatever_else_is_compared(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        surfaces = [SURFACES[i] for i in random.integers(len(SURFACES), size=10)]
        pairs = random_pairs(random, n_items=10, n=30)
        alone = [surface_features(surfaces, pair[None])[0] for pair in pairs]
        assert np.array_equal(surface_features(surfaces, pairs), np.array(alone))

    def test_of_no_pairs_are_an_empty_table(self) -> None:
        assert surface_features((), NO_PAIRS).shape == (0, len(SURFACE_FEATURES))
        assert surface_features(("a",), NO_PAIRS).shape == (0, len(SURFACE_FEATURES))


class TestEntityPairs:
    @pytest.mark.parametrize("seed", SEEDS)
    def test_equal_the_plain_loop(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        n_mentions, n_entities = int(random.integers(1, 10)), int(random.integers(1, 6))
        memberships = random_memberships(random, n_mentions=n_mentions, n_entities=n_entities)
        pairs = random_pairs(random, n_items=n_mentions, n=int(random.integers(0, 30)))
        names: dict[int, list[int]] = {m: [] for m in range(n_mentions)}
        for mention, entity in zip(memberships.mentions.tolist(), memberships.entities.tolist(), strict=True):
            names[mention].append(entity)
        expected: dict[tuple[int, int], list[int]] = {}
        for p, (i, j) in enumerate(pairs.tolist()):
            for head in names[i]:
                for tail in names[j]:
                    if head != tail:
                        expected.setdefault((head, tail), []).append(p)
        found = entity_pairs(pairs, memberships)
        keys = list(zip(found.heads.tolist(), found.tails.tolist(), strict=True))
        assert keys == sorted(expected)
        assert found.owners.tolist() == sorted(found.owners.tolist())
        for q, key in enumerate(keys):
            assert sorted(found.entries[found.owners == q].tolist()) == sorted(expected[key])

    def test_a_group_speaks_for_each_of_its_members(self) -> None:
        # Mention 0 names entities 0 and 1, mention 1 names entity 2.
        memberships = Memberships(np.array([0, 0, 1]), np.array([0, 1, 2]))
        found = entity_pairs(np.array([[0, 1], [0, 0]]), memberships)
        assert list(zip(found.heads, found.tails, strict=True)) == [(0, 1), (0, 2), (1, 0), (1, 2)]
        assert found.entries.tolist() == [1, 0, 1, 0]

    def test_of_nothing_are_nothing(self) -> None:
        nothing = np.zeros(0, dtype=np.int64)
        for pairs in (NO_PAIRS, np.array([[0, 1]])):
            found = entity_pairs(pairs, Memberships(nothing, nothing))
            assert len(found.heads) == len(found.tails) == len(found.entries) == len(found.owners) == 0


class TestReading:
    def test_numbers_words_through_and_gives_back_the_texts(self) -> None:
        tokenizer = tiny.make_tokenizer()
        documents = [tiny.DOCUMENTS[0], Document("empty", ""), *tiny.DOCUMENTS[1:]]
        encoded = [encode(d, tokenizer, window_pieces=64, window_overlap=8) for d in documents]
        reading = Reading(tuple(d.text for d in documents), tuple(encoded))
        flat, expected = [], []
        for offset, own, document in zip(reading.offsets, encoded, documents, strict=False):
            flat.append(align(own, document.mentions) + offset)
            expected += [document.text[m.start : m.end] for m in document.mentions]
        table = np.concatenate(flat)
        n = len(table)
        spans = reading.spans(table[:, 0], table[:, 1], np.zeros(n, dtype=np.int64), np.zeros(n, dtype=bool))
        assert list(spans.surfaces) == expected
        assert reading.characters(spans) == [(m.start, m.end) for d in documents for m in d.mentions]
        owners = [i for i, d in enumerate(documents) for _ in d.mentions]
        assert spans.documents.tolist() == owners
        sentences = [
            next(s for s, (_, end) in enumerate(d.sentences) if m.start < end) for d in documents for m in d.mentions
        ]
        assert spans.sentences.tolist() == sentences

    def test_gives_a_name_one_text_however_its_letters_are_coded(self) -> None:
        document = Document("forms", "S\u00e3o Sa\u0303o S\u00e3\u00ado")
        encoded = encode(document, tiny.make_tokenizer(), window_pieces=64, window_overlap=8)
        starts = np.arange(3)
        spans = Reading((document.text,), (encoded,)).spans(starts, starts + 1, starts * 0, starts > 3)
        assert spans.surfaces == ("S\u00e3o",) * 3

    def test_of_no_mentions_is_empty(self) -> None:
        nothing = np.zeros(0, dtype=np.int64)
        encoded = encode(Document("d", ""), tiny.make_tokenizer(), window_pieces=64, window_overlap=8)
        for reading in (Reading(("",), (encoded,)), Reading((), ())):
            assert len(reading.spans(nothing, nothing, nothing, nothing.astype(bool))) == 0
