"""Training documents in other forms that keep their labels true: another case, or joined with another document."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from relex.document import Document, Mention, Relation
from relex.errors import ConfigError, known
from relex.gazetteer import country_code
from relex.invariance import CHANGES, carry

JOINED = "joined"
"""The change that puts an unrelated document of the same corpus behind a document."""

_BY_NAME = {change.name: change.apply for change in CHANGES}
_BREAK = "\n\n"
_TRIES = 50
_SHARED = ("DATE", "SECTOR")  # of the diplomatic schema: equal ones are one entity, wherever they stand
_NAME_WORD = re.compile(r"[^\W\d_][\w'’-]+")


def vary(documents: Sequence[Document], changes: Mapping[str, float], *, seed: int) -> list[tuple[Document, float]]:
    """Return documents and their changed forms, each with the share of epochs that sees it.

    An epoch sees a document once, on average: as it is, or in one of the other forms. A form equal to the document is
    left out, and so is a document joined with none since every other one drawn shares a name with it.

    Args:
        changes: how often a form is seen in place of the document, by the name of a change of `relex.invariance`, or
            `joined`.
        seed: chooses what is joined.

    Raises:
        ConfigError: a change that is not known.
    """
    if unknown := changes.keys() - _BY_NAME.keys() - {JOINED}:
        raise ConfigError(f"changes: unknown change {known(unknown)}; known: {known({*_BY_NAME, JOINED})}")
    generator = random.Random(seed)
    names = [_list_names(document) for document in documents] if JOINED in changes else []
    varied = []
    for i, document in enumerate(documents):
        forms = [
            (carry(document, changed, id=f"{document.id}#{name}"), share)
            for name, share in changes.items()
            if name != JOINED and (changed := _BY_NAME[name](document.text)).text != document.text
        ]
        if JOINED in changes and (partner := _draw_partner(i, names, generator)) is not None:
            forms.append((join(document, documents[partner]), changes[JOINED]))
        varied.append((document, 1 - sum(share for _, share in forms)))
        varied += forms
    return varied


def join(first: Document, second: Document) -> Document:
    """Return two documents as one, a blank line between them; no entity of one is an entity of the other."""
    mentions, relations = _set_apart(first, "1", 0)
    others, more = _set_apart(second, "2", len(first.text) + len(_BREAK))
    text = first.text + _BREAK + second.text
    return Document(f"{first.id}+{second.id}", text, mentions + others, relations + more, first.meta)


def _set_apart(document: Document, prefix: str, offset: int) -> tuple[tuple[Mention, ...], tuple[Relation, ...]]:
    """Return the mentions and relations of a document, moved, with names of their own for the entities."""
    mentions = (
        replace(m, start=m.start + offset, end=m.end + offset, entities=tuple(f"{prefix}-{e}" for e in m.entities))
        for m in document.mentions
    )
    relations = (
        replace(r, head=f"{prefix}-{r.head}", tail=f"{prefix}-{r.tail}", evidence=()) for r in document.relations
    )
    return tuple(mentions), tuple(relations)


def _draw_partner(i: int, names: Sequence[frozenset[str]], generator: random.Random) -> int | None:
    """Return a document that shares no name with the i-th one, or None if none of those drawn is such."""
    for _ in range(_TRIES):
        drawn = generator.randrange(len(names))
        if drawn != i and names[drawn].isdisjoint(names[i]):
            return drawn
    return None


def _list_names(document: Document) -> frozenset[str]:
    """Return what entities of a document may be recognised by: codes of countries, words of names, dates and fields."""
    names: set[str] = set()
    for mention in document.mentions:
        surface = document.text[mention.start : mention.end]
        if code := country_code(surface):
            names.add(code)
        elif mention.type in _SHARED:
            names.add(surface.casefold())
        elif any(char.isupper() for char in surface):
            names.update(word.casefold() for word in _NAME_WORD.findall(surface) if word[0].isupper())
    return frozenset(names)
