"""What a format cannot keep: counted by cause and told once, never lost in silence."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence

from relex.document import Mention

_logger = logging.getLogger("relex.formats")


class Drops:
    """Counts what a reader or writer leaves out, by cause; `what` names the format and direction."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.counts: Counter[str] = Counter()

    def add(self, cause: str, *, n: int = 1) -> None:
        """Count `n` things left out for one cause: a plural, why, and in brackets the cure."""
        if n:
            self.counts[cause] += n

    def tell(self) -> None:
        """Log one warning with every cause and its count; nothing if nothing was left out."""
        if self.counts:
            causes = "; ".join(f"{n} {cause}" for cause, n in sorted(self.counts.items()))
            _logger.warning("%s: left out %s", self.what, causes)


def keep_nested(mentions: Sequence[Mention], drops: Drops) -> list[Mention]:
    """Return the mentions that one document can hold together, sorted by start, then longer first.

    Of several on one span the first is kept; of two that cross the longer, or else the earlier.
    """
    spans: dict[tuple[int, int], Mention] = {}
    for mention in mentions:
        spans.setdefault((mention.start, mention.end), mention)
    drops.add("mentions on the span of another (the first of them is kept)", n=len(mentions) - len(spans))
    kept: list[Mention] = []
    for mention in sorted(spans.values(), key=lambda m: (m.start - m.end, m.start)):
        if any(_cross(mention, other) for other in kept):
            drops.add("mentions that cross another (the longer is kept)")
        else:
            kept.append(mention)
    return sorted(kept, key=lambda m: (m.start, -m.end))


def _cross(one: Mention, other: Mention) -> bool:
    return one.start < other.start < one.end < other.end or other.start < one.start < other.end < one.end
