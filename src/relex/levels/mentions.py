"""Mentions: strict, by boundary, by overlap, and named ones alone."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from relex.alignment import Pair
from relex.document import Document, Mention
from relex.metrics import UNTYPED, Counts, Key, count_keys

Spans = tuple[Sequence[int], Sequence[int]]
"""The starts of some spans and their ends, each sorted."""

_NONE: Spans = ((), ())


def score_mentions(pair: Pair) -> dict[str, Counts]:
    """Count mentions by span and type."""
    return count_keys(*({span_key(m) for m in side.mentions} for side in pair.sides))


def score_boundaries(pair: Pair) -> dict[str, Counts]:
    """Count mentions by span alone."""
    return count_keys(*({(UNTYPED, m.start, m.end) for m in side.mentions} for side in pair.sides))


def score_overlaps(pair: Pair) -> dict[str, Counts]:
    """Count mentions that share a character with any mention of their type on the other side.

    One-sided: of two predicted mentions within one of gold both are right, and one is found.
    """
    gold, predicted = (_by_type(side.mentions) for side in pair.sides)
    spans = [{kind: _sort_spans(own) for kind, own in side.items()} for side in (gold, predicted)]
    return {
        kind: Counts(
            _count_touching(predicted.get(kind, ()), spans[0].get(kind, _NONE)),
            len(predicted.get(kind, ())),
            len(gold.get(kind, ())),
            found=_count_touching(gold.get(kind, ()), spans[1].get(kind, _NONE)),
        )
        for kind in gold | predicted
    }


def score_named(pair: Pair) -> dict[str, Counts]:
    """Count mentions by span and type among those with an upper-case letter or a digit."""
    return count_keys(*({span_key(m) for m in side.mentions if is_named(side, m)} for side in pair.sides))


def span_key(mention: Mention) -> Key:
    """Return the key of a mention where span and type must be right."""
    return (mention.type, mention.start, mention.end)


def is_named(document: Document, mention: Mention) -> bool:
    """Return whether a mention has an upper-case letter or a digit."""
    return any(char.isupper() or char.isdigit() for char in document.text[mention.start : mention.end])


def _by_type(mentions: Iterable[Mention]) -> dict[str, list[Mention]]:
    by_type: dict[str, list[Mention]] = {}
    for mention in mentions:
        by_type.setdefault(mention.type, []).append(mention)
    return by_type


def _sort_spans(mentions: Iterable[Mention]) -> Spans:
    return sorted(m.start for m in mentions), sorted(m.end for m in mentions)


def _count_touching(mentions: Iterable[Mention], others: Spans) -> int:
    # Of the spans that begin before a mention ends, those share nothing with it that end before it begins.
    starts, ends = others
    return sum(bisect_left(starts, m.end) > bisect_right(ends, m.start) for m in mentions)
