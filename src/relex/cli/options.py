"""The options that commands share, and what they may be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from relex.errors import SchemaError, known
from relex.formats import FORMATS, PREDICTIONS
from relex.metrics import LEVELS
from relex.schema import Schema, load_schema

_NAMED = (*FORMATS, *PREDICTIONS, "graphml")


def read_schema(source: str) -> Schema:
    """Return the schema of a name or file; a name that relex carries no schema of is wrong use."""
    try:
        return load_schema(source)
    except SchemaError as error:
        if Path(source).suffix == ".toml":
            raise
        raise typer.BadParameter(str(error)) from None


def check_format(given: str | list[str] | None) -> str | list[str] | None:
    """Return what was given as a format, or as several; what is no name of one is wrong use."""
    for name in [given] if isinstance(given, str) else given or ():
        if name not in _NAMED:
            raise typer.BadParameter(f"unknown format {name!r}; known: {known(_NAMED)}")
    return given


Json = Annotated[Path | None, typer.Option("--json", metavar="OUT", help="Also write all numbers to this file.")]
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
        callback=check_format,
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
