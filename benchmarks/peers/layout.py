"""Documents as peers read them: a sentence a line, tokens parted by a space, relations between mentions; and back."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import accumulate, pairwise

from runner import group_lines

from relex.document import Document, Evidence, Mention, Relation
from relex.errors import InputError
from relex.formats.evidence import best_pair
from relex.formats.lines import LINES
from relex.words import split_words

Span = tuple[int, int]


def lay_out(document: Document, *, tokenised: bool = False) -> Document:
    """Return a document in the form that every peer can read: relex's words, a sentence a line, relations of mentions.

    Every mention becomes an entity of its own. A relation is stated, as actual, of the two mentions that carry it: its
    best evidence, or else the closest pair; a relation that a single group mention carries is left out.

    Args:
        tokenised: the text is one sentence of tokens parted by spaces, and stays so.
    """
    text = document.text if tokenised else "\n".join(_lines(document))
    mentions = [replace(mention, entities=(f"e{i}",)) for i, mention in enumerate(document.mentions)]
    names = {(mention.start, mention.end): mention.entities[0] for mention in mentions}
    stated: dict[tuple[str, str, str], None] = {}
    for relation in document.relations:
        pair = best_pair(document, relation)
        if pair.head != pair.tail:
            stated[names[pair.head], relation.type, names[pair.tail]] = None
    relations = tuple(Relation(*own) for own in stated)
    return move(replace(document, mentions=tuple(mentions), relations=relations, meta=LINES), text)


def move(document: Document, text: str) -> Document:
    """Return a document with another text that differs from its own in white space alone.

    Raises:
        InputError: the texts differ in more.
    """
    if document.text.split() != text.split() and "".join(document.text.split()) != "".join(text.split()):
        raise InputError(
            f"document {document.id!r}: the texts differ in more than white space; predict on the text given"
        )
    place = _Places(document.text, text)
    mentions = tuple(_move_mention(mention, place) for mention in document.mentions)
    relations = tuple(
        replace(relation, evidence=tuple(Evidence(place(pair.head), place(pair.tail)) for pair in relation.evidence))
        for relation in document.relations
    )
    return replace(document, text=text, mentions=mentions, relations=relations)


def bring_back(
    predicted: Iterable[Document], gold: Iterable[Document], *, of_entities: bool = False
) -> Iterator[Document]:
    """Yield predictions on laid-out texts as predictions on the gold texts, paired by their ids.

    Args:
        of_entities: gold relates entities and has no evidence, so that of predictions is left out as well: then the
            closest mentions carry a relation on either side.
    """
    texts = {document.id: document.text for document in gold}
    for document in predicted:
        own = document.relations
        relations = tuple(replace(relation, evidence=()) for relation in own) if of_entities else own
        yield replace(move(replace(document, relations=relations), texts[document.id]), meta={})


def cut(document: Document, *, max_words: int) -> Iterator[Document]:
    """Yield a laid-out document in parts of as many whole lines as fit; relations across parts are left out."""
    for start, end in group_lines(document.text, max_words=max_words):
        inside = [m for m in document.mentions if start <= m.start and m.end <= end]
        names = {m.entities[0] for m in inside}
        yield Document(
            f"{document.id}@{start}",
            document.text[start:end],
            tuple(replace(m, start=m.start - start, end=m.end - start) for m in inside),
            tuple(relation for relation in document.relations if {relation.head, relation.tail} <= names),
            LINES,
        )


class _Places:
    """Where a range of one text stands in another that differs in white space alone."""

    def __init__(self, source: str, target: str) -> None:
        self._rank = list(accumulate((not c.isspace() for c in source), initial=0))
        self._places = [i for i, c in enumerate(target) if not c.isspace()]

    def __call__(self, span: Span) -> Span:
        start, end = span
        return self._places[self._rank[start]], self._places[self._rank[end] - 1] + 1


def _move_mention(mention: Mention, place: _Places) -> Mention:
    start, end = place((mention.start, mention.end))
    return replace(mention, start=start, end=end)


def _lines(document: Document) -> Iterator[str]:
    """Yield the words of each sentence, parted by a space; a mention is of one sentence."""
    starts = [s for s, _ in document.sentences[1:] if not any(m.start < s < m.end for m in document.mentions)]
    lines: list[list[str]] = [[] for _ in range(len(starts) + 1)]
    for start, end in _words(document, starts):
        lines[bisect_right(starts, start)].append(document.text[start:end])
    yield from (" ".join(line) for line in lines)


def _words(document: Document, starts: list[int]) -> Iterator[Span]:
    borders = [0, *starts, len(document.text)]
    for left, right in pairwise(borders):
        yield from ((left + start, left + end) for start, end in split_words(document.text[left:right]))
