"""What the later splits have in common with the training part, fact by fact and name by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import product
from typing import TypeVar

from relex.doctor.finding import Example, Finding, Limits, Split, some
from relex.document import Document, Relation
from relex.levels.mentions import is_named
from relex.levels.unseen import NamedFact, list_facts

T = TypeVar("T")

Name = tuple[str, str]
"""A mention type and the text of a mention, or a kind of label and a label."""


def find_novelty(splits: Sequence[Split], limits: Limits, symmetric: frozenset[str]) -> Iterator[Finding]:
    """Yield what each later split has, or does not have, from the first, which is the training part.

    Facts and names are seen by the same rule as in the level `relation-unseen` and in the slicing by names.
    """
    training, *others = splits
    facts = list_facts(training.documents, symmetric)
    names = {name for document in training.documents for name in list_names(document)}
    types = list_types(training)
    for split in others:
        where = (training.name, split.name)
        stated = [(document.id, *fact) for document in split.documents for fact in name_facts(document)]
        seen = [(document, relation.type) for document, relation, own in stated if not facts.isdisjoint(own)]
        yield _tell("seen-facts", where, seen, len(stated), limits)
        named = [(document.id, name) for document in split.documents for name in list_names(document)]
        unseen = [(document, name[0]) for document, name in named if name not in names]
        yield _tell("unseen-names", where, unseen, len(named), limits)
        own_types = list_types(split)
        telling = leave_out_sole_status({**types, **own_types})
        new = [kind for kind in own_types if kind not in types and kind in telling]
        examples = [Example(some(own_types[kind]), " ".join(kind)) for kind in new]
        n_types = sum(kind in telling for kind in own_types)
        yield Finding("unseen-types", where, len(new), n_types, limits.cut(examples))


def name_facts(document: Document) -> Iterator[tuple[Relation, AbstractSet[NamedFact]]]:
    """Yield every relation of a document with the facts that it is under any two names of its ends.

    Every mention of an entity is a name of it, but for group mentions.
    """
    names = {
        entity.id: {document.text[m.start : m.end] for m in entity.mentions if not m.is_group}
        for entity in document.entities
    }
    for relation in document.relations:
        yield relation, set(product((relation.type,), names[relation.head], names[relation.tail]))


def list_names(document: Document) -> Iterator[Name]:
    """Yield the type and text of every mention of a document that has a capital or a digit and is no group."""
    for mention in document.mentions:
        if not mention.is_group and is_named(document, mention):
            yield mention.type, document.text[mention.start : mention.end]


def list_types(split: Split) -> dict[Name, list[str]]:
    """Return, by kind and name, each mention type, relation type and status with a document for every example."""
    found: dict[Name, list[str]] = {}
    for document in split.documents:
        for mention in document.mentions:
            found.setdefault(("mention", mention.type), []).append(document.id)
        for relation in document.relations:
            found.setdefault(("relation", relation.type), []).append(document.id)
            found.setdefault(("status", relation.status), []).append(document.id)
    return found


def leave_out_sole_status(types: Mapping[Name, T]) -> dict[Name, T]:
    """Return what `list_types` lists, but for a status that is the only one, as of facts without a choice of it."""
    statuses = [kind for kind in types if kind[0] == "status"]
    return {kind: own for kind, own in types.items() if len(statuses) > 1 or kind not in statuses}


def _tell(
    check: str, where: tuple[str, str], found: Sequence[tuple[str, str]], n_looked_at: int, limits: Limits
) -> Finding:
    """Tell of things found, given by document and type: how many by type, and in which documents the most."""
    figures = dict(Counter(kind for _, kind in found).most_common())
    examples = [
        Example((document,), str(n)) for document, n in Counter(document for document, _ in found).most_common()
    ]
    return Finding(check, where, len(found), n_looked_at, limits.cut(examples), figures)
