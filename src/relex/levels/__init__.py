"""What is counted: one function a level, from a pair of documents to counts by type.

A further level is a function here, its line in `SCORERS`, and its line in `metrics.LEVELS`. A level that is a mean of
others has the latter alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet

from relex.alignment import Pair
from relex.levels.entities import (
    score_b3,
    score_ceaf,
    score_entities,
    score_groups,
    score_lea,
    score_muc,
)
from relex.levels.mentions import score_boundaries, score_mentions, score_named, score_overlaps
from relex.levels.relations import (
    score_clusters,
    score_mention_pairs,
    score_relations,
    score_span_pairs,
    score_statuses,
    score_undirected,
)
from relex.levels.unseen import NamedFact, score_unseen
from relex.metrics import UNSEEN, Counts

SCORERS: Mapping[str, Callable[[Pair], dict[str, Counts]]] = {
    "mention": score_mentions,
    "boundary": score_boundaries,
    "overlap": score_overlaps,
    "named": score_named,
    "entity": score_entities,
    "muc": score_muc,
    "b3": score_b3,
    "ceaf-e": score_ceaf,
    "lea": score_lea,
    "group": score_groups,
    "relation": score_relations,
    "relation+status": score_statuses,
    "relation-cluster": score_clusters,
    "relation-mention": score_mention_pairs,
    "relation-boundary": score_span_pairs,
    "relation-undirected": score_undirected,
}


def count_pair(pair: Pair, *, seen: AbstractSet[NamedFact] | None = None) -> dict[tuple[str, str], Counts]:
    """Count a pair of documents at every level; keys are level and type.

    `seen` are the facts of the training documents; without them facts are not counted by whether they are there.
    """
    counts = {(level, kind): own for level, score in SCORERS.items() for kind, own in score(pair).items()}
    if seen is not None:
        counts |= {(UNSEEN, kind): own for kind, own in score_unseen(pair, seen).items()}
    return counts
