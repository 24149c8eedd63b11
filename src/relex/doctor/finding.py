"""What the doctor is given and what it says: splits, limits, and findings with examples."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from relex.config import DecodeConfig, ModelConfig
from relex.doctor.checks import CHECKS, Check
from relex.document import Document, Mention
from relex.errors import InputError, known

# Chinese and Japanese are written without spaces: each of their characters is taken for a word.
_UNSPACED = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
_QUOTE_WIDTH = 60
_MODEL = ModelConfig()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From where on something is told.

    `near` is the least Jaccard index of near duplicates, `support` the fewest examples that a type should have,
    `outlier` the least robust z-score of an odd document (3.5 as in Iglewicz and Hoaglin 1993). The other limits,
    in words as `relex.encoding` cuts them, are those of a model by default: the longest span, what its encoder reads
    at once at most, and how far apart mentions may stand to be compared.
    """

    near: float = 0.5
    support: int = 20
    outlier: float = 3.5
    max_span_words: int = _MODEL.max_span_words
    encoder_words: int = _MODEL.window_pieces - 2
    max_pair_words: int = DecodeConfig().max_pair_words
    examples: int = 5

    def __post_init__(self) -> None:
        if not 0 < self.near <= 1:
            raise InputError(f"near must lie in (0, 1], not {self.near}; it is a Jaccard index")
        for name in ("support", "outlier", "max_span_words", "encoder_words", "max_pair_words", "examples"):
            if getattr(self, name) < 0:
                raise InputError(f"{name} must not be negative, not {getattr(self, name)}")

    def cut(self, examples: Sequence[Example]) -> tuple[Example, ...]:
        """Return as many examples as are told."""
        return tuple(examples[: self.examples])


@dataclass(frozen=True)
class Split:
    """A part of a corpus under its name."""

    name: str
    documents: tuple[Document, ...]

    @cached_property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """The words of each document, without case and punctuation."""
        return tuple(split_lower(document.text) for document in self.documents)


@dataclass(frozen=True, slots=True)
class Example:
    """Where something was found: ids of documents, and what stands there."""

    documents: tuple[str, ...]
    note: str

    def __str__(self) -> str:
        return ": ".join(filter(None, (", ".join(self.documents), self.note)))


@dataclass(frozen=True)
class Finding:
    """How much of what a check looks for there is in a split, or in the second of two that the first has too.

    `n` of `of` units were found. `figures` holds more numbers by name, such as a distribution; `examples` the most
    telling places.

    Raises:
        InputError: no check of that name.
    """

    check: str
    splits: tuple[str, ...]
    n: int
    of: int
    examples: tuple[Example, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if self.check not in CHECKS:
            raise InputError(f"no check {self.check!r}; checks: {known(CHECKS)}")
        object.__setattr__(self, "figures", MappingProxyType(dict(self.figures)))

    def __str__(self) -> str:
        check = self.about
        head = f"{self.check} in {self.where}: {self.n} of {self.of} {check.unit} ({self.share:.1%})"
        lines = [f"  {check.description}"]
        if self.figures:
            lines.append("  " + ", ".join(f"{name}: {value:g}" for name, value in self.figures.items()))
        lines += [f"  - {example}" for example in self.examples]
        return "\n".join([head, *lines, f"  to do: {check.advice}"])

    @property
    def about(self) -> Check:
        """What the check counts, what it means and what to do."""
        return CHECKS[self.check]

    @property
    def share(self) -> float:
        """The share of the units looked at in which something was found; 0 of nothing is 0."""
        return self.n / self.of if self.of else 0.0

    @property
    def where(self) -> str:
        """The split, or both with an arrow from the one that has it first."""
        return " → ".join(self.splits)

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain values, ready for JSON."""
        return {
            "check": self.check,
            "splits": list(self.splits),
            "n": self.n,
            "of": self.of,
            "unit": self.about.unit,
            "description": self.about.description,
            "advice": self.about.advice,
            "figures": dict(self.figures),
            "examples": [{"documents": list(e.documents), "note": e.note} for e in self.examples],
        }


def split_lower(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case, without punctuation, however its letters are composed."""
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def on_one_line(text: str) -> str:
    """Return a text with one space wherever it has white space."""
    return " ".join(text.split())


def surface(document: Document, mention: Mention) -> str:
    """Return the text of a mention on one line."""
    return on_one_line(document.text[mention.start : mention.end])


def is_name(text: str) -> bool:
    """Return whether a mention's text has a capital or a digit."""
    return any(char.isupper() or char.isdigit() for char in text)


def quote(text: str) -> str:
    """Return a text in quotation marks, shortened, without characters that move a cursor."""
    return repr(text if len(text) <= _QUOTE_WIDTH else text[: _QUOTE_WIDTH - 1] + "…")


def some(documents: Sequence[str]) -> tuple[str, ...]:
    """Return the first few different ids of documents, enough to look at."""
    return tuple(dict.fromkeys(documents))[:3]
