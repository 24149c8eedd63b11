"""`relex evaluate` and `relex compare`: documents against documents."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

import relex
from relex.cli.failures import Failures
from relex.cli.tables import make_console
from relex.document import Document
from relex.errors import InputError
from relex.formats.files import write_chunks
from relex.metrics import LEVELS, level_named
from relex.report import Report
from relex.schema import Schema, load_schema

_Json = Annotated[Path | None, typer.Option("--json", metavar="OUT", help="Also write all numbers to this file.")]
_Schema = Annotated[
    str | None,
    typer.Option(
        "--schema",
        metavar="NAME|FILE",
        help="The schema to score by: diplomatic, or a .toml file.",
        show_default="that of the model; else diplomatic if it fits the gold documents, else inferred from them",
    ),
]
_Format = Annotated[
    str | None,
    typer.Option(
        "--format", metavar="FORMAT", help="The format of the gold and training documents, if no suffix tells."
    ),
]
_Seen = Annotated[
    str | None,
    typer.Option(
        "--seen",
        metavar="TRAIN",
        help="The documents trained on: also score facts without credit for those stated there (Ign F1).",
    ),
]
_LEVELS = f"What is scored: {', '.join(level.name for level in LEVELS)} (needs --seen)."


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
        str | None, typer.Option(metavar="PREDICTED", help="The same documents as a system annotated them.")
    ] = None,
    prefix: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Also report the documents whose ids begin so, apart.")
    ] = None,
    seen: _Seen = None,
    json_out: _Json = None,
    markdown_out: Annotated[
        Path | None, typer.Option("--markdown", metavar="OUT", help="Also write the tables to this file.")
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
    schema: _Schema = None,
    format: _Format = None,
) -> None:
    """Score a model, or predictions, against gold documents.

    Documents are paired by id and must have the same text; a file or a directory of .rlx or .jsonl files, or any
    other format that relex reads. Reported are mentions, entities and relations, each matched in several ways, as
    micro F1 with its 95 % interval over documents, then mentions and relations by type, each table with the signature
    of its numbers.

    \b
    Examples:
      relex evaluate diplomatic corpus/dev
      relex evaluate diplomatic corpus/dev --prefix dw- --json scores.json
      relex evaluate diplomatic corpus/dev --seen corpus/train
      relex evaluate diplomatic corpus/dev --fail-under mention=0.9 --fail-under relation=0.6
      relex evaluate --gold corpus/dev --predicted predictions.jsonl --markdown scores.md
    """
    by_model = model is not None and corpus is not None
    by_files = gold is not None and predicted is not None
    if by_model == by_files or (by_model, by_files) != (bool(model or corpus), bool(gold or predicted)):
        context.fail("give either MODEL and CORPUS, or --gold and --predicted")
    floors = [_read_floor(context, text) for text in fail_under or ()]
    chosen = load_schema(schema) if schema is not None else None
    training = relex.read(seen, format=format) if seen is not None else None
    if by_model:
        report = _score_model(str(model), str(corpus), format, chosen, seen=training)
    else:
        truth, own = relex.read(str(gold), format=format), relex.read(str(predicted))
        report = relex.evaluate(truth, own, schema=chosen, seen=training)
    parts = {"": report}
    if prefix is not None:
        parts[prefix] = report.subset(lambda name: name.startswith(prefix))
    console = make_console(sys.stdout)
    for name, part in parts.items():
        _print_report(console, name, part)
    if json_out is not None:
        subsets = {name: part.to_dict() for name, part in parts.items() if name}
        _write_json(report.to_dict() | ({"subsets": subsets} if subsets else {}), json_out)
    if markdown_out is not None:
        chapters = ((f"## {_title(name)}\n\n" if name else "") + part.to_markdown() for name, part in parts.items())
        write_chunks(["\n".join(chapters)], markdown_out)
    failures = Failures()
    for level, floor in floors:
        interval = report.interval(level)
        if interval.low < floor:
            failures.tell(f"{level} F1 {interval} is not surely at {floor} or above")
    failures.exit()


def compare(
    gold: Annotated[str, typer.Argument(metavar="GOLD", help="Annotated documents: the truth.")],
    a: Annotated[str, typer.Argument(metavar="A", help="The same documents as the first system annotated them.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The same documents as the second system annotated them.")],
    level: Annotated[str, typer.Option(metavar="LEVEL", help=_LEVELS)] = "relation",
    average: Annotated[str, typer.Option(metavar="AVERAGE", help="micro or macro.")] = "micro",
    seen: _Seen = None,
    json_out: _Json = None,
    schema: _Schema = None,
    format: _Format = None,
) -> None:
    """Compare two systems on the same documents.

    Is the difference of their F1 more than chance? Printed are both F1, the difference (B less A) with its 95 %
    interval from a paired bootstrap over documents, and a two-sided p-value from approximate randomisation.

    \b
    Example:
      relex compare corpus/dev small.jsonl large.jsonl --level relation+status
    """
    chosen = load_schema(schema) if schema is not None else None
    truth, *systems = (relex.read(gold, format=format), relex.read(a), relex.read(b))
    training = relex.read(seen, format=format) if seen is not None else None
    comparison = relex.compare(truth, *systems, level=level, average=average, schema=chosen, seen=training)
    print(comparison)
    if json_out is not None:
        _write_json(comparison.to_dict(), json_out)


def _read_floor(context: typer.Context, text: str) -> tuple[str, float]:
    level, _, value = text.partition("=")
    try:
        return level_named(level).name, float(value)
    except (InputError, ValueError):
        context.fail(f"--fail-under takes LEVEL=F1, such as relation=0.6, not {text!r}; {_LEVELS}")


def _score_model(
    model: str, corpus: str, format: str | None, schema: Schema | None, *, seen: list[Document] | None
) -> Report:
    gold: list[Document] = relex.read(corpus, format=format)
    extractor = relex.load(model)
    # A bar and a log in one file are no use to anyone.
    predicted = extractor.pipe(gold, progress=sys.stderr.isatty())
    return relex.evaluate(gold, predicted, schema=schema or extractor.schema, seen=seen)


def _print_report(console: Console, prefix: str, report: Report) -> None:
    if prefix:
        console.rule(escape(_title(prefix)))
    for level in (None, "mention", "relation"):
        console.print(report.table(level))
        console.print()


def _title(prefix: str) -> str:
    return f"documents whose ids begin with {prefix}"


def _write_json(value: object, out: Path) -> None:
    write_chunks([json.dumps(value, indent=1, ensure_ascii=False) + "\n"], out)
