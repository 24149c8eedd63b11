"""The only place where characters meet word pieces: a document in, arrays of pieces and words out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from relex.document import Document, Mention
from relex.sentences import find_wraps
from relex.windows import Window, choose_windows, split_windows
from relex.words import split_tokens, split_words

Ints = npt.NDArray[np.int64]

SHAPES = ("none", "lower", "capitalised", "first-capitalised", "upper", "digits", "mixed", "other")
"""What the shape embedding tells an uncased encoder about a word; a shape id is an index into this tuple."""

_SHAPE_IDS = {name: i for i, name in enumerate(SHAPES)}


@dataclass(frozen=True, slots=True)
class Encoded:
    """A document as an encoder and its heads see it. T pieces, W words.

    Attributes:
        pieces: [T] word-piece ids, without special pieces.
        shapes: [T] shape ids, indices into `SHAPES`.
        piece_starts, piece_ends: [W] the pieces of each word, half-open.
        char_starts, char_ends: [W] the characters of each word, half-open.
        word_sentences: [W] the sentence of each word.
        windows: what the encoder reads at once.
        word_windows: [W] the window that represents each word.
    """

    pieces: Ints
    shapes: Ints
    piece_starts: Ints
    piece_ends: Ints
    char_starts: Ints
    char_ends: Ints
    word_sentences: Ints
    windows: tuple[Window, ...]
    word_windows: Ints

    @property
    def n_words(self) -> int:
        """The number of words."""
        return len(self.piece_starts)

    def count_lines(self, text: str) -> Ints:
        """Return [W] the line of the text on which each word begins; lines that are only wrapped are one."""
        breaks = np.flatnonzero(np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32) == ord("\n"))
        return np.searchsorted(np.setdiff1d(breaks, list(find_wraps(text))), self.char_starts)

    @property
    def n_pieces(self) -> int:
        """The number of word pieces that the encoder reads, overlaps counted twice."""
        return sum(map(len, self.windows))


def encode(
    document: Document, tokenizer: Tokenizer, *, window_pieces: int, window_overlap: int, words: str = "marks"
) -> Encoded:
    """Cut a document into words, pieces and windows.

    Words are runs of letters, runs of digits and single marks, cut where lower case turns to upper (of
    unaccented letters), so that every border of a name is a border of words; if `words` is `spaces`, they
    are what stands between white space. Characters for which the tokenizer has no piece (zero-width marks)
    belong to no word.
    `window_pieces` counts the special pieces.
    """
    spans = list(split_words(document.text) if words == "marks" else split_tokens(document.text))
    encoding = tokenizer.encode([document.text[s:e] for s, e in spans], is_pretokenized=True, add_special_tokens=False)
    word_of_piece = np.array([w if w is not None else -1 for w in encoding.word_ids], dtype=np.int64)
    kept, piece_starts, counts = np.unique(word_of_piece, return_index=True, return_counts=True)
    chars = np.array(spans, dtype=np.int64).reshape(-1, 2)[kept]
    sentence_starts = np.array([start for start, _ in document.sentences], dtype=np.int64)
    word_sentences = np.maximum(np.searchsorted(sentence_starts, chars[:, 0], side="right") - 1, 0)
    first_words = np.unique(word_sentences, return_index=True)[1]
    shapes = _shape_words([document.text[s:e] for s, e in chars], set(first_words.tolist()))
    # Two special pieces frame every window.
    windows = split_windows(
        piece_starts.tolist(),
        len(word_of_piece),
        size=window_pieces - 2,
        overlap=window_overlap,
        sentence_words=first_words.tolist(),
    )
    piece_ends = piece_starts + counts
    return Encoded(
        pieces=np.array(encoding.ids, dtype=np.int64),
        shapes=np.repeat(shapes, counts),
        piece_starts=piece_starts,
        piece_ends=piece_ends,
        char_starts=chars[:, 0],
        char_ends=chars[:, 1],
        word_sentences=word_sentences,
        windows=windows,
        word_windows=choose_windows(piece_starts, piece_ends, windows),
    )


def align(encoded: Encoded, mentions: Sequence[Mention]) -> Ints:
    """Return the words of mentions: [M, 2] half-open, or -1, -1 where a border falls inside a word."""
    starts = {start: i for i, start in enumerate(encoded.char_starts.tolist())}
    ends = {end: i + 1 for i, end in enumerate(encoded.char_ends.tolist())}
    found = [(starts.get(m.start, -1), ends.get(m.end, -1)) for m in mentions]
    return np.array([(s, e) if 0 <= s < e else (-1, -1) for s, e in found], dtype=np.int64).reshape(-1, 2)


def _shape_words(words: Sequence[str], first_words: set[int]) -> Ints:
    return np.array([_SHAPE_IDS[_shape(word, i in first_words)] for i, word in enumerate(words)], dtype=np.int64)


def _shape(word: str, is_first: bool) -> str:
    if not word[0].isalpha():
        return "digits" if word[0].isdigit() else "other"
    if word.islower():
        return "lower"
    if word.isupper() and len(word) > 1:
        return "upper"
    if word[0].isupper() and (len(word) == 1 or word[1:].islower()):
        return "first-capitalised" if is_first else "capitalised"
    return "mixed" if word.upper() != word.lower() else "other"
