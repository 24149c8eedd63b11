"""Texts as tokens and mentions as ranges of them, for the formats that know no characters."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from relex.document import Document, Mention, Relation
from relex.formats.drops import Drops
from relex.formats.evidence import choose_pairs

Span = tuple[int, int]
"""A half-open range of characters or of tokens."""

WORD = re.compile(r"[^ \t\r\n]+")
"""What stands between white space. Other separators of Unicode may stand inside a token."""


def join_tokens(tokens: Iterable[str]) -> tuple[str, list[Span]]:
    """Return tokens as a text, joined by a space, and the characters of each of them."""
    spans: list[Span] = []
    offset = 0
    own = list(tokens)
    for token in own:
        spans.append((offset, offset + len(token)))
        offset += len(token) + 1
    return " ".join(own), spans


def split_tokens(document: Document, *, pattern: re.Pattern[str] = WORD) -> list[Span]:
    """Return the tokens of a document as ranges of characters: matches of a pattern, cut where mentions begin and end.

    The tokens that `join_tokens` has joined come back as they were, if they hold no white space.
    """
    borders = sorted({offset for mention in document.mentions for offset in (mention.start, mention.end)})
    return [token for match in pattern.finditer(document.text) for token in _cut(match.span(), borders)]


def find_tokens(tokens: Sequence[Span], mention: Mention) -> Span | None:
    """Return the range of tokens that a mention covers, the tokens in order; None if it covers none."""
    first = bisect_left(tokens, (mention.start, mention.start))
    last = bisect_right(tokens, mention.end, key=lambda token: token[1])
    return (first, last) if first < last else None


def place_mentions(mentions: Iterable[Mention], tokens: Sequence[Span], drops: Drops) -> dict[Span, Span]:
    """Return the range of tokens of each mention, by its characters; no two have one range."""
    placed: dict[Span, Span] = {}
    taken: set[Span] = set()
    for mention in mentions:
        own = find_tokens(tokens, mention)
        if own is None:
            drops.add("mentions of white space alone (nothing to do)")
        elif own in taken:
            drops.add("mentions that differ from another in white space alone (nothing to do)")
        else:
            taken.add(own)
            placed[mention.start, mention.end] = own
    return placed


def actual_pairs(document: Document, positions: Iterable[Span], drops: Drops) -> Iterator[tuple[Relation, Span, Span]]:
    """Yield each relation with the spans of the two mentions that carry it, for formats that relate mentions.

    Left out and counted are relations that are not actual, those without two mentions at `positions`, and those
    that say of two mentions what another has said.
    """
    own = set(positions)
    seen: set[tuple[str, Span, Span]] = set()
    for relation in document.relations:
        pairs = choose_pairs(document, relation, lambda pair: {pair.head, pair.tail} <= own)
        if relation.status != "actual":
            drops.add("planned or negated relations (write jsonl to keep them)")
        elif not pairs:
            drops.add("relations that no two mentions carry (write jsonl to keep them)")
        elif (key := (relation.type, pairs[0].head, pairs[0].tail)) in seen:
            drops.add("relations that another states of the same two mentions (write jsonl to keep them)")
        else:
            seen.add(key)
            further = len(pairs) - 1
            drops.add("pairs of mentions that carry a relation beside another (write jsonl to keep them)", n=further)
            yield relation, pairs[0].head, pairs[0].tail


def _cut(word: Span, borders: Sequence[int]) -> Iterator[Span]:
    start, end = word
    for border in borders[bisect_right(borders, start) : bisect_left(borders, end)]:
        yield start, border
        start = border
    yield start, end
