"""CrossRE: sentences with relations of mentions, and the authors' tables of predictions."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from relex import formats
from relex.document import Document, Mention, Relation
from relex.errors import FormatError
from relex.formats import crossre
from round_trips import bare, evidence, places, round_trip
from strategies import documents

RECORD: dict[str, Any] = {
    "doc_key": "news-1",
    "sentence": ["Ann", "Poe", "of", "Acme", "lives", "in", "Bonn", "."],
    "ner": [[6, 6, "location"], [0, 1, "person"], [3, 3, "organisation"]],
    "relations": [[0, 1, 3, 3, "role", "employee", False, False], [0, 1, 6, 6, "physical", "", True, True]],
}


def save(path: Path, *records: Any) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def load(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_tokens_are_joined_by_a_space_and_every_mention_is_an_entity(tmp_path: Path) -> None:
    (document,) = formats.read(save(tmp_path / "dev.json", RECORD), format="crossre")
    assert (document.id, document.text) == ("news-1", "Ann Poe of Acme lives in Bonn .")
    assert [(e.id, e.type, e.name) for e in document.entities] == [
        ("e0", "person", "Ann Poe"),
        ("e1", "organisation", "Acme"),
        ("e2", "location", "Bonn"),
    ]
    assert document.relations == (Relation("e0", "role", "e1"), Relation("e0", "physical", "e2"))


def test_a_label_of_several_words_is_read_as_one(tmp_path: Path) -> None:
    path = save(tmp_path / "dev.json", RECORD | {"ner": [[0, 1, "a person"]], "relations": []})
    assert [mention.type for mention in formats.read(path, format="crossre")[0].mentions] == ["a_person"]


def test_explanations_and_flags_have_no_place_and_are_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    save(tmp_path / "a.json", RECORD)
    save(tmp_path / "b.json", RECORD, RECORD | {"doc_key": "news-2"})
    assert len(formats.read(tmp_path, format="crossre")) == 3
    assert len(caplog.records) == 1
    for count in (
        "3 explanations of relations",
        "3 flags of an uncertain annotator",
        "3 flags of ambiguous syntax",
    ):
        assert count in caplog.text


def test_relations_without_flags_are_read_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    record = RECORD | {"relations": [[0, 1, 3, 3, "role"]]}
    (document,) = formats.read(save(tmp_path / "a.json", record), format="crossre")
    assert document.relations == (Relation("e0", "role", "e1"),)
    assert caplog.text == ""


def test_what_is_read_is_written_as_it_was_but_for_explanations_and_flags(tmp_path: Path) -> None:
    documents = formats.read(save(tmp_path / "a.json", RECORD), format="crossre")
    formats.write(documents, tmp_path / "b.json", format="crossre")
    bare_relations = [[*relation[:5], "", False, False] for relation in RECORD["relations"]]
    assert load(tmp_path / "b.json") == [RECORD | {"ner": sorted(RECORD["ner"]), "relations": bare_relations}]


def test_two_relations_of_one_pair_are_kept_and_the_same_one_twice_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    relations = [[0, 1, 3, 3, label, "", False, False] for label in ("role", "named", "role")]
    relations.append([0, 1, 0, 1, "named", "", False, False])
    relations.append([0, 1, 4, 4, "role", "", False, False])
    (document,) = formats.read(save(tmp_path / "a.json", RECORD | {"relations": relations}), format="crossre")
    assert document.relations == (Relation("e0", "role", "e1"), Relation("e0", "named", "e1"))
    assert "1 relations stated twice" in caplog.text
    assert "1 relations of an entity to itself" in caplog.text
    assert "1 relations of spans that are no mention" in caplog.text


def test_a_document_is_written_as_one_sentence_of_mentions(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    text = "Acme said so.\nPoe, its chief, left."
    mentions = (
        Mention(0, 4, "X", ("acme",)),
        Mention(14, 17, "X", ("poe",)),
        Mention(19, 22, "X", ("acme",)),
    )
    relations = (Relation("poe", "heads", "acme"), Relation("acme", "sues", "poe", "negated"))
    formats.write([Document("d", text, mentions, relations)], tmp_path / "a.json", format="crossre")
    (written,) = load(tmp_path / "a.json")
    assert written["sentence"] == ["Acme", "said", "so.", "Poe", ",", "its", "chief,", "left."]
    assert written["ner"] == [[0, 0, "X"], [3, 3, "X"], [5, 5, "X"]]
    assert written["relations"] == [[3, 3, 5, 5, "heads", "", False, False]]
    assert "1 links of a mention to the entity of an earlier one" in caplog.text
    assert "1 planned or negated relations" in caplog.text


@pytest.mark.parametrize(
    "change",
    [
        {"sentence": None},
        {"sentence": "Ann Poe"},
        {"ner": [[0, 99, "person"]]},
        {"ner": [[-1, 0, "person"]]},
        {"ner": [[0, 1]]},
        {"relations": [[0, 1, 3, 3]]},
        {"relations": [[0, 1, 3, 30, "role", "", False, False]]},
    ],
)
def test_a_line_of_another_form_is_told_with_file_and_line(tmp_path: Path, change: dict[str, Any]) -> None:
    path = save(tmp_path / "dev.json", RECORD, RECORD | {"doc_key": "two"} | change)
    with pytest.raises(FormatError) as caught:
        formats.read(path, format="crossre")
    assert str(caught.value).startswith(f"{path}:2: ")


def test_one_id_twice_in_a_file_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="'news-1' occurs twice"):
        formats.read(save(tmp_path / "a.json", RECORD, RECORD), format="crossre")


@given(documents(any_text=True))
def test_mentions_come_back(document: Document) -> None:
    (back,) = round_trip([document], "crossre")
    assert bare(back.text) == bare(document.text)
    assert places(back) == places(document)


@given(documents(any_text=True))
def test_what_has_been_written_once_does_not_change_again(document: Document) -> None:
    (once,) = round_trip([document], "crossre")
    (twice,) = round_trip([once], "crossre")
    assert twice == once
    assert evidence(twice) == evidence(once)


ACME = "<E2:organisation> Acme </E2:organisation>"
ROWS = (
    ("role", f"<E1:person> Ann Poe </E1:person> of {ACME} lives in Bonn ."),
    ("physical", "<E2:person> Ann Poe </E2:person> of Acme lives in <E1:location> Bonn </E1:location> ."),
)


def save_table(path: Path, *rows: tuple[str, str], columns: tuple[str, ...] = ("labels", "text")) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(columns)
        writer.writerows(rows)
    return path


def read_gold(tmp_path: Path, *records: Any) -> list[Document]:
    return formats.read(save(tmp_path / "test.json", *records), format="crossre")


def test_predictions_take_the_place_of_golds_relations(tmp_path: Path) -> None:
    gold = read_gold(tmp_path, RECORD, RECORD | {"doc_key": "other", "sentence": list("abcdefgh")})
    one, two = crossre.read_predictions(save_table(tmp_path / "pred.csv", *ROWS), gold)
    assert [(own.id, own.mentions) for own in (one, two)] == [(own.id, own.mentions) for own in gold]
    assert one.relations == (Relation("e0", "role", "e1"), Relation("e2", "physical", "e0"))
    assert two.relations == ()


def test_predictions_for_a_sentence_that_occurs_twice_go_to_the_one_with_their_mentions(tmp_path: Path) -> None:
    shorter = RECORD | {"doc_key": "news-0", "ner": [[3, 3, "organisation"], [6, 6, "location"]], "relations": []}
    other = RECORD | {"doc_key": "news-2", "sentence": ["Sun", "and", "sea"], "ner": [[0, 0, "x"], [2, 2, "x"]]}
    gold = read_gold(tmp_path, shorter, RECORD, other | {"relations": []}, RECORD | {"doc_key": "news-3"})
    sea = ("named", "<E1:x> Sun </E1:x> and <E2:x> sea </E2:x>")
    predicted = crossre.read_predictions(save_table(tmp_path / "pred.csv", ROWS[0], sea, ROWS[1]), gold)
    assert [len(own.relations) for own in predicted] == [0, 1, 1, 1]
    assert [own.relations[0].type for own in predicted[1:]] == ["role", "named", "physical"]


def test_predictions_of_spans_that_are_no_mention_are_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    gold = read_gold(tmp_path, RECORD | {"ner": RECORD["ner"][1:], "relations": []})
    (predicted,) = crossre.read_predictions(save_table(tmp_path / "pred.csv", *ROWS, ROWS[0]), gold)
    assert predicted.relations == (Relation("e0", "role", "e1"),)
    assert "1 relations of spans that are no mention in gold" in caplog.text
    assert "1 relations stated twice" in caplog.text


@pytest.mark.parametrize(
    ("rows", "columns", "message"),
    [
        ((("role", f"<E1:x> Ann </E1:x> or {ACME} ?"),), ("labels", "text"), "2: no gold document is left with the"),
        ((*ROWS[:1], ("role", "Ann Poe")), ("labels", "text"), "3: not a pair marked by"),
        ((("role", "<E1:x> </E1:x> of <E2:x> Acme </E2:x>"),), ("labels", "text"), "2: not a pair marked by"),
        (ROWS, ("label", "text"), " no table of CrossRE's predictions: misses labels"),
    ],
)
def test_a_table_of_another_form_is_told(
    tmp_path: Path, rows: tuple[tuple[str, str], ...], columns: tuple[str, ...], message: str
) -> None:
    gold = read_gold(tmp_path, RECORD)
    path = save_table(tmp_path / "pred.csv", *rows, columns=columns)
    with pytest.raises(FormatError) as caught:
        crossre.read_predictions(path, gold)
    assert str(caught.value).startswith(f"{path}:{message}")
