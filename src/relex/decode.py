"""Scores in, mentions, entities and relations out: numpy only, pure, and no score is edited."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from relex.clustering import cluster
from relex.config import DecodeConfig
from relex.document import STATUSES
from relex.encoding import Ints
from relex.errors import ModelError
from relex.pairs import Bools, EntityPairs, Floats, Memberships, Spans, entity_pairs
from relex.pooling import pool_numpy
from relex.schema import Schema

SIZES = {"both": 2, "either": 2, "neither": 2, "pair": 2}
SIZES |= {word: n for n, word in enumerate(("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 2)}
"""Words by which a group mention says how many members it has."""


@dataclass(frozen=True, slots=True)
class FoundSpans:
    """Mentions as word ranges, before anything is known of entities: M starts, ends, label numbers, logits."""

    starts: Ints
    ends: Ints
    types: Ints
    logits: Floats


@dataclass(frozen=True, slots=True)
class FoundRelation:
    """A relation between two entities by number, with its best mention pairs, rows of the pair list."""

    head: int
    relation: int
    tail: int
    status: str
    score: float
    pairs: tuple[int, ...]


def sigmoid(logits: Floats) -> Floats:
    """Return 1 / (1 + exp(-logits)) without overflow."""
    return np.exp(-np.logaddexp(0, -logits.astype(np.float64))).astype(np.float32)


def logit(probability: float) -> float:
    """Return the logit of a probability between 0 and 1."""
    return float(np.log(probability) - np.log1p(-probability))


def check_finite(name: str, *arrays: Floats, masked: bool = False) -> None:
    """Raise `ModelError` if scores are not finite; `masked` lets -inf stand for what cannot be."""
    for array in arrays:
        wrong = ~np.isfinite(array)
        if masked:
            wrong &= ~np.isneginf(array)
        if wrong.any():
            raise ModelError(f"the {name} scores are not finite; the weights are damaged or training diverged")


def find_spans(logits: Floats, *, threshold: float, nested: bool = True) -> FoundSpans:
    """Choose the mentions: every span above a threshold, with its best type, nested but never crossing.

    Of two crossing spans the surer one stays. Spans are in document order, longer first.

    Args:
        logits: [W, L, S] of the spans of words w to w + l, both included.
        threshold: a probability.
        nested: whether mentions may lie in each other; if not, the surer of two that share a word stays.
    """
    check_finite("span", logits, masked=True)
    best = logits.max(axis=2) if logits.size else np.zeros(logits.shape[:2], dtype=np.float32)
    starts, lengths = np.nonzero(best > logit(threshold))
    scores = best[starts, lengths]
    ends = starts + lengths + 1
    keep = drop_crossing(starts, ends, scores) if nested else drop_overlapping(starts, ends, scores)
    starts, ends, lengths, scores = starts[keep], ends[keep], lengths[keep], scores[keep]
    order = np.lexsort((-ends, starts))
    types = logits[starts, lengths].argmax(axis=1) if len(starts) else np.zeros(0, dtype=np.int64)
    return FoundSpans(starts[order], ends[order], types[order], scores[order])


def forbid_line_breaks(logits: Floats, lines: Ints) -> Floats:
    """Return span logits with -inf for every span that runs over the end of a line: names do not.

    Args:
        logits: [W, L, S].
        lines: [W] the line of each word, ascending.
    """
    n_words, width = logits.shape[:2]
    ends = np.minimum(np.arange(n_words)[:, None] + np.arange(width), max(n_words - 1, 0))
    same = lines[ends] == lines[:, None] if n_words else np.zeros((0, width), dtype=bool)
    return np.where(same[..., None], logits, -np.inf).astype(np.float32)


def drop_crossing(starts: Ints, ends: Ints, scores: Floats) -> Ints:
    """Return the spans to keep so that none crosses another, the surest first; indices, ascending."""
    kept: list[int] = []
    by_start: dict[int, int] = {}
    by_end: dict[int, int] = {}
    for i in np.lexsort((ends, starts, -scores)).tolist():
        start, end = int(starts[i]), int(ends[i])
        # A kept span crosses this one if one of its borders, and only one, lies inside.
        crossing = any(by_start.get(w, 0) > end for w in range(start + 1, end)) or any(
            by_end.get(w, end) < start for w in range(start + 1, end)
        )
        if not crossing:
            kept.append(i)
            by_start[start] = max(by_start.get(start, 0), end)
            by_end[end] = min(by_end.get(end, start), start)
    return np.array(sorted(kept), dtype=np.int64)


def drop_overlapping(starts: Ints, ends: Ints, scores: Floats) -> Ints:
    """Return the spans to keep so that no two share a word, the surest first; indices, ascending."""
    taken = np.zeros(int(ends.max(initial=0)), dtype=bool)
    kept: list[int] = []
    for i in np.lexsort((ends, starts, -scores)).tolist():
        words = slice(int(starts[i]), int(ends[i]))
        if not taken[words].any():
            taken[words] = True
            kept.append(i)
    return np.array(sorted(kept), dtype=np.int64)


def find_entities(
    spans: Spans,
    coreference: tuple[Ints, Floats],
    membership: tuple[Ints, Floats],
    *,
    config: DecodeConfig,
) -> Memberships:
    """Say which entity each mention names: clusters of single mentions, and sets of clusters for group mentions.

    A group mention that states its size ("both leaders") takes so many members, the likeliest; any other takes all
    above the threshold, and the two best if fewer are above it. If there are none to take, it is an entity of
    its own.

    Args:
        spans: the mentions of one document.
        coreference: [P, 2] pairs and [P] logits that both name one entity.
        membership: [P, 2] pairs of group mention and single mention, and [P] logits.
    """
    check_finite("link", coreference[1], membership[1])
    single = np.flatnonzero(~spans.groups)
    place = np.full(len(spans), -1)
    place[single] = np.arange(len(single))
    clusters = cluster(len(single), place[coreference[0]], coreference[1], threshold=logit(config.link_threshold))
    n_entities = int(clusters.max()) + 1 if len(clusters) else 0
    mentions, entities = [single], [clusters]
    order = np.argsort(membership[0][:, 0], kind="stable")
    pairs, logits = membership[0][order], membership[1][order]
    for group in np.flatnonzero(spans.groups).tolist():
        own = slice(*np.searchsorted(pairs[:, 0], (group, group + 1)))
        candidates, owners = np.unique(clusters[place[pairs[own, 1]]], return_inverse=True)
        means = np.bincount(owners, weights=logits[own]) / np.bincount(owners)
        best_first = candidates[np.argsort(-means, kind="stable")]
        size = stated_size(spans.surfaces[group])
        chosen = np.sort(best_first[:size]) if size else candidates[means > logit(config.member_threshold)]
        if len(chosen) < 2:
            chosen = np.sort(best_first[:2])
        if len(chosen) < 2:
            chosen = np.array([n_entities])
            n_entities += 1
        mentions.append(np.full(len(chosen), group))
        entities.append(chosen)
    return Memberships(np.concatenate(mentions), np.concatenate(entities))


def stated_size(surface: str) -> int:
    """Return how many members a group mention says that it has ("the three states"), 0 if it does not say."""
    return next((SIZES[word] for word in surface.casefold().split()[:2] if word in SIZES), 0)


@dataclass(frozen=True, slots=True)
class PooledPairs:
    """What the model says of entity pairs: `relations` [Q, R] and `statuses` [Q, R, 3] logits.

    A relation is -inf where the schema forbids it. A symmetric relation stands at the pair whose head comes
    first and is forbidden at its mirror image.
    """

    lifted: EntityPairs
    relations: Floats
    statuses: Floats


def pool_relations(
    spans: Spans,
    memberships: Memberships,
    pairs: Ints,
    chunks: Iterable[tuple[Floats, Floats]],
    *,
    schema: Schema,
    allowed: Bools,
) -> tuple[PooledPairs, Floats]:
    """Pool mention pairs over entity pairs and apply the schema; return the relation logits [P, R] of all pairs too.

    Args:
        spans: the mentions of one document.
        memberships: the entities of each mention.
        pairs: [P, 2] head and tail mentions.
        chunks: their logits, run by run: relations [C, R] and statuses [C, R, 3].
        schema: names the symmetric relations.
        allowed: [R, S, S] which types each relation joins.
    """
    lifted = entity_pairs(pairs, memberships)
    n_relations = max(len(schema.relation_types), 1)
    found = pool_numpy(_checked(chunks), lifted, n_pairs=len(pairs), n_relations=n_relations)
    pooled, status = found.relations, found.statuses
    n_entities = int(memberships.entities.max()) + 1 if len(memberships.entities) else 0
    types = np.zeros(n_entities, dtype=np.int64)
    types[memberships.entities] = spans.types[memberships.mentions]
    mirror = _mirror(lifted, n_entities)
    for r, relation in enumerate(schema.relation_types):
        fits = allowed[r, types[lifted.heads], types[lifted.tails]]
        if relation.symmetric:
            both = mirror >= 0
            mean = (pooled[both, r] + pooled[mirror[both], r]) / 2
            mean_status = (status[both, r] + status[mirror[both], r]) / 2
            pooled[both, r], status[both, r] = mean, mean_status
            fits = fits & ((lifted.heads < lifted.tails) | ~both)
        pooled[~fits, r] = -np.inf
    return PooledPairs(lifted, pooled, status), found.pairs


def calibrated(relations: Floats, *, schema: Schema, config: DecodeConfig) -> Floats:
    """Turn pooled logits [Q, R] into probabilities by the calibration of each relation type."""
    scales = np.array([config.relation_scales.get(name, 1.0) for name in schema.relation_names], dtype=np.float32)
    offsets = np.array([config.relation_offsets.get(name, 0.0) for name in schema.relation_names], dtype=np.float32)
    with np.errstate(invalid="ignore"):
        return sigmoid(relations * scales + offsets)


def find_relations(
    pooled: PooledPairs, pair_logits: Floats, *, schema: Schema, config: DecodeConfig
) -> list[FoundRelation]:
    """Choose the relations whose probability reaches the threshold of their type, the surest first.

    Args:
        pooled: entity pairs and their logits.
        pair_logits: [P, R] of mention pairs, from which the evidence is chosen.
    """
    scores = calibrated(pooled.relations, schema=schema, config=config)
    thresholds = np.array(
        [config.relation_thresholds.get(name, config.relation_threshold) for name in schema.relation_names],
        dtype=np.float32,
    )
    rows, labels = np.nonzero((scores >= thresholds) & np.isfinite(pooled.relations))
    lifted = pooled.lifted
    found = []
    for q, r in zip(rows.tolist(), labels.tolist(), strict=True):
        begin, end = np.searchsorted(lifted.owners, [q, q + 1])
        entries = lifted.entries[begin:end]
        best = entries[np.argsort(-pair_logits[entries, r], kind="stable")[: config.max_evidence]]
        status = STATUSES[int(pooled.statuses[q, r].argmax())]
        found.append(
            FoundRelation(
                int(lifted.heads[q]), r, int(lifted.tails[q]), status, float(scores[q, r]), tuple(best.tolist())
            )
        )
    return sorted(found, key=lambda relation: -relation.score)


def _checked(chunks: Iterable[tuple[Floats, Floats]]) -> Iterator[tuple[Floats, Floats]]:
    for relations, statuses in chunks:
        check_finite("relation", relations, statuses)
        yield relations, statuses


def _mirror(lifted: EntityPairs, n_entities: int) -> Ints:
    keys = lifted.heads * n_entities + lifted.tails
    wanted = lifted.tails * n_entities + lifted.heads
    rows = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    return np.where(keys[rows] == wanted, rows, -1) if len(keys) else rows
