"""Where documents go: as lines that a kill cannot break, as a graph at the end, as tables to look at."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

import typer

from relex import graph
from relex.cli.tables import make_console, print_document
from relex.document import Document
from relex.errors import FormatError, known
from relex.formats import csv, jsonl, rlx
from relex.formats.files import write_chunks
from relex.schema import Schema

Sink = Callable[[Document], None]
"""Takes one document after the other; `FormatError` if the format cannot hold it."""

FORMATS = ("jsonl", "rlx", "csv", "graphml", "table")
"""What extraction can write."""


def write_json(value: object, out: Path) -> None:
    """Write plain values to a file as JSON, characters as they are."""
    write_chunks([json.dumps(value, indent=1, ensure_ascii=False) + "\n"], out)


def choose_format(name: str | None, out: Path | None) -> str:
    """Return the format named, or the one that the suffix of the output tells, or `jsonl`.

    Raises:
        BadParameter: an unknown format or suffix.
    """
    if name is None:
        if out is None:
            return "jsonl"
        name = out.suffix.removeprefix(".").lower()
        if name not in FORMATS:
            raise typer.BadParameter(
                f"{out}: no format has the suffix {out.suffix!r}; say which with --format: {known(FORMATS)}"
            )
    if name not in FORMATS:
        raise typer.BadParameter(f"unknown format {name!r}; known: {known(FORMATS)}")
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


def cut_unfinished(out: Path, *, schema: Schema) -> set[str]:
    """Cut an unfinished last line off a `.jsonl` output, and return the ids of the documents that it holds.

    Raises:
        FormatError: a line that holds no document, or one with types that `schema` does not have.
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
                document = json.loads(line)
                ids.add(document["id"])
                types = {mention["type"] for mention in document["mentions"]} - set(schema.mention_names)
                types |= {relation["type"] for relation in document["relations"]} - set(schema.relation_names)
            except (ValueError, KeyError, TypeError):
                raise FormatError(
                    f"{out}:{number}: not a document; --resume goes on with the output of an earlier relex extract"
                ) from None
            if types:
                raise FormatError(
                    f"{out}:{number}: the schema of the model has no {known(types)}; go on with the model that wrote "
                    "it, or name another OUT"
                )
            end += len(line)
        file.truncate(end)
    return ids


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
