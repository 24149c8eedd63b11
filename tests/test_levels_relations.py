"""Relations: whole entities, mention pairs and unseen facts by hand; SpERT, DocRED and plain loops on random cases."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

import reference_scores as reference
from random_documents import RELATIONS, SYMMETRIC, TEXT, TYPES, WORDS, random_document, random_relations
from relex.alignment import Pair
from relex.document import STATUSES, Document, Evidence, Mention, Relation
from relex.evaluation import compare, evaluate
from relex.formats.evidence import STATED, best_pair
from relex.levels import count_pair
from relex.levels.unseen import list_facts, score_unseen
from relex.metrics import UNSEEN, Counts
from relex.schema import MentionType, RelationType, Schema

STORY = "Ann met Bo in Oslo. Much later that year Ann saw Bo there, and both left Oslo."
SCHEMA = Schema(
    "random",
    tuple(map(MentionType, TYPES)),
    tuple(RelationType(name, frozenset(TYPES), frozenset(TYPES), name in SYMMETRIC) for name in RELATIONS),
)


def mention(surface: str, type: str, ids: str, *, nth: int = 0) -> Mention:
    start = -1
    for _ in range(nth + 1):
        start = STORY.index(surface, start + 1)
    return Mention(start, start + len(surface), type, tuple(ids.split("+")))


ANN, ANN_AGAIN = mention("Ann", "PERSON", "ann"), mention("Ann", "PERSON", "ann", nth=1)
BO, BO_AGAIN = mention("Bo", "PERSON", "bo"), mention("Bo", "PERSON", "bo", nth=1)
OSLO, OSLO_AGAIN = mention("Oslo", "GPE", "oslo"), mention("Oslo", "GPE", "oslo", nth=1)
BOTH = mention("both", "PERSON", "ann+bo")
MENTIONS = (ANN, ANN_AGAIN, BO, BO_AGAIN, OSLO, OSLO_AGAIN)


def document(*mentions: Mention, facts: tuple[str, ...] = (), id: str = "d") -> Document:
    return Document(id, STORY, mentions, tuple(Relation(*fact.split()) for fact in facts))


def carried(source: Document, head: Mention, tail: Mention) -> Document:
    """The document with two mentions for evidence of its only relation."""
    (own,) = source.relations
    evidence = Evidence((head.start, head.end), (tail.start, tail.end))
    return replace(source, relations=(replace(own, evidence=(evidence,)),))


def score(gold: Document, predicted: Document, level: str) -> Counts:
    counts = count_pair(Pair(gold, predicted, frozenset({"met-with"})))
    return sum((own for (name, _), own in counts.items() if name == level), Counts())


class TestWholeEntities:
    GOLD = document(*MENTIONS, facts=("ann visited oslo",))

    def test_all_mentions_of_both_ends_must_be_right(self):
        assert score(self.GOLD, self.GOLD, "relation-cluster") == Counts(1, 1, 1)
        for missed in (ANN_AGAIN, OSLO):
            predicted = document(*(m for m in MENTIONS if m != missed), facts=("ann visited oslo",))
            assert score(self.GOLD, predicted, "relation") == Counts(1, 1, 1)
            assert score(self.GOLD, predicted, "relation-cluster") == Counts(0, 1, 1)

    def test_other_entities_do_not_matter(self):
        predicted = document(ANN, ANN_AGAIN, OSLO, OSLO_AGAIN, replace(BO, type="ORG"), facts=("ann visited oslo",))
        assert score(self.GOLD, predicted, "relation-cluster") == Counts(1, 1, 1)

    def test_a_mention_too_many_is_wrong(self):
        merged = [replace(m, entities=("ann",)) for m in (ANN, ANN_AGAIN, BO)]
        predicted = document(*merged, OSLO, OSLO_AGAIN, facts=("ann visited oslo",))
        assert score(self.GOLD, predicted, "relation-cluster") == Counts(0, 1, 1)

    def test_the_types_of_the_ends_must_be_right(self):
        places = [replace(m, type="LOCATION") for m in (OSLO, OSLO_AGAIN)]
        predicted = document(ANN, ANN_AGAIN, *places, facts=("ann visited oslo",))
        assert score(self.GOLD, predicted, "relation-cluster") == Counts(0, 1, 1)

    def test_a_group_mention_belongs_to_each_of_its_entities(self):
        grouped = document(*MENTIONS, BOTH, facts=("ann visited oslo",))
        assert score(grouped, grouped, "relation-cluster") == Counts(1, 1, 1)
        assert score(grouped, self.GOLD, "relation-cluster") == Counts(0, 1, 1)

    def test_the_direction_counts_unless_the_relation_has_none(self):
        turned = document(*MENTIONS, facts=("oslo visited ann",))
        assert score(self.GOLD, turned, "relation-cluster") == Counts(0, 1, 1)
        met = document(*MENTIONS, facts=("ann met-with bo",)), document(*MENTIONS, facts=("bo met-with ann",))
        assert score(*met, "relation-cluster") == Counts(1, 1, 1)


class TestMentionPairs:
    GOLD = document(*MENTIONS, facts=("ann visited oslo",))

    def counts(self, predicted: Document, gold: Document = GOLD) -> tuple[Counts, Counts, Counts]:
        strict, boundary, undirected = (
            score(gold, predicted, f"relation-{level}") for level in ("mention", "boundary", "undirected")
        )
        return strict, boundary, undirected

    def test_without_evidence_the_closest_mentions_carry_a_relation(self):
        # The first Ann and the first Oslo, of which the second Ann is farther away.
        assert self.counts(document(ANN, OSLO, facts=("ann visited oslo",))) == (Counts(1, 1, 1),) * 3
        assert self.counts(document(ANN_AGAIN, OSLO, facts=("ann visited oslo",))) == (Counts(0, 1, 1),) * 3

    def test_evidence_goes_before_what_is_close(self):
        far = carried(self.GOLD, ANN_AGAIN, OSLO_AGAIN)
        assert self.counts(far) == (Counts(0, 1, 1),) * 3
        assert self.counts(far, gold=far) == (Counts(1, 1, 1),) * 3
        assert score(self.GOLD, far, "relation") == Counts(1, 1, 1)

    def test_the_boundary_of_an_end_must_be_right(self):
        longer = Mention(ANN.start, ANN.end + 4, "PERSON", ("ann",))
        assert self.counts(document(longer, OSLO, facts=("ann visited oslo",))) == (Counts(0, 1, 1),) * 3

    def test_the_type_of_an_end_counts_but_for_boundaries(self):
        predicted = document(replace(ANN, type="ORG"), OSLO, facts=("ann visited oslo",))
        assert self.counts(predicted) == (Counts(0, 1, 1), Counts(1, 1, 1), Counts(0, 1, 1))

    def test_the_direction_counts_but_for_undirected(self):
        predicted = document(*MENTIONS, facts=("oslo visited ann",))
        assert self.counts(predicted) == (Counts(0, 1, 1), Counts(0, 1, 1), Counts(1, 1, 1))

    def test_a_relation_stated_both_ways_is_one_where_direction_does_not_count(self):
        predicted = document(*MENTIONS, facts=("oslo visited ann", "ann visited oslo"))
        assert self.counts(predicted) == (Counts(1, 2, 1), Counts(1, 2, 1), Counts(1, 1, 1))

    def test_a_relation_without_direction_holds_either_way(self):
        gold = document(*MENTIONS, facts=("ann met-with bo",))
        predicted = document(*MENTIONS, facts=("bo met-with ann",))
        assert self.counts(predicted, gold=gold) == (Counts(1, 1, 1),) * 3

    def test_the_relation_type_must_be_right(self):
        assert self.counts(document(*MENTIONS, facts=("ann supports oslo",))) == (Counts(0, 1, 1),) * 3

    def test_entities_are_not_asked_for(self):
        # Each mention an entity of its own: nothing is clustered, and every relation is right.
        alone = [replace(m, entities=(f"e{i}",)) for i, m in enumerate(MENTIONS)]
        assert self.counts(document(*alone, facts=("e0 visited e4",))) == (Counts(1, 1, 1),) * 3

    def test_what_a_group_mention_carries_for_two_counts_once(self):
        gold = document(BOTH, OSLO_AGAIN, facts=("ann visited oslo", "bo visited oslo"))
        assert self.counts(gold, gold=gold) == (Counts(1, 1, 1),) * 3
        assert score(gold, gold, "relation") == Counts(2, 2, 2)

    def test_what_the_source_states_of_several_pairs_counts_for_each(self):
        far = Evidence((ANN_AGAIN.start, ANN_AGAIN.end), (OSLO_AGAIN.start, OSLO_AGAIN.end))
        near = Evidence((ANN.start, ANN.end), (OSLO.start, OSLO.end))
        (own,) = self.GOLD.relations
        named = replace(self.GOLD, relations=(replace(own, evidence=(near, far)),))
        stated = replace(named, meta=STATED)
        alone = [replace(m, entities=(f"e{i}",)) for i, m in enumerate(MENTIONS)]
        assert (
            self.counts(document(*alone, facts=("e0 visited e4", "e1 visited e5")), gold=stated)
            == (Counts(2, 2, 2),) * 3
        )
        # What a model names as evidence is of one fact.
        assert self.counts(named, gold=stated) == (Counts(1, 1, 2),) * 3
        assert self.counts(named, gold=named) == (Counts(1, 1, 1),) * 3
        assert self.counts(self.GOLD, gold=stated) == (Counts(1, 1, 2),) * 3

    def test_a_group_mention_may_be_both_ends(self):
        gold = document(BOTH, facts=("ann opposes bo",))
        assert self.counts(gold, gold=gold) == (Counts(1, 1, 1),) * 3


@pytest.mark.parametrize("seed", range(60))
def test_the_best_pair_is_the_first_of_all_pairs_ranked(seed):
    source = random_document(seed)
    for relation in source.relations:
        heads, tails = (source.entity(end).mentions for end in (relation.head, relation.tail))

        def rank(
            pair: tuple[Mention, Mention], relation: Relation = relation
        ) -> tuple[int, int, int, list[tuple[int, int]]]:
            left, right = sorted(pair, key=lambda m: (m.start, -m.end))
            n_shared = (relation.tail in pair[0].entities) + (relation.head in pair[1].entities)
            n_words = len(source.text[left.end : right.start].split())
            return n_shared, sum(m.is_group for m in pair), n_words, [(m.start, -m.end) for m in (left, right)]

        head, tail = min(itertools.product(heads, tails), key=rank)
        expected = Evidence((head.start, head.end), (tail.start, tail.end))
        assert best_pair(source, replace(relation, evidence=())) == expected
        assert best_pair(source, relation) == (relation.evidence[0] if relation.evidence else expected)


@pytest.mark.parametrize("seed", range(60))
def test_random_documents_score_as_plain_loops_say(seed):
    # Predictions in every second document are gold with other relations, so that whole entities are right.
    gold, predicted = random_document(seed), random_document(seed + 1000)
    if seed % 2:
        predicted = replace(gold, relations=random_relations(seed, list(gold.mentions)))

    def whole(source: Document, entity: str) -> tuple[str, list[tuple[int, int]]]:
        own = [m for m in source.mentions if entity in m.entities]
        return own[0].type, [(m.start, m.end) for m in own]

    def ends(source: Document, r: Relation, level: str) -> list[Any]:
        if level == "relation-cluster":
            return [whole(source, r.head), whole(source, r.tail)]
        pair = best_pair(source, r)
        typed = level != "relation-boundary"
        return [(span, typed and whole(source, e)[0]) for span, e in ((pair.head, r.head), (pair.tail, r.tail))]

    def same(one: tuple[str, list[Any]], other: tuple[str, list[Any]], level: str) -> bool:
        either = one[0] == "met-with" or level == "relation-undirected"
        return one[0] == other[0] and (one[1] == other[1] or (either and one[1][::-1] == other[1]))

    def facts(source: Document) -> list[Relation]:
        """One relation of each fact, of two ways round the one that says most."""
        kept: list[Relation] = []
        for r in sorted(source.relations, key=lambda r: STATUSES.index(r.status)):
            if r.type != "met-with" or not any((k.type, k.head, k.tail) == (r.type, r.tail, r.head) for k in kept):
                kept.append(r)
        return kept

    for level in ("relation-cluster", "relation-mention", "relation-boundary", "relation-undirected"):
        sides = []
        for source in (gold, predicted):
            kept: list[tuple[str, list[Any]]] = []
            for r in facts(source):
                item = (r.type, ends(source, r, level))
                # Two facts may have one pair of mentions, of groups; as facts of whole entities they stay two.
                if level == "relation-cluster" or not any(same(item, k, level) for k in kept):
                    kept.append(item)
            sides.append(kept)
        free = list(sides[1])
        for item in sides[0]:
            if match := next((k for k in free if same(item, k, level)), None):
                free.remove(match)
        tp = len(sides[1]) - len(free)
        assert score(gold, predicted, level) == Counts(tp, len(sides[1]), len(sides[0]))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("level", "typed"), [("relation-mention", True), ("relation-boundary", False)])
def test_sentences_score_as_spert_has_it(seed, level, typed):
    """One mention an entity, as in SpERT's data; strict is its score with entity types, boundary that without."""
    schema = replace(SCHEMA, relation_types=tuple(replace(t, symmetric=False) for t in SCHEMA.relation_types))
    rng = random.Random(seed)
    gold = sentences(seed)
    predicted = [blend(source, rng) for source in gold]

    def tuples(source: Document) -> set[tuple[Any, ...]]:
        spans = {e.id: (e.mentions[0].start, e.mentions[0].end, e.type if typed else None) for e in source.entities}
        return {(spans[r.head], spans[r.tail], r.type) for r in source.relations}

    by_label, pooled = reference.spert([tuples(d) for d in gold], [tuples(d) for d in predicted])
    report = evaluate(gold, predicted, schema=schema)
    micro = report.micro(level)
    assert (micro.precision, micro.recall, micro.f1) == pytest.approx(pooled)
    assert 0 < micro.tp < micro.predicted
    own = {name: (c.precision, c.recall, c.f1) for name, c in report.per_type(level).items()}
    assert {name: pytest.approx(rates) for name, rates in by_label.items()} == own


