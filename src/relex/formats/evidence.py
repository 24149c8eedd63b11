"""Which two mentions carry a relation, for the formats that say relations of mentions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from relex.document import Document, Evidence, Mention, Relation


def best_pair(document: Document, relation: Relation) -> Evidence:
    """Return the relation's best evidence, or else the closest mentions of its two ends.

    Of pairs as close, the first in the text. Both are one span only if a group mention alone names both ends.
    """
    if relation.evidence:
        return relation.evidence[0]
    heads, tails = (document.entity(end).mentions for end in (relation.head, relation.tail))
    head, tail = _closest(heads, tails)
    return Evidence((head.start, head.end), (tail.start, tail.end))


def choose_pairs(document: Document, relation: Relation, usable: Callable[[Evidence], bool]) -> list[Evidence]:
    """Return the pairs of mentions to write a relation of: all usable evidence, or else the closest usable pair.

    A group mention carries a relation of its members only if no other usable pair does.
    """
    groups = {(mention.start, mention.end) for mention in document.mentions if mention.is_group}
    pairs = [pair for pair in _rank_pairs(document, relation) if pair.head != pair.tail and usable(pair)]
    n_groups = [(pair.head in groups) + (pair.tail in groups) for pair in pairs]
    chosen = [pair for pair, n in zip(pairs, n_groups, strict=True) if n == min(n_groups)]
    return chosen if relation.evidence else chosen[:1]


def find_passage(document: Document, relation: Relation) -> tuple[int, int]:
    """Return the range from the sentence of the first to that of the last of the two mentions of `best_pair`."""
    pair = best_pair(document, relation)
    first, last = min(pair.head[0], pair.tail[0]), max(pair.head[1], pair.tail[1])
    start = max((start for start, _ in document.sentences if start <= first), default=first)
    end = min((end for _, end in document.sentences if end >= last), default=last)
    return start, end


def _rank_pairs(document: Document, relation: Relation) -> list[Evidence]:
    """Return the evidence, or else all pairs of mentions of the two ends, the closest first."""
    if relation.evidence:
        return list(relation.evidence)
    heads = document.entity(relation.head).mentions
    tails = document.entity(relation.tail).mentions
    pairs = [(head, tail) for head in heads for tail in tails]
    pairs.sort(key=lambda pair: (pair[0] is pair[1], _gap(*pair)))
    return [Evidence((head.start, head.end), (tail.start, tail.end)) for head, tail in pairs]


def _closest(heads: Sequence[Mention], tails: Sequence[Mention]) -> tuple[Mention, Mention]:
    """Return what `_rank_pairs` has first; scoring asks it of every relation, so pairs are not listed."""
    closest, least = (heads[0], tails[0]), math.inf
    for head in heads:
        for tail in tails:
            if tail.start - head.end >= least:
                break
            if head is not tail and (gap := _gap(head, tail)) < least:
                closest, least = (head, tail), gap
    return closest


def _gap(one: Mention, other: Mention) -> int:
    return max(0, max(one.start, other.start) - min(one.end, other.end))
