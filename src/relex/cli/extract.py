"""`relex extract`: texts in, documents out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

import relex
from relex.cli.failures import Failures, tell
from relex.cli.inputs import STDIN, is_output, iterate_inputs, read_sample
from relex.cli.outputs import choose_format, cut_unfinished, open_sink
from relex.errors import RelexError
from relex.formats import rlx
from relex.formats.drops import Drops


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
    force: Annotated[bool, typer.Option("--force", help="Write OUT anew, whatever it holds.")] = False,
    batch_size: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Word pieces that the model reads at once; less takes less memory."),
    ] = None,
    sample: Annotated[bool, typer.Option("--sample", help="Read the article that relex brings along.")] = False,
) -> None:
    """Read texts and write what they say.

    Every text becomes a document: the text with its mentions, entities and relations.

    A FILE is plain text (.txt or no suffix), .jsonl (one object a line with the text under 'text', perhaps with an
    'id') or .rlx (its text alone counts), in UTF-8, perhaps compressed with gzip (.txt.gz); of a directory all such
    files are read, but never OUT. Standard input is read for '-' or if there is no FILE: as .jsonl if it begins with
    '{', else as one text. A document is named after its file, or by the 'id' of its record; if two would have one
    name, the second gets its path.

    jsonl holds everything: one document a line. csv is a table of relations, one a row. rlx is the format to read
    and correct by hand; it has no blank lines, so they are taken out of the text first. graphml is one graph of all
    entities and relations. table is for the eye.

    A file or record that cannot be read is told on standard error and the rest goes on; the exit code is then 1.
    Texts are read together and then written, each at once: the first alone, then two, four, and so on to 64. A kill
    leaves whole lines, and costs what was being read; graphml is written at the end.

    An OUT that holds something is written over only with --force. With --resume, which needs a .jsonl OUT and the
    same FILEs and model, the documents in it are not read again; from .jsonl make other formats with relex convert.

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
    for name in names:
        if name != STDIN and is_output(Path(name), out):
            context.fail(f"{name} is both read and written; give another name with -o")
    if resume and force:
        context.fail("give either --resume or --force")
    if out is not None and not (resume or force) and out.is_file() and out.stat().st_size:
        going_on = "go on with it by --resume, or " if chosen == "jsonl" else ""
        context.fail(f"{out} holds something already: {going_on}write it anew with --force")

    failures = Failures()
    extractor = relex.load(model)
    done = cut_unfinished(out, schema=extractor.schema) if resume and out is not None else set()
    inputs = iterate_inputs(names, out=out, report=failures.tell, note=tell)
    documents = iter([read_sample()]) if sample else inputs
    todo = (document for document in documents if document.id not in done)
    drops = Drops("writing rlx")
    if chosen == "rlx":
        todo = (rlx.fit(document, drops) for document in todo)
    # A bar and results on one terminal would write over each other.
    progress = sys.stderr.isatty() and (out is not None or not sys.stdout.isatty())
    with open_sink(chosen, out, schema=extractor.schema, resume=resume) as write:
        for document in extractor.pipe(todo, batch_size=batch_size, progress=progress):
            try:
                write(document)
            except RelexError as error:
                failures.tell(str(error))
    drops.tell()
    failures.exit()
