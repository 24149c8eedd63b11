"""The scores of the literature, written slowly from their definitions and sharing nothing with relex.

Entities are sets of mentions, which may be anything hashable. A fraction is a pair: numerator and denominator.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from sklearn.metrics import precision_recall_fscore_support

Cluster = AbstractSet[Hashable]
Fraction = tuple[float, float]


def muc(own: Sequence[Cluster], other: Sequence[Cluster]) -> Fraction:
    """Vilain et al. (1995): recall if `own` is the key, precision if it is the response.

    An entity of n mentions needs n - 1 links; of these are right what the parts, into which the other side cuts it,
    leave over. A mention that the other side lacks is a part of its own.
    """
    right = needed = 0
    for entity in own:
        parts = {frozenset(entity & cluster) for cluster in other if entity & cluster}
        parts |= {frozenset({mention}) for mention in entity if not any(mention in part for part in parts)}
        right += len(entity) - len(parts)
        needed += len(entity) - 1
    return right, needed


def b_cubed(own: Sequence[Cluster], other: Sequence[Cluster]) -> Fraction:
    """Bagga and Baldwin (1998): the mean over mentions of what the other side keeps together with them."""
    total, n_mentions = 0.0, 0
    for entity in own:
        for mention in entity:
            theirs = next((cluster for cluster in other if mention in cluster), frozenset())
            total += len(entity & theirs) / len(entity)
            n_mentions += 1
    return total, n_mentions


def ceaf_e(own: Sequence[Cluster], other: Sequence[Cluster]) -> Fraction:
    """Luo (2005) with phi4: every one-to-one match is tried."""

    def phi4(one: Cluster, two: Cluster) -> float:
        return 2 * len(one & two) / (len(one) + len(two))

    few, many = sorted((own, other), key=len)
    ways = itertools.permutations(many, len(few))
    return max(sum(map(phi4, few, chosen)) for chosen in ways), len(own)


def lea(own: Sequence[Cluster], other: Sequence[Cluster]) -> Fraction:
    """Moosavi and Strube (2016): importance is size, resolution the share of links; a singleton links to itself."""

    def links(cluster: Cluster) -> set[frozenset[Hashable]]:
        if len(cluster) == 1:
            return {frozenset(cluster)}
        return {frozenset(pair) for pair in itertools.combinations(cluster, 2)}

    total = 0.0
    for entity in own:
        right = set().union(*(links(entity) & links(cluster) for cluster in other))
        total += len(entity) * len(right) / len(links(entity))
    return total, sum(map(len, own))


def rate(fractions: Sequence[Fraction]) -> float:
    """Pool documents as all these scores do: the sum of numerators over the sum of denominators; 0 of 0 is 0."""
    numerator, denominator = (sum(column) for column in zip(*fractions, strict=True))
    return numerator / denominator if denominator else 0.0


def harmonic(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def docred(
    truth: Sequence[Mapping[str, Any]], answers: Sequence[Mapping[str, Any]], train: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, float], dict[str, float]]:
    """What DocRED's own evaluation says, plain and ignoring the facts of the training data.

    Documents and answers are in DocRED's JSON: `vertexSet` has the mentions of every entity, `labels` the facts by
    the numbers of their entities. The original adds 1e-5 to the second denominator, which is left out here.
    """
    in_train = set()
    for document in train:
        for label in document["labels"]:
            heads, tails = (document["vertexSet"][label[end]] for end in "ht")
            in_train |= {(head["name"], tail["name"], label["r"]) for head in heads for tail in tails}
    gold = {(d["title"], label["r"], label["h"], label["t"]) for d in truth for label in d["labels"]}
    vertices = {d["title"]: d["vertexSet"] for d in truth}
    submitted = {(a["title"], a["r"], a["h_idx"], a["t_idx"]) for a in answers}
    n_right = n_right_in_train = 0
    for title, kind, head, tail in submitted:
        if (title, kind, head, tail) in gold:
            n_right += 1
            names = itertools.product(vertices[title][head], vertices[title][tail])
            n_right_in_train += any((h["name"], t["name"], kind) in in_train for h, t in names)
    recall = rate([(n_right, len(gold))])
    found = []
    for ignored in (0, n_right_in_train):
        precision = rate([(n_right - ignored, len(submitted) - ignored)])
        found.append({"precision": precision, "recall": recall, "f1": harmonic(precision, recall)})
    return found[0], found[1]


def spert(
    gold: Sequence[AbstractSet[tuple[Any, ...]]], predicted: Sequence[AbstractSet[tuple[Any, ...]]]
) -> tuple[dict[str, tuple[float, float, float]], tuple[float, float, float]]:
    """How SpERT scores tuples that end in a label, a set of them for each sentence: by label, and pooled.

    What either side has becomes an item for scikit-learn, with its label on the sides that have it and none elsewhere.
    """
    labels = sorted({item[-1] for side in (gold, predicted) for items in side for item in items})
    flat: tuple[list[str], list[str]] = ([], [])
    for pair in zip(gold, predicted, strict=True):
        for item in pair[0] | pair[1]:
            for column, side in zip(flat, pair, strict=True):
                column.append(item[-1] if item in side else "none")
    if not labels:
        return {}, (0.0, 0.0, 0.0)
    options = {"labels": labels, "zero_division": 0}
    by_label = precision_recall_fscore_support(*flat, average=None, **options)
    pooled = precision_recall_fscore_support(*flat, average="micro", **options)[:3]
    return {label: tuple(column[i] for column in by_label[:3]) for i, label in enumerate(labels)}, pooled
