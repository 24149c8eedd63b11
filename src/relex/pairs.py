"""Which mentions are compared with which, and what their surfaces and places say about it. Numpy only.

Pairs are lists of indices and not square arrays, so that memory grows with the number of neighbours of a
mention and not with the square of the length of a text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from relex.encoding import Encoded, Ints
from relex.gazetteer import capital_code, country_code
from relex.schema import Schema
from relex.words import compose

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

DISTANCE_BUCKETS = np.array([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256, 512])
"""Lower bounds in words of all distance buckets but the first."""
N_DISTANCES = len(DISTANCE_BUCKETS) + 1
N_SENTENCE_DISTANCES = 6
"""Sentence distances: tail before head by two or more, by one, same sentence, one after, two, three or more."""

SURFACE_FEATURES = (
    "equal",
    "equal-case",
    "same-first-word",
    "same-last-word",
    "contained",
    "acronym",
    "same-country",
    "other-country",
    "capital-of",
    "both-named",
    "one-named",
    "common-prefix",
    "word-overlap",
)


@dataclass(frozen=True, slots=True)
class Spans:
    """Mentions of one or several documents as word ranges. M mentions, offsets into flat words.

    Attributes:
        starts, ends: [M] half-open word ranges; ordered by document, then start, then longer first.
        types: [M] mention label numbers.
        documents: [M] the document of each mention.
        groups: [M] whether the mention stands for several entities.
        sentences: [M] the sentence of the first word.
        surfaces: the text of each mention, in composed letters.
    """

    starts: Ints
    ends: Ints
    types: Ints
    documents: Ints
    groups: Bools
    sentences: Ints
    surfaces: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.starts)


def allowed_types(schema: Schema) -> Bools:
    """Return [R, S, S]: whether a relation joins a head of one mention type to a tail of another."""
    allowed = np.zeros((len(schema.relation_types), len(schema.mention_types), len(schema.mention_types)), dtype=bool)
    for r, relation in enumerate(schema.relation_types):
        for i, head in enumerate(schema.mention_names):
            for j, tail in enumerate(schema.mention_names):
                allowed[r, i, j] = head in relation.head and tail in relation.tail
    return allowed


def relation_pairs(spans: Spans, allowed: Bools, *, max_words: int, max_mentions: int | None = None) -> Ints:
    """Return the ordered pairs of mentions that may carry a relation: [P, 2] head and tail.

    Args:
        allowed: [R, S, S] which types each relation joins.
        max_words, max_mentions: how far apart two mentions may stand; see `near_pairs`.

    A group mention is paired with itself too, since it may say that its members meet.
    """
    first, second = near_pairs(spans, max_words=max_words, max_mentions=max_mentions)
    groups = np.flatnonzero(spans.groups)
    fits = np.asarray(allowed.any(axis=0))
    kept = []
    for heads, tails in ((first, second), (second, first), (groups, groups)):
        keep = fits[spans.types[heads], spans.types[tails]]
        kept.append(np.stack([heads[keep], tails[keep]], axis=1))
    return np.concatenate(kept)


def coreference_pairs(spans: Spans, *, max_words: int, max_mentions: int | None = None) -> Ints:
    """Return the pairs of mentions that may name one entity: [P, 2], the earlier mention first.

    Both are of one type and no groups. Beyond the reach of `near_pairs` a mention is still compared with the last
    one of the same surface, so that a name is followed through a text of any length.
    """
    first, second = near_pairs(spans, max_words=max_words, max_mentions=max_mentions)
    keep = (spans.types[first] == spans.types[second]) & ~spans.groups[first] & ~spans.groups[second]
    near = np.stack([first[keep], second[keep]], axis=1)
    reach = len(spans) if max_mentions is None else max_mentions
    last: dict[tuple[int, int, str], int] = {}
    far: list[tuple[int, int]] = []
    for i, surface in enumerate(spans.surfaces):
        if spans.groups[i]:
            continue
        key = (int(spans.documents[i]), int(spans.types[i]), surface)
        before = last.get(key)
        if before is not None and (spans.starts[i] - spans.starts[before] > max_words or i - before > reach):
            far.append((before, i))
        last[key] = i
    return np.concatenate([near, np.array(far, dtype=np.int64).reshape(-1, 2)]) if far else near


def member_pairs(spans: Spans, *, max_words: int, max_mentions: int | None = None) -> Ints:
    """Return the pairs of a group mention and a mention that may name one of its members: [P, 2]."""
    first, second = near_pairs(spans, max_words=max_words, max_mentions=max_mentions)
    kept = []
    for groups, members in ((first, second), (second, first)):
        keep = spans.groups[groups] & ~spans.groups[members] & (spans.types[groups] == spans.types[members])
        kept.append(np.stack([groups[keep], members[keep]], axis=1))
    return np.concatenate(kept)


def near_pairs(spans: Spans, *, max_words: int, max_mentions: int | None = None) -> tuple[Ints, Ints]:
    """Return the pairs i < j of one document that stand near each other, as two [P] arrays.

    Args:
        max_words: the farthest that their starts may be apart.
        max_mentions: with how many that follow each mention is paired, the nearest; with all of them if None.
    """
    counts = count_near(spans, max_words=max_words)
    if max_mentions is not None:
        counts = np.minimum(counts, max_mentions)
    first = np.repeat(np.arange(len(spans)), counts)
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    second = first + 1 + offsets
    same = spans.documents[first] == spans.documents[second]
    return first[same], second[same]


def count_near(spans: Spans, *, max_words: int) -> Ints:
    """Return [M] how many of the mentions that follow each one begin at most `max_words` after it."""
    # Words of different documents are told apart by moving each document out of the others' reach.
    places = spans.starts + spans.documents * (max_words + 1)
    stops = np.searchsorted(places, places + max_words, side="right")
    counts: Ints = np.maximum(stops - np.arange(len(spans)) - 1, 0)
    return counts


def distances(spans: Spans, pairs: Ints) -> Ints:
    """Return [P, 3]: bucket of the words between, bucket of the sentences between, and nesting.

    Nesting: 0 head before tail, 1 tail before head, 2 tail inside head, 3 head inside tail, 4 one mention.
    """
    head, tail = pairs[:, 0], pairs[:, 1]
    gap = np.maximum(spans.starts[tail] - spans.ends[head], spans.starts[head] - spans.ends[tail])
    bucket = np.searchsorted(DISTANCE_BUCKETS, np.maximum(gap, 0) + 1, side="right")
    sentences = np.clip(spans.sentences[tail] - spans.sentences[head], -2, 3) + 2
    inside = (spans.starts[head] <= spans.starts[tail]) & (spans.ends[tail] <= spans.ends[head])
    outside = (spans.starts[tail] <= spans.starts[head]) & (spans.ends[head] <= spans.ends[tail])
    nesting = np.where(spans.starts[tail] < spans.starts[head], 1, 0)
    nesting = np.where(inside, 2, nesting)
    nesting = np.where(outside, 3, nesting)
    nesting = np.where(inside & outside, 4, nesting)
    return np.stack([np.minimum(bucket, N_DISTANCES - 1), sentences, nesting], axis=1)


def surface_features(surfaces: Sequence[str], pairs: Ints) -> Floats:
    """Compare the surfaces of mentions: [P, F] values in 0..1, in the order of `SURFACE_FEATURES`."""
    places = np.zeros(len(surfaces), dtype=np.int64)
    places[pairs] = 1
    compared = np.flatnonzero(places)
    own = [surfaces[i] for i in compared.tolist()]
    distinct = {surface: i for i, surface in enumerate(dict.fromkeys(own))}
    profiles = [_profile(surface) for surface in distinct]
    places[compared] = [distinct[surface] for surface in own]
    keys = places[pairs[:, 0]] * len(distinct) + places[pairs[:, 1]]
    different, back = np.unique(keys, return_inverse=True)
    table = np.array(
        [_compare(profiles[key // len(distinct)], profiles[key % len(distinct)]) for key in different.tolist()],
        dtype=np.float32,
    ).reshape(-1, len(SURFACE_FEATURES))
    return table[back]


@dataclass(frozen=True, slots=True)
class _Profile:
    text: str
    folded: str
    words: tuple[str, ...]
    initials: str
    named: bool
    country: str | None
    capital: str | None


def _profile(surface: str) -> _Profile:
    folded = surface.casefold().replace(".", "")
    words = tuple(folded.replace("-", " ").replace("’", "'").split()) or (folded,)
    initials = "".join(word[0] for word in surface.replace("-", " ").split() if word[0].isupper()).casefold()
    named = any(c.isupper() or c.isdigit() for c in surface)
    country = country_code(surface) if named else None
    return _Profile(surface, folded, words, initials, named, country, capital_code(surface) if named else None)


def _compare(a: _Profile, b: _Profile) -> tuple[float, ...]:
    words_a, words_b = set(a.words), set(b.words)
    shared = len(words_a & words_b)
    prefix = 0
    for x, y in zip(a.folded, b.folded, strict=False):
        if x != y:
            break
        prefix += 1
    acronym = (len(a.initials) > 1 and a.initials == b.folded) or (len(b.initials) > 1 and b.initials == a.folded)
    capital = (a.capital is not None and a.capital == b.country) or (b.capital is not None and b.capital == a.country)
    return (
        a.folded == b.folded,
        a.text == b.text,
        a.words[0] == b.words[0],
        a.words[-1] == b.words[-1],
        shared == min(len(words_a), len(words_b)),
        acronym,
        a.country is not None and a.country == b.country,
        a.country is not None and b.country is not None and a.country != b.country,
        capital,
        a.named and b.named,
        a.named != b.named,
        prefix / max(len(a.folded), len(b.folded), 1),
        shared / max(len(words_a | words_b), 1),
    )


@dataclass(frozen=True, slots=True)
class Memberships:
    """Which entities mentions name, as parallel lists: mention `mentions[k]` names entity `entities[k]`."""

    mentions: Ints
    entities: Ints


@dataclass(frozen=True, slots=True)
class EntityPairs:
    """Pairs of entities, and the pairs of mentions that speak for them. Q entity pairs, E entries.

    Attributes:
        heads, tails: [Q] the entities of each pair; no entity is paired with itself.
        entries: [E] the mention pair of each entry.
        owners: [E] the entity pair of each entry, ascending; every entity pair has an entry.
    """

    heads: Ints
    tails: Ints
    entries: Ints
    owners: Ints


def entity_pairs(pairs: Ints, memberships: Memberships) -> EntityPairs:
    """Lift mention pairs to the entities that they name; a group mention speaks for each of its members.

    Args:
        pairs: [P, 2] head and tail mentions.
        memberships: the entities of each mention; a mention may have none.
    """
    order = np.argsort(memberships.mentions, kind="stable")
    mentions, entities = memberships.mentions[order], memberships.entities[order]
    starts = np.searchsorted(mentions, pairs, side="left")
    counts = np.searchsorted(mentions, pairs, side="right") - starts
    products = counts[:, 0] * counts[:, 1]
    entries = np.repeat(np.arange(len(pairs)), products)
    local = np.arange(len(entries)) - np.repeat(np.cumsum(products) - products, products)
    n_tails = np.maximum(counts[entries, 1], 1)
    heads = entities[starts[entries, 0] + local // n_tails] if len(entries) else np.zeros(0, dtype=np.int64)
    tails = entities[starts[entries, 1] + local % n_tails] if len(entries) else np.zeros(0, dtype=np.int64)
    different = heads != tails
    entries, heads, tails = entries[different], heads[different], tails[different]
    width = int(entities.max()) + 1 if len(entities) else 1
    keys, owners = np.unique(heads * width + tails, return_inverse=True)
    order = np.argsort(owners, kind="stable")
    return EntityPairs(keys // width, keys % width, entries[order], owners[order])


@dataclass(frozen=True)
class Reading:
    """Encoded documents side by side, their words numbered through."""

    texts: tuple[str, ...]
    encoded: tuple[Encoded, ...]

    @cached_property
    def offsets(self) -> Ints:
        """[D + 1] the first flat word of each document, and the number of words in all."""
        return np.cumsum([0, *(document.n_words for document in self.encoded)])

    def spans(self, starts: Ints, ends: Ints, types: Ints, groups: Bools) -> Spans:
        """Describe mentions given by flat word ranges, in the order given."""
        offsets = self.offsets
        documents = np.searchsorted(offsets, starts, side="right") - 1
        sentences = np.concatenate([np.zeros(0, dtype=np.int64), *(e.word_sentences for e in self.encoded)])
        surfaces = tuple(
            compose(self.texts[document][slice(*self._characters(document, start, end))])
            for document, start, end in zip(documents.tolist(), starts.tolist(), ends.tolist(), strict=True)
        )
        return Spans(starts, ends, types, documents, groups, sentences[starts], surfaces)

    def characters(self, spans: Spans) -> list[tuple[int, int]]:
        """Return the characters of each mention, half-open, in its document's text."""
        places = zip(spans.documents.tolist(), spans.starts.tolist(), spans.ends.tolist(), strict=True)
        return [self._characters(document, start, end) for document, start, end in places]

    def _characters(self, document: int, start: int, end: int) -> tuple[int, int]:
        encoded, offset = self.encoded[document], self.offsets[document]
        return int(encoded.char_starts[start - offset]), int(encoded.char_ends[end - 1 - offset])
