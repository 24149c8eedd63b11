"""What thresholds keep of scored predictions: precision, recall, risk, coverage, and areas under their curves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from relex.errors import InputError
from relex.metrics import Array


@dataclass(frozen=True, slots=True)
class Selection:
    """What a threshold keeps: of `predicted` those `kept` score at least as much, of which `right` are right."""

    threshold: float
    right: int
    kept: int
    predicted: int
    gold: int
    signature: str

    @property
    def precision(self) -> float:
        """The share of what is kept that is right; 0 if nothing is kept."""
        return self.right / self.kept if self.kept else 0.0

    @property
    def recall(self) -> float:
        """The share of gold that is kept and right."""
        return self.right / self.gold if self.gold else 0.0

    @property
    def coverage(self) -> float:
        """The share of predictions that is kept."""
        return self.kept / self.predicted

    @property
    def risk(self) -> float:
        """The share of what is kept that is wrong; 0 if nothing is kept."""
        return (self.kept - self.right) / self.kept if self.kept else 0.0

    def __str__(self) -> str:
        rates = f"precision {self.precision:.4f} ({self.right} of {self.kept}), recall {self.recall:.4f}"
        return f"scores from {self.threshold:.4f} on: {rates}, coverage {self.coverage:.4f}\n{self.signature}"

    def to_dict(self) -> dict[str, Any]:
        """Return counts, rates and signature as plain values, ready for JSON."""
        counts = ("threshold", "right", "kept", "predicted", "gold")
        rates = ("precision", "recall", "coverage", "risk")
        return {name: getattr(self, name) for name in (*counts, *rates, "signature")}


@dataclass(frozen=True, slots=True)
class Threshold:
    """The lowest score from which on a wanted precision was reached on development documents, and what it kept there.

    `documents` are the digests of these documents.
    """

    value: float
    wanted: float
    level: str
    development: Selection
    documents: frozenset[str] = field(repr=False)

    @property
    def signature(self) -> str:
        """The signature of the choice; its data are the development documents."""
        return self.development.signature

    def __str__(self) -> str:
        return f"for a precision of {self.wanted:g}, on development documents: {self.development}"

    def to_dict(self) -> dict[str, Any]:
        """Return all values but the digests as plain ones, ready for JSON."""
        names = ("value", "wanted", "level", "signature")
        return {name: getattr(self, name) for name in names} | {"development": self.development.to_dict()}


def trace_curve(scores: Array, right: npt.NDArray[np.bool_], *, n_gold: int, signature: str) -> tuple[Selection, ...]:
    """Return what each score keeps as a threshold, highest first; equal scores are kept together or not at all.

    Args:
        scores: [N] the scores of predictions, of one at least.
        right: [N] whether each is right.
        n_gold: how much there was to find.
    """
    order = np.argsort(-scores, kind="stable")
    scores, hits = scores[order], np.cumsum(right[order])
    last = np.flatnonzero(np.append(np.diff(scores) != 0, True))
    return tuple(Selection(float(scores[i]), int(hits[i]), int(i) + 1, len(scores), n_gold, signature) for i in last)


def risk_area(curve: Sequence[Selection]) -> float:
    """Return the area under risk over coverage: the mean risk over all coverages.

    AURC of Geifman, Uziel and El-Yaniv (2019).
    """
    return sum(n_more * own.risk for n_more, _, own in _steps(curve)) / curve[0].predicted


def average_precision(curve: Sequence[Selection]) -> float:
    """Return the area under precision over recall as a step function; gold never predicted is never recalled."""
    return sum(n_more * own.precision for _, n_more, own in _steps(curve)) / max(curve[0].gold, 1)


def reach_precision(curve: Sequence[Selection], wanted: float) -> Selection:
    """Return the selection with the lowest threshold that has the precision wanted.

    Raises:
        InputError: no threshold has it, or it is no precision.
    """
    if not 0 < wanted <= 1:
        raise InputError(f"a precision to reach lies above 0 and up to 1, not {wanted}")
    for selection in reversed(curve):
        if selection.precision >= wanted:
            return selection
    best = max(curve, key=lambda own: (own.precision, own.kept))
    raise InputError(
        f"no threshold reaches a precision of {wanted:g}: the best is {best.precision:.4f} at {best.threshold:.4f}, "
        f"with {best.kept} predictions kept; want less, or improve the scores"
    )


def _steps(curve: Sequence[Selection]) -> Iterator[tuple[int, int, Selection]]:
    """Yield how many more each selection keeps than the one before, and how many more of them are right."""
    kept = right = 0
    for own in curve:
        yield own.kept - kept, own.right - right, own
        kept, right = own.kept, own.right
