"""JSON lines: one `Document.to_dict()` a line, which keeps all that a document holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from relex.document import Document
from relex.errors import DocumentError, FormatError, known
from relex.formats.files import check_ids, read_lines, write_chunks


def iterate(paths: Iterable[Path]) -> Iterator[Document]:
    """Yield the documents of `.jsonl` files, read a line at a time.

    A record without `id` is named after its file and line.

    Raises:
        FormatError: a line that is no JSON object, or no document; names file and line.
    """
    for path in paths:
        lines: dict[str, int] = {}
        for number, document in _read(path, Document.from_dict):
            first = lines.setdefault(document.id, number)
            if first != number:
                raise FormatError(
                    f"{path}:{number}: document id {document.id!r} stands on line {first} too; rename one of them"
                )
            yield document


def iterate_texts(path: str | Path) -> Iterator[Document]:
    """Yield the texts of a `.jsonl` file as documents without annotation, whatever else its records hold.

    Needs `text`; takes `id` if there is one; keeps every other string, and the strings in `meta`, as metadata.
    Raw collections repeat ids: a repeated one gets the number of its line behind it.

    Raises:
        FormatError: a line that is no JSON object, or has no text; names file and line.
    """
    seen: set[str] = set()
    for number, document in _read(Path(path), _bare_document):
        unique = document if document.id not in seen else replace(document, id=f"{document.id}-{number}")
        seen.add(unique.id)
        yield unique


def write(documents: Iterable[Document], path: Path) -> None:
    """Write documents to one `.jsonl` file, characters as they are."""
    write_chunks((_line(document) for document in check_ids(documents, str(path))), path)


def _read(path: Path, build: Callable[[Mapping[str, Any]], Document]) -> Iterator[tuple[int, Document]]:
    for number, line in read_lines(path):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            document = build({"id": f"{path.stem}-{number}"} | _load(line, where))
        except DocumentError as error:
            raise FormatError(f"{where}: {error}") from None
        yield number, document


def _load(line: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{where}: not JSON: {error}; write one object a line") from None
    if not isinstance(value, dict):
        raise FormatError(f"{where}: expected an object, not {type(value).__name__}; write one object a line")
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON number")


def _bare_document(record: Mapping[str, Any]) -> Document:
    if not isinstance(record.get("text"), str):
        raise DocumentError(f"no string under 'text'; the record has {known(record)}")
    inner = record.get("meta")
    fields = {**(inner if isinstance(inner, Mapping) else {}), **record}
    meta = {key: value for key, value in fields.items() if isinstance(value, str) and key not in ("id", "text")}
    return Document(str(record["id"]), record["text"], meta=meta)


def _line(document: Document) -> str:
    try:
        return json.dumps(document.to_dict(), ensure_ascii=False, allow_nan=False) + "\n"
    except (TypeError, ValueError) as error:
        raise FormatError(f"document {document.id!r} cannot be written as JSON: {error}") from None
