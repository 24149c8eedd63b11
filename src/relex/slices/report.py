"""What a slicing found: rates, support and intervals of every bin, and ways to show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from relex.errors import InputError, known
from relex.markdown import format_signatures, format_table
from relex.metrics import RATES, Counts, drawn_rates, level_named, sign
from relex.report import N_SAMPLES, SEED, Report, data_fields
from relex.resampling import Interval, bounds, resample
from relex.slices.slicings import GENRE, SEEN, Slicing
from relex.version import __version__


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin of a slicing: its counts, from how many documents, and its F1 with the 95 % interval over these.

    In draws of documents that leave the bin empty it keeps its F1; a single document gives no spread.
    """

    slicing: str
    name: str
    counts: Counts
    n_documents: int
    f1: Interval


@dataclass(frozen=True)
class SliceReport:
    """The counts of every document at one level, once for each slicing.

    `reports` hold, under the name of each slicing, what `relex.evaluate` would, with bins for types: two systems are
    compared bin by bin by `compare_reports` of theirs. `seen` is the digest of the training documents, `genres` that of
    the genre of every document, if they are told.
    """

    level: str
    slicings: tuple[Slicing[Any], ...]
    reports: Mapping[str, Report]
    seen: str | None = None
    genres: str | None = None

    def bins(self, slicing: str, *, n_samples: int = N_SAMPLES, seed: int = SEED) -> tuple[Bin, ...]:
        """Return the bins of a slicing that hold anything, in its order, with bootstrap intervals over documents."""
        if slicing not in self.reports:
            raise InputError(f"no slicing {slicing!r} here; slicings: {known(self.reports)}")
        report = self.reports[slicing]
        names = self._order(slicing)
        counts = report.per_type(self.level)
        # All bins are drawn at once: the same intervals as one by one, at a fraction of the time.
        array = report.array(self.level, types=names)
        drawn = resample(array, n_samples=n_samples, seed=seed)
        f1 = drawn_rates(drawn, array.sum(axis=0))[..., RATES.index("f1")]
        found = []
        for i, name in enumerate(names):
            low, high = bounds(f1[:, i])
            signature = self.sign(slicing, bin=name, more=(("bs", n_samples), ("seed", seed)))
            n_documents = int(array[:, i].any(axis=-1).sum())
            found.append(Bin(slicing, name, counts[name], n_documents, Interval(counts[name].f1, low, high, signature)))
        return tuple(found)

    def sign(
        self, slicing: str | None = None, *, bin: str | None = None, more: Sequence[tuple[str, object]] = ()
    ) -> str:
        """Return the signature that the numbers of one slicing or bin, or of all, are quoted with."""
        fields: list[tuple[str, object]] = [("slice", slicing or "all")]
        if bin is not None:
            fields.append(("bin", bin))
        if self.seen is not None and (slicing is None or self._slicing(slicing).needs == SEEN):
            fields.append(("seen", self.seen[:12]))
        if self.genres is not None and (slicing is None or self._slicing(slicing).needs == GENRE):
            fields.append(("genres", self.genres[:12]))
        report = next(iter(self.reports.values()))
        data = data_fields(report.schema, [document.gold for document in report.documents])
        return sign(level_named(self.level), *fields, ("empty", "kept"), *data, *more, ("relex", __version__))

    def to_dict(self) -> dict[str, Any]:
        """Return the bins of all slicings as plain values, ready for JSON."""
        slicings = {}
        for slicing in self.slicings:
            bins = {
                own.name: {
                    **{rate: getattr(own.counts, rate) for rate in RATES},
                    **asdict(own.counts),
                    "n_documents": own.n_documents,
                    "interval": [own.f1.low, own.f1.high],
                }
                for own in self.bins(slicing.name)
            }
            signature = self.sign(slicing.name, more=_RESAMPLING)
            slicings[slicing.name] = {"description": slicing.description, "bins": bins, "signature": signature}
        return {"level": self.level, "slicings": slicings}

    def to_markdown(self) -> str:
        """Return all bins as a table in Markdown."""
        table = format_table([("slicing", "bin", *_NUMBERS), *self._rows()], n_names=2)
        return f"{table}\n\n{format_signatures(self.sign(more=_RESAMPLING))}\n"

    def table(self) -> Table:
        """Return all bins as a table to print with rich."""
        caption = self.sign(more=_RESAMPLING)
        table = Table(title=f"{self.level} by slice", caption=escape(caption), box=SIMPLE_HEAD, padding=0)
        table.show_edge = False
        for name in ("slicing", "bin"):
            table.add_column(name, overflow="fold")
        for name in _NUMBERS:
            table.add_column(name, justify="right", no_wrap=True)
        before = None
        for slicing, *row in self._rows():
            if before not in (None, slicing):
                table.add_section()
            table.add_row(escape(slicing) if slicing != before else "", *map(escape, row))
            before = slicing
        return table

    def _rows(self) -> list[tuple[str, ...]]:
        rows = []
        for slicing in self.slicings:
            for own in self.bins(slicing.name):
                shown = [f"{rate:.4f}" for rate in (own.counts.precision, own.counts.recall, own.counts.f1)]
                numbers = [str(n) for n in (own.counts.predicted, own.counts.gold, own.n_documents)]
                # A single document has no spread to show.
                interval = f"{own.f1.low:.4f}–{own.f1.high:.4f}" if own.n_documents > 1 else ""
                rows.append((slicing.name, own.name, *shown, interval, *numbers))
        return rows

    def _slicing(self, name: str) -> Slicing[Any]:
        return next(slicing for slicing in self.slicings if slicing.name == name)

    def _order(self, name: str) -> tuple[str, ...]:
        """Return the bins of a slicing that hold anything; those that the corpus names by their support."""
        counts = self.reports[name].per_type(self.level)
        fixed = self._slicing(name).bins
        return tuple(bin for bin in fixed or sorted(counts, key=lambda bin: (-counts[bin].gold, bin)) if bin in counts)


_RESAMPLING = (("bs", N_SAMPLES), ("seed", SEED))
_NUMBERS = ("P", "R", "F1", "95 % interval", "predicted", "gold", "docs")
