"""Reliability: what scores are worth, worked by hand, against plain loops and against scikit-learn."""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import astuple, replace

import numpy as np
import pytest
from rich.console import Console
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, brier_score_loss

from relex.document import Document, Mention, Relation
from relex.errors import InputError
from relex.reliability import BINNINGS, Reliability, choose_threshold, judge_scores
from relex.schema import builtin_schema

TEXT = "Chad Peru Oman Fiji Mali Cuba Iraq Laos Togo Iran"
NAMES = TEXT.lower().split()
MENTIONS = tuple(Mention(5 * i, 5 * i + 4, "GPE", (name,), 0.5) for i, name in enumerate(NAMES))


def document(*facts: str, id: str = "d", mentions: tuple[Mention, ...] = MENTIONS) -> Document:
    """A document that states facts, each written as head, type, tail, status and, on predictions, score."""
    relations = []
    for fact in facts:
        head, type, tail, *rest = fact.split()
        status = rest[0] if rest else "actual"
        relations.append(Relation(head, type, tail, status, float(rest[1]) if rest[1:] else None))
    return Document(id, TEXT, mentions, tuple(relations))


GOLD = document("chad supports peru", "oman opposes fiji", "mali cooperates-with cuba planned")
PREDICTED = document(
    "chad supports peru actual 0.9",
    "peru supports chad actual 0.8",
    "cuba cooperates-with mali actual 0.6",
    "iraq opposes laos actual 0.3",
)
JUDGED = judge_scores([GOLD], [PREDICTED])


def random_corpus(seed: int, *, n_documents: int = 12) -> tuple[list[Document], list[Document]]:
    """Gold and predictions whose scores promise a little too much; many scores are equal."""
    rng = random.Random(seed)
    gold, predicted = [], []
    for i in range(n_documents):
        stated, said = [], []
        for head, tail in itertools.pairwise(NAMES):
            score = round(rng.random(), 2)
            if rng.random() < score**1.5:
                stated.append(f"{head} supports {tail}")
            if rng.random() < 0.8:
                said.append(f"{head} supports {tail} actual {score}")
        # Texts differ, as the documents of a corpus do.
        shown = [document(*facts, id=f"d{i:02}") for facts in (stated, said)]
        own_gold, own_predicted = (replace(side, text=f"{TEXT} {seed} {i}") for side in shown)
        gold.append(own_gold)
        predicted.append(own_predicted)
    return gold, predicted


class TestJudging:
    def test_a_fact_is_right_by_its_ends_and_type(self):
        assert JUDGED.documents[0].scored == ((0.9, True), (0.8, False), (0.6, True), (0.3, False))
        assert JUDGED.n_gold == 3

    def test_with_status_it_must_be_right_too(self):
        judged = judge_scores([GOLD], [PREDICTED], level="relation+status")
        assert judged.documents[0].scored == ((0.9, True), (0.8, False), (0.6, False), (0.3, False))

    def test_mentions_are_right_by_span_and_type(self):
        first, second = MENTIONS[0], replace(MENTIONS[1], type="ORG", score=0.25)
        predicted = document(mentions=(first, second))
        judged = judge_scores([GOLD], [predicted], level="mention")
        assert judged.documents[0].scored == ((0.5, True), (0.25, False))
        assert judged.n_gold == 10

    def test_of_a_fact_stated_both_ways_round_the_score_of_what_is_done_counts(self):
        both = ("cuba cooperates-with mali actual 0.6", "mali cooperates-with cuba planned 0.9")
        for facts in (both, both[::-1]):
            assert judge_scores([GOLD], [document(*facts)]).documents[0].scored == ((0.6, True),)

    def test_of_two_equal_statements_the_higher_score_counts(self):
        both = ("cuba cooperates-with mali actual 0.6", "mali cooperates-with cuba actual 0.9")
        for facts in (both, both[::-1]):
            assert judge_scores([GOLD], [document(*facts)]).documents[0].scored == ((0.9, True),)

    def test_a_gold_document_without_prediction_has_everything_to_find(self):
        judged = judge_scores([GOLD, replace(GOLD, id="other")], [PREDICTED])
        assert judged.n_gold == 6
        assert judged.at(0).recall == pytest.approx(2 / 6)

    @pytest.mark.parametrize(("level", "what"), [("relation", "relation 'chad supports peru'"), ("mention", "0–4")])
    def test_a_prediction_without_score_is_refused(self, level, what):
        unscored = document("chad supports peru", mentions=tuple(replace(m, score=None) for m in MENTIONS))
        with pytest.raises(InputError, match=f"predicted document 'd': .*{what} has no score"):
            judge_scores([GOLD], [unscored], level=level)

    @pytest.mark.parametrize("score", ["1.5", "-0.1"])
    def test_a_score_that_is_no_probability_is_refused(self, score):
        with pytest.raises(InputError, match=f"has the score {score}; scores are probabilities from 0 to 1"):
            judge_scores([GOLD], [document(f"chad supports peru actual {score}")])

    def test_no_predictions_are_refused(self):
        with pytest.raises(InputError, match="no predictions"):
            judge_scores([GOLD], [])

    def test_a_level_without_scores_is_refused_with_those_that_have_some(self):
        with pytest.raises(InputError, match="'entity'; choose one of relation, relation\\+status, mention"):
            judge_scores([GOLD], [PREDICTED], level="entity")

    @pytest.mark.parametrize("seed", range(3))
    def test_the_order_of_documents_and_relations_changes_nothing(self, seed):
        gold, predicted = random_corpus(seed)
        again = [replace(own, relations=own.relations[::-1]) for own in reversed(predicted)]
        assert judge_scores(gold[::-1], again).to_dict() == judge_scores(gold, predicted).to_dict()


