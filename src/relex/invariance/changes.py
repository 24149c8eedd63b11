"""Changes of a text that should change no answer, and the way back from the changed text to the original."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from relex.document import Document, Evidence
from relex.errors import InputError

LINE_WIDTH = 72
"""How many characters a wrapped line has at most."""

PARAGRAPH = (
    "The dough should rest under a damp cloth until it has doubled, which takes longer in a cold kitchen than in a "
    "warm one. Fold it twice, shape it without pressing out the air, and leave it alone again while the oven heats. A "
    "stone on the lowest shelf keeps the crust from going soft. Bread like this is best when the crumb has settled and "
    "the knife no longer drags; what is left over can be dried, grated and kept in a jar. Some people add seeds, "
    "others a spoonful of honey, and neither does any harm as long as the oven is hot enough and nobody opens its door "
    "too early."
)
"""A paragraph without names, dates, offices or anything else that news is about."""

_PAGES = 5
_BREAK = "\n\n"
_WORD_START = re.compile(r"(?<![\w'’])[^\W\d_]")
_OPENING = re.compile(r"(?:^|(?<=[\s(\[{–—-]))[\"']")
_CURLY = {'"': "“”", "'": "‘’"}
_STRAIGHT = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "‚": "'"})
_PLAIN = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
_UNICODE = str.maketrans({"-": "‐"})


@dataclass(frozen=True, slots=True)
class Changed:
    """A text after a change: `origins` has the original offset of each character, or None where it was added.

    Characters that stem from one character of the original stand together and share its offset.

    Raises:
        InputError: not one origin for each character, or origins that go back.
    """

    text: str
    origins: tuple[int | None, ...]

    def __post_init__(self) -> None:
        kept = [origin for origin in self.origins if origin is not None]
        if len(self.origins) != len(self.text) or kept != sorted(kept):
            raise InputError(
                f"a changed text of {len(self.text)} characters has {len(self.origins)} origins; "
                "give one for each character, in the order of the original"
            )

    def is_added(self, start: int, end: int) -> bool:
        """Return whether nothing of a span of the changed text was in the original."""
        return all(origin is None for origin in self.origins[start:end])

    def trace(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the span of the original that became a span of the changed text.

        None if it begins or ends in what was added, or within what one character became.
        """
        first, last = self.origins[start], self.origins[end - 1]
        before = self.origins[start - 1] if start else None
        after = self.origins[end] if end < len(self.origins) else None
        if first is None or last is None or first == before or last == after:
            return None
        return first, last + 1


@dataclass(frozen=True, slots=True)
class Change:
    """A named change of texts that should change no answer."""

    name: str
    description: str
    apply: Callable[[str], Changed]


def rewrite(pieces: Iterable[str], *, before: str = "", after: str = "") -> Changed:
    """Return the text whose every character became a piece, in order, with what is added at either end."""
    pieces = tuple(pieces)
    origins = [i for i, piece in enumerate(pieces) for _ in piece]
    text = "".join((before, *pieces, after))
    return Changed(text, (*[None] * len(before), *origins, *[None] * len(after)))


def carry(document: Document, changed: Changed, *, id: str = "") -> Document:
    """Return an annotated document on its text changed, nothing of which was left out, with another id if given."""
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    for place, origin in enumerate(changed.origins):
        if origin is not None:
            starts.setdefault(origin, place)
            ends[origin] = place + 1

    def move(start: int, end: int) -> tuple[int, int]:
        return starts[start], ends[end - 1]

    mentions = []
    for mention in document.mentions:
        start, end = move(mention.start, mention.end)
        mentions.append(replace(mention, start=start, end=end))
    relations = [
        replace(r, evidence=tuple(Evidence(move(*pair.head), move(*pair.tail)) for pair in r.evidence))
        for r in document.relations
    ]
    return Document(id or document.id, changed.text, tuple(mentions), tuple(relations), document.meta)


def _each(change: Callable[[str], str]) -> Callable[[str], Changed]:
    return lambda text: rewrite(map(change, text))


def _capitalise(text: str) -> Changed:
    starts = {match.start() for match in _WORD_START.finditer(text)}
    return rewrite(char.title() if i in starts else char for i, char in enumerate(text))


def _wrap(text: str) -> Changed:
    pieces = list(text)
    line = 0
    space = None
    # One more space, so that the last word is measured too.
    for i, char in enumerate(f"{text} "):
        if char in " \n":
            if i - line > LINE_WIDTH and space is not None:
                pieces[space] = "\n"
                line = space + 1
            space = i
        if char == "\n":
            line, space = i + 1, None
    return rewrite(pieces)


def _curl(text: str) -> Changed:
    opening = {match.start() for match in _OPENING.finditer(text)}
    return rewrite(_CURLY[char][i not in opening] if char in _CURLY else char for i, char in enumerate(text))


CHANGES: tuple[Change, ...] = (
    Change("upper-case", "all letters in upper case", _each(str.upper)),
    Change("lower-case", "all letters in lower case", _each(str.lower)),
    Change("title-case", "the first letter of every word in upper case", _capitalise),
    Change("doubled-spaces", "two spaces for each", _each(lambda char: char * 2 if char == " " else char)),
    Change("doubled-breaks", "two line breaks for each", _each(lambda char: char * 2 if char == "\n" else char)),
    Change("wrapped-lines", f"lines of at most {LINE_WIDTH} characters", _wrap),
    Change("straight-quotes", "straight quotes for curly ones", _each(lambda char: char.translate(_STRAIGHT))),
    Change("curly-quotes", "curly quotes for straight ones", _curl),
    Change("plain-hyphens", "a hyphen for every dash", _each(lambda char: char.translate(_PLAIN))),
    Change("unicode-hyphens", "U+2010 for every hyphen", _each(lambda char: char.translate(_UNICODE))),
    Change("paragraph-before", "an unrelated paragraph before", lambda text: rewrite(text, before=PARAGRAPH + _BREAK)),
    Change("paragraph-after", "an unrelated paragraph after", lambda text: rewrite(text, after=_BREAK + PARAGRAPH)),
    Change(
        "pages-before",
        f"the same paragraph {_PAGES} times before, so that a text of a window moves to another",
        lambda text: rewrite(text, before=(PARAGRAPH + _BREAK) * _PAGES),
    ),
)
"""The changes that answers are tested under unless others are given."""
