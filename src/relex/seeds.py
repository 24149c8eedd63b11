"""One system trained with several seeds: means and deviations of its rates over the same gold documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from relex.errors import InputError, known
from relex.markdown import format_signatures, format_table
from relex.metrics import RATES, Array, Level, average_rates, drawn_rates, level_named, rates, sign_levels
from relex.report import N_SAMPLES, SEED, Report
from relex.resampling import Interval, bounds, resample, resample_seeds
from relex.schema import Schema

_F1 = RATES.index("f1")
_COLUMNS = ("F1", "95 % interval", "range", "macro")


@dataclass(frozen=True, slots=True)
class SeedInterval(Interval):
    """The mean of a rate over seeds, its 95 % interval over documents and seeds, and how far the seeds lie apart.

    `deviation` is the sample standard deviation, `lowest` and `highest` are the rates of single seeds.
    """

    deviation: float
    lowest: float
    highest: float

    def __str__(self) -> str:
        return f"{self.point:.4f} ± {self.deviation:.4f} [{self.low:.4f}, {self.high:.4f}]"


@dataclass(frozen=True)
class SeedReport:
    """The reports of one system by seed; means and deviations are derived when asked for.

    Raises:
        InputError: fewer than two seeds, or reports that score different things.
    """

    reports: Mapping[str, Report]

    def __post_init__(self) -> None:
        if len(self.reports) < 2:
            raise InputError(f"{len(self.reports)} seeds have no deviation; give the predictions of two or more")
        check_alike(*self.reports.values())
        object.__setattr__(self, "reports", MappingProxyType(dict(self.reports)))

    def __str__(self) -> str:
        rows = [("level", *_COLUMNS), *self._overview()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows]
        return "\n".join([*lines, self.sign("relation", more=_RESAMPLING)])

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the documents that were scored."""
        return self._first.ids

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels that the documents were scored at."""
        return self._first.levels

    def sign(
        self, level: str, *, average: str = "micro", type: str | None = None, more: Sequence[tuple[str, object]] = ()
    ) -> str:
        """Return the signature of a mean over the seeds, which names them; see `Report.sign`."""
        return self._first.sign(level, average=average, type=type, more=(("seeds", ",".join(self.reports)), *more))

    def types(self, level: str) -> tuple[str, ...]:
        """Return the types that a level has counts of with any seed, sorted; of a mean of levels, these."""
        if parts := level_named(level).parts:
            return parts
        return tuple(sorted({kind for report in self.reports.values() for kind in report.types(level)}))

    def array(self, level: str, *, types: Sequence[str] | None = None) -> Array:
        """Return the counts of a level, (documents, seeds, types, 4); see `Report.array`."""
        types = self.types(level) if types is None else types
        return np.stack([report.array(level, types=types) for report in self.reports.values()], axis=1)

    def interval(
        self,
        level: str,
        *,
        type: str | None = None,
        average: str = "micro",
        rate: str = "f1",
        n_samples: int = N_SAMPLES,
        seed: int = SEED,
    ) -> SeedInterval:
        """Return the mean of a rate of a level, or of one of its types, over seeds, with interval and deviation.

        The interval is hierarchical: documents are drawn for all seeds together and seeds apart from them, as rows
        and columns are by Owen (2007). Of two or three seeds no interval knows how far others would lie.
        """
        chosen = level_named(level).choose_average(average)
        if rate not in RATES:
            raise InputError(f"no rate {rate!r}; rates: {', '.join(RATES)}")
        counts = self.array(level)
        if type is not None:
            types = self.types(level)
            if type not in types:
                raise InputError(f"level {level!r} has no counts of type {type!r}; it has {known(types)}")
            counts = counts[:, :, [types.index(type)]]
        column = RATES.index(rate)
        signature = self.sign(level, average=average, type=type, more=(("bs", n_samples), ("seed", seed)))
        whole = counts.sum(axis=0)
        samples = average_rates(resample(counts, n_samples=n_samples, seed=seed), chosen, whole=whole)[..., column]
        own = average_rates(whole, chosen)[..., column]
        return _summarise(own, resample_seeds(samples, seed=(seed, 0)), signature)

    def subset(self, keep: Iterable[str] | Callable[[str], bool]) -> SeedReport:
        """Return the report over some of the documents; see `Report.subset`."""
        chosen = keep if callable(keep) or isinstance(keep, str) else set(keep)
        return SeedReport({name: report.subset(chosen) for name, report in self.reports.items()})

    def to_dict(self) -> dict[str, Any]:
        """Return means, deviations, intervals, the rates of every seed and signatures as plain values."""
        levels = {level.name: self._level_to_dict(level) for level in self.levels}
        return {"n_documents": len(self._first.documents), "seeds": list(self.reports), "levels": levels}

    def to_markdown(self) -> str:
        """Return the means of all levels, then of mentions and relations by type, as tables in Markdown."""
        tables = [format_table([("level", *_COLUMNS), *self._overview()])]
        tables += [format_table([(level, *_COLUMNS), *self._by_type(level)]) for level in ("mention", "relation")]
        signatures = format_signatures(*sign_levels(self.levels, partial(self.sign, more=_RESAMPLING)))
        return "\n\n".join([*tables, signatures]) + "\n"

    def table(self, level: str | None = None) -> Table:
        """Return the means of all levels, or of one level by type, as a table to print with rich."""
        rows = self._overview() if level is None else self._by_type(level)
        title = f"{len(self._first.documents)} documents, {len(self.reports)} seeds: mean ± deviation"
        caption = escape(self.sign(level or "relation", more=_RESAMPLING))
        table = Table(title=title, caption=caption, box=SIMPLE_HEAD, padding=0)
        table.show_edge = False
        table.add_column(level or "level", overflow="fold")
        for name in _COLUMNS:
            table.add_column(name, justify="right", no_wrap=True)
        for row in rows:
            table.add_row(*map(escape, row))
        return table

    @property
    def _first(self) -> Report:
        return next(iter(self.reports.values()))

    def _overview(self) -> list[tuple[str, ...]]:
        return [_row(level.name, self.interval(level.name), self._macro(level)) for level in self.levels]

    def _by_type(self, level: str) -> list[tuple[str, ...]]:
        counts = self.array(level)
        # All types are drawn at once: the same intervals as one by one, at a fraction of the time.
        whole = counts.sum(axis=0)
        samples = drawn_rates(resample(counts, n_samples=N_SAMPLES, seed=SEED), whole)[..., _F1]
        samples = resample_seeds(samples, seed=(SEED, 0))
        f1 = rates(whole)[..., _F1]
        support = counts[:, 0, :, 2].sum(axis=0)
        types = self.types(level)
        # The types that decide the score come first.
        order = sorted(range(len(types)), key=lambda i: (-support[i], types[i]))
        rows = [_row(types[i], _summarise(f1[:, i], samples[:, i], ""), "") for i in order]
        return [*rows, _row("all", self.interval(level), self._macro(level_named(level)))]

    def _macro(self, level: Level) -> str:
        return _spread(self._rates(level, "macro")[:, _F1]) if level.typed else ""

    def _rates(self, level: Level, average: str) -> Array:
        """Return the rates of every seed, (seeds, 3)."""
        return average_rates(self.array(level.name).sum(axis=0), level.choose_average(average))

    def _level_to_dict(self, level: Level) -> dict[str, Any]:
        interval = self.interval(level.name)
        value: dict[str, Any] = self._rates_to_dict(self._rates(level, "micro"))
        value["interval"] = [interval.low, interval.high]
        if level.typed:
            signature = self.sign(level.name, average="macro", more=_RESAMPLING)
            value["macro"] = {**self._rates_to_dict(self._rates(level, "macro")), "signature": signature}
            by_type = rates(self.array(level.name).sum(axis=0))
            value["types"] = {kind: self._rates_to_dict(by_type[:, i]) for i, kind in enumerate(self.types(level.name))}
        return {**value, "signature": interval.signature}

    def _rates_to_dict(self, by_seed: Array) -> dict[str, Any]:
        return {
            name: {
                "mean": float(own.mean()),
                "deviation": float(own.std(ddof=1)),
                "lowest": float(own.min()),
                "highest": float(own.max()),
                "seeds": dict(zip(self.reports, own.tolist(), strict=True)),
            }
            for name, own in zip(RATES, by_seed.T, strict=True)
        }


def check_alike(*reports: Report) -> None:
    """Raise `InputError` unless reports are over the same gold documents, schema and training documents."""
    first = reports[0]
    for other in reports[1:]:
        if _scored(first) != _scored(other):
            ids = [[document.id for document in report.documents] for report in (first, other)]
            own = next((f", such as {a!r} and {b!r}" for a, b in zip(*ids, strict=False) if a != b), "")
            what = f"different things, documents of other ids{own}" if own else "different things"
            raise InputError(
                f"the reports score {what}: {first.signature} and {other.signature}; score all predictions "
                "against the same gold documents with the same schema and training documents"
            )


def labelled_alike(first: Schema, second: Schema) -> bool:
    """Return whether two schemas score alike: the same labels, and the same of them without direction."""
    return _labels(first) == _labels(second)


_RESAMPLING = (("bs", N_SAMPLES), ("seed", SEED))


def _scored(report: Report) -> tuple[Any, ...]:
    return _labels(report.schema), report.seen, [(document.id, document.gold) for document in report.documents]


def _labels(schema: Schema) -> tuple[frozenset[str], ...]:
    return frozenset(schema.mention_names), frozenset(schema.relation_names), schema.symmetric


def _summarise(by_seed: Array, samples: Array, signature: str) -> SeedInterval:
    """Return what the rates of the seeds, (seeds,), and the means drawn, (n_samples,), say."""
    low, high = bounds(samples)
    mean, deviation = float(by_seed.mean()), float(by_seed.std(ddof=1))
    return SeedInterval(mean, low, high, signature, deviation, float(by_seed.min()), float(by_seed.max()))


def _spread(by_seed: Array) -> str:
    return f"{by_seed.mean():.4f} ± {by_seed.std(ddof=1):.4f}"


def _row(name: str, own: SeedInterval, macro: str) -> tuple[str, ...]:
    mean = f"{own.point:.4f} ± {own.deviation:.4f}"
    return (name, mean, f"{own.low:.4f}–{own.high:.4f}", f"{own.lowest:.4f}–{own.highest:.4f}", macro)
