"""`relex extract`: texts in, documents out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

import relex
from relex.cli.failures import Failures
from relex.cli.inputs import STDIN, iterate_inputs, read_sample
from relex.cli.outputs import choose_format, cut_unfinished, fit_rlx, open_sink
from relex.errors import FormatError, RelexError


def extract(
    context: typer.Context,
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE|-", show_default=False, help="What to read; '-' is standard input."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="OUT", help="File to write, in place of standard output.")
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(metavar="FORMAT", help="jsonl, rlx, csv, graphml or table; by the suffix of OUT if not given."),
    ] = None,
    model: Annotated[
        str, typer.Option(metavar="NAME", help="A released model, a model directory, or a hub id.")
    ] = "diplomatic",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the .jsonl OUT of an earlier run that was cut short.")
    ] = False,
    batch_size: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Word pieces that the model reads at once; less takes less memory."),
    ] = None,
    sample: Annotated[bool, typer.Option("--sample", help="Read the article that relex brings along.")] = False,
) -> None:
    """Read texts and write what they say.

    Every text becomes a document: the text with its mentions, entities and relations.

    A FILE is plain text (.txt or no suffix), .jsonl (one object a line with the text under 'text', perhaps with an
    'id') or .rlx (its text alone counts), in UTF-8; of a directory all such files are read. Standard input is read
    for '-' or if there is no FILE: as .jsonl if it begins with '{', else as one text. A document is named after its
    file, or by the 'id' of its record; if two would have one name, the second gets its path.

    jsonl holds everything: one document a line. csv is a table of relations, one a row. rlx is the format to read
    and correct by hand; it has no blank lines, so they are taken out of the text first. graphml is one graph of all
    entities and relations. table is for the eye.

    A file or record that cannot be read is told on standard error and the rest goes on; the exit code is then 1.
    Documents are written as soon as they are done, each at once, so that a kill leaves whole lines; graphml is
    written at the end. With --resume, which needs a .jsonl output and the same FILEs, those in OUT are not read
    again; from .jsonl make other formats with relex convert.

    \b
    Examples:
      relex extract article.txt --format table
      relex extract archive/ more.jsonl -o facts.jsonl
      relex extract archive/ more.jsonl -o facts.jsonl --resume
      cat article.txt | relex extract --format csv > facts.csv
    """
    if sample and files:
        context.fail("give either FILE or --sample")
    if not sample and not files and sys.stdin.isatty():
        context.fail("no FILE: name files to read, pipe a text in, or try --sample")
    if out is not None and str(out) == STDIN:
        out = None
    chosen = choose_format(format, out)
    if resume and (out is None or chosen != "jsonl"):
        context.fail(
            "--resume goes on with a .jsonl file: name it with -o; make other formats of it with relex convert"
        )
    names = files or [STDIN]
    if out is not None:
        _protect_inputs(names, out)

    failures = Failures()
    extractor = relex.load(model)
    done = cut_unfinished(out) if resume and out is not None else set()
    documents = iter([read_sample()]) if sample else iterate_inputs(names, report=failures.tell)
    todo = (document for document in documents if document.id not in done)
    if chosen == "rlx":
        todo = (fit_rlx(document) for document in todo)
    # A bar and results on one terminal would write over each other.
    progress = sys.stderr.isatty() and (out is not None or not sys.stdout.isatty())
    with open_sink(chosen, out, schema=extractor.schema, resume=resume) as write:
        for document in extractor.pipe(todo, batch_size=batch_size, progress=progress):
            try:
                write(document)
            except RelexError as error:
                failures.tell(str(error))
    failures.exit()


def _protect_inputs(names: list[str], out: Path) -> None:
    for name in names:
        if name != STDIN and out.exists() and out.samefile(name):
            raise FormatError(f"{out} is both read and written; give another name with -o")
