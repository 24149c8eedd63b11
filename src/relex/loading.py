"""Model directories: found by name, checked, and turned into an `Extractor`; and written."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
from tokenizers import Tokenizer

from relex.config import DecodeConfig, ModelConfig, Recipe, build
from relex.errors import ConfigError, InputError, ModelError, SchemaError, known
from relex.extractor import Extractor, Reader
from relex.model import WEIGHTS_FILE, RelexConfig, RelexModel
from relex.released import released_models
from relex.schema import Schema, load_schema
from relex.weights import find_encoder, hash_file

FILES = ("config.json", "schema.toml", "recipe.toml", "metrics.json", WEIGHTS_FILE)


def load(name: str | Path = "diplomatic", *, encoder: str | Path | None = None, precision: str = "auto") -> Extractor:
    """Load a model and return its extractor; without network for every released model.

    Args:
        name: a released model (`diplomatic`, `diplomatic-small`), a model directory, or a hub id.
        encoder: a directory with the encoder's weights, if they are not to be looked for.
        precision: `bfloat16`, `float32`, or `auto`: bfloat16 where the processor multiplies it fast.

    Raises:
        InputError: a name that is neither a string nor a path.
        ModelError: an unknown model, or a file that is missing, truncated or altered.
        WeightsError: the encoder's weights are nowhere to be found, or are not the right ones.
        SchemaError: a schema that the weights do not fit.
    """
    directory = find_model(name)
    config, schema, recipe, metrics = _read(directory)
    settings = build(ModelConfig, config.architecture, f"{directory}/config.json")
    found = find_encoder(str(encoder or settings.encoder), sha256=settings.encoder_sha256)
    model = RelexModel.from_pretrained(directory, encoder_directory=found)
    if model.head(config.target).schema != schema:
        raise SchemaError(
            f"{directory}/schema.toml is not the schema that the weights were trained on; restore the file"
        )
    info = {
        "name": Path(directory).name,
        "directory": str(directory),
        "encoder": settings.encoder,
        "encoder_sha256": settings.encoder_sha256,
        "recipe": recipe.to_dict(),
        "metrics": metrics,
    }
    model.merge().store_frozen(choose_precision(precision))
    return make_extractor(model, found, target=config.target, decode=config.decode, info=info, precision=precision)


def make_extractor(
    model: RelexModel,
    encoder_directory: Path,
    *,
    target: str,
    decode: Mapping[str, Any] | None = None,
    info: Mapping[str, Any] | None = None,
    precision: str = "auto",
) -> Extractor:
    """Put a model, its encoder's tokenizer and its decoding settings together."""
    return Extractor(
        model,
        make_reader(encoder_directory, model.settings),
        head=target,
        config=build(DecodeConfig, decode or {}, "decode"),
        info=dict(info or {}),
        precision=choose_precision(precision),
    )


def make_reader(encoder_directory: Path, settings: ModelConfig) -> Reader:
    """Make the reader that fits an encoder."""
    try:
        tokenizer = Tokenizer.from_file(str(encoder_directory / "tokenizer.json"))
        pad = json.loads((encoder_directory / "config.json").read_text(encoding="utf-8")).get("pad_token_id") or 0
    except Exception as error:  # the tokenizers library raises bare Exception
        raise ModelError(f"cannot read the tokenizer of the encoder in {encoder_directory}: {error}") from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    special = tokenizer.encode("").ids
    if len(special) != 2:
        raise ModelError(
            f"the encoder in {encoder_directory} frames texts with {len(special)} special pieces; relex needs 2"
        )
    frame = (special[0], special[1])
    return Reader(tokenizer, frame, int(pad), settings.window_pieces, settings.window_overlap, settings.words)


def choose_precision(precision: str) -> torch.dtype:
    """Return the type that the encoder computes in; `auto` asks the processor what it multiplies fast."""
    if precision not in ("auto", "bfloat16", "float32"):
        raise ConfigError(f"precision is 'auto', 'bfloat16' or 'float32', not {precision!r}")
    if precision == "auto":
        able = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
        precision = "bfloat16" if able.get("amx_bf16") or able.get("avx512_bf16") else "float32"
    return torch.bfloat16 if precision == "bfloat16" else torch.float32


