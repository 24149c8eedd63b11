"""Documents as tensors: each word points at its pieces, and padding is told apart."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import tiny
from models import largest_difference
from relex.batch import Batch, collate
from relex.document import Document
from relex.encoding import Encoded, encode

CLS, SEP, PAD = 2, 3, 0
TOKENIZER = tiny.make_tokenizer()


def encoded(*texts: str, window_pieces: int = 40) -> list[Encoded]:
    return [
        encode(Document("d", text), TOKENIZER, window_pieces=window_pieces, window_overlap=window_pieces // 4)
        for text in texts
    ]


def collated(documents: list[Encoded]) -> Batch:
    return collate(documents, special=(CLS, SEP), pad=PAD)


TEXTS = [[d.text for d in tiny.DOCUMENTS], ["Oslo", tiny.DOCUMENTS[0].text * 5, "", "Lima and Oslo ."], ["", ""], [" "]]


@pytest.mark.parametrize("texts", TEXTS)
def test_words_point_at_their_first_and_last_piece_in_their_window(texts: list[str]) -> None:
    documents = encoded(*texts)
    batch = collated(documents)
    pieces, width = batch.pieces.flatten(), batch.pieces.shape[1]
    flat, row = 0, 0
    for i, document in enumerate(documents):
        for word in range(document.n_words):
            first, last = int(batch.first_pieces[flat]), int(batch.last_pieces[flat])
            own = document.pieces[document.piece_starts[word] : document.piece_ends[word]]
            assert pieces[first : last + 1].tolist() == own.tolist()
            assert first // width == last // width == row + document.word_windows[word]
            assert batch.word_documents[flat] == i
            flat += 1
        row += len(document.windows)
    assert flat == batch.n_words == len(batch.first_pieces)
    assert row == len(batch.pieces)


@pytest.mark.parametrize("texts", TEXTS)
def test_every_row_is_a_framed_window_and_padding(texts: list[str]) -> None:
    documents = encoded(*texts)
    batch = collated(documents)
    rows = [(document, window) for document in documents for window in document.windows]
    for (document, window), pieces, shapes, mask in zip(rows, batch.pieces, batch.shapes, batch.mask, strict=True):
        inside = slice(window.piece_start, window.piece_end)
        assert pieces[mask].tolist() == [CLS, *document.pieces[inside].tolist(), SEP]
        assert shapes[mask].tolist() == [0, *document.shapes[inside].tolist(), 0]
        assert mask.tolist() == sorted(mask.tolist(), reverse=True)
        assert pieces[~mask].tolist() == [PAD] * int((~mask).sum())


def test_the_longest_window_has_no_padding() -> None:
    batch = collated(encoded("Oslo", "Oslo and Lima"))
    assert batch.pieces.shape == (2, 5)
    assert batch.mask.sum(dim=1).tolist() == [3, 5]


def test_a_long_document_has_a_row_for_each_window() -> None:
    (document,) = encoded(tiny.DOCUMENTS[0].text * 5)
    assert len(document.windows) > 3
    assert collated([document]).pieces.shape == (len(document.windows), 40)


def test_moving_keeps_everything() -> None:
    batch = collated(encoded(*TEXTS[0]))
    moved = batch.to("cpu")
    assert isinstance(moved, Batch)
    for name in Batch.__slots__:
        assert largest_difference(getattr(moved, name).long(), getattr(batch, name).long()) == 0
    assert batch.to(torch.device("meta")).pieces.device.type == "meta"


def test_word_documents_ascend() -> None:
    batch = collated(encoded(*TEXTS[1]))
    assert np.all(np.diff(batch.word_documents.numpy()) >= 0)
    assert set(batch.word_documents.tolist()) == {0, 1, 3}
