"""The command line: parse, call, print, exit code."""

from __future__ import annotations

import logging
import sys
import warnings
from io import TextIOWrapper
from typing import Annotated

import typer
from huggingface_hub.utils.tqdm import disable_progress_bars

from relex.cli.compare import compare
from relex.cli.extract import extract
from relex.cli.failures import Commands
from relex.cli.files import check, convert, show
from relex.cli.info import info
from relex.cli.score import evaluate
from relex.cli.train import train
from relex.version import __version__

__all__ = ["app", "main"]

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # Plain help: it comes fast, keeps the lines of examples, and pipes well.
    rich_markup_mode=None,
)
for _command in (extract, evaluate, compare, train, convert, check, show, info):
    app.command()(_command)


def main() -> None:
    """Run the command line, as the console script `relex` does."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # What libraries say to the programs that call them is no news to who types a command.
    for category in (DeprecationWarning, FutureWarning):
        warnings.simplefilter("ignore", category)
    if not sys.stderr.isatty():
        disable_progress_bars()
    logging.basicConfig(format="relex: %(message)s", level=logging.WARNING)
    app(prog_name="relex")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"relex {__version__}")
        raise typer.Exit


@app.callback()
def describe(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Read diplomatic and political news and give back what it says as data.

    Results go to standard output, progress to standard error if it is a terminal. The exit code is 0 if all went
    well, 1 if something could not be done, each told in one line, and 2 if the command was used wrongly.

    \b
    Example:
      relex extract --sample -o sample.jsonl --force
      relex show sample.jsonl -o sample.html
    """
