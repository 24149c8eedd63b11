"""Counts, rates and signatures, on numbers worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from random_counts import random_counts
from relex.errors import InputError
from relex.metrics import (
    LEVELS,
    PARTS,
    Counts,
    average_rates,
    count_keys,
    digest,
    level_named,
    rates,
    sign,
)


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
