"""brat's standoff format: offsets as they are, coreference as equivalence, and what brat has and relex has not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relex import formats
from relex.document import Document, Evidence, Link, Mention, Relation
from relex.errors import FormatError
from relex.formats.evidence import STATED
from round_trips import evidence, round_trip, without_groups
from strategies import documents

TEXT = "Ann Poe leads Acme. She lives in Bonn\nWest.\n"
LINES = (
    "T1\tPERSON 0 7\tAnn Poe",
    "T2\tPERSON 20 23\tShe",
    "T3\tORG 14 18\tAcme",
    "T4\tGPE 33 37;38 42\tBonn West",
    "*\tEquiv T1 T2",
    "R1\theads Arg1:T1 Arg2:T3\t",
    "R2\tlives-in Arg1:T2 Arg2:T4",
    "A1\tStatus R2 planned",
)


def save(path: Path, *lines: str, text: str = TEXT, end: str = "\n") -> Path:
    path.with_suffix(".txt").write_bytes(text.encode())
    path.write_bytes("".join(f"{line}{end}" for line in lines).encode())
    return path


def read_one(path: Path) -> Document:
    (document,) = formats.read(path)
    return document


def surfaces(document: Document) -> dict[str, list[str]]:
    return {e.id: [document.text[m.start : m.end] for m in e.mentions] for e in document.entities}


def load(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
def test_the_text_stands_beside_and_equivalent_mentions_are_one_entity(tmp_path: Path, end: str) -> None:
    document = read_one(save(tmp_path / "visit.ann", *LINES, end=end))
    assert (document.id, document.text) == ("visit", TEXT)
    assert surfaces(document) == {"e0": ["Ann Poe", "She"], "e1": ["Acme"], "e2": ["Bonn\nWest"]}
    assert document.relations == (Relation("e0", "heads", "e1"), Relation("e0", "lives-in", "e2", "planned"))
    assert document.relations[1].evidence == (Evidence((20, 23), (33, 42)),)


def test_the_order_of_lines_means_nothing(tmp_path: Path) -> None:
    assert read_one(save(tmp_path / "a.ann", *LINES)) == read_one(save(tmp_path / "b.ann", *LINES[::-1]))


def test_no_annotation_is_a_document_all_the_same(tmp_path: Path) -> None:
    assert read_one(save(tmp_path / "a.ann")) == Document("a", TEXT)


@pytest.mark.parametrize(
    ("attribute", "status"),
    [
        ("A1\tStatus R1 negated", "negated"),
        ("A1\tstatus R1 Planned", "planned"),
        ("A1\tNegation R1", "negated"),
        ("M1\tNegated R1", "negated"),
        ("A7\tPlanned R1", "planned"),
        ("A1\tConfidence R1 low", "actual"),
        ("A1\tStatus R1 rumoured", "actual"),
        ("A1\tNegation T1", "actual"),
        ("A1\tNegation", "actual"),
    ],
)
def test_an_attribute_of_a_relation_is_its_status(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, attribute: str, status: str
) -> None:
    document = read_one(save(tmp_path / "a.ann", *LINES[:6], attribute))
    assert [relation.status for relation in document.relations] == [status]
    assert ("1 attributes that are no status" in caplog.text) == (status == "actual")


def test_normalisations_are_links_of_the_entity(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    notes = (
        "N1\tReference T2 Wikidata:Q1\tAnn Poe",
        "N2\tReference T4 iso3166:DE\tBonn",
        "N3\tReference T4 Wikidata:Q586\tBonn",
        "N4\tReference T4 Wikidata:Q587\tBonn",
        "N5\tReference T3 GeoNames:1\tAcme",
        "N6\tReference E1 Wikidata:Q2\tlife",
    )
    document = read_one(save(tmp_path / "a.ann", *LINES, *notes))
    assert document.links == {"e0": Link(wikidata="Q1"), "e2": Link(iso3166="DE", wikidata="Q586")}
    assert "1 normalisations of an entity to a second value" in caplog.text
    assert "2 normalisations other than" in caplog.text


def test_arguments_are_told_by_their_role(tmp_path: Path) -> None:
    document = read_one(save(tmp_path / "a.ann", *LINES[:3], "R1\theads Arg2:T3 Arg1:T1"))
    (relation,) = document.relations
    ends = (document.entity(end).name for end in (relation.head, relation.tail))
    assert tuple(ends) == ("Ann Poe", "Acme")


def test_what_a_document_has_no_place_for_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lines = (
        *LINES,
        "T5\tLife 24 29\tlives",
        "E1\tLife:T5 Who:T2",
        "R3\tcauses Arg1:E1 Arg2:T1",
        "T6\tORG 0 3;14 18\tAnn Acme",
        "R4\tknows Arg1:T1 Arg2:T6",
        "R5\tknows Arg1:T1 Arg2:T2",
        "R6\tlives-in Arg1:T1 Arg2:T4",
        "T7\tORG 15 19\tcme.",
        "T8\tGPE 0 7\tAnn Poe",
        "R7\tknows Arg1:T8 Arg2:T3",
        "R8\theads Arg1:T1 Arg2:T3",
        "*\tEquiv T2 T5",
        "#1\tAnnotatorNotes T1\tsure?",
    )
    save(tmp_path / "a.ann", *lines)
    save(tmp_path / "b.ann", *lines)
    documents = formats.read(tmp_path)
    assert len(caplog.records) == 1
    for count in (
        "2 events",
        "2 relations of events",
        "2 mentions in several parts",
        "2 mentions that cross another",
        "2 mentions on the span of another",
        "4 relations whose mention is left out",
        "2 relations of an entity to itself",
        "2 relations stated with two statuses",
        "2 relations stated twice",
        "2 links of coreference between mentions of different types",
        "2 notes",
    ):
        assert count in caplog.text
    assert [str(relation) for relation in documents[0].relations] == ["e0 heads e1", "e0 lives-in e3"]


def test_relations_of_several_pairs_of_mentions_are_marked_as_stated_of_each(tmp_path: Path) -> None:
    spans = [f"T{i}\tX {i} {i + 1}\t{TEXT[i]}" for i in range(1, 4)]
    lines = (*spans, "*\tEquiv T1 T2", "R1\theads Arg1:T1 Arg2:T3")
    assert read_one(save(tmp_path / "a.ann", *lines)).meta == {}
    document = read_one(save(tmp_path / "a.ann", *lines, "R2\theads Arg1:T2 Arg2:T3"))
    assert document.meta == STATED
    assert [len(relation.evidence) for relation in document.relations] == [2]


def test_equivalences_that_share_a_mention_are_one(tmp_path: Path) -> None:
    spans = [f"T{i}\tX {i} {i + 1}\t{TEXT[i]}" for i in range(1, 7)]
    lines = (*spans, "*\tEquiv T1 T2", "*\tEquiv T5 T6", "*\tCoref T4 T2 T5")
    assert [len(entity.mentions) for entity in read_one(save(tmp_path / "a.ann", *lines)).entities] == [5, 1]


@pytest.mark.parametrize("line", ["T1\tPERSON 1 8\tAnn Poe", "T1\tGPE 40 99\tWest", "T1\tX 7 0\t", "T1\tX 0 0\t"])
def test_a_mention_whose_offsets_are_wrong_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, line: str
) -> None:
    assert read_one(save(tmp_path / "a.ann", line)).mentions == ()
    assert "1 mentions whose offsets do not give their text" in caplog.text


def test_offsets_count_characters_and_a_byte_order_mark_is_one(tmp_path: Path) -> None:
    document = read_one(save(tmp_path / "a.ann", "T1\tX 2 4\té🇻", text="\ufeff😀é🇻🇳"))
    assert (document.text, surfaces(document)) == ("\ufeff😀é🇻🇳", {"e0": ["é🇻"]})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("T9", "not a line of brat: 'T9'; write an id, a tab"),
        ("T9 PERSON 0 7", "not a line of brat"),
        ("\tPERSON 0 7", "not a line of brat"),
        ("Q1\tPERSON 0 7", "unknown annotation 'Q1'; an id begins with one of T R E * A M N #"),
        ("T9\tPERSON\tAnn", "not a type and offsets"),
        ("T9\tPERSON 0\tAnn", "not a type and offsets"),
        ("T9\tPERSON 0 x\tAnn", "not a type and offsets"),
        ("T9\tPER+X 0 3\tAnn", "mention 0–3: its type 'PER+X' must be a word"),
        ("T1\tPERSON 0 3\tAnn", "id T1 stands on a line above too"),
        ("R9\theads Arg1:T1", "not a relation: 'heads Arg1:T1'; write TYPE Arg1:T1 Arg2:T2"),
        ("R9\theads T1 T2", "not a relation"),
        ("R9\theads Arg1:T1 Arg2:T9", "no mention 'T9' in the file"),
        ("*\tEquiv T1 T9", "no mention 'T9' in the file"),
    ],
)
def test_a_line_of_another_form_is_told_with_file_and_line(tmp_path: Path, line: str, message: str) -> None:
    path = save(tmp_path / "a.ann", *LINES, line)
    with pytest.raises(FormatError) as caught:
        formats.read(path)
    assert str(caught.value).startswith(f"{path}:9: {message}")


def test_a_type_that_is_no_word_and_a_missing_text_are_told(tmp_path: Path) -> None:
    path = save(tmp_path / "a.ann", *LINES, "R9\the(a)ds Arg1:T1 Arg2:T3")
    with pytest.raises(FormatError, match=r"a\.ann: relation type 'he\(a\)ds' must be a word"):
        formats.read(path)
    path.with_suffix(".txt").unlink()
    with pytest.raises(FormatError, match=r"cannot read .*a\.txt"):
        formats.read(path)


def test_a_directory_is_read_with_its_directories_and_each_text_once(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("b.ann", "a.ann", "sub/a.ann"):
        save(tmp_path / name, *LINES)
    (tmp_path / "note.txt").write_text("Plain.")
    (tmp_path / "annotation.conf").write_text("[entities]\n")
    assert [own.id for own in formats.read(tmp_path)] == ["a", "b", "note", "a"]
    assert [own.id for own in formats.read(tmp_path, format="brat")] == ["a", "b", "a"]
    assert [own.id for own in formats.read(tmp_path, format="text")] == ["a", "b", "note", "a"]
    assert formats.read(tmp_path / "a.txt", format="brat") == [read_one(tmp_path / "a.ann")]


def test_a_document_is_written_with_its_statuses_links_and_evidence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mentions = (
        Mention(0, 7, "PERSON", ("poe",)),
        Mention(14, 18, "ORG", ("acme",)),
        Mention(20, 23, "PERSON", ("poe",)),
        Mention(33, 42, "GPE", ("bonn",)),
        Mention(38, 42, "GPE", ("west", "bonn")),
    )
    relations = (
        Relation("poe", "heads", "acme", evidence=(Evidence((20, 23), (14, 18)), Evidence((0, 7), (14, 18)))),
        Relation("poe", "lives-in", "bonn", "negated"),
        Relation("west", "part-of", "bonn"),
    )
    links = {"bonn": Link(iso3166="DE", wikidata="Q586"), "west": Link(wikidata="Q2")}
    document = Document("visit", TEXT, mentions, relations, {"title": "T", "date": "2024"}, links)
    formats.write([document], tmp_path / "out", format="brat")
    assert (tmp_path / "out" / "visit.txt").read_text() == TEXT
    assert load(tmp_path / "out" / "visit.ann") == [
        "T1\tPERSON 0 7\tAnn Poe",
        "T2\tORG 14 18\tAcme",
        "T3\tPERSON 20 23\tShe",
        "T4\tGPE 33 37;38 42\tBonn West",
        "T5\tGPE 38 42\tWest",
        "*\tEquiv T1 T3",
        "R1\theads Arg1:T3 Arg2:T2",
        "R2\theads Arg1:T1 Arg2:T2",
        "R3\tlives-in Arg1:T3 Arg2:T4",
        "A1\tStatus R3 negated",
        "R4\tpart-of Arg1:T5 Arg2:T4",
        "N1\tReference T4 ISO3166:DE\tBonn West",
        "N2\tReference T4 Wikidata:Q586\tBonn West",
    ]
    assert "1 group mentions (each becomes an entity of its own" in caplog.text
    assert "1 links of entities that group mentions alone name" in caplog.text
    assert "2 values of metadata" in caplog.text
    (back,) = formats.read(tmp_path / "out")
    assert back.links == {"e2": Link(iso3166="DE", wikidata="Q586")}


def test_a_group_mention_speaks_for_a_member_only_if_nothing_else_does(tmp_path: Path) -> None:
    text = "Poe, Roe: both met Ann. All saw her."
    mentions = (
        Mention(0, 3, "X", ("poe",)),
        Mention(5, 8, "X", ("roe",)),
        Mention(10, 14, "X", ("poe", "roe")),
        Mention(19, 22, "X", ("ann",)),
        Mention(24, 27, "X", ("ann", "zed")),
    )
    relations = (Relation("poe", "met", "ann"), Relation("zed", "saw", "roe"))
    formats.write([Document("d", text, mentions, relations)], tmp_path / "out", format="brat")
    assert load(tmp_path / "out" / "d.ann")[-2:] == ["R1\tmet Arg1:T1 Arg2:T4", "R2\tsaw Arg1:T5 Arg2:T2"]


def test_what_two_relations_state_of_the_same_mentions_is_written_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mentions = (Mention(0, 4, "X", ("a", "b")), Mention(9, 12, "X", ("c",)))
    relations = (Relation("a", "met", "c"), Relation("b", "met", "c", "planned"), Relation("b", "saw", "c"))
    formats.write([Document("d", "Both met Ann.", mentions, relations)], tmp_path / "out", format="brat")
    assert load(tmp_path / "out" / "d.ann")[2:] == ["R1\tmet Arg1:T1 Arg2:T2", "R2\tsaw Arg1:T1 Arg2:T2"]
    assert "1 relations that another states of the same two mentions" in caplog.text


@pytest.mark.parametrize("span", [(0, 9), (1, 9), (1, 10), (0, 1), (0, 2), (1, 5), (4, 6)])
def test_a_span_with_line_ends_keeps_its_offsets(span: tuple[int, int]) -> None:
    document = Document("d", "\n\nab\n\ncd\n\n", (Mention(*span, "X", ("e0",)),))
    assert round_trip([document], "brat") == [document]


def test_a_relation_within_one_group_mention_has_no_place(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    document = Document("d", "both", (Mention(0, 4, "X", ("a", "b")),), (Relation("a", "met", "b"),))
    formats.write([document], tmp_path / "out", format="brat")
    assert load(tmp_path / "out" / "d.ann") == ["T1\tX 0 4\tboth"]
    assert "1 relations that no two mentions carry" in caplog.text


@pytest.mark.parametrize("name", ["a/b", "..", ".x", "a.b.", "50%", "%2F", 'q"*?|<>:\\', "new\nline", "é 😀", " "])
def test_any_id_is_a_file_name_and_comes_back(tmp_path: Path, name: str) -> None:
    formats.write([Document(name, "Text."), Document("x", "Text.")], tmp_path / "out", format="brat")
    assert sorted(own.id for own in formats.read(tmp_path / "out")) == sorted([name, "x"])
    assert len(os.listdir(tmp_path / "out")) == 4


def test_a_directory_that_exists_is_written_to_and_keeps_what_else_it_has(tmp_path: Path) -> None:
    save(tmp_path / "a.ann", *LINES)
    (tmp_path / "annotation.conf").write_text("[entities]\n")
    formats.write([Document("a", "New."), Document("b", "Text.")], tmp_path, format="brat")
    assert sorted(os.listdir(tmp_path)) == ["a.ann", "a.txt", "annotation.conf", "b.ann", "b.txt"]
    assert formats.read(tmp_path) == [Document("a", "New."), Document("b", "Text.")]


def test_a_failure_half_way_changes_no_file(tmp_path: Path) -> None:
    def fail() -> Iterator[Document]:
        yield Document("a", "New.")
        raise RuntimeError("out of documents")

    (tmp_path / "old").mkdir()
    save(tmp_path / "old" / "a.ann", *LINES)
    for name in ("old", "new"):
        with pytest.raises(RuntimeError):
            formats.write(fail(), tmp_path / name, format="brat")
    assert sorted(os.listdir(tmp_path)) == ["old"]
    assert read_one(tmp_path / "old" / "a.ann").text == TEXT


@pytest.mark.parametrize(
    ("documents", "name", "message"),
    [
        ([Document("a", "x"), Document("a", "y")], "out", "'a' occurs twice"),
        ([Document("a", "x")], "out.ann", "name a directory, with format='brat'"),
        ([Document("a", "x")], "file", "name a directory, with format='brat'"),
        ([Document("a", "x")], "no/out", "No such file or directory; name a directory below one that exists"),
    ],
)
def test_what_cannot_be_written_is_told_and_leaves_nothing(
    tmp_path: Path, documents: list[Document], name: str, message: str
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FormatError, match=message):
        formats.write(documents, tmp_path / name, format="brat")
    assert os.listdir(tmp_path) == ["file"]


@given(documents(any_text=True))
def test_text_and_offsets_come_back_as_they_were(document: Document) -> None:
    (back,) = round_trip([document], "brat")
    assert (back.id, back.text) == (document.id, document.text)
    assert [(m.start, m.end, m.type) for m in back.mentions] == [(m.start, m.end, m.type) for m in document.mentions]


@given(documents(any_text=True))
def test_without_group_mentions_entities_and_relations_come_back(document: Document) -> None:
    original = without_groups(document)
    (back,) = round_trip([original], "brat")
    (again,) = round_trip([back], "brat")
    ids = {mention.entities[0]: own.entities[0] for mention, own in zip(original.mentions, back.mentions, strict=True)}
    renamed = {Relation(ids[own.head], own.type, ids[own.tail], own.status) for own in original.relations}
    assert len(set(ids.values())) == len(ids) == len(original.entities)
    assert set(back.relations) == renamed
    assert again == back
    assert evidence(again) == evidence(back)


@given(st.text(min_size=1).filter(lambda name: not any("\ud800" <= character <= "\udfff" for character in name)))
def test_every_id_comes_back(name: str) -> None:
    (back,) = round_trip([Document(name, "Text.")], "brat")
    assert back.id == name
