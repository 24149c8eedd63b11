"""CoNLL columns with BIO tags (Ramshaw and Marcus 1995): a token and its tag a line, blank lines between sentences.

    -DOCSTART- (kyiv-1)	O

    Ada	B-PERSON
    Roe	I-PERSON
    left	O
    Kyiv	B-GPE
    .	O

The first column is the token, the last its tag; columns are parted by tabs, or else by spaces. `-DOCSTART-` begins
a document, as in CoNLL 2003; in a file without it every sentence is a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from relex.document import Document, Mention
from relex.errors import FormatError
from relex.formats.drops import Drops, drop_links, keep_layer
from relex.formats.files import check_ids, read_text, write_chunks
from relex.formats.labels import line_id, to_type
from relex.formats.lines import LINES, drop_around, join_sentences, split_lines
from relex.formats.tokens import WORD, place_mentions

TAG = re.compile(r"O|([BIESLU])-(.+)")
"""A tag of BIO, or of the schemes with tags for last and single tokens (IOBES, BILOU)."""

_START = "-DOCSTART-"
_START_LINE = re.compile(_START + r"(?: \((.+)\))?(?=[ \t]|$)")


def iterate(paths: Iterable[Path]) -> Iterator[Document]:
    """Yield the documents of CoNLL files: tokens joined by a space, a sentence a line, a mention an entity of its own.

    An `I-` begins a mention where none of its type goes on (IOB1). Documents without an id are named after the file.

    Raises:
        FormatError: a line without a tag that is known; names file and line.
    """
    for path in paths:
        yield from check_ids(_documents(path), str(path))


def write(documents: Iterable[Document], path: Path, *, innermost: bool = False) -> None:
    """Write documents as tokens, split at white space and where mentions begin and end, and their tags.

    Tags hold one layer of mentions: the outermost, or the innermost. Nested mentions, relations, entities, white
    space and metadata have no place in the format; what is left out is logged once.

    Raises:
        FormatError: an id that is no line.
    """
    drops = Drops("bio (writing)")
    write_chunks((_render(document, drops, innermost) for document in check_ids(documents, str(path))), path)
    drops.tell()


def decode_tags(tags: Iterable[str]) -> list[tuple[int, int, str]]:
    """Return the mentions that tags hold, each as its range of tokens and its type; every tag must match `TAG`."""
    found: list[tuple[int, int, str]] = []
    going_on = False
    for i, tag in enumerate(tags):
        match = TAG.fullmatch(tag)
        if match is None or match[1] is None:
            going_on = False
            continue
        prefix, label = match[1], to_type(match[2])
        if going_on and prefix in "IEL" and found[-1][2] == label:
            found[-1] = (found[-1][0], i + 1, label)
        else:
            found.append((i, i + 1, label))
        going_on = prefix in "BI"
    return found


def encode_tags(n_tokens: int, mentions: Iterable[tuple[int, int, str]]) -> list[str]:
    """Return a tag for each token, of mentions that are apart, given as ranges of tokens with their types."""
    tags = ["O"] * n_tokens
    for first, last, label in mentions:
        tags[first:last] = [f"B-{label}"] + [f"I-{label}"] * (last - first - 1)
    return tags


@dataclass
class _Block:
    """One document on its way: the tokens and the tags of its sentences."""

    id: str | None = None
    sentences: list[tuple[list[str], list[str]]] = field(default_factory=list)


def _documents(path: Path) -> Iterator[Document]:
    stem = Path(path.name.removesuffix(".gz")).stem
    for i, block in enumerate(_blocks(path)):
        lines = join_sentences(tokens for tokens, _ in block.sentences)
        mentions: list[Mention] = []
        for (start, _), (_, tags) in zip(lines.sentences, block.sentences, strict=True):
            for first, end, label in decode_tags(tags):
                span = lines.characters(start + first, start + end)
                mentions.append(Mention(*span, label, (f"e{len(mentions)}",)))
        yield Document(block.id or f"{stem}-{i}", lines.text, tuple(mentions), meta=LINES)


def _blocks(path: Path) -> Iterator[_Block]:
    block: _Block | None = None
    in_document, in_sentence = False, False
    for number, line in enumerate(read_text(path).split("\n"), 1):
        line = line.rstrip("\r")
        if not line.strip(" \t"):
            in_sentence = False
            continue
        start = _START_LINE.match(line)
        if block is not None and (start or not (in_document or in_sentence)):
            yield block
            block = None
        block = block or _Block()
        if start:
            block.id, in_document, in_sentence = start[1], True, False
            continue
        if not in_sentence:
            block.sentences.append(([], []))
            in_sentence = True
        for column, value in zip(block.sentences[-1], _parse(line, f"{path}:{number}"), strict=True):
            column.append(value)
    if block is not None:
        yield block


def _parse(line: str, where: str) -> tuple[str, str]:
    columns = line.split("\t") if "\t" in line else line.split(" ")
    columns = [column.strip(" ") for column in columns]
    token, tag = columns[0], next((column for column in reversed(columns) if column), "")
    if not WORD.search(token) or len(columns) < 2:
        raise FormatError(f"{where}: expected a token and its tag, not {line!r}; part the columns by a tab")
    if not TAG.fullmatch(tag):
        raise FormatError(f"{where}: the last column is {tag!r}; expected a tag: O, B-TYPE or I-TYPE")
    return token, tag


def _render(document: Document, drops: Drops, innermost: bool) -> str:
    drops.add("relations (write jsonl to keep them)", n=len(document.relations))
    flat = keep_layer(replace(document, relations=()), drops, innermost=innermost)
    drop_links(flat, drops)
    lines = split_lines(flat)
    drop_around(document, filter(None, lines.words()), drops)
    placed = place_mentions(flat.mentions, lines.tokens, drops)
    types = {(mention.start, mention.end): mention.type for mention in flat.mentions}
    tags = encode_tags(len(lines.tokens), ((*own, types[span]) for span, own in placed.items()))
    rows = [f"{_START} ({line_id(document, 'bio')})\tO\n\n"]
    for (first, _), words in zip(lines.sentences, lines.words(), strict=True):
        if _START in words:
            raise FormatError(f"document {document.id!r} cannot be written as bio: its text has {_START}; use jsonl")
        rows += [f"{word}\t{tag}\n" for word, tag in zip(words, tags[first:], strict=False)]
        rows.append("\n")
    return "".join(rows)
