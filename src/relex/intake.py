"""Texts in: each as a document with an id, in runs that are read together."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import chain, count

from relex.document import Document
from relex.encoding import Encoded
from relex.errors import InputError

POOL_DOCUMENTS = 64
"""How many documents are read together at most: enough to sort by length, few enough to hold."""

_POOL_CHARACTERS = 200_000
_LONG = 20_000
_NAME = "text-"


def as_document(text: str | Document, *, number: int = 1, given: Container[str] = ()) -> Document:
    """Return a text as a document without layers.

    Without an id of its own it is called by its `number`, and by another one behind if that id is `given` already:
    `text-2`, `text-2-2`.

    Raises:
        InputError: neither a string nor a document.
        DocumentError: lone surrogates in the text.
    """
    if isinstance(text, Document):
        return Document(text.id, text.text, meta=text.meta)
    if isinstance(text, str):
        base = f"{_NAME}{number}"
        names = chain((base,), (f"{base}-{i}" for i in count(2)))
        return Document(next(name for name in names if name not in given), text)
    raise InputError(
        f"text {number} is {type(text).__name__}, not a string; decode bytes first, and read files with relex.read"
    )


def name_texts(texts: Iterable[str | Document]) -> Iterator[Document]:
    """Yield texts as documents, numbered by their place; the ids of documents before them are not used again."""
    given: set[str] = set()
    for number, text in enumerate(texts, 1):
        document = as_document(text, number=number, given=given)
        if isinstance(text, Document) and document.id.startswith(_NAME):
            given.add(document.id)
        yield document


def pool_documents(documents: Iterable[Document], *, first: int = POOL_DOCUMENTS) -> Iterator[list[Document]]:
    """Yield documents in runs that are read together, in order; a long one alone, so that it holds no other back.

    What comes before an error of `documents` is yielded before the error is raised.

    Args:
        first: how many documents the first run has; each has twice as many as the last one, up to `POOL_DOCUMENTS`.
    """
    pool: list[Document] = []
    characters, most = 0, first
    try:
        for document in documents:
            is_long = len(document.text) >= _LONG
            if pool and is_long:
                yield pool
                pool, characters = [], 0
            pool.append(document)
            characters += len(document.text)
            if is_long or len(pool) >= most or characters >= _POOL_CHARACTERS:
                yield pool
                pool, characters, most = [], 0, min(2 * most, POOL_DOCUMENTS)
    except Exception:
        if pool:
            yield pool
        raise
    if pool:
        yield pool


def batch_by_length(encoded: Sequence[Encoded], batch_pieces: int) -> Iterator[list[int]]:
    """Yield runs of document numbers of like length, so that little is padding; a long one has a batch of its own."""
    chosen: list[int] = []
    size = 0
    for i in sorted(range(len(encoded)), key=lambda i: encoded[i].n_pieces):
        if chosen and size + encoded[i].n_pieces > batch_pieces:
            yield chosen
            chosen, size = [], 0
        chosen.append(i)
        size += encoded[i].n_pieces
    if chosen:
        yield chosen
