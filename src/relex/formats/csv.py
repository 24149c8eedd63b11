"""A table of relations for spreadsheets and data frames: one row a relation, all text as it is.

Only written: a row has neither the text of its document nor the place of a mention, so no document can be made of it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from relex.document import Document, Relation
from relex.formats.evidence import find_passage
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


def render(documents: Iterable[Document], *, header: bool = True) -> str:
    """Return the table as text, with its header line or without."""
    rows = (_row(document, relation) for document in documents for relation in document.relations)
    return _render(chain([COLUMNS] if header else (), rows))


def _chunks(documents: Iterable[Document]) -> Iterator[str]:
    yield render([])
    for document in documents:
        yield render([document], header=False)


def _render(rows: Iterable[tuple[str, ...]]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()


def _row(document: Document, relation: Relation) -> tuple[str, ...]:
    head, tail = document.entity(relation.head), document.entity(relation.tail)
    score = "" if relation.score is None else str(relation.score)
    ends = (head.name, head.type, relation.type, tail.name, tail.type)
    start, end = find_passage(document, relation)
    return (document.id, *ends, relation.status, score, document.text[start:end])
