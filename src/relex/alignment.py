"""A gold document and a prediction for its text: which entities stand for which, and what both sides state."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from scipy.optimize import linear_sum_assignment

from relex.document import STATUSES, Document, Relation
from relex.errors import InputError
from relex.formats.evidence import list_stated
from relex.metrics import Array, Key, digest

End = tuple[int, int, str]
"""Start, end and type of the mention at one end of a relation."""


@dataclass(frozen=True)
class Overlap:
    """How many mention spans the entities of two documents share. P predicted and G gold entities.

    Attributes:
        shared: [P, G] the spans that both entities have.
        predicted: [P] the spans of each predicted entity, at least one.
        gold: [G] the spans of each gold entity, at least one.
    """

    shared: Array
    predicted: Array
    gold: Array

    @property
    def dice(self) -> Array:
        """The Dice coefficient of the spans of every two entities, [P, G]; phi4 of Luo (2005)."""
        scores: Array = 2 * self.shared / np.add.outer(self.predicted, self.gold)
        return scores


@dataclass(frozen=True)
class Pair:
    """A gold document, a prediction for its text, and which relation types have no direction."""

    gold: Document
    predicted: Document
    symmetric: frozenset[str]

    def __post_init__(self) -> None:
        gold, predicted = self.gold.text, self.predicted.text
        if gold != predicted:
            at = next((i for i, (x, y) in enumerate(zip(gold, predicted, strict=False)) if x != y), None)
            at = min(len(gold), len(predicted)) if at is None else at
            raise InputError(
                f"document {self.gold.id!r}: the predicted text differs from gold at offset {at}: "
                f"{predicted[at : at + 20]!r} instead of {gold[at : at + 20]!r}; predict on the gold text as it is"
            )

    @property
    def digest(self) -> str:
        """The digest of the gold annotation: of its text, mentions and relations."""
        return digest_document(self.gold)

    @cached_property
    def overlap(self) -> Overlap:
        """The mention spans that entities share; a group mention counts for each of its entities."""
        return count_shared(self.gold, self.predicted)

    @cached_property
    def chains(self) -> Overlap:
        """The same without group mentions, so that no mention belongs to two entities; see `count_shared`."""
        if any(mention.is_group for side in self.sides for mention in side.mentions):
            return count_shared(self.gold, self.predicted, groups=False)
        return self.overlap

    @cached_property
    def aligned(self) -> dict[str, str]:
        """The gold entity that each predicted entity stands for; one to one, of equal type, with a shared span.

        The best assignment in total Dice; equally good ones differ by the order of first mentions. Entities that no
        mention tells apart, as two that only "both countries" names, are told apart by their facts.
        """
        gold, predicted = self.gold.entities, self.predicted.entities
        same_type = np.array([[p.type == g.type for g in gold] for p in predicted], dtype=bool)
        scores = self.overlap.dice * same_type.reshape(self.overlap.shared.shape)
        rows, columns = linear_sum_assignment(-scores)
        found = {predicted[i].id: gold[j].id for i, j in zip(rows, columns, strict=True) if scores[i, j] > 0}
        return _settle_twins(self, found)

    @property
    def sides(self) -> tuple[Document, Document]:
        """The gold document and the predicted one."""
        return self.gold, self.predicted

    @cached_property
    def names(self) -> tuple[dict[str, Hashable], dict[str, Hashable]]:
        """What keys call the entities of either side, by id: as a gold entity, or as nothing that gold has."""
        return self.name(self.aligned)

    def name(self, aligned: Mapping[str, str]) -> tuple[dict[str, Hashable], dict[str, Hashable]]:
        """Return what keys call the entities of either side where predicted ones stand for gold ones like this."""
        ids = [[entity.id for entity in side.entities] for side in self.sides]
        gold: dict[str, Hashable] = {name: (True, name) for name in ids[0]}
        return gold, {name: gold[aligned[name]] if name in aligned else (False, name) for name in ids[1]}

    @cached_property
    def facts(self) -> tuple[dict[Key, str], dict[Key, str]]:
        """The status of every fact of either side; a fact is a relation type and the names of its ends."""
        gold, predicted = ({fact: own.status for fact, own in side.items()} for side in self.stated)
        return gold, predicted

    @cached_property
    def stated(self) -> tuple[dict[Key, Relation], dict[Key, Relation]]:
        """The relation that states each fact of either side."""
        gold, predicted = (_facts(*side, self.symmetric) for side in zip(self.sides, self.names, strict=True))
        return gold, predicted

    @cached_property
    def carriers(self) -> tuple[list[tuple[str, End, End]], list[tuple[str, End, End]]]:
        """The relations of mentions of either side: type, head and tail; see `list_stated`."""
        gold, predicted = (
            [carrier for relation in side.relations for carrier in _carriers(side, relation)] for side in self.sides
        )
        return gold, predicted


def fact_key(relation: Relation, names: Mapping[str, Hashable], symmetric: frozenset[str]) -> Key:
    """Return the key of the fact that a relation states: its type and the names of its ends, unordered if symmetric."""
    head, tail = names[relation.head], names[relation.tail]
    return (relation.type, frozenset((head, tail))) if relation.type in symmetric else (relation.type, head, tail)


def count_shared(gold: Document, predicted: Document, *, groups: bool = True) -> Overlap:
    """Count the mention spans that every two entities share.

    A group mention counts for each of its entities, or not at all without `groups`; entities that nothing else
    mentions are then left out.
    """
    owners: list[dict[tuple[int, int], list[int]]] = []
    sizes = []
    for side in (predicted, gold):
        number: dict[str, int] = {}
        at_span = {}
        for mention in side.mentions:
            if groups or not mention.is_group:
                own = [number.setdefault(entity, len(number)) for entity in mention.entities]
                at_span[mention.start, mention.end] = own
        owners.append(at_span)
        sizes.append(np.bincount([i for own in at_span.values() for i in own], minlength=len(number)).astype(float))
    shared = np.zeros((len(sizes[0]), len(sizes[1])))
    for span in owners[0].keys() & owners[1].keys():
        for i in owners[0][span]:
            for j in owners[1][span]:
                shared[i, j] += 1
    return Overlap(shared, *sizes)


def digest_document(document: Document) -> str:
    """Return the digest of what gold is made of: text, mentions and relations without scores or evidence."""
    return digest(
        [
            document.text,
            [[m.start, m.end, m.type, sorted(m.entities)] for m in document.mentions],
            sorted([r.head, r.type, r.tail, r.status] for r in document.relations),
        ]
    )


def _settle_twins(pair: Pair, aligned: dict[str, str]) -> dict[str, str]:
    """Return an alignment as good where twins have changed places as long as both sides then share more facts."""
    twins = [_find_twins(side) for side in pair.sides]
    best = _count_agreeing(pair, aligned) if any(twins) else 0
    better = any(twins)
    while better:
        better = False
        for tried in _exchange(aligned, *twins):
            if (shared := _count_agreeing(pair, tried)) > best:
                aligned, best, better = tried, shared, True
                break
    return aligned


def _exchange(
    aligned: Mapping[str, str], gold: Sequence[tuple[str, str]], predicted: Sequence[tuple[str, str]]
) -> Iterator[dict[str, str]]:
    """Yield every alignment in which two twins of one side have changed places."""
    for a, b in gold:
        turned = {a: b, b: a}
        yield {p: turned.get(g, g) for p, g in aligned.items()}
    for a, b in predicted:
        turned = {a: b, b: a}
        yield {turned.get(p, p): g for p, g in aligned.items()}


def _find_twins(document: Document) -> list[tuple[str, str]]:
    """Return every two entities of one type that have the same mentions, which must be groups."""
    spans: dict[str, list[tuple[int, int]]] = {entity.id: [] for entity in document.entities}
    for mention in document.mentions:
        for name in mention.entities:
            spans[name].append((mention.start, mention.end))
    alike: dict[Hashable, list[str]] = {}
    for entity in document.entities:
        alike.setdefault((entity.type, tuple(sorted(spans[entity.id]))), []).append(entity.id)
    return [two for own in alike.values() for two in combinations(own, 2)]


def _count_agreeing(pair: Pair, aligned: Mapping[str, str]) -> int:
    """Count the facts that both sides share, those of one status twice."""
    gold, predicted = (_facts(*own, pair.symmetric) for own in zip(pair.sides, pair.name(aligned), strict=True))
    return sum(1 + (gold[key].status == predicted[key].status) for key in gold.keys() & predicted.keys())


def _facts(document: Document, names: Mapping[str, Hashable], symmetric: frozenset[str]) -> dict[Key, Relation]:
    """Return the relation that states every fact; one that is stated both ways round counts once.

    Where the two ways differ in status, done goes before planned before denied, as in the annotation guide.
    """
    facts: dict[Key, Relation] = {}
    for relation in sorted(document.relations, key=lambda r: STATUSES.index(r.status)):
        facts.setdefault(fact_key(relation, names, symmetric), relation)
    return facts


def _carriers(document: Document, relation: Relation) -> list[tuple[str, End, End]]:
    head, tail = document.entity(relation.head).type, document.entity(relation.tail).type
    pairs = list_stated(document, relation)
    return [(relation.type, (*pair.head, head), (*pair.tail, tail)) for pair in pairs]
