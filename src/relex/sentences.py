"""Where sentences begin and end: rules over punctuation, made for news and readouts."""

from __future__ import annotations

import re

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
_BOUNDARY = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s+|[“\"«][^\W\d_])|\n+|[。！？]+")
_LAST_WORD = re.compile(r"([^\W\d_](?:[^\W\d_]|\.(?=[^\W\d_]))*)\.$")


def split_sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Split a text into sentences.

    Returns half-open code-point ranges without outer white space, in order and disjoint, that
    cover every character of the text that is not white space.
    """
    sentences: list[tuple[int, int]] = []
    start = 0
    for match in _BOUNDARY.finditer(text):
        if _ends_sentence(text, start, match):
            _append(sentences, text, start, match.end())
            start = match.end()
    _append(sentences, text, start, len(text))
    return tuple(sentences)


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
