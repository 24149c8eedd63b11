"""Reading and writing by suffix, by name and by directory; whole files or none; the small formats."""

from __future__ import annotations

import csv
import os
import random
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from command_line import two_documents
from relex import formats
from relex.document import Document, Evidence, Mention, Relation
from relex.errors import FormatError, InputError
from relex.formats import FORMATS
from relex.formats.drops import Drops, keep_nested
from relex.formats.evidence import best_pair
from relex.formats.files import write_chunks, write_directory

ONE, TWO = Document("one", "One."), Document("two", "Two.")


@pytest.mark.parametrize("name", ["a.rlx", "a.jsonl", "A.JSONL"])
def test_the_suffix_tells_the_format(tmp_path: Path, name: str) -> None:
    formats.write([ONE, TWO], tmp_path / name)
    assert formats.read(tmp_path / name) == [ONE, TWO]


def test_a_format_given_by_name_wins_over_the_suffix(tmp_path: Path) -> None:
    formats.write([ONE], tmp_path / "a.dat", format="rlx")
    assert (tmp_path / "a.dat").read_text().startswith("#doc one\n")
    assert formats.read(str(tmp_path / "a.dat"), format="rlx") == [ONE]


def test_a_directory_gives_every_file_of_a_known_suffix_sorted_by_path(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("c.rlx", "a.jsonl", "sub/b.rlx", "d.jsonl"):
        formats.write([Document(name, "Text.")], tmp_path / name)
    (tmp_path / "notes.md").write_text("not a corpus")
    (tmp_path / ".hidden.rlx").write_text("not a corpus")
    assert [d.id for d in formats.read(tmp_path)] == ["a.jsonl", "c.rlx", "d.jsonl", "sub/b.rlx"]
    assert [d.id for d in formats.read(tmp_path, format="rlx")] == ["c.rlx", "sub/b.rlx"]


def test_one_id_in_two_files_is_fine(tmp_path: Path) -> None:
    formats.write([ONE], tmp_path / "a.rlx")
    formats.write([ONE], tmp_path / "b.rlx")
    assert formats.read(tmp_path) == [ONE, ONE]


@pytest.mark.parametrize(
    ("name", "tells"), [("a.rlx", True), ("a.JSONL", True), ("a.json", False), ("a.xyz", False), ("directory", True)]
)
def test_a_suffix_of_one_format_alone_or_a_directory_tells_the_format(tmp_path: Path, name: str, tells: bool) -> None:
    (tmp_path / "directory").mkdir()
    assert formats.tells_format(tmp_path / name) == tells


def test_predictions_that_are_relations_alone_take_the_rest_from_gold(tmp_path: Path) -> None:
    gold = tmp_path / "gold.json"
    formats.write(two_documents(), gold, format="docred")
    documents = formats.read(gold, format="docred")
    formats.write(documents, tmp_path / "result.json", format="docred-result")
    bare = [replace(document, relations=()) for document in documents]
    assert all(document.relations for document in documents)
    assert formats.read_predictions(tmp_path / "result.json", bare, format="docred-result") == documents


def test_other_predictions_are_read_as_any_documents(tmp_path: Path) -> None:
    formats.write([ONE, TWO], tmp_path / "a.jsonl")
    assert formats.read_predictions(tmp_path / "a.jsonl", [TWO, ONE]) == [ONE, TWO]


def test_a_directory_without_a_corpus_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no file of a known suffix"):
        formats.read(tmp_path)


@pytest.mark.parametrize(
    ("name", "format", "message"),
    [
        ("a.xyz", None, r"unknown suffix '\.xyz'; known: .*\.jsonl.*\.rlx"),
        ("a.rlx", "xyz", "unknown format 'xyz'; known: .*jsonl.*rlx"),
        ("a.json", None, "several formats use .json; .* it is: conll04, crossre, .*dwie"),
        ("a.csv", None, r"format 'csv' is only written; relex reads .*; it does not hold documents whole"),
        ("missing.rlx", None, "cannot read .*missing.rlx: no such file"),
        ("missing", None, "cannot read .*missing: no such file"),
    ],
)
def test_what_cannot_be_read_is_told_at_once(tmp_path: Path, name: str, format: str | None, message: str) -> None:
    if "missing" not in name:
        (tmp_path / name).write_text("")
    with pytest.raises(FormatError, match=message):
        formats.iterate(tmp_path / name, format=format)


@pytest.mark.parametrize(
    ("name", "format", "message"),
    [
        ("a.xyz", None, "unknown suffix"),
        ("a.json", None, "several formats use .json"),
        ("a.txt", None, "format 'text' is only read; relex writes .*rlx"),
        ("no/a.rlx", None, "cannot write .*No such file or directory; check that its directory exists"),
        ("", "rlx", "it is a directory"),
    ],
)
def test_what_cannot_be_written_is_told(tmp_path: Path, name: str, format: str | None, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        formats.write([ONE], tmp_path / name, format=format)


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        (ONE, "documents to write must be several, such as a list, not Document"),
        ("abc", "documents to write must be several, such as a list, not str"),
        (None, "documents to write must be several, such as a list, not NoneType"),
        (["abc"], "documents to write: item 0 is str, not Document"),
        ([ONE, None], "documents to write: item 1 is NoneType, not Document"),
    ],
)
def test_only_documents_are_written(tmp_path: Path, documents: Any, message: str) -> None:
    for own in FORMATS.values():
        # The spaCy format tells first that spaCy is missing.
        if own.write and (own.name != "spacy" or find_spec("spacy")):
            with pytest.raises(InputError, match=message):
                formats.write(documents, tmp_path / "out", format=own.name)
    assert os.listdir(tmp_path) == []


