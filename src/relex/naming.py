"""Names for entities, chosen among their mentions, and short ids made of them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from relex.gazetteer import capital_code, country_code, is_demonym

_DEMONYM = re.compile(r"(?:ese|ian|ean|ish|[a-z]i|ans?)$")
_LONGEST_ID = 40


def choose_name(surfaces: Sequence[str], *, type: str) -> str:
    """Return the most informative of an entity's mentions, given as their texts in document order.

    A mention with a capital or digit goes before one without. Then a place is called by its most frequent form
    that is no adjective, people's name or capital of the country that it is, by its adjective if there is none; a
    person by the longest form of the name most often used, anything else by its longest form; the first wins ties.
    """
    counts = Counter(surfaces)
    named = [s for s in counts if any(c.isupper() or c.isdigit() for c in s)] or list(counts)
    if type == "GPE":
        # "Kazakhstan" and neither "Kazakh" nor "Astana"; of places that are no country, "Bavaria" and not "Bavarian".
        countries = [s for s in named if country_code(s) and not is_demonym(s)]
        roots = [s for s in named if not any(s != r and " " not in s and len(r) > 3 and s.startswith(r) for r in named)]
        # A government is called by its capital; "Eritrean" and "Asmara" are a country all the same, and no city.
        codes = {country_code(s) for s in named} - {None}
        own = [s for s in roots if capital_code(s) not in codes] or roots
        plain = countries or [s for s in own if not _is_demonym(s)] or own or named
        return max(plain, key=lambda s: (counts[s], len(s)))
    if type == "PERSON":
        proper = [s for s in named if not any(word.islower() and len(word) > 3 for word in s.split())] or named
        proper = [s for s in proper if " of " not in s and " to " not in s] or proper
        last = Counter(_last_word(s) for s in surfaces)
        return max(proper, key=lambda s: (last[_last_word(s)], len(s)))
    return max(named, key=len)


def make_ids(names: Sequence[str]) -> list[str]:
    """Make short lower-case ids from names, unique in their list: "Ilham Aliyev" becomes `ilham-aliyev`."""
    taken: set[str] = set()
    ids = []
    for name in names:
        base = own = _slug(name)
        number = 2
        while own in taken:
            own, number = f"{base}-{number}", number + 1
        taken.add(own)
        ids.append(own)
    return ids


def _is_demonym(surface: str) -> bool:
    # The endings alone would take Yerevan for a people.
    return is_demonym(surface) or (_DEMONYM.search(surface) is not None and capital_code(surface) is None)


def _last_word(surface: str) -> str:
    return (surface.split() or [surface])[-1]


def _slug(name: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).lower()
    kept = "".join(c if c.isascii() and c.isalnum() else " " for c in plain)
    return "-".join(kept.split())[:_LONGEST_ID].strip("-") or "entity"
