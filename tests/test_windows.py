"""Windows over word pieces: all is covered, nothing is split, and each word is read where it has most room."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from relex.errors import ConfigError
from relex.windows import Window, choose_windows, split_windows


@dataclass(frozen=True)
class Case:
    """A text by the lengths of its words in pieces, and how it is to be cut."""

    lengths: tuple[int, ...]
    size: int
    overlap: int
    sentence_words: tuple[int, ...]

    @property
    def starts(self) -> list[int]:
        return [sum(self.lengths[:i]) for i in range(len(self.lengths))]

    @property
    def ends(self) -> list[int]:
        return [sum(self.lengths[: i + 1]) for i in range(len(self.lengths))]

    def windows(self) -> tuple[Window, ...]:
        return split_windows(
            self.starts, sum(self.lengths), size=self.size, overlap=self.overlap, sentence_words=self.sentence_words
        )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Return texts whose words are at most half as long as a window without its overlap."""
    size = draw(st.integers(4, 40))
    overlap = draw(st.integers(0, size - 2))
    lengths = draw(st.lists(st.integers(1, max(1, (size - overlap) // 2)), max_size=60))
    sentence_words = sorted(draw(st.sets(st.integers(0, len(lengths) - 1)) if lengths else st.just(set())))
    return Case(tuple(lengths), size, overlap, tuple(sentence_words))


@given(cases())
def test_every_piece_is_in_a_window_that_is_not_too_long(case: Case) -> None:
    windows = case.windows()
    covered = {piece for window in windows for piece in range(window.piece_start, window.piece_end)}
    assert covered == set(range(sum(case.lengths)))
    assert all(0 < len(window) <= case.size for window in windows)


@given(cases())
@example(Case((3,) * 12, size=20, overlap=14, sentence_words=(0, 5)))
def test_windows_share_at_least_the_overlap_and_move_on(case: Case) -> None:
    windows = case.windows()
    for left, right in pairwise(windows):
        assert left.piece_start < right.piece_start
        assert left.piece_end < right.piece_end
        assert left.piece_end - right.piece_start >= case.overlap


@given(cases())
def test_no_word_is_split(case: Case) -> None:
    borders = {0, *case.ends}
    assert all({window.piece_start, window.piece_end} <= borders for window in case.windows())


@given(cases())
def test_every_word_is_represented_by_a_window_that_contains_it(case: Case) -> None:
    windows = case.windows()
    chosen = choose_windows(np.array(case.starts, dtype=np.int64), np.array(case.ends, dtype=np.int64), windows)
    assert len(chosen) == len(case.lengths)
    for start, end, i in zip(case.starts, case.ends, chosen.tolist(), strict=True):
        assert windows[i].piece_start <= start < end <= windows[i].piece_end


@given(cases())
def test_the_window_chosen_is_the_one_with_most_room(case: Case) -> None:
    windows, n_pieces = case.windows(), sum(case.lengths)
    chosen = choose_windows(np.array(case.starts, dtype=np.int64), np.array(case.ends, dtype=np.int64), windows)
    expected = []
    for start, end in zip(case.starts, case.ends, strict=True):
        rooms = []
        for window in windows:
            if start < window.piece_start or end > window.piece_end:
                rooms.append(-1)
                continue
            # The document's own borders are no edges.
            left = start - window.piece_start if window.piece_start > 0 else n_pieces
            right = window.piece_end - end if window.piece_end < n_pieces else n_pieces
            rooms.append(min(left, right))
        expected.append(rooms.index(max(rooms)))
    assert chosen.tolist() == expected


def test_a_short_text_is_one_window_and_an_empty_one_none() -> None:
    assert split_windows([0, 2, 3], 5, size=5, overlap=2) == (Window(0, 5),)
    assert split_windows([], 0, size=5, overlap=2) == ()


def test_windows_begin_and_end_with_sentences_where_that_is_cheap() -> None:
    # A quarter of 20 pieces may be given up at either end.
    starts = list(range(40))
    first, second, *_ = split_windows(starts, 40, size=20, overlap=4, sentence_words=[0, 9, 18, 27, 36])
    assert (first, second.piece_start) == (Window(0, 18), 9)
    first, second, *_ = split_windows(starts, 40, size=20, overlap=4, sentence_words=[0, 8, 14, 27, 36])
    assert (first, second.piece_start) == (Window(0, 20), 14)


def test_windows_are_filled_where_sentences_are_too_long() -> None:
    windows = split_windows(list(range(50)), 50, size=20, overlap=5, sentence_words=[0, 3])
    assert windows == (Window(0, 20), Window(15, 35), Window(30, 50))


@pytest.mark.parametrize("overlap", [-1, 10, 11])
def test_an_overlap_that_leaves_no_room_is_an_error(overlap: int) -> None:
    with pytest.raises(ConfigError, match="overlap"):
        split_windows([0], 1, size=10, overlap=overlap)


def test_a_word_that_fits_no_window_is_an_error_and_not_an_endless_loop() -> None:
    with pytest.raises(ConfigError, match="word is too long"):
        split_windows([0, 30], 60, size=20, overlap=4)


def test_random_words_either_fit_or_raise() -> None:
    chance = random.Random(0)
    for _ in range(300):
        size = chance.randint(2, 20)
        lengths = tuple(chance.randint(1, size) for _ in range(chance.randint(1, 30)))
        sentence_words = tuple(sorted(chance.sample(range(len(lengths)), len(lengths) // 3)))
        case = Case(lengths, size, chance.randint(0, size - 1), sentence_words)
        try:
            windows = case.windows()
        except ConfigError:
            continue
        assert {p for w in windows for p in range(w.piece_start, w.piece_end)} == set(range(sum(lengths)))
        assert all(len(window) <= size for window in windows)
