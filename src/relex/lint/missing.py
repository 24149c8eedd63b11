"""Rules about words that the guide wants marked and that no mention has."""

from __future__ import annotations

import re
from collections.abc import Iterator

from relex.document import Document
from relex.gazetteer import capital_code, country_code, former_state
from relex.lint.finding import Finding, enclosing, find_at, surface

_WORD = re.compile(r"[^\W\d_](?:[\w'’.-]*\w|\.(?=[A-Z]))*\.?|&")
_CITY = re.compile(r"(?<![\w’'-])[A-Z]\w*[a-z]\w*(?:[ -][A-Z]\w+){0,2}")
_LONGEST_NAME = 5
# Where a country's name inside a name is no mention of its own.
_WHOLE = frozenset(["GPE", "LOCATION", "PERSON"])
_TITLE = re.compile(
    r"(?<![\w-])(?:President|Prime Minister|Premier|Chancellor|Minister|Ambassador|Secretary-General|"
    r"Foreign Secretary|King|Queen|Emir|Sultan|Senator|Governor|Mayor|Generals?|Colonel|Admiral|Marshal|"
    r"Commissioner|Speaker|Chairman|Chairwoman|Envoy|Captain|Major|Brigadier|Congressman|Congresswoman)\s+$"
)
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_CALENDAR = re.compile(
    rf"(?<![\w-])(?:\d{{1,2}}(?:st|nd|rd|th)?\s+(?:{_MONTHS})|(?:{_MONTHS})\s+\d{{1,4}}|"
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:19|20)\d\d(?:s\b)?)(?![\w,.]*\d|\w)"
)
_COOPERATION = re.compile(
    r"\bco-?operat(?:ion|e|es|ed|ing) in (?:the )?(?:(?:fields?|areas?|spheres?|sectors?) (?:of )?)?", re.IGNORECASE
)
_GROUP = re.compile(
    r"\b(?:both|(?:the|all|these) (?:two|three|four|five)|each of the two) "
    r"(?:(?:neighbou?r(?:ing)?|heads of) )?"
    r"(?:countries|sides|leaders|presidents|ministers|nations|states|governments|parties|capitals|neighbou?rs|"
    r"premiers|foreign ministers|ambassadors|signatories|republics|kingdoms|men|women)\b",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"\s\(([A-Z][A-Za-z]*[A-Z][A-Za-z-]*)\)")
# Names of regions, old companies and sums that only sound like countries.
_BEFORE = re.compile(r"\b(?:North|South|Latin|Central|Inter|East|West|Pan)[ -]$|\bSupreme $")
_AFTER = re.compile(r" States\b|\s?[$€£]")
# A clause ends here, and with it what cooperation can be said to be in.
_STOP = re.compile(r"[.;:!?\n]|, (?:and|but|while|as|which|who)\b")


def country(document: Document) -> Iterator[Finding]:
    """The name, adjective or people's name of a country is unmarked."""
    spans = {(mention.start, mention.end) for mention in document.mentions}
    text = document.text
    for start, end in _countries(text):
        region = text[start:end] in ("America", "American", "Americans", "India", "Indian", "Soviet")
        if (start, end) in spans or _AFTER.match(text, end) or (region and _BEFORE.search(text, 0, start)):
            continue
        around = enclosing(document, start, end)
        if not around or around[0].type not in _WHOLE:
            yield Finding("country", start, end, "mark names, adjectives and peoples of countries as GPE")


