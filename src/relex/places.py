"""Where facts stand in a text: the mentions that carry them, and how far apart these are."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from relex.document import Document, Mention, Relation
from relex.words import split_words


@lru_cache(maxsize=1024)
def _split(text: str) -> tuple[list[int], list[int]]:
    # Scores, causes and slices measure the same texts, of both sides and at every level.
    words = list(split_words(text))
    return [start for start, _ in words], [end for _, end in words]


@dataclass(frozen=True, slots=True)
class Closest:
    """Mentions of two entities, and what lies between them.

    `words` is 0 for mentions that touch, nest or are one; `sentences` is 0 within one sentence.
    """

    head: Mention
    tail: Mention
    words: int
    sentences: int


class _Distance(NamedTuple):
    """How well two mentions carry a relation, the least best.

    Mentions that name both ends; group mentions; sentences and words between; the first mention, then the second.
    """

    n_shared: int
    n_groups: int
    sentences: int
    words: int
    place: list[tuple[int, int]]


_Pair = tuple[_Distance, Mention, Mention]
_Spot = tuple[int, int, int]
"""The sentence, the first word and the word after the last of a mention."""


@dataclass(frozen=True, eq=False)
class Places:
    """A document measured in words and sentences; words are those that models read, single marks included."""

    document: Document

    @property
    def n_words(self) -> int:
        """The number of words of the text."""
        return len(_split(self.document.text)[0])

    def carriers(self, relation: Relation) -> Closest:
        """Return the mentions that carry a relation: its best evidence, or else the closest mentions of its ends."""
        head, tail = relation.head, relation.tail
        if not relation.evidence:
            return self.closest(head, tail)
        best = relation.evidence[0]
        ends = self._find(head, best.head), self._find(tail, best.tail)
        words, sentences = _measure(*map(self._spot, ends))
        return Closest(*ends, words=words, sentences=sentences)

    def closest(self, head: str, tail: str) -> Closest:
        """Return the closest mentions of two entities, given by their ids: what `rank` has first."""
        if (head, tail) not in self._found:
            self._found[head, tail] = _strip(min(self._pairs(head, tail), key=lambda pair: pair[0]))
        return self._found[head, tail]

    def rank(self, head: str, tail: str) -> list[Closest]:
        """Return all pairs of mentions of two entities, the closest first.

        First those without a mention that names both, then those with the fewest group mentions, the fewest sentences
        apart, with the fewest words between, the first in the text.
        """
        return [_strip(pair) for pair in sorted(self._pairs(head, tail), key=lambda pair: pair[0])]

    def nearest(self, head: str, tail: str) -> Closest:
        """Return the mentions of two entities the fewest sentences apart, then words, group mentions like any other."""

        def order(pair: _Pair) -> tuple[object, ...]:
            distance, a, b = pair
            return distance.sentences, a is b, distance.words, distance.place

        return _strip(min(self._pairs(head, tail), key=order))

    def fewest_words(self, head: str, tail: str) -> int:
        """Return the fewest words between any two mentions of two entities, whatever their sentences."""
        return min(distance.words for distance, _, _ in self._pairs(head, tail))

    def depth(self, mention: Mention) -> int:
        """Return how many mentions hold a mention, 0 for an outermost one."""
        return sum(
            other.start <= mention.start and mention.end <= other.end and other != mention
            for other in self.document.mentions
        )

    def _find(self, entity: str, span: tuple[int, int]) -> Mention:
        return next(m for m in self.document.entity(entity).mentions if (m.start, m.end) == span)

    def _pairs(self, head: str, tail: str) -> Iterator[_Pair]:
        heads, tails = ([(m, self._spot(m)) for m in self.document.entity(end).mentions] for end in (head, tail))
        for a, here in heads:
            for b, there in tails:
                n_shared = (tail in a.entities) + (head in b.entities)
                place = sorted([(a.start, -a.end), (b.start, -b.end)])
                words, sentences = _measure(here, there)
                yield _Distance(n_shared, a.is_group + b.is_group, sentences, words, place), a, b

    def _spot(self, mention: Mention) -> _Spot:
        starts, ends = _split(self.document.text)
        sentence = max(bisect_right(self._sentences, mention.start) - 1, 0)
        return sentence, bisect_right(ends, mention.start), bisect_left(starts, mention.end)

    @cached_property
    def _sentences(self) -> list[int]:
        return [start for start, _ in self.document.sentences]

    @cached_property
    def _found(self) -> dict[tuple[str, str], Closest]:
        """What was asked for before: several slicings ask for the same mentions."""
        return {}


def _measure(here: _Spot, there: _Spot) -> tuple[int, int]:
    """Return the words and the sentences between two mentions."""
    return max(here[1] - there[2], there[1] - here[2], 0), abs(here[0] - there[0])


def _strip(pair: _Pair) -> Closest:
    distance, head, tail = pair
    return Closest(head, tail, words=distance.words, sentences=distance.sentences)
