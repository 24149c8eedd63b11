"""The network: a batch of documents in, scores of spans, links and relations out; one encoder pass a window."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from peft.tuners.lora import LoraLayer
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PreTrainedConfig, PreTrainedModel

from relex.batch import Batch
from relex.config import ModelConfig
from relex.dropout import speed_dropout
from relex.encoder import adapt_encoder, check_windows, load_encoder, prepare_encoder
from relex.encoding import SHAPES
from relex.errors import ConfigError, ModelError, SchemaError, known
from relex.heads import Heads
from relex.layers import Words
from relex.schema import Schema

WEIGHTS_FILE = "model.safetensors"

_STEP = 8
"""Windows are padded to a multiple of so many pieces. A processor prepares every matrix product once for each number
of rows, which takes up to six times as long as the product itself.
"""

_LIKE_LENGTH = 0.75
"""Windows are read together if the shortest has this share of the longest's pieces."""


class RelexConfig(PreTrainedConfig):  # type: ignore[misc]
    """The shape of a `RelexModel`.

    Attributes:
        encoder: the encoder's own configuration, as a dictionary.
        architecture: the fields of a `ModelConfig`.
        schemas: a schema for each set of heads, by name; as TOML, since the order of types numbers the labels
            and JSON is written with its keys sorted.
        target: the set of heads that extracts.
        decode: the fields of a `DecodeConfig`.
        files: the SHA-256 of the other files of the model directory, by name.
    """

    model_type = "relex"

    def __init__(
        self,
        encoder: Mapping[str, Any] | None = None,
        architecture: Mapping[str, Any] | None = None,
        schemas: Mapping[str, str] | None = None,
        target: str = "main",
        decode: Mapping[str, Any] | None = None,
        files: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        self.encoder = dict(encoder or {})
        self.architecture = dict(architecture or {})
        self.schemas = dict(schemas or {})
        self.target = target
        self.decode = dict(decode or {})
        self.files = dict(files or {})
        super().__init__(**kwargs)


class RelexModel(PreTrainedModel):  # type: ignore[misc]
    """An encoder with a shape embedding, and sets of heads by name, each with a schema of its own.

    Only what was trained is saved: adapter and heads with LoRA, everything with full fine-tuning.
    """

    config_class = RelexConfig
    base_model_prefix = ""

    def __init__(self, config: RelexConfig, encoder: PreTrainedModel | None = None) -> None:
        super().__init__(config)
        self.settings = ModelConfig(**config.architecture)
        if encoder is None:
            encoder = prepare_encoder(AutoModel.from_config(AutoConfig.for_model(**config.encoder)))
        width = encoder.config.hidden_size
        self.encoder = encoder
        if self.settings.adaptation == "lora":
            adapt_encoder(encoder, rank=self.settings.lora_rank, alpha=self.settings.lora_alpha)
        self.shape_embedding = nn.Embedding(len(SHAPES), width) if self.settings.shapes else None
        if self.shape_embedding is not None:
            # Training starts from the encoder as it was.
            nn.init.zeros_(self.shape_embedding.weight)
        self.heads = nn.ModuleDict(
            {
                name: Heads(Schema.from_toml(schema), width=width, config=self.settings)
                for name, schema in config.schemas.items()
            }
        )
        speed_dropout(self)

    @classmethod
    def create(cls, settings: ModelConfig, schemas: Mapping[str, Schema], encoder_directory: str | Path) -> RelexModel:
        """Build a model with fresh heads on the encoder in a directory.

        Raises:
            ConfigError: a name of heads that is taken by the container that holds them, or windows longer than the
                encoder reads.
        """
        if taken := [name for name in schemas if hasattr(nn.ModuleDict, name)]:
            raise ConfigError(f"heads cannot be called {taken[0]!r}; choose another name, such as '{taken[0]}-heads'")
        encoder = load_encoder(encoder_directory)
        check_windows(encoder, window_pieces=settings.window_pieces)
        config = RelexConfig(
            # Where the encoder lay is nobody's business where the model goes.
            encoder={name: value for name, value in encoder.config.to_dict().items() if name != "_name_or_path"},
            architecture={name: getattr(settings, name) for name in settings.__slots__},
            schemas={name: schema.to_toml() for name, schema in schemas.items()},
        )
        return cls(config, encoder)

    def represent(self, batch: Batch, *, max_pieces: int | None = None) -> Words:
        """Run the encoder once over each window and pick out the pieces that represent words.

        Args:
            max_pieces: how many pieces to read at once, to bound memory; all of them if None.
        """
        device, width = batch.pieces.device, batch.pieces.shape[1]
        lengths = [self._round_up(length) for length in batch.mask.sum(dim=1).tolist()]
        outputs, base, size = [], torch.zeros(len(lengths), dtype=torch.long, device=device), 0
        for rows, longest in group_rows(lengths, max_pieces=max_pieces):
            part = torch.tensor(rows, device=device)
            pieces, shapes, mask = (
                nn.functional.pad(own[part, :longest], (0, max(longest - width, 0)))
                for own in (batch.pieces, batch.shapes, batch.mask)
            )
            embedded = self.encoder.get_input_embeddings()(pieces)
            if self.shape_embedding is not None:
                embedded = embedded + self.shape_embedding(shapes)
            output = self.encoder(inputs_embeds=embedded, attention_mask=mask.long())
            outputs.append(output.last_hidden_state.flatten(0, 1))
            base[part] = size + longest * torch.arange(len(rows), device=device)
            size += len(outputs[-1])
        if not outputs:
            empty = torch.zeros(0, self.encoder.config.hidden_size, device=device)
            return Words(empty, empty, batch.word_documents)
        hidden = torch.cat(outputs)
        first, last = (base[place // width] + place % width for place in (batch.first_pieces, batch.last_pieces))
        return Words(hidden[first].float(), hidden[last].float(), batch.word_documents)

    def forward(self, batch: Batch, *, head: str) -> Tensor:
        """Return the span logits [W, L, S] of a batch under one set of heads."""
        logits: Tensor = self.head(head).spans(self.represent(batch))
        return logits

    def head(self, name: str) -> Heads:
        """Return a set of heads by name; raise `ModelError` if the model has none of that name."""
        if name not in self.heads:
            raise ModelError(f"the model has no heads {name!r}; it has {known(self.heads.keys())}")
        heads = self.heads[name]
        assert isinstance(heads, Heads)
        return heads

    def trained_state(self, heads: set[str] | None = None) -> dict[str, Tensor]:
        """Return the weights that training changes, with the heads named or all of them."""
        kept = {}
        for name, parameter in self.named_parameters():
            parts = name.split(".")
            if parts[0] == "heads" and heads is not None and parts[1] not in heads:
                continue
            if parts[0] == "encoder" and self.settings.adaptation == "lora" and "lora_" not in name:
                continue
            kept[name] = parameter.detach().contiguous()
        return kept

    def save_pretrained(
        self,
        save_directory: str | os.PathLike[str],
        is_main_process: bool = True,
        state_dict: Mapping[str, Tensor] | None = None,
    ) -> None:
        """Write `config.json` and the trained weights as `model.safetensors`.

        `state_dict` is what the `transformers` Trainer passes; only the names that training changes are taken from it.
        """
        if not is_main_process:
            return
        Path(save_directory).mkdir(parents=True, exist_ok=True)
        self.config.save_pretrained(save_directory)
        weights = self.trained_state()
        if state_dict is not None:
            weights = {name: state_dict[name].contiguous() for name in weights}
        self.save_weights(weights, Path(save_directory) / WEIGHTS_FILE)

    @staticmethod
    def save_weights(weights: Mapping[str, Tensor], path: Path) -> None:
        """Write tensors by name to a safetensors file."""
        save_file(dict(weights), path, metadata={"format": "pt"})

    @classmethod
    def from_pretrained(cls, directory: str | os.PathLike[str], *, encoder_directory: str | Path) -> RelexModel:
        """Load a saved model onto the encoder in a directory, with the adapter still apart (see `merge`).

        Raises:
            ModelError: weights that are missing, truncated, or do not fit the configuration.
        """
        config = RelexConfig.from_pretrained(directory)
        model = cls(config, load_encoder(encoder_directory))
        model.load_weights(Path(directory) / WEIGHTS_FILE)
        return model

    def load_weights(self, path: Path) -> None:
        """Take over the trained weights in a file; all must be there, of the right shape, and no others."""
        try:
            weights = load_file(path)
        except (OSError, SafetensorError) as error:
            raise ModelError(f"cannot read the weights in {path}: {error}; copy the model directory again") from None
        own = self.trained_state()
        wrong = {name for name in own.keys() & weights.keys() if own[name].shape != weights[name].shape}
        if wrong or own.keys() != weights.keys():
            off = sorted((own.keys() ^ weights.keys()) | wrong)
            raise SchemaError(
                f"the weights in {path} do not fit the model's configuration and schema: {len(off)} tensors differ, "
                f"first {off[0]}; the model directory was changed after training"
            )
        self.load_state_dict({name: weight.float() for name, weight in weights.items()}, strict=False)

    @torch.no_grad()
    def merge(self) -> RelexModel:
        """Fold the adapter into the encoder, so that it costs nothing; the model cannot be trained after."""
        for parent in list(self.encoder.modules()):
            for name, child in list(parent.named_children()):
                if isinstance(child, LoraLayer):
                    child.merge()
                    setattr(parent, name, child.base_layer)
        self.requires_grad_(False).eval()
        return self

    @torch.no_grad()
    def store_frozen(self, dtype: torch.dtype) -> RelexModel:
        """Keep the matrices of the encoder that are not trained in `dtype`.

        In the type of autocast it changes no result and spares casting them at every pass; in float32 nothing happens.
        """
        for module in self.encoder.modules():
            if isinstance(module, nn.Linear) and not module.weight.requires_grad:
                module.to(dtype)
        return self

    def _round_up(self, length: int) -> int:
        """Return the length that windows of `length` pieces are padded to, so that few different ones occur."""
        # Some encoders number their positions from 2 on.
        positions = getattr(self.encoder.config, "max_position_embeddings", None) or length + _STEP
        most = min(self.settings.window_pieces, positions - 2)
        return max(min(-(-length // _STEP) * _STEP, most), length)


def group_rows(lengths: Sequence[int], *, max_pieces: int | None) -> Iterator[tuple[list[int], int]]:
    """Yield windows of like length to be read at once, and the length of the longest of each group.

    A short window beside a long one would mostly be padding. No group has more than `max_pieces` pieces with its
    padding, unless a single window has more.
    """
    group: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        longest = lengths[group[0]] if group else 0
        full = max_pieces is not None and longest * (len(group) + 1) > max_pieces
        if group and (full or lengths[row] < _LIKE_LENGTH * longest):
            yield group, longest
            group = []
        group.append(row)
    if group:
        yield group, lengths[group[0]]
