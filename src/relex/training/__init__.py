"""Fine-tuning: a recipe and corpora in, an `Extractor` and its model directory out."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
import transformers
from datasets import concatenate_datasets
from transformers.trainer_utils import get_last_checkpoint

from relex.config import Corpus, DecodeConfig, Recipe
from relex.document import Document
from relex.errors import ConfigError, InputError, TrainingError
from relex.evaluation import evaluate
from relex.extractor import Extractor
from relex.loading import choose_precision, load, make_extractor, save_model
from relex.metrics import digest
from relex.model import RelexModel
from relex.schema import Schema
from relex.training.beginnings import average_weights, start_from
from relex.training.calibration import (
    analyse_documents,
    choose_mentions,
    cross_fitted_f1,
    fit_relations,
    list_candidates,
    represent_documents,
)
from relex.training.card import write_card
from relex.training.corpora import (
    Source,
    check_dev,
    choose_schemas,
    describe,
    earlier_stages,
    nest,
    read_corpora,
    read_dev,
)
from relex.training.examples import build_dataset
from relex.training.trainer import RelexTrainer, training_arguments
from relex.version import __version__
from relex.weights import find_encoder, hash_file

__all__ = ["train"]

_GRID = {"mention_threshold": (0.5, 0.35, 0.25, 0.65), "link_threshold": (0.5, 0.35, 0.65, 0.8)}


def train(
    recipe: Recipe | str | Path,
    *,
    train: Source | None = None,
    dev: Source | None = None,
    output: str | Path,
    schema: str | Path | Schema | None = None,
    resume: bool = False,
    progress: bool = True,
) -> Extractor:
    """Fine-tune a model on any corpus and schema and return its extractor.

    The best epoch on the development documents is kept, or the last if the recipe says so; thresholds and calibration
    are chosen on them too. Mentions may lie in each other if any do in the documents. The same recipe on the same
    machine gives the same model.

    Args:
        recipe: a recipe, or the path of its TOML file.
        train: documents or their path, in place of the recipe's corpora.
        dev: documents or their path, in place of the recipe's; every tenth training document if there are none.
        output: where the model directory is written; checkpoints lie below it until training is over.
        schema: the schema of `train`; inferred from the documents if None.
        resume: whether to go on from the last checkpoint in `output`, if there is one.
        progress: whether to show progress on standard error.

    Raises:
        ConfigError: a recipe that is wrong, or more pieces in a window than the encoder reads.
        InputError: an argument of the wrong kind, or an output that cannot be written to.
        SchemaError: labels that the schema lacks.
        TrainingError: nothing to learn from, or nothing learnt.
    """
    recipe = _take_recipe(recipe)
    directory = Path(output)
    corpora = read_corpora(recipe, train, schema)
    # Before documents are held out: what only these have is in the schema too.
    schemas = choose_schemas(corpora, schema)
    held_out = read_dev(recipe, dev, corpora)
    if recipe.target not in schemas:
        raise ConfigError(f"recipe {recipe.name!r}: no corpus teaches the target heads {recipe.target!r}")
    check_dev(held_out, schemas[recipe.target])
    _check_output(directory)

    transformers.set_seed(recipe.seed)
    encoder = find_encoder(recipe.model.encoder, sha256=recipe.model.encoder_sha256)
    # A model names its encoder by hash, whether its recipe does or not.
    settings = replace(recipe.model, encoder_sha256=hash_file(encoder / "model.safetensors"))
    model = RelexModel.create(settings, schemas, encoder)
    if recipe.init:
        start_from(model, recipe.init)
    extractor = make_extractor(model, encoder, target=recipe.target, precision=recipe.precision)
    taught = [documents for corpus, documents in corpora if corpus.head == recipe.target]
    extractor.config = DecodeConfig(nested=any(map(nest, (*taught, held_out))))
    checkpoints = directory / "checkpoints"
    history: list[dict[str, Any]] = []
    if recipe.average:
        average_weights(model, recipe.average)
    else:
        if not resume:
            # What an earlier run left would be mixed up with this one.
            shutil.rmtree(checkpoints, ignore_errors=True)
        last = _last_checkpoint(checkpoints) if resume else None
        history = _fit(recipe, extractor, corpora, held_out, checkpoints=checkpoints, last=last, progress=progress)
    model.eval()

    _round_weights(model)
    decode, cross_fitted = _calibrate(extractor, held_out)
    extractor.config = decode
    report = evaluate(held_out, list(extractor.pipe(held_out)), schema=extractor.schema)
    metrics = {
        "name": recipe.name,
        "relex": __version__,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "data": [describe(corpus, documents) for corpus, documents in corpora],
        "stages": earlier_stages(recipe),
        "dev": digest([document.to_dict() for document in held_out]),
        "n_dev": len(held_out),
        "best_epoch": _kept_epoch(recipe, history),
        "cross_fitted_relation_f1": round(cross_fitted, 4),
        "scores": report.to_dict(),
        "history": history,
    }
    save_model(
        model, directory, target=recipe.target, recipe=recipe, decode=decode, metrics=metrics,
        card=write_card(model.settings, recipe, report, metrics, directory=output), keep_heads=recipe.keep_heads,
    )  # fmt: skip
    shutil.rmtree(checkpoints, ignore_errors=True)
    return load(directory, encoder=encoder, precision=recipe.precision)


def _take_recipe(recipe: Any) -> Recipe:
    if isinstance(recipe, str | Path):
        return Recipe.read(recipe)
    if not isinstance(recipe, Recipe):
        raise InputError(
            f"a recipe is a relex.Recipe or the path of its TOML file, not {type(recipe).__name__}; "
            "make one of plain values with relex.Recipe.from_dict"
        )
    return recipe


def _check_output(directory: Path) -> None:
    # What cannot be written is told before time is spent on it; tried, since a right to write is not all it takes.
    try:
        place = next(path for path in (directory, *directory.absolute().parents) if path.exists())
        with TemporaryDirectory(dir=place):
            pass
    except OSError as error:
        raise InputError(
            f"cannot write a model to {directory}: {error.strerror or error}; name a directory that may be written to"
        ) from None


def _fit(
    recipe: Recipe,
    extractor: Extractor,
    corpora: Sequence[tuple[Corpus, Sequence[Document]]],
    dev: Sequence[Document],
    *,
    checkpoints: Path,
    last: str | None,
    progress: bool,
) -> list[dict[str, Any]]:
    """Train the extractor's model in place; return the development scores of every epoch."""
    model, reader = extractor.model, extractor.reader
    datasets = [
        build_dataset(
            corpus, documents, model.head(corpus.head).schema, reader,
            max_span_words=recipe.model.max_span_words, changes=recipe.changes, seed=recipe.seed,
        )
        for corpus, documents in corpora
    ]  # fmt: skip
    precision = choose_precision(recipe.precision)
    trainer = RelexTrainer(
        model.store_frozen(precision),
        training_arguments(recipe, checkpoints, progress=progress),
        recipe=recipe,
        dataset=concatenate_datasets(datasets),
        reader=reader,
        dev=dev,
        extractor=extractor,
        precision=precision,
    )
    trainer.train(resume_from_checkpoint=last)
    _check_learnt(trainer)
    return [entry for entry in trainer.state.log_history if "eval_score" in entry]


