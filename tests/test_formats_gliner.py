"""GLiNER's training data and predictions, in and out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from relex import formats
from relex.document import Document, Evidence, Mention, Relation
from relex.errors import FormatError
from strategies import documents
from there_and_back import go_and_return

EXAMPLE: dict[str, Any] = {
    "tokenized_text": ["Ada", "Roe", "left", "Acme", "Ltd", "in", "Kyiv", "."],
    "ner": [[3, 4, "news agency"], [0, 1, "person"], [6, 6, "city"]],
    "relations": [[1, 0, "worked for"], [0, 2, "based_in"]],
}
TEXT = "Ada Roe left Kyiv."
PREDICTION: dict[str, Any] = {
    "text": TEXT,
    "entities": [
        {"start": 0, "end": 7, "text": "Ada Roe", "label": "person", "score": 0.75},
        {"start": 13, "end": 17, "text": "Kyiv", "label": "city", "score": 0.5},
    ],
    "relations": [
        {
            "head": {"start": 0, "end": 7, "text": "Ada Roe", "type": "person", "entity_idx": 0},
            "tail": {"start": 13, "end": 17, "text": "Kyiv", "type": "city", "entity_idx": 1},
            "relation": "visited",
            "score": 0.25,
        }
    ],
}


def save(path: Path, *values: Any) -> Path:
    path.write_text(json.dumps(values), encoding="utf-8")
    return path


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_ranges_of_training_data_include_their_last_token_and_relations_count_mentions(tmp_path: Path) -> None:
    (document,) = formats.read(save(tmp_path / "train.json", EXAMPLE), format="gliner")
    assert (document.id, document.text) == ("train-0", "Ada Roe left Acme Ltd in Kyiv .")
    assert [(e.id, e.type, e.name) for e in document.entities] == [
        ("e0", "person", "Ada Roe"),
        ("e1", "news_agency", "Acme Ltd"),
        ("e2", "city", "Kyiv"),
    ]
    assert document.relations == (Relation("e0", "worked_for", "e1"), Relation("e1", "based_in", "e2"))


def test_training_data_need_no_relations(tmp_path: Path) -> None:
    (document,) = formats.read(save(tmp_path / "a.json", {"tokenized_text": ["Rain"], "ner": []}), format="gliner")
    assert (document.text, document.mentions) == ("Rain", ())


def test_predictions_are_read_with_their_scores(tmp_path: Path) -> None:
    (document,) = formats.read(save(tmp_path / "out.json", PREDICTION), format="gliner")
    assert (document.id, document.text) == ("out-0", TEXT)
    assert [(e.type, e.name) for e in document.entities] == [("person", "Ada Roe"), ("city", "Kyiv")]
    assert [m.score for m in document.mentions] == [0.75, 0.5]
    assert document.relations == (Relation("e0", "visited", "e1"),)
    assert document.relations[0].score == 0.25


def test_of_several_labels_on_a_span_the_surest_is_kept_and_the_rest_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    entities = [
        {"start": 0, "end": 7, "label": "person", "score": 0.5},
        {"start": 0, "end": 7, "label": "politician", "score": 0.75},
        {"start": 4, "end": 12, "label": "event", "score": 0.5},
        {"start": 13, "end": 17, "text": "Kiev", "label": "city", "score": 0.5},
    ]
    value = {"id": 3, "text": TEXT, "entities": entities, "relations": PREDICTION["relations"]}
    (document,) = formats.read(save(tmp_path / "out.json", value), format="gliner")
    assert (document.id, [(m.start, m.end, m.type) for m in document.mentions]) == ("3", [(4, 12, "event")])
    for count in (
        "1 mentions on the span of another",
        "1 mentions that cross another",
        "1 mentions whose offsets do not give their text",
        "1 relations whose mentions are left out",
    ):
        assert count in caplog.text


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"text": "x"}, "has neither 'tokenized_text' nor 'text' with 'entities'; it has text"),
        ("x", "has neither .*; it has str"),
        (EXAMPLE | {"ner": [[6, 8, "city"]]}, "tokens 6–8 of 8; ranges include the last token"),
        (EXAMPLE | {"ner": [[2, 1, "city"]]}, "tokens 2–1"),
        (EXAMPLE | {"ner": [[-1, 1, "city"]]}, "tokens -1–1"),
        (EXAMPLE | {"ner": [[1, 2]]}, "not of GLiNER's form"),
        (EXAMPLE | {"relations": [[0, 3, "r"]]}, "relation of mentions 0 and 3 of 3"),
        (EXAMPLE | {"text": "Ada left"}, "not of GLiNER's form"),
        ({"text": "The hat and a cat", "tokenized_text": ["The", "a", "cat"], "ner": []}, "leave out 'h' of the text"),
        (PREDICTION | {"entities": [{"start": 0, "end": 99, "label": "x"}]}, "past the text"),
        (PREDICTION | {"relations": [{"head": {}}]}, "not of GLiNER's form: KeyError"),
        (PREDICTION | {"relations": [PREDICTION["relations"][0] | {"score": "sure"}]}, "'sure' is no finite number"),
    ],
)
def test_an_object_of_another_form_is_told_with_file_and_position(tmp_path: Path, value: Any, message: str) -> None:
    path = save(tmp_path / "a.json", EXAMPLE, value)
    with pytest.raises(FormatError, match=message) as caught:
        formats.read(path, format="gliner")
    assert str(caught.value).startswith(f"{path}: object 1")


def test_a_file_that_is_no_array_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(FormatError, match="expected an array of objects, not dict"):
        formats.read(tmp_path / "a.json", format="gliner")


MENTIONS = (
    Mention(0, 9, "ORG", ("acme",), 0.5),
    Mention(0, 4, "PERSON", ("ada",)),
    Mention(16, 20, "ORG", ("acme",)),
    Mention(25, 31, "GPE", ("kyiv", "bonn")),
)
DOCUMENT = Document(
    "d",
    "Acme-2022\nsaid: Acme's\n  cities grow.",
    MENTIONS,
    (
        Relation("ada", "heads", "acme", "actual", 0.25, (Evidence((0, 4), (16, 20)), Evidence((0, 4), (0, 9)))),
        Relation("ada", "met", "acme", "planned"),
        Relation("kyiv", "hosts", "acme"),
        Relation("bonn", "hosts", "acme"),
        Relation("bonn", "twin-of", "kyiv"),
    ),
)


def test_training_data_are_the_words_of_gliner_cut_where_mentions_end_beside_the_text(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    formats.write([DOCUMENT], tmp_path / "a.json", format="gliner")
    (value,) = load(tmp_path / "a.json")
    assert (value["id"], value["text"]) == ("d", DOCUMENT.text)
    assert value["tokenized_text"] == ["Acme", "-2022", "said", ":", "Acme", "'", "s", "cities", "grow", "."]
    assert value["ner"] == [[0, 1, "ORG"], [0, 0, "PERSON"], [4, 4, "ORG"], [7, 7, "GPE"]]
    assert value["relations"] == [[1, 2, "heads"], [3, 2, "hosts"]]
    for count in (
        "1 planned or negated relations",
        "1 relations that another states of the same two mentions",
        "1 relations that no two mentions carry",
        "2 links of a mention to the entity of an earlier one, or to several",
    ):
        assert count in caplog.text


def test_predictions_are_written_as_a_joint_model_returns_them(tmp_path: Path) -> None:
    document = formats.read(save(tmp_path / "out.json", PREDICTION), format="gliner")[0]
    formats.write([document], tmp_path / "new.json", format="gliner-predictions")
    assert load(tmp_path / "new.json") == [{"id": "out-0", **PREDICTION}]


def test_without_scores_predictions_have_none(tmp_path: Path) -> None:
    bare = Document("d", "Ada", (Mention(0, 3, "PERSON", ("a",)),))
    formats.write([bare], tmp_path / "new.json", format="gliner-predictions")
    (value,) = load(tmp_path / "new.json")
    assert value["entities"] == [{"start": 0, "end": 3, "text": "Ada", "label": "PERSON"}]


@given(documents(any_text=True))
def test_text_and_mentions_of_any_document_come_back_from_training_data(document: Document) -> None:
    back = go_and_return(document, format="gliner")
    assert (back.id, back.text) == (document.id, document.text)
    expected: dict[tuple[int, int], str] = {}
    for mention in document.mentions:
        surface = document.text[mention.start : mention.end]
        start = mention.start + len(surface) - len(surface.lstrip())
        if surface.strip():
            expected.setdefault((start, start + len(surface.strip())), mention.type)
    assert {(m.start, m.end): m.type for m in back.mentions} == expected
    assert go_and_return(back, format="gliner") == back


@given(documents(any_text=True))
def test_text_and_mentions_of_any_document_come_back_from_predictions(document: Document) -> None:
    back = go_and_return(document, format="gliner-predictions", back="gliner")
    assert (back.id, back.text) == (document.id, document.text)
    assert [(m.start, m.end, m.type) for m in back.mentions] == [(m.start, m.end, m.type) for m in document.mentions]
    assert go_and_return(back, format="gliner-predictions", back="gliner") == back
