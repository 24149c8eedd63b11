"""What a recipe names, read: corpora, development documents, schemas; and what earlier stages were trained on."""

from __future__ import annotations

import json
import logging
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from relex import formats
from relex.checks import take_items
from relex.config import Corpus, Recipe
from relex.document import Document
from relex.errors import ConfigError, TrainingError, known
from relex.metrics import digest
from relex.schema import Schema, infer_schema, load_schema

logger = logging.getLogger(__name__)

Source = str | Path | Iterable[Document]

_HELD_OUT = 10


def read_corpora(
    recipe: Recipe, train: Source | None, schema: str | Path | Schema | None
) -> list[tuple[Corpus, list[Document]]]:
    """Return the corpora of a recipe with their documents, or those given in their place."""
    if train is not None:
        path = str(train) if isinstance(train, str | Path) else "documents"
        corpora = [Corpus(path=path, head=recipe.target)]
        documents = [_read(train)]
    elif schema is not None:
        raise ConfigError("schema is the one of train=; without it, name schemas in the recipe's [[corpora]]")
    else:
        corpora = list(recipe.corpora)
        documents = [_read(corpus.path, corpus.format) for corpus in corpora]
    if not corpora:
        raise ConfigError(f"recipe {recipe.name!r} names no corpora; add [[corpora]] tables, or give train=")
    for corpus, own in zip(corpora, documents, strict=True):
        if not own:
            raise TrainingError(f"corpus {corpus.path} has no documents; check the path and the format")
    return list(zip(corpora, documents, strict=True))


def read_dev(recipe: Recipe, dev: Source | None, corpora: list[tuple[Corpus, list[Document]]]) -> list[Document]:
    """Return the development documents; without any, take every tenth training document out of `corpora`."""
    if dev is not None or recipe.dev:
        paths = (recipe.dev,) if isinstance(recipe.dev, str) else recipe.dev
        sources = paths if dev is None else (dev,)
        documents = [document for source in sources for document in _read(source)]
        if not documents:
            raise TrainingError("there are no development documents; check the path of dev")
        return documents
    for i, (corpus, documents) in enumerate(corpora):
        if corpus.head == recipe.target:
            held_out = documents[::_HELD_OUT]
            rest = [document for n, document in enumerate(documents) if n % _HELD_OUT]
            if not rest:
                raise TrainingError("one document is too few to learn from; give dev documents apart")
            corpora[i] = (corpus, rest)
            logger.warning(
                "no development documents: %d of %d training documents are held out", len(held_out), len(documents)
            )
            return held_out
    raise ConfigError(f"recipe {recipe.name!r}: no corpus teaches the target heads {recipe.target!r}")


def nest(documents: Iterable[Document]) -> bool:
    """Return whether any mention of the documents lies in another."""
    # Mentions are in document order, longer first.
    return any(b.start < a.end for document in documents for a, b in pairwise(document.mentions))


def _read(source: Source, format: str = "") -> list[Document]:
    if isinstance(source, str | Path):
        return formats.read(os.path.expandvars(str(source)), format=format or None)
    return list(take_items(source, Document, "documents to train on"))


def choose_schemas(
    corpora: Sequence[tuple[Corpus, Sequence[Document]]], given: str | Path | Schema | None
) -> dict[str, Schema]:
    """Return the schema of every set of heads: the one given or named, or one inferred from its documents."""
    schemas: dict[str, Schema] = {}
    for head in dict.fromkeys(corpus.head for corpus, _ in corpora):
        if given is not None:
            schemas[head] = load_schema(given)
            continue
        named = {corpus.schema for corpus, _ in corpora if corpus.head == head and corpus.schema}
        if len(named) > 1:
            raise ConfigError(f"heads {head!r} learn from corpora of different schemas: {', '.join(sorted(named))}")
        if named:
            schemas[head] = load_schema(os.path.expandvars(named.pop()))
            continue
        documents = [document for corpus, own in corpora if corpus.head == head for document in own]
        symmetric = {name for corpus, _ in corpora if corpus.head == head for name in corpus.symmetric}
        schemas[head] = infer_schema(documents, name=head, symmetric=symmetric)
    return schemas


def check_dev(dev: Sequence[Document], schema: Schema) -> None:
    """Raise `TrainingError` if nothing can be chosen on the development documents."""
    schema.check(dev)
    if twice := [name for name, n in Counter(document.id for document in dev).items() if n > 1]:
        raise TrainingError(f"two development documents have the id {twice[0]!r}; give each its own")
    if not any(document.mentions for document in dev):
        raise TrainingError("no development document has a mention: nothing can be chosen on them; annotate them")
    if schema.relation_types and not any(document.relations for document in dev):
        raise TrainingError(
            f"no development document states a relation, but the schema has {known(schema.relation_names)}: thresholds "
            "cannot be chosen; annotate relations, or give a schema without them"
        )


def describe(corpus: Corpus, documents: Sequence[Document]) -> Mapping[str, Any]:
    """Return what `metrics.json` says of a corpus."""
    return {
        "path": corpus.path,
        "head": corpus.head,
        "weight": corpus.weight,
        "n_documents": len(documents),
        "sha256": digest([document.to_dict() for document in documents]),
    }


def earlier_stages(recipe: Recipe) -> list[dict[str, Any]]:
    """Return what the model that training started from, or those averaged, were trained on, first stage first."""
    stages: list[dict[str, Any]] = []
    for start in recipe.average or filter(None, (recipe.init,)):
        path = Path(os.path.expandvars(start)) / "metrics.json"
        if path.is_file():
            metrics = json.loads(path.read_text(encoding="utf-8"))
            own = [*metrics.get("stages", ()), {"name": metrics.get("name", start), "data": metrics["data"]}]
            # Models that are averaged have most of their stages in common.
            stages += [stage for stage in own if stage not in stages]
    return stages
