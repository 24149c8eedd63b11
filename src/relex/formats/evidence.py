"""Which two mentions carry a relation, for the formats that say relations of mentions."""

from __future__ import annotations

from relex.document import Document, Evidence, Mention, Relation


def best_pair(document: Document, relation: Relation) -> Evidence:
    """Return the relation's best evidence, or else the closest mentions of its two ends.

    Of pairs as close, the first in the text. Both are one span only if a group mention alone names both ends.
    """
    if relation.evidence:
        return relation.evidence[0]
    heads = document.entity(relation.head).mentions
    tails = document.entity(relation.tail).mentions
    pairs = ((head, tail) for head in heads for tail in tails)
    head, tail = min(pairs, key=lambda pair: (pair[0] is pair[1], _gap(*pair)))
    return Evidence((head.start, head.end), (tail.start, tail.end))


def find_passage(document: Document, relation: Relation) -> tuple[int, int]:
    """Return the range from the sentence of the first to that of the last of the two mentions of `best_pair`."""
    pair = best_pair(document, relation)
    first, last = min(pair.head[0], pair.tail[0]), max(pair.head[1], pair.tail[1])
    start = max((start for start, _ in document.sentences if start <= first), default=first)
    end = min((end for _, end in document.sentences if end >= last), default=last)
    return start, end


def _gap(one: Mention, other: Mention) -> int:
    return max(0, max(one.start, other.start) - min(one.end, other.end))
