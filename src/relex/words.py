"""Texts as words: those that models read and distances are counted in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

# A word goes on across combining marks, soft hyphens and joiners, so that text is read alike in each Unicode form.
_MARKS = "\u0300-\u036f"
_UNSEEN = "\u00ad\u200c\u200d"
_WORD = re.compile(rf"\d+|[^\W\d_]+(?:(?:[{_MARKS}]|[{_UNSEEN}]+(?=[^\W\d_]))[^\W\d_]*)*|[^\s\w]|_")
_CASE_CHANGE = re.compile(r"(?<=[a-z])(?=[A-Z])")
_TOKEN = re.compile(r"\S+")
_LONGEST_WORD = 64
_TO_NOTHING = dict.fromkeys(map(ord, _UNSEEN))


def split_words(text: str) -> Iterator[tuple[int, int]]:
    """Yield the half-open code-point ranges of the words of a text, none longer than 64 characters."""
    for match in _WORD.finditer(text):
        borders = [
            match.start(),
            *(match.start() + m.start() for m in _CASE_CHANGE.finditer(match.group())),
            match.end(),
        ]
        for start, end in pairwise(borders):
            for cut in range(start, end, _LONGEST_WORD):
                yield cut, min(cut + _LONGEST_WORD, end)


def split_tokens(text: str) -> Iterator[tuple[int, int]]:
    """Yield the half-open code-point ranges of what white space parts in a text, none longer than 64 characters."""
    for match in _TOKEN.finditer(text):
        for cut in range(match.start(), match.end(), _LONGEST_WORD):
            yield cut, min(cut + _LONGEST_WORD, match.end())


def compose(surface: str) -> str:
    """Return a name in composed letters, without soft hyphens and joiners: what looks alike is alike."""
    return unicodedata.normalize("NFC", surface).translate(_TO_NOTHING)
