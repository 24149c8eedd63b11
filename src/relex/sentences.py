"""Where sentences begin and end: rules over punctuation, made for news and readouts."""

from __future__ import annotations

import re
from itertools import pairwise

_WIDEST = 120
"""No text is wrapped into lines of more characters."""

_ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "gen",
        "col",
        "lt",
        "sgt",
        "capt",
        "cmdr",
        "adm",
        "maj",
        "gov",
        "sen",
        "rep",
        "hon",
        "rev",
        "st",
        "sr",
        "jr",
        "no",
        "nos",
        "vs",
        "art",
        "inc",
        "ltd",
        "co",
        "corp",
        "est",
        "dept",
        "min",
        "pres",
        "vol",
        "fig",
        "approx",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
    ]
)
_BOUNDARY = re.compile(r"(?<![.!?…])[.!?…]+[\"'”’»)\]]*(?=\s|[“\"«][^\W\d_])|\n+|[。！？]+")
_LINE = re.compile(r"^[^\n]*[^\s][^\n]*", re.MULTILINE)
_LAST_WORD = re.compile(r"([^\W\d_](?:[^\W\d_]|\.(?=[^\W\d_]))*)\.$")


def split_sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Split a text into sentences.

    Returns half-open code-point ranges without outer white space, in order and disjoint, that
    cover every character of the text that is not white space. A line ends a sentence, but for
    lines that are only wrapped; see `find_wraps`.
    """
    wraps = find_wraps(text)
    sentences: list[tuple[int, int]] = []
    start = 0
    for match in _BOUNDARY.finditer(text):
        if match.start() not in wraps and _ends_sentence(text, start, match):
            _append(sentences, text, start, match.end())
            start = match.end()
    _append(sentences, text, start, len(text))
    return tuple(sentences)


def find_wraps(text: str) -> frozenset[int]:
    """Return the offsets of the line feeds that only wrap lines at some width, as in mails and cables.

    The width is that of the longest line that goes on in lower case on the next, and a line is wrapped if it has no
    room for the first word of the next one. At least two must be, and half of all that have a next one, and half of
    these must go on in lower case: lists and headlines seldom do.
    """
    # Blank lines have no match: what touches is a line and the next.
    followed = [
        (line.end() - line.start(), line.end(), below.group().split(maxsplit=1)[0])
        for line, below in pairwise(_LINE.finditer(text))
        if below.start() == line.end() + 1
    ]
    width = max((length for length, _, word in followed if word[0].islower()), default=_WIDEST + 1)
    full = [(end, word) for length, end, word in followed if width <= _WIDEST and length + 1 + len(word) > width]
    n_lower = sum(word[0].islower() for _, word in full)
    if len(full) < 2 or 2 * len(full) < len(followed) or 2 * n_lower < len(full):
        return frozenset()
    return frozenset(end for end, _ in full)


def _ends_sentence(text: str, start: int, match: re.Match[str]) -> bool:
    mark = match.group()
    if mark[0] != ".":
        return True
    rest = text[match.end() : match.end() + 8].lstrip()
    if rest[:1].islower():
        return False
    if mark != ".":
        return True
    last = _LAST_WORD.search(text, max(start, match.end() - 24), match.end())
    if last is None:
        return True
    word = last.group(1)
    # An initial ("J. Smith", "U.S. President") or a title ("Gen. Smith") does not end a sentence.
    return not (len(word) == 1 or "." in word or word.lower() in _ABBREVIATIONS)


def _append(sentences: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    chunk = text[start:end]
    left = start + len(chunk) - len(chunk.lstrip())
    right = end - len(chunk) + len(chunk.rstrip())
    if left < right:
        sentences.append((left, right))
