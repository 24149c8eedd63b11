"""DocRED and Re-DocRED (Yao et al. 2019, Tan et al. 2022): an array of documents as sentences of tokens.

    [{"title": "Acme", "sents": [["Ann", "Poe", "leads", "Acme", "."], ["She", "lives", "in", "Bonn", "."]],
      "vertexSet": [[{"name": "Ann Poe", "sent_id": 0, "pos": [0, 2], "type": "PER"},
                     {"name": "She", "sent_id": 1, "pos": [0, 1], "type": "PER"}],
                    [{"name": "Acme", "sent_id": 0, "pos": [3, 4], "type": "ORG"}],
                    [{"name": "Bonn", "sent_id": 1, "pos": [3, 4], "type": "LOC"}]],
      "labels": [{"h": 0, "t": 1, "r": "P1037", "evidence": [0]}]}]

Offsets count the tokens of a sentence, half-open; `h` and `t` are positions in `vertexSet`, `r` a property of
Wikidata, `evidence` the sentences that a relation can be read from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from relex.document import Document, Evidence, Mention, Relation
from relex.errors import DocumentError, FormatError
from relex.formats.drops import Drops, keep_nested
from relex.formats.files import check_ids, read_array, render_array, write_chunks
from relex.formats.labels import to_type
from relex.formats.lines import LINES, Lines, drop_around, join_sentences, split_lines
from relex.formats.tokens import Span, find_tokens, place_mentions

_ENTITY = re.compile(r"e(0|[1-9][0-9]*)")

Spans = Mapping[int, Sequence[Span]]
"""The characters of an entity's mentions, by the number of the sentence that they stand in."""


def iterate(paths: Iterable[Path]) -> Iterator[Document]:
    """Yield the documents of the files: a sentence a line of the text, tokens joined by a space.

    An entity is called `e` and its position in `vertexSet`, and has the type of most of its mentions; a span that
    stands in several entities of one type is a group mention. Evidence becomes pairs of mentions: one for each
    evidence sentence that names an end, both from that sentence if it names both. What is left out is logged once.

    Raises:
        FormatError: a file, or a document of it, that has another form.
    """
    drops = Drops("docred")
    for path in paths:
        values = enumerate(read_array(path, of="documents"))
        yield from check_ids((_convert(value, f"{path}: document {i}", drops) for i, value in values), str(path))
    drops.tell()


def write(documents: Iterable[Document], path: Path) -> None:
    """Write documents as sentences of tokens, cut at white space and where mentions begin and end.

    Entities stand in the order of `number_entities`. Evidence is the sentences of the pairs of mentions that are
    evidence. Only actual relations have a place; what is left out is logged once. The ids of entities are not
    written.
    """
    drops = Drops("docred (writing)")
    write_chunks(render_array(_value(document, drops) for document in check_ids(documents, str(path))), path)
    drops.tell()


def number_entities(document: Document) -> dict[str, int]:
    """Return the number of each entity: that in its id if all ids are as `iterate` gives them, else its place in order.

    The order is that of first mentions.
    """
    ids = [entity.id for entity in document.entities]
    numbers = [int(match[1]) for match in map(_ENTITY.fullmatch, ids) if match]
    return dict(zip(ids, numbers if len(numbers) == len(ids) else range(len(ids)), strict=True))


def find_spans(document: Document, lines: Lines) -> dict[str, dict[int, list[Span]]]:
    """Return the spans of each entity's mentions by sentence; mentions of white space are left out."""
    spans: dict[str, dict[int, list[Span]]] = {}
    for entity in document.entities:
        own = spans.setdefault(entity.id, {})
        for mention in entity.mentions:
            if tokens := find_tokens(lines.tokens, mention):
                own.setdefault(lines.sentence_of(tokens[0]), []).append((mention.start, mention.end))
    return spans


def make_relations(
    labels: Iterable[Mapping[str, Any]], ids: Mapping[int, str], spans: Mapping[str, Spans], drops: Drops
) -> tuple[Relation, ...]:
    """Return the relations that labels (`h`, `t`, `r`, `evidence`) state, given the id of each entity number.

    `spans` are as `find_spans` gives them; a relation of an entity without any is left out and counted.
    """
    relations: dict[tuple[str, str, str], Relation] = {}
    for label in labels:
        head, tail = ids[label["h"]], ids[label["t"]]
        key = (head, to_type(label["r"]), tail)
        if not spans.get(head) or not spans.get(tail):
            drops.add("relations of entities whose mentions are left out (see the mentions)")
        elif head == tail:
            drops.add("relations of an entity to itself (nothing to do)")
        elif key in relations:
            drops.add("relations stated twice (one is kept)")
        else:
            evidence = _pair_mentions(label.get("evidence") or (), spans[head], spans[tail], drops)
            relations[key] = Relation(*key, evidence=evidence)
    return tuple(relations.values())