def sentences(seed: int) -> list[Document]:
    """Twelve documents in which every mention is an entity of its own."""
    found = []
    for i in range(12):
        source = random_document(1000 * seed + i, groups=False)
        mentions = [replace(m, entities=(f"s{m.start}-{m.end}",)) for m in source.mentions]
        found.append(Document(f"d{i}", TEXT, tuple(mentions), random_relations(seed + i, mentions)))
    return found


def blend(gold: Document, rng: random.Random) -> Document:
    """A prediction that keeps most of gold, turns some types, and has relations of its own."""
    mentions = [
        replace(m, type=rng.choice(TYPES)) if rng.random() < 0.2 else m for m in gold.mentions if rng.random() < 0.8
    ]
    ids = {e for m in mentions for e in m.entities}
    possible = tuple(r for r in gold.relations if {r.head, r.tail} <= ids)
    return Document(gold.id, TEXT, tuple(mentions), mix_relations(possible, mentions, rng))


def mix_relations(relations: tuple[Relation, ...], mentions: list[Mention], rng: random.Random) -> tuple[Relation, ...]:
    """Most of the relations given, and some others."""
    kept = [r for r in relations if rng.random() < 0.7]
    stated = {(r.head, r.type, r.tail) for r in kept}
    others = random_relations(rng.randrange(10**6), mentions)
    return (*kept, *(r for r in others if (r.head, r.type, r.tail) not in stated))


