"""What a property test compares of a document before and after a format that changes white space and ids."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from relex import formats
from relex.document import Document, Mention, Relation

Place = tuple[int, int, str]
"""The range of a mention, white space not counted, and its type."""


def round_trip(documents: Sequence[Document], format: str) -> list[Document]:
    """Write documents in a format and read them back."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "new"
        formats.write(documents, path, format=format)
        return formats.read(path, format=format)


def without_groups(document: Document) -> Document:
    """Let every mention name its first entity alone."""
    mentions = tuple(replace(mention, entities=mention.entities[:1]) for mention in document.mentions)
    named = {mention.entities[0] for mention in mentions}
    relations = tuple(own for own in document.relations if own.head in named and own.tail in named)
    return Document(document.id, document.text, mentions, relations, document.meta)


def places(document: Document) -> list[Place]:
    """Return the places of the mentions, without those of white space alone and those on the place of another."""
    return list(_kept(document))


def clusters(document: Document) -> set[tuple[Place, ...]]:
    """Return the entities, each as its places."""
    return {own for own in _names(document).values() if own}


def facts(document: Document) -> set[tuple[object, ...]]:
    """Return the relations, their ends by their places."""
    names = _names(document)
    return {(names[own.head], own.type, names[own.tail], own.status) for own in document.relations}


def actual(document: Document) -> Document:
    """Return a document without its planned and negated relations."""
    return replace(document, relations=tuple(own for own in document.relations if own.status == "actual"))


def evidence(document: Document) -> dict[Relation, set[object]]:
    """Return the evidence of each relation, in no order."""
    return {own: set(own.evidence) for own in document.relations}


def bare(text: str) -> str:
    """Return a text without white space."""
    return re.sub(r"[ \t\r\n]", "", text)


def _kept(document: Document) -> dict[Place, Mention]:
    kept: dict[tuple[int, int], tuple[Place, Mention]] = {}
    for mention in document.mentions:
        start, end = (len(bare(document.text[:offset])) for offset in (mention.start, mention.end))
        if start < end:
            kept.setdefault((start, end), ((start, end, mention.type), mention))
    return dict(kept.values())


def _names(document: Document) -> dict[str, tuple[Place, ...]]:
    kept = _kept(document)
    return {
        entity.id: tuple(place for place, mention in kept.items() if entity.id in mention.entities)
        for entity in document.entities
    }