def find_model(name: str | Path) -> Path:
    """Return the directory of a model given by name, directory or hub id."""
    released = released_models()
    if str(name) in released:
        return released[str(name)]
    if not isinstance(name, str | Path):
        raise InputError(
            f"a model is given by a name or a path, not {name!r}; give one of {known(released)}, a model directory, "
            "or a hub id"
        )
    directory = Path(name)
    if os.path.isdir(directory):
        return directory
    reason = ""
    if str(name).count("/") == 1 and not directory.is_absolute():
        try:
            return Path(snapshot_download(str(name), allow_patterns=[*FILES, "README.md"]))
        except (LocalEntryNotFoundError, HfHubHTTPError, HFValidationError, OSError, ValueError) as error:
            reason = f" (asked for on the hub: {' '.join(str(error).split()) or type(error).__name__})"
    raise ModelError(f"no model {str(name)!r}{reason}; give one of {known(released)}, a model directory, or a hub id")


def save_model(
    model: RelexModel,
    directory: str | Path,
    *,
    target: str,
    recipe: Recipe,
    decode: DecodeConfig,
    metrics: Mapping[str, Any],
    card: str,
    keep_heads: bool = False,
) -> None:
    """Write a model directory: configuration, schema, recipe, metrics, card, and weights in half precision."""
    target_directory = Path(directory)
    target_directory.mkdir(parents=True, exist_ok=True)
    heads = set(model.heads.keys()) if keep_heads else {target}
    weights = {name: weight.half() for name, weight in model.trained_state(heads).items()}
    (target_directory / "schema.toml").write_text(model.head(target).schema.to_toml(), encoding="utf-8")
    (target_directory / "recipe.toml").write_text(recipe.to_toml(), encoding="utf-8")
    (target_directory / "metrics.json").write_text(
        json.dumps(metrics, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    (target_directory / "README.md").write_text(card, encoding="utf-8")
    model.save_weights(weights, target_directory / WEIGHTS_FILE)
    hashed = {name: hash_file(target_directory / name) for name in FILES if name != "config.json"}
    config = RelexConfig(
        encoder=model.config.encoder,
        architecture=model.config.architecture,
        schemas={name: schema for name, schema in model.config.schemas.items() if name in heads},
        target=target,
        decode={**asdict(decode)},
        files=hashed,
    )
    config.save_pretrained(target_directory)


def _read(directory: Path) -> tuple[RelexConfig, Schema, Recipe, dict[str, Any]]:
    for file in FILES:
        if not (directory / file).is_file():
            raise ModelError(f"model directory {directory} misses {file}; copy it again from where it was trained")
    config = _read_config(directory / "config.json")
    for file in FILES:
        expected = config.files.get(file)
        if expected is None or hash_file(directory / file) == expected:
            continue
        if file == "schema.toml":
            raise SchemaError(
                f"{directory}/schema.toml is not the schema that the weights were trained on; restore the file"
            )
        raise ModelError(
            f"{directory / file} is truncated or altered: its SHA-256 is not the one in config.json; copy it again"
        )
    if config.target not in config.schemas:
        raise ModelError(
            f"{directory}/config.json names target heads {config.target!r}, but has {known(config.schemas)}"
        )
    schema = load_schema(directory / "schema.toml")
    try:
        metrics = json.loads((directory / "metrics.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelError(f"{directory}/metrics.json is damaged: {error}; copy it again") from None
    return config, schema, Recipe.read(directory / "recipe.toml"), metrics


def _read_config(path: Path) -> RelexConfig:
    kinds = {"encoder": dict, "architecture": dict, "schemas": dict, "target": str, "decode": dict, "files": dict}
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        for key, kind in kinds.items():
            if not isinstance(value[key], kind):
                raise TypeError(f"{key} is no {kind.__name__}")
        if not all(isinstance(schema, str) for schema in value["schemas"].values()):
            raise TypeError("a schema is no text")
        config: RelexConfig = RelexConfig.from_dict(value)
    except KeyError as error:
        raise ModelError(f"{path} is damaged: {error} is missing; copy it again") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"{path} is damaged: {error}; copy it again") from None
    return config
