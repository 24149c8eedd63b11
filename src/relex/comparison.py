"""Two systems on the same documents: their difference, its interval and its significance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from relex.metrics import RATES, Array, average_rates, level_named
from relex.report import N_SAMPLES, SEED, Report
from relex.resampling import bounds, randomisation_p_value, resample, resample_seeds
from relex.seeds import SeedReport, check_alike

SIGNIFICANCE = 0.05
"""The p-value below which a difference is told from none."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The F1 of two systems on the same documents, and what their difference is worth.

    `difference` is `b` less `a`; `low` and `high` bound it at 95 %; `p_value` is two-sided.
    """

    a: float
    b: float
    low: float
    high: float
    p_value: float
    signature: str

    @property
    def difference(self) -> float:
        """What the second system gains over the first."""
        return self.b - self.a

    @property
    def verdict(self) -> str:
        """Whether the second system is `better`, `worse`, or `not distinguishable`: interval and test must agree."""
        if self.p_value < SIGNIFICANCE and self.low > 0:
            return "better"
        if self.p_value < SIGNIFICANCE and self.high < 0:
            return "worse"
        return "not distinguishable"

    def __str__(self) -> str:
        interval = f"{self.difference:+.4f} [{self.low:+.4f}, {self.high:+.4f}]"
        told = f"{self.a:.4f} -> {self.b:.4f}: {interval}, p = {self.p_value:.4f}: {self.verdict}"
        return f"{told}\n{self.signature}"

    def to_dict(self) -> dict[str, Any]:
        """Return all values as plain ones, ready for JSON."""
        return {
            "a": self.a,
            "b": self.b,
            "difference": self.difference,
            "interval": [self.low, self.high],
            "p_value": self.p_value,
            "verdict": self.verdict,
            "signature": self.signature,
        }


def compare_reports(
    a: Report | SeedReport,
    b: Report | SeedReport,
    *,
    level: str = "relation",
    average: str = "micro",
    n_samples: int = N_SAMPLES,
    seed: int = SEED,
) -> Comparison:
    """Compare two systems by their reports over the same gold documents.

    The interval is a paired bootstrap over documents, the p-value comes from approximate randomisation. The counts of
    a system with several seeds are averaged for each document: its F1 is that of its seeds pooled, close to their mean
    but not equal to it. The interval then draws the seeds of either system too; the test asks of documents alone.

    Raises:
        InputError: reports over different documents, gold annotations, schemas or training documents.
    """
    reports = [report for system in (a, b) for report in _reports(system)]
    check_alike(*reports)
    chosen = level_named(level).choose_average(average)
    types = sorted({*a.types(level), *b.types(level)})
    by_seed = np.stack([report.array(level, types=types) for report in reports], axis=1)
    n_seeds = len(_reports(a))
    seeds = f"{n_seeds}+{len(reports) - n_seeds}"
    more = (("seeds", seeds), ("pool", "counts")) if len(reports) > 2 else ()
    signature = reports[0].sign(
        level, average=average, more=(*more, ("bs", n_samples), ("ar", n_samples), ("seed", seed))
    )
    counts = np.stack([by_seed[:, :n_seeds].mean(axis=1), by_seed[:, n_seeds:].mean(axis=1)], axis=1)
    whole = counts.sum(axis=0)
    drawn = resample(by_seed, n_samples=n_samples, seed=seed)
    samples = [
        _f1(resample_seeds(own, seed=(seed, i)), chosen, whole[i])
        for i, own in enumerate((drawn[:, :n_seeds], drawn[:, n_seeds:]))
    ]
    low, high = bounds(samples[1] - samples[0])
    p_value = randomisation_p_value(counts, average=chosen, n_samples=n_samples, seed=seed)
    first, second = _f1(whole, chosen, whole).tolist()
    return Comparison(first, second, low, high, p_value, signature)


def _reports(system: Report | SeedReport) -> tuple[Report, ...]:
    return tuple(system.reports.values()) if isinstance(system, SeedReport) else (system,)


def _f1(counts: Array, average: str, whole: Array) -> Array:
    return average_rates(counts, average, whole=whole)[..., RATES.index("f1")]
