"""JSON lines: one `Document.to_dict()` a line, which keeps all that a document holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from relex.document import Document
from relex.errors import DocumentError, FormatError, known
from relex.formats.files import Report, check_ids, decode, load_object, plain_path, read_lines, write_chunks


def iterate(paths: Iterable[Path], *, report: Report | None = None) -> Iterator[Document]:
    """Yield the documents of `.jsonl` files, read a line at a time.

    A record without `id` is named after its file and line. With `report` a faulty record does not end the
    reading: it is left out, and `report` is called with what the error would say.

    Raises:
        FormatError: a line that is no JSON object, or no document; names file and line.
    """
    for path in paths:
        lines: dict[str, int] = {}
        for number, document in _read(read_lines(path), path, Document.from_dict, report):
            first = lines.setdefault(document.id, number)
            if first == number:
                yield document
            else:
                _tell(f"{path}:{number}: document id {document.id!r} stands on line {first} too; rename one", report)


def iterate_texts(
    path: str | Path, *, lines: Iterable[bytes] | None = None, report: Report | None = None
) -> Iterator[Document]:
    """Yield the texts of a `.jsonl` file as documents without annotation, whatever else its records hold.

    Needs `text`; takes `id` if there is one, a string or whole number; keeps every other string, and the strings in
    `meta`, as metadata. Raw collections repeat ids: a repeated one gets the number of its line behind it.

    Args:
        path: the file; with `lines` no more than a name for where they come from.
        lines: what to read in place of the file, such as standard input.
        report: is told of a faulty record, which is then left out; without it the first one is an error.

    Raises:
        FormatError: a line that is no JSON object, has no text, or an id of another kind; names file and line.
    """
    path = Path(path)
    seen: set[str] = set()
    for number, document in _read(read_lines(path) if lines is None else lines, path, _bare_document, report):
        unique = document if document.id not in seen else replace(document, id=f"{document.id}-{number}")
        seen.add(unique.id)
        yield unique


def write(documents: Iterable[Document], path: Path) -> None:
    """Write documents to one `.jsonl` file, characters as they are."""
    write_chunks((render([document]) for document in check_ids(documents, str(path))), path)


def render(documents: Iterable[Document]) -> str:
    """Return documents as text, one a line."""
    return "".join(json.dumps(document.to_dict(), ensure_ascii=False) + "\n" for document in documents)


def _read(
    lines: Iterable[bytes], path: Path, build: Callable[[Mapping[str, Any]], Document], report: Report | None
) -> Iterator[tuple[int, Document]]:
    offset = 0
    name = plain_path(path).stem
    for number, data in enumerate(lines, 1):
        where = f"{path}:{number}"
        try:
            line = decode(data, path, offset=offset, line=number)
            document = build({"id": f"{name}-{number}"} | load_object(line, where)) if line.strip() else None
        except DocumentError as error:
            _tell(f"{where}: {error}", report)
        except FormatError as error:
            _tell(str(error), report)
        else:
            if document is not None:
                yield number, document
        offset += len(data)


def _tell(fault: str, report: Report | None) -> None:
    if report is None:
        raise FormatError(fault) from None
    report(fault)


def _bare_document(record: Mapping[str, Any]) -> Document:
    if not isinstance(record.get("text"), str):
        raise DocumentError(f"no string under 'text'; the record has {known(record)}")
    if type(record["id"]) not in (str, int):
        raise DocumentError(f"id must be a string or a whole number, not {record['id']!r}; or leave it out")
    inner = record.get("meta")
    fields = {**(inner if isinstance(inner, Mapping) else {}), **record}
    meta = {key: value for key, value in fields.items() if isinstance(value, str) and key not in ("id", "text")}
    return Document(str(record["id"]), record["text"], meta=meta)