def _kept_epoch(recipe: Recipe, history: Sequence[Mapping[str, Any]]) -> int:
    if not history:
        return 0
    kept = history[-1] if recipe.keep == "last" else max(history, key=lambda entry: entry["eval_score"])
    return round(float(kept["epoch"]))


def _calibrate(extractor: Extractor, dev: Sequence[Document]) -> tuple[DecodeConfig, float]:
    represented = represent_documents(dev, extractor)
    config = choose_mentions(dev, extractor, _GRID, represented=represented)
    if not extractor.schema.relation_types:
        return config, 0.0
    analyses = analyse_documents(dev, extractor, represented=represented)
    candidates = list_candidates(dev, extractor, analyses)
    if not candidates.right.any():
        raise TrainingError(
            "the model finds none of the relations of the development documents; train longer or on more"
        )
    return fit_relations(candidates, extractor.schema, config), cross_fitted_f1(candidates, extractor.schema, config)


def _check_learnt(trainer: RelexTrainer) -> None:
    history = [entry["eval_mention"] for entry in trainer.state.log_history if "eval_mention" in entry]
    if history and max(history) == 0:
        raise TrainingError(
            "no mention of the development documents was ever found: nothing was learnt; raise the rates or the "
            "epochs, and check that training and development documents share their labels"
        )


@torch.no_grad()
def _round_weights(model: RelexModel) -> None:
    # Weights are released in half precision: score what is released.
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.copy_(parameter.half().float())


def _last_checkpoint(directory: Path) -> str | None:
    return get_last_checkpoint(str(directory)) if directory.is_dir() else None
