"""Mentions to entities, and relations of mentions to relations of entities, for the formats that keep them apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from relex.document import Document, Evidence, Mention, Relation
from relex.formats.drops import Drops
from relex.formats.tokens import Span


@dataclass(frozen=True, slots=True)
class MentionRelation:
    """A relation that a corpus states of two mentions."""

    head: Mention
    type: str
    tail: Mention
    status: str = "actual"
    score: float | None = None


def link_mentions(mentions: Sequence[Mention], clusters: Iterable[Iterable[Span]], drops: Drops) -> list[Mention]:
    """Return mentions with the ids of their entities: those whose spans are in one cluster name one.

    Entities are called e0, e1 … in the order of the mentions. A cluster of several types is an entity for each.
    """
    types = {(mention.start, mention.end): mention.type for mention in mentions}
    cluster_of: dict[Span, int] = {}
    for k, cluster in enumerate(clusters):
        own_types = set()
        for span in cluster:
            if span not in types:
                drops.add("coreferent spans that are no mention, or whose mention is left out (see the mentions)")
            elif cluster_of.setdefault(span, k) != k:
                drops.add("places of a mention in a second cluster (the first is kept)")
            else:
                own_types.add(types[span])
        n = max(0, len(own_types) - 1)
        drops.add("links of coreference between mentions of different types (an entity has one type)", n=n)
    ids: dict[object, str] = {}
    linked = []
    for mention in mentions:
        span = (mention.start, mention.end)
        key = (cluster_of[span], mention.type) if span in cluster_of else span
        linked.append(replace(mention, entities=(ids.setdefault(("of", key), f"e{len(ids)}"),)))
    return linked


def merge_relations(stated: Iterable[MentionRelation], drops: Drops) -> tuple[Relation, ...]:
    """Return the relations of entities that relations of mentions amount to, the pairs of mentions as evidence.

    The score is the highest one stated.
    """
    relations: dict[tuple[str, str, str], Relation] = {}
    for own in stated:
        head, tail = own.head.entities[0], own.tail.entities[0]
        pair = Evidence((own.head.start, own.head.end), (own.tail.start, own.tail.end))
        if head == tail:
            drops.add("relations of an entity to itself (nothing to do)")
            continue
        fresh = Relation(head, own.type, tail, own.status, own.score, (pair,))
        first = relations.setdefault((head, own.type, tail), fresh)
        if first.status != own.status:
            drops.add("relations stated with two statuses (the first is kept)")
        elif first is not fresh and pair in first.evidence:
            drops.add("relations stated twice (one is kept)")
        elif first is not fresh:
            scores = [score for score in (first.score, own.score) if score is not None]
            merged = replace(first, score=max(scores, default=None), evidence=(*first.evidence, pair))
            relations[head, own.type, tail] = merged
    return tuple(relations.values())


def count_groups(document: Document, drops: Drops) -> None:
    """Count the group mentions of a document, for a format in which a mention names one entity."""
    n = sum(mention.is_group for mention in document.mentions)
    drops.add("group mentions (each becomes an entity of its own; write jsonl to keep them)", n=n)
