"""Training examples: documents as arrays and back, side by side in batches, drawn as their weights say."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

import tiny
from relex.config import Corpus
from relex.document import STATUSES, Document, Mention
from relex.encoding import Encoded, align, encode
from relex.errors import SchemaError, TrainingError
from relex.extractor import Reader
from relex.loss import Targets
from relex.pairs import Reading
from relex.schema import Schema, builtin_schema
from relex.training.examples import Example, build_dataset, gather, load_example
from relex.training.trainer import PieceSampler

SCHEMA = builtin_schema()
TOKENIZER = tiny.make_tokenizer()
WINDOW = {"window_pieces": 40, "window_overlap": 10}


def examples(documents: tuple[Document, ...], *, schema: Schema = SCHEMA, longest: int = 8) -> list[Example]:
    reader = Reader(TOKENIZER, (0, 0), 0, **WINDOW)
    dataset = build_dataset(Corpus(path="tests", head="h"), documents, schema, reader, max_span_words=longest)
    return [load_example(row) for row in dataset]


def told(reading: Reading, targets: Targets, schema: Schema = SCHEMA) -> list[Document]:
    """Turn a batch back into documents, entities being called by their numbers."""
    spans = reading.spans(targets.starts, targets.ends, targets.types, targets.groups)
    found = []
    for i, text in enumerate(reading.texts):
        mentions = []
        for m in np.flatnonzero(spans.documents == i):
            ids = targets.memberships.entities[targets.memberships.mentions == m]
            start, end = reading.characters(spans)[m]
            kind = schema.mention_names[int(targets.types[m])]
            mentions.append(Mention(start, end, kind, tuple(f"e{e}" for e in ids)))
        found.append(Document("d", text, tuple(mentions)))
    return found


@pytest.mark.parametrize("document", tiny.DOCUMENTS, ids=lambda document: document.id)
def test_an_example_is_its_document(document: Document) -> None:
    (example,) = examples((document,))
    expected = encode(document, TOKENIZER, **WINDOW)
    for name in Encoded.__slots__:
        assert np.array_equal(getattr(example.encoded, name), getattr(expected, name)), name
    assert (example.id, example.text, example.head) == (document.id, document.text, "h")
    words = align(expected, document.mentions).tolist()
    labels = [SCHEMA.mention_names.index(m.type) for m in document.mentions]
    groups = [int(m.is_group) for m in document.mentions]
    assert example.mentions.tolist() == [[*w, t, g] for w, t, g in zip(words, labels, groups, strict=True)]
    ids = [entity.id for entity in document.entities]
    pairs = [[i, ids.index(e)] for i, m in enumerate(document.mentions) for e in m.entities]
    assert example.memberships.tolist() == pairs
    assert [SCHEMA.mention_names[t] for t in example.entity_types] == [e.type for e in document.entities]
    facts = Counter()  # type: ignore[var-annotated]
    for head, label, tail, status in example.relations.tolist():
        facts[ids[head], SCHEMA.relation_names[label], ids[tail], STATUSES[status]] += 1
    stated = Counter((r.head, r.type, r.tail, r.status) for r in document.relations)
    # What has no direction is learnt in both.
    stated += Counter((r.tail, r.type, r.head, r.status) for r in document.relations if r.type in SCHEMA.symmetric)
    assert facts == stated


def test_a_batch_numbers_words_mentions_and_entities_through() -> None:
    empty = Document("empty", "", ())
    documents = (tiny.DOCUMENTS[0], tiny.DOCUMENTS[1], Document("bare", "Oslo ."), *tiny.DOCUMENTS[2:])
    assert len(examples((*documents, empty))) == len(documents), "a document without words is none"
    reading, targets = gather(examples(documents))
    found = told(reading, targets)
    for document, own in zip(documents, found, strict=True):
        assert own.text == document.text
        assert [(m.start, m.end, m.type) for m in own.mentions] == [(m.start, m.end, m.type) for m in document.mentions]
        # Entities are the same up to their names.
        ids = [[e for m in side.mentions for e in m.entities] for side in (document, own)]
        names = set(zip(*ids, strict=True))
        assert len(names) == len(set(ids[0])) == len(set(ids[1]))
    assert targets.relations[:, [0, 2]].max() < len(targets.entity_types)
    for head, label, tail, _ in targets.relations.tolist():
        kind = SCHEMA.relation_types[label]
        assert SCHEMA.mention_names[targets.entity_types[head]] in kind.head
        assert SCHEMA.mention_names[targets.entity_types[tail]] in kind.tail


def test_what_cannot_be_learnt_is_left_out_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    first = tiny.DOCUMENTS[2]
    torn = replace(first, mentions=(*first.mentions, Mention(5, 7, "GPE", ("torn",))))
    with caplog.at_level(logging.WARNING):
        (example,) = examples((torn,), longest=3)
    assert "tests: 2 of 11 mentions cannot be learnt: 1 have a border inside a word, 1 are longer than" in caplog.text
    assert "max_span_words = 3; check the offsets, or raise max_span_words" in caplog.text
    assert len(example.mentions) == 9
    assert len(example.entity_types) == len(torn.entities)


def test_nothing_to_learn_from_is_an_error() -> None:
    bare = Document("bare", "Oslo .")
    torn = Document("torn", "Oslo .", (Mention(0, 2, "GPE", ("os",)),))
    for documents in ((bare,), (torn,), ()):
        with pytest.raises(TrainingError, match="corpus tests has no mention to learn from; is it annotated"):
            examples(documents)


def test_unknown_labels_are_an_error() -> None:
    with pytest.raises(SchemaError, match="document 'a' does not fit schema 'diplomatic': unknown mention type PER"):
        examples(tiny.PLAIN_DOCUMENTS)


class TestSampler:
    PIECES = (10, 20, 30, 40, 50, 60, 15, 25, 35, 200)
    HEADS = ("a",) * 6 + ("b",) * 4

    def sampler(self, weights: tuple[float, ...] = (1.0,) * 10, *, seed: int = 1) -> PieceSampler:
        return PieceSampler(self.PIECES, self.HEADS, weights, batch_pieces=100, seed=seed)

    def drawn(self, sampler: PieceSampler, epoch: int) -> list[list[int]]:
        sampler.set_epoch(epoch)
        return list(sampler)

    def test_an_epoch_sees_every_document_once(self) -> None:
        sampler = self.sampler()
        assert sorted(i for batch in self.drawn(sampler, 0) for i in batch) == list(range(10))

    @pytest.mark.parametrize("epoch", range(10))
    def test_batches_are_filled_but_not_beyond_their_size_and_of_one_head(self, epoch: int) -> None:
        for batch in self.drawn(self.sampler(), epoch):
            longest = max(self.PIECES[i] for i in batch)
            # A document longer than a batch has one of its own.
            assert longest * len(batch) <= 100 or len(batch) == 1
            assert len({self.HEADS[i] for i in batch}) == 1

    def test_epochs_differ_and_repeat_themselves(self) -> None:
        one, other = self.sampler(), self.sampler()
        epochs = [self.drawn(one, epoch) for epoch in range(5)]
        assert epochs == [self.drawn(other, epoch) for epoch in range(5)]
        assert any(epoch != epochs[0] for epoch in epochs[1:])
        assert any(self.drawn(self.sampler(seed=2), epoch) != epochs[epoch] for epoch in range(5))

    def test_every_epoch_has_one_length(self) -> None:
        sampler = self.sampler((0.5,) * 10)
        assert {len(self.drawn(sampler, epoch)) for epoch in range(30)} == {len(sampler)}

    def test_weights_say_how_often_a_document_is_seen(self) -> None:
        weights = (1.0, 2.0, 0.5, 2.5, 1.0, 1.0, 1.0, 1.0, 0.25, 1.0)
        sampler = self.sampler(weights)
        seen = Counter(i for epoch in range(400) for batch in sampler._fill(epoch) for i in batch)
        for i, weight in enumerate(weights):
            assert seen[i] / 400 == pytest.approx(weight, abs=0.1)

    def test_an_epoch_is_never_empty(self) -> None:
        sampler = PieceSampler((10,), ("a",), (0.01,), batch_pieces=100, seed=1)
        assert all(self.drawn(sampler, epoch) == [[0]] for epoch in range(50))


def test_a_changed_form_is_a_row_with_its_share_of_the_weight() -> None:
    reader = Reader(TOKENIZER, (0, 0), 0, **WINDOW)
    corpus = Corpus(path="tests", head="h", weight=0.5)
    first = tiny.DOCUMENTS[0]
    dataset = build_dataset(corpus, [first], SCHEMA, reader, max_span_words=8, changes={"upper-case": 0.2})
    assert dataset["text"][:] == [first.text, first.text.upper()]
    assert dataset["weight"][:] == pytest.approx([0.4, 0.1])
