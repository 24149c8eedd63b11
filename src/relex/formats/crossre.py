"""CrossRE (Bassignana and Plank 2022): JSON lines, a sentence of tokens a line.

    {"doc_key": "news-dev-1", "sentence": ["Ann", "Poe", "of", "Acme", "lives", "in", "Bonn", "."],
     "ner": [[0, 1, "person"], [3, 3, "organisation"], [6, 6, "location"]],
     "relations": [[0, 1, 3, 3, "role", "employee", false, false], [0, 1, 6, 6, "physical", "", true, false]]}

Offsets count tokens, their ends inclusive. Behind the type of a relation stand the annotator's explanation and two
flags: whether the annotator was uncertain, and whether the syntax is ambiguous. The authors' predictions are tables
of marked pairs, without ids: see `read_predictions`.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from relex.document import Document, Mention
from relex.errors import DocumentError, FormatError
from relex.formats.coreference import MentionRelation, link_mentions, merge_relations
from relex.formats.drops import Drops, drop_context, drop_links, keep_nested
from relex.formats.files import check_ids, read_objects, read_text, write_chunks
from relex.formats.labels import to_type
from relex.formats.lines import join_sentences
from relex.formats.tokens import Span, actual_pairs, place_mentions, split_tokens

_MARKER = re.compile(r"<(/?)E([12])(?::[^ >]*)?>")
_COLUMNS = {"labels", "text"}


def iterate(paths: Iterable[Path]) -> Iterator[Document]:
    """Yield a document a sentence, its text the tokens joined by a space, every mention an entity of its own.

    What is left out is logged once: explanations and flags of relations are, the relations themselves are not.

    Raises:
        FormatError: a line that has another form.
    """
    drops = Drops("crossre")
    for path in paths:
        yield from check_ids((_convert(value, where, drops) for where, value in read_objects(path)), str(path))
    drops.tell()


def write(documents: Iterable[Document], path: Path) -> None:
    """Write documents a line each, all of a document as one sentence, cut at white space and where mentions end.

    The format knows mentions, not entities: a relation is written of the mentions that carry it, or else of the
    closest ones, with no explanation and no flag. Only actual relations have a place in it; what is left out is
    logged once. The ids of entities are not written.
    """
    drops = Drops("crossre (writing)")
    write_chunks((_line(document, drops) for document in check_ids(documents, str(path))), path)
    drops.tell()


def read_predictions(path: str | Path, gold: Iterable[Document]) -> list[Document]:
    """Return the documents of a test set with the relations that a table of the authors' predicts for them.

    The table has a row a pair of entities: `labels`, the type of relation, and `text`, the sentence with the head
    between `<E1:type>` and `</E1:type>` and the tail between those of E2. The rows of a sentence follow each other.
    Only pairs that are related in gold were asked for: scores of such predictions say nothing of spurious pairs.

    Raises:
        FormatError: a table of another form, or a sentence that no gold document left has.
    """
    path = Path(path)
    drops = Drops("crossre (predictions)")
    documents = [replace(document, relations=()) for document in gold]
    left: dict[str, list[int]] = {}
    for i, document in enumerate(documents):
        left.setdefault(document.text, []).append(i)
    for text, group in groupby(_read_rows(path), key=lambda row: row.text):
        rows = list(group)
        candidates = left.get(text)
        if not candidates:
            raise FormatError(
                f"{path}:{rows[0].line}: no gold document is left with the text {text[:60]!r}; give the test set that "
                "the predictions are for"
            )
        # One sentence may occur twice, annotated differently, or once without relations and so without rows.
        spans = {span for row in rows for span in (row.head, row.tail)}
        chosen = max(candidates, key=lambda i: len(spans & _by_span(documents[i]).keys()))
        candidates.remove(chosen)
        documents[chosen] = _add_relations(documents[chosen], rows, drops)
    drops.tell()
    return documents


def _convert(value: Mapping[str, Any], where: str, drops: Drops) -> Document:
    try:
        lines = join_sentences([value["sentence"]])
        stated = [Mention(*lines.characters(item[0], item[1] + 1), to_type(item[2]), ("e",)) for item in value["ner"]]
        mentions = link_mentions(keep_nested(stated, drops), (), drops)
        by_span = {(mention.start, mention.end): mention for mention in mentions}
        relations = []
        for first, last, tail_first, tail_last, relation_type, *rest in value["relations"]:
            head = by_span.get(lines.characters(first, last + 1))
            tail = by_span.get(lines.characters(tail_first, tail_last + 1))
            if head is None or tail is None:
                drops.add("relations of spans that are no mention, or whose mention is left out (see the mentions)")
                continue
            relations.append(MentionRelation(head, to_type(relation_type), tail))
            explanation, uncertain, ambiguous = (*rest, None, None, None)[:3]
            drops.add("explanations of relations (nothing to do)", n=bool(explanation))
            drops.add("flags of an uncertain annotator (the relations are kept)", n=bool(uncertain))
            drops.add("flags of ambiguous syntax (the relations are kept)", n=bool(ambiguous))
        return Document(str(value["doc_key"]), lines.text, tuple(mentions), merge_relations(relations, drops))
    except DocumentError as error:
        raise FormatError(f"{where}: {error}") from None
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise FormatError(f"{where}: not of the form of CrossRE: {error!r}; write one sentence a line") from None


def _line(document: Document, drops: Drops) -> str:
    tokens = split_tokens(document)
    sentence = [document.text[start:end] for start, end in tokens]
    drop_links(document, drops)
    drop_context(document, drops, text=" ".join(sentence))
    placed = place_mentions(document.mentions, tokens, drops)
    places = {span: (first, end - 1) for span, (first, end) in placed.items()}
    ner = [[*places[m.start, m.end], m.type] for m in document.mentions if (m.start, m.end) in places]
    relations = [
        [*places[head], *places[tail], relation.type, "", False, False]
        for relation, head, tail in actual_pairs(document, places, drops)
    ]
    value = {"doc_key": document.id, "sentence": sentence, "ner": ner, "relations": relations}
    return json.dumps(value, ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of predictions: a relation between two spans of a text, and the line that it ends on."""

    line: int
    text: str
    head: Span
    tail: Span
    type: str


