"""The tables of PLV, on rows of our own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from relex.document import Document
from relex.errors import FormatError, InputError

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from plv_data import QUADS, read_plv

HEADING = ("marked_sentence", "source", "target", "gold_root", "gold_penta", "root_L2")


def read(tmp_path: Path, *rows: tuple[str, ...], column: str = "gold_root") -> list[Document]:
    path = tmp_path / "own.tsv"
    path.write_text("".join("\t".join(row) + "\n" for row in (HEADING, *rows)), encoding="utf-8")
    return read_plv(path, column=column)


def surfaces(tmp_path: Path, marked: str, source: str, target: str) -> dict[str, tuple[int, str]]:
    (document,) = read(tmp_path, (marked, source, target, "AID", "2", "AID"))
    return {m.entities[0]: (m.start, document.text[m.start : m.end]) for m in document.mentions}


def test_a_row_is_a_sentence_with_two_actors_and_a_code(tmp_path: Path) -> None:
    row = ("<t>Peru</t> was helped by <s>Oslo</s>.", "Oslo", "Peru", "AID", "2", "YIELD")
    (document,) = read(tmp_path, row)
    assert (document.id, document.text) == ("own-0", "Peru was helped by Oslo.")
    assert [(m.start, m.end, m.type, m.entities) for m in document.mentions] == [
        (0, 4, "ACTOR", ("target",)),
        (19, 23, "ACTOR", ("source",)),
    ]
    assert [(r.head, r.type, r.tail, r.status) for r in document.relations] == [("source", "AID", "target", "actual")]


def test_the_column_says_whose_codes_are_read(tmp_path: Path) -> None:
    row = ("<s>Oslo</s> met <t>Peru</t>.", "Oslo", "Peru", "AID", "2", "YIELD")
    assert read(tmp_path, row, column="root_L2")[0].relations[0].type == "YIELD"
    assert read(tmp_path, row, column="gold_penta")[0].relations[0].type == QUADS["2"] == "material-cooperation"
    with pytest.raises(InputError, match="no column of codes 'gold'; columns: gold_root"):
        read(tmp_path, row, column="gold")


def test_white_space_within_marks_is_no_part_of_a_mention(tmp_path: Path) -> None:
    found = surfaces(tmp_path, "<s>Oslo </s>met<t> Peru</t>.", "Oslo", "Peru")
    assert found == {"source": (0, "Oslo"), "target": (9, "Peru")}


def test_one_actor_may_stand_within_the_other(tmp_path: Path) -> None:
    found = surfaces(tmp_path, "<s><t>Omani</t> rebels</s> left.", "Omani rebels", "Omani")
    assert found == {"source": (0, "Omani rebels"), "target": (0, "Omani")}


def test_of_several_marks_the_first_around_whole_words_is_taken(tmp_path: Path) -> None:
    found = surfaces(tmp_path, "<t>Chad</t>ian <s>Oslo</s> and <s>Oslo</s> met <t>Chad</t>.", "Oslo", "Chad")
    assert found == {"source": (8, "Oslo"), "target": (26, "Chad")}


def test_an_actor_that_is_named_without_a_mark_is_found(tmp_path: Path) -> None:
    found = surfaces(tmp_path, "<s>Chad</s> freed the <s>Chad</s>ian envoy.", "Chad", "the Chadian envoy")
    assert found == {"source": (0, "Chad"), "target": (11, "the Chadian envoy")}


def test_an_actor_that_is_not_named_stands_below_the_sentence(tmp_path: Path) -> None:
    (document,) = read(tmp_path, ("<s>Oslo</s> gave in.", "Oslo", "somebody", "YIELD", "2", "AID"))
    assert document.text == "Oslo gave in.\nsomebody"
    assert document.mentions[1].entities == ("target",)


def test_another_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.tsv"
    path.write_text("text\tlabel\n", encoding="utf-8")
    with pytest.raises(FormatError, match="no table of PLV: misses gold_root, marked_sentence, source, target"):
        read_plv(path)
