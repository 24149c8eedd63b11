"""Mention pairs lifted to entity pairs: the plain loop, and the same whatever is held at once."""

from __future__ import annotations

import numpy as np
import pytest

import relex.pooling
from arrays import random_memberships, random_pairs
from relex.pairs import EntityPairs, Floats, Memberships, entity_pairs
from relex.pooling import Pooled, pool_numpy

Chunk = tuple[Floats, Floats]


def random_case(seed: int) -> tuple[Chunk, EntityPairs]:
    random = np.random.default_rng(seed)
    pairs = random_pairs(random, n_items=6, n=int(random.integers(1, 25)))
    memberships = random_memberships(random, n_mentions=6, n_entities=4)
    relations = random.normal(0, 5, (len(pairs), 2)).astype(np.float32)
    statuses = random.normal(0, 2, (len(pairs), 2, 3)).astype(np.float32)
    return (relations, statuses), entity_pairs(pairs, memberships)


def pool(chunk: Chunk, lifted: EntityPairs, *, size: int = 1000) -> Pooled:
    """Pool logits that come `size` mention pairs at a time."""
    relations, statuses = chunk
    chunks = ((relations[i : i + size], statuses[i : i + size]) for i in range(0, len(relations), size))
    return pool_numpy(chunks, lifted, n_pairs=len(relations), n_relations=relations.shape[1])


@pytest.mark.parametrize("seed", range(60))
def test_equals_the_plain_loop(seed: int) -> None:
    (relations, statuses), lifted = random_case(seed)
    pooled = pool((relations, statuses), lifted)
    assert np.array_equal(pooled.pairs, relations)
    assert pooled.relations.shape == (len(lifted.heads), 2)
    for q in range(len(lifted.heads)):
        own = lifted.entries[lifted.owners == q]
        for r in range(2):
            weights = np.exp(relations[own, r].astype(np.float64))
            assert pooled.relations[q, r] == pytest.approx(np.log(weights.sum()), abs=1e-4)
            expected = (weights[:, None] * statuses[own, r]).sum(axis=0) / weights.sum()
            assert pooled.statuses[q, r] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("seed", range(60))
def test_relations_are_the_same_bit_by_bit_however_the_pairs_come(seed: int) -> None:
    chunk, lifted = random_case(seed)
    whole = pool(chunk, lifted)
    for size in (1, 3, 7):
        parts = pool(chunk, lifted, size=size)
        assert np.array_equal(parts.pairs, whole.pairs)
        assert np.array_equal(parts.relations, whole.relations)
        assert np.allclose(parts.statuses, whole.statuses, atol=1e-4)


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("block", [1, 2, 5])
def test_an_entity_pair_may_have_more_entries_than_are_pooled_at_once(
    seed: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunk, lifted = random_case(seed)
    whole = pool(chunk, lifted)
    monkeypatch.setattr(relex.pooling, "_BLOCK", block)
    parts = pool(chunk, lifted)
    assert np.allclose(parts.relations, whole.relations, atol=1e-4)
    assert np.allclose(parts.statuses, whole.statuses, atol=1e-4)
    once = np.bincount(lifted.owners) <= block
    assert np.array_equal(parts.relations[once], whole.relations[once])


def test_survives_huge_scores() -> None:
    memberships = Memberships(np.array([0, 1, 2]), np.array([0, 1, 1]))
    lifted = entity_pairs(np.array([[0, 1], [0, 2]]), memberships)
    for value in (1e4, -1e4):
        for size in (1, 2):
            pooled = pool((np.full((2, 1), value, np.float32), np.ones((2, 1, 3), np.float32)), lifted, size=size)
            assert pooled.relations[0, 0] == pytest.approx(value + np.log(2))
            assert pooled.statuses[0, 0] == pytest.approx([1, 1, 1], abs=1e-3)


def test_of_no_pairs_is_empty() -> None:
    lifted = entity_pairs(np.zeros((0, 2), dtype=np.int64), Memberships(np.array([0]), np.array([0])))
    pooled = pool_numpy([], lifted, n_pairs=0, n_relations=2)
    assert (pooled.pairs.shape, pooled.relations.shape, pooled.statuses.shape) == ((0, 2), (0, 2), (0, 2, 3))
