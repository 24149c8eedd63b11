"""Several seeds of one system: means, deviations, the interval over documents and seeds, and two such systems."""

from __future__ import annotations

import io
import json
import statistics

import numpy as np
import pytest
from rich.console import Console

from disturbed import disturb
from random_documents import random_document
from relex.comparison import Comparison, compare_reports
from relex.document import Document
from relex.errors import InputError
from relex.evaluation import compare, evaluate, evaluate_seeds
from relex.metrics import LEVELS, UNSEEN
from relex.report import Report
from relex.seeds import SeedReport

GOLD = [random_document(i, id=f"d{i}") for i in range(8)]
RUNS = {name: [disturb(d, 10 * i + j) for j, d in enumerate(GOLD)] for i, name in enumerate(("s7", "s8", "s9"), 1)}
REPORTS = {name: evaluate(GOLD, run) for name, run in RUNS.items()}
SEEDS = SeedReport(REPORTS)
SHOWN = [level.name for level in LEVELS if level.name != UNSEEN]


def resampled(average: str, *, n_samples: int, seed: int) -> list[float]:
    """The mean F1 of relations in each sample, drawn one by one: documents for all seeds, seeds apart."""
    rng, seed_rng = np.random.default_rng(seed), np.random.default_rng((seed, 0))
    documents = rng.multinomial(8, [1 / 8] * 8, size=n_samples)
    seeds = seed_rng.multinomial(2, [1 / 3] * 3, size=n_samples)
    means = []
    for drawn, weights in zip(documents, seeds, strict=True):
        mean = 0.0
        for weight, report in zip(weights, REPORTS.values(), strict=True):
            copies = [d for d, n in zip(report.documents, drawn, strict=True) for _ in range(n)]
            again = Report(tuple(copies), report.schema)
            mean += weight / 2 * (again.rates("relation").f1 if average == "micro" else drawn_macro(report, again))
        means.append(mean)
    return means


def drawn_macro(whole: Report, drawn: Report) -> float:
    """Return the mean F1 of the types in the gold of all documents; one that was not drawn keeps its own."""
    all_types = whole.per_type("relation")
    supported = [name for name, own in all_types.items() if own.gold]
    return statistics.mean(drawn.per_type("relation").get(name, all_types[name]).f1 for name in supported)


class TestMeans:
    @pytest.mark.parametrize("rate", ["precision", "recall", "f1"])
    @pytest.mark.parametrize("average", ["micro", "macro"])
    def test_are_over_the_rates_of_the_seeds(self, rate, average):
        values = [getattr(report.rates("relation", average=average), rate) for report in REPORTS.values()]
        found = SEEDS.interval("relation", average=average, rate=rate, n_samples=20)
        assert found.point == pytest.approx(statistics.mean(values))
        assert found.deviation == pytest.approx(statistics.stdev(values))
        assert (found.lowest, found.highest) == pytest.approx((min(values), max(values)))
        assert found.deviation > 0

    @pytest.mark.parametrize("level", SHOWN)
    def test_are_there_at_every_level(self, level):
        values = [report.rates(level).f1 for report in REPORTS.values()]
        assert SEEDS.interval(level, n_samples=20).point == pytest.approx(statistics.mean(values))

    def test_of_a_type_count_the_seeds_that_never_predict_it(self):
        bare = [Document(d.id, d.text, d.mentions) for d in GOLD]
        seeds = evaluate_seeds(GOLD, {"all": GOLD, "none": bare})
        found = seeds.interval("relation", type="visited", n_samples=20)
        assert (found.point, found.lowest, found.highest) == (0.5, 0, 1)
        assert found.deviation == pytest.approx(0.5**0.5)

    def test_equal_seeds_do_not_deviate(self):
        seeds = SeedReport({"1": REPORTS["s7"], "2": REPORTS["s7"]})
        own, alone = seeds.interval("relation"), REPORTS["s7"].interval("relation")
        assert own.deviation == 0
        assert (own.point, own.low, own.high) == pytest.approx((alone.point, alone.low, alone.high))


