"""GLiNER (Zaratiana et al. 2024): what its models are trained on, and what they predict; arrays of JSON objects.

Training data are tokens, mentions as ranges of them that include the last one, and relations of these by position:

    {"tokenized_text": ["Ada", "Roe", "left", "Kyiv", "."], "ner": [[0, 1, "person"], [3, 3, "city"]],
     "relations": [[0, 1, "visited"]]}

Predictions are a text with the lists that a model returns of it, offsets half-open:

    {"text": "Ada Roe left.", "entities": [{"start": 0, "end": 7, "text": "Ada Roe", "label": "person", "score": 0.9}],
     "relations": [{"head": {"start": 0, "end": 7, …}, "tail": {…}, "relation": "visited", "score": 0.8}]}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from relex.document import Document, Mention
from relex.errors import DocumentError, FormatError, known
from relex.formats.coreference import MentionRelation, merge_relations
from relex.formats.drops import Drops, drop_context, drop_links, keep_nested
from relex.formats.files import check_ids, plain_path, read_array, render_array, write_chunks
from relex.formats.labels import to_score, to_type
from relex.formats.tokens import Span, actual_pairs, join_tokens, place_mentions, split_tokens

_WORD = re.compile(r"\w+(?:[-_]\w+)*|\S")
"""The words that GLiNER cuts a text into, so that training sees what prediction will."""

_Stated = tuple[Span, str, Span, float | None]
"""A relation of two mentions by their characters, with its score."""


def iterate(paths: Iterable[Path]) -> Iterator[Document]:
    """Yield the documents of files with training data or predictions, every mention an entity of its own.

    Tokens are joined by a space unless `text` stands beside them. A document without `id` is named after the file.
    Of two mentions on one span the one of the higher score is kept; what is left out is logged once.

    Raises:
        FormatError: a file that is no array, an object of neither form.
    """
    drops = Drops("gliner")
    for path in paths:
        values = read_array(path, of="objects")
        yield from check_ids((_convert(value, i, path, drops) for i, value in enumerate(values)), str(path))
    drops.tell()


def write(documents: Iterable[Document], path: Path) -> None:
    """Write documents as training data: the words of GLiNER, cut where mentions begin and end, beside the text.

    The format knows mentions, not entities: a relation is written of the mentions that carry it, or else of the
    closest ones. Only actual relations have a place in it; what is left out is logged once.
    """
    drops = Drops("gliner (writing)")
    write_chunks(render_array(_examples(document, drops) for document in check_ids(documents, str(path))), path)
    drops.tell()


def write_predictions(documents: Iterable[Document], path: Path) -> None:
    """Write documents as predictions, with relations as `write` chooses them; without a score none is written."""
    drops = Drops("gliner-predictions (writing)")
    write_chunks(render_array(_predictions(document, drops) for document in check_ids(documents, str(path))), path)
    drops.tell()


def _convert(value: Any, i: int, path: Path, drops: Drops) -> Document:
    where = f"{path}: object {i}"
    if not isinstance(value, dict) or not ({"tokenized_text", "entities"} & value.keys()):
        has = known(value) if isinstance(value, dict) else type(value).__name__
        raise FormatError(f"{where} has neither 'tokenized_text' nor 'text' with 'entities'; it has {has}")
    try:
        text, found, stated = (_read_example if "tokenized_text" in value else _read_predictions)(value, drops)
        found.sort(key=lambda mention: -(mention.score or 0.0))
        mentions = [replace(mention, entities=(f"e{k}",)) for k, mention in enumerate(keep_nested(found, drops))]
        relations = merge_relations(_relate(mentions, stated, drops), drops)
        return Document(str(value.get("id", f"{plain_path(path).stem}-{i}")), text, tuple(mentions), relations)
    except DocumentError as error:
        raise FormatError(f"{where}: {error}") from None
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise FormatError(f"{where} is not of GLiNER's form: {error!r}") from None


def _read_example(value: Mapping[str, Any], drops: Drops) -> tuple[str, list[Mention], list[_Stated]]:
    words = value["tokenized_text"]
    text, tokens = (value["text"], _find(words, value["text"])) if "text" in value else join_tokens(words)
    found = []
    for first, last, label in value.get("ner") or ():
        if not 0 <= first <= last < len(tokens):
            raise IndexError(f"tokens {first}–{last} of {len(tokens)}; ranges include the last token")
        found.append(Mention(tokens[first][0], tokens[last][1], to_type(label), ("e",)))
    spans = [(mention.start, mention.end) for mention in found]
    stated: list[_Stated] = []
    for head, tail, label in value.get("relations") or ():
        if not (0 <= head < len(spans) and 0 <= tail < len(spans)):
            raise IndexError(f"relation of mentions {head} and {tail} of {len(spans)}")
        stated.append((spans[head], to_type(label), spans[tail], None))
    return text, found, stated


def _read_predictions(value: Mapping[str, Any], drops: Drops) -> tuple[str, list[Mention], list[_Stated]]:
    text = value["text"]
    found = []
    for item in value["entities"]:
        start, end = item["start"], item["end"]
        if item.get("text", text[start:end]) == text[start:end]:
            found.append(Mention(start, end, to_type(item["label"]), ("e",), to_score(item.get("score"))))
        else:
            drops.add("mentions whose offsets do not give their text (predict on the very text)")
    stated: list[_Stated] = []
    for item in value.get("relations") or ():
        head, tail = ((item[end]["start"], item[end]["end"]) for end in ("head", "tail"))
        stated.append((head, to_type(item["relation"]), tail, to_score(item.get("score"))))
    return text, found, stated


def _relate(mentions: Iterable[Mention], stated: Iterable[_Stated], drops: Drops) -> Iterator[MentionRelation]:
    by_span = {(mention.start, mention.end): mention for mention in mentions}
    for head, label, tail, score in stated:
        if head in by_span and tail in by_span:
            yield MentionRelation(by_span[head], label, by_span[tail], score=score)
        else:
            drops.add("relations whose mentions are left out (see the mentions)")


def _find(words: Sequence[str], text: str) -> list[Span]:
    """Return the characters of each word in the text that the words were cut from."""
    spans: list[Span] = []
    for word in words:
        last = spans[-1][1] if spans else 0
        start = text.index(word, last)
        if text[last:start].strip():
            raise ValueError(f"the tokens leave out {text[last:start].strip()!r} of the text before {word!r}")
        spans.append((start, start + len(word)))
    return spans


def _examples(document: Document, drops: Drops) -> dict[str, Any]:
    drop_links(document, drops)
    drop_context(document, drops, text=document.text)
    tokens = split_tokens(document, pattern=_WORD)
    placed = place_mentions(document.mentions, tokens, drops)
    positions = {span: i for i, span in enumerate(placed)}
    types = {(mention.start, mention.end): mention.type for mention in document.mentions}
    return {
        "id": document.id,
        "text": document.text,
        "tokenized_text": [document.text[start:end] for start, end in tokens],
        "ner": [[first, end - 1, types[span]] for span, (first, end) in placed.items()],
        "relations": [
            [positions[head], positions[tail], relation.type]
            for relation, head, tail in actual_pairs(document, placed, drops)
        ],
    }


def _predictions(document: Document, drops: Drops) -> dict[str, Any]:
    text = document.text
    drop_links(document, drops)
    drop_context(document, drops, text=text, scored=True)
    entities = [
        {"start": m.start, "end": m.end, "text": text[m.start : m.end], "label": m.type, **_score(m.score)}
        for m in document.mentions
    ]
    ends = {
        (m.start, m.end): {
            "start": m.start,
            "end": m.end,
            "text": text[m.start : m.end],
            "type": m.type,
            "entity_idx": i,
        }
        for i, m in enumerate(document.mentions)
    }
    relations = [
        {"head": ends[head], "tail": ends[tail], "relation": relation.type, **_score(relation.score)}
        for relation, head, tail in actual_pairs(document, ends, drops)
    ]
    return {"id": document.id, "text": text, "entities": entities, "relations": relations}


def _score(score: float | None) -> dict[str, float]:
    return {} if score is None else {"score": score}
