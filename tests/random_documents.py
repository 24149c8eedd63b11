"""Random documents over one text, for comparing fast scores with slow ones; equal seeds give equal documents."""

from __future__ import annotations

import itertools
import random

from relex.document import STATUSES, Document, Evidence, Mention, Relation

WORDS = tuple(f"w{i}" for i in range(10, 30))
TEXT = " ".join(WORDS)
TYPES = ("GPE", "ORG", "PERSON")
RELATIONS = ("met-with", "opposes", "visited")
SYMMETRIC = frozenset({"met-with"})


def word_span(first: int, last: int) -> tuple[int, int]:
    """Return the offsets of a run of words, both ends included."""
    return first * 4, last * 4 + 3


def random_document(seed: int, *, id: str = "r", nested: bool = True, groups: bool = True) -> Document:
    """Return a document of at most six entities, with relations that may have evidence.

    Without `nested` no mention lies within another; without `groups` every mention names one entity.
    """
    rng = random.Random(seed)
    types = {f"e{i}": rng.choice(TYPES) for i in range(rng.randint(0, 6))}
    mentions = []
    for start, end in _random_spans(rng, nested=nested):
        if types and rng.random() < 0.8:
            first = rng.choice(sorted(types))
            peers = [e for e in types if types[e] == types[first] and e != first and groups and rng.random() < 0.2]
            mentions.append(Mention(start, end, types[first], (first, *peers)))
    return Document(id, TEXT, tuple(mentions), random_relations(rng.randrange(10**6), mentions))


def random_relations(seed: int, mentions: list[Mention]) -> tuple[Relation, ...]:
    """Return relations between the entities of some mentions, half of them with evidence."""
    rng = random.Random(seed)
    spans: dict[str, list[tuple[int, int]]] = {}
    for mention in mentions:
        for entity in mention.entities:
            spans.setdefault(entity, []).append((mention.start, mention.end))
    relations = []
    for (head, tail), kind in itertools.product(itertools.permutations(sorted(spans), 2), RELATIONS):
        if rng.random() < 0.15:
            evidence = (Evidence(rng.choice(spans[head]), rng.choice(spans[tail])),) if rng.random() < 0.5 else ()
            relations.append(Relation(head, kind, tail, rng.choice(STATUSES), evidence=evidence))
    return tuple(relations)


def _random_spans(rng: random.Random, *, nested: bool) -> list[tuple[int, int]]:
    chosen: list[tuple[int, int]] = []
    for _ in range(14):
        first = rng.randrange(len(WORDS))
        last = min(len(WORDS) - 1, first + rng.choice((0, 0, 1, 2, 4)))
        span = word_span(first, last)
        apart = all(span[1] <= start or end <= span[0] for start, end in chosen)
        nests = all(
            span[1] <= s or e <= span[0] or (s <= span[0] and span[1] <= e) or (span[0] <= s and e <= span[1])
            for s, e in chosen
        )
        if span not in chosen and (apart or (nested and nests)):
            chosen.append(span)
    return chosen
