"""The JSON form of a document: any damage to it is told as a `DocumentError`, and nothing wrong gets in."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from relex.document import Document
from relex.errors import DocumentError

WHOLE: dict[str, Any] = {
    "id": "a",
    "text": "Macron met Lam",
    "meta": {"source": "s"},
    "mentions": [
        {"start": 0, "end": 6, "type": "PERSON", "entities": ["m"], "score": 0.5},
        {"start": 11, "end": 14, "type": "PERSON", "entities": ["l"]},
    ],
    "entities": [
        {"id": "m", "type": "PERSON", "name": "Macron", "link": {"wikidata": "Q1"}},
        {"id": "l", "type": "PERSON", "name": "Lam"},
    ],
    "relations": [
        {
            "head": "m",
            "type": "met-with",
            "tail": "l",
            "status": "actual",
            "score": 0.25,
            "evidence": [{"head": [0, 6], "tail": [11, 14]}],
        }
    ],
}
JUNK: list[Any] = [None, True, -1, 99, 2.5, float("nan"), "", "x y", [], [1], [[1]], [None], ["m", "m"], {}, {"a": 1}]


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value inside a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield (*place, key)
        yield from places(inner, (*place, key))


def replaced(place: tuple[Any, ...], junk: Any) -> dict[str, Any]:
    value = copy.deepcopy(WHOLE)
    inner: Any = value
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = junk
    return value


def test_the_json_form_reads_back_whole() -> None:
    assert Document.from_dict(WHOLE).to_dict() == WHOLE


@pytest.mark.parametrize("place", list(places(WHOLE)), ids=lambda place: ".".join(map(str, place)))
def test_a_wrong_value_anywhere_is_a_document_error_or_reads_back(place: tuple[Any, ...]) -> None:
    for junk in JUNK:
        try:
            document = Document.from_dict(replaced(place, junk))
        except DocumentError:
            continue
        assert Document.from_dict(json.loads(json.dumps(document.to_dict(), allow_nan=False))) == document


@pytest.mark.parametrize(
    ("place", "junk", "message"),
    [
        (("meta", "source"), 5, "document 'a', meta: source must be a string, not int"),
        (("mentions", 0, "score"), "high", "document 'a', mention 0: score must be a finite number"),
        (("mentions", 1, "entities"), "l", "document 'a', mention 1: entities must be a list of ids, not str"),
        (("mentions", 1, "end"), 11, "document 'a': mention 11–11: a span needs"),
        (("entities", 0, "type"), "GPE", "document 'a': entity 'm': type GPE differs from its mentions' PERSON"),
        (("entities", 0, "link", "wiki"), "Q1", "document 'a', entity 0, link: unknown key wiki; known: iso3166"),
        (("relations", 0, "head"), ["m"], "document 'a', relation 0: head must be a string, not list"),
        (("relations", 0, "status"), "maybe", "unknown status 'maybe'; known: actual, planned, negated"),
        (("relations", 0, "evidence", 0, "head"), [0], "relation 0, evidence: head must be two offsets"),
        (("relations", 0, "evidence", 0, "head"), [0, 5], "is no pair of mentions of its ends"),
        (("language",), "en", "document: unknown key language; known: entities, id"),
    ],
)
def test_the_error_says_where_and_what_was_expected(place: tuple[Any, ...], junk: Any, message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        Document.from_dict(replaced(place, junk))
    assert message in str(caught.value)


@pytest.mark.parametrize("value", [None, [], "text", 5, {}])
def test_what_is_no_object_with_id_and_text_is_no_document(value: Any) -> None:
    with pytest.raises(DocumentError):
        Document.from_dict(value)
