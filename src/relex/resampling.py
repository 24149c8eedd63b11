"""Intervals and paired tests: what a rate, or a difference of two, would be over other documents and other seeds.

Documents are drawn anew, or two systems swap their answers on them. Arrays are as in `metrics`: the last axis holds
counts, the one before it types.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from relex.errors import InputError
from relex.metrics import RATES, Array, average_rates, divide

# Sums of fractions differ in their last bits with the order of summation; a tie must stay a tie.
_TIE = 1e-12
_CELLS_PER_BATCH = 4_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A rate with its 95 % interval over resampled documents, and the signature of both."""

    point: float
    low: float
    high: float
    signature: str

    def __str__(self) -> str:
        return f"{self.point:.4f} [{self.low:.4f}, {self.high:.4f}]"


def resample(counts: Array, *, n_samples: int, seed: int) -> Array:
    """Sum as many documents drawn with replacement; (documents, ..., types, 4) -> (n_samples, ..., types, 4).

    The bootstrap over documents (Efron and Tibshirani 1993). Whatever lies between the first axis and the
    types, such as two systems, is drawn together, for paired differences as in Koehn (2004).
    """
    check_samples(n_samples, seed)
    n_documents = len(counts)
    flat = counts.reshape(n_documents, -1)
    shares = np.full(n_documents, 1 / n_documents)
    generator = np.random.default_rng(seed)
    sums = []
    for n_rows in _batches(n_samples, n_documents):
        weights = generator.multinomial(n_documents, shares, size=n_rows).astype(np.float64)
        sums.append(weights @ flat)
    return np.concatenate(sums).reshape(n_samples, *counts.shape[1:])


def resample_seeds(samples: Array, *, seed: Sequence[int]) -> Array:
    """Average seeds that are drawn with replacement for each sample; (n_samples, seeds, ...) -> (n_samples, ...).

    One fewer is drawn than there are, so that the mean varies as that of so few does (Rao and Wu 1988). A single seed
    has no spread.
    """
    n_samples, n_seeds = samples.shape[:2]
    if n_seeds == 1:
        return samples[:, 0]
    shares = np.full(n_seeds, 1 / n_seeds)
    weights = np.random.default_rng(seed).multinomial(n_seeds - 1, shares, size=n_samples) / (n_seeds - 1)
    return np.asarray(np.einsum("ns,ns...->n...", weights, samples))


def bounds(samples: Array) -> tuple[float, float]:
    """Return the 2.5th and 97.5th percentile of resampled values; (n_samples,) -> two numbers."""
    low, high = np.percentile(samples, (2.5, 97.5))
    return float(low), float(high)


def ratio_interval(parts: Array, *, signature: str, n_samples: int, seed: int, is_share: bool = True) -> Interval:
    """Return a ratio of two sums with its 95 % interval over resampled rows; parts is (rows, 2), denominators last.

    Rows are what is drawn, documents or sets of them; those without a part in the ratio are left out. A share of 0 or 1
    has no spread to draw from: its interval is that of Clopper and Pearson (1934) for as many rows.

    Raises:
        InputError: a ratio over nothing.
    """
    check_samples(n_samples, seed)
    parts = parts[parts[:, 1] > 0]
    if not len(parts):
        raise InputError("a ratio over nothing has no value; ask for what there is")
    point = float(_ratios(parts.sum(axis=0)))
    if is_share and point in (0, 1):
        widest = 1 - 0.025 ** (1 / len(parts))
        return Interval(point, max(point - widest, 0.0), min(point + widest, 1.0), signature)
    return Interval(point, *bounds(_ratios(resample(parts, n_samples=n_samples, seed=seed))), signature)


def randomisation_p_value(counts: Array, *, average: str, n_samples: int, seed: int) -> float:
    """Return the two-sided p-value of a difference in F1 of two systems; counts are (documents, 2, types, 4).

    Approximate randomisation (Noreen 1989; Yeh 2000): how often systems that swap their answers on random
    documents differ at least as much as the true ones. Never 0, since the true assignment is one of them.
    """
    check_samples(n_samples, seed)
    n_documents = len(counts)
    total = counts.sum(axis=0)
    flat = (counts[:, 1] - counts[:, 0]).reshape(n_documents, -1)
    generator = np.random.default_rng(seed)
    observed = abs(_difference(total, average))
    n_extreme = 0
    for n_rows in _batches(n_samples, n_documents):
        swapped = generator.integers(0, 2, size=(n_rows, n_documents)).astype(np.float64)
        moved = (swapped @ flat).reshape(n_rows, *total.shape[1:])
        shuffled = np.stack([total[0] + moved, total[1] - moved], axis=1)
        n_extreme += int((np.abs(_difference(shuffled, average)) >= observed - _TIE).sum())
    return (n_extreme + 1) / (n_samples + 1)


def check_samples(n_samples: int, seed: int) -> None:
    """Raise `InputError` unless there is something to draw, and a seed to draw it by."""
    if not isinstance(n_samples, int) or n_samples < 1:
        raise InputError(f"n_samples must be at least 1, and whole, not {n_samples!r}; 1000 is usual")
    if not isinstance(seed, int) or seed < 0:
        raise InputError(f"seed must be a whole number from 0 on, not {seed!r}; 1 is usual")


def _ratios(parts: Array) -> Array:
    return divide(parts[..., 0], parts[..., 1])


def _batches(n_samples: int, n_documents: int) -> Iterator[int]:
    size = max(1, _CELLS_PER_BATCH // n_documents)
    for start in range(0, n_samples, size):
        yield min(size, n_samples - start)


def _difference(counts: Array, average: str) -> Any:
    f1 = average_rates(counts, average)[..., RATES.index("f1")]
    return f1[..., 1] - f1[..., 0]
