"""The facts of several documents in common terms: which entities of different texts are one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from relex.alignment import Pair
from relex.document import Document, Entity
from relex.gazetteer import country_code
from relex.metrics import Key

Clue = tuple[str, str]
"""The type of an entity, and a surface or country code."""


def match_entities(documents: Sequence[Document]) -> list[dict[str, int]]:
    """Return a number for each entity of each document, by id; equal numbers are one entity of several documents.

    Each document is matched one to one with what the ones before it mention, by the most clues in common.
    """
    clues: list[set[Clue]] = []
    numbers = []
    for document in documents:
        own = [_clues(document, entity) for entity in document.entities]
        shared = np.zeros((len(own), len(clues)), dtype=int)
        for i, j in np.ndindex(*shared.shape):
            shared[i, j] = len(own[i] & clues[j])
        rows, columns = linear_sum_assignment(-shared)
        found = {i: j for i, j in zip(rows.tolist(), columns.tolist(), strict=True) if shared[i, j]}
        for i, new in enumerate(own):
            if i in found:
                clues[found[i]] |= new
            else:
                found[i] = len(clues)
                clues.append(set(new))
        numbers.append({entity.id: found[i] for i, entity in enumerate(document.entities)})
    return numbers


def number_facts(pair: Pair, numbers: Mapping[str, int]) -> tuple[dict[Key, str], dict[Key, str]]:
    """Return the facts of both sides with the numbers of gold entities in place of their names."""
    names: dict[Hashable, int] = {pair.names[0][entity]: number for entity, number in numbers.items()}

    def rename(end: Hashable) -> Hashable:
        return frozenset(map(rename, end)) if isinstance(end, frozenset) else names.get(end, end)

    gold, predicted = (
        {(kind, *map(rename, ends)): status for (kind, *ends), status in side.items()} for side in pair.facts
    )
    return gold, predicted


def list_ends(fact: Key) -> frozenset[Hashable]:
    """Return the names of the ends of a fact."""
    _, first, *second = fact
    return first if isinstance(first, frozenset) else frozenset((first, *second))


def _clues(document: Document, entity: Entity) -> set[Clue]:
    """Return what an entity is known by: its type with each surface, or with the country that a surface names."""
    # "The two countries" is the name of neither, unless nothing else names it.
    mentions = [mention for mention in entity.mentions if not mention.is_group] or entity.mentions
    surfaces = {document.text[mention.start : mention.end] for mention in mentions}
    return {(entity.type, country_code(surface) or surface.casefold()) for surface in surfaces}
