"""The facts of several documents in common terms: which entities of different texts are one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from relex.alignment import Pair
from relex.document import Document, Entity
from relex.gazetteer import country_code
from relex.metrics import Key

Clue = tuple[str, str]
"""The type of an entity, and a surface or country code."""

Tie = tuple[str, int, int]
"""A relation type, which end of it, and the number of the entity at the other end."""


def match_entities(documents: Sequence[Document]) -> list[dict[str, int]]:
    """Return a number for each entity of each document, by id; equal numbers are one entity of several documents.

    Each document is matched one to one with what the ones before it mention, by the most clues in common; those with as
    many, as two people's equal titles, by what they are related to.
    """
    clues: list[set[Clue]] = []
    ties: list[set[Tie]] = []
    numbers = []
    for document in documents:
        own = [_clues(document, entity) for entity in document.entities]
        shared = _count_common(own, clues)
        sure = {document.entities[i].id: j for i, j in _assign(shared).items() if _is_sure(shared, i, j)}
        tied = [_ties(document, entity, sure) for entity in document.entities]
        found = _assign(np.where(shared > 0, shared + _common_share(tied, ties), 0))
        for i, new in enumerate(own):
            if i not in found:
                found[i] = len(clues)
                clues.append(set())
                ties.append(set())
            clues[found[i]] |= new
        numbers.append({entity.id: found[i] for i, entity in enumerate(document.entities)})
        for entity in document.entities:
            ties[numbers[-1][entity.id]] |= _ties(document, entity, numbers[-1])
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


def _assign(shared: npt.NDArray[Any]) -> dict[int, int]:
    """Return the columns that rows are best assigned to, where they have anything in common."""
    rows, columns = linear_sum_assignment(-shared)
    return {i: j for i, j in zip(rows.tolist(), columns.tolist(), strict=True) if shared[i, j]}


def _is_sure(shared: npt.NDArray[Any], row: int, column: int) -> bool:
    """Return whether neither side has as much in common with another."""
    most = shared[row, column]
    return bool((shared[row] >= most).sum() == 1 and (shared[:, column] >= most).sum() == 1)


def _common_share(own: Sequence[set[Tie]], known: Sequence[set[Tie]]) -> npt.NDArray[Any]:
    """Return how much of what they are tied to is common, too little to outweigh a clue."""
    common = _count_common(own, known)
    return np.asarray(common / (2 * max(1, len(own)) * max(1, common.max(initial=0))))


def _count_common(own: Sequence[set[Any]], known: Sequence[set[Any]]) -> npt.NDArray[Any]:
    return np.array([[len(one & other) for other in known] for one in own], dtype=int).reshape(len(own), len(known))


def _ties(document: Document, entity: Entity, numbers: Mapping[str, int]) -> set[Tie]:
    """Return what an entity is related to that has a number, how and which way."""
    found = set()
    for own in document.relations:
        for end, (name, other) in enumerate(((own.head, own.tail), (own.tail, own.head))):
            if name == entity.id and other in numbers:
                found.add((own.type, end, numbers[other]))
    return found


def _clues(document: Document, entity: Entity) -> set[Clue]:
    """Return what an entity is known by: its type with each surface, or with the country that a surface names."""
    # "The two countries" is the name of neither, unless nothing else names it.
    mentions = [mention for mention in entity.mentions if not mention.is_group] or entity.mentions
    surfaces = {document.text[mention.start : mention.end] for mention in mentions}
    return {(entity.type, country_code(surface) or surface.casefold()) for surface in surfaces}
