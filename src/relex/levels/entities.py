"""Entities: MUC, B³, CEAF-e and LEA, whatever the types; group mentions.

MUC, B³ and LEA are defined where every mention belongs to one entity. Group mentions, which name several, are left
out of them on both sides, and so are entities that nothing but group mentions names; `score_ceaf` is CEAF-e over the
same mentions, so that the mean of MUC, B³ and CEAF-e is that of the CoNLL scorer. `score_entities` counts a group
mention for each of its entities, and `score_groups` says whether it names the right ones.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
from scipy.optimize import linear_sum_assignment

from relex.alignment import Overlap, Pair
from relex.document import Document
from relex.levels.mentions import span_key
from relex.metrics import UNTYPED, Array, Counts, Key, count_keys


def score_entities(pair: Pair) -> dict[str, Counts]:
    """Count entities by CEAF-e; a group mention counts for each of its entities."""
    return _score_ceaf(pair.overlap)


def score_ceaf(pair: Pair) -> dict[str, Counts]:
    """Count entities by CEAF-e over mentions of single entities."""
    return _score_ceaf(pair.chains)


def score_muc(pair: Pair) -> dict[str, Counts]:
    """Count the fewest links that tie the mentions of every entity together (Vilain et al. 1995).

    An entity of one mention has no link.
    """
    chains = pair.chains
    # The mentions that both sides have need one link less than they are for each of the parts they fall into.
    n_common = int(chains.shared.sum() - (chains.shared > 0).sum())
    n_predicted, n_gold = (int(sizes.sum()) - len(sizes) for sizes in (chains.predicted, chains.gold))
    return {UNTYPED: Counts(n_common, n_predicted, n_gold)}


def score_b3(pair: Pair) -> dict[str, Counts]:
    """Count mentions, each by the share of its entity that the other side keeps with it (Bagga and Baldwin 1998)."""
    chains = pair.chains
    kept = chains.shared**2
    return _score_mentions(
        chains, (kept / chains.predicted[:, None]).sum(axis=1), (kept / chains.gold[None, :]).sum(axis=0)
    )


def score_lea(pair: Pair) -> dict[str, Counts]:
    """Count mentions, each by the share of its entity's links that are right: LEA (Moosavi and Strube 2016).

    An entity weighs as much as it has mentions; one of a single mention has a link to itself.
    """
    chains = pair.chains
    links = _links(chains.shared)
    alone = np.outer(chains.predicted == 1, chains.gold == 1)
    common = np.where(alone, chains.shared, links)
    return _score_mentions(
        chains,
        chains.predicted * common.sum(axis=1) / np.maximum(_links(chains.predicted), 1),
        chains.gold * common.sum(axis=0) / np.maximum(_links(chains.gold), 1),
    )


def score_groups(pair: Pair) -> dict[str, Counts]:
    """Count group mentions by span, type and the set of entities that they name."""
    gold, predicted = (_groups(*side) for side in zip(pair.sides, pair.names, strict=True))
    return count_keys(gold, predicted)


def _score_ceaf(overlap: Overlap) -> dict[str, Counts]:
    """Count entities by the similarity of the best one-to-one match: CEAF with phi4 (Luo 2005)."""
    similarity = overlap.dice
    rows, columns = linear_sum_assignment(-similarity)
    tp = float(similarity[rows, columns].sum())
    return {UNTYPED: Counts(tp, len(overlap.predicted), len(overlap.gold))}


def _score_mentions(chains: Overlap, right: Array, found: Array) -> dict[str, Counts]:
    n_predicted, n_gold = int(chains.predicted.sum()), int(chains.gold.sum())
    return {UNTYPED: Counts(float(right.sum()), n_predicted, n_gold, found=float(found.sum()))}


def _links(n_mentions: Array) -> Array:
    return n_mentions * (n_mentions - 1) / 2


def _groups(document: Document, names: Mapping[str, Hashable]) -> set[Key]:
    groups = (mention for mention in document.mentions if mention.is_group)
    return {(*span_key(mention), frozenset(names[entity] for entity in mention.entities)) for mention in groups}
