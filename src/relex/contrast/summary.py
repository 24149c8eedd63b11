"""Judged contrast sets: the shares of texts and sets that were read right, by phenomenon."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from relex.errors import InputError, known
from relex.markdown import format_signatures, format_table
from relex.metrics import Array, digest, level_named, sign
from relex.report import N_SAMPLES, SEED, data_fields
from relex.resampling import Interval, ratio_interval
from relex.schema import Schema
from relex.version import __version__

CONTRAST_LEVELS = ("relation", "relation+status")
"""The levels at which sets are judged: facts by ends and type, or by their status too."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one text of a set was read.

    Attributes:
        right: whether every flipped fact of the set is stated or not stated as in gold.
        strict: whether all facts of the text are, flipped or not.
        chances: how many flipped facts another member states and this one does not, though it mentions both ends; with
            status also those that another states with a status that this one does not give them.
        false: how many of these are predicted all the same; with status, with any status but that in gold.
    """

    right: bool
    strict: bool
    chances: int
    false: int


@dataclass(frozen=True, slots=True)
class JudgedText:
    """A member of a set, its verdicts by level, and the digest of its gold annotation."""

    id: str
    gold: str
    verdicts: Mapping[str, Verdict]


@dataclass(frozen=True, slots=True)
class ContrastSet:
    """The judged members of one set, in the order of their ids, and how many facts differ between them."""

    id: str
    phenomenon: str
    n_flipped: int
    texts: tuple[JudgedText, ...]


_Measure = Callable[[Sequence[Verdict]], tuple[int, int]]

_MEASURES: Mapping[str, _Measure] = {
    "text": lambda verdicts: (sum(own.right for own in verdicts), len(verdicts)),
    "set": lambda verdicts: (all(own.right for own in verdicts), 1),
    "false-positive": lambda verdicts: (sum(own.false for own in verdicts), sum(own.chances for own in verdicts)),
    "strict-text": lambda verdicts: (sum(own.strict for own in verdicts), len(verdicts)),
    "strict-set": lambda verdicts: (all(own.strict for own in verdicts), 1),
}
MEASURES = tuple(_MEASURES)
"""What is measured of sets.

