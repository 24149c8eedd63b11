"""Fine-tuning: a recipe and corpora in, an `Extractor` and its model directory out."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from datasets import concatenate_datasets
from safetensors import SafetensorError
from safetensors.torch import load_file
from transformers.trainer_utils import get_last_checkpoint

from relex import formats
from relex.config import Corpus, DecodeConfig, Recipe
from relex.document import Document
from relex.errors import ConfigError, TrainingError, known
from relex.evaluation import evaluate
from relex.extractor import Extractor
from relex.loading import choose_precision, load, make_extractor, make_reader, save_model
from relex.metrics import digest
from relex.model import WEIGHTS_FILE, RelexConfig, RelexModel
from relex.schema import Schema, infer_schema, load_schema
from relex.training.calibration import (
    analyse_documents,
    choose_mentions,
    cross_fitted_f1,
    fit_relations,
    list_candidates,
)
from relex.training.card import write_card
from relex.training.examples import build_dataset
from relex.training.trainer import RelexTrainer, training_arguments
from relex.version import __version__
from relex.weights import find_encoder

__all__ = ["train"]

logger = logging.getLogger(__name__)

Source = str | Path | Iterable[Document]

_GRID = {"mention_threshold": (0.5, 0.35, 0.25, 0.65), "link_threshold": (0.5, 0.35, 0.65, 0.8)}
_HELD_OUT = 10


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

    The best epoch on the development documents is kept; thresholds and calibration are chosen on them too. The
    same recipe on the same machine gives the same model.

    Args:
        recipe: a recipe, or the path of its TOML file.
        train: documents or their path, in place of the recipe's corpora.
        dev: documents or their path, in place of the recipe's; every tenth training document if there are none.
        output: where the model directory is written; checkpoints lie below it until training is over.
        schema: the schema of `train`; inferred from the documents if None.
        resume: whether to go on from the last checkpoint in `output`, if there is one.
        progress: whether to show progress on standard error.

    Raises:
        ConfigError: a recipe that is wrong.
        SchemaError: labels that the schema lacks.
        TrainingError: nothing to learn from, or nothing learnt.
    """
    recipe = recipe if isinstance(recipe, Recipe) else Recipe.read(recipe)
    directory = Path(output)
    corpora = _read_corpora(recipe, train, schema)
    held_out = _read_dev(recipe, dev, corpora)
    schemas = _choose_schemas(corpora, schema)
    if recipe.target not in schemas:
        raise ConfigError(f"recipe {recipe.name!r}: no corpus teaches the target heads {recipe.target!r}")
    _check_dev(held_out, schemas[recipe.target])

    transformers.set_seed(recipe.seed)
    encoder = find_encoder(recipe.model.encoder, sha256=recipe.model.encoder_sha256)
    model = RelexModel.create(recipe.model, schemas, encoder)
    if recipe.init:
        _start_from(model, Path(os.path.expandvars(recipe.init)))
    reader = make_reader(encoder, recipe.model)
    datasets, weights = [], []
    for corpus, documents in corpora:
        built = build_dataset(
            corpus, documents, schemas[corpus.head], reader.tokenizer, window_pieces=recipe.model.window_pieces,
            window_overlap=recipe.model.window_overlap, max_span_words=recipe.model.max_span_words,
        )  # fmt: skip
        datasets.append(built)
        weights += [corpus.weight] * len(built)

    extractor = make_extractor(model, encoder, target=recipe.target, precision=recipe.precision)
    checkpoints = directory / "checkpoints"
    trainer = RelexTrainer(
        model,
        training_arguments(recipe, checkpoints, progress=progress),
        recipe=recipe,
        dataset=concatenate_datasets(datasets),
        weights=weights,
        reader=reader,
        dev=held_out,
        extractor=extractor,
        precision=choose_precision(recipe.precision),
    )
    if not resume:
        # What an earlier run left would be mixed up with this one.
        shutil.rmtree(checkpoints, ignore_errors=True)
    trainer.train(resume_from_checkpoint=_last_checkpoint(checkpoints) if resume else None)
    model.eval()
    _check_learnt(trainer)
    history = [entry for entry in trainer.state.log_history if "eval_score" in entry]
    best = max(history, key=lambda entry: entry["eval_score"])

    _round_weights(model)
    decode, cross_fitted = _calibrate(extractor, held_out)
    extractor.config = decode
    report = evaluate(held_out, list(extractor.pipe(held_out)), schema=extractor.schema)
    metrics = {
        "name": recipe.name,
        "relex": __version__,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "data": [_describe(corpus, documents) for corpus, documents in corpora],
        "stages": _earlier_stages(recipe),
        "dev": digest([document.to_dict() for document in held_out]),
        "n_dev": len(held_out),
        "best_epoch": round(best["epoch"]),
        "cross_fitted_relation_f1": round(cross_fitted, 4),
        "scores": report.to_dict(),
        "history": history,
    }
    save_model(
        model, directory, target=recipe.target, recipe=recipe, decode=decode, metrics=metrics,
        card=write_card(recipe, extractor.schema, report, metrics), keep_heads=recipe.keep_heads,
    )  # fmt: skip
    shutil.rmtree(checkpoints)
    return load(directory, encoder=encoder, precision=recipe.precision)


