"""The scorers: vectorised sums equal plain loops, and documents do not see each other."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models import disturb, largest_difference
from relex.layers import LinkScorer, MentionEncoder, RelationScorer, SpanScorer, Words, band
from relex.pairs import N_DISTANCES, N_SENTENCE_DISTANCES, SURFACE_FEATURES

WIDTH, HIDDEN, N_TYPES, N_RELATIONS = 6, 8, 3, 2


def make_words(n: int, *, seed: int = 0, documents: list[int] | None = None) -> Words:
    generator = torch.Generator().manual_seed(seed)
    starts, ends = (torch.randn(n, WIDTH, generator=generator) for _ in range(2))
    return Words(starts, ends, torch.tensor(documents or [0] * n, dtype=torch.long))


def ready(module: nn.Module) -> nn.Module:
    disturb(module, size=0.3)
    return module.eval()


def span_scorer(max_words: int = 4) -> SpanScorer:
    scorer = ready(SpanScorer(WIDTH, hidden=HIDDEN, rank=5, n_types=N_TYPES, max_words=max_words, dropout=0.1))
    assert isinstance(scorer, SpanScorer)
    return scorer


class TestBand:
    @pytest.mark.parametrize(
        ("n", "width", "seed"), [(n, w, n + w) for n in (1, 2, 7, 255, 256, 257, 600) for w in (1, 3, 8)]
    )
    def test_equals_the_plain_loop(self, n: int, width: int, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        left, right = (torch.randn(n, 2, 3, generator=generator) for _ in range(2))
        expected = torch.zeros(n, width, 2)
        for i, step, type_id in itertools.product(range(n), range(width), range(2)):
            if i + step < n:
                expected[i, step, type_id] = left[i, type_id] @ right[i + step, type_id]
        assert largest_difference(band(left, right, width=width), expected) < 1e-5

    def test_passes_the_gradient_of_the_plain_loop(self) -> None:
        generator = torch.Generator().manual_seed(0)
        left, right = (torch.randn(300, 2, 3, generator=generator).requires_grad_() for _ in range(2))
        weights = torch.randn(300, 4, 2, generator=generator)
        (band(left, right, width=4) * weights).sum().backward()
        expected_left, expected_right = torch.zeros(300, 2, 3), torch.zeros(300, 2, 3)
        with torch.no_grad():
            for i, step in itertools.product(range(300), range(4)):
                if i + step < 300:
                    expected_left[i] += weights[i, step, :, None] * right[i + step]
                    expected_right[i + step] += weights[i, step, :, None] * left[i]
        assert left.grad is not None
        assert right.grad is not None
        assert largest_difference(left.grad, expected_left) < 1e-4
        assert largest_difference(right.grad, expected_right) < 1e-4

    def test_of_no_rows_is_empty(self) -> None:
        assert band(torch.zeros(0, 2, 3), torch.zeros(0, 2, 3), width=4).shape == (0, 4, 2)


class TestSpans:
    @pytest.mark.parametrize("seed", range(5))
    def test_equal_the_plain_loop(self, seed: int) -> None:
        scorer, words = span_scorer(), make_words(9, seed=seed)
        found = scorer(words)
        start, end = scorer.start(words.starts), scorer.end(words.ends)
        for w, length in itertools.product(range(9), range(4)):
            if w + length >= 9:
                assert torch.isneginf(found[w, length]).all()
                continue
            for t in range(N_TYPES):
                form = slice(t * 5, (t + 1) * 5)
                product = scorer.start_form(start[w])[form] @ scorer.end_form(end[w + length])[form] / 5**0.5
                expected = product + scorer.start_bias(start[w])[t] + scorer.end_bias(end[w + length])[t]
                expected = expected + scorer.length_bias[length, t]
                expected = expected + sum(scorer.inside(start[i])[t] for i in range(w, w + length + 1))
                assert found[w, length, t].item() == pytest.approx(expected.item(), abs=1e-4)

    def test_do_not_depend_on_what_stands_before(self) -> None:
        # Sums over a long text must not lose the digits of a short span.
        scorer, words = span_scorer(), make_words(20_000, seed=1)
        tail = Words(words.starts[19_990:], words.ends[19_990:], words.documents[19_990:])
        assert largest_difference(scorer(words)[19_990:], scorer(tail)) < 1e-4

    def test_do_not_leave_their_document(self) -> None:
        found = span_scorer()(make_words(7, documents=[0, 0, 1, 1, 1, 3, 3]))
        last = [2, 2, 5, 5, 5, 7, 7]
        for w, length in itertools.product(range(7), range(4)):
            assert bool(torch.isneginf(found[w, length]).all()) == (w + length >= last[w])

    def test_of_a_batch_are_those_of_its_documents(self) -> None:
        scorer, words = span_scorer(), make_words(9, documents=[0, 0, 0, 1, 2, 2, 2, 2, 2])
        together = scorer(words)
        for start, end in ((0, 3), (3, 4), (4, 9)):
            alone = scorer(Words(words.starts[start:end], words.ends[start:end], words.documents[start:end]))
            assert largest_difference(together[start:end], alone) < 1e-5

    def test_of_no_words_are_none(self) -> None:
        assert span_scorer()(make_words(0)).shape == (0, 4, N_TYPES)

    def test_longer_than_the_text_are_impossible(self) -> None:
        assert torch.isfinite(span_scorer(8)(make_words(3))).sum() == (3 + 2 + 1) * N_TYPES


class TestMentions:
    def encoder(self) -> MentionEncoder:
        module = ready(MentionEncoder(WIDTH, hidden=HIDDEN, n_types=N_TYPES, dropout=0.1))
        assert isinstance(module, MentionEncoder)
        return module

    @pytest.mark.parametrize("seed", range(5))
    def test_are_borders_the_mean_of_words_and_type(self, seed: int) -> None:
        encoder, words = self.encoder(), make_words(10, seed=seed)
        random = np.random.default_rng(seed)
        starts = random.integers(0, 9, 6)
        ends = np.minimum(starts + random.integers(1, 5, 6), 10)
        types = random.integers(0, N_TYPES, 6)
        found = encoder(words, *map(torch.from_numpy, (starts, ends, types)))
        for row, s, e, t in zip(found, starts.tolist(), ends.tolist(), types.tolist(), strict=True):
            mixed = encoder.start(words.starts[s]) + encoder.end(words.ends[e - 1])
            mixed = mixed + encoder.mean(words.starts[s:e]).mean(dim=0) + encoder.type_embedding.weight[t]
            assert largest_difference(row, nn.functional.gelu(encoder.norm(mixed))) < 1e-4
        assert encoder.score_groups(found).shape == (6,)

    def test_do_not_depend_on_what_stands_before(self) -> None:
        # Sums over a long text must not lose the digits of a short mention.
        encoder, words = self.encoder(), make_words(50_003, seed=1)
        (far,) = encoder(words, *(torch.tensor([i]) for i in (50_000, 50_003, 1)))
        tail = Words(words.starts[50_000:], words.ends[50_000:], words.documents[50_000:])
        (near,) = encoder(tail, *(torch.tensor([i]) for i in (0, 3, 1)))
        assert largest_difference(far, near) < 1e-5

    def test_of_nothing_are_none(self) -> None:
        none = torch.zeros(0, dtype=torch.long)
        for n_words in (0, 3):
            mentions = self.encoder()(make_words(n_words), none, none, none)
            assert mentions.shape == (0, HIDDEN)
            assert self.encoder().score_groups(mentions).shape == (0,)


def random_pairs(n: int, *, n_mentions: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return [P, 2] pairs of mentions, and [P, 3] places of random buckets."""
    random = np.random.default_rng(seed)
    places = np.stack([random.integers(0, bound, n) for bound in (N_DISTANCES, N_SENTENCE_DISTANCES, 5)], axis=1)
    return torch.from_numpy(random.integers(0, n_mentions, (n, 2))), torch.from_numpy(places)


