"""What an evaluation found: counts per document, the rates derived from them, and ways to show both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from relex.errors import InputError, known
from relex.metrics import (
    LEVELS,
    RATES,
    Array,
    Counts,
    Interval,
    Rates,
    average_rates,
    bounds,
    check_average,
    digest,
    level_named,
    rates,
    resample,
    sign,
)
from relex.schema import Schema
from relex.version import __version__

N_SAMPLES = 1000
"""How often the documents are resampled unless asked otherwise."""

SEED = 1
"""The seed of the resampling unless asked otherwise."""


@dataclass(frozen=True)
class DocumentCounts:
    """The counts of one document by level and type; `gold` is the digest of its gold annotation."""

    id: str
    gold: str
    counts: Mapping[tuple[str, str], Counts]


@dataclass(frozen=True)
class Report:
    """The counts of every document, kept in the order of their ids; rates are derived when asked for.

    The counts of a level without types stand under the type "".

    Raises:
        InputError: no documents.
    """

    documents: tuple[DocumentCounts, ...]
    schema: Schema

    def __post_init__(self) -> None:
        if not self.documents:
            raise InputError("no documents to score; check the path or the ids that gold was chosen by")
        # Sums and resampling must not depend on the order in which documents were read.
        object.__setattr__(self, "documents", tuple(sorted(self.documents, key=lambda document: document.id)))

    def __str__(self) -> str:
        rows = [("level", *_NUMBERS), *self._overview()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows]
        return "\n".join([*lines, self.sign("relation", more=_RESAMPLING)])

    @property
    def signature(self) -> str:
        """The signature of the first number to quote: micro F1 of relations."""
        return self.sign("relation")

    def sign(
        self, level: str, *, average: str = "micro", type: str | None = None, more: Sequence[tuple[str, object]] = ()
    ) -> str:
        """Return the signature that a rate of a level, or of one of its types, is quoted with.

        `more` names what else the number depends on, such as the seed of an interval.
        """
        self._check(level, average)
        chosen = ("avg", average) if type is None else ("type", type)
        return sign(level_named(level), chosen, *self._data_fields, *more, ("relex", __version__))

    def micro(self, level: str) -> Counts:
        """Return the counts of a level over all documents and types."""
        return sum(self._totals(level).values(), Counts())

    def macro(self, level: str) -> Rates:
        """Return the mean of the rates of the types with gold support; `InputError` if the level has no types."""
        self._check(level, "macro")
        return Rates(*average_rates(self.array(level).sum(axis=0), "macro").tolist())

    def per_type(self, level: str) -> dict[str, Counts]:
        """Return the counts of every type seen in gold or predictions; `InputError` if the level has no types."""
        self._check(level, "macro")
        return self._totals(level)

    def interval(
        self,
        level: str,
        *,
        type: str | None = None,
        average: str = "micro",
        rate: str = "f1",
        n_samples: int = N_SAMPLES,
        seed: int = SEED,
    ) -> Interval:
        """Return a rate of a level, or of one of its types, with its 95 % interval over resampled documents.

        The percentile interval of the bootstrap over documents; a single document gives no spread.
        """
        self._check(level, average)
        if rate not in RATES:
            raise InputError(f"no rate {rate!r}; rates: {', '.join(RATES)}")
        counts = self.array(level)
        if type is not None:
            types = self.types(level)
            if type not in types:
                raise InputError(f"level {level!r} has no counts of type {type!r}; it has {known(types)}")
            counts = counts[:, [types.index(type)]]
        column = RATES.index(rate)
        low, high = bounds(average_rates(resample(counts, n_samples=n_samples, seed=seed), average)[:, column])
        point = float(average_rates(counts.sum(axis=0), average)[column])
        signature = self.sign(level, average=average, type=type, more=(("bs", n_samples), ("seed", seed)))
        return Interval(point, low, high, signature)

    def types(self, level: str) -> tuple[str, ...]:
        """Return the types that a level has counts of, sorted."""
        return tuple(self._totals(level))

    def array(self, level: str, *, types: Sequence[str] | None = None) -> Array:
        """Return the counts of a level, (documents, types, 3), for the types that it has or for those given."""
        columns = {kind: i for i, kind in enumerate(self.types(level) if types is None else types)}
        array = np.zeros((len(self.documents), len(columns), 3))
        for row, document in enumerate(self.documents):
            for (name, kind), counts in document.counts.items():
                if name == level:
                    array[row, columns[kind]] = counts.tp, counts.predicted, counts.gold
        return array

    def subset(self, keep: Iterable[str] | Callable[[str], bool]) -> Report:
        """Return the report over some of the documents, given by their ids or by a predicate over ids."""
        if callable(keep):
            return replace(self, documents=tuple(d for d in self.documents if keep(d.id)))
        wanted = {keep} if isinstance(keep, str) else set(keep)
        if unknown := wanted - {d.id for d in self.documents}:
            raise InputError(
                f"no document {known(unknown)} in the report; to choose by prefix, give a predicate over ids"
            )
        return replace(self, documents=tuple(d for d in self.documents if d.id in wanted))

    def to_dict(self) -> dict[str, Any]:
        """Return rates, counts, intervals and signatures as plain values, ready for JSON."""
        levels = {}
        for level in LEVELS:
            interval = self.interval(level.name)
            value = {**_counts_to_dict(self.micro(level.name)), "interval": [interval.low, interval.high]}
            if level.typed:
                macro = self.macro(level.name)
                value["macro"] = {rate: getattr(macro, rate) for rate in RATES}
                value["types"] = {name: _counts_to_dict(counts) for name, counts in self.per_type(level.name).items()}
            levels[level.name] = {**value, "signature": interval.signature}
        return {"n_documents": len(self.documents), "levels": levels}

    def to_markdown(self) -> str:
        """Return the rates of all levels, then mentions and relations by type, as tables in Markdown."""
        tables = [_markdown("level", self._overview())]
        tables += [_markdown(level, self._by_type(level)) for level in ("mention", "relation")]
        signatures = "\n".join(self.sign(level.name, more=_RESAMPLING) for level in LEVELS)
        return "\n\n".join([*tables, f"```\n{signatures}\n```"]) + "\n"

    def table(self, level: str | None = None) -> Table:
        """Return the rates of all levels, or of one level by type, as a table to print with rich."""
        rows = self._overview() if level is None else self._by_type(level)
        caption = self.sign(level or "relation", more=_RESAMPLING)
        # Without frame and padding it fits into 80 columns; if it must shrink, names fold and numbers stay whole.
        table = Table(title=f"{len(self.documents)} documents", caption=escape(caption), box=SIMPLE_HEAD, padding=0)
        table.show_edge = False
        table.add_column(level or "level", overflow="fold")
        for name in _NUMBERS:
            table.add_column(name, justify="right", no_wrap=True)
        for row in rows:
            table.add_row(*map(escape, row))
        return table

    def _overview(self) -> list[tuple[str, ...]]:
        rows = []
        for level in LEVELS:
            interval = self.interval(level.name)
            macro = f"{self.macro(level.name).f1:.4f}" if level.typed else ""
            rows.append(_row(level.name, self.micro(level.name), (interval.low, interval.high), macro))
        return rows

    def _by_type(self, level: str) -> list[tuple[str, ...]]:
        counts = self.per_type(level)
        # All types are drawn at once: the same intervals as one by one, at a fraction of the time.
        samples = rates(resample(self.array(level), n_samples=N_SAMPLES, seed=SEED))[..., RATES.index("f1")]
        intervals = {name: bounds(samples[:, i]) for i, name in enumerate(counts)}
        # The types that decide the score come first.
        ordered = sorted(counts, key=lambda name: (-counts[name].gold, name))
        rows = [_row(name, counts[name], intervals[name], "") for name in ordered]
        interval = self.interval(level)
        return [*rows, _row("all", self.micro(level), (interval.low, interval.high), f"{self.macro(level).f1:.4f}")]

    def _totals(self, level: str) -> dict[str, Counts]:
        level_named(level)
        totals: dict[str, Counts] = {}
        for document in self.documents:
            for (name, kind), counts in document.counts.items():
                if name == level:
                    totals[kind] = totals.get(kind, Counts()) + counts
        return dict(sorted(totals.items()))

    def _check(self, level: str, average: str) -> None:
        check_average(average)
        if not level_named(level).typed and average == "macro":
            raise InputError(f"level {level!r} has no types to average or list; ask for its micro average")

    @cached_property
    def _data_fields(self) -> tuple[tuple[str, object], ...]:
        names = [sorted(self.schema.mention_names), sorted(self.schema.relation_names), sorted(self.schema.symmetric)]
        data = digest(sorted(document.gold for document in self.documents))
        return (("zero", "excluded"), ("labels", digest(names)[:8]), ("data", data[:12]), ("n", len(self.documents)))


_RESAMPLING = (("bs", N_SAMPLES), ("seed", SEED))
_NUMBERS = ("P", "R", "F1", "95 % interval", "macro", "right", "predicted", "gold")


def _row(name: str, counts: Counts, interval: tuple[float, float], macro: str) -> tuple[str, ...]:
    shown = [f"{rate:.4f}" for rate in (counts.precision, counts.recall, counts.f1)]
    # Dice sums are fractions; all other counts are whole numbers.
    right = str(counts.tp) if isinstance(counts.tp, int) else f"{counts.tp:.2f}"
    low, high = interval
    return (name, *shown, f"{low:.4f}–{high:.4f}", macro, right, str(counts.predicted), str(counts.gold))


def _markdown(first: str, rows: Sequence[Sequence[str]]) -> str:
    lines = [(first, *_NUMBERS), ("---", *["---:"] * len(_NUMBERS)), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _counts_to_dict(counts: Counts) -> dict[str, Any]:
    return {**{rate: getattr(counts, rate) for rate in RATES}, **asdict(counts)}
