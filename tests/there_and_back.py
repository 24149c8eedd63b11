"""A document written and read again, and by plain loops what of it a poorer format can hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from relex import formats
from relex.document import Document, Mention


def go_and_return(document: Document, *, format: str, back: str | None = None) -> Document:
    """Return a document as it is read from the file that it was written to, under `back` if that is another format."""
    with TemporaryDirectory() as directory:
        path = Path(directory) / "file"
        formats.write([document], path, format=format)
        (found,) = formats.read(path, format=back or format)
    return found


def even_out(text: str) -> str:
    """Return a text with one space for white space, and none at its ends."""
    return " ".join(re.findall(r"[^ \t\r\n]+", text))


def surfaces(document: Document, mentions: Sequence[Mention]) -> list[tuple[str, str]]:
    """Return the texts and types of mentions, white space evened out, those of nothing else left out."""
    own = [(even_out(document.text[mention.start : mention.end]), mention.type) for mention in mentions]
    return [pair for pair in own if pair[0]]


def outermost(mentions: Sequence[Mention]) -> list[Mention]:
    """Return the mentions that stand in no other."""
    return [m for m in mentions if not any(o is not m and o.start <= m.start and m.end <= o.end for o in mentions)]


def innermost(mentions: Sequence[Mention]) -> list[Mention]:
    """Return the mentions that no other stands in."""
    return [m for m in mentions if not any(o is not m and m.start <= o.start and o.end <= m.end for o in mentions)]
