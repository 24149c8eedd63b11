"""JSON lines: every field survives, every fault is told with file and line."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from relex.document import Document, Evidence, Link, Mention, Relation
from relex.errors import FormatError
from relex.formats import jsonl
from strategies import documents


def write_lines(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def error_of(path: Path) -> str:
    with pytest.raises(FormatError) as caught:
        list(jsonl.iterate([path]))
    return str(caught.value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=documents(any_text=True))
def test_whatever_is_written_reads_as_the_same_document(tmp_path: Path, document: Document) -> None:
    path = tmp_path / "a.jsonl"
    jsonl.write([document, replace(document, id="other")], path)
    first, second = jsonl.iterate([path])
    assert first == second == document
    assert first.relations == document.relations
    assert (first.id, second.id) == (document.id, "other")


def test_scores_evidence_links_and_metadata_survive(tmp_path: Path) -> None:
    document = Document(
        "a",
        "Hanoi 🇻🇳",
        (Mention(0, 5, "GPE", ("hanoi",), 0.25), Mention(6, 8, "GPE", ("vn",))),
        (Relation("hanoi", "located-in", "vn", "planned", 0.75, (Evidence((0, 5), (6, 8)),)),),
        {"título": "«x»"},
        {"vn": Link(iso3166="VN", wikidata="Q881")},
    )
    path = tmp_path / "a.jsonl"
    jsonl.write([document], path)
    (back,) = jsonl.iterate([path])
    assert back.to_dict() == document.to_dict()
    assert back.mentions[0].score == 0.25
    assert back.entity("vn").link == Link(iso3166="VN", wikidata="Q881")


def test_characters_are_written_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    jsonl.write([Document("a", "Đà Nẵng\u2028😀")], path)
    assert "Đà Nẵng\u2028😀".encode() in path.read_bytes()
    assert path.read_bytes().count(b"\n") == 1


def test_a_text_alone_is_named_after_its_file_and_line(tmp_path: Path) -> None:
    path = write_lines(tmp_path, '{"text": "One."}', "", '{"text": "Three."}')
    assert [(d.id, d.text) for d in jsonl.iterate([path])] == [("in-1", "One."), ("in-3", "Three.")]


def test_documents_come_before_the_file_is_read_to_its_end(tmp_path: Path) -> None:
    path = write_lines(tmp_path, '{"text": "One."}', "no JSON")
    assert next(jsonl.iterate([path])).text == "One."


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"text": "x", "meta": {"a": NaN}}', "NaN is no JSON number"),
        ('["text"]', "expected an object, not list"),
        ('{"id": "a"}', "misses text"),
        ('{"id": "a", "text": 5}', "text must be a string, not int"),
        ('{"id": "a", "text": "x", "lang": "en"}', "unknown key lang"),
        ('{"id": null, "text": "x"}', "id must be a string"),
        ('{"id": "a", "text": "\\ud800"}', "lone surrogate at offset 0"),
        ('{"id": "a", "text": "x", "meta": {"n": 1}}', "n must be a string, not int"),
        ('{"id": "a", "text": "x", "mentions": {}}', "mentions must be a list"),
        ('{"id": "a", "text": "x", "mentions": [{"start": 0, "end": 1, "type": "X"}]}', "mention 0: misses entities"),
        (
            '{"id": "a", "text": "x", "mentions": [{"start": 0, "end": 9, "type": "X", "entities": ["x"]}]}',
            "past the text",
        ),
        ('{"id": "a", "text": "x", "relations": [{"head": [], "type": "r", "tail": "b"}]}', "head must be a string"),
        ('{"id": "a", "text": "x", "relations": [{"head": "a", "type": "r", "tail": "b"}]}', "which no mention has"),
        ('{"id": "a", "text": "x", "entities": [{"id": "e"}]}', "named by no mention"),
    ],
)
def test_each_fault_is_told_with_file_and_line(tmp_path: Path, line: str, message: str) -> None:
    path = write_lines(tmp_path, '{"id": "ok", "text": "Fine."}', line)
    told = error_of(path)
    assert told.startswith(f"{path}:2: ")
    assert message in told


def test_an_id_given_twice_in_one_file_is_a_fault_that_names_both_lines(tmp_path: Path) -> None:
    told = error_of(
        write_lines(tmp_path, '{"id": "a", "text": "x"}', '{"id": "b", "text": "x"}', '{"id": "a", "text": "y"}')
    )
    assert ":3: document id 'a' stands on line 1 too" in told


def test_bytes_that_are_no_text_are_told_with_line_and_offset(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(b'{"text": "ok"}\n{"text": "caf\xe9"}\n')
    assert error_of(path).startswith(f"{path}:2: byte 0xe9 at byte offset 28 is not UTF-8")


def test_windows_line_ends_and_a_byte_order_mark_mean_nothing(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"text": "a"}\r\n{"text": "b"}\r\n')
    assert [d.text for d in jsonl.iterate([path])] == ["a", "b"]


def test_raw_texts_keep_other_strings_as_metadata_and_nothing_else(tmp_path: Path) -> None:
    record: dict[str, Any] = {"text": "x", "source": "s", "words": 3, "meta": {"title": "t", "n": 1}, "mentions": [1]}
    path = write_lines(tmp_path, json.dumps(record), json.dumps({"id": 7, "text": "y"}))
    first, second = jsonl.iterate_texts(path)
    assert (first.id, first.text, first.mentions) == ("in-1", "x", ())
    assert first.meta == {"source": "s", "title": "t"}
    assert (second.id, second.text, second.meta) == ("7", "y", {})


def test_a_repeated_id_of_a_raw_text_gets_its_line_number(tmp_path: Path) -> None:
    path = write_lines(tmp_path, *('{"id": "a", "text": "x"}',) * 3)
    assert [d.id for d in jsonl.iterate_texts(path)] == ["a", "a-2", "a-3"]


def test_a_raw_record_without_text_is_a_fault(tmp_path: Path) -> None:
    path = write_lines(tmp_path, '{"content": "x"}')
    with pytest.raises(FormatError, match=r":1: no string under 'text'; the record has content, id"):
        list(jsonl.iterate_texts(path))


@pytest.mark.parametrize("value", ["null", "true", "1.5", "1e400", "[1]", "{}", '""', '"\\ud800"'])
def test_a_raw_record_keeps_its_id_only_if_that_is_text_or_a_whole_number(tmp_path: Path, value: str) -> None:
    path = write_lines(tmp_path, f'{{"id": {value}, "text": "x"}}', '{"id": "z", "text": "x"}')
    told: list[str] = []
    assert [d.id for d in jsonl.iterate_texts(path, report=told.append)] == ["z"]
    (fault,) = told
    assert fault.startswith(f"{path}:1: ")
    assert "id" in fault


@pytest.mark.parametrize("field", ['"title": "\\ud800"', '"meta": {"\\udfff": "x"}'])
def test_a_raw_record_with_a_lone_surrogate_is_a_fault(tmp_path: Path, field: str) -> None:
    path = write_lines(tmp_path, f'{{"text": "x", {field}}}', '{"id": "z", "text": "x"}')
    told: list[str] = []
    assert [d.id for d in jsonl.iterate_texts(path, report=told.append)] == ["z"]
    assert [fault.startswith(f"{path}:1: ") and "lone surrogate" in fault for fault in told] == [True]


def test_compressed_lines_are_read_and_named_after_the_file_within(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"text": "One."}\n{"text": "Two."}\n'))
    assert [(d.id, d.text) for d in jsonl.iterate([path])] == [("in-1", "One."), ("in-2", "Two.")]
    path.write_bytes(path.read_bytes()[:-9])
    assert "damaged gzip file" in error_of(path)


def test_lines_in_utf_16_are_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "One."}', encoding="utf-16")
    told = error_of(path)
    assert "the text is UTF-16" in told
    assert "iconv -f UTF-16 -t UTF-8" in told
