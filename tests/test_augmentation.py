"""Documents in other forms to learn from: labels stay true, shares add up."""

from __future__ import annotations

import pytest
from hypothesis import given

from relex import Document, Evidence, Mention, Relation
from relex.errors import ConfigError
from relex.invariance import CHANGES, carry
from relex.training.augmentation import JOINED, join, vary
from strategies import documents

ROME = Document(
    "rome",
    "Ann met Bo in Rome.",
    (Mention(0, 3, "PERSON", ("ann",)), Mention(8, 10, "PERSON", ("bo",)), Mention(14, 18, "GPE", ("it",))),
    (Relation("ann", "met-with", "bo", evidence=(Evidence((0, 3), (8, 10)),)),),
)
ITALY = Document("italy", "Italians voted.", (Mention(0, 8, "GPE", ("italy",)),))
PERU = Document("peru", "Peru signed.", (Mention(0, 4, "GPE", ("ann",)),))


def surfaces(document: Document) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(document.text[m.start : m.end], m.type, m.entities) for m in document.mentions]


def shares(documents: list[Document], changes: dict[str, float]) -> dict[str, float]:
    return {document.id: round(share, 6) for document, share in vary(documents, changes, seed=1)}


def test_a_document_is_seen_as_it_is_or_in_one_of_its_forms() -> None:
    assert shares([ROME], {"upper-case": 0.1, "title-case": 0.2}) == {
        "rome": 0.7, "rome#upper-case": 0.1, "rome#title-case": 0.2,
    }  # fmt: skip


def test_a_form_that_is_the_document_itself_is_left_out() -> None:
    assert shares([ROME], {"curly-quotes": 0.5}) == {"rome": 1}


def test_without_changes_documents_stay_as_they_are() -> None:
    assert vary([ROME, PERU], {}, seed=1) == [(ROME, 1), (PERU, 1)]


def test_mentions_and_evidence_move_with_a_changed_text() -> None:
    change = next(own for own in CHANGES if own.name == "doubled-spaces")
    moved = carry(ROME, change.apply(ROME.text))
    assert moved.text == "Ann  met  Bo  in  Rome."
    assert surfaces(moved) == surfaces(ROME)
    assert moved.relations[0].evidence == (Evidence((0, 3), (10, 12)),)


@given(documents(any_text=True))
def test_every_change_keeps_the_mentions(document: Document) -> None:
    for change in CHANGES:
        changed = change.apply(document.text)
        moved = carry(document, changed)
        assert moved.text == changed.text
        assert [(m.type, m.entities) for m in moved.mentions] == [(m.type, m.entities) for m in document.mentions]
        for before, after in zip(document.mentions, moved.mentions, strict=True):
            assert changed.trace(after.start, after.end) == (before.start, before.end)
        assert moved.relations == document.relations


def test_joined_documents_share_no_entity() -> None:
    joined = join(ROME, PERU)
    assert joined.text == "Ann met Bo in Rome.\n\nPeru signed."
    assert [own[:2] for own in surfaces(joined)] == [own[:2] for own in [*surfaces(ROME), *surfaces(PERU)]]
    assert len(joined.entities) == 4
    assert [(r.head, r.type, r.tail) for r in joined.relations] == [("1-ann", "met-with", "1-bo")]


def test_documents_that_share_a_country_or_a_name_are_not_joined() -> None:
    again = Document("again", "Bo left.", (Mention(0, 2, "PERSON", ("x",)),))
    long = Document("long", "Roberta Ann left.", (Mention(0, 11, "PERSON", ("x",)),))
    assert shares([ROME, long], {JOINED: 0.5}) == {"rome": 1, "long": 1}
    assert shares([ITALY, Document("rome", "Italy won.", (Mention(0, 5, "GPE", ("i",)),))], {JOINED: 0.5}).keys() == {
        "italy",
        "rome",
    }
    assert shares([ROME, again], {JOINED: 0.5}).keys() == {"rome", "again"}
    assert shares([ROME, PERU], {JOINED: 0.5}) == {"rome": 0.5, "rome+peru": 0.5, "peru": 0.5, "peru+rome": 0.5}


def test_documents_that_share_a_date_or_a_field_are_not_joined() -> None:
    first = Document("a", "In 2025 energy.", (Mention(3, 7, "DATE", ("y",)), Mention(8, 14, "SECTOR", ("e",))))
    for text, kind in (("2025 ended.", "DATE"), ("Energy is dear.", "SECTOR")):
        end = text.index(" ")
        assert shares([first, Document("b", text, (Mention(0, end, kind, ("x",)),))], {JOINED: 0.5}).keys() == {
            "a",
            "b",
        }


def test_an_unknown_change_is_named_with_those_known() -> None:
    with pytest.raises(ConfigError, match=r"unknown change mirrored; known: .*joined"):
        vary([ROME], {"mirrored": 0.1}, seed=1)
