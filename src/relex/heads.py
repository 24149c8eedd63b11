"""All scorers of one schema, and how mentions and pairs are handed to them."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from relex.config import ModelConfig
from relex.encoding import Ints
from relex.layers import LinkScorer, MentionEncoder, PairLogits, RelationScorer, SpanScorer, Words
from relex.pairs import Spans, distances, surface_features
from relex.schema import Schema

_PAIR_CHUNK = 32768


class Heads(nn.Module):
    """All scorers of one schema."""

    def __init__(self, schema: Schema, *, width: int, config: ModelConfig) -> None:
        super().__init__()
        n_types, n_relations = len(schema.mention_types), len(schema.relation_types)
        hidden, dropout = config.hidden, config.dropout
        self.schema = schema
        self.spans = SpanScorer(
            width,
            hidden=hidden,
            rank=config.span_rank,
            n_types=n_types,
            max_words=config.max_span_words,
            dropout=dropout,
        )
        self.mentions = MentionEncoder(width, hidden=hidden, n_types=n_types, dropout=dropout)
        self.coreference = LinkScorer(hidden, dropout=dropout)
        self.membership = LinkScorer(hidden, dropout=dropout)
        self.relations = RelationScorer(
            width, hidden=hidden, n_types=n_types, n_relations=max(n_relations, 1), dropout=dropout
        )

    def represent_mentions(self, words: Words, starts: Ints, ends: Ints, types: Ints) -> Tensor:
        """Return [M, h] for mentions given as word ranges and label numbers."""
        device = words.starts.device
        mentions: Tensor = self.mentions(words, *(torch.from_numpy(x).to(device) for x in (starts, ends, types)))
        return mentions

    def link(self, scorer: LinkScorer, mentions: Tensor, spans: Spans, pairs: Ints) -> Tensor:
        """Return [P] logits of mention pairs under one of the link scorers."""
        chunks = []
        prepared = scorer.prepare(mentions)
        for chunk in _chunks(pairs):
            chunks.append(
                scorer.score(
                    mentions,
                    prepared,
                    torch.from_numpy(chunk).to(mentions.device),
                    torch.from_numpy(distances(spans, chunk)).to(mentions.device),
                    torch.from_numpy(surface_features(spans.surfaces, chunk)).to(mentions.device),
                )
            )
        return torch.cat(chunks) if chunks else mentions.new_zeros(0)

    def relate(self, words: Words, mentions: Tensor, spans: Spans, pairs: Ints) -> PairLogits:
        """Return the relation and status logits of mention pairs."""
        parts = list(self.relate_chunks(words, mentions, spans, pairs))
        if not parts:
            n_relations = self.relations.n_relations
            return PairLogits(mentions.new_zeros(0, n_relations), mentions.new_zeros(0, n_relations, 3))
        return PairLogits(torch.cat([p.relations for p in parts]), torch.cat([p.statuses for p in parts]))

    def relate_chunks(self, words: Words, mentions: Tensor, spans: Spans, pairs: Ints) -> Iterator[PairLogits]:
        """Yield the relation and status logits of mention pairs, run by run, so that not all need be held."""
        device = mentions.device
        starts, ends, types = (torch.from_numpy(x).to(device) for x in (spans.starts, spans.ends, spans.types))
        inputs = self.relations.prepare(words, mentions)
        for chunk in _chunks(pairs):
            places = torch.from_numpy(distances(spans, chunk)).to(device)
            yield self.relations.score(inputs, starts, ends, types, torch.from_numpy(chunk).to(device), places)


def _chunks(pairs: Ints) -> list[Ints]:
    return [pairs[i : i + _PAIR_CHUNK] for i in range(0, len(pairs), _PAIR_CHUNK)]
