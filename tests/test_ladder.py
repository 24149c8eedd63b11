"""The oracle ladder: what is given is right, and what is not given is the model's own."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import tiny
from models import disturb, eager, extractor_of, make_model
from relex.decode import PooledPairs
from relex.document import Document, Relation
from relex.errors import SchemaError
from relex.extractor import Extractor
from relex.ladder import RUNGS, Ladder, choose_related, climb, tell
from relex.loading import load
from relex.metrics import Counts
from relex.pairs import EntityPairs
from relex.schema import infer_schema


@pytest.fixture(scope="module")
def wild(encoder: Path) -> Extractor:
    """An extractor of random weights that finds something everywhere."""
    model = make_model(encoder)
    disturb(model, size=0.5)
    return extractor_of(eager(model), encoder)


@pytest.fixture(scope="module")
def ladder(wild: Extractor) -> Ladder:
    """What the wild extractor reaches on each rung."""
    return climb(wild, tiny.DOCUMENTS)


def test_what_is_given_is_right(ladder: Ladder) -> None:
    alone, mentions, entities, pairs = ladder.reports
    assert alone.micro("mention").f1 < 1
    for told in (mentions, entities, pairs):
        assert told.micro("mention").f1 == 1
    assert mentions.micro("entity").f1 < 1
    for told in (entities, pairs):
        assert told.micro("entity").f1 == told.micro("group").f1 == 1


def test_what_is_not_given_is_the_models_own(wild: Extractor, ladder: Ladder) -> None:
    documents = [Document(d.id, d.text) for d in tiny.DOCUMENTS]
    predicted = list(wild.pipe(documents))
    assert ladder.reports[0].micro("mention").predicted == sum(len(document.mentions) for document in predicted)
    assert ladder.reports[0].micro("relation").predicted == sum(len(document.relations) for document in predicted)


def test_related_pairs_get_as_many_relations_as_gold_has(ladder: Ladder) -> None:
    relations = ladder.reports[-1].micro("relation")
    assert relations.predicted == relations.gold


def test_a_model_that_knows_all_has_nothing_to_gain(learnt: Path) -> None:
    found = climb(load(learnt, precision="float32"), tiny.DOCUMENTS)
    assert set(found.f1().values()) == {1.0}


def test_it_can_be_read_by_people_and_programs(ladder: Ladder) -> None:
    told = str(ladder).splitlines()
    assert [line[:16].strip() for line in told[:-1]] == list(RUNGS)
    value = ladder.to_dict()
    assert list(value) == list(RUNGS)
    assert value["gold mentions"]["relation"]["f1"] == ladder.f1()["gold mentions"]
    assert value["gold mentions"]["relation"]["signature"].endswith("|oracle:gold-mentions")


def test_signatures_say_what_was_given(wild: Extractor, ladder: Ladder) -> None:
    told = climb(wild, tiny.DOCUMENTS, told=replace(wild.config, relation_threshold=0.999))
    for own, (rung, other) in zip(told.gains(), pairwise(RUNGS), strict=True):
        assert f"|oracle:{rung}>{other}".replace(" ", "-") in own.signature
    same = {rung: told.sign(rung) == ladder.sign(rung) for rung in RUNGS}
    assert same == {RUNGS[0]: True, RUNGS[1]: True, RUNGS[2]: False, RUNGS[3]: False}
    assert ladder.f1("coreference")[RUNGS[0]] == ladder.reports[0].rates("coreference").f1


def test_a_single_document_has_no_spread_to_show(wild: Extractor) -> None:
    lines = climb(wild, tiny.DOCUMENTS[:1]).to_markdown().splitlines()
    assert [line.split(" | ")[2] for line in lines[2:6]] == [""] * 4
    assert [line.split(" | ")[4].strip(" |") for line in lines[2:6]] == [""] * 4


def test_a_mention_inside_a_word_cannot_be_told(wild: Extractor) -> None:
    (gold, *_) = tiny.DOCUMENTS
    first = gold.mentions[0]
    inside = Document.from_dict(
        {
            "id": "x",
            "text": gold.text,
            "mentions": [
                {"start": first.start, "end": first.end - 1, "type": first.type, "entities": ["a"]},
                {"start": m.start, "end": m.end, "type": m.type, "entities": ["b"]} if (m := gold.mentions[-1]) else {},
            ],
        }
    )
    known = tell(inside, wild.reader.encode(inside), wild.schema)
    assert len(known.found.starts) == 1
    assert known.memberships is not None
    assert known.memberships.entities.tolist() == [1]


def test_types_that_the_model_lacks_stay_missed(wild: Extractor) -> None:
    text = "Oman met Peru."
    gold = Document.from_dict(
        {
            "id": "x",
            "text": text,
            "mentions": [
                {"start": 0, "end": 4, "type": "GPE", "entities": ["om"]},
                {"start": 9, "end": 13, "type": "PLANET", "entities": ["pe"]},
            ],
            "relations": [{"head": "om", "type": "orbits", "tail": "pe"}],
        }
    )
    with pytest.raises(SchemaError, match="lacks"):
        climb(wild, [gold])
    told = climb(wild, [gold], schema=infer_schema([gold])).reports[-1]
    assert told.per_type("mention")["PLANET"] == Counts(0, 0, 1)
    assert told.per_type("relation")["orbits"] == Counts(0, 0, 1)


def test_the_likeliest_relations_of_a_related_pair_are_kept_in_either_direction() -> None:
    gold = Document.from_dict(
        {
            "id": "x",
            "text": "a b c",
            "mentions": [
                {"start": 2 * i, "end": 2 * i + 1, "type": "T", "entities": [name]} for i, name in enumerate("abc")
            ],
            "relations": [{"head": "a", "type": "r", "tail": "b"}, {"head": "b", "type": "s", "tail": "a"}],
        }
    )
    heads, tails = np.array([0, 0, 1, 2]), np.array([1, 2, 0, 1])
    lifted = EntityPairs(heads, tails, np.arange(4), np.arange(4))
    scores = np.array([[0.1, 0.2], [0.9, 0.9], [0.7, 0.6], [0.9, 0.9]], dtype=np.float32)
    logits = np.array([[1, 1], [1, 1], [-np.inf, 1], [1, 1]], dtype=np.float32)
    pooled = PooledPairs(lifted, logits, np.zeros((4, 2, 3), dtype=np.float32))
    kept = choose_related(gold, pooled, scores, symmetric=frozenset())
    assert Counter(map(tuple, np.argwhere(kept).tolist())) == Counter([(2, 1), (0, 1)])
    # A fact without direction counts once, if stated both ways round too.
    both = [Relation("a", "r", "b"), Relation("b", "r", "a")]
    for relations in (both, both[:1]):
        kept = choose_related(replace(gold, relations=relations), pooled, scores, symmetric=frozenset({"r"}))
        assert np.argwhere(kept).tolist() == [[2, 1]]
