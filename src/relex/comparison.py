"""Two systems on the same documents: their difference, its interval and its significance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from relex.errors import InputError
from relex.metrics import RATES, average_rates, bounds, level_named, randomisation_p_value, resample
from relex.report import N_SAMPLES, SEED, Report
from relex.schema import Schema


@dataclass(frozen=True, slots=True)
class Comparison:
    """The F1 of two systems on the same documents, and what their difference is worth.

    `difference` is `b` less `a`, positive when the second system is better; `low` and `high` bound it at
    95 %; `p_value` is two-sided.
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

    def __str__(self) -> str:
        interval = f"{self.difference:+.4f} [{self.low:+.4f}, {self.high:+.4f}]"
        return f"{self.a:.4f} -> {self.b:.4f}: {interval}, p = {self.p_value:.4f}\n{self.signature}"

    def to_dict(self) -> dict[str, Any]:
        """Return all values as plain ones, ready for JSON."""
        return {
            "a": self.a,
            "b": self.b,
            "difference": self.difference,
            "interval": [self.low, self.high],
            "p_value": self.p_value,
            "signature": self.signature,
        }


def compare_reports(
    a: Report,
    b: Report,
    *,
    level: str = "relation",
    average: str = "micro",
    n_samples: int = N_SAMPLES,
    seed: int = SEED,
) -> Comparison:
    """Compare two systems by their reports over the same gold documents.

    The interval is a paired bootstrap over documents, the p-value comes from approximate randomisation.

    Raises:
        InputError: reports over different documents, gold annotations, schemas or training documents.
    """
    if _scored(a) != _scored(b):
        raise InputError(
            f"the reports score different things: {a.sign(level)} and {b.sign(level)}; "
            "score both systems against the same gold documents with the same schema and training documents"
        )
    chosen = level_named(level).choose_average(average)
    types = sorted({*a.types(level), *b.types(level)})
    counts = np.stack([report.array(level, types=types) for report in (a, b)], axis=1)
    more = ("bs", n_samples), ("ar", n_samples), ("seed", seed)
    signature = a.sign(level, average=average, more=more)
    f1 = RATES.index("f1")
    points = average_rates(counts.sum(axis=0), chosen)[:, f1]
    samples = average_rates(resample(counts, n_samples=n_samples, seed=seed), chosen)[..., f1]
    low, high = bounds(samples[:, 1] - samples[:, 0])
    p_value = randomisation_p_value(counts, average=chosen, n_samples=n_samples, seed=seed)
    return Comparison(float(points[0]), float(points[1]), low, high, p_value, signature)


def _scored(report: Report) -> tuple[Schema, str | None, list[tuple[str, str]]]:
    return report.schema, report.seen, [(document.id, document.gold) for document in report.documents]
