"""Why a fact is wrong: one cause for every false positive and false negative between entities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from relex.alignment import Pair
from relex.attribution.ends import FAULTS, Ends, Fault
from relex.attribution.mentions import KINDS
from relex.document import Relation
from relex.places import Places

CAUSES = ("status", "direction", *FAULTS, "relation-type", "beyond-window", "one-sentence", "across-sentences")
"""The causes of errors of facts; `attribute` says which is given when."""


@dataclass(frozen=True, slots=True)
class Error:
    """A fact that only one side has, and why.

    Attributes:
        kind: `missed` for a gold fact, `spurious` for a predicted one.
        relation: the fact as its own side states it, with that side's entity ids.
        head, tail: the offsets of the closest mentions of its ends on its own side.
        words, sentences: how far apart these stand.
        end: which end is at fault, `head`, `tail` or `both`; empty if the cause is of another sort.
        detail: what the other side has in its place: a status, a type, or the surface or name of an end.
        counterpart: the fact of the other side that this one was confused with; its error has the same cause.
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
    4. `relation-type`: the same entities, in order unless a type is symmetric, and another type.

    What is left has no counterpart.

    5. An end is no entity of the other side: the cause is the fault of that end.
    6. `group`: the closest mention of an end is a group that the other side lacks or resolves without that entity.
    7. `beyond-window`: a missed fact with more than `window_words` words between its closest mentions.
    8. `one-sentence`, `across-sentences`: both ends are right; the pair was passed over, or invented.

    Where both ends are at fault, the cause is the graver one. The statuses of joined facts may differ as well.
    """
    errors = _Attribution(pair, window_words).errors()
    return tuple(sorted(errors, key=lambda error: (error.head, error.tail, error.type, error.kind)))


_Faults = tuple[Fault, Fault]
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
        missed, spurious = self._wrong(0), self._wrong(1)
        joins = [join for m in missed for s in spurious if (join := self._join(m, s))]
        for join in sorted(joins, key=lambda join: join.rank):
            if join.missed in missed and join.spurious in spurious:
                missed.remove(join.missed)
                spurious.remove(join.spurious)
                head, tail = join.faults
                faults = (tail, head) if join.turned else (head, tail)
                yield self._error(0, join.missed, join.cause, faults=join.faults, counterpart=join.spurious)
                yield self._error(1, join.spurious, join.cause, faults=faults, counterpart=join.missed)
        for side, left in enumerate((missed, spurious)):
            for relation in left:
                yield self._explain(side, relation)

    def _wrong(self, side: int) -> list[Relation]:
        """Return what only one side says, in an order that no id has a say in."""
        other = self.pair.facts[1 - side]
        place = {entity.id: i for i, entity in enumerate(self.pair.sides[side].entities)}
        wrong = [r for key, r in self.pair.stated[side].items() if other.get(key) != r.status]
        return sorted(wrong, key=lambda r: (place[r.head], place[r.tail], r.type))

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
            elif same and straight:
                joins.append(_Join((3, 0, other_status), missed, spurious, "relation-type"))
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
        closest = self._places[side].closest(head, tail)
        faults = self.ends.resolve(side, closest.head, head), self.ends.resolve(side, closest.tail, tail)
        if cause := _gravest(faults):
            return self._error(side, relation, cause, faults=faults)
        if side == 0 and self.window_words is not None and closest.words > self.window_words:
            return self._error(side, relation, "beyond-window")
        return self._error(side, relation, "across-sentences" if closest.sentences else "one-sentence")

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
        closest = self._places[side].closest(relation.head, relation.tail)
        return Error(
            document=self.pair.gold.id,
            kind=KINDS[side],
            cause=cause,
            relation=relation,
            head=(closest.head.start, closest.head.end),
            tail=(closest.tail.start, closest.tail.end),
            words=closest.words,
            sentences=closest.sentences,
            end="both" if len(at_fault) > 1 else "".join(at_fault),
            detail=", ".join(filter(None, details)),
            counterpart=counterpart,
        )

    @cached_property
    def _places(self) -> tuple[Places, Places]:
        return Places(self.pair.gold), Places(self.pair.predicted)


def _gravest(faults: _Faults) -> str:
    return min((fault.cause for fault in faults if fault.cause), key=FAULTS.index, default="")
