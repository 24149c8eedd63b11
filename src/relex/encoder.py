"""The encoder that a model stands on: loaded from a directory, made ready, adapted; and how much it reads at once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from huggingface_hub import utils as hub
from peft import LoraConfig, get_peft_model
from safetensors import SafetensorError
from torch import nn
from transformers import AutoConfig, AutoModel, PreTrainedModel
from transformers.utils.logging import disable_progress_bar, enable_progress_bar, is_progress_bar_enabled

from relex.adapter import fuse_adapters
from relex.attention import fuse_attention
from relex.errors import ConfigError, ModelError


@contextmanager
def _without_bars() -> Iterator[None]:
    """Draw no progress bars, and leave the settings of the libraries as they were."""
    had_bars, hub_had_none = is_progress_bar_enabled(), hub.are_progress_bars_disabled()  # type: ignore[attr-defined]
    _switch(disable_progress_bar)
    try:
        yield
    finally:
        if had_bars:
            _switch(enable_progress_bar)
            if hub_had_none:
                _switch(hub.disable_progress_bars)  # type: ignore[attr-defined]


def _switch(bars: Callable[[], object]) -> None:
    with warnings.catch_warnings():
        # That the environment has the last word on the hub's bars needs no telling.
        warnings.simplefilter("ignore")
        bars()


def load_encoder(directory: str | Path) -> PreTrainedModel:
    """Load an encoder without its pooler, in float32, with no access to the network and no progress bar.

    Raises:
        ModelError: no encoder there, or a damaged one.
    """
    try:
        config = AutoConfig.from_pretrained(str(directory), local_files_only=True)
        # Dropping out attention costs a third of the training time on a processor; the other dropouts stay.
        if hasattr(config, "attention_probs_dropout_prob"):
            config.attention_probs_dropout_prob = 0.0
        with _without_bars():
            encoder = AutoModel.from_pretrained(
                str(directory), config=config, local_files_only=True, dtype=torch.float32
            )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"cannot load the encoder in {directory}: {error}") from None
    return prepare_encoder(encoder)


def prepare_encoder(encoder: PreTrainedModel) -> PreTrainedModel:
    """Take off the pooler and compute attention in fused steps, in place."""
    # The pooler of sentence encoders plays no part here and would be trained in vain.
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None
    return fuse_attention(encoder)


def adapt_encoder(encoder: PreTrainedModel, *, rank: int, alpha: int) -> None:
    """Put a low-rank adapter on every linear layer, in place; nothing else is trained then."""
    config = LoraConfig(r=rank, lora_alpha=alpha, target_modules="all-linear")
    with warnings.catch_warnings():
        # peft asks transformers for an attribute by its older name.
        warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing", category=FutureWarning)
        get_peft_model(encoder, config)
    fuse_adapters(encoder)


def check_windows(encoder: PreTrainedModel, *, window_pieces: int) -> None:
    """Raise `ConfigError` if windows have more pieces than the encoder has positions for."""
    table = getattr(getattr(encoder, "embeddings", None), "position_embeddings", None)
    if not isinstance(table, nn.Embedding):
        return
    # Where padding has a position of its own, the first piece has the one behind it.
    positions = table.num_embeddings - (0 if table.padding_idx is None else table.padding_idx + 1)
    if window_pieces > positions:
        raise ConfigError(
            f"window_pieces is {window_pieces}, but the encoder has {positions} positions; set window_pieces to at "
            f"most {positions}"
        )
