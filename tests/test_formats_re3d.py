"""The reader of re3d, on sources made up in its form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from relex import formats
from relex.document import Relation
from relex.errors import FormatError

TEXT = 'Gen. Ann "Ace" Poe of\nthe Bonn Corps met Roe.'
DOCUMENT = {"_id": "D1", "sourceName": "Acme", "sourceUrl": "http://a.example", "title": "Met", "text": TEXT}


def entity(surface: str, label: str, **changes: Any) -> dict[str, Any]:
    start = TEXT.index(surface)
    value = {"_id": "x", "begin": start, "end": start + len(surface), "type": label, "value": surface}
    return {**value, "documentId": "D1", "confidence": 1, **changes}


def relation(source: str, label: str, target: str, **changes: Any) -> dict[str, Any]:
    ends = [(TEXT.index(surface), TEXT.index(surface) + len(surface)) for surface in (source, target)]
    value = {"_id": "x", "type": label, "documentId": "D1", "confidence": 0.5, "source": source, "target": target}
    value |= dict(zip(("sourceBegin", "sourceEnd"), ends[0], strict=True))
    return value | dict(zip(("targetBegin", "targetEnd"), ends[1], strict=True)) | changes


ENTITIES = [
    entity('Ann "Ace" Poe', "Person", value="Ann 'Ace' Poe"),
    entity("the Bonn Corps", "Organisation", confidence=0.25),
    entity("Bonn", "Location", confidence=0.25),
    entity("Roe", "Person"),
]
RELATIONS = [relation('Ann "Ace" Poe', "BelongsTo", "the Bonn Corps"), relation("Roe", "CommWith", "the Bonn Corps")]


def save(source: Path, documents: Any = (DOCUMENT,), entities: Any = ENTITIES, relations: Any = RELATIONS) -> Path:
    source.mkdir(exist_ok=True)
    for name, values in (("documents", documents), ("entities", entities), ("relations", relations)):
        text = "".join(json.dumps(value) + "\n" for value in values)
        (source / f"{name}.json").write_text(f"\ufeff{text}\n", encoding="utf-8")
    return source


def test_every_mention_is_an_entity_and_offsets_are_characters(tmp_path: Path) -> None:
    (document,) = formats.read(save(tmp_path / "acme"), format="re3d")
    assert (document.id, document.text) == ("D1", TEXT)
    assert document.meta == {"source": "Acme", "title": "Met", "url": "http://a.example"}
    assert [(e.id, e.type, e.name) for e in document.entities] == [
        ("e0", "Person", 'Ann "Ace" Poe'),
        ("e1", "Organisation", "the Bonn Corps"),
        ("e2", "Location", "Bonn"),
        ("e3", "Person", "Roe"),
    ]
    assert document.relations == (Relation("e0", "BelongsTo", "e1"), Relation("e3", "CommWith", "e1"))


def test_the_confidence_of_annotators_is_the_score(tmp_path: Path) -> None:
    (document,) = formats.read(save(tmp_path / "acme"), format="re3d")
    assert [mention.score for mention in document.mentions] == [1.0, 0.25, 0.25, 1.0]
    assert [own.score for own in document.relations] == [0.5, 0.5]


def test_a_directory_may_hold_several_sources_and_any_file_stands_for_its_source(tmp_path: Path) -> None:
    save(tmp_path / "acme")
    save(tmp_path / "bolt", [DOCUMENT | {"_id": "D2"}], [], [])
    assert [d.id for d in formats.read(tmp_path, format="re3d")] == ["D1", "D2"]
    assert [d.id for d in formats.read(tmp_path / "bolt" / "entities.json", format="re3d")] == ["D2"]


def test_of_two_mentions_on_one_span_the_surer_is_kept_and_the_rest_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    entities = [
        *ENTITIES,
        entity("Bonn", "Person", confidence=0.75),
        entity("of\nthe Bonn", "Location", value="of the Bonn"),
        entity("met", "Location", value="meet"),
        entity("Roe", "Person", documentId="D9"),
    ]
    relations = [
        *RELATIONS,
        relation("Roe", "Likes", "Roe"),
        relation("Roe", "Likes", "met"),
        relation("Roe", "CommWith", "the Bonn Corps"),
        relation("Roe", "Likes", "Bonn", documentId="D9"),
    ]
    (document,) = formats.read(save(tmp_path / "acme", entities=entities, relations=relations), format="re3d")
    assert [m.type for m in document.mentions] == ["Person", "Organisation", "Person", "Person"]
    assert len(document.relations) == 2
    for count in (
        "1 mentions on the span of another",
        "1 mentions that cross another",
        "1 mentions whose offsets do not give their text",
        "1 mentions of a document that is not there",
        "1 relations of an entity to itself",
        "1 relations whose mentions are left out",
        "1 relations stated twice",
        "1 relations of a document that is not there",
    ):
        assert count in caplog.text
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"documents": [{"_id": "D1"}]}, r"documents\.json:1: 'text' must be of type str, not None"),
        ({"documents": [DOCUMENT, DOCUMENT]}, "document id 'D1' occurs twice"),
        ({"entities": [entity("Roe", "Person", begin="3")]}, r"entities\.json:1: 'begin' must be of type int, not '3'"),
        ({"entities": [entity("Roe", "Person"), []]}, r"entities\.json:2: expected an object, not list"),
        ({"relations": [relation("Roe", "", "Bonn")]}, r"documents\.json:1: relation type ''"),
    ],
)
def test_a_line_of_another_form_is_told_with_its_number(tmp_path: Path, changes: Any, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        formats.read(save(tmp_path / "acme", **changes), format="re3d")


def test_a_source_that_misses_a_file_and_a_file_of_another_name_are_told(tmp_path: Path) -> None:
    (save(tmp_path / "acme") / "relations.json").unlink()
    with pytest.raises(FormatError, match=r"cannot read .*acme/relations\.json"):
        formats.read(tmp_path / "acme", format="re3d")
    (tmp_path / "other.json").write_text("[]")
    with pytest.raises(FormatError, match=r"other\.json: not a file of re3d; a source has documents\.json, entities"):
        formats.read(tmp_path / "other.json", format="re3d")
