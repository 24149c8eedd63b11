"""CoNLL columns with BIO tags, in and out."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given

from relex import formats
from relex.document import Document, Mention, Relation
from relex.errors import FormatError
from relex.formats import bio
from strategies import documents
from there_and_back import even_out, go_and_return, innermost, outermost, surfaces

TWO_SENTENCES = "Ada\tB-per\nRoe\tI-per\nleft\tO\nKyiv\tB-geo\n.\tO\n\nShe\tB-per\nwaved\tO\n"


def save(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def found_in(document: Document) -> list[tuple[str, str]]:
    return [(document.text[m.start : m.end], m.type) for m in document.mentions]


def test_without_a_marker_every_sentence_is_a_document(tmp_path: Path) -> None:
    first, second = formats.read(save(tmp_path / "a.bio", TWO_SENTENCES))
    assert (first.id, first.text, second.id, second.text) == ("a-0", "Ada Roe left Kyiv .", "a-1", "She waved")
    assert found_in(first) == [("Ada Roe", "per"), ("Kyiv", "geo")]
    assert [entity.id for entity in first.entities] == ["e0", "e1"]


def test_the_marker_of_conll_2003_begins_a_document_whose_sentences_are_lines(tmp_path: Path) -> None:
    text = f"-DOCSTART- -X- O O\n\n{TWO_SENTENCES}\n-DOCSTART- (2 Kyiv)\tO\n\n\nRain\tO\n"
    first, second = formats.read(save(tmp_path / "a.conll", text))
    assert (first.id, first.text) == ("a-0", "Ada Roe left Kyiv .\nShe waved")
    assert found_in(first) == [("Ada Roe", "per"), ("Kyiv", "geo"), ("She", "per")]
    assert (second.id, second.text) == ("2 Kyiv", "Rain")


def test_columns_may_be_parted_by_spaces_and_the_last_one_is_the_tag(tmp_path: Path) -> None:
    (document,) = formats.read(save(tmp_path / "a.bio", "Ada NNP B-NP B-PER\r\nleft VBD B-VP O\r\n"))
    assert (document.text, found_in(document)) == ("Ada left", [("Ada", "PER")])


def test_only_a_tab_ends_a_column_where_there_is_one(tmp_path: Path) -> None:
    (document,) = formats.read(save(tmp_path / "a.bio", "New York\tB-political party (old)\n\u2028\tO\n"))
    assert (document.text, found_in(document)) == ("New York \u2028", [("New York", "political_party_old_")])


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("O O O", []),
        ("B-a I-a O", [(0, 2, "a")]),
        ("B-a B-a I-a", [(0, 1, "a"), (1, 3, "a")]),
        ("B-a I-b I-b", [(0, 1, "a"), (1, 3, "b")]),
        ("I-a I-a O I-a", [(0, 2, "a"), (3, 4, "a")]),
        ("B-a I-a E-a I-a", [(0, 3, "a"), (3, 4, "a")]),
        ("S-a S-a U-a", [(0, 1, "a"), (1, 2, "a"), (2, 3, "a")]),
        ("B-a L-a L-a", [(0, 2, "a"), (2, 3, "a")]),
        ("B-a-b I-a-b", [(0, 2, "a-b")]),
    ],
)
def test_tags_of_every_scheme_are_mentions(tags: str, expected: list[tuple[int, int, str]]) -> None:
    assert bio.decode_tags(tags.split()) == expected


def test_a_mention_ends_with_its_sentence(tmp_path: Path) -> None:
    (document,) = formats.read(save(tmp_path / "a.bio", "-DOCSTART-\tO\n\nAda\tB-per\n\nRoe\tI-per\n"))
    assert found_in(document) == [("Ada", "per"), ("Roe", "per")]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Ada", "expected a token and its tag"),
        ("\tO", "expected a token and its tag"),
        ("Ada\tPER", "last column is 'PER'; expected a tag"),
        ("Ada\tB-", "last column is 'B-'"),
    ],
)
def test_a_line_without_token_or_tag_is_told_with_its_number(tmp_path: Path, line: str, message: str) -> None:
    path = save(tmp_path / "a.bio", f"Rain\tO\n\n{line}\n")
    with pytest.raises(FormatError, match=message) as caught:
        formats.read(path)
    assert str(caught.value).startswith(f"{path}:3: ")


def test_a_compressed_file_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.bio.gz"
    path.write_bytes(gzip.compress(TWO_SENTENCES.encode()))
    assert [d.id for d in formats.read(path, format="bio")] == ["a-0", "a-1"]
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(FormatError, match=r"a\.bio\.gz: damaged gzip file"):
        formats.read(path, format="bio")


NESTED = Document(
    "visit 1",
    "The mayor of Bonn spoke. He\nleft  Bonn.",
    (
        Mention(0, 17, "PERSON", ("mayor",)),
        Mention(13, 17, "GPE", ("bonn",)),
        Mention(25, 27, "PERSON", ("mayor",)),
        Mention(34, 38, "GPE", ("bonn",)),
    ),
    (Relation("mayor", "heads", "bonn"),),
)


def test_a_document_is_written_by_sentences_and_what_has_no_place_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    formats.write([NESTED], tmp_path / "a.bio")
    assert (tmp_path / "a.bio").read_text() == (
        "-DOCSTART- (visit 1)\tO\n\nThe\tB-PERSON\nmayor\tI-PERSON\nof\tI-PERSON\nBonn\tI-PERSON\nspoke.\tO\n\n"
        "He\tB-PERSON\n\nleft\tO\nBonn\tB-GPE\n.\tO\n\n"
    )
    assert "1 mentions inside another or around it" in caplog.text
    assert "1 relations (write jsonl" in caplog.text
    assert "1 links of a mention to the entity of an earlier one" in caplog.text


def test_the_innermost_layer_can_be_written_instead(tmp_path: Path) -> None:
    formats.write([NESTED], tmp_path / "a.bio", format="bio-innermost")
    (document,) = formats.read(tmp_path / "a.bio")
    assert found_in(document) == [("Bonn", "GPE"), ("He", "PERSON"), ("Bonn", "GPE")]


def test_what_has_been_read_comes_back_equal_with_ids(tmp_path: Path) -> None:
    read = formats.read(save(tmp_path / "a.bio", f"{TWO_SENTENCES}\nWell. He\tB-per\nleft\tO\n"))
    formats.write(read, tmp_path / "b.bio")
    back = formats.read(tmp_path / "b.bio")
    assert back == [*read[:2], Document("a-2", "Well. He left", (Mention(0, 8, "per", ("e0",)),))]
    assert [d.id for d in back] == ["a-0", "a-1", "a-2"]


@pytest.mark.parametrize("document_id", [" a", "a\tb", "a\nb"])
def test_an_id_that_is_no_line_cannot_be_written(tmp_path: Path, document_id: str) -> None:
    with pytest.raises(FormatError, match="cannot be written as bio: its id must be one line"):
        formats.write([Document(document_id, "x")], tmp_path / "a.bio")


def test_a_text_with_the_marker_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="its text has -DOCSTART-"):
        formats.write([Document("a", "x -DOCSTART- y")], tmp_path / "a.bio")


@given(documents(any_text=True))
def test_the_outermost_mentions_of_any_document_come_back(document: Document) -> None:
    back = go_and_return(document, format="bio")
    assert back.id == document.id
    assert even_out(back.text).replace(" ", "") == even_out(document.text).replace(" ", "")
    assert surfaces(back, back.mentions) == surfaces(document, outermost(document.mentions))
    assert go_and_return(back, format="bio") == back


@given(documents())
def test_the_innermost_mentions_of_any_document_come_back(document: Document) -> None:
    back = go_and_return(document, format="bio-innermost", back="bio")
    assert surfaces(back, back.mentions) == surfaces(document, innermost(document.mentions))