def _read_rows(path: Path) -> Iterator[_Row]:
    table = csv.DictReader(io.StringIO(read_text(path), newline=""))
    missing = _COLUMNS - set(table.fieldnames or ())
    if missing:
        raise FormatError(f"{path}: no table of CrossRE's predictions: misses {', '.join(sorted(missing))}")
    for row in table:
        tokens: list[str] = []
        ends: dict[tuple[str, str], int] = {}
        for word in (row["text"] or "").split(" "):
            if marker := _MARKER.fullmatch(word):
                ends[marker[2], marker[1]] = len(tokens)
            else:
                tokens.append(word)
        try:
            lines = join_sentences([tokens])
            head, tail = (lines.characters(ends[end, ""], ends[end, "/"]) for end in "12")
        except (IndexError, KeyError) as error:
            raise FormatError(
                f"{path}:{table.line_num}: not a pair marked by <E1:type> … </E1:type> and <E2:type> … </E2:type>: "
                f"{error!r}"
            ) from None
        yield _Row(table.line_num, lines.text, head, tail, row["labels"])


def _by_span(document: Document) -> dict[Span, Mention]:
    return {(mention.start, mention.end): mention for mention in document.mentions}


def _add_relations(document: Document, rows: Iterable[_Row], drops: Drops) -> Document:
    by_span = _by_span(document)
    stated = []
    for row in rows:
        head, tail = by_span.get(row.head), by_span.get(row.tail)
        if head is None or tail is None:
            drops.add("relations of spans that are no mention in gold (give the test set they are for)")
        else:
            stated.append(MentionRelation(head, to_type(row.type), tail))
    return replace(document, relations=merge_relations(stated, drops))
