"""How texts are laid out for other libraries, and how what they say comes back."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given

import relex
from relex import Document, Mention, Relation
from relex.errors import InputError
from strategies import documents

sys.path[:0] = [str(Path(__file__).parents[1] / "benchmarks" / part) for part in ("", "peers")]

import runner  # noqa: E402
from layout import bring_back, cut, lay_out, move  # noqa: E402

TEXT = "Ann Poe met Bo.\nThe U.S.-led talks\nended. Bo left Rome for Bonn."
GOLD = Document(
    "d",
    TEXT,
    (
        Mention(0, 7, "PERSON", ("ann",)),
        Mention(12, 14, "PERSON", ("bo",)),
        Mention(20, 24, "GPE", ("us",)),
        Mention(42, 44, "PERSON", ("bo",)),
        Mention(50, 54, "GPE", ("rome",)),
        Mention(59, 63, "GPE", ("bonn",)),
    ),
    (Relation("ann", "met-with", "bo"), Relation("bo", "visited", "bonn", "planned"), Relation("bo", "visited", "us")),
)


def surfaces(document: Document) -> list[tuple[str, str]]:
    return [(document.text[m.start : m.end], m.type) for m in document.mentions]


def trim(text: str, mention: Mention) -> tuple[int, int, str]:
    """Return the place of a mention without outer white space, and its type."""
    surface = text[mention.start : mention.end]
    start = mention.start + len(surface) - len(surface.lstrip())
    return start, mention.start + len(surface.rstrip()), mention.type


def facts(document: Document) -> list[tuple[str, str, str, str]]:
    """Return relations by the surfaces of the first mentions of their ends."""
    names = {entity.id: entity.mentions[0] for entity in document.entities}
    text = {name: document.text[m.start : m.end] for name, m in names.items()}
    return [(text[r.head], r.type, text[r.tail], r.status) for r in document.relations]


def test_a_text_is_laid_out_a_sentence_a_line_with_its_words_parted() -> None:
    assert lay_out(GOLD).text == ("Ann Poe met Bo .\nThe U . S . - led talks ended .\nBo left Rome for Bonn .")


def test_tokenised_text_stays_as_it_is() -> None:
    document = Document("s", "Mr. X-Y , 5.3 . He left .")
    assert lay_out(document, tokenised=True).text == document.text


def test_every_mention_is_an_entity_and_relations_are_of_the_closest_mentions_whatever_their_status() -> None:
    laid_out = lay_out(GOLD)
    assert len(laid_out.entities) == len(laid_out.mentions) == 6
    assert facts(laid_out) == [
        ("Ann Poe", "met-with", "Bo", "actual"),
        ("Bo", "visited", "Bonn", "actual"),
        ("Bo", "visited", "U . S .", "actual"),
    ]
    assert laid_out.relations[1].head != laid_out.relations[0].tail


def test_a_mention_is_never_parted_by_a_line_end() -> None:
    document = Document("d", "He led Acme Inc. Of Rome.", (Mention(7, 24, "ORG", ("a",)),))
    assert lay_out(document).text == "He led Acme Inc . Of Rome ."


@given(documents(any_text=True))
def test_what_is_laid_out_comes_back_as_it_was(document: Document) -> None:
    trimmed = [trim(document.text, mention) for mention in document.mentions]
    assume(all(start < end for start, end, _ in trimmed) and len({own[:2] for own in trimmed}) == len(trimmed))
    (back,) = bring_back([lay_out(document)], [document])
    assert back.text == document.text
    assert sorted((m.start, m.end, m.type) for m in back.mentions) == sorted(trimmed)


def test_laid_out_gold_scores_as_gold_between_mentions() -> None:
    (back,) = bring_back([lay_out(GOLD)], [GOLD])
    report = relex.evaluate([GOLD], [back])
    for level in ("mention", "boundary", "relation-mention", "relation-boundary"):
        assert report.micro(level).f1 == 1, level


def test_where_gold_relates_entities_the_closest_mentions_carry_a_relation_on_both_sides() -> None:
    mentions = tuple(Mention(at, at + 1, "X", (name,)) for at, name in ((0, "p"), (2, "q"), (4, "p"), (10, "q")))
    gold = Document("d", "p q p ... q", mentions, (Relation("p", "r", "q"),))
    carried = Relation("p", "r", "q", evidence=(relex.Evidence((4, 5), (10, 11)),))
    predicted = replace(gold, relations=(carried,))
    f1 = [
        relex.evaluate([gold], bring_back([predicted], [gold], of_entities=own)).micro("relation-mention").f1
        for own in (False, True)
    ]
    assert f1 == [0, 1]


def test_evidence_moves_with_the_text() -> None:
    document = Document(
        "d", "a  b", (Mention(0, 1, "X", ("p",)), Mention(3, 4, "X", ("q",))),
        (Relation("p", "r", "q", evidence=(relex.Evidence((0, 1), (3, 4)),)),),
    )  # fmt: skip
    assert move(document, "a b").relations[0].evidence == (relex.Evidence((0, 1), (2, 3)),)


def test_texts_that_differ_in_more_than_white_space_are_refused() -> None:
    with pytest.raises(InputError, match="differ in more than white space"):
        move(GOLD, TEXT.replace("Rome", "Oslo"))


def test_a_document_is_cut_at_lines_and_keeps_what_is_whole() -> None:
    parts = list(cut(lay_out(GOLD), max_words=12))
    assert [part.text for part in parts] == [
        "Ann Poe met Bo .\n",
        "The U . S . - led talks ended .\n",
        "Bo left Rome for Bonn .",
    ]
    assert "".join(part.text for part in parts) == lay_out(GOLD).text
    assert [surfaces(part) for part in parts][2] == [("Bo", "PERSON"), ("Rome", "GPE"), ("Bonn", "GPE")]
    assert [len(part.relations) for part in parts] == [1, 0, 1]
    assert len({part.id for part in parts}) == 3


@pytest.mark.parametrize(
    ("text", "max_words", "groups"),
    [
        ("", 5, []),
        ("a b\nc d\ne", 4, ["a b\nc d\n", "e"]),
        ("a b c\nd\n", 2, ["a b c\n", "d\n"]),
        ("a\nb\nc\n", 9, ["a\nb\nc\n"]),
    ],
)
def test_lines_are_grouped_up_to_a_number_of_words(text: str, max_words: int, groups: list[str]) -> None:
    assert [text[start:end] for start, end in runner.group_lines(text, max_words=max_words)] == groups
