"""Ids and labels that have to fit: into a type, or onto a line."""

from __future__ import annotations

import re

from relex.document import Document
from relex.errors import FormatError

_NOT_IN_TYPES = re.compile(r"[\s+()\[\]]+")
_NOT_IN_LINES = re.compile(r"[\t\r\n]")


def to_type(label: str) -> str:
    """Return a label as a type, a `_` for what a type cannot hold: white space, brackets and '+'."""
    return _NOT_IN_TYPES.sub("_", label)


def line_id(document: Document, what: str) -> str:
    """Return the id of a document; `FormatError` if it cannot stand on a line of the format that `what` names."""
    if not document.id or document.id != document.id.strip() or _NOT_IN_LINES.search(document.id):
        raise FormatError(
            f"document {document.id!r} cannot be written as {what}: "
            "its id must be one line without outer white space or tabs; use jsonl"
        )
    return document.id
