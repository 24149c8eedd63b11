"""What the fields of values are checked with: names, scores, tuples and mappings of one kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from math import isfinite
from types import MappingProxyType
from typing import Any, TypeVar

from relex.errors import DocumentError, InputError

T = TypeVar("T")

_BAD_NAME = re.compile(r"[\s+()\[\]\ud800-\udfff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def is_name(value: Any) -> bool:
    """Return whether a value can be an id or a type: a word without white space, brackets, '+' or lone surrogates."""
    return isinstance(value, str) and _is_word(value)


def is_score(value: Any) -> bool:
    """Return whether a value can be a score: a finite number. Other systems give logits, ours give probabilities."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)


def is_span(value: Any) -> bool:
    """Return whether a value is a tuple of two offsets."""
    return type(value) is tuple and len(value) == 2 and type(value[0]) is type(value[1]) is int


def bad_name(name: Any, what: str) -> DocumentError:
    """Return the error of what fails `is_name`."""
    return DocumentError(f"{what} {name!r} must be a word without white space, brackets, '+' or lone surrogates")


def bad_score(score: Any, where: str) -> DocumentError:
    """Return the error of what fails `is_score`."""
    return DocumentError(f"{where}: score must be a finite number, or None, not {score!r}")


def check_text(text: str, what: str) -> None:
    """Raise `DocumentError` if a string has a lone surrogate, which no file can hold; `what` begins the error."""
    if surrogate := _SURROGATE.search(text):
        raise DocumentError(
            f"{what}: lone surrogate at offset {surrogate.start()}; "
            "decode the source as UTF-8, for instance with errors='replace'"
        )


def take_tuple(values: Any, kind: type[T], what: str) -> tuple[T, ...]:
    """Return values of one kind as a tuple; `DocumentError` if they are none, such as a string in place of several."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise DocumentError(f"{what} must be a tuple of {kind.__name__}, not {values!r}; write (value,) for one")
    items = tuple(values)
    # Nearly always all are of the very type, which is seen at once.
    if {*map(type, items)} - {kind}:
        for item in items:
            if not isinstance(item, kind):
                raise DocumentError(f"{what} must be a tuple of {kind.__name__}, but holds {item!r}")
    return items


def take_items(values: Any, kind: type[T], what: str) -> Iterator[T]:
    """Return an iterator over values of one kind.

    Raises:
        InputError: no iterable of several values; or, when it is come to, a value of another kind.
    """
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise InputError(f"{what} must be several, such as a list, not {type(values).__name__}")
    return _pass_items(values, kind, what)


def take_mapping(values: Any, kind: type[T], what: str) -> Mapping[str, T]:
    """Return a read-only copy of a mapping from strings to values of one kind; `DocumentError` if it is none."""
    if not isinstance(values, Mapping):
        raise DocumentError(f"{what} must be a mapping, not {values!r}; leave it out if there is nothing to say")
    for key, value in values.items():
        if not (isinstance(key, str) and isinstance(value, kind)):
            raise DocumentError(f"{what} must map str to {kind.__name__}, not {key!r} to {value!r}")
        for text in (key, value):
            if isinstance(text, str):
                check_text(text, f"{what} {key!r}")
    return MappingProxyType(dict(values))


def _pass_items(values: Iterable[Any], kind: type[T], what: str) -> Iterator[T]:
    for i, value in enumerate(values):
        if not isinstance(value, kind):
            raise InputError(f"{what}: item {i} is {type(value).__name__}, not {kind.__name__}")
        yield value


@lru_cache(maxsize=1 << 14)
def _is_word(value: str) -> bool:
    # Types are few, and an id stands in many mentions and relations.
    return bool(value) and not _BAD_NAME.search(value)
