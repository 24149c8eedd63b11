"""Documents against documents: what two annotations of one text share, counted at every level.

The matching is named in every signature and knows no model and no corpus. Documents are paired here by their ids;
`alignment` says what stands for what in a pair, `levels` what of it is counted.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from relex.alignment import Pair, digest_document, fact_key
from relex.checks import take_items
from relex.comparison import Comparison, compare_reports
from relex.document import Document
from relex.errors import InputError, SchemaError, known
from relex.levels import count_pair
from relex.levels.unseen import list_facts
from relex.metrics import digest
from relex.report import N_SAMPLES, SEED, DocumentCounts, Report
from relex.schema import Schema, builtin_schema, check_schema, infer_schema
from relex.seeds import SeedReport

__all__ = ["Pair", "check_gold", "choose_schema", "compare", "evaluate", "evaluate_seeds", "fact_key", "pair_documents"]

_logger = logging.getLogger(__name__)

Predictions = Iterable[Document] | Iterable[Iterable[Document]] | Mapping[str, Iterable[Document]]
"""The documents that a system predicts, or those that it predicts with each of several seeds, by name or in a list."""


def evaluate(
    gold: Iterable[Document],
    predicted: Iterable[Document],
    *,
    schema: Schema | None = None,
    seen: Iterable[Document] | None = None,
) -> Report:
    """Score predicted documents against gold documents of the same ids and texts.

    A gold document without prediction is missed as a whole, and how many are is logged. `schema` says which
    relations are symmetric; by default it is the built-in one if that has all relation types of gold, else one
    inferred from gold, with no symmetric relations. Predicted types that it lacks are false positives. `seen` are
    the documents that a system was trained on: with them the report has the level `relation-unseen` (Ign F1).

    Raises:
        InputError: what are no documents or no schema, an id given twice, a prediction without gold, or texts that
            differ.
        SchemaError: a type in gold that the schema given lacks.
    """
    pairs, schema = pair_documents(gold, predicted, schema=schema, tell=True)
    training = None if seen is None else tuple(take_items(seen, Document, "seen documents"))
    facts = None if training is None else list_facts(training, schema.symmetric)
    counts = tuple(DocumentCounts(pair.gold.id, pair.digest, count_pair(pair, seen=facts)) for pair in pairs)
    return Report(counts, schema, seen=None if training is None else digest(sorted(map(digest_document, training))))


def evaluate_seeds(
    gold: Iterable[Document],
    predicted: Mapping[str, Iterable[Document]],
    *,
    schema: Schema | None = None,
    seen: Iterable[Document] | None = None,
) -> SeedReport:
    """Score what one system predicts with several seeds, by the name of the seed; see `evaluate`.

    Raises:
        InputError: fewer than two seeds, or what `evaluate` raises.
    """
    if not isinstance(predicted, Mapping):
        raise InputError(
            f"predictions of several seeds are a mapping from the name of each, not {type(predicted).__name__}; "
            'give {"1": documents, "2": documents}'
        )
    gold, seen = tuple(take_items(gold, Document, "gold documents")), None if seen is None else tuple(seen)
    return SeedReport({name: evaluate(gold, own, schema=schema, seen=seen) for name, own in predicted.items()})


def compare(
    gold: Iterable[Document],
    a: Predictions,
    b: Predictions,
    *,
    level: str = "relation",
    average: str = "micro",
    schema: Schema | None = None,
    seen: Iterable[Document] | None = None,
    n_samples: int = N_SAMPLES,
    seed: int = SEED,
) -> Comparison:
    """Compare the predictions of two systems for the same gold documents; see `evaluate` and `compare_reports`.

    Either system may have been trained with several seeds: then it is given as the predictions of each.
    """
    gold, seen = tuple(take_items(gold, Document, "gold documents")), None if seen is None else tuple(seen)
    first, second = (_evaluate_runs(gold, predicted, schema, seen) for predicted in (a, b))
    return compare_reports(first, second, level=level, average=average, n_samples=n_samples, seed=seed)


def pair_documents(
    gold: Iterable[Document], predicted: Iterable[Document], *, schema: Schema | None = None, tell: bool = False
) -> tuple[tuple[Pair, ...], Schema]:
    """Pair gold documents with predictions by their ids, and choose the schema to score by; see `evaluate`.

    With `tell` it is logged how many gold documents have no prediction, for who pairs the same ones several times.
    """
    gold = tuple(take_items(gold, Document, "gold documents"))
    schema = check_gold(gold, schema)
    by_id = {document.id: document for document in gold}
    guesses = _index(predicted, "predicted")
    if unknown := guesses.keys() - by_id.keys():
        raise InputError(
            f"predicted {known(unknown)} without a gold document; score predictions for gold documents only"
        )
    missing = [name for name in by_id if name not in guesses]
    if missing and tell:
        _logger.warning(
            "%d of %d gold documents have no prediction and count as empty, %r first; predict all of them",
            len(missing),
            len(by_id),
            missing[0],
        )
    pairs = (Pair(own, guesses.get(name, Document(name, own.text)), schema.symmetric) for name, own in by_id.items())
    return tuple(pairs), schema


def check_gold(gold: Iterable[Document], schema: Schema | None = None) -> Schema:
    """Return the schema that gold documents are scored by, given or chosen; see `evaluate`.

    What keeps gold from being scored shows here, before a model has read it for hours.
    """
    if schema is not None:
        check_schema(schema)
    by_id = _index(gold, "gold")
    return choose_schema(by_id.values()) if schema is None else _check_labels(schema, by_id.values())


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


def _evaluate_runs(
    gold: tuple[Document, ...], predicted: Predictions, schema: Schema | None, seen: tuple[Document, ...] | None
) -> Report | SeedReport:
    if isinstance(predicted, Mapping):
        return evaluate_seeds(gold, predicted, schema=schema, seen=seen)
    items: list[Document | Iterable[Document]] = list(take_items(predicted, object, "predictions"))  # type: ignore[arg-type]
    documents = [item for item in items if isinstance(item, Document)]
    runs = [item for item in items if not isinstance(item, Document)]
    if documents and runs:
        raise InputError("some predictions are documents and some are not; give documents, or lists of them by seed")
    if len(runs) > 1:
        return evaluate_seeds(gold, {str(i): run for i, run in enumerate(runs, 1)}, schema=schema, seen=seen)
    return evaluate(gold, runs[0] if runs else documents, schema=schema, seen=seen)


def _index(documents: Iterable[Document], what: str) -> dict[str, Document]:
    by_id: dict[str, Document] = {}
    for document in take_items(documents, Document, f"{what} documents"):
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
