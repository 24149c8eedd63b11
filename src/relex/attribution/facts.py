"""Why a fact is wrong: one cause for every false positive and false negative between entities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any

from relex.alignment import Pair
from relex.attribution.ends import FAULTS, Ends, Fault
from relex.attribution.mentions import KINDS
from relex.document import Document, Relation
from relex.metrics import Key
from relex.places import Places

CAUSES = ("status", "direction", *FAULTS, "relation-type", "beyond-window", "one-sentence", "across-sentences")
"""The causes of errors of facts; `attribute` says which is given when."""


@dataclass(frozen=True, slots=True)
class Error:
    """A fact that only one side has, and why.

    Attributes:
        kind: `missed` for a gold fact, `spurious` for a predicted one.
        relation: the fact as its own side states it, with that side's entity ids.
        head, tail: the offsets of the two mentions that carry it on its own side.
        words, sentences: how far apart these stand.
        end: which end is at fault, `head`, `tail` or `both`; empty if the cause is of another sort.
        detail: what the other side has in its place: a status, a type, or the surface or name of an end.
        counterpart: the fact of the other side that this one was confused with, and whose error has the same cause; or
            else, if the cause is `direction` or `relation-type`, one that relates the two ends.
    """

    document: str
    kind: str
    cause: str
    relation: Relation
    head: tuple[int, int]
    tail: tuple[int, int]
    words: int
    sentences: int
    end: str = ""
    detail: str = ""
    counterpart: Relation | None = None

    @property
    def type(self) -> str:
        """The type of the relation."""
        return self.relation.type

    @property
    def score(self) -> float | None:
        """The score of the relation, if it has one."""
        return self.relation.score

    def to_dict(self) -> dict[str, Any]:
        """Return the error as plain values, ready for JSON."""
        other = self.counterpart
        return {
            "document": self.document,
            "kind": self.kind,
            "cause": self.cause,
            "end": self.end,
            "detail": self.detail,
            "relation": [self.relation.head, self.type, self.relation.tail, self.relation.status],
            "score": self.score,
            "head": list(self.head),
            "tail": list(self.tail),
            "words": self.words,
            "sentences": self.sentences,
            "counterpart": [other.head, other.type, other.tail, other.status] if other else None,
        }


def attribute(pair: Pair, *, window_words: int | None = None) -> tuple[Error, ...]:
    """Return every fact that only one side has, by ends, type and status, with its one cause, in order of the text.

    `window_words` is how many words at most may lie between two mentions for the system to compare them.

    First, facts of both sides are joined where one was taken for the other, one to one; both get the cause.

    1. `status`: the same entities and type, another status.
    2. `direction`: the same entities and type, turned round.
    3. The same type, and each end is the right entity or shares mentions with it: the cause is the fault of the
       wrong end, one of `relex.attribution.FAULTS`. The fewer wrong ends, the sooner two facts are joined.
    4. `relation-type`: the same entities and another type; facts of one direction are joined first.

    What is left was confused with no error of the other side.

    5. An end is no entity of the other side: the cause is the fault of that end.
    6. `direction`, `relation-type`: as above, but the fact of the other side is right, or joined to another.
    7. `group`: of all mentions that of an end nearest to the other end is a group that the other side lacks, or
       resolves without that entity.
    8. `beyond-window`: a missed fact with more than `window_words` words between any two mentions of its ends.
    9. `one-sentence`, `across-sentences`: both ends are right; the pair was passed over, or invented.

    Where both ends are at fault, the cause is the graver one. The statuses of joined facts may differ as well.
    """
    errors = _Attribution(pair, window_words).errors()
    return tuple(sorted(errors, key=lambda error: (error.head, error.tail, error.type, error.kind)))


_Faults = tuple[Fault, Fault]
_ByEnds = dict[tuple[str | None, str | None], list[tuple[int, Relation]]]
_NONE: _Faults = (Fault(), Fault())


@dataclass(frozen=True, slots=True)
class _Join:
    """A missed and a spurious fact that may have been confused; the smaller the rank, the likelier."""

    rank: tuple[int, int, bool]
    missed: Relation
    spurious: Relation
    cause: str
    faults: _Faults = _NONE
    turned: bool = False


@dataclass(frozen=True, eq=False)
class _Attribution:
    pair: Pair
    window_words: int | None
    ends: Ends = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ends", Ends(self.pair))

    def errors(self) -> Iterator[Error]:
        missed, spurious = (dict.fromkeys(self._wrong(side)) for side in (0, 1))
        by_ends = _index(spurious)
        near = ((m, s) for m in missed for s in _find(by_ends, self.ends.related(m.head), self.ends.related(m.tail)))
        joins = [join for m, s in near if (join := self._join(m, s))]
        for join in sorted(joins, key=lambda join: join.rank):
            if join.missed in missed and join.spurious in spurious:
                del missed[join.missed], spurious[join.spurious]
                head, tail = join.faults
                faults = (tail, head) if join.turned else (head, tail)
                yield self._error(0, join.missed, join.cause, faults=join.faults, counterpart=join.spurious)
                yield self._error(1, join.spurious, join.cause, faults=faults, counterpart=join.missed)
        for side, left in enumerate((missed, spurious)):
            for relation in left:
                yield self._explain(side, relation)

    def _wrong(self, side: int) -> list[Relation]:
        """Return what only one side says."""
        other = self.pair.facts[1 - side]
        return [r for key, r in self._stated[side] if other.get(key) != r.status]

    def _join(self, missed: Relation, spurious: Relation) -> _Join | None:
        """Return the likeliest way in which one fact was taken for the other, if there is one."""
        same_type = missed.type == spurious.type
        undirected = not self.pair.symmetric.isdisjoint((missed.type, spurious.type))
        other_status = missed.status != spurious.status
        joins = []
        for turned in (False, True):
            head, tail = (spurious.tail, spurious.head) if turned else (spurious.head, spurious.tail)
            same = self.ends.is_same(missed.head, head) and self.ends.is_same(missed.tail, tail)
            straight = undirected or not turned
            if same and same_type:
                rank, cause = (0, "status") if straight else (1, "direction")
                joins.append(_Join((rank, 0, other_status), missed, spurious, cause))
            elif same:
                joins.append(_Join((3, int(not straight), other_status), missed, spurious, "relation-type"))
            elif same_type and straight:
                faults = self.ends.compare(missed.head, head), self.ends.compare(missed.tail, tail)
                if faults[0] is not None and faults[1] is not None:
                    found = faults[0], faults[1]
                    n_wrong = sum(bool(fault.cause) for fault in found)
                    cause = _gravest(found)
                    joins.append(_Join((2, n_wrong, other_status), missed, spurious, cause, found, turned))
        return min(joins, key=lambda join: join.rank, default=None)

    def _explain(self, side: int, relation: Relation) -> Error:
        """Return the error of a fact that was confused with none of the other side."""
        head, tail = relation.head, relation.tail
        faults = self.ends.lack(side, head), self.ends.lack(side, tail)
        if cause := _gravest(faults):
            return self._error(side, relation, cause, faults=faults)
        if related := self._relate(side, relation):
            return self._error(side, relation, related.cause, counterpart=(related.spurious, related.missed)[side])
        nearest = self._places[side].nearest(head, tail)
        faults = self.ends.resolve(side, nearest.head, head), self.ends.resolve(side, nearest.tail, tail)
        if cause := _gravest(faults):
            return self._error(side, relation, cause, faults=faults)
        if side == 0 and self._is_beyond_window(relation):
            return self._error(side, relation, "beyond-window")
        apart = self._places[side].carriers(relation).sentences
        return self._error(side, relation, "across-sentences" if apart else "one-sentence")

    def _is_beyond_window(self, missed: Relation) -> bool:
        # A system compares all mentions, not only those of one sentence.
        limit = self.window_words
        return limit is not None and self._places[0].fewest_words(missed.head, missed.tail) > limit

    def _relate(self, side: int, relation: Relation) -> _Join | None:
        """Return how a fact differs from one of the other side between the same entities, if there is one."""
        joins = []
        head, tail = (self.ends.standing(side, end) for end in (relation.head, relation.tail))
        for other in _find(self._by_ends[1 - side], [head], [tail]):
            missed, spurious = (other, relation) if side else (relation, other)
            if (join := self._join(missed, spurious)) and join.cause in ("direction", "relation-type"):
                joins.append(join)
        return min(joins, key=lambda join: join.rank, default=None)

    def _error(
        self,
        side: int,
        relation: Relation,
        cause: str,
        *,
        faults: _Faults = _NONE,
        counterpart: Relation | None = None,
    ) -> Error:
        at_fault = [end for end, fault in zip(("head", "tail"), faults, strict=True) if fault.cause == cause]
        details = [fault.details[side] for fault in faults if fault.cause == cause]
        if counterpart is not None and cause in ("status", "relation-type"):
            details = [counterpart.status if cause == "status" else counterpart.type]
        carriers = self._places[side].carriers(relation)
        return Error(
            document=self.pair.gold.id,
            kind=KINDS[side],
            cause=cause,
            relation=relation,
            head=(carriers.head.start, carriers.head.end),
            tail=(carriers.tail.start, carriers.tail.end),
            words=carriers.words,
            sentences=carriers.sentences,
            end="both" if len(at_fault) > 1 else "".join(at_fault),
            detail=", ".join(filter(None, details)),
            counterpart=counterpart,
        )

    @cached_property
    def _stated(self) -> tuple[list[tuple[Key, Relation]], list[tuple[Key, Relation]]]:
        """The facts of either side, each with the relation that states it, in an order that no id has a say in."""
        gold, predicted = map(_sort_facts, self.pair.sides, self.pair.stated)
        return gold, predicted

    @cached_property
    def _by_ends(self) -> tuple[_ByEnds, _ByEnds]:
        gold, predicted = ([relation for _, relation in own] for own in self._stated)
        return _index(gold), _index(predicted)

    @cached_property
    def _places(self) -> tuple[Places, Places]:
        return Places(self.pair.gold), Places(self.pair.predicted)


def _index(relations: Iterable[Relation]) -> _ByEnds:
    """Return relations by their ends in either order, each with its place."""
    found: _ByEnds = {}
    for place, relation in enumerate(relations):
        for ends in {(relation.head, relation.tail), (relation.tail, relation.head)}:
            found.setdefault(ends, []).append((place, relation))
    return found


def _find(by_ends: _ByEnds, heads: Iterable[str | None], tails: Iterable[str | None]) -> list[Relation]:
    """Return the relations between some entities and others, whichever way, in their order."""
    places = {place: relation for ends in product(heads, tails) for place, relation in by_ends.get(ends, ())}
    return [places[place] for place in sorted(places)]


def _gravest(faults: _Faults) -> str:
    return min((fault.cause for fault in faults if fault.cause), key=FAULTS.index, default="")


def _sort_facts(document: Document, stated: Mapping[Key, Relation]) -> list[tuple[Key, Relation]]:
    place = {entity.id: i for i, entity in enumerate(document.entities)}
    return sorted(stated.items(), key=lambda fact: (place[fact[1].head], place[fact[1].tail], fact[1].type))
