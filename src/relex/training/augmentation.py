"""Training documents in other forms that keep their labels true: another case, or joined with another document."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from relex.document import Document, Evidence, Mention, Relation
from relex.errors import ConfigError, known
from relex.gazetteer import country_code
from relex.invariance import CHANGES, Changed

JOINED = "joined"
"""The change that puts an unrelated document of the same corpus behind a document."""

_BY_NAME = {change.name: change.apply for change in CHANGES}
_BREAK = "\n\n"
_TRIES = 50
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
            (carry(document, changed, name), share)
            for name, share in changes.items()
            if name != JOINED and (changed := _BY_NAME[name](document.text)).text != document.text
        ]
        if JOINED in changes and (partner := _draw_partner(i, names, generator)) is not None:
            forms.append((join(document, documents[partner]), changes[JOINED]))
        varied.append((document, 1 - sum(share for _, share in forms)))
        varied += forms
    return varied


def carry(document: Document, changed: Changed, name: str) -> Document:
    """Return an annotated document on its text changed; its id is followed by `name`."""
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    for place, origin in enumerate(changed.origins):
        if origin is not None:
            starts.setdefault(origin, place)
            ends[origin] = place + 1

    def move(start: int, end: int) -> tuple[int, int]:
        return starts[start], ends[end - 1]

    mentions = []
    for mention in document.mentions:
        start, end = move(mention.start, mention.end)
        mentions.append(replace(mention, start=start, end=end))
    relations = [
        replace(r, evidence=tuple(Evidence(move(*pair.head), move(*pair.tail)) for pair in r.evidence))
        for r in document.relations
    ]
    return Document(f"{document.id}#{name}", changed.text, tuple(mentions), tuple(relations), document.meta)


def join(first: Document, second: Document) -> Document:
    """Return two documents as one, a blank line between them; no entity of one is an entity of the other."""
    offset = len(first.text) + len(_BREAK)
    parts = [*_set_apart(first, "1", 0), *_set_apart(second, "2", offset)]
    mentions = [part for part in parts if isinstance(part, Mention)]
    relations = [part for part in parts if isinstance(part, Relation)]
    return Document(
        f"{first.id}+{second.id}", first.text + _BREAK + second.text, tuple(mentions), tuple(relations), first.meta
    )


def _set_apart(document: Document, prefix: str, offset: int) -> Iterator[Mention | Relation]:
    """Yield the mentions and relations of a document, moved, with names of their own for the entities."""
    for m in document.mentions:
        entities = tuple(f"{prefix}-{entity}" for entity in m.entities)
        yield replace(m, start=m.start + offset, end=m.end + offset, entities=entities)
    for r in document.relations:
        yield replace(r, head=f"{prefix}-{r.head}", tail=f"{prefix}-{r.tail}", evidence=())


def _draw_partner(i: int, names: Sequence[frozenset[str]], generator: random.Random) -> int | None:
    """Return a document that shares no name with the i-th one, or None if none of those drawn is such."""
    for _ in range(_TRIES):
        drawn = generator.randrange(len(names))
        if drawn != i and names[drawn].isdisjoint(names[i]):
            return drawn
    return None


def _list_names(document: Document) -> frozenset[str]:
    """Return what entities of a document may be recognised by: codes of countries, words of names in lower case."""
    names: set[str] = set()
    for mention in document.mentions:
        surface = document.text[mention.start : mention.end]
        if code := country_code(surface):
            names.add(code)
        elif any(char.isupper() for char in surface):
            names.update(word.casefold() for word in _NAME_WORD.findall(surface) if word[0].isupper())
    return frozenset(names)
