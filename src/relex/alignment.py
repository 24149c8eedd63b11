"""A gold document and a prediction for its text: which entities stand for which, and what both sides state."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import combinations, permutations, product
from math import factorial, prod

import numpy as np
from scipy.optimize import linear_sum_assignment

from relex.document import STATUSES, Document, Entity, Relation
from relex.errors import InputError
from relex.formats.evidence import STATED, list_stated
from relex.metrics import Array, Key, digest

End = tuple[int, int, str]
"""Start, end and type of the mention at one end of a relation."""

Twins = Sequence[Sequence[str]]
"""The ids of entities that no mention of a document tells apart, as many as there are of each kind."""

# What a tie is broken by must not outweigh any difference in Dice.
_TIE = 1e-9
_MOST_ORDERS = 1000


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

        The best assignment in total Dice; of equally good ones the one whose entities share the most characters of
        mentions of their own, and then by the places of mentions. Entities that no mention tells apart, as two that
        only "both countries" names, are told apart by their facts.
        """
        gold, predicted = (_order_entities(side) for side in self.sides)
        shape = self.overlap.shared.shape
        same_type = np.array([[p.type == g.type for _, g in gold] for _, p in predicted], dtype=bool).reshape(shape)
        scores = self.overlap.dice[np.ix_([i for i, _ in predicted], [j for j, _ in gold])] * same_type
        covered = [[_cover(entity) for _, entity in side] for side in (predicted, gold)]
        for i, j in np.argwhere(scores > 0).tolist():
            scores[i, j] += _TIE * _dice(covered[0][i], covered[1][j])
        rows, columns = linear_sum_assignment(-scores)
        found = {predicted[i][1].id: gold[j][1].id for i, j in zip(rows, columns, strict=True) if scores[i, j] > 0}
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
        """The relations of mentions of either side: type, head and tail; see `list_stated`.

        Of a fact that is stated both ways round one counts, unless the source relates mentions.
        """
        gold, predicted = (
            [carrier for relation in relations for carrier in _carriers(side, relation)]
            for side, relations in zip(self.sides, map(self._carried, (0, 1)), strict=True)
        )
        return gold, predicted

    def _carried(self, side: int) -> Iterable[Relation]:
        own = self.sides[side]
        return own.relations if own.meta.items() >= STATED.items() else self.stated[side].values()


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
    """Return the digest of what gold is made of: text, mentions, and relations with their evidence but no scores."""
    return digest(
        [
            document.text,
            [[m.start, m.end, m.type, sorted(m.entities)] for m in document.mentions],
            sorted([r.head, r.type, r.tail, r.status, *_told(r)] for r in document.relations),
            *(["relations of mentions"] if document.meta.items() >= STATED.items() else []),
        ]
    )


def _told(relation: Relation) -> list[list[tuple[int, int]]]:
    return sorted([pair.head, pair.tail] for pair in relation.evidence)


def _order_entities(document: Document) -> list[tuple[int, Entity]]:
    """Return the entities with their places, ordered by their mentions and not by ids or by how a group lists them."""
    return sorted(enumerate(document.entities), key=lambda own: (_spans(own[1]), own[1].type))


def _spans(entity: Entity) -> list[tuple[int, int]]:
    return sorted((mention.start, mention.end) for mention in entity.mentions)


def _cover(entity: Entity) -> set[int]:
    """Return the places of the characters that mean the entity alone."""
    return {place for own in entity.mentions if not own.is_group for place in range(own.start, own.end)}


def _dice(one: set[int], other: set[int]) -> float:
    return 2 * len(one & other) / max(len(one) + len(other), 1)


def _settle_twins(pair: Pair, aligned: dict[str, str]) -> dict[str, str]:
    """Return an alignment as good in which twins stand where both sides share the most facts.

    All orders of the twins are tried; where these are too many, two change places as long as that helps.
    """
    gold, predicted = (_find_twins(side) for side in pair.sides)
    whole = {frozenset(own) for own in gold}
    # Where twins stand for twins, one to one, it is enough that those of one side change places.
    predicted = [own for own in predicted if frozenset(map(aligned.get, own)) not in whole]
    if not gold and not predicted:
        return aligned
    agreeing = partial(_count_agreeing, pair)
    if prod(factorial(len(own)) for own in (*gold, *predicted)) <= _MOST_ORDERS:
        return max(_reorder(aligned, gold, predicted), key=agreeing)
    swaps = [[{a: b, b: a} for own in side for a, b in combinations(own, 2)] for side in (gold, predicted)]
    best, better = agreeing(aligned), True
    while better:
        better = False
        for turns in (*((own, {}) for own in swaps[0]), *(({}, own) for own in swaps[1])):
            tried = _turn(aligned, *turns)
            if (shared := agreeing(tried)) > best:
                aligned, best, better = tried, shared, True
    return aligned


def _reorder(aligned: dict[str, str], gold: Twins, predicted: Twins) -> Iterator[dict[str, str]]:
    """Yield an alignment, and then all others that differ by the order of twins."""
    for turns in product(_list_orders(gold), _list_orders(predicted)):
        yield _turn(aligned, *turns)


def _list_orders(twins: Twins) -> list[dict[str, str]]:
    """Return every way in which the entities of each group of twins take each other's places, first that as it is."""
    orders = product(*(permutations(own) for own in twins))
    return [
        {a: b for own, order in zip(twins, chosen, strict=True) for a, b in zip(own, order, strict=True)}
        for chosen in orders
    ]


def _turn(aligned: Mapping[str, str], gold: Mapping[str, str], predicted: Mapping[str, str]) -> dict[str, str]:
    return {predicted.get(p, p): gold.get(g, g) for p, g in aligned.items()}


def _find_twins(document: Document) -> Twins:
    """Return the entities of one type that have the same mentions, which must be groups, two or more at a time."""
    alike: dict[Hashable, list[str]] = {}
    for entity in document.entities:
        alike.setdefault((entity.type, tuple(_spans(entity))), []).append(entity.id)
    return [own for own in alike.values() if len(own) > 1]


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
