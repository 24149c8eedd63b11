"""What a model starts from, or is made of without training: the weights of earlier ones."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from relex.errors import ConfigError
from relex.model import WEIGHTS_FILE, RelexConfig, RelexModel


def start_from(model: RelexModel, directory: str) -> None:
    """Take over the encoder's adapter from a trained model, and its heads where names and schemas agree."""
    taken = _usable_weights(model, directory)
    if missing := [name for name in model.trained_state() if name.startswith("encoder.") and name not in taken]:
        raise ConfigError(
            f"{directory} does not fit the recipe's encoder and adapter: {missing[0]} is missing or of another shape"
        )
    model.load_state_dict(taken, strict=False)


def average_weights(model: RelexModel, directories: Sequence[str]) -> None:
    """Give a model the mean weights of several trained from one start (Wortsman et al. 2022, arXiv:2203.05482).

    Raises:
        ConfigError: one of them has other weights than the model.
    """
    own = model.trained_state()
    total: dict[str, Tensor] = {}
    for directory in directories:
        weights = _usable_weights(model, directory)
        if missing := own.keys() - weights.keys():
            raise ConfigError(
                f"{directory} cannot be averaged: {min(missing)} is missing or of another shape; its encoder, adapter "
                "and schemas must be those of the recipe"
            )
        total = {name: total.get(name, torch.zeros(())) + weight.double() for name, weight in weights.items()}
    model.load_state_dict({name: (weight / len(directories)).float() for name, weight in total.items()}, strict=False)


def _usable_weights(model: RelexModel, directory: str) -> dict[str, Tensor]:
    path = Path(os.path.expandvars(directory))
    try:
        config = RelexConfig.from_pretrained(path)
        weights = load_file(path / WEIGHTS_FILE)
    except (OSError, SafetensorError) as error:
        raise ConfigError(f"cannot read the weights of {directory}: {error}; train it first") from None
    own = model.trained_state()
    usable = {
        name for name, schema in model.config.schemas.items() if config.schemas.get(name) == schema
    }  # heads of another schema start fresh
    return {
        name: weight.float()
        for name, weight in weights.items()
        if name in own
        and own[name].shape == weight.shape
        and (not name.startswith("heads.") or name.split(".")[1] in usable)
    }
