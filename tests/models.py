"""Tiny models, examples and batches; what the tests of torch modules start from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import tiny
from relex.batch import Batch, collate
from relex.config import Corpus, DecodeConfig, ModelConfig, Recipe
from relex.document import Document
from relex.extractor import Extractor
from relex.loading import make_extractor, make_reader
from relex.loss import Targets
from relex.model import RelexModel
from relex.pairs import Reading
from relex.schema import Schema, builtin_schema
from relex.training import train
from relex.training.examples import build_dataset, gather, load_example

# A machine of any size gives the same sums.
torch.set_num_threads(1)

SETTINGS = ModelConfig(
    hidden=32, span_rank=8, max_span_words=6, lora_rank=4, lora_alpha=8, window_pieces=256, window_overlap=64
)


def make_model(
    encoder: Path, schemas: Mapping[str, Schema] | None = None, *, seed: int = 0, **changes: Any
) -> RelexModel:
    """Return a model with fresh heads, `main` with the diplomatic schema unless told otherwise."""
    torch.manual_seed(seed)
    return RelexModel.create(replace(SETTINGS, **changes), schemas or {"main": builtin_schema()}, encoder)


def disturb(model: nn.Module, *, seed: int = 0, size: float = 0.1) -> None:
    """Move every weight that learns a little, so that none is zero because training has not begun."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter += size * torch.randn(parameter.shape, generator=generator)


def eager(model: RelexModel, *, head: str = "main", logit: float = 4.0) -> RelexModel:
    """Let a model without training find something: raise the bias of spans, groups and relations."""
    heads = model.head(head)
    with torch.no_grad():
        heads.spans.length_bias += logit
        heads.relations.relation.bias += logit
    return model


def make_batch(
    model: RelexModel, encoder: Path, documents: Sequence[Document], *, head: str = "main"
) -> tuple[Batch, Reading, Targets]:
    """Return documents as the model reads them in training, in one batch."""
    settings = model.settings
    reader = make_reader(encoder, settings)
    dataset = build_dataset(
        Corpus(path="tests", head=head),
        documents,
        model.head(head).schema,
        reader,
        max_span_words=settings.max_span_words,
    )
    reading, targets = gather([load_example(row) for row in dataset])
    return collate(reading.encoded, special=reader.special, pad=reader.pad), reading, targets


def make_recipe(encoder: Path, **changes: Any) -> Recipe:
    """Return a recipe that learns a little of the tiny documents in a second or two; `model` changes its settings."""
    model = replace(SETTINGS, **({"encoder": str(encoder), "adaptation": "full"} | changes.pop("model", {})))
    values = {"name": "tiny", "epochs": 10, "batch_pieces": 100, "encoder_rate": 1e-2, "head_rate": 1e-2}
    return Recipe(**({"precision": "float32"} | values | changes), model=model)


BY_HEART: dict[str, Any] = {"adaptation": "lora", "dropout": 0.0, "lora_rank": 16, "lora_alpha": 32}


def learn_by_heart(encoder: Path, output: Path, **changes: Any) -> Extractor:
    """Train on the four tiny documents until nothing is left to learn."""
    settings = BY_HEART | changes
    recipe = make_recipe(encoder, epochs=140, batch_pieces=4096, warmup=0.05, model=settings)
    return train(
        recipe, train=tiny.DOCUMENTS, dev=tiny.DOCUMENTS, output=output, schema=builtin_schema(), progress=False
    )


def extractor_of(model: RelexModel, encoder: Path, *, target: str = "main", **decode: Any) -> Extractor:
    """Return the extractor of a model, in float32."""
    config = DecodeConfig(**decode)
    values = {name: getattr(config, name) for name in config.__slots__}
    return make_extractor(model, encoder, target=target, decode=values, precision="float32")


def largest_difference(a: Tensor, b: Tensor) -> float:
    """Return the largest absolute difference of two tensors of one shape, -inf being equal to -inf."""
    assert a.shape == b.shape
    apart = torch.where(a == b, torch.zeros_like(a), (a - b).abs()).detach()
    return float(apart.max()) if apart.numel() else 0.0
