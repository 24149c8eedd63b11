"""Rules about where a mention begins and ends, and what may stand in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from relex.document import Document
from relex.gazetteer import country_code, former_state
from relex.lint.finding import Finding, enclosing, find_at, surface

_ARTICLE = re.compile(r"(?:the|an?|its|their|his|her|our|this|these|those)\s", re.IGNORECASE)
# Names that news writes with the article as a part.
_NAMED_THE = re.compile(r"The\s(?:Hague|Elders|Valley)", re.IGNORECASE)
_EDGE = re.compile(r"^[\s,.;:!?()\"“”'‘’–—-]|[\s,;:!?(\"“”–—-]$|['’]s?$")
_SAINT = re.compile(r"(?:St\.?|Saint) \w+['’]s")
_ABBREVIATION = re.compile(r"(?:\b[A-Za-z]\.|\b(?:Jr|Sr|St|Co|Inc|Ltd|Corp|Bros|S\.A|Gen|Col|Rev|No|a\.m|p\.m)\.)$")
_PRONOUN = re.compile(r"(?:he|she|it|they|him|her|them|we|us|you|I|who|which|that|both)", re.IGNORECASE)
_COURTESY = re.compile(r"(?:Mr|Mrs|Ms|Miss|Dr|Sir|Dame|H\.E|His Excellency|Her Excellency)\b\.?\s+(?=[A-Z])")
_TITLE = re.compile(
    r"(?:(?:Vice|Deputy|First|Acting|Interim|Former)[\s-]+)*(?:President|Prime Minister|Premier|Chancellor|"
    r"(?:Foreign |Defen[cs]e |Interior |Trade |Finance )?Minister|Ambassador|Secretary(?:[\s-]General| of State)?|"
    r"King|Queen|Emir|Sultan|Senator|Governor|Mayor|General|Colonel|Admiral|Marshal|Commissioner|"
    r"Director(?:[\s-]General)?|Speaker|Chairman|Chairwoman|Envoy)"
)
_CALENDAR_PREPOSITION = re.compile(r"(?:in|on|by|since|until|from|during|early|mid|late|next|last)[\s-]", re.IGNORECASE)
_SCOPE = re.compile(r"(?:bilateral|regional|global|international|mutual|multilateral)\s", re.IGNORECASE)
_PEELED = re.compile(r"\s(?:cooperation|co-operation|collaboration|sectors?|fields?|spheres?|areas?|issues)$")
_COMPLEMENT = re.compile(r"\s+(?:of|for|to)\s+(?:the\s+)?")
_POSTED = re.compile(r"(?:ambassador|envoy|representative|consul)\b.*", re.IGNORECASE)
_GROUP = re.compile(r"(both|two|three|four|five|six)\s", re.IGNORECASE)
_SIZES = {"both": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}


def article(document: Document) -> Iterator[Finding]:
    """A span begins with an article or a possessive."""
    starts = {start for start, _ in document.sentences}
    for mention in document.mentions:
        text = surface(document, mention)
        match = _ARTICLE.match(text)
        if match is None or _NAMED_THE.match(text):
            continue
        inside_a_name = mention.type in ("ORG", "PROJECT", "EVENT", "AGREEMENT") and text[0] == "T"
        if not inside_a_name or mention.start in starts:
            yield find_at("article", mention, f"begin the span after {match.group().strip()!r}")


def edge(document: Document) -> Iterator[Finding]:
    """A span begins or ends with punctuation, white space or a possessive ending."""
    for mention in document.mentions:
        text = surface(document, mention)
        stop = text.endswith(".") and not _ABBREVIATION.search(text)
        if (stop or _EDGE.search(text)) and not _SAINT.fullmatch(text):
            yield find_at("edge", mention, "leave out punctuation, space and possessive at the span's ends")


def pronoun(document: Document) -> Iterator[Finding]:
    """A pronoun is marked."""
    for mention in document.mentions:
        if _PRONOUN.fullmatch(text := surface(document, mention)) and text not in ("US", "WHO"):
            yield find_at("pronoun", mention, "pronouns are not annotated")


def title_inside(document: Document) -> Iterator[Finding]:
    """A person's span holds a title or a courtesy title before the name, or any role."""
    for mention in document.mentions:
        if mention.type == "PERSON":
            text = surface(document, mention)
            if match := _COURTESY.match(text):
                yield find_at("title-inside", mention, f"leave {match.group().strip()!r} out of the span")
            elif (match := _TITLE.match(text)) and re.match(r"\s+[A-Z]\w+$", text[match.end() :]):
                yield find_at("title-inside", mention, f"mark {match.group()!r} as a ROLE of its own")
        elif mention.type == "ROLE" and any(
            outer.type == "PERSON" for outer in enclosing(document, mention.start, mention.end)
        ):
            yield find_at("title-inside", mention, "there is no ROLE inside a PERSON span")


def role_span(document: Document) -> Iterator[Finding]:
    """A role begins with its country's adjective, or lacks the complement that names a state or body."""
    starts = {mention.start: mention for mention in reversed(document.mentions)}
    for mention in document.mentions:
        if mention.type != "ROLE" or mention.is_group:
            continue
        text = surface(document, mention)
        first, _, rest = text.partition(" ")
        if rest and _is_country(first) and not rest.startswith(("of ", "for ")):
            yield find_at("role-span", mention, f"leave the country {first!r} outside the role")
        match = _COMPLEMENT.match(document.text, mention.end)
        if match is None or (match.group().strip().startswith("to") and not _POSTED.fullmatch(text)):
            continue
        after = starts.get(match.end())
        if after is not None and after.type in ("GPE", "ORG"):
            yield find_at("role-span", mention, f"take '{match.group().strip()} {surface(document, after)}' inside")


def date_span(document: Document) -> Iterator[Finding]:
    """A date begins with a preposition or with early, mid, late."""
    for mention in document.mentions:
        if mention.type == "DATE" and (match := _CALENDAR_PREPOSITION.match(surface(document, mention))):
            yield find_at("date-span", mention, f"begin the span after {match.group().strip(' -')!r}")


def sector_span(document: Document) -> Iterator[Finding]:
    """A sector holds a word of scope or the word cooperation, sector or field."""
    for mention in document.mentions:
        if mention.type != "SECTOR":
            continue
        text = surface(document, mention)
        if match := _SCOPE.match(text):
            yield find_at("sector-span", mention, f"leave {match.group().strip()!r} outside")
        if match := _PEELED.search(text):
            yield find_at("sector-span", mention, f"leave {match.group().strip()!r} outside")


def group_size(document: Document) -> Iterator[Finding]:
    """A group mention states another number of members than it has ids."""
    for mention in document.mentions:
        if match := _GROUP.match(surface(document, mention)):
            size = _SIZES[match[1].lower()]
            if len(mention.entities) not in (1, size) or (match[1].lower() == "both" and not mention.is_group):
                advice = f"says {match[1]}, but has {len(mention.entities)} ids: {'+'.join(mention.entities)}"
                yield find_at("group-size", mention, advice)


def _is_country(text: str) -> bool:
    return text[:1].isupper() and (country_code(text) or former_state(text)) is not None


RULES = (article, edge, pronoun, title_inside, role_span, date_span, sector_span, group_size)
