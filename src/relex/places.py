"""Where facts stand in a text: the closest mentions of two entities, and how far apart they are."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property, lru_cache

from relex.document import Document, Mention
from relex.encoding import split_words


@lru_cache(maxsize=1024)
def _split(text: str) -> tuple[tuple[int, int], ...]:
    # Causes and slices measure the same texts, of both sides and at every level.
    return tuple(split_words(text))


@dataclass(frozen=True, slots=True)
class Closest:
    """The mentions of two entities that stand closest, and what lies between them.

    `words` is 0 for mentions that touch, nest or are one; `sentences` is 0 within one sentence.
    """

    head: Mention
    tail: Mention
    words: int
    sentences: int


@dataclass(frozen=True, eq=False)
class Places:
    """A document measured in words and sentences; words are those that models read, single marks included."""

    document: Document

    @property
    def n_words(self) -> int:
        """The number of words of the text."""
        return len(self._words)

    def closest(self, head: str, tail: str) -> Closest:
        """Return the closest mentions of two entities, given by their ids.

        Those the fewest sentences apart, of these the ones with the fewest words between, of these the first in the
        text. A group mention counts for each of its entities; as both ends at once, only if no two mentions are as few
        sentences apart.
        """
        if (head, tail) not in self._found:
            self._found[head, tail] = self._search(head, tail)
        return self._found[head, tail]

    def depth(self, mention: Mention) -> int:
        """Return how many mentions hold a mention, 0 for an outermost one."""
        return sum(
            other.start <= mention.start and mention.end <= other.end and other != mention
            for other in self.document.mentions
        )

    def _search(self, head: str, tail: str) -> Closest:
        first: Closest | None = None
        least = (0, False, 0)
        for a in self.document.entity(head).mentions:
            for b in self.document.entity(tail).mentions:
                here, there = self._spots[a.start, a.end], self._spots[b.start, b.end]
                words = max(here[1] - there[2], there[1] - here[2], 0)
                distance = abs(here[0] - there[0]), a is b, words
                if first is None or distance < least:
                    least = distance
                    first = Closest(a, b, words=words, sentences=distance[0])
        # An entity is derived from its mentions, so it has one.
        assert first is not None
        return first

    @cached_property
    def _found(self) -> dict[tuple[str, str], Closest]:
        """What was asked for before: several slicings ask for the same mentions."""
        return {}

    @cached_property
    def _words(self) -> tuple[tuple[int, int], ...]:
        return _split(self.document.text)

    @cached_property
    def _spots(self) -> dict[tuple[int, int], tuple[int, int, int]]:
        """The sentence, the first word and the word after the last of every mention, by its span."""
        starts, ends = [start for start, _ in self._words], [end for _, end in self._words]
        sentences = [start for start, _ in self.document.sentences]
        return {
            (m.start, m.end): (
                max(bisect_right(sentences, m.start) - 1, 0),
                bisect_right(ends, m.start),
                bisect_left(starts, m.end),
            )
            for m in self.document.mentions
        }
