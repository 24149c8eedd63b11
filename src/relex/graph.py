"""The entities of documents as nodes and their relations as edges, for networkx and for graph programs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any

import networkx as nx

from relex.document import STATUSES, Document, Relation
from relex.formats.evidence import find_passage
from relex.formats.files import check_ids, write_chunks
from relex.schema import Schema, builtin_schema

# What XML 1.0 cannot hold, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_graph(document: Document, *, schema: Schema | None = None) -> nx.MultiDiGraph[str]:
    """Return a document's entities and relations as a graph; entities without relations are nodes too.

    A node is an entity id with `name`, `type`, `n_mentions` and, where known, `iso3166`, `wikidata`, `iso8601`.
    An edge goes from head to tail, has the relation type as its key, and carries `type`, `status`, `symmetric`,
    `sentence` (the text that carries the relation: the best evidence, or else the closest mentions) and, where
    known, `score`. A relation that `schema` (`diplomatic` if None) calls symmetric is one edge, in the order in
    which the document has it.
    """
    symmetric = (builtin_schema() if schema is None else schema).symmetric
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(id=document.id)
    for entity in document.entities:
        link = entity.link.to_dict() if entity.link else {}
        graph.add_node(entity.id, name=entity.name, type=entity.type, n_mentions=len(entity.mentions), **link)
    for relation in drop_mirrored(document.relations, symmetric):
        start, end = find_passage(document, relation)
        fields: dict[str, Any] = {
            "type": relation.type,
            "status": relation.status,
            "symmetric": relation.type in symmetric,
            "sentence": document.text[start:end],
        }
        if relation.score is not None:
            fields["score"] = float(relation.score)
        graph.add_edge(relation.head, relation.tail, key=relation.type, **fields)
    return graph


def drop_mirrored(relations: Iterable[Relation], symmetric: Iterable[str]) -> list[Relation]:
    """Return the relations with a symmetric one that is stated both ways once: done before planned before denied."""
    undirected = frozenset(symmetric)
    kept: dict[tuple[str, str, str], Relation] = {}
    for relation in relations:
        ends = (relation.head, relation.tail)
        low, high = sorted(ends) if relation.type in undirected else ends
        other = kept.setdefault((low, relation.type, high), relation)
        if STATUSES.index(relation.status) < STATUSES.index(other.status):
            kept[low, relation.type, high] = relation
    return list(kept.values())


def render(documents: Iterable[Document], *, schema: Schema | None = None) -> str:
    """Return documents as one graph in GraphML, with a trailing newline.

    A node is called `document[entity]`, so that equal entity ids of two documents stay apart, and has `document`
    and `entity` beside the fields of `to_graph`. Edges have numbers for ids, since graph programs merge edges of
    one id. Characters that XML forbids are written as `\\x00`.

    Raises:
        FormatError: two documents with one id.
    """
    whole: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    numbers = count()
    for document in check_ids(documents, "graphml"):
        graph = to_graph(document, schema=schema)
        names = {entity: _fit_xml(f"{document.id}[{entity}]") for entity in graph}
        for entity, fields in graph.nodes(data=True):
            own = {"document": document.id, "entity": entity}
            whole.add_node(names[entity], **_fit_fields(own | fields))
        for head, tail, fields in graph.edges(data=True):
            whole.add_edge(names[head], names[tail], key=f"e{next(numbers)}", **_fit_fields(fields))
    return "\n".join(nx.generate_graphml(whole)) + "\n"


def write_graphml(documents: Iterable[Document], path: str | Path, *, schema: Schema | None = None) -> None:
    """Write documents to a file as one graph in GraphML; see `render`.

    Raises:
        FormatError: two documents with one id, or a file that cannot be written.
    """
    write_chunks([render(documents, schema=schema)], Path(path))


def _fit_fields(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: _fit_xml(value) if isinstance(value, str) else value for name, value in fields.items()}


def _fit_xml(text: str) -> str:
    # Told apart by number, lest two ids become one.
    return _NOT_XML.sub(lambda match: f"\\x{ord(match.group()):02x}", text)
