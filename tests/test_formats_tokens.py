"""What the formats of tokens share: tokens and ranges of them, one layer of mentions, ids and labels."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relex import formats
from relex.document import Document, Evidence, Link, Mention, Relation
from relex.errors import FormatError
from relex.formats.drops import Drops, drop_context, drop_links, keep_layer
from relex.formats.files import write_bytes
from relex.formats.labels import line_id, to_score, to_type
from relex.formats.tokens import actual_pairs, find_tokens, join_tokens, place_mentions, split_tokens
from strategies import documents
from there_and_back import innermost, outermost


def mention(start: int, end: int, *entities: str) -> Mention:
    return Mention(start, end, "X", entities or ("e",))


def test_tokens_are_joined_by_a_space() -> None:
    assert join_tokens(["Ada", "left", "", "."]) == ("Ada left  .", [(0, 3), (4, 8), (9, 9), (10, 11)])
    assert join_tokens([]) == ("", [])


@given(st.lists(st.text(alphabet="ab.\x85\u2028é", min_size=1), max_size=5))
def test_tokens_that_were_joined_come_back(tokens: list[str]) -> None:
    text, spans = join_tokens(tokens)
    assert [text[start:end] for start, end in spans] == tokens
    assert split_tokens(Document("d", text)) == spans


def test_words_are_cut_where_mentions_begin_and_end() -> None:
    document = Document("d", "ab-cd.\n e", (mention(0, 5), mention(3, 5), mention(5, 8)))
    assert split_tokens(document) == [(0, 3), (3, 5), (5, 6), (8, 9)]
    assert split_tokens(document, pattern=re.compile(r"\w+|\S")) == [(0, 2), (2, 3), (3, 5), (5, 6), (8, 9)]


@given(documents(any_text=True))
def test_a_mention_covers_the_tokens_that_stand_in_it(document: Document) -> None:
    tokens = split_tokens(document)
    for own in document.mentions:
        inside = [i for i, (start, end) in enumerate(tokens) if own.start <= start and end <= own.end]
        assert find_tokens(tokens, own) == ((inside[0], inside[-1] + 1) if inside else None)


def test_of_mentions_with_the_same_tokens_one_has_a_place(caplog: pytest.LogCaptureFixture) -> None:
    document = Document("d", "ab  c", (mention(0, 2), mention(0, 3), mention(3, 4), mention(4, 5)))
    drops = Drops("test")
    assert place_mentions(document.mentions, split_tokens(document), drops) == {(0, 3): (0, 1), (4, 5): (1, 2)}
    drops.tell()
    assert "1 mentions of white space alone" in caplog.text
    assert "1 mentions that differ from another in white space alone" in caplog.text


def test_a_relation_is_one_of_two_mentions_and_stated_once() -> None:
    mentions = (mention(0, 1, "a", "b"), mention(2, 3, "c"), mention(4, 5, "a"))
    relations = (
        Relation("a", "r", "c", evidence=(Evidence((0, 1), (2, 3)), Evidence((4, 5), (2, 3)))),
        Relation("b", "r", "c"),
        Relation("b", "r", "a"),
        Relation("c", "r", "a", "negated"),
        Relation("c", "s", "a"),
    )
    drops = Drops("test")
    document = Document("d", "x y z", mentions, relations)
    pairs = [(r.type, head, tail) for r, head, tail in actual_pairs(document, [(0, 1), (2, 3)], drops)]
    assert pairs == [("r", (0, 1), (2, 3)), ("s", (2, 3), (0, 1))]
    assert sorted(drops.counts.values()) == [1, 1, 1]


def test_of_several_pairs_that_carry_a_relation_the_others_are_counted() -> None:
    mentions = (mention(0, 1, "a"), mention(2, 3, "c"), mention(4, 5, "a"))
    relation = Relation("a", "r", "c", evidence=(Evidence((0, 1), (2, 3)), Evidence((4, 5), (2, 3))))
    drops = Drops("test")
    spans = [(own.start, own.end) for own in mentions]
    assert len(list(actual_pairs(Document("d", "x y z", mentions, (relation,)), spans, drops))) == 1
    assert list(drops.counts.values()) == [1]


@given(documents(any_text=True))
def test_a_layer_is_the_outermost_or_the_innermost_mentions(document: Document) -> None:
    for inner, expected in ((False, outermost(document.mentions)), (True, innermost(document.mentions))):
        drops = Drops("test")
        flat = keep_layer(document, drops, innermost=inner)
        assert list(flat.mentions) == expected
        names = {entity for own in expected for entity in own.entities}
        assert set(flat.relations) == {r for r in document.relations if {r.head, r.tail} <= names}
        n_lost = len(document.mentions) - len(flat.mentions) + len(document.relations) - len(flat.relations)
        assert sum(drops.counts.values()) == n_lost


def test_evidence_goes_with_its_mentions() -> None:
    pairs = (Evidence((0, 1), (4, 5)), Evidence((0, 3), (4, 5)))
    mentions = (mention(0, 3, "a"), mention(0, 1, "a"), mention(4, 5, "b"))
    document = Document("d", "x y z", mentions, (Relation("a", "r", "b", evidence=pairs),))
    assert keep_layer(document, Drops("test")).relations[0].evidence == pairs[1:]


def test_links_are_counted_of_later_mentions_and_of_groups() -> None:
    drops = Drops("test")
    mentions = (mention(0, 1, "a"), mention(1, 2, "b"), mention(2, 3, "a"), mention(3, 4, "c", "d"))
    drop_links(Document("d", "wxyz", mentions), drops)
    assert list(drops.counts.values()) == [2]


def test_what_surrounds_mentions_is_counted_unless_it_comes_back() -> None:
    drops = Drops("test")
    mentions = (mention(0, 1, "a"), mention(2, 3, "b"))
    links = {"a": Link("DE"), "b": Link(wikidata="Q1")}
    document = Document("d", "x y", mentions, meta={"title": "T", "sentences": "lines"}, links=links)
    drop_context(document, drops, text="x  y", meta={"sentences": "lines"})
    told = ("texts' own white space", "values of metadata", "links of entities to countries")
    assert [drops.counts[cause] for name in told for cause in drops.counts if cause.startswith(name)] == [1, 1, 2]
    bare = Drops("test")
    drop_context(replace(document, links={}), bare, text="x y", meta=document.meta)
    assert not bare.counts


@pytest.mark.parametrize(
    "text", ["Ada left Kyiv .", "Ada left\nKyiv .", "Ada\tleft Kyiv.", "Ada left.  Kyiv won.", "Adas Kyiv"]
)
@pytest.mark.parametrize(
    "format", ["conll04", "conll04-multihead", "bio", "bio-innermost", "crossre", "dygie", "docred", "gliner"]
)
def test_a_format_of_tokens_counts_what_it_has_no_place_for(
    format: str, text: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kyiv = text.index("Kyiv")
    mentions = (mention(0, 3, "ada"), mention(kyiv, kyiv + 4, "kyiv"))
    document = Document("d", text, mentions, meta={"title": "T"}, links={"kyiv": Link("UA")})
    formats.write([document, replace(document, id="e")], tmp_path / "a", format=format)
    (back, _) = formats.read(tmp_path / "a", format=format.removesuffix("-innermost"))
    assert len(caplog.records) == 1
    assert "2 values of metadata" in caplog.text
    assert "2 links of entities to countries" in caplog.text
    assert ("2 texts' own white space" in caplog.text) == (back.text != text)


def test_a_label_becomes_a_type() -> None:
    assert [to_type(own) for own in ("GPE", "political party", "a (b) [c]+d", "/x/y")] == [
        "GPE",
        "political_party",
        "a_b_c_d",
        "/x/y",
    ]


def test_a_score_is_a_finite_number_or_none() -> None:
    assert [to_score(own) for own in (None, 0, 0.5)] == [None, 0, 0.5]
    for own in ("0.5", True, [0.5], float("nan")):
        with pytest.raises(TypeError, match="is no finite number"):
            to_score(own)


def test_an_id_must_stand_on_a_line() -> None:
    assert line_id(Document("a b/ü", ""), "this") == "a b/ü"
    for own in (" a", "a\n", "a\tb"):
        with pytest.raises(FormatError, match="cannot be written as this: its id must be one line"):
            line_id(Document(own, ""), "this")


def test_bytes_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write_bytes(b"\x00\xff", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"\x00\xff"
    with pytest.raises(FormatError, match="check that its directory exists"):
        write_bytes(b"", tmp_path / "no" / "a")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
