"""Whether a sentence puts a date into the time to come."""

from __future__ import annotations

import re

_AHEAD = re.compile(
    r"\b(?:will|shall|(?:is|are) (?:(?:due|set|scheduled|expected|planned) )?to)\b|(?<=\w)['’]ll\b", re.IGNORECASE
)
# Of these, only what follows them is to come.
_INTENT = re.compile(
    r"\b(?:agree|aim|decide|hope|intend|invite|plan|pledge|promise|want|wish)(?:d|s|ed|ned|es)? (?:\w+ ){0,3}?to\b",
    re.IGNORECASE,
)
# What follows these says something of its own.
_BORDER = re.compile(
    r"[;:()\n\"“”]|\b(?:after|although|announced?|as|because|before|following|if|said|says?|since|that|told?|until|when"
    r"|where|whether|which|while|whose?|whom)\b",
    re.IGNORECASE,
)
_OPENING = re.compile(r"\W*(?:(?:by|early|during|from|in|late|later|on|this)\s+)*", re.IGNORECASE)
_PASSIVE = re.compile(r"\bbe(?:en)?(?: \w+ly)? \w+", re.IGNORECASE)
_PAST = re.compile(r"\b(?:[a-z]+ed|began|did|gave|had|held|made|met|saw|struck|took|was|went|were|won)\b")
_SECOND = re.compile(r"\b(?:and|but)\s*$", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s?\b")


def looks_ahead(sentence: str, start: int, end: int) -> bool:
    """Return whether the expression at `start:end` of a sentence says when something will happen.

    That is so after a verb in the future ("will arrive on Monday", "agreed to meet in May"), and where the
    expression opens a clause with one ("On Monday, the minister will travel"); not if another clause or a verb in the
    past lies between ("will discuss what was signed in May").
    """
    if _POSSESSIVE.match(sentence, end):
        return False
    for verb in (*_INTENT.finditer(sentence, 0, start), *_AHEAD.finditer(sentence)):
        if verb.end() <= start:
            between = sentence[verb.end() : start]
            if not (_BORDER.search(between) or _PAST.search(_PASSIVE.sub("", between))):
                return True
        elif verb.start() >= end:
            between = sentence[end : verb.start()]
            before = max((border.end() for border in _BORDER.finditer(sentence, 0, start)), default=0)
            if _OPENING.fullmatch(sentence, before, start) and not (
                _BORDER.search(between) or _PAST.search(between) or _SECOND.search(between)
            ):
                return True
    return False
