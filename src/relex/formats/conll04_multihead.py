"""CoNLL04 in the columns of multi-head selection (Bekoulis et al. 2018): a row a token, parted by tabs.

    #doc 7
    0	Ada	B-Peop	['N']	[0]
    1	Roe	I-Peop	['Live_In']	[3]
    2	left	O	['N']	[2]
    3	Kyiv	B-Loc	['N']	[3]

A row holds index, token, BIO tag, relations and the rows that they point to. A relation stands in the last row of
its head and points to the last row of its tail; `N` is no relation.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from relex.document import Document, Mention
from relex.errors import DocumentError, FormatError
from relex.formats.bio import TAG, decode_tags, encode_tags
from relex.formats.coreference import MentionRelation, merge_relations
from relex.formats.drops import Drops, drop_context, drop_links, keep_layer
from relex.formats.files import check_ids, plain_path, read_text, write_chunks
from relex.formats.labels import line_id, to_type
from relex.formats.tokens import actual_pairs, join_tokens, place_mentions, split_tokens

_START = "#doc"
_NONE = "N"


def iterate(paths: Iterable[Path]) -> Iterator[Document]:
    """Yield the documents of such files, tokens joined by a space, every mention an entity of its own.

    A document is named after the file too if its id is a number or missing. What is left out is logged once.

    Raises:
        FormatError: a line that is no row; names file and line.
    """
    drops = Drops("conll04-multihead")
    for path in paths:
        blocks = _blocks(read_text(path), path)
        yield from check_ids((_convert(block, i, path, drops) for i, block in enumerate(blocks)), str(path))
    drops.tell()


def write(documents: Iterable[Document], path: Path) -> None:
    """Write documents as tokens, split at white space and where mentions begin and end.

    The format knows mentions, not entities: a relation is written of the mentions that carry it, or else of the
    closest ones. It has room for the outermost mentions and for actual relations; what is left out is logged once.

    Raises:
        FormatError: an id that is no line.
    """
    drops = Drops("conll04-multihead (writing)")
    write_chunks((_render(document, drops) for document in check_ids(documents, str(path))), path)
    drops.tell()


@dataclass
class _Block:
    """The rows of one document, and the line it begins on; `positions` finds a row by its index."""

    id: str
    line: int
    tokens: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    relations: list[tuple[int, str, int]] = field(default_factory=list)
    positions: dict[int, int] = field(default_factory=dict)


def _blocks(text: str, path: Path) -> Iterator[_Block]:
    block: _Block | None = None
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r")
        if line.startswith(_START):
            if block is not None:
                yield block
            block = _Block(line.removeprefix(_START).strip(), number)
        elif line.strip():
            block = block or _Block("", number)
            try:
                _add_row(block, line)
            except (SyntaxError, TypeError, ValueError, MemoryError, RecursionError) as error:
                raise FormatError(
                    f"{path}:{number}: expected index, token, BIO tag, relations and heads, parted by tabs, "
                    f"not {line!r}: {error}"
                ) from None
    if block is not None:
        yield block


def _add_row(block: _Block, line: str) -> None:
    index, token, tag, labels, heads = line.split("\t")
    tag, own_labels, own_heads = tag.strip(), ast.literal_eval(labels.strip()), ast.literal_eval(heads.strip())
    if not TAG.fullmatch(tag):
        raise ValueError(f"unknown tag {tag!r}")
    if not token:
        raise ValueError("no token")
    if int(index) in block.positions:
        raise ValueError(f"index {index} twice in one document")
    block.positions[int(index)] = len(block.tokens)
    block.tokens.append(token)
    block.tags.append(tag)
    for label, head in zip(own_labels, own_heads, strict=True):
        if label != _NONE:
            block.relations.append((int(index), to_type(label), int(head)))


def _convert(block: _Block, i: int, path: Path, drops: Drops) -> Document:
    text, tokens = join_tokens(block.tokens)
    mentions: list[Mention] = []
    # By the row of any of their tokens: the corpus points to the last one.
    found: dict[int, Mention] = {}
    for k, (first, last, label) in enumerate(decode_tags(block.tags)):
        mentions.append(Mention(tokens[first][0], tokens[last - 1][1], label, (f"e{k}",)))
        found |= dict.fromkeys(range(first, last), mentions[-1])
    stated = []
    for row, label, pointer in block.relations:
        head, tail = found.get(block.positions[row]), found.get(block.positions.get(pointer, -1))
        if head is None or tail is None:
            drops.add("relations of a token outside all mentions (nothing to do)")
        else:
            stated.append(MentionRelation(head, label, tail))
    own_id = block.id or str(i)
    document_id = f"{plain_path(path).stem}-{own_id}" if own_id.isdigit() else own_id
    try:
        return Document(document_id, text, tuple(mentions), merge_relations(stated, drops))
    except DocumentError as error:
        raise FormatError(f"{path}:{block.line}: {error}") from None


def _render(document: Document, drops: Drops) -> str:
    flat = keep_layer(document, drops)
    drop_links(flat, drops)
    tokens = split_tokens(flat)
    words = [document.text[start:end] for start, end in tokens]
    drop_context(document, drops, text=" ".join(words))
    # Ids that are numbers repeat from file to file of the corpus, so that its reader tells them apart by the file.
    drops.add("ids that are numbers (read back with the name of the file before them)", n=document.id.isdigit())
    placed = place_mentions(flat.mentions, tokens, drops)
    types = {(mention.start, mention.end): mention.type for mention in flat.mentions}
    tags = encode_tags(len(tokens), ((*own, types[span]) for span, own in placed.items()))
    labels: list[list[str]] = [[] for _ in tokens]
    heads: list[list[int]] = [[] for _ in tokens]
    for relation, head, tail in actual_pairs(flat, placed, drops):
        if relation.type == _NONE:
            drops.add(f"relations called {_NONE}, which stands for none here (rename them)")
            continue
        row, pointer = placed[head][1] - 1, placed[tail][1] - 1
        labels[row].append(relation.type)
        heads[row].append(pointer)
    lines = [f"{_START} {line_id(document, 'conll04-multihead')}\n"]
    for i, (word, tag) in enumerate(zip(words, tags, strict=True)):
        columns = (i, word, tag, labels[i] or [_NONE], heads[i] or [i])
        lines.append("\t".join(map(str, columns)) + "\n")
    return "".join(lines)
