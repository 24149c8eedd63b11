"""Texts to read: files, directories and standard input, as one lazy stream of documents with unique ids."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib import resources
from io import BytesIO
from itertools import chain, count
from pathlib import Path

from relex.document import Document
from relex.errors import FormatError, RelexError
from relex.formats import jsonl, rlx
from relex.formats.files import GZIP, Report, decode, decompress, plain_path, read_text

STDIN = "-"
"""What stands for standard input in place of a file."""

_SUFFIXES = (".txt", ".jsonl", ".rlx")
_WITH_COMPRESSED = (*_SUFFIXES, *(f"{suffix}.gz" for suffix in _SUFFIXES))
_BOM = b"\xef\xbb\xbf"


def iterate_inputs(names: Iterable[str], *, out: Path | None, report: Report, note: Report) -> Iterator[Document]:
    """Yield the texts of files, directories and standard input, one file at a time and without annotation.

    A text file is named after the file without its suffix, a record by its own id; of two equal names the second
    gets its path too. What cannot be read is told to `report`, and the rest goes on; what is passed over is told to
    `note`: the output `out`, and what no directory is searched for.
    """
    ids = _Ids()
    for name in names:
        try:
            for path in [Path(name)] if name == STDIN else expand(Path(name), _WITH_COMPRESSED, note=note):
                if is_output(path, out):
                    note(f"{path} is not read: it is what is written")
                else:
                    yield from _iterate_file(path, ids, report)
        except (RelexError, OSError) as error:
            report(str(error))


def is_output(path: Path, out: Path | None) -> bool:
    """Return whether a path leads to the file that is written: `out`, or where standard output goes if that is None."""
    try:
        written = os.fstat(sys.stdout.fileno()) if out is None else out.stat()
        return stat.S_ISREG(written.st_mode) and os.path.samestat(path.stat(), written)
    except OSError:
        # One of them is not there, or standard output is no file.
        return False


def expand(path: Path, suffixes: tuple[str, ...], *, note: Report | None = None) -> list[Path]:
    """Return a file as it is, and of a directory every file below with one of the suffixes, sorted, hidden ones not.

    How many others there are below is told to `note`.

    Raises:
        FormatError: a directory without such a file.
    """
    if not path.is_dir():
        return [path]
    below = sorted(
        file
        for file in path.rglob("*")
        if not file.is_dir() and not any(part.startswith(".") for part in file.relative_to(path).parts)
    )
    files = [file for file in below if file.name.lower().endswith(suffixes) and file.is_file()]
    if not files:
        raise FormatError(f"no file of a known suffix ({', '.join(suffixes)}) below {path}; name the files themselves")
    if note is not None and len(files) < len(below):
        told = f"of {len(below)} files below {path}, {len(below) - len(files)} are not read"
        note(f"{told}: broken links, or of another suffix than {', '.join(suffixes)}; name those that are to be read")
    return files


def read_sample() -> Document:
    """Return the article that relex brings along to be tried on."""
    text = (resources.files("relex") / "data" / "sample.txt").read_text(encoding="utf-8")
    title, _ = text.split("\n", 1)
    source = "written for relex; its persons and events are invented"
    return Document("sample", text, meta={"title": title, "date": "2024-03-14", "source": source})


class _Ids:
    """Gives each document an id of its own."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def choose(self, name: str, longer: str) -> str:
        """Return the first name that is free: the name, the longer one, or that with a number."""
        numbered = (f"{longer}-{i}" for i in count(2))
        chosen = next(own for own in chain((name, longer), numbered) if own not in self._given)
        self._given.add(chosen)
        return chosen


def _iterate_file(path: Path, ids: _Ids, report: Report) -> Iterator[Document]:
    plain = plain_path(path)
    suffix = plain.suffix.lower()
    try:
        if str(path) == STDIN:
            yield from _iterate_stdin(ids, report)
        elif suffix == ".jsonl":
            yield from _name_records(jsonl.iterate_texts(path, report=report), path, ids)
        elif suffix == ".rlx":
            yield from _name_records(rlx.iterate([path]), path, ids)
        elif suffix in (".txt", ""):
            # The name is taken before the file is read, so that a fault leaves the names of others as they are.
            name = ids.choose(plain.stem, str(path))
            yield Document(name, read_text(path))
        else:
            raise FormatError(
                f"cannot read {path}: relex extract reads {', '.join(_SUFFIXES)} and files without a suffix; "
                f"if it is plain text, type: relex extract - < {path}"
            )
    except RelexError as error:
        report(str(error))


def _iterate_stdin(ids: _Ids, report: Report) -> Iterator[Document]:
    lines: Iterator[bytes] = iter(sys.stdin.buffer)
    first = next(lines, b"")
    if first.startswith(GZIP):
        lines = BytesIO(decompress(first + b"".join(lines), "stdin"))
    else:
        lines = chain((first,), lines)
    head: list[bytes] = []
    for line in lines:
        head.append(line)
        if line.removeprefix(_BOM).strip():
            break
    rest = chain(head, lines)
    if head and head[-1].removeprefix(_BOM).lstrip().startswith(b"{"):
        yield from _name_records(jsonl.iterate_texts("stdin", lines=rest, report=report), Path("stdin"), ids)
    else:
        text = decode(b"".join(rest), "stdin")
        yield Document(ids.choose("stdin", "stdin"), text)


def _name_records(documents: Iterable[Document], path: Path, ids: _Ids) -> Iterator[Document]:
    for document in documents:
        yield replace(document, id=ids.choose(document.id, f"{path}:{document.id}"))