def _read_corpora(
    recipe: Recipe, train: Source | None, schema: str | Path | Schema | None
) -> list[tuple[Corpus, list[Document]]]:
    if train is not None:
        path = str(train) if isinstance(train, str | Path) else "documents"
        corpora = [Corpus(path=path, head=recipe.target)]
        documents = [_read(train)]
    elif schema is not None:
        raise ConfigError("schema is the one of train=; without it, name schemas in the recipe's [[corpora]]")
    else:
        corpora = list(recipe.corpora)
        documents = [_read(corpus.path, corpus.format) for corpus in corpora]
    if not corpora:
        raise ConfigError(f"recipe {recipe.name!r} names no corpora; add [[corpora]] tables, or give train=")
    for corpus, own in zip(corpora, documents, strict=True):
        if not own:
            raise TrainingError(f"corpus {corpus.path} has no documents; check the path and the format")
    return list(zip(corpora, documents, strict=True))


def _read_dev(recipe: Recipe, dev: Source | None, corpora: list[tuple[Corpus, list[Document]]]) -> list[Document]:
    if dev is not None or recipe.dev:
        documents = _read(recipe.dev if dev is None else dev)
        if not documents:
            raise TrainingError("there are no development documents; check the path of dev")
        return documents
    for i, (corpus, documents) in enumerate(corpora):
        if corpus.head == recipe.target:
            held_out = documents[::_HELD_OUT]
            rest = [document for n, document in enumerate(documents) if n % _HELD_OUT]
            if not rest:
                raise TrainingError("one document is too few to learn from; give dev documents apart")
            corpora[i] = (corpus, rest)
            logger.warning(
                "no development documents: %d of %d training documents are held out", len(held_out), len(documents)
            )
            return held_out
    raise ConfigError(f"recipe {recipe.name!r}: no corpus teaches the target heads {recipe.target!r}")


def _read(source: Source, format: str = "") -> list[Document]:
    if isinstance(source, str | Path):
        return formats.read(os.path.expandvars(str(source)), format=format or None)
    return list(source)


def _choose_schemas(
    corpora: Sequence[tuple[Corpus, Sequence[Document]]], given: str | Path | Schema | None
) -> dict[str, Schema]:
    schemas: dict[str, Schema] = {}
    for head in dict.fromkeys(corpus.head for corpus, _ in corpora):
        if given is not None:
            schemas[head] = load_schema(given)
            continue
        named = {corpus.schema for corpus, _ in corpora if corpus.head == head and corpus.schema}
        if len(named) > 1:
            raise ConfigError(f"heads {head!r} learn from corpora of different schemas: {', '.join(sorted(named))}")
        if named:
            schemas[head] = load_schema(os.path.expandvars(named.pop()))
            continue
        documents = [document for corpus, own in corpora if corpus.head == head for document in own]
        symmetric = {name for corpus, _ in corpora if corpus.head == head for name in corpus.symmetric}
        schemas[head] = infer_schema(documents, name=head, symmetric=symmetric)
    return schemas


def _start_from(model: RelexModel, directory: Path) -> None:
    try:
        config = RelexConfig.from_pretrained(directory)
        weights = load_file(directory / WEIGHTS_FILE)
    except (OSError, SafetensorError) as error:
        raise ConfigError(f"cannot start from {directory}: {error}; train it first, or clear init") from None
    own = model.trained_state()
    usable = {
        name for name, schema in model.config.schemas.items() if config.schemas.get(name) == schema
    }  # heads of another schema start fresh
    taken = {
        name: weight.float()
        for name, weight in weights.items()
        if name in own
        and own[name].shape == weight.shape
        and (not name.startswith("heads.") or name.split(".")[1] in usable)
    }
    if missing := [name for name in own if name.startswith("encoder.") and name not in taken]:
        raise ConfigError(
            f"{directory} does not fit the recipe's encoder and adapter: {missing[0]} is missing or of another shape"
        )
    model.load_state_dict(taken, strict=False)


def _calibrate(extractor: Extractor, dev: Sequence[Document]) -> tuple[DecodeConfig, float]:
    config = choose_mentions(dev, extractor, _GRID)
    if not extractor.schema.relation_types:
        return config, 0.0
    analyses = analyse_documents(dev, extractor)
    candidates = list_candidates(dev, extractor, analyses)
    if not candidates.right.any():
        raise TrainingError(
            "the model finds none of the relations of the development documents; train longer or on more"
        )
    return fit_relations(candidates, extractor.schema, config), cross_fitted_f1(candidates, extractor.schema, config)


def _check_dev(dev: Sequence[Document], schema: Schema) -> None:
    schema.check(dev)
    if twice := [name for name, n in Counter(document.id for document in dev).items() if n > 1]:
        raise TrainingError(f"two development documents have the id {twice[0]!r}; give each its own")
    if not any(document.mentions for document in dev):
        raise TrainingError("no development document has a mention: nothing can be chosen on them; annotate them")
    if schema.relation_types and not any(document.relations for document in dev):
        raise TrainingError(
            f"no development document states a relation, but the schema has {known(schema.relation_names)}: thresholds "
            "cannot be chosen; annotate relations, or give a schema without them"
        )


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


def _earlier_stages(recipe: Recipe) -> list[dict[str, Any]]:
    """Return what the model that training started from was trained on, first stage first."""
    path = Path(os.path.expandvars(recipe.init)) / "metrics.json"
    if not recipe.init or not path.is_file():
        return []
    metrics = json.loads(path.read_text(encoding="utf-8"))
    return [*metrics.get("stages", ()), {"name": metrics.get("name", recipe.init), "data": metrics["data"]}]


def _describe(corpus: Corpus, documents: Sequence[Document]) -> Mapping[str, Any]:
    return {
        "path": corpus.path,
        "head": corpus.head,
        "weight": corpus.weight,
        "n_documents": len(documents),
        "sha256": digest([document.to_dict() for document in documents]),
    }
