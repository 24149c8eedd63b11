"""Calendar expressions of English news, read into ISO 8601.

A day, month or year is written `2025-05-07`, `2024-07`, `2025`; a span as an interval with both ends in
full (`2026-02-10/2026-02-11`), a decade as the interval of its first and last year (`1950/1959`). What
lacks a year and cannot be given one keeps the truncated form of ISO 8601:2000 and vCard: `--05-07` is a
seventh of May, `--07` a July.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# The words of a date: which field of a `_Point` they fill, and with what.
_WORDS: dict[str, tuple[str, int]] = {
    **{form: ("month", i) for i, name in enumerate(_MONTHS, 1) for form in (name, name[:3])},
    **{form: ("weekday", i) for i, name in enumerate(_WEEKDAYS) for form in (name, name[:3])},
    "sept": ("month", 9),
    "tues": ("weekday", 1),
    "thur": ("weekday", 3),
    "thurs": ("weekday", 3),
}
_FILLERS = frozenset(
    ["the", "of", "on", "in", "from", "since", "during", "by", "early", "mid", "late", "this", ",", "."]
)
_TO = frozenset(["-", "/", "to", "until", "till", "through"])
_YEARS = range(1000, 3000)
CUES = {
    **dict.fromkeys(("next", "coming", "upcoming"), "next"),
    **dict.fromkeys(("last", "past", "previous"), "last"),
    **dict.fromkeys(("every", "each"), "every"),
}
"""The words before a date that say which of several is meant, and the word that stands for them."""
_TOKEN = re.compile(r"(?P<decade>\d{3}0)'?s\b|(?P<number>\d+)(?:st|nd|rd|th)?\b|[^\W\d_]+|\S")
_ISO = re.compile(r"([12]\d{3})-(\d\d)(?:-(\d\d))?")
_NUMERIC = re.compile(r"(\d\d?)([./])(\d\d?)\2([12]\d{3})")
_PLAIN = str.maketrans("‐‑–—’", "----'")
_DAY = timedelta(days=1)


def parse_date(surface: str, *, written: date | None = None, ahead: bool = False) -> str | None:
    """Return a calendar expression in ISO 8601, or None if it is none or cannot be placed.

    `written` is the day of the report. By it a weekday is the last such day up to that one, as news uses
    it, and a day or month without a year is the nearest; if the text looks `ahead`, both are the first that
    is not over by then. A leading `next` or `last` looks only forward or back, `every` keeps a day or month
    without a year. Without `written` a weekday is None.
    """
    if written is not None and written.year not in _YEARS:
        written = None
    text = surface.translate(_PLAIN).strip().lower()
    reading = _read_numeric(text) or _read_words(text)
    if reading is None:
        return None
    left, right = (reading.left, reading.right) if reading.right is None else _share(reading.left, reading.right)
    start = _place(left, written, reading.cue or ("ahead" if ahead else ""))
    end = start if right is None or start is None else _place_after(start, right)
    if start is None or end is None or not _in_order(start, end, reading.neighbours):
        return None
    first, last = start.write(), end.last.write()
    return first if first == last else f"{first}/{last}"


@dataclass(frozen=True, slots=True)
class _Point:
    """A date, or one end of a span, as far as it is written; weekdays count from 0."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    is_decade: bool = False

    @classmethod
    def of(cls, day: date) -> _Point:
        return cls(day.year, day.month, day.day)

    @property
    def is_weekday(self) -> bool:
        return self.weekday is not None and self == _Point(weekday=self.weekday)

    @property
    def last(self) -> _Point:
        """The point itself, or the last year of a decade."""
        return _Point((self.year or 0) + 9) if self.is_decade else self

    @property
    def days(self) -> tuple[date, date] | None:
        """Its first and last day, in a leap year if it has no year; None where the calendar has no such day."""
        try:
            if self.month is not None:
                first = date(self.year or 2000, self.month, 1 if self.day is None else self.day)
                return first, first if self.day else (first + 31 * _DAY).replace(day=1) - _DAY
            if self.year is not None and self.day is None:
                return date(self.year, 1, 1), date(self.last.year or 0, 12, 31)
        except ValueError:
            pass
        return None

    def write(self) -> str:
        year = "-" if self.year is None else f"{self.year:04}"
        return year + "".join(f"-{part:02}" for part in (self.month, self.day) if part is not None)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What stands in an expression: a point or the ends of a span, and how it is to be placed.

    `neighbours` holds for ends joined by `and`, which are a span only if one follows the other.
    """

    left: _Point
    right: _Point | None = None
    cue: str = ""
    neighbours: bool = False


def _read_numeric(text: str) -> _Reading | None:
    """Read 2025-05-07, 2024-07 and 07.05.2025; with slashes only what day and month cannot exchange."""
    if match := _ISO.fullmatch(text):
        year, month, day = int(match[1]), int(match[2]), int(match[3]) if match[3] else None
        # "2010-12" is a span of years, "2024-07" is no such span and so a month.
        return None if day is None and month > year % 100 else _Reading(_Point(year, month, day))
    if match := _NUMERIC.fullmatch(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        if match[2] == "." or first > 12 or first == second:
            return _Reading(_Point(year, second, first))
        if second > 12:
            return _Reading(_Point(year, first, second))
    return None


def _read_words(text: str) -> _Reading | None:
    points, cue, between, neighbours = [_Point()], "", False, False
    for match in _TOKEN.finditer(text):
        word = match.group()
        name, value = _WORDS.get(word, ("", 0))
        if match["number"]:
            name, value = ("day" if len(match["number"]) <= 2 else "year"), int(match["number"])
        if match["decade"] and points[-1] == _Point():
            points[-1] = _Point(int(match["decade"]), is_decade=True)
        elif name and getattr(points[-1], name) is None:
            filled: dict[str, Any] = {name: value}
            points[-1] = replace(points[-1], **filled)
        elif word in _TO or word == "and":
            neighbours = word == "and" and not between
            # Nothing yet: the dash of "mid-July".
            if points[-1] != _Point():
                points.append(_Point())
        elif word == "between":
            between = True
        elif word in CUES:
            cue = CUES[word]
        elif name or word not in _FILLERS:
            return None
    if len(points) > 2 or _Point() in points or any(p.year is not None and p.year not in _YEARS for p in points):
        return None
    return _Reading(points[0], points[1] if len(points) == 2 else None, cue, neighbours)


def _share(left: _Point, right: _Point) -> tuple[_Point, _Point]:
    """Give each end of a span what only the other one says: "10–11 February 2026", "May 9 and 10", "2021–25"."""
    if left.year and right.day and left == _Point(left.year) and right == _Point(day=right.day):
        century = left.year - left.year % 100 + 100 * (right.day <= left.year % 100)
        return left, _Point(century + right.day)
    if left.day and right.day and left.month is None:
        left = replace(left, month=right.month)
    elif right.day and right.month is None:
        right = replace(right, month=left.month)
    if left.year is None and left.month and right.year:
        left = replace(left, year=right.year - _wraps(left, right))
    return left, right


def _wraps(left: _Point, right: _Point) -> bool:
    """Return whether a span from one month to another passes the end of a year."""
    return left.month is not None and right.month is not None and left.month > right.month


def _place(point: _Point, written: date | None, cue: str) -> _Point | None:
    """Return the point with the year, or as the day, that the day of the report gives it; None if there is none."""
    if point.is_weekday:
        if written is None or cue == "every":
            return None
        back = (written.weekday() - (point.weekday or 0)) % 7
        if cue:
            back = {"next": back - 7, "last": back or 7, "ahead": back and back - 7}[cue]
        return _Point.of(written - back * _DAY)
    point = replace(point, weekday=None)
    if point.days is None or point.year is not None or written is None or cue == "every":
        return point if point.days else None
    # Eight years either way hold every day of the calendar, 29 February too.
    choices = [
        (days, choice)
        for choice in (replace(point, year=written.year + i) for i in range(-8, 9))
        if (days := choice.days)
    ]
    if cue == "next":
        choices = [(days, choice) for days, choice in choices if days[0] > written]
    elif cue == "last":
        choices = [(days, choice) for days, choice in choices if days[1] < written]
    elif cue == "ahead":
        choices = [(days, choice) for days, choice in choices if days[1] >= written]
    # Of two equally near, the first: the one gone by.
    return min(choices, key=lambda c: max(c[0][0] - written, written - c[0][1], timedelta()))[1]


def _place_after(start: _Point, end: _Point) -> _Point | None:
    """Return the end of a span with what the placed start gives it; None if there is no such day."""
    if end.is_weekday:
        if start.days is None or start.day is None:
            return None
        ahead = ((end.weekday or 0) - start.days[0].weekday()) % 7
        return _Point.of(start.days[0] + (ahead or 7) * _DAY)
    end = replace(end, weekday=None)
    if end.year is None and start.year is not None:
        end = replace(end, year=start.year + _wraps(start, end))
    return end if end.days else None


def _in_order(start: _Point, end: _Point, neighbours: bool) -> bool:
    first, last = start.days, end.days
    if first is None or last is None:
        return False
    if neighbours:
        return first[1] + _DAY == last[0]
    return first[0] <= last[0] or (start.year is None and _wraps(start, end))