class TestCalibration:
    def test_worked_by_hand(self):
        low, high = JUDGED.bins(n_bins=2)
        assert (low.low, low.high, low.count, low.score, low.precision) == (0, 0.5, 1, 0.3, 0)
        assert (high.low, high.high, high.count, high.precision) == (0.5, 1, 3, 2 / 3)
        assert (low.gap, high.gap) == pytest.approx((-0.3, 2 / 3 - 2.3 / 3))
        assert JUDGED.ece(n_bins=2).point == pytest.approx((1 * 0.3 + 3 * 0.1) / 4)
        assert JUDGED.brier().point == pytest.approx((0.1**2 + 0.8**2 + 0.4**2 + 0.3**2) / 4)

    def test_bins_of_equal_mass_hold_equally_many(self):
        assert [own.count for own in JUDGED.bins(binning="equal-mass", n_bins=2)] == [2, 2]
        assert JUDGED.ece(binning="equal-mass", n_bins=2).point == pytest.approx((2 * 0.05 + 2 * 0.35) / 4)

    def test_an_inner_border_belongs_to_the_bin_below(self):
        judged = judge_scores([GOLD], [document("chad supports peru actual 0.5", "oman opposes fiji actual 0")])
        assert [own.count for own in judged.bins(n_bins=2)] == [2]

    @pytest.mark.parametrize("seed", range(5))
    @pytest.mark.parametrize(("binning", "strategy"), [("equal-width", "uniform"), ("equal-mass", "quantile")])
    def test_the_diagram_is_that_of_scikit_learn(self, seed, binning, strategy):
        judged = judge_scores(*random_corpus(seed))
        precision, score = calibration_curve(judged.right, judged.scores, n_bins=7, strategy=strategy)
        bins = judged.bins(binning=binning, n_bins=7)
        assert [own.precision for own in bins] == pytest.approx(precision.tolist())
        assert [own.score for own in bins] == pytest.approx(score.tolist())

    @pytest.mark.parametrize("seed", range(5))
    @pytest.mark.parametrize("binning", BINNINGS)
    def test_the_error_is_the_mean_gap_of_the_diagram(self, seed, binning):
        judged = judge_scores(*random_corpus(seed))
        bins = judged.bins(binning=binning)
        mean = sum(own.count * abs(own.gap) for own in bins) / sum(own.count for own in bins)
        assert judged.ece(binning=binning).point == pytest.approx(mean)

    @pytest.mark.parametrize("seed", range(5))
    def test_the_error_equals_a_plain_loop_over_bins(self, seed):
        judged = judge_scores(*random_corpus(seed))
        scored = list(zip(judged.scores.tolist(), judged.right.tolist(), strict=True))
        error = 0.0
        for i in range(7):
            inside = [(score, right) for score, right in scored if i / 7 < score <= (i + 1) / 7]
            if inside:
                precision = sum(right for _, right in inside) / len(inside)
                confidence = sum(score for score, _ in inside) / len(inside)
                error += len(inside) / len(scored) * abs(precision - confidence)
        assert judged.ece(n_bins=7).point == pytest.approx(error)

    @pytest.mark.parametrize("seed", range(5))
    def test_brier_is_that_of_scikit_learn(self, seed):
        judged = judge_scores(*random_corpus(seed))
        assert judged.brier().point == pytest.approx(brier_score_loss(judged.right, judged.scores))

    def test_documents_without_predictions_widen_no_interval(self):
        gold, predicted = random_corpus(1)
        empty = [replace(own, id=f"empty-{own.id}", mentions=(), relations=()) for own in gold]
        alone, beside = judge_scores(gold, predicted), judge_scores([*gold, *empty], [*predicted, *empty])
        for one, other in ((alone.ece(), beside.ece()), (alone.brier(), beside.brier())):
            assert (one.low, one.high) == pytest.approx((other.low, other.high))

    def test_a_brier_score_of_nothing_is_no_share_of_trials(self):
        sure = document("chad supports peru actual 1.0")
        assert astuple(judge_scores([sure], [sure]).brier())[:3] == (0, 0, 0)

    @pytest.mark.parametrize("binning", BINNINGS)
    def test_the_interval_is_the_basic_bootstrap_over_documents(self, binning):
        judged = judge_scores(*random_corpus(1))
        edges = [0.0, *(own.high for own in judged.bins(binning=binning, n_bins=3))]
        rng, samples = np.random.default_rng(5), []
        for weights in rng.multinomial(12, [1 / 12] * 12, size=200):
            total = [[0.0, 0.0, 0] for _ in edges[1:]]
            for weight, own in zip(weights, judged.documents, strict=True):
                for score, right in own.scored:
                    place = next(i for i, edge in enumerate(edges[1:]) if score <= edge)
                    total[place] = [a + weight * b for a, b in zip(total[place], (score, right, 1), strict=True)]
            samples.append(sum(abs(r - s) for s, r, _ in total) / sum(n for *_, n in total))
        found = judged.ece(binning=binning, n_bins=3, n_samples=200, seed=5)
        low, high = np.percentile(samples, (2.5, 97.5))
        assert found.low == pytest.approx(max(2 * found.point - high, 0))
        assert found.high == pytest.approx(max(2 * found.point - low, found.point))
        assert found.low < found.point < found.high

    def test_exact_scores_stand_at_the_floor_and_others_above(self):
        rng = np.random.default_rng(0)
        scores = rng.random(2000)
        shown = tuple((float(score), bool(rng.random() < score)) for score in scores)
        boastful = tuple((score, right and rng.random() < 0.7) for score, right in shown)
        exact, wrong = (replace(JUDGED, documents=(replace(JUDGED.documents[0], scored=s),)) for s in (shown, boastful))
        assert exact.ece().point == pytest.approx(exact.ece_floor(n_samples=100), abs=0.01)
        assert wrong.ece().point > 3 * wrong.ece_floor(n_samples=100)

    def test_sure_and_right_scores_have_no_error_and_no_floor(self):
        judged = judge_scores([GOLD], [document("chad supports peru actual 1", "iraq opposes laos actual 0")])
        assert (judged.ece().point, judged.ece_floor(), judged.brier().point) == (0, 0, 0)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"binning": "quantile"}, "choose one of equal-width, equal-mass"),
            ({"n_bins": 0}, "n_bins must be at least 1"),
            ({"n_samples": 0}, "n_samples must be at least 1"),
        ],
    )
    def test_unknown_choices_are_refused_with_the_known_ones(self, options, message):
        for ask in (JUDGED.ece, JUDGED.ece_floor):
            with pytest.raises(InputError, match=message):
                ask(**options)


