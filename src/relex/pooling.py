"""Lifts the logits of mention pairs to entity pairs, chunk by chunk. Numpy only.

The relation logits of all mention pairs are kept, since evidence is chosen by them. Their statuses, three times as
many, are summed up as they come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from relex.encoding import Ints
from relex.pairs import EntityPairs, Floats

_BLOCK = 131072
"""How many entries are pooled at once, to bound memory; of an article all are."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """Logits of mention pairs `pairs` [P, R], and of entity pairs `relations` [Q, R] and `statuses` [Q, R, 3]."""

    pairs: Floats
    relations: Floats
    statuses: Floats


def pool_numpy(
    chunks: Iterable[tuple[Floats, Floats]], lifted: EntityPairs, *, n_pairs: int, n_relations: int
) -> Pooled:
    """Lift the logits of mention pairs to entity pairs.

    The same as `relex.loss.pool_pairs`, without tensors.

    Args:
        chunks: the logits of the mention pairs, run by run in their order: relations [C, R] and statuses [C, R, 3].
        lifted: the entity pairs.
        n_pairs, n_relations: P and R.
    """
    logits = np.empty((n_pairs, n_relations), dtype=np.float32)
    statuses = _StatusSums(lifted, n_relations)
    begin = 0
    for relations, own in chunks:
        logits[begin : begin + len(relations)] = relations
        statuses.add(begin, relations, own)
        begin += len(relations)
    pooled = _pool_relations(logits, lifted)
    return Pooled(logits, pooled, statuses.weigh(pooled))


class _StatusSums:
    """Sums of the statuses of entity pairs, each weighed by exp(its relation logit - the highest so far)."""

    def __init__(self, lifted: EntityPairs, n_relations: int) -> None:
        self._lifted = lifted
        self._order = np.argsort(lifted.entries, kind="stable")
        self._entries = lifted.entries[self._order]
        self._peaks = np.full((len(lifted.heads), n_relations), -np.inf, dtype=np.float32)
        self._sums = np.zeros((len(lifted.heads), n_relations, 3), dtype=np.float32)

    def add(self, begin: int, relations: Floats, statuses: Floats) -> None:
        """Add the mention pairs from `begin` on: [C, R] and [C, R, 3]."""
        first, last = np.searchsorted(self._entries, (begin, begin + len(relations)))
        for low in range(first, last, _BLOCK):
            # Entries stand by owner, so that sorting their places groups them by entity pair.
            chosen = np.sort(self._order[low : min(low + _BLOCK, last)])
            rows = self._lifted.entries[chosen] - begin
            owners, starts, back = _group(self._lifted.owners[chosen])
            values, before = relations[rows], self._peaks[owners]
            peaks = np.maximum(before, np.maximum.reduceat(values, starts, axis=0))
            weights = np.exp(values - peaks[back])
            added = np.add.reduceat(weights[..., None] * statuses[rows], starts, axis=0)
            self._sums[owners] = self._sums[owners] * np.exp(before - peaks)[..., None] + added
            self._peaks[owners] = peaks

    def weigh(self, pooled: Floats) -> Floats:
        """Return the weighed means [Q, R, 3], given the pooled logits of relations [Q, R]."""
        self._sums *= np.exp(self._peaks - pooled)[..., None]
        return self._sums


def _pool_relations(logits: Floats, lifted: EntityPairs) -> Floats:
    """Return the log-sum-exp over the mention pairs of each entity pair: [P, R] to [Q, R]."""
    peaks = np.full((len(lifted.heads), logits.shape[1]), -np.inf, dtype=np.float32)
    totals = np.zeros_like(peaks)
    for low, high in _blocks(lifted.owners):
        values = logits[lifted.entries[low:high]]
        owners, starts, back = _group(lifted.owners[low:high])
        before = peaks[owners]
        peaks[owners] = np.maximum(before, np.maximum.reduceat(values, starts, axis=0))
        added = np.add.reduceat(np.exp(values - peaks[owners][back]), starts, axis=0)
        totals[owners] = totals[owners] * np.exp(before - peaks[owners]) + added
    return peaks + np.log(totals)


def _group(owners: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the different owners of an ascending list, where each begins, and for each entry which it is."""
    begins = np.diff(owners, prepend=-1) != 0
    starts = np.flatnonzero(begins)
    return owners[starts], starts, np.cumsum(begins) - 1


def _blocks(owners: Ints) -> Iterator[tuple[int, int]]:
    """Yield half-open runs of entries; an entity pair is divided only if it alone has more than a block."""
    low = 0
    while low < len(owners):
        high = min(low + _BLOCK, len(owners))
        if high < len(owners):
            border = int(np.searchsorted(owners, owners[high]))
            high = border if border > low else high
        yield low, high
        low = high
