"""How many answers stay as they are under each change."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from relex.errors import InputError
from relex.markdown import format_signatures, format_table
from relex.report import N_SAMPLES, SEED
from relex.resampling import Interval, ratio_interval
from relex.version import __version__

INVARIANCE_MEASURES = ("mention", "relation", "document")
"""What is measured of answers.

`mention`: of all mentions in either answer, the share that is in both with equal span and type (Jaccard). `relation`:
of all facts in either, the share that is in both with equal ends, type and status; both over the texts with any.
`document`: the share of texts of which both say the same in all, entities included.
"""

_COLUMNS = ("texts", "mention", "95 % interval", "relation", "95 % interval", "document")


@dataclass(frozen=True, slots=True)
class Kept:
    """What two answers to one text have in common: how many mentions and facts are in both, and how many in either.

    `text` is the position of the text among those read.
    """

    text: int
    mentions: int
    any_mentions: int
    facts: int
    any_facts: int
    unchanged: bool


@dataclass(frozen=True, slots=True)
class ChangedAnswers:
    """What was kept of the answers to the texts that a change alters; those that it leaves as they are do not count."""

    name: str
    description: str
    texts: tuple[Kept, ...]

    @property
    def measures(self) -> tuple[str, ...]:
        """Those of `INVARIANCE_MEASURES` that have a value: there may be no mention, or no fact, in any answer."""
        return tuple(measure for measure in INVARIANCE_MEASURES if self.count_texts(measure))

    def count_texts(self, measure: str) -> int:
        """Return how many texts a measure is taken over: those with any mention, or any fact, or all of them."""
        return sum(_parts(kept, measure)[1] > 0 for kept in self.texts)


@dataclass(frozen=True)
class Invariance:
    """The answers kept under each change; shares are derived when asked for.

    `compared` names what all changes are compared with, `data` is the digest of the texts, `symmetric` that of the
    names of the relations without direction.
    """

    changes: tuple[ChangedAnswers, ...]
    compared: str
    data: str
    n_texts: int
    symmetric: str

    def __str__(self) -> str:
        rows = [("change", *_COLUMNS), *self._rows()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows]
        return "\n".join([*lines, self.signature])

    @property
    def signature(self) -> str:
        """The signature of all shares, but for what each of them adds."""
        return self.sign()

    def sign(self, *more: tuple[str, object]) -> str:
        """Return the signature of a share; `more` names what else it depends on."""
        fields = (
            *more,
            ("against", self.compared),
            ("symmetric", self.symmetric[:8]),
            ("data", self.data[:12]),
            ("n", self.n_texts),
            ("relex", __version__),
        )
        return "|".join(["invariance", *(f"{name}:{value}" for name, value in fields)])

    def share(
        self, change: str, measure: str = "document", *, n_samples: int = N_SAMPLES, seed: int = SEED
    ) -> Interval:
        """Return one of `INVARIANCE_MEASURES` under a change, with its 95 % interval over texts.

        Raises:
            InputError: an unknown change or measure, a change that alters none of the texts, or a measure of what is in
                neither answer to any text.
        """
        if measure not in INVARIANCE_MEASURES:
            raise InputError(f"no measure {measure!r}; measures: {', '.join(INVARIANCE_MEASURES)}")
        answers = next((own for own in self.changes if own.name == change), None)
        if answers is None:
            raise InputError(f"no change {change!r} was tried; tried: {', '.join(own.name for own in self.changes)}")
        if not answers.texts:
            raise InputError(f"change {change!r} alters none of the {self.n_texts} texts, so nothing was compared")
        if measure not in answers.measures:
            raise InputError(f"there is no {measure} in any answer under {change!r}, so there is no share of them")
        # Resampling must not depend on the order of the texts.
        parts = np.array(sorted(_parts(kept, measure) for kept in answers.texts), dtype=float)
        more = (("change", change), ("measure", measure), ("changed", len(parts)), ("bs", n_samples), ("seed", seed))
        return ratio_interval(parts, signature=self.sign(*more), n_samples=n_samples, seed=seed)

    def to_dict(self) -> dict[str, Any]:
        """Return the shares under every change, with intervals and signatures, as plain values, ready for JSON."""
        changes = [
            {
                "name": own.name,
                "description": own.description,
                "n_changed": len(own.texts),
                "shares": {measure: asdict(self.share(own.name, measure)) for measure in own.measures},
            }
            for own in self.changes
        ]
        return {"n_texts": self.n_texts, "compared": self.compared, "changes": changes, "signature": self.signature}

    def to_markdown(self) -> str:
        """Return the shares under every change as a table in Markdown."""
        return f"{format_table([('change', *_COLUMNS), *self._rows()])}\n\n{format_signatures(self.signature)}\n"

    def table(self) -> Table:
        """Return the shares under every change as a table to print with rich."""
        title = f"{self.n_texts} texts, answers kept"
        table = Table(title=title, caption=escape(self.signature), box=SIMPLE_HEAD, padding=0)
        table.show_edge = False
        table.add_column("change", overflow="fold")
        for name in _COLUMNS:
            table.add_column(name, justify="right", no_wrap=True)
        for row in self._rows():
            table.add_row(*map(escape, row))
        return table

    def _rows(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = []
        for own in self.changes:
            cells = []
            for measure in INVARIANCE_MEASURES:
                share = self.share(own.name, measure) if measure in own.measures else None
                has_spread = own.count_texts(measure) > 1
                cells.append(f"{share.point:.4f}" if share else "")
                cells.append(f"{share.low:.4f}–{share.high:.4f}" if share and has_spread else "")
            # Of whole texts the share alone is shown.
            rows.append((own.name, str(len(own.texts)), *cells[:-1]))
        return rows


def _parts(kept: Kept, measure: str) -> tuple[int, int]:
    if measure == "mention":
        return kept.mentions, kept.any_mentions
    if measure == "relation":
        return kept.facts, kept.any_facts
    return kept.unchanged, 1
