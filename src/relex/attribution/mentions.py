"""Which mentions of two documents stand for one another, and what is wrong with the others."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from relex.alignment import Pair
from relex.document import Mention

MISSED, SPURIOUS = KINDS = ("missed", "spurious")
"""What an error can be: in gold alone, or in the prediction alone."""

MENTION_CAUSES = ("type", "boundary", "missed", "spurious")
"""The causes of errors of mentions, in order of precedence.

`type`: the span has another type. `boundary`: a mention of the type overlaps the span. `missed`, `spurious`: neither.
"""

RIGHT, TYPE, BOUNDARY = MATCHES = ("right", "type", "boundary")
"""How two mentions match, best first."""


@dataclass(frozen=True, slots=True)
class Match:
    """A gold mention and a predicted one that stand for one another; `how` is one of `MATCHES`."""

    gold: Mention
    predicted: Mention
    how: str


@dataclass(frozen=True, slots=True)
class MentionError:
    """A mention that only one side has; `counterpart` is what the other side has in its place, if anything."""

    document: str
    kind: str
    cause: str
    mention: Mention
    counterpart: Mention | None = None

    @property
    def type(self) -> str:
        """The type of the mention."""
        return self.mention.type

    @property
    def detail(self) -> str:
        """The type that it was confused with, or nothing."""
        return self.counterpart.type if self.counterpart and self.cause == TYPE else ""

    def to_dict(self) -> dict[str, Any]:
        """Return the error as plain values, ready for JSON."""
        other = self.counterpart
        return {
            "document": self.document,
            "kind": self.kind,
            "cause": self.cause,
            "detail": self.detail,
            "type": self.type,
            "mention": [self.mention.start, self.mention.end],
            "score": self.mention.score,
            "counterpart": [other.start, other.end] if other else None,
        }


def match_mentions(pair: Pair) -> tuple[Match, ...]:
    """Match the mentions of a pair of documents, one to one.

    Equal spans match whatever their types. Then what is left matches if it overlaps and has one type: those
    first that share the most, by the Dice coefficient of their characters.
    """
    by_span = {(m.start, m.end): m for m in pair.predicted.mentions}
    matches = []
    for mention in pair.gold.mentions:
        other = by_span.get((mention.start, mention.end))
        if other is not None:
            matches.append(Match(mention, other, RIGHT if mention.type == other.type else TYPE))
    taken = {(m.gold.start, m.gold.end) for m in matches}
    gold, predicted = ([m for m in side.mentions if (m.start, m.end) not in taken] for side in pair.sides)
    near = [(-_overlap(g, p), g, p) for g, p in _overlapping(gold, predicted) if g.type == p.type]
    # Mentions themselves have no order; in one document no two have the same span.
    near.sort(key=lambda found: (found[0], *((m.start, m.end) for m in found[1:])))
    free_gold, free_predicted = set(gold), set(predicted)
    for _, g, p in near:
        if g in free_gold and p in free_predicted:
            matches.append(Match(g, p, BOUNDARY))
            free_gold.remove(g)
            free_predicted.remove(p)
    return tuple(matches)


def attribute_mentions(pair: Pair) -> tuple[MentionError, ...]:
    """Return every mention that only one side has, by span and type, with its one cause, in the order of the text.

    A confusion of types or boundaries is two errors of one cause, one of either kind.
    """
    errors = []
    matches = match_mentions(pair)
    for kind, side in zip(KINDS, pair.sides, strict=True):
        own = {m.gold if kind == MISSED else m.predicted: m for m in matches}
        for mention in side.mentions:
            match = own.get(mention)
            if match is None:
                errors.append(MentionError(pair.gold.id, kind, kind, mention))
            elif match.how != RIGHT:
                other = match.predicted if kind == MISSED else match.gold
                errors.append(MentionError(pair.gold.id, kind, match.how, mention, other))
    return tuple(sorted(errors, key=lambda error: (error.mention.start, error.mention.end, error.kind)))


def _overlapping(gold: Sequence[Mention], predicted: Sequence[Mention]) -> Iterator[tuple[Mention, Mention]]:
    """Yield the mentions of two sides that share characters; only those that lie near are compared."""
    ordered = sorted(predicted, key=lambda mention: mention.start)
    starts = [mention.start for mention in ordered]
    longest = max((mention.end - mention.start for mention in ordered), default=0)
    for own in gold:
        first, last = bisect_right(starts, own.start - longest), bisect_left(starts, own.end)
        yield from ((own, other) for other in ordered[first:last] if other.end > own.start)


def _overlap(a: Mention, b: Mention) -> float:
    shared = min(a.end, b.end) - max(a.start, b.start)
    return 2 * max(shared, 0) / (a.end - a.start + b.end - b.start)
