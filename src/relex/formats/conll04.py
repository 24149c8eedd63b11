"""CoNLL04 in the JSON form of SpERT (Eberts and Ulges 2020): an array of sentences of tokens.

    [{"tokens": ["Kiev", "is", "in", "Ukraine", "."], "orig_id": 7,
      "entities": [{"type": "Loc", "start": 0, "end": 1}, {"type": "Loc", "start": 3, "end": 4}],
      "relations": [{"type": "Located_In", "head": 0, "tail": 1}]}]

Offsets count tokens, half-open; `head` and `tail` are positions in `entities`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

from relex.document import Document, Mention, Relation
from relex.errors import DocumentError, FormatError
from relex.formats.drops import Drops, keep_nested
from relex.formats.evidence import best_pair
from relex.formats.files import check_ids, read_json, write_chunks

_WORD = re.compile(r"[^ \t\r\n]+")


def iterate(paths: Iterable[Path]) -> Iterator[Document]:
    """Yield a document a sentence, its text the tokens joined by a space, every mention an entity of its own.

    Documents are named by `orig_id`, after the file if it is a number or missing. What is left out is logged once.

    Raises:
        FormatError: a file, or a sentence of it, that has another form.
    """
    drops = Drops("conll04")
    for path in paths:
        sentences = read_json(path)
        if not isinstance(sentences, list):
            raise FormatError(f"{path}: expected an array of sentences, not {type(sentences).__name__}")
        yield from check_ids((_convert(value, i, path, drops) for i, value in enumerate(sentences)), str(path))
    drops.tell()


def write(documents: Iterable[Document], path: Path) -> None:
    """Write documents as sentences of tokens, split at white space and where mentions begin and end.

    The format knows mentions, not entities: a relation is written of the mentions that carry it, or else of
    the closest ones. Only actual relations have a place in it; what is left out is logged once.
    """
    drops = Drops("conll04 (writing)")
    write_chunks(_chunks(documents, drops), path)
    drops.tell()


def _convert(value: Any, i: int, path: Path, drops: Drops) -> Document:
    try:
        tokens = list(value["tokens"])
        starts = list(accumulate((len(token) + 1 for token in tokens), initial=0))
        entities = [
            Mention(_lookup(starts, entity["start"]), _lookup(starts, entity["end"]) - 1, entity["type"], (f"e{k}",))
            for k, entity in enumerate(value["entities"])
        ]
        mentions = keep_nested(entities, drops)
        kept = {mention.entities[0] for mention in mentions}
        relations: dict[tuple[str, str, str], Relation] = {}
        for item in value["relations"]:
            head, tail = f"e{item['head']}", f"e{item['tail']}"
            if head not in kept or tail not in kept:
                drops.add("relations whose mention is left out (see the mentions)")
            elif (head, item["type"], tail) in relations:
                drops.add("relations stated twice (one is kept)")
            else:
                relations[head, item["type"], tail] = Relation(head, item["type"], tail)
        own_id = value.get("orig_id", i)
        document_id = own_id if isinstance(own_id, str) else f"{path.stem}-{own_id}"
        return Document(document_id, " ".join(tokens), tuple(mentions), tuple(relations.values()))
    except DocumentError as error:
        raise FormatError(f"{path}: sentence {i}: {error}") from None
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise FormatError(f"{path}: sentence {i} is not of the form of CoNLL04 in SpERT's JSON: {error!r}") from None


def _lookup(starts: list[int], i: int) -> int:
    if i < 0:
        raise IndexError(f"token {i}; offsets count from the first token")
    return starts[i]


def _chunks(documents: Iterable[Document], drops: Drops) -> Iterator[str]:
    separator = "["
    for document in documents:
        yield separator + json.dumps(_sentence(document, drops), ensure_ascii=False)
        separator = ",\n"
    yield "]\n" if separator != "[" else "[]\n"


def _sentence(document: Document, drops: Drops) -> dict[str, Any]:
    borders = {offset for mention in document.mentions for offset in (mention.start, mention.end)}
    tokens = [token for word in _WORD.finditer(document.text) for token in _split(word.span(), borders)]
    entities: list[dict[str, Any]] = []
    positions: dict[tuple[int, int], int] = {}
    for mention in document.mentions:
        inside = [i for i, (start, end) in enumerate(tokens) if mention.start <= start and end <= mention.end]
        if inside:
            positions[mention.start, mention.end] = len(entities)
            entities.append({"type": mention.type, "start": inside[0], "end": inside[-1] + 1})
        else:
            drops.add("mentions of white space alone (nothing to do)")
    relations = []
    for relation in document.relations:
        pair = best_pair(document, relation)
        if relation.status != "actual":
            drops.add("planned or negated relations (write jsonl to keep them)")
        elif pair.head == pair.tail or pair.head not in positions or pair.tail not in positions:
            drops.add("relations that no two mentions carry (write jsonl to keep them)")
        else:
            relations.append({"type": relation.type, "head": positions[pair.head], "tail": positions[pair.tail]})
    texts = [document.text[start:end] for start, end in tokens]
    return {"tokens": texts, "entities": entities, "relations": relations, "orig_id": document.id}


def _split(word: tuple[int, int], borders: set[int]) -> Iterator[tuple[int, int]]:
    start, end = word
    for border in sorted(border for border in borders if start < border < end):
        yield start, border
        start = border
    yield start, end
