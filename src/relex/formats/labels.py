"""Ids, labels and scores that have to be something: a line, a type, a number."""

from __future__ import annotations

import math
import re
from typing import Any

from relex.document import Document
from relex.errors import FormatError

_NOT_IN_TYPES = re.compile(r"[\s+()\[\]]+")
_NOT_IN_LINES = re.compile(r"[\t\r\n]")


def to_type(label: str) -> str:
    """Return a label as a type, a `_` for what a type cannot hold: white space, brackets and '+'."""
    return _NOT_IN_TYPES.sub("_", label)


def to_score(value: Any) -> float | None:
    """Return a score as it is, None if there is none; `TypeError` if it is no finite number."""
    if value is not None and (type(value) not in (int, float) or not math.isfinite(value)):
        raise TypeError(f"score {value!r} is no finite number")
    score: float | None = value
    return score


def line_id(document: Document, what: str) -> str:
    """Return the id of a document; `FormatError` if it cannot stand on a line of the format that `what` names."""
    if not document.id or document.id != document.id.strip() or _NOT_IN_LINES.search(document.id):
        raise FormatError(
            f"document {document.id!r} cannot be written as {what}: "
            "its id must be one line without outer white space or tabs; use jsonl"
        )
    return document.id