class TestSelection:
    def test_worked_by_hand(self):
        assert [own.threshold for own in JUDGED.curve] == [0.9, 0.8, 0.6, 0.3]
        assert [own.coverage for own in JUDGED.curve] == [0.25, 0.5, 0.75, 1]
        assert [own.risk for own in JUDGED.curve] == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])
        assert [own.recall for own in JUDGED.curve] == pytest.approx([1 / 3, 1 / 3, 2 / 3, 2 / 3])
        assert JUDGED.aurc == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
        assert JUDGED.average_precision == pytest.approx((1 + 2 / 3) / 3)

    def test_equal_scores_are_kept_together(self):
        facts = ("chad supports peru actual 0.7", "peru supports chad actual 0.7")
        for said in (facts, facts[::-1]):
            judged = judge_scores([GOLD], [document(*said)])
            assert [(own.right, own.kept) for own in judged.curve] == [(1, 2)]
            assert judged.aurc == 0.5

    @pytest.mark.parametrize("seed", range(5))
    def test_average_precision_is_that_of_scikit_learn_but_for_gold_never_predicted(self, seed):
        judged = judge_scores(*random_corpus(seed))
        found = judged.right.sum() / judged.n_gold
        assert judged.average_precision == pytest.approx(average_precision_score(judged.right, judged.scores) * found)

    @pytest.mark.parametrize("seed", range(5))
    def test_the_area_of_risk_is_the_mean_over_all_coverages(self, seed):
        judged = judge_scores(*random_corpus(seed))
        risks = []
        for score in judged.scores:
            kept = [right for other, right in zip(judged.scores, judged.right, strict=True) if other >= score]
            risks.append(1 - sum(kept) / len(kept))
        assert judged.aurc == pytest.approx(sum(risks) / len(risks))

    def test_at_a_threshold_fixed_beforehand(self):
        kept = JUDGED.at(0.6)
        assert (kept.right, kept.kept, kept.predicted, kept.gold) == (2, 3, 4, 3)
        assert (kept.precision, kept.recall, kept.coverage) == pytest.approx((2 / 3, 2 / 3, 3 / 4))
        assert "|threshold:0.6|" in kept.signature

    def test_above_all_scores_nothing_is_kept(self):
        kept = JUDGED.at(0.95)
        assert (kept.kept, kept.precision, kept.recall, kept.coverage, kept.risk) == (0, 0, 0, 0, 0)

    @pytest.mark.parametrize("seed", range(3))
    def test_the_curve_is_what_each_score_keeps_as_a_threshold(self, seed):
        judged = judge_scores(*random_corpus(seed))
        signature = judged.signature
        assert list(judged.curve) == [
            replace(judged.at(score), signature=signature)
            for score in sorted(set(judged.scores.tolist()), reverse=True)
        ]


