"""The one place that composes: text in, document out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.progress import track
from tokenizers import Tokenizer

from relex.batch import collate
from relex.config import DecodeConfig
from relex.decode import (
    FoundRelation,
    PooledPairs,
    find_entities,
    find_relations,
    find_spans,
    name_entities,
    pool_relations,
    sigmoid,
)
from relex.document import Document, Evidence, Mention, Relation, choose_name
from relex.encoding import Encoded, encode
from relex.errors import InputError
from relex.grounding import ground
from relex.layers import Words
from relex.model import Heads, RelexModel, allowed_types
from relex.pairs import Memberships, Reading, Spans, coreference_pairs, member_pairs, relation_pairs
from relex.schema import Schema

_POOL_DOCUMENTS = 64
_POOL_CHARACTERS = 200_000
_CHARACTERS_PER_PIECE = 4


@dataclass(frozen=True, slots=True)
class Reader:
    """What turns text into the encoder's input: a tokenizer and the special pieces that frame a window."""

    tokenizer: Tokenizer
    special: tuple[int, int]
    pad: int
    window_pieces: int
    window_overlap: int

    def encode(self, document: Document) -> Encoded:
        """Encode a document; see `relex.encoding.encode`."""
        return encode(
            document, self.tokenizer, window_pieces=self.window_pieces, window_overlap=self.window_overlap
        )


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a model says of one document before relations are chosen: mentions, entities, scored entity pairs."""

    spans: Spans
    characters: list[tuple[int, int]]
    scores: np.ndarray
    memberships: Memberships
    pairs: np.ndarray
    pair_logits: np.ndarray
    pooled: PooledPairs


class Extractor:
    """Reads texts and returns what they say: `extractor(text)` gives a `Document`.

    Attributes:
        schema: what it tags.
        config: thresholds and calibration.
    """

    def __init__(
        self,
        model: RelexModel,
        reader: Reader,
        *,
        head: str,
        config: DecodeConfig,
        info: dict[str, Any] | None = None,
        precision: torch.dtype = torch.float32,
    ) -> None:
        self.model = model.eval()
        self.reader = reader
        self.config = config
        self.schema: Schema = model.head(head).schema
        self._head: Heads = model.head(head)
        self._allowed = allowed_types(self.schema)
        self._info = dict(info or {})
        self._precision = precision

    def __call__(self, text: str | Document) -> Document:
        """Return a text, or a document's text, with its mentions, entities and relations.

        Raises:
            InputError: not a string.
            DocumentError: lone surrogates in the text.
        """
        return next(iter(self.pipe([text])))

    def pipe(
        self, texts: Iterable[str | Document], *, batch_size: int | None = None, progress: bool = False
    ) -> Iterator[Document]:
        """Yield a document for each text, lazily and in order.

        Args:
            texts: any iterable of texts or documents; of a document, id, text and metadata are kept.
            batch_size: how many word pieces the encoder reads at once; chosen by the machine if None.
            progress: whether to show a progress bar on standard error.
        """
        if batch_size is not None and batch_size < 1:
            raise InputError(f"batch_size must be positive, not {batch_size}")
        results = self._pipe(texts, batch_size or 4096)
        return track(results, description="reading", console=Console(stderr=True)) if progress else results

    def analyse(self, documents: Sequence[Document], *, batch_pieces: int = 4096) -> list[Analysis]:
        """Run the model over documents: one encoder pass for each window."""
        encoded = [self.reader.encode(document) for document in documents]
        batch = collate(encoded, special=self.reader.special, pad=self.reader.pad)
        with torch.inference_mode():
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self._precision is torch.bfloat16):
                words = self.model.represent(batch, max_pieces=batch_pieces)
            counts = [own.n_words for own in encoded]
            parts = zip(words.starts.split(counts), words.ends.split(counts), strict=True)
            return [
                self._analyse(Reading((document.text,), (own,)), Words(starts, ends, torch.zeros(len(starts), dtype=torch.long)))
                for document, own, (starts, ends) in zip(documents, encoded, parts, strict=True)
            ]

    def info(self) -> dict[str, Any]:
        """Return what the model is: versions, encoder, data, scores."""
        return dict(self._info)

    def _pipe(self, texts: Iterable[str | Document], batch_pieces: int) -> Iterator[Document]:
        for pool in _pools(self._documents(texts)):
            yield from self._extract(pool, batch_pieces)

    def _extract(self, documents: Sequence[Document], batch_pieces: int) -> Iterator[Document]:
        # Documents of like length share a batch, so that little is padding; order is restored after.
        order = sorted(range(len(documents)), key=lambda i: len(documents[i].text))
        results: list[Document | None] = [None] * len(documents)
        for chosen in _batches(order, documents, batch_pieces):
            analyses = self.analyse([documents[i] for i in chosen], batch_pieces=batch_pieces)
            for i, analysis in zip(chosen, analyses, strict=True):
                results[i] = self.build(documents[i], analysis)
        return (document for document in results if document is not None)

    def _analyse(self, reading: Reading, words: Words) -> Analysis:
        heads, limit = self._head, self.config.max_pair_words
        found = find_spans(heads.spans(words).numpy(), threshold=self.config.mention_threshold)
        starts, ends, types = (torch.from_numpy(x) for x in (found.starts, found.ends, found.types))
        mentions = heads.mentions(words, starts, ends, types)
        groups = sigmoid(heads.mentions.score_groups(mentions).numpy()) > self.config.group_threshold
        spans = reading.spans(found.starts, found.ends, found.types, groups)
        same = coreference_pairs(spans, max_words=limit)
        members = member_pairs(spans, max_words=limit)
        memberships = find_entities(
            spans,
            (same, heads.link(heads.coreference, mentions, spans, same).numpy()),
            (members, heads.link(heads.membership, mentions, spans, members).numpy()),
            config=self.config,
        )
        pairs = relation_pairs(spans, self._allowed.any(axis=0), max_words=limit)
        logits = heads.relate(words, mentions, spans, pairs)
        relations, statuses = logits.relations.numpy(), logits.statuses.numpy()
        pooled = pool_relations(
            spans, memberships, pairs, relations, statuses, schema=self.schema, allowed=self._allowed
        )
        characters = [reading.characters(0, s, e) for s, e in zip(found.starts.tolist(), found.ends.tolist(), strict=True)]
        return Analysis(spans, characters, sigmoid(found.logits), memberships, pairs, relations, pooled)

    def build(self, document: Document, analysis: Analysis) -> Document:
        """Choose relations and put everything into a document with readable entity ids."""
        relations = find_relations(analysis.pooled, analysis.pair_logits, schema=self.schema, config=self.config)
        mentions = self._mentions(analysis)
        by_entity: dict[str, list[Mention]] = {}
        for mention in mentions:
            for entity in mention.entities:
                by_entity.setdefault(entity, []).append(mention)
        names = name_entities([choose_name(document.text, own) for own in by_entity.values()])
        ids = dict(zip(by_entity, names, strict=True))
        named = [
            Mention(m.start, m.end, m.type, tuple(ids[entity] for entity in m.entities), m.score) for m in mentions
        ]
        facts = [self._relation(relation, analysis, mentions, ids) for relation in relations]
        found = Document(document.id, document.text, tuple(named), tuple(facts), document.meta)
        return Document(found.id, found.text, found.mentions, found.relations, found.meta, ground(found))

    def _mentions(self, analysis: Analysis) -> list[Mention]:
        spans, members = analysis.spans, analysis.memberships
        entities: list[list[str]] = [[] for _ in range(len(spans))]
        for mention, entity in zip(members.mentions.tolist(), members.entities.tolist(), strict=True):
            entities[mention].append(str(entity))
        return [
            Mention(start, end, self.schema.mention_names[type_id], tuple(own), round(float(score), 4))
            for (start, end), type_id, own, score in zip(
                analysis.characters, spans.types.tolist(), entities, analysis.scores, strict=True
            )
        ]

    def _relation(
        self, found: FoundRelation, analysis: Analysis, mentions: Sequence[Mention], ids: dict[str, str]
    ) -> Relation:
        evidence = []
        for pair in found.pairs:
            head, tail = (mentions[i] for i in analysis.pairs[pair])
            evidence.append(Evidence((head.start, head.end), (tail.start, tail.end)))
        return Relation(
            ids[str(found.head)],
            self.schema.relation_names[found.relation],
            ids[str(found.tail)],
            found.status,
            round(found.score, 4),
            tuple(evidence),
        )

    def _documents(self, texts: Iterable[str | Document]) -> Iterator[Document]:
        if isinstance(texts, str | bytes):
            raise InputError("pipe takes an iterable of texts; for a single text call the extractor itself")
        for i, text in enumerate(texts):
            if isinstance(text, Document):
                yield Document(text.id, text.text, meta=text.meta)
            elif isinstance(text, str):
                yield Document(f"text-{i + 1}", text)
            else:
                raise InputError(f"text {i + 1} is {type(text).__name__}, not a string; decode bytes, read files with relex.read")


def _pools(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Yield documents in runs that are read together: enough to sort by length, few enough to hold."""
    pool: list[Document] = []
    characters = 0
    for document in documents:
        pool.append(document)
        characters += len(document.text)
        if len(pool) >= _POOL_DOCUMENTS or characters >= _POOL_CHARACTERS:
            yield pool
            pool, characters = [], 0
    if pool:
        yield pool


def _batches(order: Sequence[int], documents: Sequence[Document], batch_pieces: int) -> Iterator[list[int]]:
    """Yield runs of document numbers whose texts fill a batch; every document is in one, however long."""
    chosen: list[int] = []
    size = 0
    for i in order:
        pieces = len(documents[i].text) // _CHARACTERS_PER_PIECE + 1
        if chosen and size + pieces > batch_pieces:
            yield chosen
            chosen, size = [], 0
        chosen.append(i)
        size += pieces
    if chosen:
        yield chosen
