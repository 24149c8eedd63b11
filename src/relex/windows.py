"""Cuts a sequence of word pieces into overlapping windows, and says which window speaks for each word."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relex.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open range of a document's word pieces that the encoder reads at once."""

    piece_start: int
    piece_end: int

    def __len__(self) -> int:
        return self.piece_end - self.piece_start


def split_windows(
    word_starts: Sequence[int], n_pieces: int, *, size: int, overlap: int, sentence_words: Sequence[int] = ()
) -> tuple[Window, ...]:
    """Cut pieces into windows of at most `size` that overlap by at least `overlap` and never split a word.

    Args:
        word_starts: the first piece of each word, ascending, beginning with 0.
        n_pieces: the number of pieces in all.
        size: the most pieces in a window, special pieces not counted.
        overlap: the fewest pieces that neighbours share; words of up to half of `size - overlap` always fit.
        sentence_words: the first word of each sentence, ascending; windows begin and end there if that
            costs at most a quarter of their size.

    Every piece is in at least one window. Nothing is dropped.
    """
    if not 0 <= overlap < size:
        raise ConfigError(f"window overlap must lie in [0, size), not {overlap} with size {size}")
    if n_pieces <= size:
        return (Window(0, n_pieces),) if n_pieces else ()
    words = [*word_starts, n_pieces]
    sentences = [words[i] for i in sentence_words]
    windows: list[Window] = []
    start = 0
    while start + size < n_pieces:
        end = _last_at_most(sentences, start + size)
        if end < start + size - size // 4 or _last_at_most(words, end - overlap) <= start:
            end = _last_at_most(words, start + size)
        windows.append(Window(start, end))
        latest = end - overlap
        following = _last_at_most(sentences, latest)
        if following <= start or following < latest - size // 4:
            following = _last_at_most(words, latest)
        if following <= start:
            raise ConfigError(
                f"a word is too long for windows of {size} pieces that share {overlap}; "
                "raise window_pieces, or lower window_overlap"
            )
        start = following
    windows.append(Window(start, n_pieces))
    return tuple(windows)


def choose_windows(
    piece_starts: npt.NDArray[np.int64], piece_ends: npt.NDArray[np.int64], windows: Sequence[Window]
) -> npt.NDArray[np.int64]:
    """Return for each word the window in which it stands farthest from an edge.

    The beginning and the end of the document are no edges. Earlier windows win ties.

    Args:
        piece_starts: [W] the first piece of each word.
        piece_ends: [W] the piece after the last of each word.
        windows: the windows, in order.

    Returns:
        [W] indices into `windows`.
    """
    if len(windows) <= 1:
        return np.zeros(len(piece_starts), dtype=np.int64)
    n_pieces = windows[-1].piece_end
    best = np.full(len(piece_starts), -1, dtype=np.int64)
    chosen = np.zeros(len(piece_starts), dtype=np.int64)
    for i, window in enumerate(windows):
        left = bisect_left(piece_starts, window.piece_start)
        right = bisect_right(piece_ends, window.piece_end)
        room_left = piece_starts[left:right] - window.piece_start if window.piece_start else np.int64(n_pieces)
        room_right = window.piece_end - piece_ends[left:right] if window.piece_end < n_pieces else np.int64(n_pieces)
        room = np.broadcast_to(np.minimum(room_left, room_right), right - left)
        better = room > best[left:right]
        best[left:right][better] = room[better]
        chosen[left:right][better] = i
    return chosen


def _last_at_most(values: Sequence[int], limit: int) -> int:
    i = bisect_right(values, limit)
    return values[i - 1] if i else 0
