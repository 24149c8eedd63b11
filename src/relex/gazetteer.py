"""Names of countries, capitals and international organisations, looked up exactly.

The tables are package data, written for relex. Codes are ISO 3166-1 alpha-2, with the user-assigned XK
for Kosovo; identifiers are items of Wikidata (CC0), left empty where they could not be checked. Names
are those of English-language news: that a name stands in a table says how news uses it, and nothing
about borders, recognition or seats of government. A name that several countries share ("Korea",
"Congolese") gives none of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

# Beside the module and not through importlib.resources, which alone takes longer than the tables.
_DATA = Path(__file__).parent / "data"

# Acronyms that in lower case are words or other names: matched in capitals only.
_CASED = frozenset(["US", "CAR", "WHO", "UN", "ECO", "NAM", "PACE", "GUAM"])
_DROPPED = re.compile("[.,()'\u0300-\u036f\u00ad\u200c\u200d]")
_SPACED = re.compile(r"[\s/‐‑–—-]+")
_POSSESSIVE = re.compile(r"['’]s?$")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "ʻ": "'", "&": " and "})

# Spellings that the names of organisations mix freely, and what is compared instead.
_SPELLINGS = {
    "organization": "organisation",
    "programme": "program",
    "labour": "labor",
    "defence": "defense",
    "centre": "center",
    "co operation": "cooperation",
}
_SPELLING = re.compile("|".join(_SPELLINGS))
_LONG_FORMS = {"un": "united nations", "eu": "european union"}


@dataclass(frozen=True, slots=True)
class Country:
    """A state or territory of ISO 3166-1; `adjective`, `capital` and `wikidata` may be empty."""

    code: str
    name: str
    adjective: str
    capital: str
    wikidata: str


@dataclass(frozen=True, slots=True)
class Organisation:
    """An international organisation or one of its bodies; `acronym` and `wikidata` may be empty."""

    name: str
    acronym: str
    wikidata: str


def country_code(surface: str) -> str | None:
    """Return the ISO 3166-1 alpha-2 code of the country that a name, adjective or people's name means.

    Understands short, long and former names, abbreviations and spellings, with or without `the`, dots,
    accents and a possessive ending, in any case; `US` and `CAR` in capitals only. A capital's name is
    no country's name: see `capital_code`. None for a name unknown, or shared by several countries.
    """
    return _look_up(surface, _country_codes(), _key)


def is_demonym(surface: str) -> bool:
    """Return whether a name is a country's adjective or people's name and no country's own name."""
    return _look_up(surface, _demonyms(), _key) is not None


def capital_code(surface: str) -> str | None:
    """Return the ISO 3166-1 alpha-2 code of the country whose capital or seat of government has that name."""
    return _look_up(surface, _capital_codes(), _key)


def organisation(surface: str) -> Organisation | None:
    """Return the international organisation of that name, acronym or spelling, or None."""
    name = _look_up(surface, _organisation_names(), _organisation_key)
    return _organisations()[name] if name else None


def former_state(surface: str) -> str | None:
    """Return the Wikidata item of the state that is no more which a name, adjective or people's name means.

    Such a state ("Soviet Union", "Yugoslav") has no code in ISO 3166-1 and is not one of `countries`.
    """
    return _look_up(surface, _former_items(), _key)


def country(code: str) -> Country | None:
    """Return the country of an ISO 3166-1 alpha-2 code in capitals, or None."""
    return _countries().get(code)


def countries() -> tuple[Country, ...]:
    """Return every country and territory of ISO 3166-1, and Kosovo as XK, by code."""
    return tuple(_countries().values())


def _look_up(surface: str, index: Mapping[str, str], key: Callable[[str], str]) -> str | None:
    surface = surface.strip()
    bare = _POSSESSIVE.sub("", surface)
    # As written before without a possessive ending: "St. John's" is a name.
    for form in (surface, bare):
        if found := index.get(key(form)):
            return found
    return index.get(bare.replace(".", "").removeprefix("the ").removeprefix("The "))


def _key(surface: str) -> str:
    """Return what the spellings of one name have in common."""
    text = unicodedata.normalize("NFKD", surface.translate(_QUOTES)).casefold()
    text = _SPACED.sub(" ", _DROPPED.sub("", text)).strip().removeprefix("the ")
    return "saint " + text[3:] if text.startswith("st ") else text


def _organisation_key(surface: str) -> str:
    text = _SPELLING.sub(lambda match: _SPELLINGS[match.group()], _key(surface))
    first, _, rest = text.partition(" ")
    return f"{_LONG_FORMS.get(first, first)} {rest}" if rest else text


@cache
def _country_codes() -> Mapping[str, str]:
    columns = ("name", "adjective", "people", "other_names")
    return _index(((form, row["code"]) for row in _rows("countries") for form in _forms(row, columns)), _key)


@cache
def _demonyms() -> Mapping[str, str]:
    names = {_key(form) for row in _rows("countries") for form in _forms(row, ("name", "other_names"))}
    forms = (form for row in _rows("countries") for form in _forms(row, ("adjective", "people")))
    return MappingProxyType({_key(form): form for form in forms if _key(form) not in names})


@cache
def _capital_codes() -> Mapping[str, str]:
    columns = ("capital", "other_capitals")
    return _index(((form, row["code"]) for row in _rows("countries") for form in _forms(row, columns)), _key)


@cache
def _former_items() -> Mapping[str, str]:
    columns = ("name", "other_names")
    return _index(((form, row["wikidata"]) for row in _rows("former_states") for form in _forms(row, columns)), _key)


@cache
def _organisation_names() -> Mapping[str, str]:
    columns = ("name", "acronym", "other_names")
    pairs = ((form, row["name"]) for row in _rows("organisations") for form in _forms(row, columns))
    return _index(pairs, _organisation_key)


@cache
def _countries() -> Mapping[str, Country]:
    columns = ("code", "name", "adjective", "capital", "wikidata")
    return MappingProxyType({row["code"]: Country(*(row[c] for c in columns)) for row in _rows("countries")})


@cache
def _organisations() -> Mapping[str, Organisation]:
    columns = ("name", "acronym", "wikidata")
    return MappingProxyType({row["name"]: Organisation(*(row[c] for c in columns)) for row in _rows("organisations")})


def _index(pairs: Iterable[tuple[str, str]], key: Callable[[str], str]) -> Mapping[str, str]:
    """Return what each form means by its key; a form with two meanings is left out."""
    found: dict[str, str | None] = {}
    for form, value in pairs:
        place = form if form in _CASED else key(form)
        found[place] = value if found.get(place, value) == value else None
    return MappingProxyType({place: value for place, value in found.items() if value})


def _forms(row: Mapping[str, str], columns: Iterable[str]) -> Iterator[str]:
    return (form for column in columns for form in row[column].split("|") if form)


@cache
def _rows(table: str) -> tuple[Mapping[str, str], ...]:
    header, *lines = (line.split("\t") for line in (_DATA / f"{table}.tsv").read_text(encoding="utf-8").splitlines())
    return tuple(MappingProxyType(dict(zip(header, line, strict=True))) for line in lines)