class TestInterval:
    @pytest.mark.parametrize("average", ["micro", "macro"])
    def test_draws_documents_for_all_seeds_and_seeds_apart(self, average):
        found = SEEDS.interval("relation", average=average, n_samples=60, seed=5)
        low, high = np.percentile(resampled(average, n_samples=60, seed=5), (2.5, 97.5))
        assert (found.low, found.high) == pytest.approx((low, high))

    def test_of_one_document_is_over_seeds_alone(self):
        one = SEEDS.subset({"d1"})
        found = one.interval("mention", n_samples=300)
        assert (found.low, found.high) == pytest.approx((found.lowest, found.highest), abs=found.deviation)
        assert found.low < found.point < found.high

    def test_is_told_with_mean_and_deviation(self):
        seeds = SeedReport({"1": REPORTS["s7"], "2": REPORTS["s7"]})
        found = seeds.interval("relation")
        assert str(found) == f"{found.point:.4f} ± 0.0000 [{found.low:.4f}, {found.high:.4f}]"

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"level": "relations"}, "no level 'relations'"),
            ({"level": UNSEEN}, "needs the documents that the system was trained on"),
            ({"level": "relation", "rate": "accuracy"}, "rates: precision, recall, f1"),
            ({"level": "relation", "type": "likes"}, "no counts of type 'likes'; it has met-with"),
            ({"level": "relation", "average": "weighted"}, "averages: macro, micro"),
            ({"level": "muc", "average": "macro"}, "has no types"),
        ],
    )
    def test_unknown_choices_are_refused_with_the_known_ones(self, options, message):
        with pytest.raises(InputError, match=message):
            SEEDS.interval(options.pop("level"), **options)


class TestRefused:
    def test_one_seed_has_no_deviation(self):
        with pytest.raises(InputError, match="1 seeds have no deviation; give the predictions of two or more"):
            SeedReport({"1": REPORTS["s7"]})

    def test_seeds_are_scored_over_the_same_documents(self):
        with pytest.raises(InputError, match="score different things"):
            SeedReport(REPORTS | {"s9": REPORTS["s9"].subset(["d1"])})
        with pytest.raises(InputError, match="score different things"):
            SeedReport(REPORTS | {"s9": evaluate(GOLD, RUNS["s9"], seen=[])})


class TestShown:
    def test_the_signature_names_the_seeds(self):
        assert "|seeds:s7,s8,s9|bs:20|seed:4|" in SEEDS.interval("relation", n_samples=20, seed=4).signature
        assert "|type:visited|" in SEEDS.interval("relation", type="visited", n_samples=20).signature

    def test_plain_values(self):
        value = json.loads(json.dumps(SEEDS.to_dict()))
        assert (value["n_documents"], value["seeds"]) == (8, ["s7", "s8", "s9"])
        assert list(value["levels"]) == SHOWN
        own, found = value["levels"]["relation"], SEEDS.interval("relation")
        f1 = own["f1"]
        assert (f1["mean"], f1["deviation"]) == (found.point, found.deviation)
        assert (f1["lowest"], f1["highest"]) == (found.lowest, found.highest)
        assert f1["seeds"] == {name: report.rates("relation").f1 for name, report in REPORTS.items()}
        assert own["interval"] == [found.low, found.high]
        assert own["signature"] == found.signature
        assert own["macro"]["f1"]["mean"] == SEEDS.interval("relation", average="macro").point
        visited = SEEDS.interval("relation", type="visited")
        assert own["types"]["visited"]["f1"]["mean"] == pytest.approx(visited.point)
        assert own["types"]["visited"]["f1"]["deviation"] == pytest.approx(visited.deviation)

    def test_types_stand_in_the_table_by_support_with_their_own_intervals(self):
        kinds = SEEDS.types("relation")
        names, means, intervals, ranges, _ = (list(column.cells) for column in SEEDS.table("relation").columns)
        assert sorted(names[:-1]) == sorted(kinds)
        support = [sum(r.type == name for d in GOLD for r in d.relations) for name in names[:-1]]
        assert support == sorted(support, reverse=True)
        for i, kind in enumerate([*names[:-1], None]):
            own = SEEDS.interval("relation", type=kind)
            assert means[i] == f"{own.point:.4f} ± {own.deviation:.4f}"
            assert intervals[i] == f"{own.low:.4f}–{own.high:.4f}"
            assert ranges[i] == f"{own.lowest:.4f}–{own.highest:.4f}"

    @pytest.mark.parametrize("level", [None, "mention", "relation"])
    def test_tables_fit_80_columns(self, level):
        console = Console(width=80, record=True, file=io.StringIO())
        console.print(SEEDS.table(level))
        shown = console.export_text()
        assert "…" not in shown
        assert f"{SEEDS.interval(level or 'relation').point:.4f} ± " in shown

    def test_as_text_and_markdown_with_signatures(self):
        own = SEEDS.interval("relation")
        mean = f"{own.point:.4f} ± {own.deviation:.4f}"
        assert mean in str(SEEDS)
        assert str(SEEDS).endswith(own.signature)
        lines = SEEDS.to_markdown().splitlines()
        assert lines[0] == "| level | F1 | 95 % interval | range | macro |"
        assert next(line.split("|")[2].strip() for line in lines if line.startswith("| relation |")) == mean
        assert own.signature in lines

    def test_a_part_of_the_documents_is_a_report_too(self):
        part = SEEDS.subset(lambda name: name < "d4")
        assert part.to_dict()["n_documents"] == 4
        assert list(part.reports) == ["s7", "s8", "s9"]
        assert SEEDS.subset(iter(["d1", "d2"])).to_dict() == SEEDS.subset({"d1", "d2"}).to_dict()


