"""Relations: between aligned entities, between whole entities, and between the two mentions that carry them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from itertools import repeat

from relex.alignment import End, Pair
from relex.document import Document, Relation
from relex.metrics import Counts, Key, count_keys


def score_relations(pair: Pair) -> dict[str, Counts]:
    """Count facts between entities by their ends and type."""
    gold, predicted = pair.facts
    return count_keys(gold.keys(), predicted.keys())


def score_statuses(pair: Pair) -> dict[str, Counts]:
    """Count facts between entities by their ends, type and status."""
    gold, predicted = pair.facts
    return count_keys({(*fact, gold[fact]) for fact in gold}, {(*fact, predicted[fact]) for fact in predicted})


def score_clusters(pair: Pair) -> dict[str, Counts]:
    """Count facts whose two entities have the type and exactly the mention spans of gold (Eberts and Ulges 2021).

    Facts of two entities that have the same mentions, all of groups, count as two.
    """
    return count_keys(*(_whole_facts(*side) for side in zip(pair.sides, pair.stated, repeat(pair.symmetric))))


def score_mention_pairs(pair: Pair) -> dict[str, Counts]:
    """Count relations by type and by the spans and types of the two mentions that carry them."""
    return _count_carriers(pair, end=lambda end: end)


def score_span_pairs(pair: Pair) -> dict[str, Counts]:
    """Count relations by type and by the spans of the two mentions that carry them."""
    return _count_carriers(pair, end=lambda end: end[:2])


def score_undirected(pair: Pair) -> dict[str, Counts]:
    """Count relations as `score_mention_pairs` does, whichever of the two mentions is the head."""
    return count_keys(*({(kind, frozenset(ends)) for kind, *ends in side} for side in pair.carriers))


def _count_carriers(pair: Pair, *, end: Callable[[End], Hashable]) -> dict[str, Counts]:
    sides = (
        {_key(kind, end(head), end(tail), symmetric=kind in pair.symmetric) for kind, head, tail in side}
        for side in pair.carriers
    )
    return count_keys(*sides)


def _whole_facts(document: Document, stated: Mapping[Key, Relation], symmetric: frozenset[str]) -> set[Key]:
    whole = {e.id: (e.type, frozenset((m.start, m.end) for m in e.mentions)) for e in document.entities}
    facts = Counter(_key(r.type, whole[r.head], whole[r.tail], symmetric=r.type in symmetric) for r in stated.values())
    return {(*key, i) for key, n in facts.items() for i in range(n)}


def _key(kind: str, head: Hashable, tail: Hashable, *, symmetric: bool) -> Key:
    return (kind, frozenset((head, tail))) if symmetric else (kind, head, tail)
