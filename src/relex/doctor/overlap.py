"""Texts that stand in a corpus more than once, whole, nearly or in part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
import numpy.typing as npt
from scipy import sparse

from relex.doctor.finding import Example, Finding, Limits, Split, quote, split_lower
from relex.document import Document

SHINGLE = 8
"""The words in a shingle, a power of two; also the fewest words of a paragraph that is worth a look."""

_PAIRS_PER_BATCH = 100_000


@dataclass(frozen=True)
class Text:
    """A text and the documents that have it, by split."""

    words: tuple[str, ...]
    homes: tuple[tuple[Document, ...], ...]

    def first(self, split: int) -> str:
        """Return the id of the first document of a split that has the text."""
        return self.homes[split][0].id

    @cached_property
    def paragraphs(self) -> dict[tuple[str, ...], str]:
        """The paragraphs with at least as many words as a shingle, by their words, as they are written."""
        (document, *_) = chain.from_iterable(self.homes)
        found = {split_lower(line): line for line in document.text.splitlines()}
        return {words: line for words, line in found.items() if len(words) >= SHINGLE}


@dataclass(frozen=True)
class Overlap:
    """The different texts of some splits, which shingles they have, and which are near each other.

    `shingles` is a sparse matrix, (texts, shingles); `near` holds for each text the others and their Jaccard index.
    """

    splits: tuple[Split, ...]
    texts: tuple[Text, ...]
    shingles: sparse.csr_matrix
    near: tuple[tuple[tuple[int, float], ...], ...]


def find_overlaps(splits: Sequence[Split], limits: Limits) -> Iterator[Finding]:
    """Yield what every split has twice, then what every later split has from every earlier one."""
    overlap = compare_texts(splits, limits)
    for i in range(len(splits)):
        yield from _find_within(overlap, i, limits)
    for j in range(1, len(splits)):
        for i in range(j):
            yield from _find_between(overlap, i, j, limits)


def compare_texts(splits: Sequence[Split], limits: Limits) -> Overlap:
    """Group the documents of all splits by text, and compare the texts by their shingles.

    Texts without a word are left out. Equal texts are compared as one, so that many copies cost nothing.
    """
    homes: dict[tuple[str, ...], list[list[Document]]] = {}
    for i, split in enumerate(splits):
        for document, words in zip(split.documents, split.words, strict=True):
            if words:
                homes.setdefault(words, [[] for _ in splits])[i].append(document)
    texts = tuple(Text(words, tuple(map(tuple, own))) for words, own in homes.items())
    shingles = cut_shingles([text.words for text in texts])
    near: list[list[tuple[int, float]]] = [[] for _ in texts]
    for i, j, index in find_near(shingles, limits.near):
        near[i].append((j, index))
        near[j].append((i, index))
    return Overlap(tuple(splits), texts, shingles, tuple(map(tuple, near)))


def cut_shingles(texts: Sequence[Sequence[str]]) -> sparse.csr_matrix:
    """Return which runs of `SHINGLE` words stand in which text: (texts, shingles) of 0 and 1.

    A shorter text is one shingle (Broder 1997). Runs are told apart exactly and not by a hash: runs of one, two,
    four words are numbered, and pairs of neighbours give those of twice the length.
    """
    numbers: dict[str, int] = {}
    rows = [[numbers.setdefault(word, len(numbers) + 1) for word in words] for words in texts]
    rows = [row + [0] * (SHINGLE - len(row)) for row in rows]
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    runs = np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=int(lengths.sum()))
    length = 1
    while length < SHINGLE and len(runs):
        following = np.concatenate([runs[length:], np.zeros(length, dtype=np.int64)])
        runs = np.unique(runs * (runs.max() + 1) + following, return_inverse=True)[1].reshape(-1)
        length *= 2
    owners = np.repeat(np.arange(len(rows)), lengths)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(runs))
    whole = left >= SHINGLE
    shape = (len(rows), int(runs.max()) + 1 if len(runs) else 0)
    matrix = sparse.csr_matrix((np.ones(whole.sum(), dtype=np.int32), (owners[whole], runs[whole])), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def find_near(shingles: sparse.csr_matrix, least: float) -> Iterator[tuple[int, int, float]]:
    """Yield the pairs of rows i < j with at least that Jaccard index, and the index.

    Exact, by prefix filtering (Chaudhuri, Ganti and Kaushik 2006): sets that near share one of their rarest members,
    so that what stands in every text, such as a footer, makes no candidates.
    """
    sizes = shingles.getnnz(axis=1).astype(np.int64)
    prefixes = _cut_prefixes(shingles, sizes - np.ceil(least * sizes - 1e-9).astype(np.int64) + 1)
    candidates = sparse.triu(prefixes @ prefixes.T, k=1).tocoo()
    for begin in range(0, candidates.nnz, _PAIRS_PER_BATCH):
        rows, others = (side[begin : begin + _PAIRS_PER_BATCH] for side in (candidates.row, candidates.col))
        common = np.asarray(shingles[rows].multiply(shingles[others]).sum(axis=1)).reshape(-1)
        indices = common / (sizes[rows] + sizes[others] - common)
        near = np.flatnonzero(indices >= least)
        yield from zip(rows[near].tolist(), others[near].tolist(), indices[near].tolist(), strict=True)


def _cut_prefixes(sets: sparse.csr_matrix, lengths: npt.NDArray[np.int64]) -> sparse.csr_matrix:
    """Keep of each row as many members as its length says, those first that the fewest rows have."""
    counts = sets.getnnz(axis=0)
    ranks = np.empty(len(counts), dtype=np.int64)
    ranks[np.argsort(counts, kind="stable")] = np.arange(len(counts))
    rows = np.repeat(np.arange(sets.shape[0]), np.diff(sets.indptr))
    columns = sets.indices[np.lexsort((ranks[sets.indices], rows))]
    places = np.arange(len(rows)) - sets.indptr[rows]
    kept = (places < lengths[rows]) & (counts[columns] > 1)
    ones = np.ones(int(kept.sum()), dtype=np.int32)
    return sparse.csr_matrix((ones, (rows[kept], columns[kept])), shape=sets.shape)


def _find_within(overlap: Overlap, i: int, limits: Limits) -> Iterator[Finding]:
    split = overlap.splits[i]
    n_documents, where = len(split.documents), (split.name,)
    counts = Counter(document.id for document in split.documents)
    twice = [Example((name,), "") for name, n in counts.items() for _ in range(n - 1)]
    yield Finding("equal-ids", where, len(twice), n_documents, limits.cut(twice))
    own = [(k, text) for k, text in enumerate(overlap.texts) if text.homes[i]]
    copies = [Example((text.first(i), copy.id), "") for _, text in own for copy in text.homes[i][1:]]
    yield Finding("equal-texts", where, len(copies), n_documents, limits.cut(copies))
    yield _find_near_texts(overlap, i, i, limits)
    stood: dict[tuple[str, ...], int] = {}
    again = []
    for k, text in own:
        for words, line in text.paragraphs.items():
            if (first := stood.setdefault(words, k)) != k:
                again.append(Example((overlap.texts[first].first(i), text.first(i)), quote(line)))
    n_paragraphs = sum(len(text.paragraphs) for _, text in own)
    yield Finding("shared-paragraphs", where, len(again), n_paragraphs, limits.cut(again))


def _find_between(overlap: Overlap, i: int, j: int, limits: Limits) -> Iterator[Finding]:
    first, second = overlap.splits[i], overlap.splits[j]
    n_documents, where = len(second.documents), (first.name, second.name)
    ids = {document.id for document in first.documents}
    same = [Example((document.id,), "") for document in second.documents if document.id in ids]
    yield Finding("equal-ids", where, len(same), n_documents, limits.cut(same))
    own = [text for text in overlap.texts if text.homes[j]]
    copies = [Example((text.first(i), copy.id), "") for text in own if text.homes[i] for copy in text.homes[j]]
    yield Finding("equal-texts", where, len(copies), n_documents, limits.cut(copies))
    yield _find_near_texts(overlap, i, j, limits)
    stood: dict[tuple[str, ...], str] = {}
    for text in overlap.texts:
        if text.homes[i]:
            for words in text.paragraphs:
                stood.setdefault(words, text.first(i))
    again = [
        Example((stood[words], text.first(j)), quote(line))
        for text in own
        if not text.homes[i]
        for words, line in text.paragraphs.items()
        if words in stood
    ]
    n_paragraphs = sum(len(text.paragraphs) for text in own)
    yield Finding("shared-paragraphs", where, len(again), n_paragraphs, limits.cut(again))
    if i == 0:
        yield _find_seen(overlap, j, limits)


def _find_near_texts(overlap: Overlap, i: int, j: int, limits: Limits) -> Finding:
    """Tell which texts of one split are near a text of another, or near an earlier one if both are the same.

    What is equal has been told, and is not told again.
    """
    found: list[tuple[float, Example]] = []
    n_texts = 0
    for k, text in enumerate(overlap.texts):
        if not text.homes[j]:
            continue
        n_texts += 1
        if i != j and text.homes[i]:
            continue
        others = [
            (index, other)
            for other, index in overlap.near[k]
            if overlap.texts[other].homes[i] and (i != j or other < k)
        ]
        if others:
            index, other = max(others)
            documents = (overlap.texts[other].first(i), text.first(j))
            found.append((index, Example(documents, f"Jaccard {index:.2f}")))
    found.sort(key=lambda pair: -pair[0])
    where = (overlap.splits[i].name, overlap.splits[j].name)
    examples = limits.cut([example for _, example in found])
    return Finding("near-duplicates", where if i != j else where[:1], len(found), n_texts, examples)


def _find_seen(overlap: Overlap, j: int, limits: Limits) -> Finding:
    """Count the shingles of a split that the training part has, a shingle once for each document."""
    training = [k for k, text in enumerate(overlap.texts) if text.homes[0]]
    in_training = (overlap.shingles[training].getnnz(axis=0) > 0).astype(np.int64)
    seen, sizes = (overlap.shingles @ in_training).tolist(), overlap.shingles.getnnz(axis=1).tolist()
    own = [(seen[k], sizes[k], document.id) for k, text in enumerate(overlap.texts) for document in text.homes[j]]
    ranked = sorted((-n_seen / size, name) for n_seen, size, name in own if n_seen)
    examples = [Example((name,), f"{-share:.1%}") for share, name in ranked]
    where = (overlap.splits[0].name, overlap.splits[j].name)
    return Finding("seen-text", where, sum(n for n, _, _ in own), sum(n for _, n, _ in own), limits.cut(examples))
