"""`relex compare`: two systems on the same documents, each with one seed or several."""

from __future__ import annotations

from typing import Annotated

import typer

import relex
from relex.cli.options import SCORED, Format, Json, SchemaName, Seen, check_predicted, read_schema
from relex.cli.outputs import write_json
from relex.cli.seeds import read_seeds
from relex.errors import InputError
from relex.formats import PREDICTIONS
from relex.metrics import UNSEEN, level_named


def compare(
    context: typer.Context,
    gold: Annotated[str, typer.Argument(metavar="GOLD", help="Annotated documents: the truth.")],
    a: Annotated[
        str | None,
        typer.Argument(metavar="A", help="The same documents as the first system annotated them.", show_default=False),
    ] = None,
    b: Annotated[
        str | None,
        typer.Argument(metavar="B", help="The same documents as the second system annotated them.", show_default=False),
    ] = None,
    a_runs: Annotated[
        list[str] | None,
        typer.Option(
            "--a", metavar="A", help="In place of A; given several times, with one seed each.", show_default=False
        ),
    ] = None,
    b_runs: Annotated[
        list[str] | None,
        typer.Option(
            "--b", metavar="B", help="In place of B; given several times, with one seed each.", show_default=False
        ),
    ] = None,
    level: Annotated[str, typer.Option(metavar="LEVEL", help=SCORED)] = "relation",
    average: Annotated[str, typer.Option(metavar="AVERAGE", help="micro or macro.")] = "micro",
    predicted_format: Annotated[
        list[str] | None,
        typer.Option(
            "--predicted-format",
            metavar="FORMAT",
            callback=check_predicted,
            help=f"The format of A and B, which may be {', '.join(PREDICTIONS)} too; given twice, of A, then of B.",
            show_default="by their suffixes, else that of GOLD",
        ),
    ] = None,
    seen: Seen = None,
    json_out: Json = None,
    schema: SchemaName = None,
    format: Format = None,
) -> None:
    """Compare two systems on the same documents.

    Is the difference of their F1 more than chance? Printed are both F1, the difference (B less A) with its 95 %
    interval from a paired bootstrap over documents, a two-sided p-value from approximate randomisation, and whether B
    is better, worse, or not distinguishable.

    Of several --a or --b, the seeds of a system, the counts of each document are averaged, and the interval is over
    documents and seeds.

    \b
    Examples:
      relex compare corpus/dev small.jsonl large.jsonl --level relation+status
      relex compare corpus/dev --a small-1.jsonl --a small-2.jsonl --b large-1.jsonl --b large-2.jsonl
      relex compare dev.json a.json b.json --format docred --predicted-format docred-result
    """
    named, listed = (a, b), (a_runs or [], b_runs or [])
    if all(named) == all(listed) or (any(named), any(listed)) != (all(named), all(listed)):
        context.fail("give either A and B, or --a and --b")
    formats: list[str | None] = [*(predicted_format or ())] or [None]
    if len(formats) > 2:
        context.fail("give --predicted-format once, for A and B, or twice, for A and then for B")
    try:
        level_named(level).choose_average(average)
    except InputError as error:
        context.fail(str(error))
    if level == UNSEEN and seen is None:
        context.fail(f"--level {UNSEEN} needs --seen: the documents that the systems were trained on")
    chosen = read_schema(schema) if schema is not None else None
    truth = relex.read(gold, format=format)
    systems = [
        list(read_seeds(runs or [str(path)], truth, option=option, format=own, gold_format=format).values())
        for path, runs, option, own in zip(named, listed, ("--a", "--b"), (formats[0], formats[-1]), strict=True)
    ]
    training = relex.read(seen, format=format) if seen is not None else None
    comparison = relex.compare(truth, *systems, level=level, average=average, schema=chosen, seen=training)
    print(comparison)
    if json_out is not None:
        write_json(comparison.to_dict(), json_out)
