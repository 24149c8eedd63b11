"""What the page calls causes, and the colour of each: one colour a stage of extraction, one shade a cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from relex.attribution import KINDS


@dataclass(frozen=True, slots=True)
class Look:
    """How a cause is told and shown: a sentence, the number of a colour of the palette, and how pale it is."""

    description: str
    colour: int
    level: int

    @property
    def classes(self) -> str:
        """The CSS classes of its swatch."""
        return f"c{self.colour} k{self.level}"


_MENTIONS, _ENTITIES, _RELATIONS, _PAIRS = 0, 4, 6, 3

FACT_CAUSES: Mapping[str, Look] = {
    "missed-mention": Look("no mention of an end was found", _MENTIONS, 0),
    "spurious-mention": Look("an end is no mention in gold", _MENTIONS, 1),
    "mention-type": Look("the mention of an end has another type", _MENTIONS, 2),
    "boundary": Look("the mention of an end has other borders", _MENTIONS, 3),
    "merged": Look("an end is lumped together with another entity", _ENTITIES, 0),
    "split": Look("an end is a piece of an entity", _ENTITIES, 1),
    "group": Look("a group mention is not resolved as in gold", _ENTITIES, 2),
    "relation-type": Look("the same ends, another type", _RELATIONS, 0),
    "direction": Look("head and tail are turned round", _RELATIONS, 1),
    "status": Look("the same fact, another status", _RELATIONS, 2),
    "one-sentence": Look("both ends are right and in one sentence, the fact is not", _PAIRS, 0),
    "across-sentences": Look("both ends are right and sentences apart, the fact is not", _PAIRS, 1),
    "beyond-window": Look("the ends stand too far apart to be compared", _PAIRS, 2),
}
"""The causes of errors of facts, by the stage that they arise in, in the order to show them."""

MENTION_CAUSES: Mapping[str, Look] = {
    "type": Look("the span has another type", _RELATIONS, 0),
    "boundary": Look("a mention of the type overlaps the span", _MENTIONS, 3),
    "missed": Look("nothing of the type was found there", _MENTIONS, 0),
    "spurious": Look("gold has nothing of the type there", _MENTIONS, 1),
}
"""The same for mentions."""

KIND_NAMES: Mapping[str, str] = dict(zip(KINDS, ("false negative", "false positive"), strict=True))
"""What scientists call the kinds of errors."""
