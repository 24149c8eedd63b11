"""`relex train`: a recipe and corpora in, a model directory out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

import relex
from relex.errors import TrainingError


def train(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="The .toml file that says how to train.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="The model directory to write.", show_default=False)
    ],
    train_on: Annotated[
        str | None, typer.Option("--train", metavar="CORPUS", help="Documents to learn from, not those of the recipe.")
    ] = None,
    dev: Annotated[
        str | None, typer.Option(metavar="CORPUS", help="Documents to choose the best epoch on, not the recipe's.")
    ] = None,
    schema: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="The schema of --train: diplomatic, or a .toml file.",
            show_default="inferred from its documents",
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the last checkpoint in DIR, if there is one.")
    ] = False,
) -> None:
    """Fine-tune a model on any corpus and schema.

    The recipe names encoder, corpora, epochs, rates and seed; --train and --dev put other documents in place of its
    own. Documents come in any format that relex reads, .rlx and .jsonl among them; without development documents
    every tenth training document is held out. The best epoch is kept, thresholds are chosen on the development
    documents, and the model directory can be given to --model wherever a model is asked for. Checkpoints lie in DIR
    until training is over. Needs the extra: pip install 'relex[train]'.

    \b
    Examples:
      relex train recipes/diplomatic-small.toml -o my-model
      relex train recipes/diplomatic-small.toml -o my-model --resume
      relex train recipes/diplomatic-small.toml -o my-model --train own/train --dev own/dev --schema own.toml
    """
    try:
        run = relex.train
    except ModuleNotFoundError as error:
        raise TrainingError(f"training needs the package {error.name!r}; type: pip install 'relex[train]'") from None
    run(recipe, train=train_on, dev=dev, output=output, schema=schema, resume=resume, progress=sys.stderr.isatty())
    print(f"{output}: trained; its scores are in {output / 'README.md'}")
