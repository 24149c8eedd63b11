"""How many errors have which cause: counts and shares that sum to all errors, and ways to show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from relex.attribution.facts import CAUSES, Error, attribute
from relex.attribution.mentions import KINDS, MENTION_CAUSES, MentionError, attribute_mentions
from relex.document import Document
from relex.evaluation import pair_documents
from relex.markdown import format_signatures, format_table
from relex.metrics import level_named, sign
from relex.report import data_fields
from relex.schema import Schema
from relex.version import __version__


@dataclass(frozen=True)
class Breakdown:
    """Errors of a level, counted by cause, kind and type; each of them once.

    `counts` holds no zeros; its keys are cause, kind and type.
    """

    causes: tuple[str, ...]
    counts: Mapping[tuple[str, str, str], int]
    signature: str

    @property
    def total(self) -> int:
        """The number of errors."""
        return sum(self.counts.values())

    @property
    def types(self) -> tuple[str, ...]:
        """The types with errors, those with most first."""
        totals = self._sum(2)
        return tuple(sorted(totals, key=lambda name: (-totals[name], name)))

    def by_cause(self, *, kind: str | None = None, type: str | None = None) -> dict[str, int]:
        """Return the errors of every cause, in the order of the causes; of one kind or type if given."""
        totals = dict.fromkeys(self.causes, 0)
        for (cause, own_kind, own_type), n_errors in self.counts.items():
            if kind in (None, own_kind) and type in (None, own_type):
                totals[cause] += n_errors
        return totals

    def shares(self) -> dict[str, float]:
        """Return the share of every cause in all errors; without errors all are 0."""
        return {cause: n_errors / max(self.total, 1) for cause, n_errors in self.by_cause().items()}

    def to_dict(self) -> dict[str, Any]:
        """Return counts and shares as plain values, ready for JSON."""
        by_kind = {kind: self.by_cause(kind=kind) for kind in KINDS}
        shares = self.shares()
        return {
            "n_errors": self.total,
            "causes": {
                cause: {**{kind: by_kind[kind][cause] for kind in KINDS}, "share": shares[cause]}
                for cause in self.causes
            },
            "types": {type: self.by_cause(type=type) for type in self.types},
            "signature": self.signature,
        }

    def to_markdown(self) -> str:
        """Return the errors by cause and kind, then by type and cause, as tables in Markdown."""
        tables = [format_table(self._by_cause), format_table(self._matrix)]
        return "\n\n".join([*tables, format_signatures(self.signature)]) + "\n"

    def table(self) -> Table:
        """Return the errors by cause and kind, as a table to print with rich."""
        return _table(self._by_cause, f"{self.total} errors by cause", self.signature)

    def type_table(self) -> Table:
        """Return the errors by type, each with its causes, as a table to print with rich."""
        return _table(self._by_type, f"{self.total} errors by type", self.signature)

    def _sum(self, field: int) -> Counter[str]:
        totals: Counter[str] = Counter()
        for key, n_errors in self.counts.items():
            totals[key[field]] += n_errors
        return totals

    @property
    def _by_cause(self) -> list[tuple[str, ...]]:
        columns = [self.by_cause(kind=kind) for kind in KINDS]
        rows: list[tuple[str, ...]] = [("cause", *KINDS, "all", "share")]
        for cause, share in self.shares().items():
            numbers = [column[cause] for column in columns]
            if any(numbers):
                rows.append((cause, *map(str, numbers), str(sum(numbers)), f"{share:.1%}"))
        totals = [sum(column.values()) for column in columns]
        return [*rows, ("all", *map(str, totals), str(self.total), f"{sum(self.shares().values()):.1%}")]

    @property
    def _by_type(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = [("type", *KINDS, "all", "causes")]
        for type in self.types:
            numbers = [sum(self.by_cause(kind=kind, type=type).values()) for kind in KINDS]
            causes = sorted(self.by_cause(type=type).items(), key=lambda item: -item[1])
            told = ", ".join(f"{cause} {n_errors}" for cause, n_errors in causes if n_errors)
            rows.append((type, *map(str, numbers), str(sum(numbers)), told))
        return rows

    @property
    def _matrix(self) -> list[tuple[str, ...]]:
        causes = [cause for cause, n_errors in self.by_cause().items() if n_errors]
        rows: list[tuple[str, ...]] = [("type", *causes, "all")]
        for type in self.types:
            numbers = [self.by_cause(type=type)[cause] for cause in causes]
            rows.append((type, *(str(n) if n else "" for n in numbers), str(sum(numbers))))
        return [*rows, ("all", *(str(self.by_cause()[cause]) for cause in causes), str(self.total))]


@dataclass(frozen=True)
class Attribution:
    """The errors of all documents, of facts and of mentions, in the order of the documents' ids."""

    facts: tuple[Error, ...]
    mentions: tuple[MentionError, ...]
    signatures: tuple[str, str]

    @cached_property
    def fact_breakdown(self) -> Breakdown:
        """The errors of facts, at the level `relation+status`, by cause."""
        return _break_down(self.facts, CAUSES, self.signatures[0])

    @cached_property
    def mention_breakdown(self) -> Breakdown:
        """The errors of mentions, at the level `mention`, by cause."""
        return _break_down(self.mentions, MENTION_CAUSES, self.signatures[1])

    def to_dict(self) -> dict[str, Any]:
        """Return counts, shares and all errors as plain values, ready for JSON."""
        return {
            "facts": {**self.fact_breakdown.to_dict(), "errors": [error.to_dict() for error in self.facts]},
            "mentions": {**self.mention_breakdown.to_dict(), "errors": [error.to_dict() for error in self.mentions]},
        }


def attribute_documents(
    gold: Iterable[Document],
    predicted: Iterable[Document],
    *,
    schema: Schema | None = None,
    window_words: int | None = None,
) -> Attribution:
    """Give every error of predicted documents its one cause; see `attribute`, and `relex.evaluate` for the documents.

    Raises:
        InputError, SchemaError: as `relex.evaluate`.
    """
    pairs, schema = pair_documents(gold, predicted, schema=schema)
    pairs = tuple(sorted(pairs, key=lambda pair: pair.gold.id))
    data = (*data_fields(schema, [pair.digest for pair in pairs]), ("relex", __version__))
    window = ("window", "none" if window_words is None else window_words)
    return Attribution(
        tuple(error for pair in pairs for error in attribute(pair, window_words=window_words)),
        tuple(error for pair in pairs for error in attribute_mentions(pair)),
        (sign(level_named("relation+status"), window, *data), sign(level_named("mention"), *data)),
    )


def _break_down(errors: Sequence[Error | MentionError], causes: tuple[str, ...], signature: str) -> Breakdown:
    return Breakdown(causes, Counter((error.cause, error.kind, error.type) for error in errors), signature)


def _table(rows: Sequence[tuple[str, ...]], title: str, signature: str) -> Table:
    table = Table(title=title, caption=escape(signature), box=SIMPLE_HEAD, padding=0, show_edge=False)
    for name in rows[0]:
        is_text = name in ("cause", "type", "causes")
        table.add_column(name, justify="left" if is_text else "right", no_wrap=name != "causes")
    for row in rows[1:]:
        table.add_row(*map(escape, row))
    return table
