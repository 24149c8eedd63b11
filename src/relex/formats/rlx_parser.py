"""The parser of the `.rlx` format: it reads to the end and collects every fault, where the writer needs one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from relex.document import Document, Mention, Relation
from relex.errors import DocumentError, known

META_KEYS = ("source", "title", "date", "url", "licence")
"""The metadata that the format has a line for, in the order of writing."""

MARKS = {"": "actual", "?": "planned", "!": "negated"}
"""What stands behind a relation, and the status that it means."""

# Wider than the `diplomatic` schema needs, so that other corpora fit.
TYPE = re.compile(r"[A-Za-z][\w.:/-]*")
ID = re.compile(r"[A-Za-z0-9][\w.:-]*")

_TAG = re.compile(rf"\(({TYPE.pattern}) ({ID.pattern}(?:\+{ID.pattern})*)\)")
_TOKEN = re.compile(r"\\.?|\[|\]|[^\\\[\]]+")
_META_LINE = re.compile(rf"#({'|'.join(META_KEYS)})(?: (.*))?")
_ESCAPES = ("[", "]", "\\", "(", "#")
_HASH_LINES = ", ".join(("#doc", "#rel", "##", *(f"#{key}" for key in META_KEYS)))


def parse_document_blocks(text: str, *, where: str) -> tuple[list[Document], list[str]]:
    """Return the documents of a text in the `.rlx` format, and its faults; `where` begins each fault."""
    parser = _Parser(where)
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        parser.read_line(number, line.removesuffix("\r"))
    parser.close_block()
    return parser.documents, parser.faults


@dataclass
class _Block:
    """One document on its way: what its lines have said so far. `offset` is the length of its text."""

    id: str
    line: int
    meta: dict[str, str] = field(default_factory=dict)
    paragraphs: list[str] = field(default_factory=list)
    offset: int = 0
    mentions: dict[tuple[int, int], Mention] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    relations: dict[tuple[str, str, str], Relation] = field(default_factory=dict)
    in_relations: bool = False


class _Parser:
    def __init__(self, where: str) -> None:
        self.documents: list[Document] = []
        self.faults: list[str] = []
        self._where = where
        self._ids: set[str] = set()
        self._number = 0
        self._block: _Block | None = None

    def read_line(self, number: int, line: str) -> None:
        self._number = number
        if line.startswith("##") or not line.strip():
            return
        if "\r" in line:
            self._fault("a carriage return inside a line; end every line with a line feed")
        if re.match(r"#doc(?!\S)", line):
            self.close_block()
            self._open_block(line[4:].strip())
        elif self._block is None:
            if not self.faults:
                self._fault("text before the first document; begin it with '#doc ID'")
        elif line.rstrip() == "#rel":
            if self._block.in_relations:
                self._fault("a second '#rel' in one document; begin the next document with '#doc ID'")
            self._block.in_relations = True
        elif line.startswith("#"):
            self._read_meta(self._block, line)
        elif self._block.in_relations:
            self._read_relation(self._block, line)
        else:
            self._read_paragraph(self._block, line)

    def close_block(self) -> None:
        block = self._block
        # One without an id has been told of, and is no document.
        if block is None or not block.id:
            return
        text, mentions, relations = "\n".join(block.paragraphs), block.mentions.values(), block.relations.values()
        try:
            self.documents.append(Document(block.id, text, tuple(mentions), tuple(relations), block.meta))
        except DocumentError as error:
            self._number = block.line
            self._fault(str(error))

    def _open_block(self, document_id: str) -> None:
        self._block = _Block(document_id, self._number)
        if not document_id:
            self._fault("no id after '#doc'; write '#doc ID'")
        elif document_id in self._ids:
            self._fault("this document id occurs twice in the file; rename one of the documents")
        self._ids.add(document_id)

    def _read_meta(self, block: _Block, line: str) -> None:
        match = _META_LINE.fullmatch(line)
        if match is None:
            self._fault(
                f"unknown line {_shorten(line)!r}; known: {_HASH_LINES}; "
                r"a paragraph that begins with '#' starts with '\#'"
            )
        elif block.paragraphs or block.in_relations:
            self._fault(rf"#{match[1]} stands after the text; move it up to '#doc', or write '\#' if it is text")
        elif match[1] in block.meta:
            self._fault(f"#{match[1]} is given twice; keep one")
        else:
            block.meta[match[1]] = match[2] or ""

    def _read_paragraph(self, block: _Block, line: str) -> None:
        chunks: list[str] = []
        open_spans: list[tuple[int, int]] = []
        # `i` runs over the line, `offset` over the document's text.
        i, offset = 0, block.offset + bool(block.paragraphs)
        while match := _TOKEN.match(line, i):
            token, i = match.group(), match.end()
            if token == "[":
                open_spans.append((offset, match.start()))
            elif token == "]":
                i = self._close_span(block, line, i, open_spans, offset)
            else:
                token = self._unescape(line, token, i) if token[0] == "\\" else token
                chunks.append(token)
                offset += len(token)
        for _, column in open_spans:
            self._fault(f"'[' is never closed: {_shorten(line[column:])!r}; close it in the same paragraph")
        block.paragraphs.append("".join(chunks))
        block.offset = offset

    def _unescape(self, line: str, token: str, i: int) -> str:
        character = token[1:]
        if character not in _ESCAPES:
            self._fault(rf"'{token}' is no escape: {_around(line, i)!r}; write '\\' for a backslash")
            return token
        if character == "]" and line.startswith("(", i):
            self._fault(rf"'(' right after a literal ']': {_around(line, i)!r}; write '\]\('")
        return character

    def _close_span(self, block: _Block, line: str, i: int, open_spans: list[tuple[int, int]], end: int) -> int:
        """Read what follows a ']' that stands before `i`, and return where the text goes on."""
        tag = _TAG.match(line, i)
        if not open_spans:
            self._fault(rf"']' without '[': {_around(line, i)!r}; write '\]' for a bracket of the text")
        else:
            start, _ = open_spans.pop()
            if tag is None:
                self._fault(f"no tag after ']': {_around(line, i)!r}; write [text](TYPE id) or [text](TYPE id+id)")
            else:
                self._add_mention(block, start, end, tag[1], tuple(tag[2].split("+")))
        return tag.end() if tag else i

    def _add_mention(self, block: _Block, start: int, end: int, mention_type: str, entities: tuple[str, ...]) -> None:
        what = f"({mention_type} {'+'.join(entities)})"
        try:
            mention = Mention(start, end, mention_type, entities)
        except DocumentError as error:
            self._fault(f"{what}: {error}")
            return
        if first := block.mentions.get((start, end)):
            self._fault(f"{what}: two mentions on one span ({first.type} and {mention_type}); keep one")
            return
        block.mentions[start, end] = mention
        for entity in entities:
            earlier = block.types.setdefault(entity, mention_type)
            if earlier != mention_type:
                # Left out, so that the document can be built and its other faults be found.
                del block.mentions[start, end]
                self._fault(f"{what}: entity {entity!r} is {earlier} before; give one of them another id or type")
                return

    def _read_relation(self, block: _Block, line: str) -> None:
        fields = line.split()
        mark = fields[3] if len(fields) == 4 else ""
        if len(fields) not in (3, 4) or mark not in MARKS:
            self._fault(f"not a relation: {_shorten(line)!r}; write 'head relation tail', then '?', '!' or nothing")
            return
        head, relation_type, tail = fields[:3]
        unknown = {end for end in (head, tail) if end not in block.types}
        if not TYPE.fullmatch(relation_type):
            self._fault(f"relation type {relation_type!r} must be a letter, then letters, digits or any of _.:/-")
        elif unknown:
            self._fault(
                f"relation '{head} {relation_type} {tail}' uses {known(unknown)}, which no mention has; "
                f"ids here: {known(block.types)}"
            )
        elif (head, relation_type, tail) in block.relations:
            self._fault(f"relation '{head} {relation_type} {tail}' is stated twice; keep one line")
        else:
            try:
                block.relations[head, relation_type, tail] = Relation(head, relation_type, tail, MARKS[mark])
            except DocumentError as error:
                self._fault(str(error))

    def _fault(self, message: str) -> None:
        document = f"document {self._block.id!r}: " if self._block else ""
        self.faults.append(f"{self._where}:{self._number}: {document}{message}")


def _around(line: str, i: int) -> str:
    return line[max(0, i - 25) : i + 15]


def _shorten(line: str) -> str:
    return line if len(line) <= 40 else line[:39] + "…"