class TestThreshold:
    def test_is_the_lowest_that_reaches_the_precision(self):
        chosen = choose_threshold([GOLD], [PREDICTED], precision=0.6)
        assert chosen.value == 0.6
        assert (chosen.development.right, chosen.development.kept) == (2, 3)
        assert choose_threshold([GOLD], [PREDICTED], precision=0.5).value == 0.3
        assert choose_threshold([GOLD], [PREDICTED], precision=0.9).value == 0.9

    @pytest.mark.parametrize("seed", range(3))
    def test_nothing_lower_reaches_it(self, seed):
        gold, predicted = random_corpus(seed)
        chosen = choose_threshold(gold, predicted, precision=0.7)
        judged = judge_scores(gold, predicted)
        assert judged.at(chosen.value).precision >= 0.7
        assert all(judged.at(score).precision < 0.7 for score in judged.scores if score < chosen.value)

    def test_one_that_cannot_be_reached_is_refused_with_the_best(self):
        wrong = document("peru supports chad actual 0.8", "chad supports peru actual 0.6")
        with pytest.raises(InputError, match=r"reaches a precision of 0.9: the best is 0.5000 at 0.6000, with 2"):
            choose_threshold([GOLD], [wrong], precision=0.9)

    @pytest.mark.parametrize("precision", [0, 1.1, -1])
    def test_a_precision_that_is_none_is_refused(self, precision):
        with pytest.raises(InputError, match="a precision to reach lies above 0"):
            choose_threshold([GOLD], [PREDICTED], precision=precision)

    def test_is_applied_to_other_documents(self):
        chosen = choose_threshold(*random_corpus(1), precision=0.7)
        judged = judge_scores(*random_corpus(2))
        assert judged.apply(chosen) == judged.at(chosen.value)

    def test_is_not_applied_to_a_document_that_it_was_chosen_on(self):
        chosen = choose_threshold(*random_corpus(1), precision=0.7)
        seen, new = random_corpus(1), random_corpus(2)
        mixed = [
            [*(replace(own, id=f"new-{own.id}") for own in side), old[3]] for side, old in zip(new, seen, strict=True)
        ]
        with pytest.raises(InputError, match="the threshold was chosen on d03"):
            judge_scores(*mixed).apply(chosen)

    def test_is_not_applied_at_another_level(self):
        chosen = choose_threshold(*random_corpus(1), precision=0.5, level="relation+status")
        with pytest.raises(InputError, match=r"chosen at level 'relation\+status'"):
            judge_scores(*random_corpus(2)).apply(chosen)

    def test_names_the_development_data_in_its_signature(self):
        gold, predicted = random_corpus(1)
        chosen = choose_threshold(gold, predicted, precision=0.7)
        data = next(part for part in judge_scores(gold, predicted).signature.split("|") if part.startswith("data:"))
        assert "|wanted:0.7|" in chosen.signature
        assert data in chosen.signature.split("|")
        assert chosen.signature == chosen.development.signature


