"""What a format cannot keep: counted by cause and told once, never lost in silence."""

from __future__ import annotations

import logging
from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from relex.document import Document, Mention

_logger = logging.getLogger("relex.formats")

_NONE: Mapping[str, Any] = MappingProxyType({})


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
    borders: list[int] = []
    for mention in sorted(spans.values(), key=lambda m: (m.start - m.end, m.start)):
        # What is kept is at least as long: with a border inside this mention it cannot lie inside it, so it crosses it.
        after = bisect_right(borders, mention.start)
        if after < len(borders) and borders[after] < mention.end:
            drops.add("mentions that cross another (the longer is kept)")
        else:
            kept.append(mention)
            for border in (mention.start, mention.end):
                insort(borders, border)
    return sorted(kept, key=lambda m: (m.start, -m.end))


def keep_layer(document: Document, drops: Drops, *, innermost: bool = False) -> Document:
    """Return a document without nesting: of mentions inside each other the outermost, or the innermost.

    Relations and links of entities that no mention is left of go too.
    """
    kept: list[Mention] = []
    for mention in document.mentions:
        inside = bool(kept) and mention.start < kept[-1].end
        if not inside:
            kept.append(mention)
        elif innermost:
            kept[-1] = mention
    drops.add("mentions inside another or around it (write jsonl to keep them)", n=len(document.mentions) - len(kept))
    entities = {entity for mention in kept for entity in mention.entities}
    spans = {(mention.start, mention.end) for mention in kept}
    relations = [
        replace(relation, evidence=tuple(pair for pair in relation.evidence if {pair.head, pair.tail} <= spans))
        for relation in document.relations
        if {relation.head, relation.tail} <= entities
    ]
    lost = len(document.relations) - len(relations)
    drops.add("relations whose mentions are left out (see the mentions)", n=lost)
    links = {entity: link for entity, link in document.links.items() if entity in entities}
    return replace(document, mentions=tuple(kept), relations=tuple(relations), links=links)


def drop_links(document: Document, drops: Drops) -> None:
    """Count what a format without entities loses: links of mentions to each other, and group mentions."""
    first = {entity.id: entity.mentions[0] for entity in document.entities}
    n = sum(mention.is_group or first[mention.entities[0]] is not mention for mention in document.mentions)
    drops.add("links of a mention to the entity of an earlier one, or to several (write jsonl to keep them)", n=n)


def drop_context(
    document: Document, drops: Drops, *, text: str, meta: Mapping[str, str] = _NONE, scored: bool = False
) -> None:
    """Count what a format without them loses of white space, metadata, scores, and entities' links to the world.

    `text` and `meta` are what its reader gives back; it gives scores back if it is `scored`.
    """
    drops.add("texts' own white space (write jsonl to keep it)", n=text != document.text)
    n_values = sum(meta.get(key) != value for key, value in document.meta.items())
    drops.add("values of metadata (write jsonl to keep them)", n=n_values)
    if not scored:
        drop_scores(document, drops)
    drop_world(document, drops)


def drop_scores(document: Document, drops: Drops) -> None:
    """Count the scores that a format without them loses."""
    scores = [*(own.score for own in document.mentions), *(own.score for own in document.relations)]
    n = len(scores) - scores.count(None)
    drops.add("scores of mentions and relations (write jsonl to keep them)", n=n)


def drop_world(document: Document, drops: Drops) -> None:
    """Count the links of entities to the world that a format without them loses."""
    n_links = sum(entity.link is not None for entity in document.entities)
    drops.add("links of entities to countries, Wikidata or dates (write jsonl to keep them)", n=n_links)
