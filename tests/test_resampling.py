"""Intervals and paired tests, against plain loops, the exact test and what they promise of data that we made."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import binomtest

from random_counts import random_counts
from relex.errors import InputError
from relex.metrics import average_rates, rates
from relex.resampling import bounds, randomisation_p_value, ratio_interval, resample, resample_seeds


class TestBootstrap:
    def test_equals_a_plain_loop_over_the_same_draws(self):
        counts = random_counts(3, 5, 4)
        draws = np.random.default_rng(11).multinomial(5, [0.2] * 5, size=8)
        slow = [sum(n * counts[i] for i, n in enumerate(draw)) for draw in draws]
        assert resample(counts, n_samples=8, seed=11) == pytest.approx(np.array(slow))

    def test_draws_as_many_documents_as_there_are(self):
        counts = np.ones((7, 1, 4))
        assert (resample(counts, n_samples=20, seed=1) == 7).all()

    def test_systems_are_drawn_together(self):
        counts = random_counts(4, 6, 3)
        both = resample(np.stack([counts, counts], axis=1), n_samples=50, seed=1)
        assert both.shape == (50, 2, 3, 4)
        assert (both[:, 0] == both[:, 1]).all()

    def test_the_spread_is_that_of_a_mean(self):
        # Half of 100 documents right, half wrong: the mean has a standard error of 0.05.
        counts = np.array([[[float(i % 2), 1, 1, i % 2]] for i in range(100)])
        low, high = bounds(rates(resample(counts, n_samples=4000, seed=1))[:, 0, 0])
        assert low == pytest.approx(0.5 - 1.96 * 0.05, abs=0.02)
        assert high == pytest.approx(0.5 + 1.96 * 0.05, abs=0.02)

    def test_the_bounds_leave_out_one_in_forty_on_either_side(self):
        assert bounds(np.arange(41.0)) == (1, 39)

    def test_the_draws_do_not_depend_on_how_they_are_batched(self, monkeypatch):
        counts = random_counts(5, 6, 2)
        whole = resample(counts, n_samples=20, seed=7)
        monkeypatch.setattr("relex.resampling._CELLS_PER_BATCH", 18)
        assert resample(counts, n_samples=20, seed=7) == pytest.approx(whole)

    def test_something_must_be_drawn(self):
        with pytest.raises(InputError, match="n_samples must be at least 1"):
            resample(random_counts(1, 2, 2), n_samples=0, seed=1)


class TestRatios:
    def test_is_the_ratio_of_sums_and_no_mean_of_ratios(self):
        found = ratio_interval(np.array([[1.0, 1], [0, 3]]), signature="own", n_samples=10, seed=1)
        assert (found.point, found.signature) == (0.25, "own")

    def test_its_interval_is_that_of_resampled_rows(self):
        parts = np.array([[1.0, 1], [0, 3], [2, 2], [1, 4]])
        weights = np.random.default_rng(4).multinomial(4, [0.25] * 4, size=300)
        sums = [[sum(row[i] * parts[i, column] for i in range(4)) for column in (0, 1)] for row in weights]
        ratios = [above / below for above, below in sums]
        found = ratio_interval(parts, signature="own", n_samples=300, seed=4)
        assert (found.low, found.high) == pytest.approx(tuple(np.percentile(ratios, (2.5, 97.5))))

    def test_rows_without_a_part_in_it_are_not_drawn(self):
        parts = np.array([[1.0, 1], [0, 3], [2, 2], [1, 4]])
        more = np.concatenate([parts[:2], np.zeros((9, 2)), parts[2:]])
        assert ratio_interval(more, signature="", n_samples=50, seed=4) == ratio_interval(
            parts, signature="", n_samples=50, seed=4
        )

    def test_a_ratio_over_nothing_has_no_value(self):
        with pytest.raises(InputError, match="nothing"):
            ratio_interval(np.zeros((2, 2)), signature="own", n_samples=5, seed=1)

    @pytest.mark.parametrize("n_rows", [1, 23])
    def test_none_and_all_have_the_exact_interval_of_so_many_rows(self, n_rows):
        none, all_ = np.array([[[right, 1.0]] * n_rows for right in (0.0, 1.0)])
        exact = binomtest(0, n_rows).proportion_ci(0.95, method="exact").high
        found = ratio_interval(none, signature="", n_samples=5, seed=1)
        assert (found.point, found.low, found.high) == (0, 0, pytest.approx(exact))
        found = ratio_interval(all_, signature="", n_samples=5, seed=1)
        assert (found.point, found.low, found.high) == (1, pytest.approx(1 - exact), 1)


class TestDraws:
    """Sixty documents: one type is in all and always right, ten are in one document each and always missed."""

    counts = np.zeros((60, 11, 4))
    counts[:, 0] = 1
    counts[np.arange(10), np.arange(1, 11), 2] = 1

    def test_macro_is_over_the_same_types_in_every_draw(self):
        whole = self.counts.sum(axis=0)
        drawn = average_rates(resample(self.counts, n_samples=200, seed=1), "macro", whole=whole)
        assert drawn == pytest.approx(1 / 11)

    def test_what_a_draw_has_nothing_of_keeps_its_rate(self):
        counts = np.zeros((100, 1, 4))
        counts[:3] = 1
        drawn = resample(counts, n_samples=200, seed=1)
        assert (drawn == 0).all(axis=(1, 2)).any()
        assert (average_rates(drawn, "micro", whole=counts.sum(axis=0)) == 1).all()

    def test_what_is_drawn_and_wrong_has_a_rate_of_nothing(self):
        whole, drawn = np.array([[3.0, 4, 3, 3]]), np.array([[0.0, 1, 0, 0]])
        assert average_rates(drawn, "macro", whole=whole).tolist() == [0, 0, 0]


class TestRandomisation:
    @pytest.mark.parametrize("average", ["micro", "macro"])
    @pytest.mark.parametrize("seed", range(3))
    def test_approximates_the_exact_test_over_all_swaps(self, seed, average):
        a = random_counts(seed, 6, 2)
        b = a.copy()
        more = random_counts(seed + 10, 6, 2)
        b[..., 0] = np.minimum(a[..., 0] + more[..., 0], a[..., 1])
        b[..., 3] = np.minimum(a[..., 3] + more[..., 3], a[..., 2])

        def gap(swaps: tuple[bool, ...]) -> float:
            pairs = [(y, x) if swap else (x, y) for x, y, swap in zip(a, b, swaps, strict=True)]
            left, right = (average_rates(sum(side), average)[2] for side in zip(*pairs, strict=True))
            return abs(left - right)

        observed = gap((False,) * 6)
        all_swaps = list(itertools.product((False, True), repeat=6))
        exact = sum(gap(swaps) >= observed - 1e-9 for swaps in all_swaps) / len(all_swaps)
        counts = np.stack([a, b], axis=1)
        p_value = randomisation_p_value(counts, average=average, n_samples=5000, seed=1)
        assert p_value == pytest.approx(exact, abs=0.03)

    def test_equal_systems_differ_by_chance_only(self):
        counts = random_counts(1, 5, 2)
        both = np.stack([counts, counts], axis=1)
        assert randomisation_p_value(both, average="micro", n_samples=100, seed=1) == 1

    def test_is_never_zero(self):
        a = np.tile(np.array([[0.0, 1, 1, 0]]), (40, 1, 1))
        b = np.tile(np.array([[1.0, 1, 1, 1]]), (40, 1, 1))
        p_value = randomisation_p_value(np.stack([a, b], axis=1), average="micro", n_samples=999, seed=1)
        assert p_value == 1 / 1000


class TestSeeds:
    def test_equals_a_plain_loop_over_the_same_draws(self):
        samples = np.random.default_rng(2).random((6, 3, 2))
        draws = np.random.default_rng((9, 1)).multinomial(2, [1 / 3] * 3, size=6)
        slow = [sum(n * row[i] for i, n in enumerate(draw)) / 2 for draw, row in zip(draws, samples, strict=True)]
        assert resample_seeds(samples, seed=(9, 1)) == pytest.approx(np.array(slow))

    def test_one_seed_is_itself(self):
        samples = np.random.default_rng(2).random((6, 1, 2))
        assert (resample_seeds(samples, seed=(1, 0)) == samples[:, 0]).all()

    @pytest.mark.parametrize("n_seeds", [2, 3, 5])
    def test_means_vary_as_those_of_so_few_seeds_do(self, n_seeds):
        rates = np.linspace(0.4, 0.6, n_seeds)
        means = resample_seeds(np.tile(rates, (40_000, 1)), seed=(1, 0))
        assert means.var() == pytest.approx(rates.var(ddof=1) / n_seeds, rel=0.05)


def make_counts(generator: np.random.Generator, n_documents: int) -> np.ndarray:
    """Documents of one type, each as hard as it happens to be; the F1 over endlessly many is `TRUE_F1`."""
    predicted, gold = generator.poisson(6, size=(2, n_documents))
    right = generator.binomial(np.minimum(predicted, gold), generator.beta(4, 3, size=n_documents))
    return np.stack([right, predicted, gold, right], axis=-1)[:, None].astype(float)


TRUE_F1 = float(rates(make_counts(np.random.default_rng(0), 1_000_000).sum(axis=(0, 1)))[2])


class TestPromises:
    """What the literature says of the methods, on data whose truth is known."""

    def test_the_interval_holds_the_truth_about_95_times_in_100(self):
        generator = np.random.default_rng(1)
        held = 0
        for i in range(400):
            counts = make_counts(generator, 40)
            low, high = bounds(rates(resample(counts, n_samples=200, seed=i))[:, 0, 2])
            held += low <= TRUE_F1 <= high
        assert 0.92 <= held / 400 <= 0.97

    def test_of_systems_that_are_alike_five_in_100_are_told_apart(self):
        generator = np.random.default_rng(2)
        n_told = 0
        for i in range(400):
            counts = make_counts(generator, 30)
            # Two systems that find any fact equally well, on documents that have equally many for both.
            right = generator.binomial(np.minimum(counts[..., 1], counts[..., 2]).astype(int), 0.6, size=(2, 30, 1))
            systems = [np.stack([own, counts[..., 1], counts[..., 2], own], axis=-1) for own in right]
            p_value = randomisation_p_value(np.stack(systems, axis=1), average="micro", n_samples=199, seed=i)
            n_told += p_value <= 0.05
        assert 0.03 <= n_told / 400 <= 0.08

    @pytest.mark.parametrize("n_seeds", [3, 5])
    def test_an_interval_over_documents_alone_is_too_narrow_for_other_seeds(self, n_seeds):
        generator = np.random.default_rng(3)
        held = np.zeros(2)
        for i in range(300):
            gold = np.tile(generator.poisson(6, size=(40, 1)), n_seeds)
            skill = generator.beta(8, 6, size=(40, 1)) + generator.normal(0, 0.05, size=n_seeds)
            right = generator.binomial(gold, skill.clip(0, 1))
            counts = np.stack([right, gold, gold, right], axis=-1)[:, :, None].astype(float)
            f1 = average_rates(resample(counts, n_samples=200, seed=i), "micro")[..., 2]
            for way, samples in enumerate((f1.mean(axis=1), resample_seeds(f1, seed=(i, 0)))):
                low, high = bounds(samples)
                held[way] += low <= 8 / 14 <= high
        documents_alone, both = held / 300
        assert documents_alone < 0.88
        assert 0.92 <= both <= 0.99
