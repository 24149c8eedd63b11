"""Plain text: one document a file, without annotation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from relex.document import Document
from relex.formats.files import plain_path, read_text


def iterate(paths: Iterable[Path]) -> Iterator[Document]:
    """Yield one document a file, named after the file; its text is the file's, line ends included."""
    for path in paths:
        yield Document(plain_path(path).stem, read_text(path))
