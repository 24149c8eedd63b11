"""What an evaluation found: counts per document, the rates derived from them, and ways to show both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from relex.errors import InputError, known
from relex.markdown import format_count, format_signatures, format_table
from relex.metrics import (
    LEVELS,
    RATES,
    UNSEEN,
    Array,
    Counts,
    Level,
    Rates,
    average_rates,
    digest,
    drawn_rates,
    level_named,
    sign,
    sign_levels,
)
from relex.resampling import Interval, bounds, resample
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

    The counts of a level without types stand under the type "". `seen` is the digest of the training documents, if
    they were given; only then is there a level `relation-unseen`.

    Raises:
        InputError: no documents.
    """

    documents: tuple[DocumentCounts, ...]
    schema: Schema
    seen: str | None = None

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
    def ids(self) -> tuple[str, ...]:
        """The ids of the documents that were scored."""
        return tuple(document.id for document in self.documents)

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels that the documents were scored at."""
        return tuple(level for level in LEVELS if self.seen is not None or level.name != UNSEEN)

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
        chosen = self._level(level)
        chosen.choose_average(average)
        fields: list[tuple[str, object]] = [("avg", average) if type is None else ("type", type)]
        if level == UNSEEN and self.seen is not None:
            fields.append(("seen", self.seen[:12]))
        return sign(chosen, *fields, *self._data_fields, *more, ("relex", __version__))

    def rates(self, level: str, *, average: str = "micro") -> Rates:
        """Return the rates of any level over all documents and types."""
        chosen = self._level(level).choose_average(average)
        return Rates(*average_rates(self.array(level).sum(axis=0), chosen).tolist())

    def micro(self, level: str) -> Counts:
        """Return the counts of a level over all documents and types; `InputError` if it is a mean of others."""
        if parts := self._level(level).parts:
            raise InputError(
                f"level {level!r} is the mean of {', '.join(parts)} and has no counts; ask for its rates or theirs"
            )
        return sum(self._totals(level).values(), Counts())

    def macro(self, level: str) -> Rates:
        """Return the mean of the rates of the types with gold support; `InputError` if the level has no types."""
        return self.rates(level, average="macro")

    def per_type(self, level: str) -> dict[str, Counts]:
        """Return the counts of every type seen in gold or predictions; `InputError` if the level has no types."""
        self._level(level).choose_average("macro")
        return dict(self._totals(level))

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
        chosen = self._level(level).choose_average(average)
        if rate not in RATES:
            raise InputError(f"no rate {rate!r}; rates: {', '.join(RATES)}")
        counts = self.array(level)
        if type is not None:
            types = self.types(level)
            if type not in types:
                raise InputError(f"level {level!r} has no counts of type {type!r}; it has {known(types)}")
            counts = counts[:, [types.index(type)]]
        column, whole = RATES.index(rate), counts.sum(axis=0)
        drawn = resample(counts, n_samples=n_samples, seed=seed)
        low, high = bounds(average_rates(drawn, chosen, whole=whole)[:, column])
        point = float(average_rates(whole, chosen)[column])
        signature = self.sign(level, average=average, type=type, more=(("bs", n_samples), ("seed", seed)))
        return Interval(point, low, high, signature)

    def type_intervals(self, level: str) -> dict[str, Interval]:
        """Return what `interval` gives for the F1 of every type of a level; the types with most gold support first."""
        counts = self.per_type(level)
        # All types are drawn at once: the same intervals as one by one, at a fraction of the time.
        array = self.array(level)
        drawn = resample(array, n_samples=N_SAMPLES, seed=SEED)
        samples = drawn_rates(drawn, array.sum(axis=0))[..., RATES.index("f1")]
        columns = {name: i for i, name in enumerate(counts)}
        return {
            name: Interval(
                counts[name].f1, *bounds(samples[:, columns[name]]), self.sign(level, type=name, more=_RESAMPLING)
            )
            for name in sorted(counts, key=lambda name: (-counts[name].gold, name))
        }

    def types(self, level: str) -> tuple[str, ...]:
        """Return the types that a level has counts of, sorted; of a mean of levels, these."""
        return self._level(level).parts or tuple(self._totals(level))

    def array(self, level: str, *, types: Sequence[str] | None = None) -> Array:
        """Return the counts of a level, (documents, types, 4), for the types that it has or for those given.

        Levels that this one is the mean of take the place of types.
        """
        if parts := self._level(level).parts:
            return np.concatenate([self.array(part, types=("",)) for part in parts], axis=1)
        columns = {kind: i for i, kind in enumerate(self.types(level) if types is None else types)}
        array = np.zeros((len(self.documents), len(columns), 4))
        for row, kind, counts in self._by_level.get(level, ()):
            array[row, columns[kind]] = counts.tp, counts.predicted, counts.gold, counts.found
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
        levels = {level.name: self._level_to_dict(level) for level in self.levels}
        return {"n_documents": len(self.documents), "levels": levels}

    def to_markdown(self) -> str:
        """Return the rates of all levels, then mentions and relations by type, as tables in Markdown."""
        tables = [format_table([("level", *_NUMBERS), *self._overview()])]
        tables += [format_table([(level, *_NUMBERS), *self._by_type(level)]) for level in ("mention", "relation")]
        signatures = format_signatures(*sign_levels(self.levels, partial(self.sign, more=_RESAMPLING)))
        return "\n\n".join([*tables, signatures]) + "\n"

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
        has_spread = len(self.documents) > 1
        for level in self.levels:
            interval = self.interval(level.name)
            macro = f"{self.macro(level.name).f1:.4f}" if level.typed else ""
            score = self.rates(level.name) if level.parts else self.micro(level.name)
            rows.append(_row(level.name, score, interval, macro, has_spread=has_spread))
        return rows

    def _by_type(self, level: str) -> list[tuple[str, ...]]:
        counts, intervals = self.per_type(level), self.type_intervals(level)
        n_documents = dict(zip(self.types(level), self.array(level).any(axis=-1).sum(axis=0).tolist(), strict=True))
        rows = [_row(name, counts[name], own, "", has_spread=n_documents[name] > 1) for name, own in intervals.items()]
        has_spread = len(self.documents) > 1
        macro = f"{self.macro(level).f1:.4f}"
        return [*rows, _row("all", self.micro(level), self.interval(level), macro, has_spread=has_spread)]

    def _level_to_dict(self, level: Level) -> dict[str, Any]:
        array = self.array(level.name)
        # All rates of the level are drawn at once: the same intervals as one by one, at a fraction of the time.
        drawn, whole = resample(array, n_samples=N_SAMPLES, seed=SEED), array.sum(axis=0)
        value: dict[str, Any] = _rates_to_dict(self.rates(level.name))
        if level.parts:
            value["parts"] = list(level.parts)
        else:
            value |= asdict(self.micro(level.name))
        value |= _bounds_to_dict(average_rates(drawn, level.choose_average("micro"), whole=whole))
        if level.typed:
            macro = _bounds_to_dict(average_rates(drawn, "macro", whole=whole))
            signature = self.sign(level.name, average="macro", more=_RESAMPLING)
            value["macro"] = {**_rates_to_dict(self.macro(level.name)), **macro, "signature": signature}
            by_type = drawn_rates(drawn, whole)
            value["types"] = {
                name: _rates_to_dict(own) | asdict(own) | _bounds_to_dict(by_type[:, i])
                for i, (name, own) in enumerate(self.per_type(level.name).items())
            }
        return {**value, "signature": self.sign(level.name, more=_RESAMPLING)}

    def _level(self, name: str) -> Level:
        level = level_named(name)
        if level not in self.levels:
            raise InputError(f"level {name!r} needs the documents that the system was trained on: evaluate(…, seen=…)")
        return level

    def _totals(self, level: str) -> dict[str, Counts]:
        totals: dict[str, Counts] = {}
        for _, kind, counts in self._by_level.get(level, ()):
            totals[kind] = totals.get(kind, Counts()) + counts
        return dict(sorted(totals.items()))

    @cached_property
    def _by_level(self) -> dict[str, list[tuple[int, str, Counts]]]:
        """The counts of every level with the row of their document and their type."""
        by_level: dict[str, list[tuple[int, str, Counts]]] = {}
        for row, document in enumerate(self.documents):
            for (level, kind), counts in document.counts.items():
                by_level.setdefault(level, []).append((row, kind, counts))
        return by_level

    @cached_property
    def _data_fields(self) -> tuple[tuple[str, object], ...]:
        return (("zero", "excluded"), *data_fields(self.schema, [document.gold for document in self.documents]))


def data_fields(schema: Schema, digests: Sequence[str]) -> tuple[tuple[str, object], ...]:
    """Return the fields of a signature that name labels and data, from the digests of the gold documents."""
    names = [sorted(schema.mention_names), sorted(schema.relation_names), sorted(schema.symmetric)]
    return (("labels", digest(names)[:8]), ("data", digest(sorted(digests))[:12]), ("n", len(digests)))


_RESAMPLING = (("bs", N_SAMPLES), ("seed", SEED))
_NUMBERS = ("P", "R", "F1", "95 % interval", "macro", "right", "found")


def _row(name: str, score: Counts | Rates, interval: Interval, macro: str, *, has_spread: bool) -> tuple[str, ...]:
    shown = [f"{rate:.4f}" for rate in (score.precision, score.recall, score.f1)]
    # A single document has no spread to show.
    spread = f"{interval.low:.4f}–{interval.high:.4f}" if has_spread else ""
    # Each rate as the fraction that it comes from; what is a mean comes from none.
    fractions = ["", ""]
    if isinstance(score, Counts):
        fractions = [f"{format_count(score.tp)}/{score.predicted}", f"{format_count(score.found)}/{score.gold}"]
    return (name, *shown, spread, macro, *fractions)


def _rates_to_dict(score: Counts | Rates) -> dict[str, Any]:
    return {rate: getattr(score, rate) for rate in RATES}


def _bounds_to_dict(samples: Array) -> dict[str, Any]:
    """Return the intervals of rates that were drawn, (n_samples, 3); that of F1 is called `interval`."""
    names = ("precision_interval", "recall_interval", "interval")
    return {name: list(bounds(samples[:, i])) for i, name in enumerate(names)}
