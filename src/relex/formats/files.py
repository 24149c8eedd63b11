"""Bytes in and out: decoding that tells where it fails, writing that leaves no half a file."""

from __future__ import annotations

import codecs
import gzip
import json
import os
import shutil
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from relex.document import Document
from relex.errors import FormatError

Report = Callable[[str], None]
"""What is told of each fault by a reader that goes on after it."""

GZIP = b"\x1f\x8b"
"""How a file compressed with gzip begins, and no text: in UTF-8, the second byte never follows an ASCII character."""

# The longer marks first: the one of UTF-32 begins with the one of UTF-16.
_OTHER_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file as it stands, line ends included, without a byte order mark.

    A file compressed with gzip is told by its first bytes, and decompressed.

    Raises:
        FormatError: the file cannot be opened, or is not UTF-8; names the line and the byte offset.
    """
    return decode(decompress(read_bytes(path), path), path)


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file; `FormatError` if it cannot be opened."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from None


def decompress(data: bytes, where: str | Path) -> bytes:
    """Return bytes as they are, or decompressed if they are gzip; `FormatError`, with their source, if damaged."""
    if not data.startswith(GZIP):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(where, error) from None


def plain_path(path: Path) -> Path:
    """Return a path without the `.gz` that a compressed file has behind its own suffix."""
    return path.with_suffix("") if path.suffix.lower() == ".gz" else path


def read_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file, line ends included, in constant memory; see `decode` for their text.

    Only a line feed ends a line, so that the other separators of Unicode may stand inside one. A file compressed with
    gzip is decompressed.

    Raises:
        FormatError: the file cannot be opened or read.
    """
    try:
        with path.open("rb") as file:
            yield from gzip.GzipFile(fileobj=file) if file.peek(2).startswith(GZIP) else file
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _damaged(path, error) from None
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
        for mark, encoding in _OTHER_MARKS:
            if not offset and data.startswith(mark):
                raise FormatError(
                    f"{where}: the text is {encoding}, by its byte order mark; "
                    f"convert it, for instance with 'iconv -f {encoding} -t UTF-8'"
                ) from None
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


def read_array(path: Path, *, of: str) -> list[Any]:
    """Return the values of a JSON file that is an array; `of` says in errors what they should be."""
    values = read_json(path)
    if not isinstance(values, list):
        raise FormatError(f"{path}: expected an array of {of}, not {type(values).__name__}")
    return values


def load_object(line: str, where: str) -> dict[str, Any]:
    """Return the object that a line of JSON lines holds; `FormatError` if it holds none."""
    try:
        value = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{where}: not JSON: {error}; write one object a line") from None
    if not isinstance(value, dict):
        raise FormatError(f"{where}: expected an object, not {type(value).__name__}; write one object a line")
    return value


def read_objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the objects of a file of JSON lines, each with its file and line; blank lines mean nothing.

    Raises:
        FormatError: the file cannot be read, or a line is no JSON object.
    """
    offset = 0
    for number, data in enumerate(read_lines(path), 1):
        line = decode(data, path, offset=offset, line=number)
        if line.strip():
            yield f"{path}:{number}", load_object(line, f"{path}:{number}")
        offset += len(data)


def render_array(values: Iterable[Any]) -> Iterator[str]:
    """Yield the text of a JSON array in chunks, an element a line."""
    separator = "["
    for value in values:
        yield separator + json.dumps(value, ensure_ascii=False)
        separator = ",\n"
    yield "]\n" if separator != "[" else "[]\n"


def write_chunks(chunks: Iterable[str], path: Path) -> None:
    """Write text to a file as UTF-8, all or nothing: a failure half-way leaves an older file untouched.

    The text goes to a hidden file beside, which then takes the place of `path`.

    Raises:
        FormatError: the file cannot be written, or the text holds a lone surrogate.
    """
    try:
        _replace(path, lambda target: _write(chunks, target))
    except UnicodeEncodeError as error:
        raise FormatError(f"cannot write {path}: {error.object[error.start]!r} is a lone surrogate, not text") from None


def write_bytes(data: bytes, path: Path) -> None:
    """Write bytes to a file, all or nothing, as `write_chunks` does; `FormatError` if it cannot be written."""
    _replace(path, lambda target: target.write_bytes(data))


def write_directory(files: Iterable[tuple[str, str]], path: Path) -> None:
    """Write files, given as names and texts, to a directory, all or none; it is made if it does not exist.

    They are written to a hidden directory beside and then moved. What else is in the directory stays there.

    Raises:
        FormatError: a file cannot be written, or its text holds a lone surrogate.
    """
    target = path.resolve()
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        beside.mkdir()
        names = []
        for name, text in files:
            _write([text], beside / name)
            names.append(name)
        target.mkdir(exist_ok=True)
        for name in names:
            os.replace(beside / name, target / name)
    except OSError as error:
        raise FormatError(
            f"cannot write to {path}: {error.strerror or error}; name a directory below one that exists"
        ) from None
    except UnicodeEncodeError as error:
        raise FormatError(
            f"cannot write to {path}: {error.object[error.start]!r} is a lone surrogate, not text"
        ) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def check_ids(documents: Iterable[Document], where: str) -> Iterator[Document]:
    """Pass the documents of one file through; `FormatError` on an id that stood there before."""
    seen: set[str] = set()
    for document in documents:
        if document.id in seen:
            raise FormatError(
                f"{where}: document id {document.id!r} occurs twice; a file needs one id a document; "
                "give each its own, as in extractor(relex.Document('my-id', text))"
            )
        seen.add(document.id)
        yield document


def _unreadable(path: Path, error: OSError) -> FormatError:
    return FormatError(f"cannot read {path}: {error.strerror or error}; check the path and its permissions")


def _damaged(where: str | Path, error: Exception) -> FormatError:
    return FormatError(f"cannot read {where}: damaged gzip file: {error}; get it again")


def _replace(path: Path, fill: Callable[[Path], object]) -> None:
    try:
        if path.exists() and not path.is_file():
            # A pipe or a device such as /dev/stdout must be written to, never replaced.
            fill(path)
            return
        target = path.resolve()
        beside = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            fill(beside)
            os.replace(beside, target)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise FormatError(
            f"cannot write {path}: {error.strerror or error}; check that its directory exists and may be written to"
        ) from None


def _write(chunks: Iterable[str], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(chunks)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON number")
