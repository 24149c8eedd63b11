"""CoNLL04 in the columns of multi-head selection, in and out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from relex import formats
from relex.document import Document, Evidence, Mention, Relation
from relex.errors import FormatError
from strategies import documents
from there_and_back import go_and_return, outermost, surfaces

NAME = "conll04-multihead"
ROWS = """\
#doc 7
0\tAda\tB-Peop\t['N']\t[0]
1\tRoe\tI-Peop\t['Live_In', 'Work_For']\t[3, 6]
2\tof\tO\t['N']\t[2]
3\tKyiv\tB-Loc\t['N']\t[3]
4\tleft\tO\t['N']\t[4]
5\tAcme\tB-Org\t['N']\t[5]
6\tLtd\tI-Org\t['OrgBased_In']\t[3]
#doc x-8
0\tRain\tO\t['N']\t[0]
"""


def save(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def test_a_relation_stands_at_the_last_token_of_its_head_and_points_to_that_of_its_tail(tmp_path: Path) -> None:
    first, second = formats.read(save(tmp_path / "dev.multihead", ROWS))
    assert (first.id, first.text) == ("dev-7", "Ada Roe of Kyiv left Acme Ltd")
    assert [(e.id, e.type, e.name) for e in first.entities] == [
        ("e0", "Peop", "Ada Roe"),
        ("e1", "Loc", "Kyiv"),
        ("e2", "Org", "Acme Ltd"),
    ]
    assert first.relations == (
        Relation("e0", "Live_In", "e1"),
        Relation("e0", "Work_For", "e2"),
        Relation("e2", "OrgBased_In", "e1"),
    )
    assert (second.id, second.text, second.relations) == ("x-8", "Rain", ())


def test_rows_are_written_as_they_were_read(tmp_path: Path) -> None:
    read = formats.read(save(tmp_path / "dev.multihead", ROWS))
    formats.write(read, tmp_path / "b.multihead")
    assert (tmp_path / "b.multihead").read_text() == ROWS.replace("#doc 7", "#doc dev-7")
    assert formats.read(tmp_path / "b.multihead") == read


def test_what_a_document_cannot_hold_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = ("0\tAda\tB-P\t['a', 'a', 'b', 'c']\t[2, 2, 0, 1]", "1\tsaw\tO\t['d']\t[0]", "2\tRoe\tB-P\t['N']\t[2]")
    (document,) = formats.read(save(tmp_path / "a.multihead", "#doc a\n" + "\n".join(rows)))
    assert document.relations == (Relation("e0", "a", "e1"),)
    for count in ("1 relations stated twice", "1 relations of an entity to itself", "2 relations of a token outside"):
        assert count in caplog.text
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1\tRoe\tO\t['N']", "expected index, token, BIO tag"),
        ("1\tRoe\tPeop\t['N']\t[1]", "unknown tag 'Peop'"),
        ("1\t\tO\t['N']\t[1]", "no token"),
        ("0\tRoe\tO\t['N']\t[1]", "index 0 twice"),
        ("one\tRoe\tO\t['N']\t[1]", "expected index, token, BIO tag"),
        ("1\tRoe\tO\t['N', 'N']\t[1]", "expected index, token, BIO tag"),
        ("1\tRoe\tO\t['N'\t[1]", "expected index, token, BIO tag"),
        ("1\tRoe\tO\t[N]\t[1]", "expected index, token, BIO tag"),
        ("1\tRoe\tO\t" + "[" * 9999 + "\t[1]", "expected index, token, BIO tag"),
        ("1\tRoe\tO\t[1]\t[1]", "expected index, token, BIO tag"),
    ],
)
def test_a_line_that_is_no_row_is_told_with_its_number(tmp_path: Path, row: str, message: str) -> None:
    path = save(tmp_path / "a.multihead", f"#doc 1\n0\tAda\tO\t['N']\t[0]\n{row}\n")
    with pytest.raises(FormatError, match=message) as caught:
        formats.read(path)
    assert str(caught.value).startswith(f"{path}:3: ")


def test_a_relation_without_a_name_is_told_with_the_line_of_its_document(tmp_path: Path) -> None:
    path = save(tmp_path / "a.multihead", "#doc 1\n0\tAda\tB-P\t['']\t[1]\n1\tRoe\tB-P\t['N']\t[1]\n")
    with pytest.raises(FormatError, match=r"a\.multihead:1: relation type ''"):
        formats.read(path)


def test_of_nested_mentions_the_outermost_are_written_and_a_relation_of_mentions_that_remain(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = "The mayor of Bonn left Bonn with Ann and both spoke"
    mentions = (
        Mention(0, 17, "PERSON", ("mayor",)),
        Mention(13, 17, "GPE", ("bonn",)),
        Mention(23, 27, "GPE", ("bonn",)),
        Mention(33, 36, "PERSON", ("ann",)),
        Mention(41, 45, "PERSON", ("mayor", "ann")),
    )
    relations = (
        Relation("mayor", "heads", "bonn", evidence=(Evidence((0, 17), (13, 17)), Evidence((0, 17), (23, 27)))),
        Relation("ann", "left", "bonn", "planned"),
        Relation("mayor", "N", "ann"),
    )
    formats.write([Document("d", text, mentions, relations)], tmp_path / "a.multihead")
    (document,) = formats.read(tmp_path / "a.multihead")
    assert [e.name for e in document.entities] == ["The mayor of Bonn", "Bonn", "Ann", "both"]
    assert document.relations == (Relation("e0", "heads", "e1"),)
    for count in ("1 mentions inside another", "1 planned or negated", "1 relations called N", "1 links of a mention"):
        assert count in caplog.text


@given(documents(any_text=True))
def test_the_outermost_mentions_of_any_document_come_back(document: Document) -> None:
    back = go_and_return(document, format=NAME)
    assert back.id == document.id
    assert surfaces(back, back.mentions) == surfaces(document, outermost(document.mentions))
    assert {r.type for r in back.relations} <= {r.type for r in document.relations if r.status == "actual"}
    assert go_and_return(back, format=NAME) == back