@pytest.mark.parametrize("seed", range(8))
def test_facts_between_given_entities_score_as_scikit_learn_has_it(seed):
    # With gold entities every ordered pair and type is a question with two answers, symmetric ones asked once.
    gold = [random_document(100 * seed + i, id=f"d{i}") for i in range(10)]
    predicted = [replace(d, relations=random_relations(seed + i, list(d.mentions))) for i, d in enumerate(gold)]

    def answer(source: Document) -> list[list[bool]]:
        stated = {(r.head, r.type, r.tail) for r in source.relations}
        stated |= {(tail, kind, head) for head, kind, tail in stated if kind in SYMMETRIC}
        pairs = itertools.permutations([e.id for e in source.entities], 2)
        return [[(h, k, t) in stated and not (k in SYMMETRIC and h > t) for k in RELATIONS] for h, t in pairs]

    answers = [np.array([row for source in side for row in answer(source)]) for side in (gold, predicted)]
    report = evaluate(gold, predicted, schema=SCHEMA)
    for average in ("micro", "macro"):
        expected = precision_recall_fscore_support(*answers, average=average, zero_division=0)[:3]
        own = report.rates("relation", average=average)
        assert (own.precision, own.recall, own.f1) == pytest.approx(expected)


class TestUnseen:
    TRAIN = document(ANN, OSLO, facts=("ann visited oslo",), id="t")
    GOLD = document(*MENTIONS, facts=("ann visited oslo", "bo visited oslo", "ann met-with bo"))

    def rates(self, predicted: Document, *seen: Document, gold: Document = GOLD) -> Counts:
        return evaluate([gold], [predicted], seen=seen).micro(UNSEEN)

    def test_what_is_seen_and_right_leaves_precision_and_stays_in_recall(self):
        assert self.rates(self.GOLD) == Counts(3, 3, 3)
        assert self.rates(self.GOLD, self.TRAIN) == Counts(2, 2, 3, found=3)

    def test_what_is_seen_and_wrong_stays(self):
        gold = document(*MENTIONS, facts=("bo visited oslo",))
        predicted = document(*MENTIONS, facts=("ann visited oslo",))
        assert self.rates(predicted, self.TRAIN, gold=gold) == Counts(0, 1, 1)

    def test_what_is_seen_and_missed_stays_in_gold(self):
        predicted = document(*MENTIONS, facts=("bo visited oslo",))
        assert self.rates(predicted, self.TRAIN) == Counts(1, 1, 3)

    @pytest.mark.parametrize("fact", ["oslo visited ann", "ann supports oslo"])
    def test_direction_and_type_make_another_fact(self, fact):
        other = document(ANN, OSLO, facts=(fact,), id="t")
        assert self.rates(self.GOLD, other) == Counts(3, 3, 3)

    def test_a_relation_without_direction_is_seen_either_way(self):
        other = document(ANN, BO, facts=("bo met-with ann",), id="t")
        assert self.rates(self.GOLD, other) == Counts(2, 2, 3, found=3)

    def test_any_name_of_either_end_will_do(self):
        text = "Anna, or Ann, of Oslo"
        names = (Mention(0, 4, "PERSON", ("x",)), Mention(9, 12, "PERSON", ("x",)), Mention(17, 21, "GPE", ("y",)))
        training = Document("t", text, names, (Relation("x", "visited", "y"),))
        assert self.rates(self.GOLD, training) == Counts(2, 2, 3, found=3)

    def test_a_group_mention_is_no_name(self):
        training = document(BOTH, OSLO, facts=("ann visited oslo",), id="t")
        gold = document(BOTH, OSLO, facts=("ann visited oslo",))
        assert self.rates(gold, training, gold=gold) == Counts(1, 1, 1)

    def test_the_names_are_those_of_gold_and_not_of_the_prediction(self):
        # The prediction finds Ann by a mention that gold has for her, and adds "Bo" as a name of hers.
        training = document(BO, OSLO, facts=("bo visited oslo",), id="t")
        gold = document(ANN, ANN_AGAIN, OSLO, facts=("ann visited oslo",))
        predicted = document(ANN, ANN_AGAIN, replace(BO, entities=("ann",)), OSLO, facts=("ann visited oslo",))
        assert self.rates(predicted, training, gold=gold) == Counts(1, 1, 1)

    def test_is_there_only_if_training_documents_are_given(self):
        assert UNSEEN not in [level.name for level in evaluate([self.GOLD], [self.GOLD]).levels]
        assert UNSEEN in [level.name for level in evaluate([self.GOLD], [self.GOLD], seen=[]).levels]

    def test_the_signature_names_the_training_documents_and_not_their_order(self):
        other = replace(self.TRAIN, id="u", relations=())

        def sign(*seen: Document) -> str:
            return evaluate([self.GOLD], [], seen=iter(seen)).sign(UNSEEN)

        assert sign(self.TRAIN, other) == sign(other, self.TRAIN)
        assert len({sign(), sign(other), sign(self.TRAIN), sign(self.TRAIN, other)}) == 4

    def test_two_systems_are_compared_by_it(self):
        gold = [replace(self.GOLD, id=f"d{i}") for i in range(4)]
        found = compare(gold, [], iter(gold), level=UNSEEN, seen=iter([self.TRAIN]), n_samples=20)
        assert (found.a, found.b) == (0, 1)


