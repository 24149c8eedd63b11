"""The cause of every false positive and false negative: exactly one each, so that shares sum to 100 %."""

from __future__ import annotations

from relex.attribution.ends import FAULTS
from relex.attribution.facts import CAUSES, Error, attribute
from relex.attribution.mentions import KINDS, MENTION_CAUSES, MentionError, attribute_mentions
from relex.attribution.summary import Attribution, Breakdown, attribute_documents

__all__ = [
    "CAUSES",
    "FAULTS",
    "KINDS",
    "MENTION_CAUSES",
    "Attribution",
    "Breakdown",
    "Error",
    "MentionError",
    "attribute",
    "attribute_documents",
    "attribute_mentions",
]
