"""The one place that composes: text in, document out."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence, Sized
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
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
from relex.formats.evidence import STATED
from relex.grounding import ground
from relex.heads import Heads
from relex.intake import POOL_DOCUMENTS, as_document, batch_by_length, name_texts, pool_documents
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
    count_near,
    member_pairs,
    relation_pairs,
)
from relex.schema import Schema

_logger = logging.getLogger(__name__)

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
        self._info = deepcopy(info or {})
        self._precision = precision

    def __call__(self, text: str | Document) -> Document:
        """Return a text, or a document's text, with its mentions, entities and relations.

        A bare text becomes the document `text-1`. To write several to one file, give each an id of its own:
        `extractor(relex.Document("my-id", text))`; or read them with `pipe`.

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
            self._tell_cut(document, spans)
            memberships = known.memberships if known else None
            if memberships is None:
                memberships = self._find_entities(mentions, spans)
            pairs = relation_pairs(
                spans, self._allowed, max_words=config.max_pair_words, max_mentions=config.max_pair_mentions
            )
            related = heads.relate_chunks(words, mentions, spans, pairs)
            chunks = ((_array(own.relations), _array(own.statuses)) for own in related)
            pooled, logits = pool_relations(
                spans, memberships, pairs, chunks, schema=self.schema, allowed=self._allowed
            )
        return Analysis(spans, reading.characters(spans), sigmoid(found.logits), memberships, pairs, logits, pooled)

    def build(self, document: Document, analysis: Analysis, *, config: DecodeConfig | None = None) -> Document:
        """Choose relations, by the extractor's settings or others, and put everything into a document."""
        relations = find_relations(
            analysis.pooled, analysis.pair_logits, schema=self.schema, config=config or self.config
        )
        # What metadata says of the relations that a document had is not true of these.
        meta = {key: value for key, value in document.meta.items() if key not in STATED}
        draft = Document(document.id, document.text, tuple(self._mentions(analysis)), meta=meta)
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

        Texts are read together in runs: of up to 64 texts and some 200,000 characters, and one of 20,000 characters
        or more by itself. A list is read in full runs from the start; of any other iterable, the first result takes
        one text, and later runs grow. Bare texts become `text-1`, `text-2` and so on by their place, past the ids of
        documents before them. What was read before an error is yielded before it is raised.

        Args:
            texts: any iterable of texts or documents; of a document, id, text and metadata are kept.
            batch_size: how many word pieces the encoder reads at once; chosen by relex if None.
            progress: whether to show a progress bar on standard error.

        Raises:
            InputError: no iterable of texts, or a batch size that is no positive whole number; and where it stands, an
                item that is no text.
            DocumentError: lone surrogates in a text, where it stands.
        """
        if isinstance(texts, str | bytes) or not isinstance(texts, Iterable):
            raise InputError(
                "pipe takes an iterable of texts; for a single text call the extractor itself; "
                f"this is {type(texts).__name__}"
            )
        if batch_size is not None and type(batch_size) is not int:
            raise InputError(f"batch_size must be a whole number of word pieces, not {batch_size!r}")
        if batch_size is not None and batch_size < 1:
            raise InputError(f"batch_size must be positive, not {batch_size}")
        results = self._pipe(texts, batch_size or BATCH_PIECES)
        return iter(track(results, description="reading", console=Console(stderr=True))) if progress else results

    def info(self) -> dict[str, Any]:
        """Return what the model is: versions, encoder, data, scores."""
        return deepcopy(self._info)

    def _pipe(self, texts: Iterable[str | Document], batch_pieces: int) -> Iterator[Document]:
        # Who gives a list has all its texts already; a stream may have to wait for them.
        first = POOL_DOCUMENTS if isinstance(texts, Sized) else 1
        for pool in pool_documents(name_texts(texts), first=first):
            encoded = [self.reader.encode(document) for document in pool]
            results: dict[int, Document] = {}
            for chosen in batch_by_length(encoded, batch_pieces):
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

    def _tell_cut(self, document: Document, spans: Spans) -> None:
        most = self.config.max_pair_mentions
        counts = count_near(spans, max_words=self.config.max_pair_words)
        if cut := int(np.maximum(counts - most, 0).sum()):
            _logger.warning(
                "%s: %d of %d pairs of mentions near each other were not compared, as each mention is compared with "
                "the %d that follow it; raise max_pair_mentions to compare more",
                document.id,
                cut,
                int(counts.sum()),
                most,
            )

    def _find_entities(self, mentions: Tensor, spans: Spans) -> Memberships:
        heads, max_words, max_mentions = self._head, self.config.max_pair_words, self.config.max_pair_mentions
        same = coreference_pairs(spans, max_words=max_words, max_mentions=max_mentions)
        members = member_pairs(spans, max_words=max_words, max_mentions=max_mentions)
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


def _array(tensor: Tensor) -> Floats:
    array: Floats = tensor.float().cpu().numpy()
    return array
