"""Gold that a model cannot give back, however well it learns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relex.doctor.finding import Example, Finding, Limits, Split, quote, surface
from relex.document import Document
from relex.encoding import Ints
from relex.schema import Schema
from relex.sentences import find_wraps
from relex.words import split_words

_FAULTS = ("long-mentions", "broken-mentions", "cut-words")


@dataclass(frozen=True)
class _Places:
    """Where the mentions of a document stand among its words. M mentions.

    Attributes:
        first, stop: [M] the words that a mention touches, half-open.
        whole: [M] whether it begins and ends where words do.
    """

    first: Ints
    stop: Ints
    whole: npt.NDArray[np.bool_]


def find_unreachable(split: Split, limits: Limits, schema: Schema | None) -> Iterator[Finding]:
    """Yield the mentions and facts of a split out of reach of the model that the limits describe, and of a schema."""
    found: dict[str, list[Example]] = {
        check: [] for check in (*_FAULTS, "lost-facts", "beyond-encoder", "beyond-window", "forbidden-facts")
    }
    n_mentions = n_facts = 0
    for document in split.documents:
        n_mentions += len(document.mentions)
        n_facts += len(document.relations)
        places = _place(document)
        unreachable = _find_mentions(document, places, limits, found)
        _find_facts(document, places, unreachable, limits, found)
        if schema is not None:
            found["forbidden-facts"] += _forbidden(document, schema)
    for check, examples in found.items():
        if check != "forbidden-facts" or schema is not None:
            of = n_mentions if check in _FAULTS else n_facts
            yield Finding(check, (split.name,), len(examples), of, limits.cut(examples))


def _place(document: Document) -> _Places:
    words = np.array(list(split_words(document.text)), dtype=np.int64).reshape(-1, 2)
    spans = np.array([(m.start, m.end) for m in document.mentions], dtype=np.int64).reshape(-1, 2)
    first = np.searchsorted(words[:, 1], spans[:, 0], side="right")
    stop = np.searchsorted(words[:, 0], spans[:, 1], side="left")
    return _Places(first, stop, np.isin(spans[:, 0], words[:, 0]) & np.isin(spans[:, 1], words[:, 1]))


def _find_mentions(document: Document, places: _Places, limits: Limits, found: dict[str, list[Example]]) -> set[int]:
    """Sort the unreachable mentions of a document by fault; return their positions."""
    unreachable = set()
    breaks = {i for i, character in enumerate(document.text) if character == "\n"} - find_wraps(document.text)
    for i, mention in enumerate(document.mentions):
        n_words = int(places.stop[i] - places.first[i])
        # A mention has one fault, the gravest, so that the three can be added up.
        if not places.whole[i]:
            fault, note = "cut-words", ""
        elif not breaks.isdisjoint(range(mention.start, mention.end)):
            fault, note = "broken-mentions", ""
        elif n_words > limits.max_span_words:
            fault, note = "long-mentions", f", {n_words} words"
        else:
            continue
        unreachable.add(i)
        found[fault].append(Example((document.id,), f"{quote(surface(document, mention))} at {mention.start}{note}"))
    return unreachable


def _find_facts(
    document: Document, places: _Places, unreachable: set[int], limits: Limits, found: dict[str, list[Example]]
) -> None:
    rows: dict[str, list[int]] = {}
    for i, mention in enumerate(document.mentions):
        for entity in mention.entities:
            rows.setdefault(entity, []).append(i)
    for relation in document.relations:
        heads, tails = rows[relation.head], rows[relation.tail]
        if unreachable.issuperset(heads) or unreachable.issuperset(tails):
            found["lost-facts"].append(Example((document.id,), str(relation)))
        apart = int(np.abs(np.subtract.outer(places.first[heads], places.first[tails])).min())
        ends = np.maximum.outer(places.stop[heads], places.stop[tails])
        room = int((ends - np.minimum.outer(places.first[heads], places.first[tails])).min())
        if room > limits.encoder_words:
            found["beyond-encoder"].append(Example((document.id,), f"{relation}, {room} words"))
        if apart > limits.max_pair_words:
            found["beyond-window"].append(Example((document.id,), f"{relation}, {apart} words"))


def _forbidden(document: Document, schema: Schema) -> Iterator[Example]:
    kinds = {kind.name: kind for kind in schema.relation_types}
    types = {entity.id: entity.type for entity in document.entities}
    for relation in document.relations:
        head, tail = types[relation.head], types[relation.tail]
        kind = kinds.get(relation.type)
        if kind is None:
            yield Example((document.id,), f"{relation}: no such relation")
        elif head not in kind.head or tail not in kind.tail:
            yield Example((document.id,), f"{relation}: joins {head} to {tail}")
