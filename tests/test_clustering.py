"""Average-linkage clustering, compared with the textbook loop that looks at all clusters in every step."""

from __future__ import annotations

import numpy as np
import pytest

from relex.clustering import _joinable, cluster

NO_PAIRS = np.zeros((0, 2), dtype=np.int64)


def plain(n_items: int, pairs: list[tuple[int, int]], logits: list[float], threshold: float) -> list[int]:
    """Join, again and again, the two clusters with the best mean over the pairs that were scored."""
    scores = dict(zip(pairs, logits, strict=True))
    clusters = [{i} for i in range(n_items)]
    while True:
        best: tuple[float, int, int] | None = None
        for a in range(len(clusters)):
            for b in range(a + 1, len(clusters)):
                between = [
                    scores[min(i, j), max(i, j)]
                    for i in clusters[a]
                    for j in clusters[b]
                    if (min(i, j), max(i, j)) in scores
                ]
                if between and (mean := sum(between) / len(between)) >= threshold and (best is None or mean > best[0]):
                    best = (mean, a, b)
        if best is None:
            break
        clusters[best[1]] |= clusters.pop(best[2])
        clusters.sort(key=min)
    return [next(c for c, own in enumerate(clusters) if i in own) for i in range(n_items)]


def random_case(seed: int) -> tuple[int, list[tuple[int, int]], list[float], float]:
    random = np.random.default_rng(seed)
    n_items = int(random.integers(1, 9))
    pairs = [(i, j) for i in range(n_items) for j in range(i + 1, n_items) if random.random() < 0.7]
    # Eighths add up without rounding, so that ties are ties in any order of summation.
    logits = (random.integers(-24, 24, size=len(pairs)) / 8).tolist()
    return n_items, pairs, logits, float(random.integers(-8, 8)) / 8


@pytest.mark.parametrize("seed", range(200))
def test_equals_the_plain_loop(seed: int) -> None:
    n_items, pairs, logits, threshold = random_case(seed)
    found = cluster(n_items, np.array(pairs, dtype=np.int64).reshape(-1, 2), np.array(logits), threshold=threshold)
    assert found.tolist() == plain(n_items, pairs, logits, threshold)


@pytest.mark.parametrize("seed", range(200))
def test_links_of_items_that_no_chain_of_good_pairs_connects_are_not_held(seed: int) -> None:
    n_items, pairs, logits, threshold = random_case(seed)
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    kept, scores = _joinable(n_items, table, np.array(logits), threshold)
    good = [pair for pair, logit in zip(pairs, logits, strict=True) if logit >= threshold]
    parts = plain(n_items, good, [threshold] * len(good), threshold)
    expected = [(p, x) for p, x in zip(pairs, logits, strict=True) if parts[p[0]] == parts[p[1]]]
    assert list(zip(map(tuple, kept.tolist()), scores.tolist(), strict=True)) == expected


@pytest.mark.parametrize("seed", range(20))
def test_does_not_depend_on_the_order_of_the_pairs(seed: int) -> None:
    n_items, pairs, logits, threshold = random_case(seed)
    order = np.random.default_rng(seed).permutation(len(pairs))
    table, scores = np.array(pairs, dtype=np.int64).reshape(-1, 2), np.array(logits)
    assert np.array_equal(
        cluster(n_items, table, scores, threshold=threshold),
        cluster(n_items, table[order], scores[order], threshold=threshold),
    )


def test_numbers_clusters_in_order_of_their_first_items() -> None:
    found = cluster(5, np.array([[1, 3], [0, 4]]), np.array([1.0, 2.0]), threshold=0.0)
    assert found.tolist() == [0, 1, 2, 1, 0]


def test_a_chain_is_not_joined_against_the_evidence() -> None:
    # 0–1 and 1–2 look alike, 0–2 speaks against it: the mean of 2 and -9 keeps 2 apart.
    pairs, logits = np.array([[0, 1], [1, 2], [0, 2]]), np.array([3.0, 2.0, -9.0])
    assert cluster(3, pairs, logits, threshold=0.0).tolist() == [0, 0, 1]


def test_pairs_that_were_not_scored_have_no_say() -> None:
    assert cluster(3, np.array([[0, 1], [1, 2]]), np.array([3.0, 2.0]), threshold=0.0).tolist() == [0, 0, 0]


def test_the_threshold_itself_is_enough() -> None:
    for logit, expected in ((0.5, [0, 0]), (0.49, [0, 1])):
        assert cluster(2, np.array([[0, 1]]), np.array([logit]), threshold=0.5).tolist() == expected


def test_without_pairs_every_item_stands_alone() -> None:
    assert cluster(3, NO_PAIRS, np.zeros(0), threshold=0.0).tolist() == [0, 1, 2]
    assert cluster(0, NO_PAIRS, np.zeros(0), threshold=0.0).tolist() == []
