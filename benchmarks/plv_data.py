"""PLV (Hu et al. 2024): news sentences with a marked source and target, and the PLOVER code of what is between them.

The tables of https://github.com/snowood1/Zero-Shot-PLOVER have a row a pair: the sentence plain and with marks
(`<s>…</s>`, `<t>…</t>`), both actors, codes by hand (`gold_root`, `gold_penta`) and the authors' predictions with and
without their modality level (`root_L2`, `penta_L2`; `root_L1`, `penta_L1`).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from relex.document import Document, Mention, Relation
from relex.errors import FormatError, InputError, known
from relex.formats.files import read_text

QUADS: Mapping[str, str] = {
    "1": "verbal-cooperation",
    "2": "material-cooperation",
    "3": "verbal-conflict",
    "4": "material-conflict",
}
"""The four-way codes by their numbers; root codes go by their names."""

COLUMNS = ("gold_root", "gold_penta", "root_L1", "penta_L1", "root_L2", "penta_L2")
"""The columns that hold a code."""

_MARK = re.compile(r"<(/?)([st])>")
_ENDS = {"s": "source", "t": "target"}


def read_plv(path: str | Path, *, column: str = "gold_root") -> list[Document]:
    """Return a document a row: the sentence, a mention each of source and target, and one relation of that type.

    Of several marks of an actor the first around whole words is its mention. One that is named but not marked is
    looked up; one that the sentence does not name ("a recipient", "An actor") stands on a line below it.

    Raises:
        FormatError: a file that is no table of PLV.
        InputError: a column without codes.
    """
    path = Path(path)
    if column not in COLUMNS:
        raise InputError(f"no column of codes {column!r}; columns: {', '.join(COLUMNS)}")
    table = csv.DictReader(io.StringIO(read_text(path), newline=""), delimiter="\t")
    if missing := {"marked_sentence", "source", "target", column} - set(table.fieldnames or ()):
        raise FormatError(f"{path}: no table of PLV: misses {known(missing)}")
    return [_convert(row, f"{path.stem}-{i}", column) for i, row in enumerate(table)]


def _convert(row: Mapping[str, str], name: str, column: str) -> Document:
    text, marks = _split_marks(row["marked_sentence"])
    mentions = []
    for mark, end in _ENDS.items():
        span = next((own for own in marks[mark] if _is_whole(text, *own)), None)
        if span is None:
            surface = row[end].strip()
            start = text.find(surface)
            if start < 0:
                start, text = len(text) + 1, f"{text}\n{surface}"
            span = (start, start + len(surface))
        mentions.append(Mention(*span, "ACTOR", (end,)))
    code = row[column]
    return Document(name, text, tuple(mentions), (Relation("source", QUADS.get(code, code), "target"),))


def _split_marks(marked: str) -> tuple[str, dict[str, list[tuple[int, int]]]]:
    """Return a sentence without its marks and the spans that they enclose, without white space at their ends."""
    text = _MARK.sub("", marked)
    spans: dict[str, list[tuple[int, int]]] = {mark: [] for mark in _ENDS}
    starts: dict[str, int] = {}
    for mark, closes, place in _places(marked):
        if closes:
            inner = text[starts[mark] : place]
            start = starts[mark] + len(inner) - len(inner.lstrip())
            spans[mark].append((start, start + len(inner.strip())))
        else:
            starts[mark] = place
    return text, spans


def _places(marked: str) -> Iterator[tuple[str, bool, int]]:
    """Yield every mark, whether it closes, and its place in the sentence without marks."""
    removed = 0
    for match in _MARK.finditer(marked):
        yield match[2], bool(match[1]), match.start() - removed
        removed += len(match[0])


def _is_whole(text: str, start: int, end: int) -> bool:
    """Return whether a span cuts no word: marks were set wherever a name occurs, within longer words too."""
    return not any(text[place - 1 : place + 1].isalnum() for place in (start, end) if 0 < place < len(text))
