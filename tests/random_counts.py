"""Random counts, for comparing fast scores with slow ones; equal seeds give equal counts."""

from __future__ import annotations

import numpy as np


def random_counts(seed: int, *shape: int) -> np.ndarray:
    """Counts of the given shape and a last axis of tp, predicted, gold, found; some types empty in some documents."""
    generator = np.random.default_rng(seed)
    predicted, gold = generator.integers(0, 6, size=(2, *shape))
    tp, found = generator.integers(0, predicted + 1), generator.integers(0, gold + 1)
    return np.stack([tp, predicted, gold, found], axis=-1).astype(float)
