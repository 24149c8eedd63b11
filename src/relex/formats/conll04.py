"""CoNLL04 in the JSON form of SpERT (Eberts and Ulges 2020): an array of sentences of tokens.

    [{"tokens": ["Kiev", "is", "in", "Ukraine", "."], "orig_id": 7,
      "entities": [{"type": "Loc", "start": 0, "end": 1}, {"type": "Loc", "start": 3, "end": 4}],
      "relations": [{"type": "Located_In", "head": 0, "tail": 1}]}]

Offsets count tokens, half-open; `head` and `tail` are positions in `entities`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from relex.document import Document, Mention
from relex.errors import DocumentError, FormatError
from relex.formats.coreference import MentionRelation, merge_relations
from relex.formats.drops import Drops, drop_context, drop_links, keep_nested
from relex.formats.files import check_ids, plain_path, read_array, render_array, write_chunks
from relex.formats.labels import to_type
from relex.formats.lines import Lines, join_sentences
from relex.formats.tokens import actual_pairs, place_mentions, split_tokens


def iterate(paths: Iterable[Path]) -> Iterator[Document]:
    """Yield a document a sentence, its text the tokens joined by a space, every mention an entity of its own.

    Documents are named by `orig_id`, after the file if it is a number or missing. What is left out is logged once.

    Raises:
        FormatError: a file, or a sentence of it, that has another form.
    """
    drops = Drops("conll04")
    for path in paths:
        sentences = read_array(path, of="sentences")
        yield from check_ids((_convert(value, i, path, drops) for i, value in enumerate(sentences)), str(path))
    drops.tell()


def write(documents: Iterable[Document], path: Path) -> None:
    """Write documents as sentences of tokens, split at white space and where mentions begin and end.

    The format knows mentions, not entities: a relation is written of the mentions that carry it, or else of
    the closest ones. Only actual relations have a place in it; what is left out is logged once.
    """
    drops = Drops("conll04 (writing)")
    write_chunks(render_array(_sentence(document, drops) for document in check_ids(documents, str(path))), path)
    drops.tell()


def _convert(value: Any, i: int, path: Path, drops: Drops) -> Document:
    try:
        lines = join_sentences([value["tokens"]])
        mentions = keep_nested(list(_mentions(value["entities"], lines, drops)), drops)
        by_id = {mention.entities[0]: mention for mention in mentions}
        stated = []
        for item in value["relations"]:
            head, tail = (by_id.get(f"e{item[end]}") for end in ("head", "tail"))
            if head is None or tail is None:
                drops.add("relations whose mention is left out (see the mentions)")
            else:
                stated.append(MentionRelation(head, to_type(item["type"]), tail))
        own_id = value.get("orig_id", i)
        document_id = own_id if isinstance(own_id, str) else f"{plain_path(path).stem}-{own_id}"
        return Document(document_id, lines.text, tuple(mentions), merge_relations(stated, drops))
    except DocumentError as error:
        raise FormatError(f"{path}: sentence {i}: {error}") from None
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise FormatError(f"{path}: sentence {i} is not of the form of CoNLL04 in SpERT's JSON: {error!r}") from None


def _mentions(entities: Iterable[Mapping[str, Any]], lines: Lines, drops: Drops) -> Iterator[Mention]:
    for k, entity in enumerate(entities):
        start, end = entity["start"], entity["end"]
        if 0 <= start < end <= len(lines.tokens) and all(first == last for first, last in lines.tokens[start:end]):
            drops.add("mentions of white space alone (nothing to do)")
        else:
            yield Mention(*lines.characters(start, end), to_type(entity["type"]), (f"e{k}",))


def _sentence(document: Document, drops: Drops) -> dict[str, Any]:
    tokens = split_tokens(document)
    words = [document.text[start:end] for start, end in tokens]
    drop_links(document, drops)
    drop_context(document, drops, text=" ".join(words))
    placed = place_mentions(document.mentions, tokens, drops)
    positions = {span: i for i, span in enumerate(placed)}
    types = {(mention.start, mention.end): mention.type for mention in document.mentions}
    return {
        "tokens": words,
        "entities": [{"type": types[span], "start": start, "end": end} for span, (start, end) in placed.items()],
        "relations": [
            {"type": relation.type, "head": positions[head], "tail": positions[tail]}
            for relation, head, tail in actual_pairs(document, positions, drops)
        ],
        "orig_id": document.id,
    }