def city(document: Document) -> Iterator[Finding]:
    """A capital, or a city that is marked elsewhere, is unmarked inside a name."""
    text = document.text
    marked = {surface(document, m) for m in document.mentions if m.type == "GPE" and not m.is_group}
    for mention in document.mentions:
        if mention.type not in ("ORG", "AGREEMENT", "PROJECT", "EVENT"):
            continue
        for match in _CITY.finditer(text, mention.start, mention.end):
            words = [word.end() for word in re.finditer(r"[^\s-]+", match.group())]
            for end in (match.start() + length for length in reversed(words)):
                name = text[match.start() : end]
                if (name in marked or capital_code(name)) and not country_code(name):
                    # The narrowest mention that holds it: itself if it is marked, or a longer name inside this one.
                    inner = enclosing(document, match.start(), end)[0]
                    if inner is mention and (match.start(), end) != (mention.start, mention.end):
                        yield Finding("city", match.start(), end, "mark the city inside the name as GPE")
                    break


def title(document: Document) -> Iterator[Finding]:
    """A title stands next to a person's name without a mention of its own."""
    for mention in document.mentions:
        if mention.type != "PERSON" or not document.text[mention.start].isupper():
            continue
        match = _TITLE.search(document.text, max(0, mention.start - 30), mention.start)
        if match is None:
            continue
        end = match.start() + len(match.group().rstrip())
        if not any(outer.type == "ROLE" for outer in enclosing(document, match.start(), end)):
            yield Finding("title", match.start(), end, "mark the title next to the name as ROLE")


def date(document: Document) -> Iterator[Finding]:
    """A calendar expression is unmarked."""
    for match in _CALENDAR.finditer(document.text):
        if not enclosing(document, match.start(), match.end()):
            yield Finding("date", match.start(), match.end(), "mark days, months, years and weekdays as DATE")


def sector(document: Document) -> Iterator[Finding]:
    """Nothing is marked in the clause after "cooperation in"."""
    for match in _COOPERATION.finditer(document.text):
        stop = _STOP.search(document.text, match.end())
        end = min(stop.start() if stop else len(document.text), match.end() + 80)
        around = enclosing(document, match.start(), match.end())
        if not around and not any(match.end() <= mention.start < end for mention in document.mentions):
            yield Finding("sector", match.start(), end, "mark the field of cooperation as SECTOR")


def group(document: Document) -> Iterator[Finding]:
    """A phrase such as "the two countries" is unmarked."""
    for match in _GROUP.finditer(document.text):
        start = match.start() + (4 if match.group()[:4].lower() in ("the ", "all ") else 0)
        if not any(mention.start < match.end() and start < mention.end for mention in document.mentions):
            yield Finding("group", match.start(), match.end(), "mark the group with the ids of its members")


def acronym(document: Document) -> Iterator[Finding]:
    """An acronym in brackets after a name is unmarked, or has another id than the name."""
    at = {(mention.start, mention.end): mention for mention in document.mentions}
    for match in _BRACKETED.finditer(document.text):
        # After a person or a date, brackets hold what somebody belongs to.
        names = [m for m in document.mentions if m.end == match.start() and m.type not in ("PERSON", "DATE")]
        if not names:
            continue
        own = at.get(match.span(1))
        if own is None:
            yield Finding("acronym", *match.span(1), f"mark it, with the id of {surface(document, names[0])!r}")
        elif not any(set(own.entities) == set(name.entities) for name in names):
            yield find_at("acronym", own, f"give it the id of {surface(document, names[0])!r}")


def _countries(text: str) -> Iterator[tuple[int, int]]:
    """Yield the ranges of what can only be countries: the longest name from each word on."""
    words = [match.span() for match in _WORD.finditer(text)]
    i = 0
    while i < len(words):
        for n in range(min(_LONGEST_NAME, len(words) - i), 0, -1):
            start, end = words[i][0], words[i + n - 1][1]
            name = text[start:end]
            if not name[0].isupper() or "\n" in name or name.lower().startswith("the "):
                continue
            # With its dot only where it is an abbreviation: "U.S.", but no "Kenya."
            form = re.sub(r"['’]s?$", "", name if re.search(r"\.\w\.$", name) else name.rstrip("."))
            if form and (country_code(form) or former_state(form)):
                yield start, start + len(form)
                i += n - 1
                break
        i += 1


RULES = (country, city, title, date, sector, group, acronym)