class TestLinks:
    def test_score_each_pair_by_itself(self) -> None:
        scorer = ready(LinkScorer(HIDDEN, dropout=0.1))
        mentions = torch.randn(5, HIDDEN, generator=torch.Generator().manual_seed(0))
        pairs, places = random_pairs(12, n_mentions=5, seed=0)
        surfaces = torch.rand(12, len(SURFACE_FEATURES), generator=torch.Generator().manual_seed(1))
        together = scorer(mentions, pairs, places, surfaces)
        for i, (a, b) in enumerate(pairs.tolist()):
            one = torch.stack([mentions[a], mentions[b]])
            alone = scorer(one, torch.tensor([[0, 1]]), places[i : i + 1], surfaces[i : i + 1])
            assert together[i].item() == pytest.approx(alone.item(), abs=1e-5)

    def test_of_no_pairs_are_none(self) -> None:
        none = torch.zeros(0, dtype=torch.long)
        scorer = LinkScorer(HIDDEN, dropout=0.1)
        for n in (0, 2):
            found = scorer(
                torch.zeros(n, HIDDEN), none.view(0, 2), none.view(0, 3), torch.zeros(0, len(SURFACE_FEATURES))
            )
            assert found.shape == (0,)


class TestRelations:
    def scorer(self) -> RelationScorer:
        module = RelationScorer(WIDTH, hidden=HIDDEN, n_types=N_TYPES, n_relations=N_RELATIONS, dropout=0.1)
        scorer = ready(module)
        assert isinstance(scorer, RelationScorer)
        return scorer

    @pytest.mark.parametrize("seed", range(5))
    def test_equal_the_plain_loop(self, seed: int) -> None:
        scorer, words = self.scorer(), make_words(15, seed=seed)
        random = np.random.default_rng(seed)
        starts = np.sort(random.integers(0, 14, 5))
        ends = np.minimum(starts + random.integers(1, 4, 5), 15)
        types = random.integers(0, N_TYPES, 5)
        mentions = torch.randn(5, HIDDEN, generator=torch.Generator().manual_seed(seed))
        pairs, places = random_pairs(20, n_mentions=5, seed=seed)
        found = scorer(words, mentions, *map(torch.from_numpy, (starts, ends, types)), pairs, places)
        assert found.relations.shape == (20, N_RELATIONS)
        assert found.statuses.shape == (20, N_RELATIONS, 3)
        for i, ((h, t), (bucket, sentence, nesting)) in enumerate(zip(pairs.tolist(), places.tolist(), strict=True)):
            mixed = scorer.head(mentions[h]) + scorer.tail(mentions[t])
            mixed = mixed + scorer.head_form(mentions[h]) * scorer.tail_form(mentions[t])
            mixed = mixed + scorer.types.weight[types[h] * N_TYPES + types[t]]
            mixed = (
                mixed
                + scorer.distance.weight[bucket]
                + scorer.sentence.weight[sentence]
                + scorer.nesting.weight[nesting]
            )
            between = range(min(ends[h], ends[t]), max(starts[h], starts[t]))
            # Words between count only within one sentence of distance.
            if len(between) and 1 <= sentence <= 3:
                mixed = mixed + scorer.context(words.starts[list(between)]).mean(dim=0)
            hidden = scorer.hidden(scorer.norm(mixed))
            assert largest_difference(found.relations[i], scorer.relation(hidden)) < 1e-4
            status = scorer.relation_status(hidden).view(N_RELATIONS, 3) + scorer.status(hidden)
            assert largest_difference(found.statuses[i], status) < 1e-4


def test_a_fresh_model_expects_no_spans_no_groups_and_no_relations() -> None:
    torch.manual_seed(0)
    spans = SpanScorer(WIDTH, hidden=HIDDEN, rank=5, n_types=N_TYPES, max_words=4, dropout=0.0)
    assert (spans(make_words(10)) < 0).all()
    mentions = MentionEncoder(WIDTH, hidden=HIDDEN, n_types=N_TYPES, dropout=0.0)
    starts = torch.arange(9)
    represented = mentions(make_words(10), starts, starts + 1, torch.zeros(9, dtype=torch.long))
    assert (mentions.score_groups(represented) < 0).all()