class TestCompared:
    def test_the_counts_of_seeds_are_averaged_document_by_document(self):
        found = compare_reports(REPORTS["s7"], SEEDS, level="mention", n_samples=50)
        pooled = sum(
            (report.micro("mention") for report in REPORTS.values()), start=type(REPORTS["s7"].micro("mention"))()
        )
        assert found.a == REPORTS["s7"].micro("mention").f1
        assert found.b == pytest.approx(pooled.f1)
        assert "|seeds:1+3|pool:counts|bs:50|" in found.signature

    def test_predictions_by_seed_are_told_from_documents(self):
        found = compare(GOLD, iter(RUNS["s7"]), (iter(run) for run in RUNS.values()), level="mention", n_samples=50)
        assert found == compare_reports(REPORTS["s7"], SEEDS, level="mention", n_samples=50)
        assert compare(GOLD, [RUNS["s7"]], [RUNS["s8"]]) == compare(GOLD, RUNS["s7"], RUNS["s8"])
        with pytest.raises(InputError, match="some predictions are documents and some are not"):
            compare(GOLD, [GOLD[0], [GOLD[1]]], GOLD)

    def test_a_system_without_predictions_is_one_run(self):
        assert compare(GOLD, [], GOLD).a == 0

    def test_the_interval_draws_the_seeds_of_either_system_too(self):
        # On a single document the documents have no spread; what is left is that of the seeds.
        one = SEEDS.subset({"d1"})
        found = compare_reports(one, one, level="mention")
        assert found.difference == 0
        assert found.low < 0 < found.high

    def test_seeds_compared_with_themselves_are_not_distinguishable(self):
        assert compare_reports(SEEDS, SEEDS).verdict == "not distinguishable"


class TestVerdict:
    @pytest.mark.parametrize(
        ("low", "high", "p_value", "verdict"),
        [
            (0.01, 0.2, 0.04, "better"),
            (-0.2, -0.01, 0.04, "worse"),
            (-0.01, 0.2, 0.04, "not distinguishable"),
            (0.0, 0.2, 0.04, "not distinguishable"),
            (0.01, 0.2, 0.05, "not distinguishable"),
            (-0.2, -0.01, 0.06, "not distinguishable"),
        ],
    )
    def test_needs_interval_and_test_to_agree(self, low, high, p_value, verdict):
        found = Comparison(a=0.5, b=0.5 + (low + high) / 2, low=low, high=high, p_value=p_value, signature="")
        assert found.verdict == verdict
        assert found.to_dict()["verdict"] == verdict
        assert str(found).splitlines()[0].endswith(f": {verdict}")

    def test_systems_far_apart_are_told_apart_either_way_round(self):
        gold = [random_document(i, id=f"d{i}") for i in range(40)]
        weak = [disturb(d, i, rate=0.8) for i, d in enumerate(gold)]
        assert compare(gold, weak, gold).verdict == "better"
        assert compare(gold, gold, weak).verdict == "worse"
