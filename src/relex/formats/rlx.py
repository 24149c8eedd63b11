r"""The hand-written annotation format `.rlx`: the text with its mentions in brackets, then its relations.

    #doc visit-1
    #source written for the manual
    [French](GPE fr) [President](ROLE pres) [Macron](PERSON macron) arrived in [Hanoi](GPE hanoi).
    #rel
    macron visited hanoi
    macron holds-position pres

Every line between `#doc` and `#rel` is a paragraph; the text is the paragraphs joined by a newline.
`\[ \] \\ \( \#` stand for the characters themselves, a line that begins with `##` is a comment, and
blank lines mean nothing. Scores, evidence and links have no place in the format: they are counted, and not written.

A text with blank lines, as articles have, is written without them: `fit` takes them out, and mentions move along.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

from relex.document import Document, Evidence
from relex.errors import FormatError, known
from relex.formats.drops import Drops, drop_scores, drop_world
from relex.formats.files import Report, check_ids, read_text, write_chunks
from relex.formats.rlx_parser import ID, MARKS, META_KEYS, TYPE, parse_document_blocks
from relex.sentences import find_wraps

# What needs a backslash: markup, a '(' that would look like a tag, a '#' at the start of a paragraph.
_SPECIAL = re.compile(r"[\[\]\\]|(?<=\])\(|(?<!.)#")
_LINE_BREAK = re.compile(r"[\n\r]")
_LINE = re.compile(r"[^\n\r]+")
_MARK = {status: mark for mark, status in MARKS.items()}


def iterate(paths: Iterable[Path], *, report: Report | None = None) -> Iterator[Document]:
    """Yield the documents of `.rlx` files; `FormatError` as `parse`.

    With `report` faults are no errors: it is called with each, and what is faulty is left out of the documents.
    """
    for path in paths:
        text = read_text(path)
        if report is None:
            yield from parse(text, where=str(path))
        else:
            documents, found = parse_document_blocks(text, where=str(path))
            for fault in found:
                report(fault)
            yield from documents


def write(documents: Iterable[Document], path: Path) -> None:
    """Write documents to one `.rlx` file, each as `fit` gives it; `FormatError` as `fit` and `render`."""
    drops = Drops("writing rlx")
    write_chunks(_blocks((fit(document, drops) for document in documents), str(path)), path)
    drops.tell()


def fit(document: Document, drops: Drops) -> Document:
    """Return a document as `.rlx` can hold it: without blank lines or wrapped ones, every line ended by a line feed.

    Mentions and evidence move with the text. Metadata that has no line in the format is left out; the rest is put on
    one line each.

    Raises:
        FormatError: a mention that begins or ends outside the lines that are kept, or on different ones.
    """
    meta = {key: " ".join(_LINE.findall(document.meta[key])) for key in META_KEYS if key in document.meta}
    n_values = sum(meta.get(key) != value for key, value in document.meta.items())
    drops.add("values of metadata, or their line breaks (write jsonl to keep them)", n=n_values)
    _count_layers(document, drops)
    wraps = find_wraps(document.text)
    # Of a carriage return and the line feed that wraps a line one space is left.
    gone = sorted(i - 1 for i in wraps if document.text[i - 1] == "\r")
    whole = "".join(
        " " if i in wraps else char for i, char in enumerate(document.text) if i + 1 not in wraps or char != "\r"
    )
    lines = [match.span() for match in _LINE.finditer(whole) if match[0].strip()]
    text = "\n".join(whole[start:end] for start, end in lines)
    if text == document.text:
        return document if meta == document.meta else replace(document, meta=meta)
    drops.add("texts' blank lines, wrapped lines or carriage returns (mentions move; write jsonl to keep them)")
    starts = [start for start, _ in lines]
    moved_starts = [0, *accumulate(end - start + 1 for start, end in lines)]

    def move(span: tuple[int, int]) -> tuple[int, int]:
        start, end = (offset - bisect_left(gone, offset) for offset in span)
        i = bisect_right(starts, start) - 1
        if i < 0 or end > lines[i][1]:
            raise FormatError(
                f"document {document.id!r} cannot be written as rlx: mention {span[0]}–{span[1]} runs over a line end "
                "or is on a blank line; use jsonl"
            )
        shift = moved_starts[i] - starts[i]
        return start + shift, end + shift

    spans = {(own.start, own.end): move((own.start, own.end)) for own in document.mentions}
    moved = zip(document.mentions, spans.values(), strict=True)
    mentions = [replace(own, start=start, end=end) for own, (start, end) in moved]
    relations = [
        replace(own, evidence=tuple(Evidence(spans[pair.head], spans[pair.tail]) for pair in own.evidence))
        for own in document.relations
    ]
    return replace(document, text=text, mentions=tuple(mentions), relations=tuple(relations), meta=meta)


def faults(path: str | Path) -> list[str]:
    """Return all that is wrong with an `.rlx` file: a message a fault, with file, line and document id."""
    found: list[str] = []
    try:
        deque(iterate([Path(path)], report=found.append), maxlen=0)
    except FormatError as error:
        found.append(str(error))
    return found


def parse(text: str, *, where: str = "text") -> list[Document]:
    """Return the documents that a text in the `.rlx` format holds; `where` names the text in errors.

    Raises:
        FormatError: the first fault, with line and document id, and the number of further ones.
    """
    documents, found = parse_document_blocks(text, where=where)
    if found:
        more = f" … and {len(found) - 1} more; 'relex check' lists them all" if len(found) > 1 else ""
        raise FormatError(found[0] + more)
    return documents


def render(documents: Iterable[Document]) -> str:
    """Return documents as text in the `.rlx` format; it parses to equal documents with equal ids and metadata.

    Raises:
        FormatError: an empty paragraph, a carriage return, a mention over several paragraphs, metadata other
            than `META_KEYS`, an id or type with characters that the format has no room for.
    """
    return "".join(_blocks(documents, "rlx"))


def _count_layers(document: Document, drops: Drops) -> None:
    """Count what the format has no place for beside the text and what is marked in it."""
    n_pairs = sum(len(relation.evidence) for relation in document.relations)
    drops.add("pairs of mentions that are evidence (write jsonl to keep them)", n=n_pairs)
    drop_scores(document, drops)
    drop_world(document, drops)


def _blocks(documents: Iterable[Document], where: str) -> Iterator[str]:
    separator = ""
    for document in check_ids(documents, where):
        yield separator + _render_document(document)
        separator = "\n"


def _render_document(document: Document) -> str:
    _check_holdable(document)
    lines = [f"#doc {document.id}"]
    lines += [f"#{key} {document.meta[key]}" for key in META_KEYS if key in document.meta]
    if document.text:
        lines.append(_mark_up(document))
    lines.append("#rel")
    lines += [f"{relation} {_MARK[relation.status]}".rstrip() for relation in document.relations]
    return "\n".join(lines) + "\n"


def _mark_up(document: Document) -> str:
    """Return the text with brackets, tags and escapes put in."""
    # At one offset, spans close before others open; the inner one closes first, the outer one opens first.
    insertions = [(match.start(), 2, 0, "\\") for match in _SPECIAL.finditer(document.text)]
    for mention in document.mentions:
        insertions.append((mention.start, 1, -mention.end, "["))
        insertions.append((mention.end, 0, -mention.start, f"]({mention.type} {'+'.join(mention.entities)})"))
    chunks: list[str] = []
    done = 0
    for offset, _, _, markup in sorted(insertions):
        chunks += (document.text[done:offset], markup)
        done = offset
    return "".join((*chunks, document.text[done:]))


def _check_holdable(document: Document) -> None:
    where = f"document {document.id!r} cannot be written as rlx"
    if not document.id or document.id != document.id.strip() or _LINE_BREAK.search(document.id):
        raise FormatError(f"{where}: its id must be one line without outer white space")
    if unknown := document.meta.keys() - set(META_KEYS):
        raise FormatError(f"{where}: no line for metadata {known(unknown)}; it holds {known(META_KEYS)}; use jsonl")
    for key, value in document.meta.items():
        if _LINE_BREAK.search(value):
            raise FormatError(f"{where}: metadata {key!r} has a line break; put it on one line, or use jsonl")
    _check_text(document.text, where)
    for mention in document.mentions:
        if "\n" in document.text[mention.start : mention.end]:
            raise FormatError(f"{where}: mention {mention.start}–{mention.end} runs over a line end; use jsonl")
        for entity in mention.entities:
            _check_name(entity, "entity id", ID, where)
        _check_name(mention.type, "mention type", TYPE, where)
    for relation in document.relations:
        _check_name(relation.type, "relation type", TYPE, where)


def _check_text(text: str, where: str) -> None:
    if (offset := text.find("\r")) >= 0:
        raise FormatError(f"{where}: carriage return at offset {offset}; end lines with '\\n' alone, or use jsonl")
    offset = 0
    for paragraph in text.split("\n") if text else ():
        if not paragraph.strip():
            raise FormatError(f"{where}: empty paragraph at offset {offset}; take blank lines out, or use jsonl")
        offset += len(paragraph) + 1


def _check_name(name: str, what: str, pattern: re.Pattern[str], where: str) -> None:
    if not pattern.fullmatch(name):
        raise FormatError(f"{where}: {what} {name!r} does not match {pattern.pattern}; rename it, or use jsonl")
