"""Results in the form that DocRED's scorer reads: an array of relations, without the documents that they are of.

    [{"title": "Acme", "h_idx": 0, "t_idx": 1, "r": "P1037", "evidence": [0]}]

`h_idx` and `t_idx` are positions in the `vertexSet` of the document of that title; evidence may be missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from relex.document import Document
from relex.errors import DocumentError, FormatError
from relex.formats.docred import find_spans, make_labels, make_relations, number_entities
from relex.formats.drops import Drops
from relex.formats.files import check_ids, read_array, render_array, write_chunks
from relex.formats.lines import split_lines


def read(path: str | Path, documents: Iterable[Document]) -> list[Document]:
    """Return documents with the relations that a file of results states of them, in place of their own.

    `documents` are those that the results are for, as the reader of DocRED gives them.

    Raises:
        FormatError: a file of another form, or a title or an entity that the documents do not have.
    """
    path = Path(path)
    drops = Drops("docred-result")
    by_title = {document.id: document for document in documents}
    labels: dict[str, list[Mapping[str, Any]]] = {title: [] for title in by_title}
    for i, value in enumerate(read_array(path, of="relations")):
        try:
            title = str(value["title"])
            label = {"h": value["h_idx"], "t": value["t_idx"], "r": value["r"], "evidence": value.get("evidence")}
        except (AttributeError, KeyError, TypeError) as error:
            raise FormatError(f"{path}: relation {i} is not of the form of DocRED's results: {error!r}") from None
        if title not in labels:
            raise FormatError(
                f"{path}: relation {i}: no document {title!r} among those given; give the ones the results are for"
            )
        labels[title].append(label)
    found = [
        _add_relations(document, labels[title], f"{path}: document {title!r}", drops)
        for title, document in by_title.items()
    ]
    drops.tell()
    return found


def write(documents: Iterable[Document], path: Path) -> None:
    """Write the actual relations of documents, an object each; entities by the numbers of `docred.number_entities`.

    So the documents must have kept the ids that the reader of DocRED gave their entities. Planned and negated
    relations are left out and counted, scores are not written.
    """
    drops = Drops("docred-result (writing)")
    write_chunks(render_array(_results(check_ids(documents, str(path)), drops)), path)
    drops.tell()


def _add_relations(document: Document, labels: Iterable[Mapping[str, Any]], where: str, drops: Drops) -> Document:
    kept = {number: entity for entity, number in number_entities(document).items()}
    # Numbers between those kept are of entities that the reader of DocRED left out.
    ids = {number: kept.get(number, f"e{number}") for number in range(max(kept, default=-1) + 1)}
    try:
        relations = make_relations(labels, ids, find_spans(document, split_lines(document)), drops)
        return replace(document, relations=relations)
    except DocumentError as error:
        raise FormatError(f"{where}: {error}") from None
    except (AttributeError, KeyError, TypeError) as error:
        raise FormatError(
            f"{where} has no entity {error}, or a relation of it is of another form; it has {len(kept)} entities"
        ) from None


def _results(documents: Iterable[Document], drops: Drops) -> Iterator[dict[str, Any]]:
    for document in documents:
        spans = find_spans(document, split_lines(document))
        for label in make_labels(document, number_entities(document), spans, drops):
            ends = {"h_idx": label["h"], "t_idx": label["t"]}
            yield {"title": document.id} | ends | {"r": label["r"], "evidence": label["evidence"]}
