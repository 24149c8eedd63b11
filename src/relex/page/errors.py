"""Every error with the passage that it stands in, as plain values for the script that lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import Any

from relex.alignment import Pair
from relex.assessment import Assessment
from relex.attribution import KINDS, Error, MentionError
from relex.document import Document, Relation
from relex.markup import Style

Range = tuple[int, int]

_AROUND = 280
_NEAR = 2


def list_errors(assessment: Assessment, style: Style) -> dict[str, Any]:
    """Return the errors of facts, of mentions and of facts of contrast sets, and the texts of documents that have any.

    Offsets are in UTF-16 code units, as scripts of a page count. Of every error there are its `document` by number,
    `kind`, `cause`, `type`, `score`, the passage as `ranges` of the text, and the marked `ends`, each with its offsets,
    its class and its name; of facts also their `status` and the `other` side's fact that they were confused with.
    """
    documents = _Documents(assessment.pairs)
    errors = {
        "facts": [documents.tell_fact(error, style) for error in assessment.attribution.facts],
        "mentions": [documents.tell_mention(error, style) for error in assessment.attribution.mentions],
    }
    if assessment.contrast_attribution is not None:
        texts = _Documents(assessment.contrast_pairs, texts=documents.texts)
        errors["contrast"] = [texts.tell_fact(error, style) for error in assessment.contrast_attribution.facts]
    return {"documents": documents.texts, "errors": errors}


class _Documents:
    """The documents of errors, numbered as they are first asked for."""

    def __init__(self, pairs: Iterable[Pair], *, texts: list[dict[str, str]] | None = None) -> None:
        self.texts: list[dict[str, str]] = [] if texts is None else texts
        self._pairs = {pair.gold.id: pair for pair in pairs}
        self._numbers: dict[str, tuple[int, Callable[[int], int]]] = {}

    def tell_fact(self, error: Error, style: Style) -> dict[str, Any]:
        """Return the values of an error of a fact."""
        pair = self._pairs[error.document]
        side = KINDS.index(error.kind)
        own, other = pair.sides[side], pair.sides[1 - side]
        relation = error.relation
        ends = [(error.head, relation.head), (error.tail, relation.tail)]
        value = self._tell(error, own, [span for span, _ in ends])
        value |= {"status": relation.status, "words": error.words, "sentences": error.sentences}
        for end, (_, entity) in zip(value["ends"], ends, strict=True):
            end += [style.colour(own.entity(entity).type), own.entity(entity).name]
        if error.end:
            value["end"] = error.end
        if error.counterpart is not None:
            value["other"] = _tell_relation(other, error.counterpart)
        return value

    def tell_mention(self, error: MentionError, style: Style) -> dict[str, Any]:
        """Return the values of an error of a mention."""
        pair = self._pairs[error.document]
        own = pair.sides[KINDS.index(error.kind)]
        mention = error.mention
        value = self._tell(error, own, [(mention.start, mention.end)])
        value["ends"][0] += [style.colour(mention.type), own.text[mention.start : mention.end]]
        if (found := error.counterpart) is not None:
            value["other"] = [own.text[found.start : found.end], found.type]
        return value

    def _tell(self, error: Error | MentionError, document: Document, spans: list[Range]) -> dict[str, Any]:
        number, place = self._number(document)
        score = error.score if isinstance(error, Error) else error.mention.score
        value: dict[str, Any] = {
            "document": number,
            "kind": error.kind,
            "cause": error.cause,
            "type": error.type,
            "ranges": [[place(start), place(end)] for start, end in find_ranges(document, spans)],
            "ends": [[place(start), place(end)] for start, end in spans],
        }
        if score is not None:
            value["score"] = round(score, 3)
        if error.detail:
            value["detail"] = error.detail
        return value

    def _number(self, document: Document) -> tuple[int, Callable[[int], int]]:
        if document.id not in self._numbers:
            self._numbers[document.id] = (len(self.texts), _count_units(document.text))
            self.texts.append({"id": document.id, "text": document.text})
        return self._numbers[document.id]


def find_ranges(document: Document, spans: Iterable[Range]) -> list[Range]:
    """Return the sentences of some spans; those next to each other as one range, and of long ones the part around."""
    ranges: list[Range] = []
    sentences = document.sentences
    before = None
    for first, last in sorted(spans):
        inside = [i for i, (start, end) in enumerate(sentences) if start < last and first < end]
        start, end = (sentences[inside[0]][0], sentences[inside[-1]][1]) if inside else (first, last)
        start, end = _cut(document.text, (min(start, first), max(end, last)), (first, last))
        near = before is not None and inside and inside[0] - before <= _NEAR
        if ranges and (start <= ranges[-1][1] or (near and start - ranges[-1][1] <= _AROUND)):
            ranges[-1] = (min(start, ranges[-1][0]), max(end, ranges[-1][1]))
        else:
            ranges.append((start, end))
        before = inside[-1] if inside else None
    return ranges


def _cut(text: str, passage: Range, span: Range) -> Range:
    """Shorten a passage to what stands around a span, between words."""
    start, end = passage
    if span[0] - start > _AROUND:
        start = text.find(" ", span[0] - _AROUND, span[0]) + 1 or span[0] - _AROUND
    if end - span[1] > _AROUND:
        found = text.rfind(" ", span[1], span[1] + _AROUND)
        end = found if found >= 0 else span[1] + _AROUND
    return start, end


def _tell_relation(document: Document, relation: Relation) -> list[str]:
    head, tail = (document.entity(end).name for end in (relation.head, relation.tail))
    return [head, relation.type, tail, relation.status]


def _count_units(text: str) -> Callable[[int], int]:
    """Return the function from an offset in code points to the same in UTF-16 code units."""
    if text.isascii() or max(text, default="") <= "\uffff":
        return lambda offset: offset
    units = [0, *accumulate(1 + (character > "\uffff") for character in text)]
    return units.__getitem__