`text`: the share of texts with every flipped fact right. `set`: the share of sets with every text right.
`false-positive`: of the chances to state what another member of the set states, the share that is taken; see `Verdict`.
`strict-text`, `strict-set`: as the first two, with all facts of the texts.
"""


@dataclass(frozen=True)
class Contrast:
    """The judged sets, in the order of their ids; shares are derived when asked for.

    Raises:
        InputError: no sets.
    """

    sets: tuple[ContrastSet, ...]
    schema: Schema

    def __post_init__(self) -> None:
        if not self.sets:
            raise InputError("no contrast sets to judge; check the path of the gold documents")
        object.__setattr__(self, "sets", tuple(sorted(self.sets, key=lambda own: own.id)))

    def __str__(self) -> str:
        rows = [("phenomenon", *_COLUMNS), *self._rows("relation+status")]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows]
        return "\n".join([*lines, self.share("set").signature])

    @property
    def phenomena(self) -> tuple[str, ...]:
        """What the sets are about, sorted."""
        return tuple(sorted({own.phenomenon for own in self.sets}))

    def share(
        self,
        measure: str,
        *,
        level: str = "relation+status",
        phenomenon: str | None = None,
        n_samples: int = N_SAMPLES,
        seed: int = SEED,
    ) -> Interval:
        """Return one of `MEASURES`, of all sets or of those about a phenomenon, with its 95 % interval over sets.

        Raises:
            InputError: an unknown measure, level or phenomenon, or a measure without a value; see `measures`.
        """
        if measure not in MEASURES:
            raise InputError(f"no measure {measure!r}; measures: {', '.join(MEASURES)}")
        if measure not in self.measures(level=level, phenomenon=phenomenon):
            raise InputError(f"no text has a chance of a {measure} at level {level!r}, so there is no share of them")
        sets, parts = self._of(phenomenon), self._count(measure, level, phenomenon)
        facts = "all" if measure.startswith("strict") else "flipped"
        fields: list[tuple[str, object]] = [("facts", facts), ("measure", measure)]
        if phenomenon is not None:
            fields.append(("phenomenon", phenomenon))
        fields += data_fields(self.schema, [text.gold for own in sets for text in own.texts])
        fields += [
            ("sets", len(sets)),
            ("grouping", _group(sets)),
            ("bs", n_samples),
            ("seed", seed),
            ("relex", __version__),
        ]
        signature = f"contrast|{sign(level_named(level), *fields)}"
        return ratio_interval(parts, signature=signature, n_samples=n_samples, seed=seed)

    def measures(self, *, level: str = "relation+status", phenomenon: str | None = None) -> tuple[str, ...]:
        """Return those of `MEASURES` that have a value: sets may give no chance of a false positive."""
        if level not in CONTRAST_LEVELS:
            raise InputError(f"contrast sets are not judged at level {level!r}; levels: {', '.join(CONTRAST_LEVELS)}")
        if phenomenon is not None and phenomenon not in self.phenomena:
            raise InputError(f"no sets about {phenomenon!r}; there are sets about {known(self.phenomena)}")
        return tuple(name for name in MEASURES if self._count(name, level, phenomenon)[:, 1].any())

    def to_dict(self) -> dict[str, Any]:
        """Return all shares with intervals and signatures, and the verdicts, as plain values, ready for JSON."""
        parts = {"": None, **{name: name for name in self.phenomena}}
        shares = {
            level: {
                name or "all": {
                    measure: asdict(self.share(measure, level=level, phenomenon=own))
                    for measure in self.measures(level=level, phenomenon=own)
                }
                for name, own in parts.items()
            }
            for level in CONTRAST_LEVELS
        }
        texts = [
            {"id": text.id, **{level: asdict(verdict) for level, verdict in text.verdicts.items()}}
            for own in self.sets
            for text in own.texts
        ]
        return {"n_sets": len(self.sets), "n_texts": len(texts), "levels": shares, "texts": texts}

    def to_markdown(self, level: str = "relation+status") -> str:
        """Return the shares by phenomenon as a table in Markdown; the interval is that of whole sets."""
        table = format_table([("phenomenon", *_COLUMNS), *self._rows(level)])
        return f"{table}\n\n{format_signatures(self.share('set', level=level).signature)}\n"

    def table(self, level: str = "relation+status") -> Table:
        """Return the shares by phenomenon as a table to print with rich; the interval is that of whole sets."""
        n_texts = sum(len(own.texts) for own in self.sets)
        caption = self.share("set", level=level).signature
        title = f"{n_texts} texts in {len(self.sets)} sets"
        table = Table(title=title, caption=escape(caption), box=SIMPLE_HEAD, padding=0)
        table.show_edge = False
        table.add_column("phenomenon", overflow="fold")
        for name in _COLUMNS:
            table.add_column(name, justify="right", no_wrap=True)
        for row in self._rows(level):
            table.add_row(*map(escape, row))
        return table

    def _rows(self, level: str) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = []
        for phenomenon in (*self.phenomena, None):
            sets = self._of(phenomenon)
            counts = (str(len(sets)), str(sum(len(own.texts) for own in sets)))
            shares = {
                measure: self.share(measure, level=level, phenomenon=phenomenon)
                for measure in self.measures(level=level, phenomenon=phenomenon)
            }
            text, whole, false, strict = (
                f"{shares[measure].point:.4f}" if measure in shares else ""
                for measure in ("text", "set", "false-positive", "strict-text")
            )
            interval = f"{shares['set'].low:.4f}–{shares['set'].high:.4f}"
            rows.append((phenomenon or "all", *counts, text, whole, interval, false, strict))
        return rows

    def _of(self, phenomenon: str | None) -> list[ContrastSet]:
        return [own for own in self.sets if phenomenon in (None, own.phenomenon)]

    def _count(self, measure: str, level: str, phenomenon: str | None) -> Array:
        """Return the part and the whole of a measure for each set: [sets, 2]."""
        count = _MEASURES[measure]
        rows = [count([text.verdicts[level] for text in own.texts]) for own in self._of(phenomenon)]
        return np.array(rows, dtype=float)


def _group(sets: Sequence[ContrastSet]) -> str:
    """Return what tells apart how texts are put together in sets."""
    return digest(sorted(digest(sorted(text.gold for text in own.texts)) for own in sets))[:8]


_COLUMNS = ("sets", "texts", "text", "set", "95 % interval", "FP", "strict")
