"""re3d: documents on Syria and Iraq with entities and relations by offset (Dstl 2017); a directory a source.

A source has three files of one JSON object a line: `documents.json` with the texts, `entities.json` and
`relations.json`, which name their document and give half-open ranges of its characters. Only read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from relex.document import Document, Mention
from relex.errors import DocumentError, FormatError
from relex.formats.coreference import MentionRelation, merge_relations
from relex.formats.drops import Drops, keep_nested
from relex.formats.files import check_ids, read_objects
from relex.formats.labels import to_type

_FILES = ("documents.json", "entities.json", "relations.json")
_META = {"source": "sourceName", "title": "title", "url": "sourceUrl"}

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Record:
    """One line of a file: an object, with its file and line for errors."""

    value: Mapping[str, Any]
    where: str

    def get(self, key: str, kind: type[_T]) -> _T:
        own = self.value.get(key)
        if type(own) is not kind:
            raise FormatError(f"{self.where}: {key!r} must be of type {kind.__name__}, not {own!r}; take the file anew")
        return own

    def score(self) -> float | None:
        own = self.value.get("confidence")
        return float(own) if isinstance(own, int | float) else None


def iterate(paths: Iterable[Path]) -> Iterator[Document]:
    """Yield the documents of sources, each named by any of its three files; every mention is an entity of its own.

    `IsSynonymOf` stays a relation. The confidence of the annotators becomes the score of mentions and relations; of
    two mentions on one span the surer is kept. What is left out is counted and logged once.

    Raises:
        FormatError: a file of another name, a file that is missing, a line of another form.
    """
    drops = Drops("re3d")
    sources: dict[Path, None] = {}
    for path in paths:
        if path.name not in _FILES:
            raise FormatError(f"{path}: not a file of re3d; a source has {', '.join(_FILES)}")
        sources[path.parent] = None
    for source in sources:
        yield from check_ids(_documents(source, drops), str(source))
    drops.tell()


def _documents(source: Path, drops: Drops) -> Iterator[Document]:
    documents, entities, relations = (
        [_Record(value, where) for where, value in read_objects(source / name)] for name in _FILES
    )
    entities_of, relations_of = _group(entities), _group(relations)
    for record in documents:
        own_id = record.get("_id", str)
        yield _convert(record, entities_of.pop(own_id, []), relations_of.pop(own_id, []), drops)
    drops.add("mentions of a document that is not there (nothing to do)", n=sum(map(len, entities_of.values())))
    drops.add("relations of a document that is not there (nothing to do)", n=sum(map(len, relations_of.values())))


def _convert(record: _Record, entities: list[_Record], relations: list[_Record], drops: Drops) -> Document:
    text = record.get("text", str)
    found = sorted(_mentions(text, entities, drops), key=lambda mention: -(mention.score or 0.0))
    mentions = [replace(m, entities=(f"e{k}",)) for k, m in enumerate(keep_nested(found, drops))]
    meta = {key: value for key, name in _META.items() if isinstance(value := record.value.get(name), str)}
    try:
        stated = merge_relations(_relations(mentions, relations, drops), drops)
        return Document(record.get("_id", str), text, tuple(mentions), stated, meta)
    except DocumentError as error:
        raise FormatError(f"{record.where}: {error}") from None


def _mentions(text: str, records: Iterable[_Record], drops: Drops) -> Iterator[Mention]:
    for record in records:
        start, end = record.get("begin", int), record.get("end", int)
        # The corpus evens out quotation marks and line ends in what it quotes, so letters alone are compared.
        if 0 <= start < end and _letters(text[start:end]) == _letters(record.get("value", str)):
            yield Mention(start, end, to_type(record.get("type", str)), ("e",), record.score())
        else:
            drops.add("mentions whose offsets do not give their text (get the corpus again)")


def _relations(mentions: Iterable[Mention], records: Iterable[_Record], drops: Drops) -> Iterator[MentionRelation]:
    by_span = {(mention.start, mention.end): mention for mention in mentions}
    for record in records:
        head = by_span.get((record.get("sourceBegin", int), record.get("sourceEnd", int)))
        tail = by_span.get((record.get("targetBegin", int), record.get("targetEnd", int)))
        if head is None or tail is None:
            drops.add("relations whose mentions are left out (see the mentions)")
        else:
            yield MentionRelation(head, to_type(record.get("type", str)), tail, score=record.score())


def _group(records: Iterable[_Record]) -> dict[str, list[_Record]]:
    groups: dict[str, list[_Record]] = {}
    for record in records:
        groups.setdefault(record.get("documentId", str), []).append(record)
    return groups


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))
