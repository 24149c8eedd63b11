"""Where facts stand in a text: the mentions that carry them, and how far apart these are."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from heapq import merge
from itertools import chain, groupby, product

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


_Spot = tuple[int, int, int]
"""The sentence, the first word and the word after the last of a mention."""

_Placed = tuple[Mention, _Spot]
_Kind = tuple[bool, bool]
"""Whether a mention of one entity names another one too, and whether it is a group mention."""


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
        here, there = map(self._spot, ends)
        return Closest(*ends, words=_measure(here, there), sentences=abs(here[0] - there[0]))

    def closest(self, head: str, tail: str) -> Closest:
        """Return the closest mentions of two entities, given by their ids: what `rank` has first."""
        if (head, tail) not in self._found:
            self._found[head, tail] = next(self.rank(head, tail))
        return self._found[head, tail]

    def rank(self, head: str, tail: str) -> Iterator[Closest]:
        """Yield all pairs of mentions of two entities, the closest first.

        First those without a mention that names both, then those with the fewest group mentions, the fewest sentences
        apart, with the fewest words between, the first in the text.
        """
        heads, tails = self._split_end(head, tail), self._split_end(tail, head)
        for _, kinds in groupby(sorted(product(heads, tails), key=_count_kinds), key=_count_kinds):
            pairs = [chain.from_iterable(_pair_up(heads[one], tails[other])) for one, other in kinds]
            yield from merge(*pairs, key=_order)

    def nearest(self, head: str, tail: str) -> Closest:
        """Return the mentions of two entities the fewest sentences apart, then words, group mentions like any other."""
        batch = next(_pair_up(self._list_spots(head), self._list_spots(tail)))
        return min(batch, key=lambda own: (own.head is own.tail, _order(own)))

    def fewest_words(self, head: str, tail: str) -> int:
        """Return the fewest words between any two mentions of two entities, whatever their sentences."""
        spots = sorted(
            (spot[1], spot[2], end) for end, name in enumerate((head, tail)) for _, spot in self._list_spots(name)
        )
        # The words that the mentions of either end have reached so far.
        reached = [-self.n_words, -self.n_words]
        fewest = self.n_words
        for first, last, end in spots:
            fewest = min(fewest, max(first - reached[1 - end], 0))
            reached[end] = max(reached[end], last)
        return fewest

    def depth(self, mention: Mention) -> int:
        """Return how many mentions hold a mention, 0 for an outermost one."""
        return sum(
            other.start <= mention.start and mention.end <= other.end and other != mention
            for other in self.document.mentions
        )

    def _find(self, entity: str, span: tuple[int, int]) -> Mention:
        return next(m for m in self.document.entity(entity).mentions if (m.start, m.end) == span)

    def _list_spots(self, entity: str) -> list[_Placed]:
        return [(mention, self._spot(mention)) for mention in self.document.entity(entity).mentions]

    def _split_end(self, own: str, other: str) -> dict[_Kind, list[_Placed]]:
        """Return the mentions of an entity by whether they name the other one too, and whether they are groups."""
        split: dict[_Kind, list[_Placed]] = {}
        for mention, spot in self._list_spots(own):
            split.setdefault((other in mention.entities, mention.is_group), []).append((mention, spot))
        return split

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


def _pair_up(heads: Sequence[_Placed], tails: Sequence[_Placed]) -> Iterator[list[Closest]]:
    """Yield the pairs of mentions of two lists in their order, those that are as many sentences apart at once.

    Who asks for the closest alone has all others, of which a long text may have millions, never built.
    """
    rows, columns = _group(heads), _group(tails)
    sentences = (*rows, *columns)
    for apart in range(max(sentences) - min(sentences) + 1):
        batch = [
            Closest(head, tail, words=_measure(here, there), sentences=apart)
            for sentence, own in rows.items()
            for other in sorted({sentence - apart, sentence + apart})
            for head, here in own
            for tail, there in columns.get(other, ())
        ]
        if batch:
            yield sorted(batch, key=_order)


def _group(placed: Iterable[_Placed]) -> dict[int, list[_Placed]]:
    by_sentence: dict[int, list[_Placed]] = {}
    for mention, spot in placed:
        by_sentence.setdefault(spot[0], []).append((mention, spot))
    return by_sentence


def _count_kinds(kinds: tuple[_Kind, _Kind]) -> tuple[int, int]:
    """Return how many of two mentions name both ends, and how many are groups."""
    (head_shared, head_group), (tail_shared, tail_group) = kinds
    return head_shared + tail_shared, head_group + tail_group


def _order(own: Closest) -> tuple[int, int, list[tuple[int, int]]]:
    """Return what pairs of mentions are sorted by: sentences, words, and which stands first in the text."""
    place = sorted([(own.head.start, -own.head.end), (own.tail.start, -own.tail.end)])
    return own.sentences, own.words, place


def _measure(here: _Spot, there: _Spot) -> int:
    """Return the words between two mentions."""
    return max(here[1] - there[2], there[1] - here[2], 0)
