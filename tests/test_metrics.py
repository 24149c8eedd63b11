"""Counts, rates, intervals, paired tests and signatures, on numbers worked by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from relex.errors import InputError
from relex.metrics import (
    LEVELS,
    PARTS,
    Counts,
    average_rates,
    bounds,
    count_keys,
    digest,
    level_named,
    randomisation_p_value,
    rates,
    ratio_interval,
    resample,
    sign,
)


def random_counts(seed: int, *shape: int) -> np.ndarray:
    """Counts of the given shape and a last axis of tp, predicted, gold, found; some types empty in some documents."""
    generator = np.random.default_rng(seed)
    predicted, gold = generator.integers(0, 6, size=(2, *shape))
    tp, found = generator.integers(0, predicted + 1), generator.integers(0, gold + 1)
    return np.stack([tp, predicted, gold, found], axis=-1).astype(float)


class TestCounts:
    def test_rates_worked_by_hand(self):
        counts = Counts(tp=3, predicted=4, gold=6)
        assert counts.precision == 0.75
        assert counts.recall == 0.5
        assert counts.f1 == pytest.approx(2 * 0.75 * 0.5 / 1.25)

    def test_a_rate_over_nothing_is_zero(self):
        assert (Counts().precision, Counts().recall, Counts().f1) == (0, 0, 0)
        assert Counts(0, 0, 3).precision == 0
        assert Counts(0, 3, 0).recall == 0

    def test_sums_pool_the_counts_and_not_the_rates(self):
        total = sum([Counts(1, 1, 1), Counts(0, 3, 1)], Counts())
        assert total == Counts(1, 4, 2)
        assert total.f1 == pytest.approx(1 / 3)

    def test_the_same_counts_twice_have_the_same_rates(self):
        once = Counts(1, 2, 3)
        assert (once + once).f1 == once.f1

    def test_true_positives_may_be_fractions(self):
        assert Counts(1.5, 2, 3).precision == 0.75

    def test_as_much_is_found_as_is_right_unless_given(self):
        assert Counts(1, 2, 3).found == 1
        assert Counts(1, 2, 3) == Counts(1, 2, 3, found=1)
        assert Counts(1, 2, 3) != Counts(1, 2, 3, found=2)

    def test_what_is_right_and_what_is_found_may_differ(self):
        counts = Counts(tp=3, predicted=4, gold=2, found=1)
        assert (counts.precision, counts.recall) == (0.75, 0.5)
        assert counts.f1 == pytest.approx(2 * 0.75 * 0.5 / 1.25)
        assert counts + Counts(1, 1, 1) == Counts(4, 5, 3, found=2)

    @pytest.mark.parametrize(
        "counts", [(2, 1, 3), (2, 3, 1), (-1, 3, 3), (1, 3, 3, 4), (1, 3, 3, -1), (float("nan"), 3, 3)]
    )
    def test_impossible_counts_cannot_be_built(self, counts):
        with pytest.raises(InputError, match="tp lies between 0 and predicted, found between 0 and gold"):
            Counts(*counts)


class TestCountKeys:
    def test_counts_by_the_first_element_of_a_key(self):
        gold = {("A", 1), ("A", 2), ("B", 1)}
        predicted = {("A", 1), ("C", 1)}
        assert count_keys(gold, predicted) == {"A": Counts(1, 1, 2), "B": Counts(0, 0, 1), "C": Counts(0, 1, 0)}

    def test_nothing_against_nothing_has_no_counts(self):
        assert count_keys(set(), set()) == {}


class TestRatesOfArrays:
    @pytest.mark.parametrize("seed", range(10))
    def test_equal_the_rates_of_counts(self, seed):
        counts = random_counts(seed, 7)
        slow = [[c.precision, c.recall, c.f1] for c in (Counts(*map(int, row)) for row in counts)]
        assert rates(counts) == pytest.approx(np.array(slow))

    @pytest.mark.parametrize("seed", range(10))
    def test_averages_equal_plain_loops(self, seed):
        counts = random_counts(seed, 6)
        types = [Counts(*map(int, row)) for row in counts]
        micro = sum(types, Counts())
        assert average_rates(counts, "micro") == pytest.approx([micro.precision, micro.recall, micro.f1])
        supported = [c for c in types if c.gold > 0]
        for i, rate in enumerate(("precision", "recall", "f1")):
            mean = sum(getattr(c, rate) for c in supported) / len(supported)
            assert average_rates(counts, "macro")[i] == pytest.approx(mean)

    def test_macro_leaves_out_types_without_gold_support(self):
        counts = np.array([[1.0, 1, 1, 1], [0, 5, 0, 0]])
        assert average_rates(counts, "macro").tolist() == [1, 1, 1]
        assert average_rates(counts, "micro")[0] == pytest.approx(1 / 6)

    def test_macro_is_told_by_gold_and_not_by_what_was_found(self):
        counts = np.array([[1.0, 1, 1, 1], [0, 0, 2, 0]])
        assert average_rates(counts, "macro").tolist() == [0.5, 0.5, 0.5]

    def test_the_mean_over_parts_keeps_those_without_support(self):
        counts = np.array([[1.0, 1, 1, 1], [0, 5, 0, 0]])
        assert average_rates(counts, PARTS).tolist() == [0.5, 0.5, 0.5]

    @pytest.mark.parametrize("average", ["micro", "macro"])
    def test_no_types_and_no_support_give_zero(self, average):
        assert average_rates(np.zeros((0, 4)), average).tolist() == [0, 0, 0]
        assert average_rates(np.zeros((2, 4)), average).tolist() == [0, 0, 0]

    def test_an_unknown_average_is_refused(self):
        with pytest.raises(InputError, match="macro, micro"):
            average_rates(np.zeros((1, 4)), "weighted")


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
        monkeypatch.setattr("relex.metrics._CELLS_PER_BATCH", 18)
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

    def test_a_ratio_over_nothing_is_zero(self):
        assert ratio_interval(np.zeros((2, 2)), signature="own", n_samples=5, seed=1).point == 0


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


class TestSignatures:
    def test_names_level_matching_and_fields_in_order(self):
        signature = sign(level_named("relation"), ("avg", "micro"), ("n", 26))
        assert signature == "relation|match:entity|status:ignored|avg:micro|n:26"
        assert sign(level_named("boundary"), ("avg", "micro")) == "boundary|match:span|avg:micro"

    def test_no_two_levels_sign_alike(self):
        assert len({sign(level) for level in LEVELS}) == len(LEVELS)

    def test_a_mean_of_levels_has_parts_that_are_counted_and_have_no_types(self):
        parts = [level_named(part) for level in LEVELS for part in level.parts]
        assert [part.name for part in parts] == ["muc", "b3", "ceaf-e"]
        assert not any(part.parts or part.typed for part in parts)

    def test_a_level_chooses_its_average(self):
        assert level_named("relation").choose_average("macro") == "macro"
        assert level_named("muc").choose_average("micro") == "micro"
        assert level_named("coreference").choose_average("micro") == PARTS
        for name in ("muc", "coreference"):
            with pytest.raises(InputError, match=f"level '{name}' has no types"):
                level_named(name).choose_average("macro")
        with pytest.raises(InputError, match="averages: macro, micro"):
            level_named("coreference").choose_average(PARTS)

    def test_an_unknown_level_is_refused_with_the_known_ones(self):
        with pytest.raises(InputError, match=r"no level 'relations'; levels: mention, .*relation\+status"):
            level_named("relations")

    def test_digests_depend_on_values_and_not_on_the_order_of_keys(self):
        assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
        assert digest(["a", "b"]) != digest(["b", "a"])
