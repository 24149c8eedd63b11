"""Where documents go: as lines that a kill cannot break, as a graph at the end, as tables to look at."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from relex import graph
from relex.cli.tables import make_console, print_document
from relex.document import Document
from relex.errors import FormatError, known
from relex.formats import csv, jsonl, rlx
from relex.formats.rlx_parser import META_KEYS
from relex.schema import Schema

Sink = Callable[[Document], None]
"""Takes one document after the other; `FormatError` if the format cannot hold it."""

FORMATS = ("jsonl", "rlx", "csv", "graphml", "table")
"""What extraction can write."""


def choose_format(name: str | None, out: Path | None) -> str:
    """Return the format named, or the one that the suffix of the output tells, or `jsonl`.

    Raises:
        FormatError: an unknown format or suffix.
    """
    if name is None:
        if out is None:
            return "jsonl"
        name = out.suffix.removeprefix(".").lower()
        if name not in FORMATS:
            raise FormatError(
                f"{out}: no format has the suffix {out.suffix!r}; say which with --format: {known(FORMATS)}"
            )
    if name not in FORMATS:
        raise FormatError(f"unknown format {name!r}; known: {known(FORMATS)}")
    return name


@contextmanager
def open_sink(format: str, out: Path | None, *, schema: Schema, resume: bool = False) -> Iterator[Sink]:
    """Open an output, standard output if None, and yield what takes the documents.

    `jsonl`, `csv` and `rlx` go out document by document, each whole and at once; `graphml` when all is done, and
    not at all after an error; `schema` tells which of its edges have no direction. With `resume` documents are put
    behind those that the file holds.
    """
    if format == "graphml":
        documents: list[Document] = []
        yield documents.append
        if out is None:
            _write(sys.stdout.buffer, graph.render(documents, schema=schema))
        else:
            graph.write_graphml(documents, out, schema=schema)
    elif format == "table":
        with nullcontext(sys.stdout) if out is None else out.open("w", encoding="utf-8") as text:
            yield partial(print_document, make_console(text))
    else:
        render = _RENDERERS[format]
        with _open(out, append=resume) as file:
            if format == "csv":
                _write(file, csv.render([]))
            yield lambda document: _write(file, render(document))


def cut_unfinished(out: Path) -> set[str]:
    """Cut an unfinished last line off a `.jsonl` output, and return the ids of the documents that it holds.

    Raises:
        FormatError: a line that holds no document.
    """
    ids: set[str] = set()
    end = 0
    if not out.exists():
        return ids
    with out.open("r+b") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                break
            try:
                ids.add(json.loads(line)["id"])
            except (ValueError, KeyError, TypeError):
                raise FormatError(
                    f"{out}:{number}: not a document; --resume goes on with the output of an earlier relex extract"
                ) from None
            end += len(line)
        file.truncate(end)
    return ids


def fit_rlx(document: Document) -> Document:
    """Return a document without annotation as `.rlx` can hold it: without blank lines and other metadata."""
    paragraphs = [line for line in re.split(r"\r\n|\r|\n", document.text) if line.strip()]
    meta = {key: " ".join(value.split()) for key, value in document.meta.items() if key in META_KEYS}
    return replace(document, text="\n".join(paragraphs), meta=meta)


_RENDERERS: Mapping[str, Callable[[Document], str]] = {
    "csv": lambda document: csv.render([document], header=False),
    "jsonl": lambda document: jsonl.render([document]),
    "rlx": lambda document: rlx.render([document]) + "\n",
}


@contextmanager
def _open(out: Path | None, *, append: bool = False) -> Iterator[BinaryIO]:
    if out is None:
        yield sys.stdout.buffer
    else:
        # Without a buffer, so that what is written at once reaches the file at once.
        with out.open("ab" if append else "wb", buffering=0) as file:
            yield cast(BinaryIO, file)


def _write(file: BinaryIO, text: str) -> None:
    rest = memoryview(text.encode("utf-8"))
    while rest:
        rest = rest[file.write(rest) :]
    file.flush()
