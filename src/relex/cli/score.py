"""`relex evaluate`: documents against gold documents."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from relex.assessment import Assessment, import_page
from relex.cli.assessing import (
    BY_ID,
    Sources,
    assess_files,
    assess_model,
    print_assessment,
    write_markdown,
)
from relex.cli.failures import Failures
from relex.cli.options import SCORED, Format, Json, SchemaName, Seen, check_out, check_predicted, read_schema
from relex.cli.outputs import write_json
from relex.cli.seeds import score_seeds
from relex.cli.tables import make_console
from relex.errors import InputError
from relex.formats import PREDICTIONS
from relex.formats.files import write_chunks
from relex.metrics import UNSEEN, level_named
from relex.report import Report
from relex.seeds import SeedReport


def evaluate(
    context: typer.Context,
    model: Annotated[
        str | None, typer.Argument(metavar="MODEL", show_default=False, help="A released model, directory or hub id.")
    ] = None,
    corpus: Annotated[
        str | None, typer.Argument(metavar="CORPUS", show_default=False, help="Annotated documents to run it on.")
    ] = None,
    gold: Annotated[str | None, typer.Option(metavar="GOLD", help="Annotated documents: the truth.")] = None,
    predicted: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PREDICTED",
            help="The same documents as a system annotated them; given several times, with one seed each.",
            show_default=False,
        ),
    ] = None,
    prefix: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Also report the documents whose ids begin so, apart.")
    ] = None,
    predicted_format: Annotated[
        str | None,
        typer.Option(
            "--predicted-format",
            metavar="FORMAT",
            callback=check_predicted,
            help=f"The format of PREDICTED, which may be {', '.join(PREDICTIONS)} too.",
            show_default="by its suffix, else that of GOLD",
        ),
    ] = None,
    contrast: Annotated[
        str | None, typer.Option(metavar="SETS", help="Annotated contrast sets, to be read as well.")
    ] = None,
    contrast_predicted: Annotated[
        str | None,
        typer.Option("--contrast-predicted", metavar="PREDICTED", help="With --predicted: the same for SETS."),
    ] = None,
    ladder: Annotated[
        bool, typer.Option("--ladder", help="With MODEL: also score it with gold mentions, entities and pairs given.")
    ] = False,
    invariance: Annotated[
        bool,
        typer.Option(
            "--invariance",
            help="With MODEL: also tell how many answers hold when case, white space, place or batches change.",
        ),
    ] = False,
    window_words: Annotated[
        int | None,
        typer.Option(
            "--window-words",
            metavar="N",
            min=0,
            help="With --predicted: words that may lie between mentions that the system compares; a cause of errors.",
        ),
    ] = None,
    seen: Seen = None,
    genre: Annotated[
        str | None,
        typer.Option(
            metavar="KEY",
            help=f"Also score by genre: a metadata key such as source, or {BY_ID}, what ids have before a hyphen.",
        ),
    ] = None,
    html_out: Annotated[
        Path | None,
        typer.Option(
            "--html",
            metavar="OUT",
            callback=check_out,
            help="Also write a page with every error; needs 'relex[plots]'.",
        ),
    ] = None,
    json_out: Json = None,
    markdown_out: Annotated[
        Path | None,
        typer.Option("--markdown", metavar="OUT", callback=check_out, help="Also write the tables to this file."),
    ] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-under",
            metavar="LEVEL=F1",
            help="Fail if the lower bound of a level's 95 % interval is below; may be given several times.",
            show_default=False,
        ),
    ] = None,
    schema: SchemaName = None,
    format: Format = None,
) -> None:
    """Score a model, or predictions, against gold documents.

    Documents are paired by id, or else by order, and must have the same text but for white space; a file or a
    directory of .rlx or .jsonl files, or any other format that relex reads. Printed are mentions, entities and
    relations, each matched in several ways, as micro F1 with its 95 % interval over documents, mentions and relations
    by type, and the causes of errors; each table with the signature of its numbers.

    --html, --json and --markdown hold more: scores by distance, nesting, length and the like, what the scores of
    relations are worth, and with --html every error in its text, to be filtered by type and cause. --contrast adds
    sets of short texts that differ a little, in files of any format that relex reads; --ladder adds what each stage
    of a model costs, --invariance how much of its answers holds; it reads every text many times, changed or in other
    batches.

    Of several --predicted, the seeds of one system, means and standard deviations are told, with 95 % intervals over
    documents and seeds.

    \b
    Examples:
      relex evaluate diplomatic corpus/dev
      relex evaluate diplomatic corpus/dev --html report.html --contrast corpus/contrast --ladder
      relex evaluate diplomatic corpus/dev --prefix dw- --json scores.json
      relex evaluate diplomatic corpus/dev --seen corpus/train --genre source
      relex evaluate diplomatic corpus/dev --fail-under mention=0.9 --fail-under relation=0.6
      relex evaluate --gold corpus/dev --predicted predictions.jsonl --markdown scores.md
      relex evaluate --gold corpus/dev --predicted seed-1.jsonl --predicted seed-2.jsonl --predicted seed-3.jsonl
      relex evaluate --gold dev.json --format docred --predicted result.json --predicted-format docred-result
    """
    by_model = model is not None and corpus is not None
    runs = predicted or []
    by_files = gold is not None and bool(runs)
    if by_model == by_files or (by_model, by_files) != (bool(model or corpus), bool(gold or runs)):
        context.fail("give either MODEL and CORPUS, or --gold and --predicted")
    if by_model and (contrast_predicted or predicted_format):
        context.fail(
            "--contrast-predicted and --predicted-format go with --predicted; MODEL reads contrast sets itself"
        )
    if by_files and (ladder or invariance):
        context.fail("--ladder and --invariance need MODEL: only a model can be given the truth, or a changed text")
    if window_words is not None and len(runs) != 1:
        context.fail("--window-words goes with a single --predicted; MODEL knows its own")
    if by_files and (contrast is None) != (contrast_predicted is None):
        context.fail("with --predicted give --contrast and --contrast-predicted, or neither")
    if len(runs) > 1 and (html_out or contrast or genre):
        context.fail("--html, --contrast and --genre are for a single --predicted; several are seeds of one system")
    floors = [_read_floor(context, text) for text in fail_under or ()]
    if seen is None and any(level == UNSEEN for level, _ in floors):
        context.fail(f"--fail-under {UNSEEN} needs --seen: the documents that the system was trained on")
    if html_out is not None:
        # A model may run for minutes: what is missing is told before.
        import_page()
    chosen = read_schema(schema) if schema is not None else None
    sources = Sources(format=format, schema=chosen, seen=seen, genre=genre, contrast=contrast)
    whole: Assessment | SeedReport
    if by_model:
        whole = assess_model(str(model), str(corpus), sources=sources, ladder=ladder, invariance=invariance)
    elif len(runs) > 1:
        whole = score_seeds(str(gold), runs, predicted_format=predicted_format, sources=sources)
    else:
        whole = assess_files(
            str(gold),
            runs[0],
            predicted_format=predicted_format,
            contrast_predicted=contrast_predicted,
            window_words=window_words,
            sources=sources,
        )
    report = whole if isinstance(whole, SeedReport) else whole.report
    failures = Failures()
    subsets = {}
    if prefix is not None and any(name.startswith(prefix) for name in report.ids):
        subsets[prefix] = report.subset(lambda name: name.startswith(prefix))
    elif prefix is not None:
        # What was scored, perhaps for minutes, is told all the same.
        failures.tell(f"--prefix: no document has an id that begins with {prefix!r}; the first is {report.ids[0]!r}")
    parts = {f"documents whose ids begin with {name}": part for name, part in subsets.items()}
    print_assessment(make_console(sys.stdout), whole, parts)
    if json_out is not None:
        told = {"subsets": {name: part.to_dict() for name, part in subsets.items()}} if subsets else {}
        write_json(whole.to_dict() | told, json_out)
    if markdown_out is not None:
        write_markdown(whole, parts, markdown_out)
    if html_out is not None and isinstance(whole, Assessment):
        # Names alone: a page that is passed on need not tell where its files lie.
        names = [Path(str(path)).resolve().name for path in ((model, corpus) if by_model else (runs[0], gold))]
        title = f"{names[0]} {'on' if by_model else 'against'} {names[1]}"
        write_chunks([whole.to_html(title=title)], html_out)
    for level, floor in floors:
        _hold_floor(report, level, floor, failures)
    failures.exit()


def _read_floor(context: typer.Context, text: str) -> tuple[str, float]:
    level, _, value = text.partition("=")
    try:
        name, floor = level_named(level).name, float(value)
    except (InputError, ValueError):
        context.fail(f"--fail-under takes LEVEL=F1, such as relation=0.6, not {text!r}; {SCORED}")
    if not 0 <= floor <= 1:
        context.fail(f"--fail-under takes an F1 from 0 to 1, such as relation=0.6, not {text!r}")
    return name, floor


def _hold_floor(report: Report | SeedReport, level: str, floor: float, failures: Failures) -> None:
    n_documents = sum(bool(counts.any()) for counts in report.array(level))
    if n_documents < 2:
        failures.tell(
            f"{level} F1 has no interval to hold {floor} against, since {n_documents} documents have anything to score "
            "there; give two or more"
        )
        return
    interval = report.interval(level)
    if interval.low < floor:
        failures.tell(f"{level} F1 {interval} is not surely at {floor} or above")
