"""The readers of public corpora, on files made up in their form."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from relex import formats
from relex.document import Document, Mention, Relation
from relex.errors import FormatError

DWIE: dict[str, Any] = {
    "id": "D1",
    "content": "German Chancellor Ada Roe met Ann Poe of Acme in Bonn, Germany.",
    "tags": ["all", "train"],
    "mentions": [
        {"begin": 0, "end": 6, "text": "German", "concept": 0},
        {"begin": 7, "end": 17, "text": "Chancellor", "concept": 1},
        {"begin": 18, "end": 25, "text": "Ada Roe", "concept": 2},
        {"begin": 30, "end": 37, "text": "Ann Poe", "concept": 3},
        {"begin": 41, "end": 45, "text": "Acme", "concept": 4},
        {"begin": 49, "end": 53, "text": "Bonn", "concept": 5},
        {"begin": 55, "end": 62, "text": "Germany", "concept": 6},
    ],
    "concepts": [
        {"concept": 0, "tags": ["type::other", "type::gpe0-x"]},
        {"concept": 1, "tags": ["type::role", "type::value"]},
        {"concept": 2, "tags": ["type::entity", "type::person", "type::politician"]},
        {"concept": 3, "tags": ["slot::in"]},
        {"concept": 4, "tags": ["type::entity", "type::organization", "type::company"]},
        {"concept": 5, "tags": ["type::entity", "type::gpe", "type::gpe2", "type::location"]},
        {"concept": 6, "tags": ["type::entity", "type::gpe", "type::gpe0", "type::location"]},
        {"concept": 7, "tags": ["type::entity", "type::person"]},
    ],
    "relations": [
        {"s": 2, "p": "agent_of", "o": 6},
        {"s": 2, "p": "agent_of", "o": 6},
        {"s": 5, "p": "in0", "o": 6},
        {"s": 6, "p": "gpe0", "o": 6},
        {"s": 3, "p": "member_of", "o": 4},
        {"s": 7, "p": "spouse_of", "o": 2},
    ],
}


def save(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def dwie_with(**changes: Any) -> dict[str, Any]:
    return copy.deepcopy(DWIE) | changes


def test_dwie_types_come_from_tags_and_untyped_concepts_are_no_mentions(tmp_path: Path) -> None:
    (document,) = formats.read(save(tmp_path / "a.json", DWIE), format="dwie")
    found = [(document.text[m.start : m.end], m.type, m.entities) for m in document.mentions]
    assert found == [
        ("German", "GPE", ("c0",)),
        ("Chancellor", "ROLE", ("c1",)),
        ("Ada Roe", "PERSON", ("c2",)),
        ("Acme", "ORG", ("c4",)),
        ("Bonn", "GPE", ("c5",)),
        ("Germany", "GPE", ("c6",)),
    ]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["type::entity", "type::location", "type::regio"], "LOCATION"),
        (["type::entity", "type::location", "type::facility"], "LOCATION"),
        (["type::entity", "type::igo", "type::organization", "type::loc-x", "type::other"], "ORG"),
        (["type::time", "type::value"], "DATE"),
        (["type::money", "type::value"], "VALUE"),
        (["type::entity", "type::event", "type::war"], "EVENT"),
        (["type::entity", "type::misc", "type::treaty"], "MISC"),
        (["type::other", "type::religion-x"], "MISC"),
        (["type::loc-x", "type::other"], "GPE"),
        (["type::footer", "type::other"], None),
        (["type::none", "type::other", "type::skip"], None),
    ],
)
def test_dwie_the_more_telling_tag_decides(tmp_path: Path, tags: list[str], expected: str | None) -> None:
    value = dwie_with(concepts=[{"concept": 0, "tags": tags}], mentions=DWIE["mentions"][:1], relations=[])
    (document,) = formats.read(save(tmp_path / "a.json", value), format="dwie")
    assert [m.type for m in document.mentions] == ([expected] if expected else [])


def test_dwie_keeps_each_relation_once_and_tells_what_it_leaves_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    save(tmp_path / "a.json", DWIE)
    save(tmp_path / "b.json", dwie_with(id="D2"))
    documents = formats.read(tmp_path, format="dwie")
    assert [d.relations for d in documents] == [(Relation("c2", "agent_of", "c6"), Relation("c5", "in0", "c6"))] * 2
    assert len(caplog.records) == 1
    for count in ("2 mentions that the corpus gives no type", "4 relations of concepts", "2 relations of a concept to"):
        assert count in caplog.text
    assert "2 relations stated twice" in caplog.text


def test_dwie_leaves_out_a_mention_whose_offsets_are_wrong(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    mentions = [DWIE["mentions"][0], DWIE["mentions"][1] | {"begin": 8}]
    (document,) = formats.read(save(tmp_path / "a.json", dwie_with(mentions=mentions)), format="dwie")
    assert [m.entities for m in document.mentions] == [("c0",)]
    assert "1 mentions whose offsets do not give their text" in caplog.text


def test_dwie_split_is_metadata_and_a_format_of_its_own(tmp_path: Path) -> None:
    save(tmp_path / "a.json", DWIE)
    save(tmp_path / "b.json", dwie_with(id="D2", tags=["all", "test"]))
    assert [d.meta["split"] for d in formats.read(tmp_path, format="dwie")] == ["train", "test"]
    assert [d.id for d in formats.read(tmp_path, format="dwie-train")] == ["D1"]
    assert [d.id for d in formats.read(tmp_path, format="dwie-test")] == ["D2"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({key: value for key, value in DWIE.items() if key != "content"}, "misses content"),
        ([], "misses id, content"),
        (DWIE | {"mentions": [{"begin": 0}]}, "not a DWIE document: KeyError"),
        (DWIE | {"relations": [{"s": 2, "p": "of the", "o": 6}]}, "relation type 'of the' must be a word"),
    ],
)
def test_a_file_that_is_no_dwie_document_is_told(tmp_path: Path, value: Any, message: str) -> None:
    path = save(tmp_path / "a.json", value)
    with pytest.raises(FormatError, match=message) as caught:
        formats.read(path, format="dwie")
    assert str(path) in str(caught.value)


def test_a_file_that_is_no_json_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    for name in ("dwie", "conll04"):
        with pytest.raises(FormatError, match=r"a\.json: not JSON"):
            formats.read(tmp_path / "a.json", format=name)


SENTENCE: dict[str, Any] = {
    "tokens": ["Ann", "Poe", "of", "Acme", "lives", "in", "Bonn", "."],
    "entities": [
        {"type": "Peop", "start": 0, "end": 2},
        {"type": "Org", "start": 3, "end": 4},
        {"type": "Loc", "start": 6, "end": 7},
    ],
    "relations": [{"type": "Work_For", "head": 0, "tail": 1}, {"type": "Live_In", "head": 0, "tail": 2}],
    "orig_id": 9,
}


def test_conll04_joins_tokens_by_a_space_and_makes_an_entity_of_each_mention(tmp_path: Path) -> None:
    (document,) = formats.read(save(tmp_path / "dev.json", [SENTENCE]), format="conll04")
    assert (document.id, document.text) == ("dev-9", "Ann Poe of Acme lives in Bonn .")
    assert [(e.id, e.type, e.name) for e in document.entities] == [
        ("e0", "Peop", "Ann Poe"),
        ("e1", "Org", "Acme"),
        ("e2", "Loc", "Bonn"),
    ]
    assert document.relations == (Relation("e0", "Work_For", "e1"), Relation("e0", "Live_In", "e2"))


def test_conll04_reads_back_what_it_wrote(tmp_path: Path) -> None:
    documents = formats.read(save(tmp_path / "dev.json", [SENTENCE, SENTENCE | {"orig_id": 10}]), format="conll04")
    formats.write(documents, tmp_path / "new.json", format="conll04")
    back = formats.read(tmp_path / "new.json", format="conll04")
    assert back == documents
    assert [d.id for d in back] == ["dev-9", "dev-10"]
    formats.write([], tmp_path / "none.json", format="conll04")
    assert formats.read(tmp_path / "none.json", format="conll04") == []


def test_conll04_splits_a_word_where_a_mention_ends_and_says_a_relation_of_the_closest_mentions(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = "Acme said\nAcme's chief, Poe, left Bonn."
    spans = [(0, 4, "acme"), (10, 14, "acme"), (24, 27, "poe"), (34, 38, "bonn")]
    mentions = tuple(Mention(start, end, "X", (entity,)) for start, end, entity in spans)
    relations = (Relation("poe", "heads", "acme"), Relation("poe", "lives-in", "bonn", "negated"))
    formats.write([Document("d", text, mentions, relations)], tmp_path / "a.json", format="conll04")
    (sentence,) = json.loads((tmp_path / "a.json").read_text())
    assert sentence["tokens"] == ["Acme", "said", "Acme", "'s", "chief,", "Poe", ",", "left", "Bonn", "."]
    assert [(e["start"], e["end"]) for e in sentence["entities"]] == [(0, 1), (2, 3), (5, 6), (8, 9)]
    assert sentence["relations"] == [{"type": "heads", "head": 2, "tail": 1}]
    assert "1 planned or negated relations" in caplog.text
    assert "1 links of a mention to the entity of an earlier one" in caplog.text


@pytest.mark.parametrize(
    "change",
    [
        {"tokens": None},
        {"entities": [{"type": "Loc", "start": 6, "end": 99}]},
        {"entities": [{"type": "Loc", "start": -2, "end": -1}]},
        {"entities": [{"type": "Loc", "start": 3, "end": 3}]},
        {"relations": [{"type": "Live_In", "head": 0}]},
    ],
)
def test_conll04_a_sentence_of_another_form_is_told_with_file_and_position(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    path = save(tmp_path / "dev.json", [SENTENCE, SENTENCE | {"orig_id": 10} | change])
    with pytest.raises(FormatError) as caught:
        formats.read(path, format="conll04")
    assert str(caught.value).startswith(f"{path}: sentence 1")


def test_conll04_one_id_twice_in_a_file_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="'dev-9' occurs twice"):
        formats.read(save(tmp_path / "dev.json", [SENTENCE, SENTENCE]), format="conll04")
    with pytest.raises(FormatError, match="'d' occurs twice"):
        formats.write([Document("d", "One."), Document("d", "Two.")], tmp_path / "a.json", format="conll04")


def test_conll04_leaves_out_a_relation_of_an_entity_to_itself_and_a_mention_of_no_text(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    change = {
        "tokens": ["Ann", "Poe", "", "Acme", "leads", " ", "Bonn", "."],
        "entities": [*SENTENCE["entities"], {"type": "Loc", "start": 5, "end": 6}],
        "relations": [
            *SENTENCE["relations"],
            {"type": "Kill", "head": 0, "tail": 0},
            {"type": "Live_In", "head": 0, "tail": 3},
        ],
    }
    (document,) = formats.read(save(tmp_path / "dev.json", [SENTENCE | change]), format="conll04")
    assert document.text == "Ann Poe Acme leads Bonn ."
    assert [entity.name for entity in document.entities] == ["Ann Poe", "Acme", "Bonn"]
    assert document.relations == (Relation("e0", "Work_For", "e1"), Relation("e0", "Live_In", "e2"))
    for count in (
        "1 mentions of white space alone",
        "1 relations of an entity to itself",
        "1 relations whose mention is left out",
    ):
        assert count in caplog.text


def test_conll04_labels_become_types(tmp_path: Path) -> None:
    change = {
        "entities": [{**SENTENCE["entities"][0], "type": "a person"}, *SENTENCE["entities"][1:]],
        "relations": [{"type": "works for", "head": 0, "tail": 1}],
    }
    (document,) = formats.read(save(tmp_path / "dev.json", [SENTENCE | change]), format="conll04")
    assert document.mentions[0].type == "a_person"
    assert document.relations == (Relation("e0", "works_for", "e1"),)


def test_conll04_a_file_that_is_no_array_is_told(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="expected an array of sentences, not dict"):
        formats.read(save(tmp_path / "dev.json", SENTENCE), format="conll04")
