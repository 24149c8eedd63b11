"""Why an entity of one document is none of the other: the faults of the ends of facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from relex.alignment import Pair
from relex.attribution.mentions import BOUNDARY, MATCHES, TYPE, Match, match_mentions
from relex.document import Mention

FAULTS = ("missed-mention", "spurious-mention", "mention-type", "boundary", "group", "merged", "split")
"""What may be wrong with the end of a fact, the gravest first.

`missed-mention`, `spurious-mention`: no mention of the entity has a match. `mention-type`: the best match has another
type. `boundary`: the best match overlaps only. Otherwise spans and types are right and the clustering is not: `group`
if all such matches are of group mentions, `merged` if the gold entity's mentions lie in a predicted one that stands
for another, `split` if the predicted entity stands for none and is a piece of one.
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an end, one of `FAULTS` or nothing, and what the other side has there.

    `details` are for the error of the gold fact and for that of the predicted one.
    """

    cause: str = ""
    details: tuple[str, str] = ("", "")


@dataclass(frozen=True, eq=False)
class Ends:
    """The entities of a pair of documents, to be compared as ends of facts; side 0 is gold, side 1 predicted."""

    pair: Pair

    def is_same(self, gold: str, predicted: str) -> bool:
        """Return whether a predicted entity stands for a gold one."""
        return self.pair.aligned.get(predicted) == gold

    def related(self, gold: str) -> set[str]:
        """Return the predicted entities that stand for a gold one or share mentions with it."""
        shared = {name for match in self._matches[0].get(gold, ()) for name in match.predicted.entities}
        return shared | ({self._found[gold]} if gold in self._found else set())

    def standing(self, side: int, entity: str) -> str | None:
        """Return the entity of the other side that an entity stands for, if there is one."""
        return (self._found, self.pair.aligned)[side].get(entity)

    def compare(self, gold: str, predicted: str) -> Fault | None:
        """Return what keeps two entities from being one, an empty fault if they are, None if they share nothing."""
        if self.is_same(gold, predicted):
            return Fault()
        matches = [m for m in self._matches[0].get(gold, ()) if self._confuses(m, gold, predicted)]
        return self._judge(matches, "merged" if self._stands(1, predicted) else "split")

    def lack(self, side: int, entity: str) -> Fault:
        """Return why the other side has no such entity, an empty fault if it has."""
        if self._stands(side, entity):
            return Fault()
        found = self._judge(self._matches[side].get(entity, ()), ("merged", "split")[side])
        return found or Fault(("missed-mention", "spurious-mention")[side])

    def resolve(self, side: int, mention: Mention, entity: str) -> Fault:
        """Return the fault of a group mention that the other side lacks or does not take for the entity."""
        if not mention.is_group:
            return Fault()
        here, there = self.pair.names[side], self.pair.names[1 - side]
        for match in self._matches[side].get(entity, ()):
            own, other = (match.predicted, match.gold) if side else (match.gold, match.predicted)
            if own == mention and here[entity] in {there[name] for name in other.entities}:
                return Fault()
        surface = self.pair.gold.text[mention.start : mention.end]
        return Fault("group", (surface, surface))

    def _confuses(self, match: Match, gold: str, predicted: str) -> bool:
        """Return whether a match is why one entity was taken for the other: in a group, members may both be right."""
        own, other = match.gold.entities, match.predicted.entities
        return predicted in other and self._found.get(gold) not in other and self.pair.aligned.get(predicted) not in own

    def _judge(self, matches: Sequence[Match], clustering: str) -> Fault | None:
        if not matches:
            return None
        best = min(matches, key=lambda match: (MATCHES.index(match.how), _is_group(match)))
        gold, predicted = best.gold, best.predicted
        if best.how == TYPE:
            return Fault("mention-type", (predicted.type, gold.type))
        if best.how == BOUNDARY or _is_group(best):
            details = [self.pair.gold.text[mention.start : mention.end] for mention in (predicted, gold)]
            return Fault("boundary" if best.how == BOUNDARY else "group", (details[0], details[1]))
        names = [
            side.entity(own.entities[0]).name for side, own in zip(self.pair.sides, (gold, predicted), strict=True)
        ]
        return Fault(clustering, (names[1], names[0]))

    def _stands(self, side: int, entity: str) -> bool:
        return entity in (self._found, self.pair.aligned)[side]

    @cached_property
    def _found(self) -> dict[str, str]:
        """The predicted entity that stands for each gold entity."""
        return {gold: predicted for predicted, gold in self.pair.aligned.items()}

    @cached_property
    def _matches(self) -> tuple[dict[str, list[Match]], dict[str, list[Match]]]:
        """The matches of the mentions of every entity, by side."""
        found: tuple[dict[str, list[Match]], dict[str, list[Match]]] = ({}, {})
        for match in match_mentions(self.pair):
            for side, mention in zip(found, (match.gold, match.predicted), strict=True):
                for entity in mention.entities:
                    side.setdefault(entity, []).append(match)
        return found


def _is_group(match: Match) -> bool:
    return match.gold.is_group or match.predicted.is_group
