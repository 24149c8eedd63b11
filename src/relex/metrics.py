"""Counts and what follows from them: rates and signatures; `resampling` has intervals and tests.

Counts of one document are the state; every rate is derived from sums of them, so that a corpus counted
in parts, in any order, has the same score. In arrays the last axis holds tp, predicted, gold and found, and the
one before it the types of a level.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Hashable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from relex.errors import InputError, known

Array = npt.NDArray[np.float64]
Key = tuple[Hashable, ...]
"""One thing that is right or wrong as a whole; its first element is the type that it counts under."""

UNTYPED = ""
"""The type that counts stand under at a level without types."""

AVERAGES = ("micro", "macro")
PARTS = "parts"
"""The average over the levels that a level is the mean of, whatever the average that each of them takes."""

RATES = ("precision", "recall", "f1")
"""The rates, in the order of the last axis of an array of rates."""

# Sums of fractions differ in their last bits with the order of summation.
_TIE = 1e-12


@dataclass(frozen=True, slots=True)
class Level:
    """One thing that is scored, and how its matches are told in a signature.

    `typed` says whether its counts are kept by type; only then does it have a macro average. `status` is empty
    where nothing has a status. `parts` are the levels that it is the mean of, if it is one: it has no counts then.
    """

    name: str
    match: str
    description: str
    status: str = ""
    typed: bool = True
    parts: tuple[str, ...] = ()

    def choose_average(self, average: str) -> str:
        """Return how arrays of counts of the level are averaged; raise `InputError` if it has no such average."""
        check_average(average)
        if average == "macro" and not self.typed:
            raise InputError(f"level {self.name!r} has no types to average or list; ask for its micro average")
        return PARTS if self.parts else average


UNSEEN = "relation-unseen"
"""The level that needs to know the training documents."""


LEVELS: tuple[Level, ...] = (
    Level("mention", "strict", "mentions, nested ones included, with equal span and type"),
    Level("boundary", "span", "mentions with equal span", typed=False),
    Level("overlap", "overlap", "mentions that share a character with one of their type on the other side"),
    Level("named", "strict-named", "mentions with an upper-case letter or a digit, with equal span and type"),
    Level("entity", "ceaf-e", "entities by CEAF-e: Dice of mention spans under the best one-to-one match", typed=False),
    Level("muc", "muc-single", "entities by MUC: links between mentions of single entities", typed=False),
    Level("b3", "b3-single", "mentions of single entities by B³: what is kept of their entity", typed=False),
    Level("ceaf-e", "ceaf-e-single", "entities by CEAF-e over mentions of single entities", typed=False),
    Level("lea", "lea-single", "mentions of single entities by LEA: the links of their entity", typed=False),
    Level(
        "coreference",
        "mean(muc,b3,ceaf-e)",
        "the mean of MUC, B³ and CEAF-e over mentions of single entities, as the CoNLL scorer has it",
        typed=False,
        parts=("muc", "b3", "ceaf-e"),
    ),
    Level("group", "set", "group mentions with equal span that name the same entities"),
    Level("relation", "entity", "facts between entities, once each, with equal ends and type", "ignored"),
    Level("relation+status", "entity", "facts between entities with equal ends, type and status", "required"),
    Level("relation-cluster", "cluster", "facts between entities with equal type and all mentions equal", "ignored"),
    Level("relation-mention", "mention-strict", "relations by the spans and types of two mentions", "ignored"),
    Level("relation-boundary", "mention-span", "relations by the spans of two mentions", "ignored"),
    Level(
        "relation-undirected",
        "mention-strict-undirected",
        "relations by the spans and types of two mentions in either order",
        "ignored",
    ),
    Level(UNSEEN, "entity-unseen", "facts between entities, without credit for those in training", "ignored"),
)


@dataclass(frozen=True, slots=True, init=False)
class Counts:
    """How many were right, predicted and there to be found.

    `tp` is how much of what was predicted is right, `found` how much of gold was found: the same unless given,
    as it is wherever matches are one to one. Both may be fractional, where a match is a matter of degree. A rate
    over nothing is 0.

    Raises:
        InputError: a negative count, more right than predicted, or more found than gold.
    """

    tp: float
    predicted: int
    gold: int
    found: float

    def __init__(self, tp: float = 0, predicted: int = 0, gold: int = 0, found: float | None = None) -> None:
        found = tp if found is None else found
        if not (_within(tp, predicted) and _within(found, gold)):
            raise InputError(
                f"{tp=}, {predicted=}, {gold=}, {found=}: tp lies between 0 and predicted, found between 0 and gold"
            )
        object.__setattr__(self, "tp", tp)
        object.__setattr__(self, "predicted", predicted)
        object.__setattr__(self, "gold", gold)
        object.__setattr__(self, "found", found)

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.tp + other.tp, self.predicted + other.predicted, self.gold + other.gold, self.found + other.found
        )

    @property
    def precision(self) -> float:
        """The share of what was predicted that is right."""
        return self.tp / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """The share of what is gold that was found."""
        return self.found / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        precision, recall = self.precision, self.recall
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@dataclass(frozen=True, slots=True)
class Rates:
    """Precision, recall and F1 that are averages themselves, so that no counts stand behind them."""

    precision: float
    recall: float
    f1: float


def level_named(name: str) -> Level:
    """Return the level of that name; raise `InputError` if there is none."""
    for level in LEVELS:
        if level.name == name:
            return level
    raise InputError(f"no level {name!r}; levels: {', '.join(level.name for level in LEVELS)}")


def count_keys(gold: AbstractSet[Key], predicted: AbstractSet[Key]) -> dict[str, Counts]:
    """Count by type what two sets share: what is only in gold is missed, whether or not it was ever proposed."""
    counts: dict[str, list[int]] = {}
    for column, keys in enumerate((gold & predicted, predicted, gold)):
        for key in keys:
            counts.setdefault(str(key[0]), [0, 0, 0])[column] += 1
    return {name: Counts(tp, n_predicted, n_gold) for name, (tp, n_predicted, n_gold) in counts.items()}


def rates(counts: Array) -> Array:
    """Return precision, recall and F1 of counts; (..., 4) -> (..., 3). A rate over nothing is 0."""
    tp, predicted, gold, found = (counts[..., i] for i in range(4))
    precision, recall = divide(tp, predicted), divide(found, gold)
    return np.stack([precision, recall, divide(2 * precision * recall, precision + recall)], axis=-1)


def drawn_rates(counts: Array, whole: Array) -> Array:
    """Return the rates of counts that were drawn from those of a whole; (..., 4) twice -> (..., 3).

    What a draw has nothing of, neither gold nor predicted, keeps its rate over the whole: the draw says nothing of it.
    """
    is_empty = (counts[..., 1:2] == 0) & (counts[..., 2:3] == 0)
    return np.where(is_empty, rates(whole), rates(counts))


def average_rates(counts: Array, average: str, *, whole: Array | None = None) -> Array:
    """Return averaged rates over types; (..., types, 4) -> (..., 3).

    `micro` pools the counts of all types; `macro` is the mean of the rates of the types with gold support,
    so a type that occurs nowhere in gold changes no macro average. `parts` is the mean over levels that stand in
    place of types: without gold support a level has rates of 0 and still counts.

    If the counts were drawn from those of a whole, it decides which types have support, so that all draws average over
    the same; see `drawn_rates` for the others.
    """
    whole = counts if whole is None else whole
    if average == PARTS:
        return np.asarray(drawn_rates(counts, whole).mean(axis=-2))
    check_average(average)
    if average == "micro":
        return drawn_rates(counts.sum(axis=-2), whole.sum(axis=-2))
    supported = whole[..., 2:3] > 0
    total = (drawn_rates(counts, whole) * supported).sum(axis=-2)
    return np.asarray(total / np.maximum(supported.sum(axis=-2), 1))


def divide(numerator: Array, denominator: Array) -> Array:
    """Return ratios of equal shape; over nothing they are 0."""
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)


def digest(value: Any) -> str:
    """Return the SHA-256 of plain values, in hexadecimal; equal values have equal digests."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def sign(level: Level, *fields: tuple[str, object]) -> str:
    """Return the signature of a number at a level: `relation|match:entity|status:ignored|…` and the fields."""
    pairs: list[tuple[str, object]] = [("match", level.match)]
    if level.status:
        pairs.append(("status", level.status))
    return "|".join([level.name, *(f"{name}:{value}" for name, value in (*pairs, *fields))])


def sign_levels(levels: Iterable[Level], sign: Callable[..., str]) -> Iterator[str]:
    """Yield the signatures of what a table of levels shows: of every level, then of the means over types."""
    levels = tuple(levels)
    yield from (sign(level.name) for level in levels)
    yield from (sign(level.name, average="macro") for level in levels if level.typed)


def check_average(average: str) -> None:
    """Raise `InputError` if the average has no such name."""
    if average not in AVERAGES:
        raise InputError(f"no average {average!r}; averages: {known(AVERAGES)}")


def _within(part: float, whole: int) -> bool:
    return -_TIE <= part <= whole + 1e-9
