"""The reader of NYT and WebNLG as triples, on sentences made up in their form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from relex import formats
from relex.document import Document, Relation
from relex.errors import FormatError


def read(path: Path, *values: Any) -> list[Document]:
    path.write_text(json.dumps(values), encoding="utf-8")
    return formats.read(path, format="triples")


def sentence(text: str, *triples: tuple[str, str, str]) -> dict[str, Any]:
    return {"text": text, "triple_list": triples}


def test_a_name_is_an_entity_and_every_place_where_it_stands_a_mention(tmp_path: Path) -> None:
    text = "Bonn City is in Bonn , and Ada of Bonn is no Adam ."
    triples = (("Bonn City", "/location/in", "Bonn"), ("Ada", "born in", "Bonn"))
    (document,) = read(tmp_path / "val.json", sentence(text, *triples))
    assert (document.id, document.text) == ("val-0", text)
    assert [(e.name, [m.start for m in e.mentions]) for e in document.entities] == [
        ("Bonn City", [0]),
        ("Bonn", [0, 16, 34]),
        ("Ada", [27]),
    ]
    assert {entity.type for entity in document.entities} == {"ENTITY"}
    assert document.relations == (Relation("e0", "/location/in", "e1"), Relation("e2", "born_in", "e1"))


def test_a_name_may_adjoin_a_mark_where_it_never_stands_alone(tmp_path: Path) -> None:
    (document,) = read(tmp_path / "a.json", sentence("Ada (Roe), of Adab.", ("Ada", "r", "Roe")))
    assert [document.text[m.start : m.end] for m in document.mentions] == ["Ada", "Roe"]


def test_what_a_document_cannot_hold_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    triples = [("Ada", "r", "Bo Roe"), ("Ada", "r", "Bo Roe"), ("Ada", "r", "Ada"), ("Ada", "r", "Kyiv")]
    (document,) = read(tmp_path / "a.json", sentence("Ada of Bo Roe", *triples, ("of Bo", "r", "Ada")))
    assert [document.text[m.start : m.end] for m in document.mentions] == ["Ada", "Bo Roe"]
    assert document.relations == (Relation("e0", "r", "e1"),)
    for count in (
        "1 relations stated twice",
        "1 relations of a name to itself",
        "1 mentions that cross another",
        "2 relations of a name that does not stand in the text, or crosses another",
    ):
        assert count in caplog.text
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    "value", [{"text": "x"}, [], {"text": 1, "triple_list": [["a", "r", "b"]]}, {"text": "x", "triple_list": [["a"]]}]
)
def test_a_sentence_of_another_form_is_told_with_file_and_position(tmp_path: Path, value: Any) -> None:
    with pytest.raises(FormatError, match=r"a\.json: sentence 1 is not a text with a triple_list"):
        read(tmp_path / "a.json", sentence("Rain"), value)


def test_a_file_that_is_no_array_and_a_relation_without_a_name_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(FormatError, match="expected an array of sentences, not dict"):
        formats.read(tmp_path / "a.json", format="triples")
    with pytest.raises(FormatError, match=r"a\.json: sentence 0: relation type ''"):
        read(tmp_path / "a.json", sentence("Ada met Bo", ("Ada", "", "Bo")))
