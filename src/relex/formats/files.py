"""Bytes in and out: decoding that tells where it fails, writing that leaves no half a file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from relex.document import Document
from relex.errors import FormatError

Report = Callable[[str], None]
"""What is told of each fault by a reader that goes on after it."""


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file as it stands, line ends included, without a byte order mark.

    Raises:
        FormatError: the file cannot be opened, or is not UTF-8; names the line and the byte offset.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from None
    return decode(data, path)


def read_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file, line ends included, in constant memory; see `decode` for their text.

    Only a line feed ends a line, so that the other separators of Unicode may stand inside one.

    Raises:
        FormatError: the file cannot be opened or read.
    """
    try:
        with path.open("rb") as file:
            yield from file
    except OSError as error:
        raise _unreadable(path, error) from None


def decode(data: bytes, where: str | Path, *, offset: int = 0, line: int = 0) -> str:
    """Return UTF-8 bytes as text, without a byte order mark at offset 0.

    `where` names their source in errors; `offset` and `line` say where in it they stand, if it is read in parts.

    Raises:
        FormatError: not UTF-8; names the line and the byte offset.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        number = line or data.count(b"\n", 0, error.start) + 1
        raise FormatError(
            f"{where}:{number}: byte {data[error.start]:#04x} at byte offset {offset + error.start} is not UTF-8; "
            "convert the file, for instance with 'iconv -f WINDOWS-1252 -t UTF-8'"
        ) from None
    return text if offset else text.removeprefix("\ufeff")


def read_json(path: Path) -> Any:
    """Return the value that a JSON file holds; `FormatError` if it holds none."""
    text = read_text(path)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{path}: not JSON: {error}; a file with one object a line is format 'jsonl'") from None


def write_chunks(chunks: Iterable[str], path: Path) -> None:
    """Write text to a file as UTF-8, all or nothing: a failure half-way leaves an older file untouched.

    The text goes to a hidden file beside, which then takes the place of `path`.

    Raises:
        FormatError: the file cannot be written, or the text holds a lone surrogate.
    """
    try:
        if path.exists() and not path.is_file():
            # A pipe or a device such as /dev/stdout must be written to, never replaced.
            _write(chunks, path)
            return
        target = path.resolve()
        beside = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            _write(chunks, beside)
            os.replace(beside, target)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise FormatError(
            f"cannot write {path}: {error.strerror or error}; check that its directory exists and may be written to"
        ) from None
    except UnicodeEncodeError as error:
        raise FormatError(f"cannot write {path}: {error.object[error.start]!r} is a lone surrogate, not text") from None


def check_ids(documents: Iterable[Document], where: str) -> Iterator[Document]:
    """Pass the documents of one file through; `FormatError` on an id that stood there before."""
    seen: set[str] = set()
    for document in documents:
        if document.id in seen:
            raise FormatError(f"{where}: document id {document.id!r} occurs twice; a file needs one id a document")
        seen.add(document.id)
        yield document


def _unreadable(path: Path, error: OSError) -> FormatError:
    return FormatError(f"cannot read {path}: {error.strerror or error}; check the path and its permissions")


def _write(chunks: Iterable[str], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(chunks)
