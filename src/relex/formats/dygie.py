"""The JSON lines of DyGIE++ (Wadden et al. 2019), in which SciERC comes and which PURE reads: a document a line.

    {"doc_key": "d1", "sentences": [["Ann", "Poe", "leads", "Acme", "."], ["She", "lives", "in", "Bonn", "."]],
     "ner": [[[0, 1, "PER"], [3, 3, "ORG"]], [[5, 5, "PER"], [8, 8, "GPE"]]],
     "relations": [[[0, 1, 3, 3, "heads"]], [[5, 5, 8, 8, "lives-in"]]], "clusters": [[[0, 1], [5, 5]]]}

Offsets count the tokens of the document, their ends inclusive. A system's output stands in the same lines under
`predicted_ner`, `predicted_relations` and `predicted_clusters`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from relex.document import Document, Mention
from relex.errors import DocumentError, FormatError
from relex.formats.coreference import MentionRelation, count_groups, link_mentions, merge_relations
from relex.formats.drops import Drops, keep_nested
from relex.formats.evidence import choose_pairs, mark_stated
from relex.formats.files import check_ids, read_objects, write_chunks
from relex.formats.labels import to_score, to_type
from relex.formats.lines import LINES, Lines, drop_around, join_sentences, split_lines
from relex.formats.tokens import Span, place_mentions

_PREDICTED = "predicted_"


def iterate(paths: Iterable[Path], *, predicted: bool = False) -> Iterator[Document]:
    """Yield a document a line of the files: a sentence a line of its text, tokens joined by a space.

    Coreferent mentions of different types become entities of their own, since an entity has one type; the pairs of
    mentions that a relation is stated of become its evidence. With `predicted` the layers are those that a system
    has added; gold mentions are read if it was given them. What is left out is logged once.

    Raises:
        FormatError: a line that has another form, or without predictions where they are asked for.
    """
    drops = Drops("dygie")
    for path in paths:
        yield from check_ids(
            (_convert(value, where, predicted, drops) for where, value in read_objects(path)), str(path)
        )
    drops.tell()


def write(documents: Iterable[Document], path: Path) -> None:
    """Write documents a line each, cut into sentences and into tokens at white space and where mentions begin and end.

    The format relates mentions of one sentence: a relation is written of each pair that is its evidence, or else of
    the closest pair. Only actual relations have a place in it, and a mention names one entity; what is left out is
    logged once. The ids of entities are not written.
    """
    drops = Drops("dygie (writing)")
    write_chunks((_line(document, drops) for document in check_ids(documents, str(path))), path)
    drops.tell()


def _convert(value: Mapping[str, Any], where: str, predicted: bool, drops: Drops) -> Document:
    if predicted and not any(key.startswith(_PREDICTED) for key in value):
        raise FormatError(f"{where}: nothing predicted; give the output of a system, or read it as format 'dygie'")
    prefix = _PREDICTED if predicted else ""
    try:
        lines = join_sentences(value["sentences"])
        ner = value.get(f"{prefix}ner", value.get("ner"))
        stated = keep_nested([_mention(item, lines) for sentence in ner or () for item in sentence], drops)
        clusters = value.get(f"{prefix}clusters") or ()
        spans = [[_characters(lines, *ends) for ends in cluster] for cluster in clusters]
        mentions = link_mentions(stated, spans, drops)
        items = [item for sentence in value.get(f"{prefix}relations") or () for item in sentence]
        relations = merge_relations(_relations(items, lines, mentions, drops), drops)
        n_events = sum(len(sentence) for sentence in value.get(f"{prefix}events") or ())
        drops.add("events (nothing to do)", n=n_events)
        meta = {**LINES, **mark_stated(relations)}
        return Document(str(value["doc_key"]), lines.text, tuple(mentions), relations, meta)
    except DocumentError as error:
        raise FormatError(f"{where}: {error}") from None
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise FormatError(
            f"{where}: not of the form of DyGIE: {error!r}; offsets count the document's tokens"
        ) from None


def _mention(item: list[Any], lines: Lines) -> Mention:
    # Where a system has scored its output, the logit stands behind the type, and then the probability.
    return Mention(*_characters(lines, *item[:2]), to_type(item[2]), ("e",), _score(item, 4))


def _characters(lines: Lines, first: int, last: int) -> Span:
    return lines.characters(first, last + 1)


def _relations(
    items: Iterable[list[Any]], lines: Lines, mentions: Iterable[Mention], drops: Drops
) -> Iterator[MentionRelation]:
    by_span = {(mention.start, mention.end): mention for mention in mentions}
    for item in items:
        head = by_span.get(_characters(lines, *item[:2]))
        tail = by_span.get(_characters(lines, *item[2:4]))
        if head is None or tail is None:
            drops.add("relations of spans that are no mention, or whose mention is left out (see the mentions)")
        else:
            yield MentionRelation(head, to_type(item[4]), tail, score=_score(item, 6))


def _score(item: list[Any], place: int) -> float | None:
    return to_score(item[place]) if len(item) > place else None


def _line(document: Document, drops: Drops) -> str:
    lines = split_lines(document)
    count_groups(document, drops)
    drop_around(document, lines.words(), drops)
    ner: list[list[list[Any]]] = [[] for _ in lines.sentences]
    relations: list[list[list[Any]]] = [[] for _ in lines.sentences]
    placed = place_mentions(document.mentions, lines.tokens, drops)
    places = {span: (first, end - 1) for span, (first, end) in placed.items()}
    for mention in document.mentions:
        if own := places.get((mention.start, mention.end)):
            ner[lines.sentence_of(own[0])].append([*own, mention.type])
    for sentence, relation in _place_relations(document, lines, places, drops):
        if relation in relations[sentence]:
            drops.add("relations that another states of the same two mentions (write jsonl to keep them)")
        else:
            relations[sentence].append(relation)
    clusters = [
        [places[m.start, m.end] for m in entity.mentions if not m.is_group and (m.start, m.end) in places]
        for entity in document.entities
    ]
    value = {
        "doc_key": document.id,
        "sentences": lines.words(),
        "ner": ner,
        "relations": relations,
        "clusters": [cluster for cluster in clusters if len(cluster) > 1],
    }
    return json.dumps(value, ensure_ascii=False) + "\n"


def _place_relations(
    document: Document, lines: Lines, places: Mapping[Span, Span], drops: Drops
) -> Iterator[tuple[int, list[Any]]]:
    """Yield each pair of mentions that a relation is written of, with its sentence."""
    sentences = {span: lines.sentence_of(first) for span, (first, _) in places.items()}
    for relation in document.relations:
        if relation.status != "actual":
            drops.add("planned or negated relations (write jsonl to keep them)")
            continue
        pairs = choose_pairs(
            document,
            relation,
            lambda pair: pair.head in places and sentences[pair.head] == sentences.get(pair.tail),
        )
        if not pairs:
            drops.add("relations that no two mentions of one sentence carry (write jsonl to keep them)")
        for pair in pairs:
            yield sentences[pair.head], [*places[pair.head], *places[pair.tail], relation.type]
