"""Documents against documents: what two annotations of one text share, counted at every level.

The matching is named in every signature and knows no model and no corpus. Each level turns a pair of
documents into counts; a further level is a function here, its line in `SCORERS`, and its line in
`metrics.LEVELS`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import linear_sum_assignment

from relex.comparison import Comparison, compare_reports
from relex.document import STATUSES, Document, Mention
from relex.errors import InputError, SchemaError, known
from relex.metrics import UNTYPED, Array, Counts, Key, count_keys, digest
from relex.report import N_SAMPLES, SEED, DocumentCounts, Report
from relex.schema import Schema, builtin_schema, infer_schema


def evaluate(gold: Iterable[Document], predicted: Iterable[Document], *, schema: Schema | None = None) -> Report:
    """Score predicted documents against gold documents of the same ids and texts.

    A gold document without prediction is missed as a whole. `schema` says which relations are symmetric; by
    default it is the built-in one if that has all relation types of gold, else one inferred from gold, with
    no symmetric relations. Predicted types that it lacks are false positives.

    Raises:
        InputError: no gold documents, an id given twice, a prediction without gold, or texts that differ.
        SchemaError: a type in gold that the schema given lacks.
    """
    by_id = _index(gold, "gold")
    guesses = _index(predicted, "predicted")
    if unknown := guesses.keys() - by_id.keys():
        raise InputError(
            f"predicted {known(unknown)} without a gold document; score predictions for gold documents only"
        )
    schema = choose_schema(by_id.values()) if schema is None else _check_labels(schema, by_id.values())
    counts = []
    for name, document in by_id.items():
        pair = Pair(document, guesses.get(name, Document(name, document.text)), schema.symmetric)
        counts.append(DocumentCounts(name, digest(_layers(document)), count_pair(pair)))
    return Report(tuple(counts), schema)


def compare(
    gold: Iterable[Document],
    a: Iterable[Document],
    b: Iterable[Document],
    *,
    level: str = "relation",
    average: str = "micro",
    schema: Schema | None = None,
    n_samples: int = N_SAMPLES,
    seed: int = SEED,
) -> Comparison:
    """Compare the predictions of two systems for the same gold documents; see `evaluate` and `compare_reports`."""
    gold = tuple(gold)
    reports = [evaluate(gold, predicted, schema=schema) for predicted in (a, b)]
    return compare_reports(*reports, level=level, average=average, n_samples=n_samples, seed=seed)


def choose_schema(gold: Iterable[Document]) -> Schema:
    """Return the schema to score by if none is given: built in if it fits, else inferred from gold.

    Predictions have no say in it, so that two systems are scored alike.
    """
    gold = tuple(gold)
    builtin = builtin_schema()
    mentions = {mention.type for document in gold for mention in document.mentions}
    relations = {relation.type for document in gold for relation in document.relations}
    if not relations <= set(builtin.relation_names):
        return infer_schema(gold)
    if not mentions <= set(builtin.mention_names):
        return infer_schema(gold, symmetric=builtin.symmetric & relations)
    return builtin


@dataclass(frozen=True)
class Pair:
    """A gold document, a prediction for its text, and which relation types have no direction."""

    gold: Document
    predicted: Document
    symmetric: frozenset[str]

    def __post_init__(self) -> None:
        gold, predicted = self.gold.text, self.predicted.text
        if gold != predicted:
            at = next((i for i, (x, y) in enumerate(zip(gold, predicted, strict=False)) if x != y), None)
            at = min(len(gold), len(predicted)) if at is None else at
            raise InputError(
                f"document {self.gold.id!r}: the predicted text differs from gold at offset {at}: "
                f"{predicted[at : at + 20]!r} instead of {gold[at : at + 20]!r}; predict on the gold text as it is"
            )

    @cached_property
    def overlaps(self) -> Array:
        """The Dice coefficient of the mention spans of every two entities, (predicted, gold)."""
        return dice(self.gold, self.predicted)

    @cached_property
    def aligned(self) -> dict[str, str]:
        """The gold entity that each predicted entity stands for; one to one, of equal type, with a shared span.

        The best assignment in total Dice; equally good ones differ by the order of first mentions.
        """
        gold, predicted = self.gold.entities, self.predicted.entities
        same_type = np.array([[p.type == g.type for g in gold] for p in predicted], dtype=bool)
        scores = self.overlaps * same_type.reshape(self.overlaps.shape)
        rows, columns = linear_sum_assignment(-scores)
        return {predicted[i].id: gold[j].id for i, j in zip(rows, columns, strict=True) if scores[i, j] > 0}

    @property
    def sides(self) -> tuple[Document, Document]:
        """The gold document and the predicted one."""
        return self.gold, self.predicted

    @cached_property
    def names(self) -> tuple[dict[str, Hashable], dict[str, Hashable]]:
        """What keys call the entities of either side, by id: as a gold entity, or as nothing that gold has."""
        ids = [[entity.id for entity in side.entities] for side in self.sides]
        gold: dict[str, Hashable] = {name: (True, name) for name in ids[0]}
        return gold, {name: gold[self.aligned[name]] if name in self.aligned else (False, name) for name in ids[1]}

    @cached_property
    def facts(self) -> tuple[dict[Key, str], dict[Key, str]]:
        """The status of every fact of either side; a fact is a relation type and the names of its ends."""
        gold, predicted = (_facts(*side, self.symmetric) for side in zip(self.sides, self.names, strict=True))
        return gold, predicted


def dice(gold: Document, predicted: Document) -> Array:
    """Return the Dice coefficient of the mention spans of every two entities, (predicted, gold).

    A group mention counts for each of its entities.
    """
    position = {entity.id: j for j, entity in enumerate(gold.entities)}
    at_span = {(m.start, m.end): [position[entity] for entity in m.entities] for m in gold.mentions}
    shared = np.zeros((len(predicted.entities), len(gold.entities)))
    for i, entity in enumerate(predicted.entities):
        for mention in entity.mentions:
            shared[i, at_span.get((mention.start, mention.end), [])] += 1
    sizes = [np.array([len(entity.mentions) for entity in side.entities], dtype=float) for side in (predicted, gold)]
    scores: Array = 2 * shared / np.add.outer(*sizes)
    return scores


def count_pair(pair: Pair) -> dict[tuple[str, str], Counts]:
    """Count a pair of documents at every level; keys are level and type."""
    return {(level, kind): counts for level, score in SCORERS.items() for kind, counts in score(pair).items()}


def score_mentions(pair: Pair) -> dict[str, Counts]:
    """Count mentions by span and type."""
    return count_keys(*({_span_key(m) for m in side.mentions} for side in pair.sides))


def score_boundaries(pair: Pair) -> dict[str, Counts]:
    """Count mentions by span alone."""
    return count_keys(*({(UNTYPED, m.start, m.end) for m in side.mentions} for side in pair.sides))


def score_named(pair: Pair) -> dict[str, Counts]:
    """Count mentions by span and type among those with an upper-case letter or a digit."""
    return count_keys(*({_span_key(m) for m in side.mentions if _is_named(side, m)} for side in pair.sides))


def score_entities(pair: Pair) -> dict[str, Counts]:
    """Count entities by the similarity of the best one-to-one match: CEAF with phi4 (Luo 2005), whatever the types."""
    rows, columns = linear_sum_assignment(-pair.overlaps)
    tp = float(pair.overlaps[rows, columns].sum())
    return {UNTYPED: Counts(tp, len(pair.predicted.entities), len(pair.gold.entities))}


def score_groups(pair: Pair) -> dict[str, Counts]:
    """Count group mentions by span, type and the set of entities that they name."""
    gold, predicted = (_groups(*side) for side in zip(pair.sides, pair.names, strict=True))
    return count_keys(gold, predicted)


def score_relations(pair: Pair) -> dict[str, Counts]:
    """Count facts between entities by their ends and type."""
    gold, predicted = pair.facts
    return count_keys(gold.keys(), predicted.keys())


def score_statuses(pair: Pair) -> dict[str, Counts]:
    """Count facts between entities by their ends, type and status."""
    gold, predicted = pair.facts
    return count_keys({(*fact, gold[fact]) for fact in gold}, {(*fact, predicted[fact]) for fact in predicted})


SCORERS: Mapping[str, Callable[[Pair], dict[str, Counts]]] = {
    "mention": score_mentions,
    "boundary": score_boundaries,
    "named": score_named,
    "entity": score_entities,
    "group": score_groups,
    "relation": score_relations,
    "relation+status": score_statuses,
}


def _span_key(mention: Mention) -> Key:
    return (mention.type, mention.start, mention.end)


def _is_named(document: Document, mention: Mention) -> bool:
    return any(char.isupper() or char.isdigit() for char in document.text[mention.start : mention.end])


def _groups(document: Document, names: Mapping[str, Hashable]) -> set[Key]:
    groups = (mention for mention in document.mentions if mention.is_group)
    return {(*_span_key(mention), frozenset(names[entity] for entity in mention.entities)) for mention in groups}


def _facts(document: Document, names: Mapping[str, Hashable], symmetric: frozenset[str]) -> dict[Key, str]:
    """Return the status of every fact; one that is stated both ways round counts once.

    Where the two ways differ in status, done goes before planned before denied, as in the annotation guide.
    """
    facts: dict[Key, str] = {}
    for relation in sorted(document.relations, key=lambda r: STATUSES.index(r.status)):
        head, tail = names[relation.head], names[relation.tail]
        ends: tuple[Hashable, ...] = (frozenset((head, tail)),) if relation.type in symmetric else (head, tail)
        facts.setdefault((relation.type, *ends), relation.status)
    return facts


def _index(documents: Iterable[Document], what: str) -> dict[str, Document]:
    by_id: dict[str, Document] = {}
    for document in documents:
        if document.id in by_id:
            raise InputError(f"two {what} documents have the id {document.id!r}; ids pair gold and predicted documents")
        by_id[document.id] = document
    return by_id


def _check_labels(schema: Schema, gold: Iterable[Document]) -> Schema:
    for document in gold:
        for kind, used, has in (
            ("mention", {m.type for m in document.mentions}, schema.mention_names),
            ("relation", {r.type for r in document.relations}, schema.relation_names),
        ):
            if unknown := used - set(has):
                raise SchemaError(
                    f"gold document {document.id!r} has {kind} type {known(unknown)}, which schema {schema.name!r} "
                    f"lacks; it has {known(has)}"
                )
    return schema


def _layers(document: Document) -> list[object]:
    """Return what gold is made of, in one order: text, mentions and relations without scores or evidence."""
    return [
        document.text,
        [[m.start, m.end, m.type, sorted(m.entities)] for m in document.mentions],
        sorted([r.head, r.type, r.tail, r.status] for r in document.relations),
    ]