def make_labels(
    document: Document, numbers: Mapping[str, int], spans: Mapping[str, Spans], drops: Drops
) -> list[dict[str, Any]]:
    """Return the labels (`h`, `t`, `r`, `evidence`) of a document's actual relations; others are counted."""
    labels = []
    for relation in document.relations:
        if relation.status != "actual":
            drops.add("planned or negated relations (write jsonl to keep them)")
        elif relation.head not in numbers or relation.tail not in numbers:
            drops.add("relations of entities whose mentions are left out (see the mentions)")
        else:
            head, tail = numbers[relation.head], numbers[relation.tail]
            labels.append({"h": head, "t": tail, "r": relation.type, "evidence": _find_sentences(relation, spans)})
    return labels


def _convert(value: Any, where: str, drops: Drops) -> Document:
    try:
        lines = join_sentences(value["sents"])
        vertices = list(value["vertexSet"])
        mentions = keep_nested(_mentions(vertices, lines, drops), drops)
        document = Document(str(value["title"]), lines.text, tuple(mentions), (), LINES)
        ids = {k: f"e{k}" for k in range(len(vertices))}
        relations = make_relations(value.get("labels") or (), ids, find_spans(document, lines), drops)
        return replace(document, relations=relations)
    except DocumentError as error:
        raise FormatError(f"{where}: {error}") from None
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise FormatError(
            f"{where} is not of the form of DocRED: {error!r}; offsets count the tokens of a sentence"
        ) from None


def _mentions(vertices: Sequence[Sequence[Any]], lines: Lines, drops: Drops) -> list[Mention]:
    found: dict[tuple[Span, str], Mention] = {}
    for k, vertex in enumerate(vertices):
        types = Counter(item["type"] for item in vertex)
        mention_type = max(types, key=types.__getitem__, default="")
        drops.add("types of mentions that differ from that of their entity", n=len(vertex) - types[mention_type])
        for item in vertex:
            (start, end), i = item["pos"], item["sent_id"]
            first, last = lines.sentences[i]
            if i < 0 or not 0 <= start < end <= last - first:
                raise IndexError(f"entity {k}: tokens {start}–{end} of sentence {i}, which has {last - first}")
            span = lines.characters(first + start, first + end)
            own = found.get((span, mention_type))
            if own is None:
                found[span, mention_type] = Mention(*span, to_type(mention_type), (f"e{k}",))
            elif f"e{k}" in own.entities:
                drops.add("mentions stated twice (one is kept)")
            else:
                found[span, mention_type] = replace(own, entities=(*own.entities, f"e{k}"))
    return list(found.values())


def _pair_mentions(sentences: Iterable[int], heads: Spans, tails: Spans, drops: Drops) -> tuple[Evidence, ...]:
    """Return pairs of mentions that stand in the evidence sentences, and in all of them that name an end.

    Of the pairs for a sentence the closest is taken; the closest of all come first.
    """
    own = sorted(set(sentences))
    all_heads, all_tails = ([span for i in own for span in end.get(i, ())] for end in (heads, tails))
    gaps: dict[Evidence, int] = {}
    for i in own:
        pairs = [
            (_gap(head, tail), Evidence(head, tail))
            for head in heads.get(i, all_heads)
            for tail in tails.get(i, all_tails)
            if i in heads or i in tails
        ]
        if pairs:
            gap, pair = min(pairs, key=lambda pair: pair[0])
            gaps[pair] = gap
        else:
            drops.add("evidence sentences that name neither end, or without one that names the other (nothing to do)")
    return tuple(sorted(gaps, key=gaps.__getitem__))


def _gap(head: Span, tail: Span) -> int:
    return max(0, max(head[0], tail[0]) - min(head[1], tail[1]))


def _find_sentences(relation: Relation, spans: Mapping[str, Spans]) -> list[int]:
    ends = [(relation.head, {pair.head for pair in relation.evidence})]
    ends.append((relation.tail, {pair.tail for pair in relation.evidence}))
    return sorted({i for entity, own in ends for i, found in spans[entity].items() if not own.isdisjoint(found)})


def _value(document: Document, drops: Drops) -> dict[str, Any]:
    lines = split_lines(document)
    drop_around(document, lines.words(), drops)
    numbers = number_entities(document)
    spans = find_spans(document, lines)
    places = place_mentions(document.mentions, lines.tokens, drops)
    vertices: dict[str, list[dict[str, Any]]] = {}
    for entity in sorted(document.entities, key=lambda entity: numbers[entity.id]):
        vertex = []
        for mention in entity.mentions:
            if tokens := places.get((mention.start, mention.end)):
                i = lines.sentence_of(tokens[0])
                pos = [token - lines.sentences[i][0] for token in tokens]
                name = document.text[mention.start : mention.end]
                vertex.append({"name": name, "sent_id": i, "pos": pos, "type": mention.type})
        if vertex:
            vertices[entity.id] = vertex
    labels = make_labels(document, {entity: k for k, entity in enumerate(vertices)}, spans, drops)
    return {"title": document.id, "sents": lines.words(), "vertexSet": list(vertices.values()), "labels": labels}
