"""The one place that composes: text in, document out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from rich.console import Console
from rich.progress import track
from tokenizers import Tokenizer
from torch import Tensor

from relex.batch import collate
from relex.config import DecodeConfig
from relex.decode import (
    FoundRelation,
    FoundSpans,
    PooledPairs,
    check_finite,
    find_entities,
    find_relations,
    find_spans,
    forbid_line_breaks,
    pool_relations,
    sigmoid,
)
from relex.document import Document, Evidence, Mention, Relation
from relex.encoding import Encoded, Ints, encode
from relex.errors import InputError
from relex.grounding import ground
from relex.heads import Heads
from relex.layers import Words
from relex.model import RelexModel
from relex.naming import make_ids
from relex.pairs import (
    Bools,
    Floats,
    Memberships,
    Reading,
    Spans,
    allowed_types,
    coreference_pairs,
    member_pairs,
    relation_pairs,
)
from relex.schema import Schema

_POOL_DOCUMENTS = 64
_POOL_CHARACTERS = 200_000

BATCH_PIECES = 4096
"""How many word pieces the encoder reads at once unless told otherwise: enough for full speed, some 100 MB."""


@dataclass(frozen=True, slots=True)
class Reader:
    """What turns text into the encoder's input: a tokenizer and the special pieces that frame a window."""

    tokenizer: Tokenizer
    special: tuple[int, int]
    pad: int
    window_pieces: int
    window_overlap: int
    words: str = "marks"

    def encode(self, document: Document) -> Encoded:
        """Encode a document; see `relex.encoding.encode`."""
        return encode(
            document,
            self.tokenizer,
            window_pieces=self.window_pieces,
            window_overlap=self.window_overlap,
            words=self.words,
        )


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a model says of one document before relations are chosen: mentions, entities, scored entity pairs."""

    spans: Spans
    characters: list[tuple[int, int]]
    scores: Floats
    memberships: Memberships
    pairs: Ints
    pair_logits: Floats
    pooled: PooledPairs


@dataclass(frozen=True, slots=True)
class Known:
    """What a model is told in place of finding it: the mentions, and whom they name unless that is None."""

    found: FoundSpans
    groups: Bools
    memberships: Memberships | None = None


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
        document = as_document(text)
        encoded = self.reader.encode(document)  # characters become words, word pieces, windows
        (words,) = self.represent([encoded])  # one encoder pass a window: a pair of vectors a word
        analysis = self.analyse(document, encoded, words)  # mentions, who is who, scored relations
        return self.build(document, analysis)  # thresholds, evidence, readable ids, links

    def analyse(self, document: Document, encoded: Encoded, words: Words, *, known: Known | None = None) -> Analysis:
        """Read mentions, entities and scored relations off the words of one document.

        What is `known` is taken as it is; see `relex.ladder`.
        """
        heads, config, reading = self._head, self.config, Reading((document.text,), (encoded,))
        with torch.inference_mode():
            found = known.found if known else self._find_spans(document, encoded, words)
            mentions = heads.represent_mentions(words, found.starts, found.ends, found.types)
            groups = known.groups if known else self._find_groups(mentions)
            spans = reading.spans(found.starts, found.ends, found.types, groups)
            memberships = known.memberships if known else None
            if memberships is None:
                memberships = self._find_entities(mentions, spans)
            pairs = relation_pairs(spans, self._allowed, max_words=config.max_pair_words)
            related = heads.relate(words, mentions, spans, pairs)
            relations, statuses = _array(related.relations), _array(related.statuses)
            pooled = pool_relations(
                spans, memberships, pairs, relations, statuses, schema=self.schema, allowed=self._allowed
            )
        return Analysis(spans, reading.characters(spans), sigmoid(found.logits), memberships, pairs, relations, pooled)

    def build(self, document: Document, analysis: Analysis, *, config: DecodeConfig | None = None) -> Document:
        """Choose relations, by the extractor's settings or others, and put everything into a document."""
        relations = find_relations(
            analysis.pooled, analysis.pair_logits, schema=self.schema, config=config or self.config
        )
        draft = Document(document.id, document.text, tuple(self._mentions(analysis)), meta=document.meta)
        ids = {e.id: own for e, own in zip(draft.entities, make_ids([e.name for e in draft.entities]), strict=True)}
        mentions = tuple(replace(m, entities=tuple(ids[entity] for entity in m.entities)) for m in draft.mentions)
        facts = tuple(self._relation(relation, analysis, mentions, ids) for relation in relations)
        found = replace(draft, mentions=mentions, relations=facts)
        return replace(found, links=ground(found))

    def represent(self, encoded: Sequence[Encoded], *, batch_pieces: int = BATCH_PIECES) -> list[Words]:
        """Run the encoder once over each window and return the words of each document.

        Args:
            batch_pieces: how many word pieces the encoder reads at once.
        """
        device = self.model.device
        batch = collate(encoded, special=self.reader.special, pad=self.reader.pad).to(device)
        with (
            torch.inference_mode(),
            torch.autocast(device.type, dtype=torch.bfloat16, enabled=self._precision is torch.bfloat16),
        ):
            words = self.model.represent(batch, max_pieces=batch_pieces)
        counts = [own.n_words for own in encoded]
        parts = zip(words.starts.split(counts), words.ends.split(counts), words.documents.split(counts), strict=True)
        return [Words(starts, ends, documents) for starts, ends, documents in parts]

    def pipe(
        self, texts: Iterable[str | Document], *, batch_size: int | None = None, progress: bool = False
    ) -> Iterator[Document]:
        """Yield a document for each text, lazily and in order.

        Args:
            texts: any iterable of texts or documents; of a document, id, text and metadata are kept.
            batch_size: how many word pieces the encoder reads at once; chosen by relex if None.
            progress: whether to show a progress bar on standard error.
        """
        if isinstance(texts, str | bytes):
            raise InputError("pipe takes an iterable of texts; for a single text call the extractor itself")
        if batch_size is not None and batch_size < 1:
            raise InputError(f"batch_size must be positive, not {batch_size}")
        results = self._pipe(texts, batch_size or BATCH_PIECES)
        return iter(track(results, description="reading", console=Console(stderr=True))) if progress else results

    def info(self) -> dict[str, Any]:
        """Return what the model is: versions, encoder, data, scores."""
        return dict(self._info)

    def _pipe(self, texts: Iterable[str | Document], batch_pieces: int) -> Iterator[Document]:
        documents = (as_document(text, number=i) for i, text in enumerate(texts, 1))
        for pool in _pools(documents):
            encoded = [self.reader.encode(document) for document in pool]
            results: dict[int, Document] = {}
            for chosen in _batches(encoded, batch_pieces):
                words = self.represent([encoded[i] for i in chosen], batch_pieces=batch_pieces)
                for i, own in zip(chosen, words, strict=True):
                    results[i] = self.build(pool[i], self.analyse(pool[i], encoded[i], own))
            yield from (results[i] for i in range(len(pool)))

    def _find_spans(self, document: Document, encoded: Encoded, words: Words) -> FoundSpans:
        logits = forbid_line_breaks(_array(self._head.spans(words)), encoded.count_lines(document.text))
        return find_spans(logits, threshold=self.config.mention_threshold, nested=self.config.nested)

    def _find_groups(self, mentions: Tensor) -> Bools:
        plural = _array(self._head.mentions.score_groups(mentions))
        check_finite("group", plural)
        groups: Bools = sigmoid(plural) > self.config.group_threshold
        return groups

    def _find_entities(self, mentions: Tensor, spans: Spans) -> Memberships:
        heads, max_words = self._head, self.config.max_pair_words
        same = coreference_pairs(spans, max_words=max_words)
        members = member_pairs(spans, max_words=max_words)
        return find_entities(
            spans,
            (same, _array(heads.link(heads.coreference, mentions, spans, same))),
            (members, _array(heads.link(heads.membership, mentions, spans, members))),
            config=self.config,
        )

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
            round(found.score, 6),
            tuple(evidence),
        )


def as_document(text: str | Document, *, number: int = 1) -> Document:
    """Return a text as a document without layers; `number` makes its id if it has none."""
    if isinstance(text, Document):
        return Document(text.id, text.text, meta=text.meta)
    if isinstance(text, str):
        return Document(f"text-{number}", text)
    raise InputError(
        f"text {number} is {type(text).__name__}, not a string; decode bytes first, and read files with relex.read"
    )


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


def _batches(encoded: Sequence[Encoded], batch_pieces: int) -> Iterator[list[int]]:
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


def _array(tensor: Tensor) -> Floats:
    array: Floats = tensor.float().cpu().numpy()
    return array