def test_two_documents_of_one_id_are_told_how_to_get_ids(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"'text-1' occurs twice; .* its own, as in extractor\(relex\.Document"):
        formats.write([Document("text-1", "a"), Document("text-1", "b")], tmp_path / "a.jsonl")


def test_a_failure_half_way_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    def fail() -> Iterator[Document]:
        yield TWO
        raise RuntimeError("out of documents")

    formats.write([ONE], tmp_path / "a.jsonl")
    with pytest.raises(RuntimeError):
        formats.write(fail(), tmp_path / "a.jsonl")
    assert formats.read(tmp_path / "a.jsonl") == [ONE]
    assert os.listdir(tmp_path) == ["a.jsonl"]


def test_a_file_can_be_rewritten_from_itself(tmp_path: Path) -> None:
    formats.write([ONE, TWO], tmp_path / "a.jsonl")
    formats.write(formats.iterate(tmp_path / "a.jsonl"), tmp_path / "a.jsonl")
    assert formats.read(tmp_path / "a.jsonl") == [ONE, TWO]


def test_a_link_stays_a_link_to_the_file_written(tmp_path: Path) -> None:
    (tmp_path / "real.rlx").touch()
    (tmp_path / "link.rlx").symlink_to(tmp_path / "real.rlx")
    formats.write([ONE], tmp_path / "link.rlx")
    assert (tmp_path / "link.rlx").is_symlink()
    assert formats.read(tmp_path / "real.rlx") == [ONE]


def test_a_device_is_written_to_and_not_replaced() -> None:
    formats.write([ONE], os.devnull, format="rlx")
    assert not Path(os.devnull).is_file()


