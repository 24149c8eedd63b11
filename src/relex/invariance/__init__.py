"""Answers under changes that should change nothing: case, spaces, quotes, hyphens, place in the text, batch size.

Whatever reads texts is passed in as a function. The answer to a changed text is brought back to the original text by
the offsets and compared with the answer to that; what is said of added text alone is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from relex.alignment import Pair
from relex.document import Document
from relex.errors import InputError
from relex.evaluation import choose_schema
from relex.invariance.changes import CHANGES, PARAGRAPH, Change, Changed, carry, rewrite
from relex.invariance.summary import INVARIANCE_MEASURES, ChangedAnswers, Invariance, Kept
from relex.metrics import digest
from relex.schema import Schema

__all__ = [
    "CHANGES",
    "INVARIANCE_MEASURES",
    "PARAGRAPH",
    "BatchReader",
    "Change",
    "Changed",
    "ChangedAnswers",
    "Invariance",
    "Kept",
    "Reader",
    "carry",
    "check_batch_sizes",
    "check_invariance",
    "rewrite",
]

Reader = Callable[[Sequence[str]], Iterable[Document]]
"""Reads texts and returns a document for each, in order."""

BatchReader = Callable[[Sequence[str], int], Iterable[Document]]
"""The same with a batch size, whatever the reader counts by it."""


def check_invariance(
    reader: Reader, texts: Iterable[str], *, changes: Sequence[Change] = CHANGES, schema: Schema | None = None
) -> Invariance:
    """Read texts as they are and under each change, and compare the answers.

    `schema` says which relations are symmetric; by default it is chosen from the answers to the texts as they are,
    as `evaluate` chooses it from gold.

    Raises:
        InputError: no texts, or a reader that does not return one document for each text, in order, with that text.
    """
    texts = _check_texts(texts)
    before = _check_answers(reader(texts), texts)
    symmetric = _symmetric(before, schema)
    answers = []
    for change in changes:
        changed = [change.apply(text) for text in texts]
        altered = [i for i, text in enumerate(texts) if changed[i].text != text]
        given = [changed[i].text for i in altered]
        after = _check_answers(reader(given), given) if given else []
        kept = (
            _compare(before[i], answer, changed[i], text=i, symmetric=symmetric)
            for i, answer in zip(altered, after, strict=True)
        )
        answers.append(ChangedAnswers(change.name, change.description, tuple(kept)))
    return Invariance(tuple(answers), "unchanged", *_digest(texts, symmetric))


def check_batch_sizes(
    reader: BatchReader, texts: Iterable[str], *, sizes: Sequence[int], schema: Schema | None = None
) -> Invariance:
    """Read texts in batches of several sizes, and compare the answers with those at the first size.

    Raises:
        InputError: as `check_invariance` does, and fewer than two sizes.
    """
    if len(sizes) < 2:
        raise InputError(f"nothing to compare at batch sizes {list(sizes)}; give two or more, such as [1, 8, 64]")
    texts = _check_texts(texts)
    before, *others = (_check_answers(reader(texts, size), texts) for size in sizes)
    symmetric = _symmetric(before, schema)
    answers = []
    for size, after in zip(sizes[1:], others, strict=True):
        kept = (
            _compare(*pair, rewrite(texts[i]), text=i, symmetric=symmetric)
            for i, pair in enumerate(zip(before, after, strict=True))
        )
        answers.append(ChangedAnswers(f"batch-size-{size}", f"batches of {size}", tuple(kept)))
    return Invariance(tuple(answers), f"batch-size-{sizes[0]}", *_digest(texts, symmetric))


def _digest(texts: Sequence[str], symmetric: frozenset[str]) -> tuple[str, int, str]:
    return digest(sorted(texts)), len(texts), digest(sorted(symmetric))


def _check_texts(texts: Iterable[str]) -> tuple[str, ...]:
    if isinstance(texts, str):
        raise InputError("texts is a single string; give a list of texts")
    texts = tuple(texts)
    if not texts:
        raise InputError("no texts to read; give some that the reader has answers to")
    return texts


def _check_answers(answers: Iterable[Document], texts: Sequence[str]) -> list[Document]:
    documents = [] if isinstance(answers, Document) else list(answers)
    if isinstance(answers, Document) or not all(isinstance(own, Document) for own in documents):
        raise InputError(
            "the reader must return a list of relex.Document, one for each text of the list that it is given"
        )
    if len(documents) != len(texts):
        raise InputError(
            f"the reader returned {len(documents)} documents for {len(texts)} texts; it must return one for each"
        )
    for i, (document, text) in enumerate(zip(documents, texts, strict=True), 1):
        if document.text != text:
            raise InputError(
                f"document {i} of the reader has another text than it was given: {document.text[:20]!r} and not "
                f"{text[:20]!r}; it must keep texts as they are, in order"
            )
    return documents


def _symmetric(documents: Sequence[Document], schema: Schema | None) -> frozenset[str]:
    return (choose_schema(documents) if schema is None else schema).symmetric


def _compare(before: Document, after: Document, changed: Changed, *, text: int, symmetric: frozenset[str]) -> Kept:
    """Compare the answer to a text with the answer to the same text changed; `text` is its position."""
    back, n_mentions, n_facts = _bring_back(after, before.text, changed)
    mentions = [{(m.start, m.end, m.type) for m in side.mentions} for side in (before, back)]
    facts = [set(side.items()) for side in Pair(before, back, symmetric).facts]
    same = mentions[0] == mentions[1] and facts[0] == facts[1] and _chains(before) == _chains(back)
    return Kept(
        text=text,
        mentions=len(mentions[0] & mentions[1]),
        any_mentions=len(mentions[0] | mentions[1]) + n_mentions,
        facts=len(facts[0] & facts[1]),
        any_facts=len(facts[0] | facts[1]) + n_facts,
        unchanged=same and not n_mentions and not n_facts,
    )


def _bring_back(after: Document, text: str, changed: Changed) -> tuple[Document, int, int]:
    """Return the answer to a changed text on the original, and how many mentions and relations have no place there."""
    mentions = []
    n_mentions = 0
    added = {entity for mention in after.mentions for entity in mention.entities}
    for mention in after.mentions:
        if changed.is_added(mention.start, mention.end):
            continue
        added -= set(mention.entities)
        if span := changed.trace(mention.start, mention.end):
            mentions.append(replace(mention, start=span[0], end=span[1]))
        else:
            n_mentions += 1
    present = {entity for mention in mentions for entity in mention.entities}
    relations = []
    n_relations = 0
    for relation in after.relations:
        ends = {relation.head, relation.tail}
        if ends <= present:
            relations.append(replace(relation, evidence=()))
        elif not ends <= added:
            n_relations += 1
    return Document(after.id, text, tuple(mentions), tuple(relations)), n_mentions, n_relations


def _chains(document: Document) -> Counter[frozenset[tuple[int, int]]]:
    """Return the mentions of every entity, whatever the entities are called."""
    return Counter(frozenset((m.start, m.end) for m in entity.mentions) for entity in document.entities)
