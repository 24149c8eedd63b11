"""What the entities of a document are outside it: ISO 3166 codes, Wikidata items, ISO 8601 dates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType

from relex.dates import CUES, parse_date
from relex.document import Document, Link, Mention
from relex.gazetteer import country, country_code, former_state, organisation
from relex.tense import looks_ahead

# A word before a date that says which one is meant stands outside the mention.
_CUE = re.compile(rf"\b(?:{'|'.join(CUES)})\s+$", re.IGNORECASE)
_REACH = 300


def ground(document: Document) -> Mapping[str, Link]:
    """Return what is known of a document's entities, by entity id; entities without a link are left out.

    A `GPE` is a country, present or former, if its names, adjectives and people's names mean exactly one;
    a capital's name alone makes no country, for it may be the city. An `ORG` is linked if its names mean
    one organisation of the gazetteer, a `DATE` if its mentions tell one date, in the form of `relex.dates`,
    placed by the document's `meta["date"]` (an ISO 8601 day) and, where a sentence says that it is to
    come, after it. Other types have no links. Group mentions name none of their members and are not read.
    """
    written = _read_day(document.meta.get("date", ""))
    links: dict[str, Link | None] = {}
    for entity in document.entities:
        mentions = [mention for mention in entity.mentions if not mention.is_group]
        surfaces = [document.text[m.start : m.end] for m in mentions]
        if entity.type == "GPE":
            links[entity.id] = _link_country(surfaces)
        elif entity.type == "ORG":
            links[entity.id] = _link_organisation(surfaces)
        elif entity.type == "DATE":
            links[entity.id] = _link_date(document, mentions, written)
    return MappingProxyType({entity_id: link for entity_id, link in links.items() if link})


def _link_country(surfaces: Iterable[str]) -> Link | None:
    links = set()
    for surface in surfaces:
        if (code := country_code(surface)) and (found := country(code)):
            links.add(Link(iso3166=code, wikidata=found.wikidata or None))
        elif item := former_state(surface):
            links.add(Link(wikidata=item))
    return links.pop() if len(links) == 1 else None


def _link_organisation(surfaces: Iterable[str]) -> Link | None:
    items = {found.wikidata for surface in surfaces if (found := organisation(surface))}
    item = items.pop() if len(items) == 1 else None
    return Link(wikidata=item) if item else None


def _link_date(document: Document, mentions: Sequence[Mention], written: date | None) -> Link | None:
    expressions = []
    for mention in mentions:
        cue = _CUE.search(document.text, max(0, mention.start - 12), mention.start)
        expressions.append(document.text[cue.start() if cue else mention.start : mention.end])
    # What the mentions say themselves goes before what the day of the report adds.
    found = _parse_together(expressions)
    if not found or any(value.startswith("--") for value in found):
        ahead = written is not None and any(_looks_ahead(document, mention) for mention in mentions)
        found = _parse_together(expressions, written=written, ahead=ahead)
    return Link(iso8601=found.pop()) if len(found) == 1 else None


def _looks_ahead(document: Document, mention: Mention) -> bool:
    start, end = next(((s, e) for s, e in document.sentences if mention.start < e), (mention.start, mention.end))
    # Farther away nothing is said of the date, and sentences without full stops may be of any length.
    start, end = max(start, mention.start - _REACH), min(end, mention.end + _REACH)
    return looks_ahead(document.text[start:end], mention.start - start, mention.end - start)


def _parse_together(expressions: Iterable[str], *, written: date | None = None, ahead: bool = False) -> set[str]:
    """Return the different dates of some expressions; "May 7" beside "May 7, 2025" is no other."""
    values = (parse_date(expression, written=written, ahead=ahead) for expression in expressions)
    found = {value for value in values if value}
    return {value for value in found if not any(_completes(other, value) for other in found)}


def _completes(value: str, yearless: str) -> bool:
    ends, parts = value.split("/"), yearless.split("/")
    return len(ends) == len(parts) and all(
        part.startswith("--") and not end.startswith("--") and end[len("2025") :] == part[1:]
        for end, part in zip(ends, parts, strict=True)
    )


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
