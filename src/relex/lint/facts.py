"""Rules about ids and about relations that the mentions promise."""

from __future__ import annotations

import re
from collections.abc import Iterator

from relex.document import Document, Mention
from relex.gazetteer import capital_code, country_code
from relex.lint.finding import Finding, find_at, surface
from relex.schema import builtin_schema

# What a city does only in the name of a government.
_ACTS = frozenset(
    ["signed", "invited", "cooperates-with", "cooperates-in", "member-of", "supports", "opposes", "provides-to"]
)
# Equal titles, surnames and descriptions may well mean two.
_NAMED_ONCE = frozenset(["GPE", "LOCATION", "ORG", "AGREEMENT", "PROJECT", "EVENT", "SECTOR", "DATE"])
_SPELLINGS = str.maketrans({"’": "'", "–": "-", "‐": "-"})
_DESCRIBED = frozenset(["GPE", "ORG", "AGREEMENT", "PROJECT", "EVENT", "LOCATION"])
_PLACED = re.compile(r"\b(?:held|met|signed|opened|arrived|ended|talks|meeting|summit) in $")


def same_name(document: Document) -> Iterator[Finding]:
    """Equal names have different ids."""
    first: dict[tuple[str, str], Mention] = {}
    for mention in document.mentions:
        text = surface(document, mention)
        described = mention.type in _DESCRIBED and not any(character.isupper() for character in text)
        if mention.is_group or mention.type not in _NAMED_ONCE or described or capital_code(text):
            continue
        earlier = first.setdefault((mention.type, text.casefold().translate(_SPELLINGS)), mention)
        if earlier.entities != mention.entities and not earlier.is_group:
            advice = f"is {mention.entities[0]!r} here and {earlier.entities[0]!r} at {earlier.start}"
            yield find_at("same-name", mention, advice)


def same_country(document: Document) -> Iterator[Finding]:
    """The name, adjective or people of one country have different ids, or two countries share one."""
    ids: dict[str, str] = {}
    codes: dict[str, str] = {}
    for mention in document.mentions:
        name = surface(document, mention)
        code = country_code(name)
        # Singapore and Luxembourg may be the city.
        if mention.type != "GPE" or mention.is_group or code is None or capital_code(name):
            continue
        entity = mention.entities[0]
        if ids.setdefault(code, entity) != entity:
            yield find_at("same-country", mention, f"is {entity!r} here and {ids[code]!r} before")
        elif codes.setdefault(entity, code) != code:
            yield find_at("same-country", mention, f"id {entity!r} also names another country")


def capital(document: Document) -> Iterator[Finding]:
    """A capital that acts has the city's id, or a capital as a place has its country's."""
    acting = {relation.head: relation.type for relation in document.relations if relation.type in _ACTS}
    acting |= {relation.tail: relation.type for relation in document.relations if relation.type == "cooperates-with"}
    for entity in document.entities:
        names = [surface(document, mention) for mention in entity.mentions if not mention.is_group]
        if entity.type != "GPE" or entity.id not in acting or not names:
            continue
        # An id that is not made of the city's name is the state's, which may be named by its capital alone.
        if all(_is_capital(name) and entity.id[:2] == name[:2].lower() for name in names):
            advice = f"{entity.id!r} has {acting[entity.id]!r}: what acts for its state takes the state's id"
            yield find_at("capital", entity.mentions[0], advice)
    states = {
        mention.entities[0]
        for mention in document.mentions
        if mention.type == "GPE" and country_code(surface(document, mention)) and not mention.is_group
    }
    for mention in document.mentions:
        if mention.is_group or mention.entities[0] not in states or not _is_capital(surface(document, mention)):
            continue
        if _PLACED.search(document.text, max(0, mention.start - 20), mention.start):
            yield find_at("capital", mention, "a capital as a place takes an id of its own")


def holder(document: Document) -> Iterator[Finding]:
    """A role has no holder."""
    held = {relation.tail for relation in document.relations if relation.type == "holds-position"}
    for entity in document.entities:
        if entity.type == "ROLE" and entity.id not in held:
            yield find_at("holder", entity.mentions[0], f"no one holds-position {entity.id!r}")


def represented(document: Document) -> Iterator[Finding]:
    """A country's adjective before title and name, and the person does not represent the country."""
    tied = {relation.head for relation in document.relations if relation.type == "represents"}
    members = {(relation.head, relation.tail) for relation in document.relations if relation.type == "member-of"}
    outer = [mention for mention in document.mentions if not mention.is_group]
    for state in outer:
        role = next((m for m in outer if m.type == "ROLE" and m.start == state.end + 1), None)
        person = role and next((m for m in outer if m.type == "PERSON" and m.start == role.end + 1), None)
        if state.type != "GPE" or person is None:
            continue
        who, whom = person.entities[0], state.entities[0]
        if who not in tied and (who, whom) not in members and who != whom:
            yield find_at("represented", person, f"{who!r} represents neither {whom!r} nor any other")


def symmetric(document: Document) -> Iterator[Finding]:
    """A symmetric relation is written in both directions."""
    undirected = builtin_schema().symmetric
    seen: set[tuple[str, str, str]] = set()
    places: dict[str, Mention] = {entity.id: entity.mentions[0] for entity in document.entities}
    for relation in document.relations:
        if relation.type in undirected and (relation.tail, relation.type, relation.head) in seen:
            yield find_at("symmetric", places[relation.head], f"'{relation}' is written both ways: keep one")
        seen.add((relation.head, relation.type, relation.tail))


def _is_capital(name: str) -> bool:
    return capital_code(name) is not None and country_code(name) is None


RULES = (same_name, same_country, capital, holder, represented, symmetric)