class TestShowing:
    def test_signatures_name_bins_interval_and_samples(self):
        assert JUDGED.signature.startswith("relation|match:entity|status:ignored|labels:")
        signature = JUDGED.ece(binning="equal-mass", n_bins=5, n_samples=10, seed=3).signature
        assert "|binning:equal-mass|bins:5|interval:basic|bs:10|seed:3|" in signature
        assert judge_scores([GOLD], [PREDICTED], level="relation+status").signature != JUDGED.signature

    def test_as_plain_values(self):
        value = json.loads(json.dumps(JUDGED.to_dict()))
        assert (value["n_documents"], value["n_predicted"], value["n_right"], value["n_gold"]) == (1, 4, 2, 3)
        assert value["ece"]["equal-mass"]["point"] == JUDGED.ece(binning="equal-mass").point
        assert value["ece"]["equal-width"]["bins"][0]["gap"] == -0.3
        assert value["ece"]["equal-width"]["floor"] == JUDGED.ece_floor()
        assert value["aurc"] == JUDGED.aurc
        assert [own["risk"] for own in value["curve"]] == [own.risk for own in JUDGED.curve]
        assert value["signature"] == JUDGED.signature

    def test_a_threshold_as_plain_values_and_as_text(self):
        chosen = choose_threshold([GOLD], [PREDICTED], precision=0.6)
        value = json.loads(json.dumps(chosen.to_dict()))
        assert (value["value"], value["wanted"], value["level"]) == (0.6, 0.6, "relation")
        assert value["development"]["kept"] == 3
        shown = str(chosen).splitlines()
        assert shown[0].startswith("for a precision of 0.6, on development documents: scores from 0.6000 on: ")
        assert "precision 0.6667 (2 of 3), recall 0.6667, coverage 0.7500" in shown[0]
        assert shown[1] == chosen.signature

    def test_as_text_with_its_signature(self):
        lines = str(JUDGED).splitlines()
        assert lines[0].split() == ["scores", "n", "mean", "score", "precision", "gap"]
        assert lines[1].split() == ["0.2000–0.3000", "1", "0.3000", "0.0000", "-0.3000"]
        assert len(lines) == 1 + 4 + 2
        assert lines[-2].startswith("ECE 0.4000 [")
        assert lines[-1] == JUDGED.sign(("binning", "equal-width"), ("bins", 10))

    @pytest.mark.parametrize("binning", BINNINGS)
    def test_as_a_table_in_eighty_columns(self, binning):
        console = Console(width=80)
        table = JUDGED.table(binning=binning)
        with console.capture() as capture:
            console.print(table)
        shown = capture.get()
        assert "4 predictions in 1 documents" in shown
        assert all(cell in shown for column in table.columns for cell in column.cells)
        assert f"binning:{binning}" in shown.replace("\n", "")

    def test_is_kept_in_the_order_of_ids(self):
        judged = judge_scores(*random_corpus(1))
        assert Reliability(judged.documents[::-1], "relation", builtin_schema()).documents == judged.documents
