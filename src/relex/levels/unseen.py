"""Ign F1 (Yao et al. 2019): relations without credit for facts that the training documents state already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import product

from relex.alignment import Pair, fact_key
from relex.document import Document
from relex.levels.relations import score_relations
from relex.metrics import Counts, count_keys

NamedFact = tuple[str, str, str]
"""A relation type, a name of its head and a name of its tail."""


def list_facts(documents: Iterable[Document], symmetric: frozenset[str]) -> frozenset[NamedFact]:
    """Return the facts that documents state, under every two names of their ends; symmetric ones both ways."""
    facts: set[NamedFact] = set()
    for document in documents:
        names = _names(document)
        for relation in document.relations:
            for head, tail in product(names[relation.head], names[relation.tail]):
                facts.add((relation.type, head, tail))
                if relation.type in symmetric:
                    facts.add((relation.type, tail, head))
    return frozenset(facts)


def score_unseen(pair: Pair, seen: AbstractSet[NamedFact]) -> dict[str, Counts]:
    """Count facts as the level `relation` does, but take those that are right and seen from what is predicted.

    A gold fact is seen if it is under any two names of its ends. Recall keeps all of gold, as in DocRED's evaluation.
    """
    gold, predicted = pair.facts
    names, (keys, _) = _names(pair.gold), pair.names
    known = {
        fact_key(relation, keys, pair.symmetric)
        for relation in pair.gold.relations
        if not seen.isdisjoint(product((relation.type,), names[relation.head], names[relation.tail]))
    }
    left = count_keys(gold.keys(), predicted.keys() - known)
    return {kind: replace(left[kind], found=own.tp) for kind, own in score_relations(pair).items()}


def _names(document: Document) -> Mapping[str, AbstractSet[str]]:
    """Return the surfaces of every entity; a group mention is the name of none."""
    return {
        entity.id: {document.text[m.start : m.end] for m in entity.mentions if not m.is_group}
        for entity in document.entities
    }
