"""Decoding on score arrays written by hand: what is chosen, what is not, and that no score is edited."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pytest

from relex.config import DecodeConfig
from relex.decode import (
    FoundRelation,
    PooledPairs,
    calibrated,
    drop_crossing,
    find_entities,
    find_relations,
    find_spans,
    forbid_line_breaks,
    logit,
    pool_relations,
    sigmoid,
    stated_size,
)
from relex.encoding import Ints
from relex.errors import ModelError
from relex.pairs import Bools, Floats, Memberships, Spans, allowed_types
from relex.schema import MentionType, RelationType, Schema

NEVER = -9.0
PER, PLACE = 0, 1
KNOWS, LIVES_IN = 0, 1
SCHEMA = Schema(
    "people",
    (MentionType("PER"), MentionType("PLACE")),
    (
        RelationType("knows", frozenset({"PER"}), frozenset({"PER"}), symmetric=True),
        RelationType("lives-in", frozenset({"PER"}), frozenset({"PLACE"})),
    ),
)
ALLOWED = allowed_types(SCHEMA)
NOT_FINITE = [float("nan"), float("inf")]


def span_logits(scores: dict[tuple[int, int, int], float], *, n_words: int = 8, n_lengths: int = 6) -> Floats:
    """Return [W, L, 2] with the scores of (start, end, type), and nothing likely elsewhere."""
    logits = np.full((n_words, n_lengths, 2), NEVER, dtype=np.float32)
    for (start, end, type_id), score in scores.items():
        logits[start, end - start - 1, type_id] = score
    return logits


def found_spans(scores: dict[tuple[int, int, int], float], threshold: float = 0.5) -> list[tuple[int, int, int]]:
    found = find_spans(span_logits(scores), threshold=threshold)
    return list(zip(found.starts.tolist(), found.ends.tolist(), found.types.tolist(), strict=True))


def flat_spans(scores: dict[tuple[int, int, int], float]) -> list[tuple[int, int, int]]:
    found = find_spans(span_logits(scores), threshold=0.5, nested=False)
    return list(zip(found.starts.tolist(), found.ends.tolist(), found.types.tolist(), strict=True))


def crosses(a: tuple[int, int], b: tuple[int, int]) -> bool:
    (first, second) = sorted((a, b))
    return first[0] < second[0] < first[1] < second[1]


class TestSpans:
    def test_nested_spans_are_kept_longer_first(self) -> None:
        scores = {(0, 4, PER): 1.0, (0, 2, PLACE): 3.0, (1, 2, PER): 0.5, (3, 4, PLACE): 2.0}
        assert found_spans(scores) == [(0, 4, PER), (0, 2, PLACE), (1, 2, PER), (3, 4, PLACE)]

    @pytest.mark.parametrize(("left", "right", "expected"), [(1.0, 2.0, [(2, 5, PER)]), (2.0, 1.0, [(0, 3, PER)])])
    def test_of_two_crossing_spans_the_surer_stays(self, left: float, right: float, expected: list[object]) -> None:
        assert found_spans({(0, 3, PER): left, (2, 5, PER): right}) == expected

    def test_a_span_that_only_crossed_a_dropped_one_stays(self) -> None:
        assert found_spans({(0, 3, PER): 3.0, (2, 5, PER): 2.0, (4, 7, PER): 1.0}) == [(0, 3, PER), (4, 7, PER)]

    def test_spans_that_touch_do_not_cross(self) -> None:
        assert found_spans({(0, 3, PER): 1.0, (3, 5, PER): 1.0}) == [(0, 3, PER), (3, 5, PER)]

    def test_in_flat_texts_the_surest_of_those_that_share_words_stays(self) -> None:
        assert flat_spans({(0, 4, PER): 1.0, (0, 2, PLACE): 3.0, (3, 4, PLACE): 2.0}) == [(0, 2, PLACE), (3, 4, PLACE)]
        assert flat_spans({(0, 4, PER): 2.0, (0, 2, PLACE): 1.0, (3, 6, PLACE): 0.5}) == [(0, 4, PER)]
        assert flat_spans({(0, 3, PER): 1.0, (3, 5, PER): 1.0}) == [(0, 3, PER), (3, 5, PER)]
        assert flat_spans({}) == []

    def test_a_span_has_its_best_type_only(self) -> None:
        assert found_spans({(0, 2, PER): 1.0, (0, 2, PLACE): 1.5}) == [(0, 2, PLACE)]

    def test_the_threshold_is_a_probability(self) -> None:
        scores = {(0, 1, PER): logit(0.79), (2, 3, PER): logit(0.81)}
        assert found_spans(scores, threshold=0.8) == [(2, 3, PER)]
        assert len(found_spans(scores, threshold=0.5)) == 2

    def test_every_one_of_several_equal_mentions_is_found(self) -> None:
        scores = {(i, i + 1, PER): 1.0 for i in range(8)}
        assert found_spans(scores) == [(i, i + 1, PER) for i in range(8)]

    def test_scores_are_not_edited(self) -> None:
        logits = span_logits({(0, 3, PER): 1.0, (2, 5, PER): 2.0, (2, 5, PLACE): 1.0})
        before = logits.copy()
        find_spans(logits, threshold=0.5)
        assert np.array_equal(logits, before)

    def test_minus_infinity_stands_for_what_cannot_be(self) -> None:
        assert found_spans({(0, 1, PER): -np.inf, (1, 2, PER): 1.0}) == [(1, 2, PER)]

    @pytest.mark.parametrize("value", NOT_FINITE)
    def test_other_scores_must_be_finite(self, value: float) -> None:
        with pytest.raises(ModelError, match="span scores are not finite"):
            found_spans({(0, 1, PER): value})

    @pytest.mark.parametrize("shape", [(0, 4, 2), (3, 4, 2)])
    def test_nothing_is_found_in_nothing(self, shape: tuple[int, ...]) -> None:
        found = find_spans(np.full(shape, NEVER, dtype=np.float32), threshold=0.5)
        assert [len(x) for x in (found.starts, found.ends, found.types, found.logits)] == [0] * 4

    @pytest.mark.parametrize("seed", range(200))
    def test_dropping_equals_the_plain_loop(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        spans = sorted({(s, s + int(random.integers(1, 7))) for s in random.integers(0, 15, size=20).tolist()})
        scores = random.integers(0, 6, size=len(spans)) / 2
        starts, ends = (np.array(border, dtype=np.int64) for border in zip(*spans, strict=True))
        kept: list[int] = []
        for i in sorted(range(len(spans)), key=lambda i: (-scores[i], *spans[i])):
            if not any(crosses(spans[i], spans[k]) for k in kept):
                kept.append(i)
        found = drop_crossing(starts, ends, scores).tolist()
        assert found == sorted(kept)
        assert not any(crosses(spans[i], spans[k]) for i, k in combinations(found, 2))


@dataclass(frozen=True)
class Mentions:
    """Single-word mentions with two words between each, by type, group mentions in upper case: `pPl` and so on."""

    kinds: str

    @property
    def spans(self) -> Spans:
        n = len(self.kinds)
        starts = np.arange(n, dtype=np.int64) * 3
        return Spans(
            starts=starts,
            ends=starts + 1,
            types=np.array([PER if kind in "pP" else PLACE for kind in self.kinds], dtype=np.int64),
            documents=np.zeros(n, dtype=np.int64),
            groups=np.array([kind.isupper() for kind in self.kinds], dtype=bool),
            sentences=np.zeros(n, dtype=np.int64),
            surfaces=tuple(self.kinds),
        )

    def entities(
        self,
        same: dict[tuple[int, int], float] | None = None,
        members: dict[tuple[int, int], float] | None = None,
        **thresholds: float,
    ) -> list[set[int]]:
        """Return the entity numbers of each mention."""
        found = find_entities(self.spans, table(same), table(members), config=DecodeConfig(**thresholds))
        return [set(found.entities[found.mentions == i].tolist()) for i in range(len(self.kinds))]


def table(scores: dict[tuple[int, int], float] | None) -> tuple[Ints, Floats]:
    pairs = np.array(list(scores or {}), dtype=np.int64).reshape(-1, 2)
    return pairs, np.array(list((scores or {}).values()), dtype=np.float32)


class TestEntities:
    def test_linked_mentions_are_one_entity(self) -> None:
        same = {(0, 1): -2.0, (0, 2): 2.0, (1, 2): -2.0}
        assert Mentions("ppp").entities(same) == [{0}, {1}, {0}]

    def test_the_link_threshold_is_a_probability(self) -> None:
        same = {(0, 1): logit(0.7)}
        assert Mentions("pp").entities(same, link_threshold=0.69) == [{0}, {0}]
        assert Mentions("pp").entities(same, link_threshold=0.71) == [{0}, {1}]

    def test_a_group_names_the_entities_of_its_members(self) -> None:
        # The second and third mention are one entity, of which both have a say.
        members = {(3, 0): 2.0, (3, 1): 3.0, (3, 2): -1.0, (3, 4): -2.0}
        assert Mentions("pppPp").entities({(1, 2): 5.0}, members) == [{0}, {1}, {1}, {0, 1}, {2}]

    def test_a_group_may_have_many_members(self) -> None:
        members = {(0, i): 1.0 for i in range(1, 6)}
        assert Mentions("Pppppp").entities(None, members)[0] == {0, 1, 2, 3, 4}

    @pytest.mark.parametrize(
        ("scores", "expected"),
        [((-1.0, -3.0, -2.0), {0, 2}), ((5.0, -3.0, -2.0), {0, 2}), ((-3.0, -3.0, -3.0), {0, 1})],
    )
    def test_a_group_with_fewer_than_two_members_takes_the_two_best(
        self, scores: tuple[float, ...], expected: set[int]
    ) -> None:
        members = {(0, i + 1): score for i, score in enumerate(scores)}
        assert Mentions("Pppp").entities(None, members)[0] == expected

    def test_a_group_without_two_to_take_is_an_entity_of_its_own(self) -> None:
        assert Mentions("Pp").entities(None, {(0, 1): 4.0}) == [{1}, {0}]
        assert Mentions("P").entities() == [{0}]
        # Two mentions of one entity are one member.
        assert Mentions("Ppp").entities({(1, 2): 5.0}, {(0, 1): 4.0, (0, 2): 4.0}) == [{1}, {0}, {0}]

    @pytest.mark.parametrize(
        ("surface", "size"),
        [
            ("two countries", 2), ("both leaders", 2), ("the three presidents", 3), ("Six parties", 6),
            ("ten states", 10), ("parties", 0), ("leaders of the two countries", 0), ("", 0), ("twofold", 0),
        ],
    )  # fmt: skip
    def test_a_group_may_state_its_size(self, surface: str, size: int) -> None:
        assert stated_size(surface) == size

    @pytest.mark.parametrize(
        ("surface", "expected"), [("P", {0, 1, 2}), ("both", {1, 2}), ("four of them", {0, 1, 2, 3})]
    )
    def test_a_group_that_states_its_size_takes_so_many(self, surface: str, expected: set[int]) -> None:
        spans = replace(Mentions("Ppppp").spans, surfaces=(surface, "p", "p", "p", "p"))
        members = table({(0, 1): 1.0, (0, 2): 2.0, (0, 3): 3.0, (0, 4): -1.0})
        found = find_entities(spans, table(None), members, config=DecodeConfig())
        assert set(found.entities[found.mentions == 0].tolist()) == expected

    def test_two_groups_are_told_apart(self) -> None:
        assert Mentions("PP").entities() == [{0}, {1}]
        members = {(0, 1): 1.0, (0, 2): 1.0, (0, 3): -1.0, (4, 1): -1.0, (4, 2): 1.0, (4, 3): 1.0}
        found = Mentions("PpppP").entities(None, members)
        assert (found[0], found[4]) == ({0, 1}, {1, 2})

    def test_the_member_threshold_is_a_probability(self) -> None:
        members = {(0, 1): logit(0.8), (0, 2): logit(0.8), (0, 3): logit(0.6)}
        assert Mentions("Pppp").entities(None, members, member_threshold=0.7)[0] == {0, 1}
        assert Mentions("Pppp").entities(None, members, member_threshold=0.5)[0] == {0, 1, 2}

    def test_no_mentions_name_nothing(self) -> None:
        assert Mentions("").entities() == []

    @pytest.mark.parametrize("value", [*NOT_FINITE, float("-inf")])
    def test_scores_must_be_finite(self, value: float) -> None:
        with pytest.raises(ModelError, match="link scores"):
            Mentions("pp").entities({(0, 1): value})
        with pytest.raises(ModelError, match="link scores"):
            Mentions("Pp").entities(None, {(0, 1): value})


@dataclass(frozen=True)
class Pairs:
    """Mention pairs with their logits, `knows` and `lives-in`, of mentions that each name one entity or several."""

    kinds: str
    entities: tuple[tuple[int, ...], ...]
    rows: tuple[tuple[int, int, float, float], ...]
    statuses: tuple[tuple[float, float, float], ...] = ()

    @property
    def relations(self) -> Floats:
        return np.array([row[2:] for row in self.rows], dtype=np.float32).reshape(-1, 2)

    def pool(self, allowed: Bools = ALLOWED) -> PooledPairs:
        pairs = np.array([row[:2] for row in self.rows], dtype=np.int64).reshape(-1, 2)
        statuses = np.zeros((len(self.rows), 2, 3), dtype=np.float32)
        for i, status in enumerate(self.statuses):
            statuses[i] = status
        owners = [(m, e) for m, own in enumerate(self.entities) for e in own]
        memberships = Memberships(*np.array(owners, dtype=np.int64).reshape(-1, 2).T)
        spans = Mentions(self.kinds).spans
        before = self.relations
        chunks = [(before, statuses)]
        pooled, logits = pool_relations(spans, memberships, pairs, chunks, schema=SCHEMA, allowed=allowed)
        assert np.array_equal(logits, self.relations)
        assert np.array_equal(before, self.relations), "pooling edits scores"
        return pooled

    def find(self, **settings: object) -> list[FoundRelation]:
        pooled = self.pool()
        before = pooled.relations.copy(), pooled.statuses.copy(), self.relations
        found = find_relations(pooled, before[2], schema=SCHEMA, config=DecodeConfig(**settings))  # type: ignore[arg-type]
        assert np.array_equal(pooled.relations, before[0])
        assert np.array_equal(pooled.statuses, before[1])
        return found

    def facts(self, **settings: object) -> list[tuple[int, int, int]]:
        return [(f.head, f.relation, f.tail) for f in self.find(**settings)]


ONE_EACH = ((0,), (1,), (2,), (3,))


class TestRelations:
    def test_what_reaches_the_threshold_is_found_surest_first(self) -> None:
        pairs = Pairs("plpl", ONE_EACH, ((0, 1, NEVER, 1.0), (2, 3, NEVER, 3.0), (0, 3, NEVER, -1.0)))
        assert pairs.facts() == [(2, LIVES_IN, 3), (0, LIVES_IN, 1)]
        assert [f.score for f in pairs.find()] == pytest.approx([sigmoid(np.array([x]))[0] for x in (3.0, 1.0)])

    def test_what_the_schema_forbids_is_never_found(self) -> None:
        # A place lives nowhere, a person not in a person, and places know nobody, however sure the scores are.
        pairs = Pairs("plpl", ONE_EACH, ((1, 0, 9.0, 9.0), (0, 2, NEVER, 9.0), (1, 3, 9.0, 9.0)))
        assert pairs.facts() == []
        assert np.isneginf(pairs.pool().relations[:, LIVES_IN]).all()

    def test_a_symmetric_relation_is_found_once_with_the_mean_score(self) -> None:
        for rows in (((0, 1, 4.0, NEVER), (1, 0, 1.0, NEVER)), ((1, 0, 4.0, NEVER), (0, 1, 1.0, NEVER))):
            (found,) = Pairs("pp", ONE_EACH[:2], rows).find()
            assert (found.head, found.relation, found.tail) == (0, KNOWS, 1)
            assert found.score == pytest.approx(sigmoid(np.array([2.5]))[0])

    def test_a_symmetric_relation_needs_both_directions_to_agree_on_the_whole(self) -> None:
        assert Pairs("pp", ONE_EACH[:2], ((0, 1, 4.0, NEVER), (1, 0, -6.0, NEVER))).facts() == []

    def test_a_symmetric_relation_scored_one_way_only_is_found_that_way(self) -> None:
        assert Pairs("pp", ONE_EACH[:2], ((1, 0, 2.0, NEVER),)).facts() == [(1, KNOWS, 0)]

    def test_a_directed_relation_keeps_its_direction(self) -> None:
        assert Pairs("pl", ONE_EACH[:2], ((0, 1, NEVER, 2.0), (1, 0, NEVER, 2.0))).facts() == [(0, LIVES_IN, 1)]

    def test_many_mention_pairs_make_one_fact(self) -> None:
        # Mentions 0 and 2 are one person, 1 and 3 one place.
        rows = tuple((i, j, NEVER, -0.5) for i in (0, 2) for j in (1, 3))
        (found,) = Pairs("plpl", ((0,), (1,), (0,), (1,)), rows).find()
        assert (found.head, found.relation, found.tail) == (0, LIVES_IN, 1)
        assert found.score == pytest.approx(sigmoid(np.array([-0.5 + np.log(4)]))[0], abs=1e-6)

    def test_a_group_gives_a_fact_for_each_member(self) -> None:
        pairs = Pairs("ppPl", ((0,), (1,), (0, 1), (2,)), ((2, 3, NEVER, 2.0), (2, 2, 2.0, NEVER)))
        assert sorted(pairs.facts()) == [(0, KNOWS, 1), (0, LIVES_IN, 2), (1, LIVES_IN, 2)]

    def test_no_entity_is_related_to_itself(self) -> None:
        assert Pairs("pp", ((0,), (0,)), ((0, 1, 9.0, 9.0), (1, 0, 9.0, 9.0))).facts() == []

    def test_thresholds_are_per_type(self) -> None:
        rows = ((0, 1, logit(0.6), NEVER), (1, 0, logit(0.6), NEVER), (0, 2, NEVER, logit(0.6)))
        pairs = Pairs("ppl", ONE_EACH[:3], rows)
        assert sorted(pairs.facts()) == [(0, KNOWS, 1), (0, LIVES_IN, 2)]
        assert pairs.facts(relation_threshold=0.7) == []
        assert pairs.facts(relation_thresholds={"knows": 0.7}) == [(0, LIVES_IN, 2)]
        assert pairs.facts(relation_threshold=0.7, relation_thresholds={"knows": 0.5}) == [(0, KNOWS, 1)]

    def test_scores_are_calibrated_before_the_threshold(self) -> None:
        pairs = Pairs("pl", ONE_EACH[:2], ((0, 1, NEVER, 1.0),))
        (found,) = pairs.find(relation_scales={"lives-in": 2.0}, relation_offsets={"lives-in": -1.5})
        assert found.score == pytest.approx(sigmoid(np.array([0.5]))[0])
        assert pairs.facts(relation_scales={"lives-in": 2.0}, relation_offsets={"lives-in": -2.5}) == []

    def test_calibration_gives_probabilities_and_zero_to_what_is_forbidden(self) -> None:
        logits = np.array([[0.0, -np.inf]], dtype=np.float32)
        config = DecodeConfig(relation_scales={"knows": 3.0}, relation_offsets={"knows": 1.0, "lives-in": 5.0})
        assert calibrated(logits, schema=SCHEMA, config=config).tolist() == [[pytest.approx(1 / (1 + np.exp(-1))), 0]]

    def test_evidence_is_the_best_mention_pairs_first(self) -> None:
        rows = ((0, 1, NEVER, 1.0), (2, 1, NEVER, 3.0), (0, 3, NEVER, 2.0), (2, 3, NEVER, 0.5))
        pairs = Pairs("plpl", ((0,), (1,), (0,), (1,)), rows)
        assert pairs.find()[0].pairs == (1, 2, 0)
        assert pairs.find(max_evidence=1)[0].pairs == (1,)
        assert pairs.find(max_evidence=9)[0].pairs == (1, 2, 0, 3)

    @pytest.mark.parametrize(
        ("status", "name"), [((3, 0, 0), "actual"), ((0, 3, 0), "planned"), ((0, 0, 3), "negated")]
    )
    def test_the_status_is_the_likeliest(self, status: tuple[float, float, float], name: str) -> None:
        (found,) = Pairs("pl", ONE_EACH[:2], ((0, 1, NEVER, 1.0),), (status,)).find()
        assert found.status == name

    def test_the_status_is_told_by_the_pairs_that_carry_the_relation(self) -> None:
        pairs = Pairs("pll", ((0,), (1,), (1,)), ((0, 1, NEVER, 5.0), (0, 2, NEVER, -5.0)), ((0, 3, 0), (9, 0, 0)))
        (found,) = pairs.find()
        assert found.status == "planned"

    def test_no_pairs_give_no_relations(self) -> None:
        assert Pairs("", (), ()).facts() == []
        assert Pairs("pl", ONE_EACH[:2], ()).facts() == []

    @pytest.mark.parametrize("value", [*NOT_FINITE, float("-inf")])
    def test_scores_must_be_finite(self, value: float) -> None:
        with pytest.raises(ModelError, match="relation scores"):
            Pairs("pl", ONE_EACH[:2], ((0, 1, value, 0.0),)).pool()
        with pytest.raises(ModelError, match="relation scores"):
            Pairs("pl", ONE_EACH[:2], ((0, 1, 0.0, 0.0),), ((0, value, 0),)).pool()

    @pytest.mark.parametrize("seed", range(60))
    def test_whatever_the_scores_facts_fit_the_schema_and_are_stated_once(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        kinds = "".join(random.choice(list("plPL"), size=8))
        # An entity has one type: people are numbered 0 to 2, places 3 to 5.
        entities = tuple(
            tuple({int(e) + (3 if kind in "lL" else 0) for e in random.integers(3, size=2 if kind.isupper() else 1)})
            for kind in kinds
        )
        rows = tuple((int(i), int(j), *random.normal(0, 3, 2).tolist()) for i, j in random.integers(8, size=(30, 2)))
        found = Pairs(kinds, entities, rows).find()  # type: ignore[arg-type]
        keys = [(f.relation, frozenset((f.head, f.tail)) if f.relation == KNOWS else (f.head, f.tail)) for f in found]
        assert len(keys) == len(set(keys))
        for fact in found:
            assert fact.head < 3
            assert (fact.tail < 3) == (fact.relation == KNOWS)
            assert fact.head != fact.tail
            assert fact.score >= 0.5
            carried = {(rows[p][0], rows[p][1]) for p in fact.pairs}
            assert carried
            assert all(fact.head in entities[i] and fact.tail in entities[j] for i, j in carried)


def test_sigmoid_and_logit_are_inverse_and_do_not_overflow() -> None:
    assert sigmoid(np.array([-1e5, 0, 1e5], dtype=np.float32)).tolist() == [0, 0.5, 1]
    for probability in (1e-6, 0.2, 0.5, 0.999):
        assert sigmoid(np.array([logit(probability)]))[0] == pytest.approx(probability, rel=1e-4)


class TestLineBreaks:
    def test_no_span_runs_over_the_end_of_a_line(self) -> None:
        logits = np.ones((3, 2, 1), dtype=np.float32)
        kept = np.isfinite(forbid_line_breaks(logits, np.array([0, 0, 1])))[..., 0]
        assert kept.tolist() == [[True, True], [True, False], [True, True]]
        assert (logits == 1).all()

    def test_nothing_to_forbid(self) -> None:
        assert forbid_line_breaks(np.zeros((0, 2, 1), dtype=np.float32), np.zeros(0, dtype=np.int64)).shape == (0, 2, 1)
