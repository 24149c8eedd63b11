"""The scorers that sit on the encoder: spans, mentions, links and relations.

Words and mentions of all documents of a batch lie in flat lists, so nothing is padded and a batch scores
as its members do alone. W words, L span lengths, S mention types, M mentions, P pairs, R relation types,
H encoder width, h head width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from relex.document import STATUSES
from relex.pairs import N_DISTANCES, N_SENTENCE_DISTANCES, SURFACE_FEATURES

_BLOCK = 256


@dataclass(frozen=True, slots=True)
class Words:
    """Encoder outputs at the first and the last piece of each word: two [W, H]."""

    starts: Tensor
    ends: Tensor
    documents: Tensor


@dataclass(frozen=True, slots=True)
class PairLogits:
    """What mention pairs say: `relations` [P, R] and `statuses` [P, R, 3] logits."""

    relations: Tensor
    statuses: Tensor


class SpanScorer(nn.Module):
    """Typed start × end scores of all spans up to a length.

    A low-rank bilinear form for each type, as in global-pointer models (Su et al., 2022,
    arXiv:2208.03054), with a bias for each span length in place of rotary positions. Each word inside adds a score
    of its own, so that the start of one name and the end of another do not make a span over all between.
    """

    def __init__(self, width: int, *, hidden: int, rank: int, n_types: int, max_words: int, dropout: float) -> None:
        super().__init__()
        self.n_types, self.rank, self.max_words = n_types, rank, max_words
        self.start = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Dropout(dropout))
        self.end = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Dropout(dropout))
        self.start_form = nn.Linear(hidden, n_types * rank)
        self.end_form = nn.Linear(hidden, n_types * rank)
        self.start_bias = nn.Linear(hidden, n_types)
        self.end_bias = nn.Linear(hidden, n_types)
        self.inside = nn.Linear(hidden, n_types)
        nn.init.zeros_(self.inside.weight)
        nn.init.zeros_(self.inside.bias)
        # Nearly all spans are none; starting there spares the first epochs learning it.
        self.length_bias = nn.Parameter(torch.full((max_words, n_types), -5.0))

    def forward(self, words: Words) -> Tensor:
        """Return [W, L, S] logits; spans that leave their document are -inf.

        Entry [w, l] is the span of words w to w + l, both included.
        """
        n_words = len(words.starts)
        start, end = self.start(words.starts), self.end(words.ends)
        start_form = self.start_form(start).view(n_words, self.n_types, self.rank)
        end_form = self.end_form(end).view(n_words, self.n_types, self.rank) / self.rank**0.5
        logits = band(start_form, end_form, width=self.max_words)
        places = torch.arange(n_words, device=start.device)[:, None] + torch.arange(self.max_words, device=start.device)
        inside = places < n_words
        places = places.clamp(max=max(n_words - 1, 0))
        # Summed up span by span, not along the text: differences of long sums would lose digits.
        logits = logits + self.inside(start)[places].cumsum(dim=1)
        logits = logits + self.start_bias(start)[:, None] + self.end_bias(end)[places] + self.length_bias
        inside = inside & (words.documents[places] == words.documents[:, None])
        masked: Tensor = logits.masked_fill(~inside[..., None], float("-inf"))
        return masked


def band(left: Tensor, right: Tensor, *, width: int) -> Tensor:
    """Return the products of each row with the `width` rows from its own on: [W, S, r] twice to [W, width, S].

    Rows past the end count as zero. Works block by block, so that memory grows with W and not with W².
    """
    n_rows = len(left)
    right = nn.functional.pad(right, (0, 0, 0, 0, 0, width))
    # Filled in place: small blocks kept among large ones let go would scatter the memory.
    found = left.new_empty(n_rows, width, left.shape[1])
    for block in range(0, n_rows, _BLOCK):
        rows = left[block : block + _BLOCK]
        products = torch.einsum("isr,jsr->ijs", rows, right[block : block + len(rows) + width - 1])
        places = torch.arange(len(rows), device=left.device)[:, None] + torch.arange(width, device=left.device)
        found[block : block + len(rows)] = products.gather(1, places[..., None].expand(-1, -1, left.shape[1]))
    return found


@dataclass(frozen=True, slots=True)
class Sums:
    """What means over ranges of [W, h] are taken from: `centre` [h], and `totals` [W + 1, h] of what precedes."""

    centre: Tensor
    totals: Tensor

    @classmethod
    def of(cls, values: Tensor) -> Sums:
        """Sum up [W, h] along the text."""
        # Sums of what differs from the mean stay small, so that a short range keeps its digits in a long text.
        centre = values.mean(dim=0)
        return cls(centre, nn.functional.pad((values - centre).cumsum(0), (0, 0, 1, 0)))

    def average(self, starts: Tensor, ends: Tensor) -> Tensor:
        """Return the means over half-open ranges [M]: [M, h], 0 for an empty range."""
        counts = (ends - starts)[:, None]
        return ((self.totals[ends] - self.totals[starts]) / counts.clamp(min=1) + self.centre) * (counts > 0)


class MentionEncoder(nn.Module):
    """Represents a mention by its borders, the mean of its words and its type; says whether it is a group."""

    def __init__(self, width: int, *, hidden: int, n_types: int, dropout: float) -> None:
        super().__init__()
        self.start = nn.Linear(width, hidden)
        self.end = nn.Linear(width, hidden)
        self.mean = nn.Linear(width, hidden, bias=False)
        self.type_embedding = nn.Embedding(n_types, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.dropout = nn.Dropout(dropout)
        last = nn.Linear(hidden, 1)
        nn.init.constant_(last.bias, -3.0)
        self.group = nn.Sequential(nn.Linear(hidden, hidden), nn.GELU(), last)

    def forward(self, words: Words, starts: Tensor, ends: Tensor, types: Tensor) -> Tensor:
        """Return [M, h] for mentions given by half-open word ranges [M] and label numbers [M]."""
        mean = Sums.of(self.mean(words.starts)).average(starts, ends)
        mixed = self.start(words.starts[starts]) + self.end(words.ends[ends - 1]) + mean + self.type_embedding(types)
        mentions: Tensor = self.dropout(nn.functional.gelu(self.norm(mixed)))
        return mentions

    def score_groups(self, mentions: Tensor) -> Tensor:
        """Return [M] logits that a mention stands for several entities."""
        logits: Tensor = self.group(mentions).squeeze(-1)
        return logits


class LinkScorer(nn.Module):
    """Says of two mentions whether they are linked, from what they are, how they look and where they stand."""

    def __init__(self, hidden: int, *, dropout: float) -> None:
        super().__init__()
        self.left = nn.Linear(hidden, hidden)
        self.right = nn.Linear(hidden, hidden, bias=False)
        self.product = nn.Linear(hidden, hidden, bias=False)
        self.surface = nn.Linear(len(SURFACE_FEATURES), hidden, bias=False)
        self.distance = nn.Embedding(N_DISTANCES, hidden)
        self.sentence = nn.Embedding(N_SENTENCE_DISTANCES, hidden)
        self.nesting = nn.Embedding(5, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.out = nn.Sequential(
            nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, hidden // 2), nn.GELU(), nn.Linear(hidden // 2, 1)
        )

    def forward(self, mentions: Tensor, pairs: Tensor, distances: Tensor, surfaces: Tensor) -> Tensor:
        """Return [P] logits.

        Args:
            mentions: [M, h].
            pairs: [P, 2] mention indices.
            distances: [P, 3] buckets of words and sentences between, and nesting.
            surfaces: [P, F] surface features.
        """
        return self.score(mentions, self.prepare(mentions), pairs, distances, surfaces)

    def prepare(self, mentions: Tensor) -> tuple[Tensor, Tensor]:
        """Return [M, h] twice: each mention as the first and as the second of a pair; once for all pairs."""
        return self.left(mentions), self.right(mentions)

    def score(
        self, mentions: Tensor, prepared: tuple[Tensor, Tensor], pairs: Tensor, distances: Tensor, surfaces: Tensor
    ) -> Tensor:
        """Return [P] logits of pairs of prepared mentions; otherwise as `forward`."""
        (left, right), (i, j) = prepared, pairs.T
        mixed = left[i] + right[j] + self.product(mentions[i] * mentions[j])
        mixed = mixed + self.surface(surfaces) + self.distance(distances[:, 0])
        mixed = mixed + self.sentence(distances[:, 1]) + self.nesting(distances[:, 2])
        logits: Tensor = self.out(self.norm(mixed)).squeeze(-1)
        return logits


@dataclass(frozen=True, slots=True)
class RelationInputs:
    """Mentions as heads and as tails of relations, [M, h] each, and the words that may stand between them."""

    heads: Tensor
    tails: Tensor
    head_forms: Tensor
    tail_forms: Tensor
    context: Sums


class RelationScorer(nn.Module):
    """Scores all relation types and their statuses for mention pairs at once.

    The pair is represented by both mentions, their low-rank product, the words between them, and where
    they stand; a biaffine classifier in the manner of Dozat and Manning (2017, arXiv:1611.01734), with a
    hidden layer behind it.
    """

    def __init__(self, width: int, *, hidden: int, n_types: int, n_relations: int, dropout: float) -> None:
        super().__init__()
        self.n_types, self.n_relations = n_types, n_relations
        self.head = nn.Linear(hidden, hidden)
        self.tail = nn.Linear(hidden, hidden)
        self.head_form = nn.Linear(hidden, hidden)
        self.tail_form = nn.Linear(hidden, hidden)
        self.context = nn.Linear(width, hidden, bias=False)
        self.types = nn.Embedding(n_types * n_types, hidden)
        self.distance = nn.Embedding(N_DISTANCES, hidden)
        self.sentence = nn.Embedding(N_SENTENCE_DISTANCES, hidden)
        self.nesting = nn.Embedding(5, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.hidden = nn.Sequential(
            nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, hidden), nn.GELU(), nn.Dropout(dropout)
        )
        self.relation = nn.Linear(hidden, n_relations)
        # Nearly all pairs are unrelated, as nearly all spans are none.
        nn.init.constant_(self.relation.bias, -5.0)
        self.status = nn.Linear(hidden, len(STATUSES))
        self.relation_status = nn.Linear(hidden, n_relations * len(STATUSES))

    def forward(
        self,
        words: Words,
        mentions: Tensor,
        starts: Tensor,
        ends: Tensor,
        types: Tensor,
        pairs: Tensor,
        distances: Tensor,
    ) -> PairLogits:
        """Score mention pairs.

        Args:
            words: the words of the batch.
            mentions: [M, h]; `starts`, `ends`, `types`: [M] their word ranges and label numbers.
            pairs: [P, 2] head and tail.
            distances: [P, 3] buckets of words and sentences between, and nesting.
        """
        return self.score(self.prepare(words, mentions), starts, ends, types, pairs, distances)

    def prepare(self, words: Words, mentions: Tensor) -> RelationInputs:
        """Compute once what all pairs of a text share."""
        return RelationInputs(
            self.head(mentions),
            self.tail(mentions),
            self.head_form(mentions),
            self.tail_form(mentions),
            Sums.of(self.context(words.starts)),
        )

    def score(
        self, inputs: RelationInputs, starts: Tensor, ends: Tensor, types: Tensor, pairs: Tensor, distances: Tensor
    ) -> PairLogits:
        """Score pairs of prepared mentions; otherwise as `forward`."""
        head, tail = pairs[:, 0], pairs[:, 1]
        left = torch.minimum(ends[head], ends[tail])
        right = torch.maximum(torch.maximum(starts[head], starts[tail]), left)
        # Words between are telling within a sentence or two, and noise beyond.
        near = ((distances[:, 1] >= 1) & (distances[:, 1] <= 3))[:, None]
        context = inputs.context.average(left, right) * near
        mixed = inputs.heads[head] + inputs.tails[tail] + context
        mixed = mixed + inputs.head_forms[head] * inputs.tail_forms[tail]
        mixed = mixed + self.types(types[head] * self.n_types + types[tail]) + self.distance(distances[:, 0])
        mixed = mixed + self.sentence(distances[:, 1]) + self.nesting(distances[:, 2])
        hidden = self.hidden(self.norm(mixed))
        statuses = self.relation_status(hidden).view(-1, self.n_relations, len(STATUSES)) + self.status(hidden)[:, None]
        return PairLogits(self.relation(hidden), statuses)
