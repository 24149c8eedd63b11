"""Which two mentions carry a relation, for the formats that say relations of mentions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from relex.document import Document, Evidence, Relation
from relex.places import Closest, Places

STATED: Mapping[str, str] = MappingProxyType({"relations": "mentions"})
"""The metadata of a document whose source relates mentions: each pair of evidence is a relation that it states."""


def best_pair(document: Document, relation: Relation) -> Evidence:
    """Return the relation's best evidence, or else the closest mentions of its two ends; see `Places.rank`.

    Both are one span only if a group mention alone names both ends.
    """
    return _pair(Places(document).carriers(relation))


def list_stated(document: Document, relation: Relation) -> tuple[Evidence, ...]:
    """Return the pairs of mentions that a relation is stated of: all its evidence if the source relates mentions.

    Else it is one statement about two entities, of whatever a model names as its evidence: `best_pair` alone.
    """
    if relation.evidence and document.meta.items() >= STATED.items():
        return relation.evidence
    return (best_pair(document, relation),)


def mark_stated(relations: Iterable[Relation]) -> Mapping[str, str]:
    """Return the metadata of a document whose source relates mentions: `STATED` if a relation has several pairs."""
    return STATED if any(len(relation.evidence) > 1 for relation in relations) else {}


def choose_pairs(document: Document, relation: Relation, usable: Callable[[Evidence], bool]) -> list[Evidence]:
    """Return the pairs of mentions to write a relation of: all usable evidence, or else the closest usable pair.

    A group mention carries a relation of its members only if no other usable pair does.
    """
    groups = {(mention.start, mention.end) for mention in document.mentions if mention.is_group}
    pairs = (pair for pair in _rank_pairs(document, relation) if pair.head != pair.tail and usable(pair))
    by_groups: dict[int, list[Evidence]] = {}
    for pair in pairs:
        n_groups = (pair.head in groups) + (pair.tail in groups)
        by_groups.setdefault(n_groups, []).append(pair)
        if not relation.evidence and not n_groups:
            break
    chosen = by_groups[min(by_groups)] if by_groups else []
    return chosen if relation.evidence else chosen[:1]


def find_passage(document: Document, relation: Relation) -> tuple[int, int]:
    """Return the range from the sentence of the first to that of the last of the two mentions of `best_pair`."""
    pair = best_pair(document, relation)
    first, last = min(pair.head[0], pair.tail[0]), max(pair.head[1], pair.tail[1])
    start = max((start for start, _ in document.sentences if start <= first), default=first)
    end = min((end for _, end in document.sentences if end >= last), default=last)
    return start, end


def _rank_pairs(document: Document, relation: Relation) -> Iterable[Evidence]:
    """Return the evidence, or else all pairs of mentions of the two ends, the closest first."""
    return relation.evidence or map(_pair, Places(document).rank(relation.head, relation.tail))


def _pair(own: Closest) -> Evidence:
    return Evidence((own.head.start, own.head.end), (own.tail.start, own.tail.end))
