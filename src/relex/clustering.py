"""Average-linkage clustering over the pairs that were scored: the surest links are made first."""

from __future__ import annotations

import heapq

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from relex.encoding import Ints
from relex.pairs import Floats


def cluster(n_items: int, pairs: Ints, logits: Floats, *, threshold: float) -> Ints:
    """Group items so that the mean logit between clusters that are joined is at least a threshold.

    Pairs that were not scored have no say. Ties are broken by the lower numbers, so the result is
    deterministic.

    Args:
        n_items: how many items there are.
        pairs: [P, 2] the items of each scored pair, first below second.
        logits: [P] how much speaks for each pair.
        threshold: the least mean logit for which two clusters are joined.

    Returns:
        [n_items] cluster numbers, in order of first item.
    """
    pairs, logits = _joinable(n_items, pairs, logits, threshold)
    links: list[dict[int, tuple[float, int]]] = [{} for _ in range(n_items)]
    for i, j, logit in zip(pairs[:, 0].tolist(), pairs[:, 1].tolist(), logits.tolist(), strict=True):
        links[i][j] = links[j][i] = (logit, 1)
    heap = [
        (-logit, i, j) for i, own in enumerate(links) for j, (logit, _) in own.items() if i < j and logit >= threshold
    ]
    heapq.heapify(heap)
    parent = list(range(n_items))
    while heap:
        negated, i, j = heapq.heappop(heap)
        if parent[i] != i or parent[j] != j:
            continue
        total, count = links[i].get(j, (0.0, 0))
        if not count or total / count != -negated:
            continue
        parent[j] = i
        del links[i][j]
        for k, (more, n_more) in links[j].items():
            if k == i:
                continue
            total, count = links[i].get(k, (0.0, 0))
            links[i][k] = links[k][i] = (total + more, count + n_more)
            del links[k][j]
            mean = links[i][k][0] / links[i][k][1]
            if mean >= threshold:
                heapq.heappush(heap, (-mean, min(i, k), max(i, k)))
        links[j] = {}
    roots = np.array([_root(parent, i) for i in range(n_items)], dtype=np.int64)
    return np.unique(roots, return_inverse=True)[1] if n_items else roots


def _joinable(n_items: int, pairs: Ints, logits: Floats, threshold: float) -> tuple[Ints, Floats]:
    """Return the pairs whose items can end up in one cluster: those that a chain of good pairs connects.

    No mean reaches the threshold if none of its pairs does, so the others have no say in any result. Of a text with
    many names they are nearly all, and links take more memory than pairs.
    """
    good = pairs[logits >= threshold]
    graph = csr_array((np.ones(len(good), dtype=bool), (good[:, 0], good[:, 1])), shape=(n_items, n_items))
    _, parts = connected_components(graph, directed=False)
    keep = parts[pairs[:, 0]] == parts[pairs[:, 1]]
    return pairs[keep], logits[keep]


def _root(parent: list[int], i: int) -> int:
    while parent[i] != i:
        i = parent[i]
    return i
