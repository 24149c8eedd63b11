"""The losses: each equals its formula written as a plain loop."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from arrays import random_memberships, random_pairs
from models import largest_difference
from relex.layers import PairLogits
from relex.loss import (
    Targets,
    binary_loss,
    locate_relations,
    multilabel_loss,
    pool_pairs,
    relation_losses,
    span_loss,
)
from relex.pairs import EntityPairs, Memberships, entity_pairs
from relex.pooling import pool_numpy

SEEDS = range(30)
INFINITE = float("-inf")


def make_targets(**arrays: object) -> Targets:
    """Return targets without anything but the arrays given."""
    nothing = np.zeros(0, dtype=np.int64)
    values: dict[str, object] = {
        "starts": nothing,
        "ends": nothing,
        "types": nothing,
        "groups": nothing.astype(bool),
        "memberships": Memberships(nothing, nothing),
        "entity_types": nothing,
        "relations": np.zeros((0, 4), dtype=np.int64),
    }
    return Targets(**(values | arrays))  # type: ignore[arg-type]


def plain_multilabel(logits: list[float], labels: list[bool]) -> float:
    """log(1 + Σ exp(negative)) + log(1 + Σ exp(-positive))."""
    negative = sum(math.exp(x) for x, true in zip(logits, labels, strict=True) if not true)
    positive = sum(math.exp(-x) for x, true in zip(logits, labels, strict=True) if true and x > INFINITE)
    return math.log1p(negative) + math.log1p(positive)


class TestMultilabelLoss:
    @pytest.mark.parametrize("seed", SEEDS)
    def test_equals_its_formula(self, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        logits = 3 * torch.randn(4, 7, generator=generator)
        logits[torch.rand(4, 7, generator=generator) < 0.2] = INFINITE
        labels = torch.rand(4, 7, generator=generator) < 0.4
        rows = [plain_multilabel(x, y) for x, y in zip(logits.tolist(), labels.tolist(), strict=True)]
        assert multilabel_loss(logits, labels, dim=1).tolist() == pytest.approx(rows, rel=1e-5, abs=1e-5)
        columns = [plain_multilabel(x, y) for x, y in zip(logits.T.tolist(), labels.T.tolist(), strict=True)]
        assert multilabel_loss(logits, labels, dim=0).tolist() == pytest.approx(columns, rel=1e-5, abs=1e-5)

    def test_is_least_where_true_labels_lie_above_zero_and_others_below(self) -> None:
        labels = torch.tensor([True, False, False])
        right, wrong = torch.tensor([9.0, -9.0, -9.0]), torch.tensor([-9.0, 9.0, -9.0])
        assert multilabel_loss(right, labels, dim=0) < 0.01 < multilabel_loss(wrong, labels, dim=0)

    def test_leaves_out_what_cannot_be_without_breaking_the_gradient(self) -> None:
        logits = torch.tensor([1.0, INFINITE, -2.0, INFINITE], requires_grad=True)
        loss = multilabel_loss(logits, torch.tensor([True, False, False, True]), dim=0)
        loss.backward()
        assert loss.item() == pytest.approx(plain_multilabel([1.0, -2.0], [True, False]))
        assert logits.grad is not None
        assert torch.isfinite(logits.grad).all()
        assert logits.grad[[1, 3]].tolist() == [0, 0]

    def test_survives_huge_logits(self) -> None:
        for value in (1e4, -1e4):
            loss = multilabel_loss(torch.tensor([value, -value]), torch.tensor([True, False]), dim=0)
            assert loss.item() == pytest.approx(0 if value > 0 else 2e4)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_span_loss_is_the_mean_over_documents_and_types(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    random = np.random.default_rng(seed)
    documents = torch.tensor([0, 0, 0, 2, 2, 2, 2, 3])
    n_lengths, n_types = 3, 2
    logits = torch.randn(8, n_lengths, n_types, generator=generator)
    ends_of = {0: 3, 2: 7, 3: 8}
    for w in range(8):
        for length in range(n_lengths):
            if w + length >= ends_of[int(documents[w])]:
                logits[w, length] = INFINITE
    starts = random.integers(0, 8, 4)
    lengths = random.integers(0, 5, 4)  # some longer than the model looks
    types = random.integers(0, n_types, 4)
    true = {(s, n, t) for s, n, t in zip(starts.tolist(), lengths.tolist(), types.tolist(), strict=True)}
    expected = []
    for document, type_id in ((d, t) for d in (0, 2, 3) for t in range(n_types)):
        places = [(w, n) for w in range(8) if documents[w] == document for n in range(n_lengths)]
        values = [logits[w, n, type_id].item() for w, n in places]
        expected.append(plain_multilabel(values, [(w, n, type_id) in true for w, n in places]))
    targets = make_targets(starts=starts, ends=starts + lengths + 1, types=types, groups=np.zeros(4, dtype=bool))
    found = span_loss(logits, documents, targets)
    assert found.item() == pytest.approx(sum(expected) / len(expected), rel=1e-5)


def test_the_binary_loss_is_the_mean_cross_entropy_and_zero_of_nothing() -> None:
    logits, labels = [2.0, -1.0, 0.5], [True, False, False]
    expected = [-math.log(1 / (1 + math.exp(-x if y else x))) for x, y in zip(logits, labels, strict=True)]
    assert binary_loss(torch.tensor(logits), torch.tensor(labels)).item() == pytest.approx(sum(expected) / 3)
    nothing = torch.zeros(0, requires_grad=True)
    loss = binary_loss(nothing, torch.zeros(0, dtype=torch.bool))
    loss.backward()
    assert loss.item() == 0


class TestPooling:
    def case(self, seed: int) -> tuple[PairLogits, EntityPairs]:
        random = np.random.default_rng(seed)
        pairs = random_pairs(random, n_items=6, n=int(random.integers(0, 25)))
        lifted = entity_pairs(pairs, random_memberships(random, n_mentions=6, n_entities=4))
        generator = torch.Generator().manual_seed(seed)
        relations = 4 * torch.randn(len(pairs), 3, generator=generator)
        statuses = torch.randn(len(pairs), 3, 3, generator=generator)
        return PairLogits(relations.requires_grad_(), statuses.requires_grad_()), lifted

    @pytest.mark.parametrize("seed", SEEDS)
    def test_equals_the_plain_loop_and_the_one_without_tensors(self, seed: int) -> None:
        logits, lifted = self.case(seed)
        pooled = pool_pairs(logits, lifted)
        assert pooled.relations.shape == (len(lifted.heads), 3)
        for q in range(len(lifted.heads)):
            own = lifted.entries[lifted.owners == q]
            assert largest_difference(pooled.relations[q], logits.relations[own].logsumexp(dim=0)) < 1e-4
            shares = logits.relations[own].softmax(dim=0)
            assert largest_difference(pooled.statuses[q], (shares[..., None] * logits.statuses[own]).sum(dim=0)) < 1e-4
        arrays = logits.relations.detach().numpy(), logits.statuses.detach().numpy()
        other = pool_numpy([arrays], lifted, n_pairs=len(arrays[0]), n_relations=3)
        assert np.allclose(pooled.relations.detach().numpy(), other.relations, atol=1e-4)
        assert np.allclose(pooled.statuses.detach().numpy(), other.statuses, atol=1e-4)

    @pytest.mark.parametrize("seed", range(8))
    def test_passes_the_gradient_of_log_sum_exp(self, seed: int) -> None:
        logits, lifted = self.case(seed)
        weights = torch.randn(len(lifted.heads), 3, generator=torch.Generator().manual_seed(seed))
        (pool_pairs(logits, lifted).relations * weights).sum().backward()
        assert logits.relations.grad is not None
        found = logits.relations.grad.clone()
        again = logits.relations.detach().clone().requires_grad_()
        total = again.new_zeros(())
        for q in range(len(lifted.heads)):
            total = total + (again[lifted.entries[lifted.owners == q]].logsumexp(dim=0) * weights[q]).sum()
        if total.requires_grad:
            total.backward()
            assert again.grad is not None
            assert largest_difference(found, again.grad) < 1e-4

    def test_statuses_do_not_move_relations(self) -> None:
        logits, lifted = self.case(1)
        assert len(lifted.heads)
        pool_pairs(logits, lifted).statuses.sum().backward()
        assert logits.relations.grad is None or not logits.relations.grad.any()
        assert logits.statuses.grad is not None
        assert logits.statuses.grad.any()


class TestRelationLosses:
    # Entity pairs (0, 1), (0, 2), (1, 0); relations 0 and 1; the second may not hold between 1 and 0.
    PAIRS = EntityPairs(np.array([0, 0, 1]), np.array([1, 2, 0]), np.arange(3), np.arange(3))
    ALLOWED = torch.tensor([[True, True], [True, True], [True, False]])

    def losses(self, relations: list[list[int]], logits: torch.Tensor, statuses: torch.Tensor) -> tuple[float, float]:
        targets = make_targets(relations=np.array(relations, dtype=np.int64).reshape(-1, 4))
        found = relation_losses(PairLogits(logits, statuses), self.PAIRS, targets, self.ALLOWED)
        return found[0].item(), found[1].item()

    @pytest.mark.parametrize("seed", range(10))
    def test_are_summed_over_pairs_and_divided_by_the_true_relations(self, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        logits, statuses = torch.randn(3, 2, generator=generator), torch.randn(3, 2, 3, generator=generator)
        # The last pair of entities was never scored.
        relation, status = self.losses([[0, 1, 1, 2], [1, 0, 0, 0], [2, 0, 1, 0]], logits, statuses)
        x = logits.tolist()
        expected = plain_multilabel(x[0], [False, True]) + plain_multilabel(x[1], [False, False])
        expected += plain_multilabel(x[2][:1], [True])
        assert relation == pytest.approx(expected / 2, rel=1e-5)
        shares = statuses.softmax(dim=2)
        expected = -(math.log(shares[0, 1, 2]) + math.log(shares[2, 0, 0])) / 2
        assert status == pytest.approx(expected, rel=1e-4)

    def test_without_true_relations_there_is_still_something_to_unlearn(self) -> None:
        logits, statuses = torch.zeros(3, 2), torch.zeros(3, 2, 3)
        relation, status = self.losses([], logits, statuses)
        assert relation == pytest.approx(2 * math.log(3) + math.log(2))
        assert status == 0

    def test_of_no_pairs_are_zero(self) -> None:
        nothing = np.zeros(0, dtype=np.int64)
        targets = make_targets(relations=np.array([[0, 0, 1, 0]]))
        empty = EntityPairs(nothing, nothing, nothing, nothing)
        logits = PairLogits(torch.zeros(0, 2), torch.zeros(0, 2, 3))
        losses = relation_losses(logits, empty, targets, torch.zeros(0, 2, dtype=torch.bool))
        assert [loss.item() for loss in losses] == [0, 0]


@pytest.mark.parametrize("seed", SEEDS)
def test_relations_are_located_where_their_entities_are_paired(seed: int) -> None:
    random = np.random.default_rng(seed)
    memberships = random_memberships(random, n_mentions=6, n_entities=5)
    lifted = entity_pairs(random_pairs(random, n_items=6, n=int(random.integers(0, 15))), memberships)
    drawn = random.integers(0, 3, (6, 4)) * [2, 1, 2, 1]
    facts = drawn[drawn[:, 0] != drawn[:, 2]]
    keys = list(zip(lifted.heads.tolist(), lifted.tails.tolist(), strict=True))
    expected = [(keys.index((h, t)), r, s) for h, r, t, s in facts.tolist() if (h, t) in keys]
    found = locate_relations(lifted, make_targets(relations=facts))
    assert list(zip(*(part.tolist() for part in found), strict=True)) == expected