def test_a_lone_surrogate_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="lone surrogate"):
        write_chunks(["\ud800"], tmp_path / "a.txt")
    with pytest.raises(FormatError, match="lone surrogate"):
        write_directory([("a.txt", "\ud800")], tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_the_formats_are_fixed() -> None:
    with pytest.raises(TypeError):
        FORMATS["new"] = FORMATS["rlx"]  # type: ignore[index]
    assert all(name == own.name and (own.iterate or own.write) for name, own in FORMATS.items())


def test_plain_text_is_one_document_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_bytes("\ufeffHà Nội\r\n\r\nEnd.\n".encode())
    (document,) = formats.read(tmp_path / "note.txt")
    assert (document.id, document.text) == ("note", "Hà Nội\r\n\r\nEnd.\n")


def spans_of(text: str, *surfaces: tuple[str, str]) -> tuple[Mention, ...]:
    """Mark the first occurrence of each surface with its entity id."""
    mentions = []
    for surface, entity in surfaces:
        start = text.index(surface)
        mentions.append(Mention(start, start + len(surface), "PERSON", (entity,)))
    return tuple(mentions)


PEOPLE = (("Lam", "lam"), ("He", "lam"), ("Macron", "macron"))
TEXT = 'Lam came. He met Macron, "a friend". Then Tusk left.'
RELATION = Relation("lam", "met", "macron", "planned", 0.5)


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_table_has_a_row_a_relation_with_names_and_the_sentence(tmp_path: Path) -> None:
    document = Document("d", TEXT, spans_of(TEXT, *PEOPLE), (RELATION,))
    formats.write([ONE, document], tmp_path / "a.csv")
    assert read_table(tmp_path / "a.csv") == [
        {
            "document": "d",
            "head": "Lam",
            "head_type": "PERSON",
            "relation": "met",
            "tail": "Macron",
            "tail_type": "PERSON",
            "status": "planned",
            "score": "0.5",
            "sentence": 'He met Macron, "a friend".',
        }
    ]


def test_the_sentence_of_a_row_spans_the_best_evidence(tmp_path: Path) -> None:
    mentions = spans_of(TEXT, *PEOPLE)
    relation = Relation("lam", "met", "macron", evidence=(Evidence((0, 3), (17, 23)), Evidence((10, 12), (17, 23))))
    formats.write([Document("d", TEXT, mentions, (relation,))], tmp_path / "a.csv")
    (row,) = read_table(tmp_path / "a.csv")
    assert row["sentence"] == 'Lam came. He met Macron, "a friend".'
    assert row["score"] == ""


def test_a_table_does_not_alter_its_text(tmp_path: Path) -> None:
    text = "=SUM(A1) met @Lam\r\n\tand\x0bothers."
    document = Document("d", text, spans_of(text, ("=SUM(A1)", "a"), ("@Lam", "b")), (Relation("a", "met", "b"),))
    formats.write([document], tmp_path / "a.csv")
    (row,) = read_table(tmp_path / "a.csv")
    assert (row["head"], row["tail"], row["sentence"]) == ("=SUM(A1)", "@Lam", "=SUM(A1) met @Lam")


def test_without_evidence_the_closest_mentions_carry_a_relation() -> None:
    document = Document("d", TEXT, spans_of(TEXT, *PEOPLE), (RELATION,))
    assert best_pair(document, RELATION) == Evidence((10, 12), (17, 23))


def test_a_group_mention_carries_a_relation_of_its_members_only_if_nothing_else_does() -> None:
    group = Mention(0, 4, "GPE", ("a", "b"))
    relation = Relation("a", "r", "b")
    assert best_pair(Document("d", "both", (group,), (relation,)), relation) == Evidence((0, 4), (0, 4))
    apart = Document("d", "both far away A", (group, Mention(14, 15, "GPE", ("a",))), (relation,))
    assert best_pair(apart, relation) == Evidence((14, 15), (0, 4))


def test_crossing_and_doubled_mentions_are_left_out_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    drops = Drops("test")
    spans = [(0, 3), (2, 9), (4, 6), (4, 6), (8, 12)]
    mentions = [Mention(start, end, "X", (f"e{i}",)) for i, (start, end) in enumerate(spans)]
    assert [m.entities[0] for m in keep_nested(mentions, drops)] == ["e1", "e2"]
    drops.tell()
    assert "test: left out 1 mentions on the span of another" in caplog.text
    assert "2 mentions that cross another" in caplog.text


@pytest.mark.parametrize("seed", range(20))
def test_of_mentions_drawn_at_random_those_kept_are_what_comparing_all_of_them_keeps(seed: int) -> None:
    rng = random.Random(seed)
    spans = {tuple(sorted(rng.sample(range(25), 2))) for _ in range(30)}
    expected: list[tuple[int, int]] = []
    for start, end in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
        if not any(a < start < b < end or start < a < end < b for a, b in expected):
            expected.append((start, end))
    kept = keep_nested([Mention(start, end, "X", ("e",)) for start, end in sorted(spans)], Drops("test"))
    assert [(m.start, m.end) for m in kept] == sorted(expected, key=lambda span: (span[0], -span[1]))
    assert len(expected) < len(spans)


def test_nothing_left_out_is_nothing_told(caplog: pytest.LogCaptureFixture) -> None:
    drops = Drops("test")
    drops.add("things", n=0)
    drops.tell()
    assert caplog.text == ""
