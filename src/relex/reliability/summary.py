"""Judged scores of many documents: the reliability diagram, its errors, and what thresholds keep."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from relex.errors import InputError, known
from relex.markdown import format_signatures, format_table
from relex.metrics import Array, level_named, sign
from relex.reliability.judging import JudgedDocument, check_level
from relex.reliability.selection import Selection, Threshold, average_precision, risk_area, trace_curve
from relex.report import N_SAMPLES, SEED, data_fields
from relex.resampling import Interval, bounds, check_samples, ratio_interval, resample
from relex.schema import Schema
from relex.version import __version__

BINNINGS = ("equal-width", "equal-mass")
"""How scores are binned: by width (Guo et al. 2017), or with as many predictions in each bin (Naeini et al. 2015)."""

N_BINS = 10
"""How many bins there are unless asked otherwise."""

_COLUMNS = ("scores", "n", "mean score", "precision", "gap")


@dataclass(frozen=True, slots=True)
class Bin:
    """The predictions with scores above `low` and up to `high`: how many, their mean score, the share that is right.

    The first bin holds its lower border too.
    """

    low: float
    high: float
    count: int
    score: float
    precision: float

    @property
    def gap(self) -> float:
        """How much more often predictions are right than their scores say; negative if they promise too much."""
        return self.precision - self.score


@dataclass(frozen=True)
class Reliability:
    """The judged scores of all documents, in the order of their ids; everything else is derived when asked for.

    Raises:
        InputError: a level without scores, or no predictions at all.
    """

    documents: tuple[JudgedDocument, ...]
    level: str
    schema: Schema

    def __post_init__(self) -> None:
        check_level(self.level)
        if not any(document.scored for document in self.documents):
            raise InputError("no predictions, so no scores to judge; check the predicted documents and their ids")
        object.__setattr__(self, "documents", tuple(sorted(self.documents, key=lambda document: document.id)))

    def __str__(self) -> str:
        rows = [_COLUMNS, *self._rows(BINNINGS[0])]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(map(str.rjust, row, widths)) for row in rows]
        return "\n".join([*lines, self._summary(BINNINGS[0]), self.sign(("binning", BINNINGS[0]), ("bins", N_BINS))])

    @property
    def signature(self) -> str:
        """The signature of what depends on no bins, samples or threshold."""
        return self.sign()

    def sign(self, *more: tuple[str, object]) -> str:
        """Return the signature of a number; `more` names what else it depends on."""
        data = data_fields(self.schema, [document.gold for document in self.documents])
        return sign(level_named(self.level), *more, *data, ("relex", __version__))

    @cached_property
    def scores(self) -> Array:
        """The scores of all predictions, [N]."""
        return np.array([score for document in self.documents for score, _ in document.scored])

    @cached_property
    def right(self) -> npt.NDArray[np.bool_]:
        """Whether each prediction is right, [N]."""
        return np.array([right for document in self.documents for _, right in document.scored])

    @property
    def n_gold(self) -> int:
        """How much there was to find."""
        return sum(document.n_gold for document in self.documents)

    def bins(self, *, binning: str = "equal-width", n_bins: int = N_BINS) -> tuple[Bin, ...]:
        """Return the reliability diagram; bins without predictions are left out."""
        edges = self._edges(binning, n_bins)
        return tuple(
            Bin(float(edges[i]), float(edges[i + 1]), int(n), float(score / n), float(right / n))
            for i, (n, score, right) in enumerate(self._sums(edges).sum(axis=0))
            if n
        )

    def ece(
        self, *, binning: str = "equal-width", n_bins: int = N_BINS, n_samples: int = N_SAMPLES, seed: int = SEED
    ) -> Interval:
        """Return the expected calibration error, the mean absolute gap of all predictions' bins, with its interval.

        The basic 95 % interval of the bootstrap over documents with predictions, in the bins of the whole. For scores
        that are nearly exact it holds the true error too seldom: compare the error with `ece_floor`.
        """
        sums = self._sums(self._edges(binning, n_bins))
        point = float(_ece(sums.sum(axis=0)))
        # A draw without any prediction has no error.
        drawn = resample(sums[sums[..., 0].any(axis=1)], n_samples=n_samples, seed=seed)
        low, high = bounds(_ece(drawn))
        signature = self.sign(
            ("binning", binning), ("bins", n_bins), ("interval", "basic"), ("bs", n_samples), ("seed", seed)
        )
        # Noise widens absolute gaps and resampling adds noise: the percentiles of well calibrated scores lie above
        # the true error in nearly every corpus. The basic interval turns this bias round.
        return Interval(point, max(min(point, 2 * point - high), 0.0), max(point, 2 * point - low), signature)

    def ece_floor(
        self, *, binning: str = "equal-width", n_bins: int = N_BINS, n_samples: int = N_SAMPLES, seed: int = SEED
    ) -> float:
        """Return the mean expected calibration error if every score were the exact probability of being right.

        It is what chance alone makes of so many predictions (Bröcker and Smith 2007).
        """
        check_samples(n_samples, seed)
        place = _place(self.scores, self._edges(binning, n_bins))
        generator = np.random.default_rng(seed)
        total = 0.0
        for _ in range(n_samples):
            gaps = (generator.random(len(place)) < self.scores) - self.scores
            total += float(np.abs(np.bincount(place, weights=gaps)).sum())
        return total / (n_samples * len(place))

    def brier(self, *, n_samples: int = N_SAMPLES, seed: int = SEED) -> Interval:
        """Return the mean squared difference of score and truth (Brier 1950), with its 95 % interval over documents."""
        parts = [[sum((score - right) ** 2 for score, right in own.scored), len(own.scored)] for own in self.documents]
        signature = self.sign(("bs", n_samples), ("seed", seed))
        return ratio_interval(
            np.array(parts, dtype=float), signature=signature, n_samples=n_samples, seed=seed, is_share=False
        )

    @cached_property
    def curve(self) -> tuple[Selection, ...]:
        """What each score keeps as a threshold, highest first: risk over coverage, and precision over recall."""
        return trace_curve(self.scores, self.right, n_gold=self.n_gold, signature=self.signature)

    @property
    def aurc(self) -> float:
        """The area under risk over coverage; see `risk_area`."""
        return risk_area(self.curve)

    @property
    def average_precision(self) -> float:
        """The area under precision over recall; see `average_precision`."""
        return average_precision(self.curve)

    def at(self, value: float) -> Selection:
        """Return what a threshold keeps that was fixed before any document was read."""
        kept = self.scores >= value
        n_right, n_kept = int(self.right[kept].sum()), int(kept.sum())
        return Selection(value, n_right, n_kept, len(kept), self.n_gold, self.sign(("threshold", value)))

    def apply(self, threshold: Threshold) -> Selection:
        """Return what a threshold keeps that was chosen on other documents.

        Raises:
            InputError: a threshold of another level, or chosen on one of these documents.
        """
        if threshold.level != self.level:
            raise InputError(
                f"the threshold was chosen at level {threshold.level!r}, and these are scores of level {self.level!r}; "
                "choose and apply at one level"
            )
        if seen := [document.id for document in self.documents if document.gold in threshold.documents]:
            raise InputError(
                f"the threshold was chosen on {known(seen)}, so what it keeps there says nothing of new documents; "
                "apply it to documents that it was not chosen on"
            )
        return self.at(threshold.value)

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers, both reliability diagrams and the curve as plain values, ready for JSON."""
        errors = {}
        for binning in BINNINGS:
            bins = [{**asdict(own), "gap": own.gap} for own in self.bins(binning=binning)]
            floor = self.ece_floor(binning=binning)
            errors[binning] = {**asdict(self.ece(binning=binning)), "floor": floor, "bins": bins}
        return {
            "level": self.level,
            "n_documents": len(self.documents),
            "n_predicted": len(self.scores),
            "n_right": int(self.right.sum()),
            "n_gold": self.n_gold,
            "ece": errors,
            "brier": asdict(self.brier()),
            "aurc": self.aurc,
            "average_precision": self.average_precision,
            "curve": [own.to_dict() for own in self.curve],
            "signature": self.signature,
        }

    def to_markdown(self, *, binning: str = "equal-width") -> str:
        """Return the reliability diagram and what follows from it as a table in Markdown."""
        table = format_table([_COLUMNS, *self._rows(binning)])
        signature = format_signatures(self.sign(("binning", binning), ("bins", N_BINS)))
        return "\n\n".join([table, self._summary(binning), signature]) + "\n"

    def table(self, *, binning: str = "equal-width") -> Table:
        """Return the reliability diagram and what follows from it, as a table to print with rich."""
        caption = f"{self._summary(binning)}\n{self.sign(('binning', binning), ('bins', N_BINS))}"
        title = f"{len(self.scores)} predictions in {len(self.documents)} documents"
        table = Table(title=title, caption=escape(caption), box=SIMPLE_HEAD, padding=(0, 1))
        table.show_edge = False
        for name in _COLUMNS:
            table.add_column(name, justify="right", no_wrap=True)
        for row in self._rows(binning):
            table.add_row(*row)
        return table

    def _rows(self, binning: str) -> list[tuple[str, ...]]:
        return [
            (f"{b.low:.4f}–{b.high:.4f}", str(b.count), f"{b.score:.4f}", f"{b.precision:.4f}", f"{b.gap:+.4f}")
            for b in self.bins(binning=binning)
        ]

    def _summary(self, binning: str) -> str:
        ece = f"ECE {self.ece(binning=binning)}, by chance {self.ece_floor(binning=binning):.4f}"
        return f"{ece}; Brier {self.brier()}; AURC {self.aurc:.4f}; average precision {self.average_precision:.4f}"

    def _edges(self, binning: str, n_bins: int) -> Array:
        if binning not in BINNINGS:
            raise InputError(f"no binning {binning!r}; choose one of {', '.join(BINNINGS)}")
        if n_bins < 1:
            raise InputError(f"n_bins must be at least 1, not {n_bins}; {N_BINS} is usual")
        shares = np.linspace(0, 1, n_bins + 1)
        return shares if binning == "equal-width" else np.percentile(self.scores, shares * 100)

    def _sums(self, edges: Array) -> Array:
        """Return how many predictions each document has in each bin, their scores and rights summed; [D, B, 3]."""
        owner = np.repeat(np.arange(len(self.documents)), [len(document.scored) for document in self.documents])
        own = np.stack([np.ones_like(self.scores), self.scores, self.right], axis=-1)
        sums = np.zeros((len(self.documents), len(edges) - 1, 3))
        np.add.at(sums, (owner, _place(self.scores, edges)), own)
        return sums


def _place(scores: Array, edges: Array) -> npt.NDArray[np.int64]:
    """Return the bin of each score; a score on an inner edge belongs to the bin below."""
    return np.searchsorted(edges[1:-1], scores)


def _ece(sums: Array) -> Array:
    """Return calibration errors; (..., bins, 3) of counts, scores and rights -> (...)."""
    gaps = np.abs(sums[..., 2] - sums[..., 1]).sum(axis=-1)
    return np.asarray(gaps / np.maximum(sums[..., 0].sum(axis=-1), 1))