@pytest.mark.parametrize("seed", range(20))
def test_facts_score_as_docred_has_it(seed):
    """DocRED gives the entities, so predictions are gold documents with other relations; none is symmetric."""
    # Few names, so that facts recur.
    text = " ".join(f"w0{i % 2}" for i in range(len(WORDS)))
    sources = [random_document(50 * seed + i, id=f"d{i}", groups=False) for i in range(16)]
    gold, train = ([replace(d, text=text) for d in part] for part in (sources[:8], sources[8:]))
    rng = random.Random(seed)
    predicted = [replace(d, relations=mix_relations(d.relations, list(d.mentions), rng)) for d in gold]
    schema = replace(SCHEMA, relation_types=tuple(replace(t, symmetric=False) for t in SCHEMA.relation_types))

    def vertices(source: Document) -> dict[str, int]:
        return {e.id: i for i, e in enumerate(source.entities)}

    def as_docred(source: Document) -> dict[str, Any]:
        number = vertices(source)
        return {
            "title": source.id,
            "vertexSet": [[{"name": text[m.start : m.end]} for m in e.mentions] for e in source.entities],
            "labels": [{"r": r.type, "h": number[r.head], "t": number[r.tail]} for r in source.relations],
        }

    answers = [
        {"title": d.id, "r": r.type, "h_idx": vertices(d)[r.head], "t_idx": vertices(d)[r.tail]}
        for d in predicted
        for r in d.relations
    ]
    plain, ignoring = reference.docred([as_docred(d) for d in gold], answers, [as_docred(d) for d in train])
    report = evaluate(gold, predicted, schema=schema, seen=train)
    for level, expected in (("relation", plain), (UNSEEN, ignoring)):
        own = report.micro(level)
        assert {rate: getattr(own, rate) for rate in expected} == pytest.approx(expected)
    assert ignoring["precision"] < plain["precision"]


@pytest.mark.parametrize("seed", range(20))
def test_unseen_facts_by_type_add_up(seed):
    pair = Pair(random_document(seed), random_document(seed + 1000), SYMMETRIC)
    seen = list_facts([random_document(seed + 2000)], SYMMETRIC)
    counts, own = count_pair(pair, seen=seen), score_unseen(pair, seen)
    for kind, unseen in own.items():
        plain = counts["relation", kind]
        assert (unseen.gold, unseen.found) == (plain.gold, plain.found)
        assert plain.tp - unseen.tp == plain.predicted - unseen.predicted >= 0
        assert counts[UNSEEN, kind] == unseen
    assert own.keys() == {kind for level, kind in counts if level == "relation"}
