"""The options that commands share, and what they may be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from relex.errors import FormatError, SchemaError, known
from relex.formats import PREDICTIONS, READABLE, WRITABLE
from relex.metrics import LEVELS
from relex.schema import Schema, load_schema

READ = ", ".join(READABLE)
WRITTEN = ", ".join((*WRITABLE, "graphml"))


def read_schema(source: str) -> Schema:
    """Return the schema of a name or file; a name that relex carries no schema of is wrong use."""
    try:
        return load_schema(source)
    except SchemaError as error:
        if Path(source).suffix == ".toml":
            raise
        raise typer.BadParameter(str(error)) from None


def check_read(given: str | None) -> str | None:
    """Return what was given as a format to read; what is no name of one is wrong use."""
    return _check(given, READABLE)


def check_written(given: str | None) -> str | None:
    """Return what was given as a format to write; what is no name of one is wrong use."""
    return _check(given, (*WRITABLE, "graphml"))


def check_predicted(given: str | list[str] | None) -> str | list[str] | None:
    """Return what was given as a format of predictions, or as several; what is no name of one is wrong use."""
    for name in [given] if isinstance(given, str) else given or ():
        _check(name, (*READABLE, *PREDICTIONS))
    return given


def check_out(given: Path | None) -> Path | None:
    """Return a file to be written; `FormatError` if it cannot be one, before what it is to hold is worked out."""
    if given is not None and given.is_dir():
        raise FormatError(f"cannot write {given}: it is a directory; name a file in it")
    if given is not None and not given.parent.is_dir():
        raise FormatError(f"cannot write {given}: there is no directory {given.parent}; make it first")
    return given


def _check(name: str | None, wanted: Sequence[str]) -> str | None:
    if name is not None and name not in wanted:
        raise typer.BadParameter(f"unknown format {name!r}; known: {known(wanted)}")
    return name


Json = Annotated[
    Path | None,
    typer.Option("--json", metavar="OUT", callback=check_out, help="Also write all numbers to this file."),
]
SchemaName = Annotated[
    str | None,
    typer.Option(
        "--schema",
        metavar="NAME|FILE",
        help="The schema to score by: diplomatic, or a .toml file.",
        show_default="that of the model; else diplomatic if it fits the gold documents, else inferred from them",
    ),
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        callback=check_read,
        help="The format of the gold and training documents, if no suffix tells.",
    ),
]
Seen = Annotated[
    str | None,
    typer.Option(
        "--seen",
        metavar="TRAIN",
        help="The documents trained on: also score facts without credit for those stated there (Ign F1).",
    ),
]
SCORED = f"What is scored: {', '.join(level.name for level in LEVELS)} (needs --seen)."
"""What a level may be, for the help of options that take one."""
