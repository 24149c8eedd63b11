"""Text that a page can hold, how much room it takes, and where its lines break: estimates, as no browser is asked."""

from __future__ import annotations

import unicodedata
from html import escape
from math import ceil

MAX_LINES = 3
"""How many lines a name takes at most."""

_LIMIT = 150.0
_NARROWEST = 72.0

# Control characters cannot stand in HTML, or would not be seen there; Unicode has pictures of them.
_PICTURES = {code: 0x2400 + code for code in range(0x20)} | dict.fromkeys(range(128, 160), 65533)
_PICTURES |= {0x7F: 0x2421, 0x09: 0x09, 0x0A: 0x0A} | dict.fromkeys((0x0B, 0x0C, 0x85), 0x20)
_VISIBLE: dict[int, int | None] = {**_PICTURES, 0x0D: None}


def escape_visibly(text: str) -> str:
    """Escape text for HTML, with a picture for each control character."""
    return escape(text.translate(_VISIBLE))


def measure(text: str, size: float) -> float:
    """Estimate the width in pixels of a text in a sans-serif font of that size."""
    return size * 1.04 * sum(_measure_character(c) for c in text)


def wrap(text: str, size: float) -> tuple[str, ...]:
    """Break a name into at most `MAX_LINES` lines of some 150 pixels; an ellipsis stands for the rest."""
    width = measure(text, size)
    # Even lines look better than a full one above a short one.
    limit = max(_NARROWEST, width / ceil(width / _LIMIT) * 1.25) if width else _LIMIT
    limit = min(limit, 1.2 * _LIMIT)
    lines = [""]
    for word in text.split():
        if lines[-1] and measure(f"{lines[-1]} {word}", size) > limit:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    if len(lines) > MAX_LINES:
        lines = [*lines[: MAX_LINES - 1], f"{lines[MAX_LINES - 1]} …"]
    return tuple(_cut(line, size) for line in lines)


def _cut(line: str, size: float) -> str:
    """Shorten one line without spaces to break at."""
    if measure(line, size) <= 1.4 * _LIMIT:
        return line
    width, kept = 0.0, 0
    while width <= 1.3 * _LIMIT:
        width += measure(line[kept], size)
        kept += 1
    return line[:kept].rstrip(" …") + "…"


def _measure_character(character: str) -> float:
    if unicodedata.category(character) in ("Cf", "Mn", "Me"):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if character in "ijlI.,:;'’|!()[]ft- ":
        return 0.31
    if character in "mwMW@—%":
        return 0.86
    return 0.68 if character.isupper() else 0.555
