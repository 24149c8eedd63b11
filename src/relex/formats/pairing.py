"""Whose prediction is whose: what is read of a system, brought to the ids and the texts of gold documents."""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from relex.document import Document, Evidence, Mention
from relex.errors import DocumentError, FormatError
from relex.formats.evidence import STATED
from relex.formats.tokens import Span

_logger = logging.getLogger("relex.formats")


def fit_predictions(predicted: Sequence[Document], gold: Sequence[Document], where: str) -> list[Document]:
    """Return predictions with the ids and the texts of the gold documents that they are for.

    They are paired by id, or else by order if there are as many as in gold. Texts may differ in white space, which
    formats of tokens do not keep: offsets are then moved to where gold has the same characters. Either is logged once;
    `where` names the predictions.

    Raises:
        FormatError: predictions that fit gold neither by id nor by order; tells why they do not.
    """
    try:
        fitted = _fit_by_id(predicted, gold)
    except FormatError as by_id:
        try:
            fitted = _fit_by_order(predicted, gold)
        except FormatError as by_order:
            raise FormatError(
                f"{where}: no predictions for these gold documents: by id, {by_id}; by order, {by_order}; "
                "predict on the gold texts as they are"
            ) from None
        _logger.warning("%s: paired with gold documents by order, for by id %s", where, by_id)
    n_moved = sum(own.text != other.text for own, other in zip(fitted, predicted, strict=True))
    if n_moved:
        _logger.warning("%s: %d texts differ from gold in white space; their offsets are moved", where, n_moved)
    return fitted


def _fit_by_id(predicted: Sequence[Document], gold: Sequence[Document]) -> list[Document]:
    by_id = {document.id: document for document in gold}
    if strays := [own.id for own in predicted if own.id not in by_id]:
        raise FormatError(f"gold lacks {len(strays)} of {len(predicted)} ids, {strays[0]!r} first")
    return [_fit(own, by_id[own.id]) for own in predicted]


def _fit_by_order(predicted: Sequence[Document], gold: Sequence[Document]) -> list[Document]:
    if len(predicted) != len(gold):
        raise FormatError(f"there are {len(predicted)} predictions for {len(gold)} documents")
    return [_fit(own, other) for own, other in zip(predicted, gold, strict=True)]


def _fit(predicted: Document, gold: Document) -> Document:
    """Return a prediction with the id and the text of gold; `FormatError` if more than white space differs."""
    if predicted.text == gold.text:
        return predicted if predicted.id == gold.id else replace(predicted, id=gold.id)
    own, other = (_find_characters(document.text) for document in (predicted, gold))
    pairs = zip(own, other, strict=False)
    same = next((k for k, (i, j) in enumerate(pairs) if predicted.text[i] != gold.text[j]), min(len(own), len(other)))
    if same < max(len(own), len(other)):
        told, expected = _quote(predicted.text, own[same:]), _quote(gold.text, other[same:])
        raise FormatError(f"document {predicted.id!r} has {told} where gold document {gold.id!r} has {expected}")
    return _move(predicted, gold, own, other)


def _move(predicted: Document, gold: Document, own: Sequence[int], other: Sequence[int]) -> Document:
    """Return a prediction on the text of gold, given where the characters of both texts stand, in order."""
    spans: dict[Span, Span] = {}
    mentions: list[Mention] = []
    for mention in predicted.mentions:
        first, last = bisect_left(own, mention.start), bisect_left(own, mention.end) - 1
        if first > last:
            raise FormatError(f"document {predicted.id!r} has a mention of white space alone, at {mention.start}")
        spans[mention.start, mention.end] = start, end = other[first], other[last] + 1
        mentions.append(replace(mention, start=start, end=end))
    relations = [
        replace(relation, evidence=tuple(Evidence(spans[pair.head], spans[pair.tail]) for pair in relation.evidence))
        for relation in predicted.relations
    ]
    try:
        # Metadata may say what the lines of a text are, which is true of that text alone.
        meta = {key: value for key, value in gold.meta.items() if key not in STATED}
        meta |= {key: value for key, value in predicted.meta.items() if key in STATED}
        return Document(gold.id, gold.text, tuple(mentions), tuple(relations), meta, predicted.links)
    except DocumentError as error:
        raise FormatError(str(error)) from None


def _find_characters(text: str) -> list[int]:
    """Return where the characters stand that are no white space."""
    return [i for i, character in enumerate(text) if not character.isspace()]


def _quote(text: str, offsets: Sequence[int]) -> str:
    return repr(text[offsets[0] :][:20]) if offsets else "no more"
