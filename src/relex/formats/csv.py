"""A table of relations for spreadsheets and data frames: one row a relation, all text as it is. Only written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from relex.document import Document, Relation
from relex.formats.evidence import best_pair
from relex.formats.files import write_chunks

COLUMNS = ("document", "head", "head_type", "relation", "tail", "tail_type", "status", "score", "sentence")
"""The columns, in order: ends by name, an empty score where there is none, the sentences that carry the relation."""


def write(documents: Iterable[Document], path: Path) -> None:
    """Write the relations of documents as a comma-separated table (RFC 4180) with a header line.

    `sentence` runs from the sentence of the first to that of the last of the two mentions that carry the
    relation: the best evidence, or else the closest mentions. Fields are not altered, so one that begins
    with `=` is a formula to a spreadsheet: import columns as text if the source is not trusted.
    """
    write_chunks(_chunks(documents), path)


def _chunks(documents: Iterable[Document]) -> Iterator[str]:
    yield _rows([COLUMNS])
    for document in documents:
        yield _rows(_row(document, relation) for relation in document.relations)


def _rows(rows: Iterable[tuple[str, ...]]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()


def _row(document: Document, relation: Relation) -> tuple[str, ...]:
    head, tail = document.entity(relation.head), document.entity(relation.tail)
    score = "" if relation.score is None else str(relation.score)
    ends = (head.name, head.type, relation.type, tail.name, tail.type)
    return (document.id, *ends, relation.status, score, _passage(document, relation))


def _passage(document: Document, relation: Relation) -> str:
    pair = best_pair(document, relation)
    first, last = min(pair.head[0], pair.tail[0]), max(pair.head[1], pair.tail[1])
    start = max((start for start, _ in document.sentences if start <= first), default=first)
    end = min((end for _, end in document.sentences if end >= last), default=last)
    return document.text[start:end]
