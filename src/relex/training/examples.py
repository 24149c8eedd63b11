"""Annotated documents as training examples: encoded once, kept memory-mapped by `datasets`, batched by pieces."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from datasets import Dataset, Features, List, Value

from relex.config import Corpus
from relex.document import STATUSES, Document
from relex.encoding import Encoded, align
from relex.errors import TrainingError
from relex.extractor import Reader
from relex.loss import Targets
from relex.pairs import Memberships, Reading
from relex.schema import Schema
from relex.training.augmentation import vary
from relex.windows import Window

logger = logging.getLogger(__name__)

_INTS = List(Value("int32"))
_PAIRS = List(_INTS)
FEATURES = Features(
    {
        "id": Value("string"),
        "text": Value("string"),
        "head": Value("string"),
        "weight": Value("float64"),
        "n_pieces": Value("int32"),
        "pieces": _INTS,
        "shapes": _INTS,
        "piece_starts": _INTS,
        "piece_ends": _INTS,
        "char_starts": _INTS,
        "char_ends": _INTS,
        "word_sentences": _INTS,
        "word_windows": _INTS,
        "windows": _PAIRS,
        "mentions": _PAIRS,
        "memberships": _PAIRS,
        "entity_types": _INTS,
        "relations": _PAIRS,
    }
)
_ENCODED = ("pieces", "shapes", "piece_starts", "piece_ends", "char_starts", "char_ends", "word_sentences")


@dataclass(frozen=True, slots=True)
class Example:
    """One document for training. Local word and entity numbers.

    Attributes:
        mentions: [M, 4] start word, end word, label number, whether a group; in document order.
        memberships: [K, 2] mention and entity.
        entity_types: [n entities] label numbers.
        relations: [N, 4] head entity, label number, tail entity, status id; symmetric ones both ways.
    """

    id: str
    text: str
    head: str
    encoded: Encoded
    mentions: np.ndarray
    memberships: np.ndarray
    entity_types: np.ndarray
    relations: np.ndarray


def build_dataset(
    corpus: Corpus,
    documents: Sequence[Document],
    schema: Schema,
    reader: Reader,
    *,
    max_span_words: int,
    changes: Mapping[str, float] = MappingProxyType({}),
    seed: int = 1,
) -> Dataset:
    """Encode the documents of a corpus, as they are and changed, into a memory-mapped data set; see `vary`.

    What could not be used is logged once. A row's weight is how often an epoch sees it.

    Raises:
        SchemaError: a document has labels that the schema lacks.
        TrainingError: there is nothing to learn from.
    """
    schema.check(documents)
    lost = {"unaligned": 0, "long": 0, "mentions": 0}
    rows = []
    own = {id(document) for document in documents}
    for form, share in vary(documents, changes, seed=seed):
        encoded = reader.encode(form)
        if encoded.n_words:
            row = _row(form, encoded, schema, max_span_words, lost if id(form) in own else dict(lost))
            rows.append({**row, "head": corpus.head, "weight": corpus.weight * share})
    n_lost = lost["unaligned"] + lost["long"]
    if n_lost:
        logger.warning(
            "%s: %d of %d mentions cannot be learnt: %d have a border inside a word, %d are longer than "
            "max_span_words = %d; check the offsets, or raise max_span_words",
            corpus.path, n_lost, lost["mentions"], lost["unaligned"], lost["long"], max_span_words,
        )  # fmt: skip
    if not lost["mentions"] - n_lost:
        raise TrainingError(f"corpus {corpus.path} has no mention to learn from; is it annotated?")
    return Dataset.from_list(rows, features=FEATURES)


def load_example(row: dict[str, Any]) -> Example:
    """Turn a row of the data set back into an example."""
    arrays = {name: np.asarray(row[name], dtype=np.int64) for name in (*_ENCODED, "word_windows")}
    encoded = Encoded(windows=tuple(Window(*window) for window in row["windows"]), **arrays)
    return Example(
        row["id"], row["text"], row["head"], encoded,
        _table(row["mentions"], 4), _table(row["memberships"], 2),
        _table(row["entity_types"], 0), _table(row["relations"], 4),
    )  # fmt: skip


def gather(examples: Sequence[Example]) -> tuple[Reading, Targets]:
    """Lay examples side by side, with words, mentions and entities numbered through."""
    reading = Reading(tuple(e.text for e in examples), tuple(e.encoded for e in examples))
    word, mention, entity = 0, 0, 0
    mentions, memberships, relations = [], [], []
    for example in examples:
        mentions.append(example.mentions + np.array([word, word, 0, 0]))
        memberships.append(example.memberships + np.array([mention, entity]))
        relations.append(example.relations + np.array([entity, 0, entity, 0]))
        word += example.encoded.n_words
        mention += len(example.mentions)
        entity += len(example.entity_types)
    flat, member, related = np.concatenate(mentions), np.concatenate(memberships), np.concatenate(relations)
    types = np.concatenate([example.entity_types for example in examples])
    targets = Targets(
        starts=flat[:, 0],
        ends=flat[:, 1],
        types=flat[:, 2],
        groups=flat[:, 3].astype(bool),
        memberships=Memberships(member[:, 0], member[:, 1]),
        entity_types=types,
        relations=related,
    )
    return reading, targets


def _row(
    document: Document, encoded: Encoded, schema: Schema, max_span_words: int, lost: dict[str, int]
) -> dict[str, Any]:
    labels = {name: i for i, name in enumerate(schema.mention_names)}
    relation_labels = {name: i for i, name in enumerate(schema.relation_names)}
    entities = {entity.id: i for i, entity in enumerate(document.entities)}
    words = align(encoded, document.mentions)
    mentions: list[list[int]] = []
    memberships: list[list[int]] = []
    for mention, (start, end) in zip(document.mentions, words.tolist(), strict=True):
        lost["mentions"] += 1
        if start < 0 or end - start > max_span_words:
            lost["unaligned" if start < 0 else "long"] += 1
            continue
        memberships += [[len(mentions), entities[entity]] for entity in mention.entities]
        mentions.append([start, end, labels[mention.type], int(mention.is_group)])
    relations = []
    for relation in document.relations:
        ends = entities[relation.head], entities[relation.tail]
        label, status = relation_labels[relation.type], STATUSES.index(relation.status)
        relations.append([ends[0], label, ends[1], status])
        if relation.type in schema.symmetric:
            relations.append([ends[1], label, ends[0], status])
    return {
        "id": document.id,
        "text": document.text,
        "n_pieces": encoded.n_pieces,
        **{name: getattr(encoded, name) for name in (*_ENCODED, "word_windows")},
        "windows": [[window.piece_start, window.piece_end] for window in encoded.windows],
        "mentions": mentions,
        "memberships": memberships,
        "entity_types": [labels[entity.type] for entity in document.entities],
        "relations": relations,
    }


def _table(values: Any, width: int) -> np.ndarray:
    array = np.asarray(values, dtype=np.int64)
    return array.reshape(-1, width) if width else array.reshape(-1)
