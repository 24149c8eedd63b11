"""Documents as tensors: windows padded for the encoder, words and mentions of all documents in flat lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from relex.encoding import Encoded

T = TypeVar("T")


def move(value: T, device: torch.device | str) -> T:
    """Return a dataclass of tensors with every tensor on a device; other fields stay as they are."""
    moved = {}
    for f in fields(value):  # type: ignore[arg-type]
        item = getattr(value, f.name)
        moved[f.name] = item.to(device) if isinstance(item, Tensor) else item
    return type(value)(**moved)


@dataclass(frozen=True, slots=True)
class Batch:
    """What the model reads. B windows of at most T pieces, W words of D documents.

    Attributes:
        pieces: [B, T] word-piece ids, special and padding pieces included.
        shapes: [B, T] shape ids.
        mask: [B, T] True where a piece is no padding.
        first_pieces: [W] where the first piece of each word stands in the flattened [B * T].
        last_pieces: [W] where its last piece stands.
        word_documents: [W] the document of each word, ascending.
    """

    pieces: Tensor
    shapes: Tensor
    mask: Tensor
    first_pieces: Tensor
    last_pieces: Tensor
    word_documents: Tensor

    def to(self, device: torch.device | str) -> Batch:
        """Return the batch on a device."""
        return move(self, device)

    @property
    def n_words(self) -> int:
        """The number of words of all documents."""
        return len(self.first_pieces)


def collate(encoded: Sequence[Encoded], *, special: tuple[int, int], pad: int) -> Batch:
    """Pack encoded documents into one batch; `special` are the pieces before and after each window."""
    windows = [(i, window) for i, document in enumerate(encoded) for window in document.windows]
    longest = max((len(window) for _, window in windows), default=0) + 2
    pieces = np.full((len(windows), longest), pad, dtype=np.int64)
    shapes = np.zeros_like(pieces)
    mask = np.zeros(pieces.shape, dtype=bool)
    for row, (i, window) in enumerate(windows):
        end = len(window) + 1
        pieces[row, 0], pieces[row, end] = special
        pieces[row, 1:end] = encoded[i].pieces[window.piece_start : window.piece_end]
        shapes[row, 1:end] = encoded[i].shapes[window.piece_start : window.piece_end]
        mask[row, : end + 1] = True
    first, last, documents, row = [], [], [], 0
    for i, document in enumerate(encoded):
        starts = np.array([window.piece_start for window in document.windows], dtype=np.int64)
        base = (row + document.word_windows) * longest + 1 - starts[document.word_windows]
        first.append(base + document.piece_starts)
        last.append(base + document.piece_ends - 1)
        documents.append(np.full(document.n_words, i, dtype=np.int64))
        row += len(document.windows)
    return Batch(
        pieces=torch.from_numpy(pieces),
        shapes=torch.from_numpy(shapes),
        mask=torch.from_numpy(mask),
        first_pieces=torch.from_numpy(np.concatenate(first)),
        last_pieces=torch.from_numpy(np.concatenate(last)),
        word_documents=torch.from_numpy(np.concatenate(documents)),
    )
