"""What is wrong with a corpus before anyone trains on it, or quotes a score measured on it.

A finding is a number with examples and advice, and a doubt rather than a fault: the doctor compares, counts and looks
up, and knows no meaning. It needs no model, and works for documents of any schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from relex.alignment import digest_document
from relex.doctor.checks import CHECKS, Check
from relex.doctor.conflicts import find_conflicts
from relex.doctor.finding import Example, Finding, Limits, Split
from relex.doctor.novelty import find_novelty
from relex.doctor.overlap import SHINGLE, find_overlaps
from relex.doctor.reach import find_unreachable
from relex.doctor.shape import find_shape
from relex.document import Document
from relex.errors import InputError, known
from relex.metrics import digest
from relex.schema import Schema
from relex.version import __version__

__all__ = ["CHECKS", "Check", "Diagnosis", "Example", "Finding", "Limits", "diagnose"]

_COLUMNS = ("check", "where", "found", "of", "unit", "share")


@dataclass(frozen=True)
class Diagnosis:
    """All that the doctor looked for, in the order of `CHECKS`; what was not found has `n` 0."""

    splits: tuple[Split, ...]
    limits: Limits
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        rows = [_COLUMNS, *map(_row, self.found)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join([*lines, "", self.details()])

    @property
    def found(self) -> tuple[Finding, ...]:
        """The findings with at least one case."""
        return tuple(finding for finding in self.findings if finding.n)

    @property
    def clear(self) -> tuple[str, ...]:
        """The names of the checks that found nothing in any split."""
        made = dict.fromkeys(finding.check for finding in self.findings)
        found = {finding.check for finding in self.found}
        return tuple(check for check in made if check not in found)

    @cached_property
    def signature(self) -> str:
        """What all numbers depend on: limits, data by split, version."""
        fields: list[tuple[str, object]] = [("shingle", SHINGLE), *_limits(self.limits).items()]
        fields += [("data", "+".join(digest(sorted(map(digest_document, s.documents)))[:12] for s in self.splits))]
        fields += [("n", "+".join(str(len(s.documents)) for s in self.splits)), ("relex", __version__)]
        return "|".join(["doctor", *(f"{name}:{value}" for name, value in fields)])

    def of(self, check: str, where: str) -> Finding:
        """Return the finding of a check in a split ("train") or in the second of two ("train → dev").

        Raises:
            InputError: no such check, or not made there.
        """
        places = [finding for finding in self.findings if finding.check == check]
        for finding in places:
            if finding.where == where:
                return finding
        made = f"looked for in {known(finding.where for finding in places)}" if places else f"known: {known(CHECKS)}"
        raise InputError(f"no finding of {check!r} in {where!r}; {made}")

    def to_dict(self) -> dict[str, Any]:
        """Return sizes, limits and findings as plain values, ready for JSON."""
        return {
            "splits": {split.name: _sizes(split) for split in self.splits},
            "limits": asdict(self.limits),
            "findings": [finding.to_dict() for finding in self.findings],
            "signature": self.signature,
        }

    def details(self) -> str:
        """Return what was found with examples and advice, what was not found, and the signature, as text."""
        clear = f"nothing found by: {', '.join(self.clear) or 'no check'}"
        return "\n\n".join([*map(str, self.found), clear, self.signature])

    def table(self) -> Table:
        """Return the numbers of what was found as a table to print with rich."""
        title = ", ".join(f"{split.name}: {len(split.documents)} documents" for split in self.splits)
        table = Table(title=escape(title), box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
        table.show_edge = False
        for name in _COLUMNS:
            right = name in ("found", "of", "share")
            table.add_column(name, justify="right" if right else "left", no_wrap=right, overflow="fold")
        for finding in self.found:
            table.add_row(*map(escape, _row(finding)))
        return table


def diagnose(
    splits: Mapping[str, Iterable[Document]], *, schema: Schema | None = None, limits: Limits | None = None
) -> Diagnosis:
    """Examine the parts of a corpus, given by name; the first is the training part.

    Without a schema no relation is symmetric or forbidden, and the types are those that occur.

    Raises:
        InputError: no splits, or a split without documents.
    """
    limits = limits or Limits()
    parts = tuple(Split(name, tuple(documents)) for name, documents in splits.items())
    if not parts or not all(part.documents for part in parts):
        empty = ", ".join(part.name for part in parts if not part.documents)
        raise InputError(f"no documents to examine{f' in {empty}' if empty else ''}; check the path")
    symmetric = schema.symmetric if schema is not None else frozenset()
    findings = [*find_overlaps(parts, limits), *find_novelty(parts, limits, symmetric)]
    for part in parts:
        findings += find_conflicts(part, limits, symmetric)
        findings += find_unreachable(part, limits, schema)
        findings += find_shape(part, limits, schema)
    order = list(CHECKS)
    return Diagnosis(parts, limits, tuple(sorted(findings, key=lambda finding: order.index(finding.check))))


def _row(finding: Finding) -> tuple[str, ...]:
    return (
        finding.check,
        finding.where,
        str(finding.n),
        str(finding.of),
        finding.about.unit,
        f"{finding.share:.1%}",
    )


def _limits(limits: Limits) -> dict[str, object]:
    return {name: value for name, value in asdict(limits).items() if name != "examples"}


def _sizes(split: Split) -> dict[str, int]:
    documents = split.documents
    return {
        "documents": len(documents),
        "words": sum(map(len, split.words)),
        "mentions": sum(len(document.mentions) for document in documents),
        "entities": sum(len(document.entities) for document in documents),
        "relations": sum(len(document.relations) for document in documents),
    }
