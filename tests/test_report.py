"""Reports: rates from counts per document, intervals, subsets, signatures and the ways they are shown."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from rich.console import Console

from relex.comparison import Comparison, compare_reports
from relex.errors import InputError
from relex.metrics import LEVELS, UNSEEN, Counts, level_named
from relex.report import DocumentCounts, Report
from relex.schema import builtin_schema
from relex.version import __version__


def counted(id: str, **relations: tuple[int, int, int]) -> DocumentCounts:
    """A document with a few counts; keyword names are relation types with '_' for '-'."""
    counts = {("relation", name.replace("_", "-")): Counts(*values) for name, values in relations.items()}
    return DocumentCounts(id, f"gold of {id}", {**counts, ("entity", ""): Counts(0.5, 1, 1)})


DOCUMENTS = (
    counted("dw-1", signed=(1, 2, 2), covers=(0, 0, 1)),
    counted("dw-2", signed=(2, 2, 2)),
    counted("state-1", signed=(0, 1, 1), met_with=(0, 2, 0)),
    counted("state-2"),
)
REPORT = Report(DOCUMENTS, builtin_schema())
SHOWN = [level.name for level in LEVELS if level.name != UNSEEN]


class TestRates:
    def test_micro_pools_documents_and_types(self):
        assert REPORT.micro("relation") == Counts(3, 7, 6)

    def test_per_type_is_sorted_and_has_what_only_one_side_has(self):
        assert list(REPORT.per_type("relation").items()) == [
            ("covers", Counts(0, 0, 1)),
            ("met-with", Counts(0, 2, 0)),
            ("signed", Counts(3, 5, 5)),
        ]

    def test_macro_is_over_types_with_gold_support(self):
        macro = REPORT.macro("relation")
        assert (macro.precision, macro.recall, macro.f1) == pytest.approx((0.3, 0.3, 0.3))

    def test_rates_are_asked_for_alike_at_every_level(self):
        for average, own in (("micro", REPORT.micro("relation")), ("macro", REPORT.macro("relation"))):
            found = REPORT.rates("relation", average=average)
            assert (found.precision, found.recall, found.f1) == (own.precision, own.recall, own.f1)
        assert REPORT.rates("entity").f1 == 0.5

    def test_precision_is_of_what_is_right_and_recall_of_what_is_found(self):
        counts = {("overlap", "GPE"): Counts(3, 4, 2, found=1), ("overlap", "ORG"): Counts(0, 0, 2, found=0)}
        report = Report((DocumentCounts("d", "gold", counts),), builtin_schema())
        assert report.micro("overlap") == Counts(3, 4, 4, found=1)
        assert (report.rates("overlap").precision, report.rates("overlap").recall) == (0.75, 0.25)
        assert (report.macro("overlap").precision, report.macro("overlap").recall) == (0.375, 0.25)

    def test_a_level_without_counts_is_zero(self):
        assert REPORT.micro("mention") == Counts(0, 0, 0)
        assert REPORT.macro("mention").f1 == 0

    @pytest.mark.parametrize("level", [level.name for level in LEVELS if not level.typed])
    def test_a_level_without_types_has_no_macro_average(self, level):
        for ask in (REPORT.macro, REPORT.per_type):
            with pytest.raises(InputError, match="has no types"):
                ask(level)

    @pytest.mark.parametrize(
        "ask", ["rates", "micro", "macro", "per_type", "types", "array", "interval", "sign", "table"]
    )
    def test_an_unknown_level_is_refused(self, ask):
        with pytest.raises(InputError, match="no level 'relations'"):
            getattr(REPORT, ask)("relations")

    @pytest.mark.parametrize(
        "ask", ["rates", "micro", "macro", "per_type", "types", "array", "interval", "sign", "table"]
    )
    def test_a_level_that_needs_the_training_documents_is_refused_without_them(self, ask):
        with pytest.raises(InputError, match=r"level 'relation-unseen' needs .* evaluate\(…, seen=…\)"):
            getattr(REPORT, ask)(UNSEEN)

    def test_a_report_needs_documents(self):
        with pytest.raises(InputError, match="no documents to score"):
            Report((), builtin_schema())


def chained(id: str, muc: Counts, b3: Counts, ceaf: Counts) -> DocumentCounts:
    return DocumentCounts(id, f"gold of {id}", {("muc", ""): muc, ("b3", ""): b3, ("ceaf-e", ""): ceaf})


class TestMeanOfLevels:
    """The CoNLL score is a mean of rates, so that no counts stand behind it."""

    REPORT = Report(
        (
            chained("a", Counts(1, 2, 1), Counts(1.5, 3, 2, found=2), Counts(0.5, 1, 1)),
            chained("b", Counts(0, 0, 3), Counts(0, 0, 4), Counts(0, 0, 2)),
            chained("c", Counts(1, 1, 1), Counts(2, 2, 2), Counts(1, 1, 1)),
        ),
        builtin_schema(),
    )

    def test_is_the_mean_of_the_pooled_rates_of_its_parts(self):
        parts = [self.REPORT.micro(level) for level in ("muc", "b3", "ceaf-e")]
        assert [part.precision for part in parts] == [2 / 3, 0.7, 0.75]
        assert [part.recall for part in parts] == [0.4, 0.5, 0.375]
        score = self.REPORT.rates("coreference")
        assert score.precision == pytest.approx((2 / 3 + 0.7 + 0.75) / 3)
        assert score.recall == pytest.approx((0.4 + 0.5 + 0.375) / 3)
        assert score.f1 == pytest.approx(sum(part.f1 for part in parts) / 3)

    def test_a_part_without_gold_counts_as_zero(self):
        # Nothing is linked in gold or predictions, so MUC is 0 of 0.
        report = Report((chained("a", Counts(), Counts(1, 1, 1), Counts(1, 1, 1)),), builtin_schema())
        assert report.rates("coreference").f1 == pytest.approx(2 / 3)

    def test_has_an_interval(self):
        interval = self.REPORT.interval("coreference")
        assert interval.point == pytest.approx(self.REPORT.rates("coreference").f1)
        assert interval.low < interval.point < interval.high

    def test_says_so_in_its_signature(self):
        assert self.REPORT.sign("coreference").startswith("coreference|match:mean(muc,b3,ceaf-e)|avg:micro|")

    def test_has_no_counts(self):
        with pytest.raises(InputError, match="'coreference' is the mean of muc, b3, ceaf-e and has no counts"):
            self.REPORT.micro("coreference")

    def test_is_shown_without_counts(self):
        value = self.REPORT.to_dict()["levels"]["coreference"]
        intervals = ["precision_interval", "recall_interval", "interval"]
        assert list(value) == ["precision", "recall", "f1", "parts", *intervals, "signature"]
        assert value["parts"] == ["muc", "b3", "ceaf-e"]
        (line,) = (line for line in self.REPORT.to_markdown().splitlines() if line.startswith("| coreference |"))
        assert line.endswith("|  |  |  |")

    def test_two_systems_are_compared_by_it(self):
        worse = Report(
            tuple(chained(d.id, Counts(0, 1, 3), Counts(0, 1, 4), Counts(0, 1, 2)) for d in self.REPORT.documents),
            builtin_schema(),
        )
        worse = replace(worse, documents=[replace(d, gold=f"gold of {d.id}") for d in worse.documents])
        found = compare_reports(worse, self.REPORT, level="coreference", n_samples=50)
        assert found.a == 0
        assert found.b == pytest.approx(self.REPORT.rates("coreference").f1)
        assert compare_reports(self.REPORT, self.REPORT, level="coreference", n_samples=50).p_value == 1


class TestSeen:
    REPORT = Report(
        (DocumentCounts("d", "gold", {(UNSEEN, "signed"): Counts(1, 2, 4, found=3)}),),
        builtin_schema(),
        "0123456789abcdef",
    )

    def test_the_level_is_there_and_signs_the_training_documents(self):
        assert self.REPORT.levels == LEVELS
        assert (self.REPORT.rates(UNSEEN).precision, self.REPORT.rates(UNSEEN).recall) == (0.5, 0.75)
        assert "|avg:micro|seen:0123456789ab|zero:excluded|" in self.REPORT.sign(UNSEEN)
        assert list(self.REPORT.to_dict()["levels"])[-1] == UNSEEN
        assert f"| {UNSEEN} | 0.5000 | 0.7500 | 0.6000 |" in self.REPORT.to_markdown()

    def test_other_levels_do_not_depend_on_them(self):
        assert self.REPORT.sign("relation") == replace(self.REPORT, seen=None).sign("relation")

    def test_they_stay_with_a_part_of_the_report(self):
        assert self.REPORT.subset("d") == self.REPORT

    def test_systems_are_compared_over_the_same_ones(self):
        with pytest.raises(InputError, match="same schema and training documents"):
            compare_reports(self.REPORT, replace(self.REPORT, seen="other"))


class TestInterval:
    @pytest.mark.parametrize("average", ["micro", "macro"])
    @pytest.mark.parametrize("rate", ["precision", "recall", "f1"])
    def test_holds_the_rate_itself(self, average, rate):
        interval = REPORT.interval("relation", average=average, rate=rate)
        whole = REPORT.micro("relation") if average == "micro" else REPORT.macro("relation")
        assert interval.point == pytest.approx(getattr(whole, rate))
        assert interval.low < interval.point < interval.high

    def test_of_one_type(self):
        interval = REPORT.interval("relation", type="signed")
        assert interval.point == pytest.approx(0.6)
        assert "|type:signed|" in interval.signature
        assert "avg" not in interval.signature

    def test_the_seed_decides(self):
        assert REPORT.interval("relation", seed=3) == REPORT.interval("relation", seed=3)
        assert "|bs:100|seed:3|" in REPORT.interval("relation", n_samples=100, seed=3).signature

    def test_one_document_has_no_spread(self):
        interval = REPORT.subset(["dw-1"]).interval("relation")
        assert interval.low == interval.point == interval.high

    def test_reads_as_text(self):
        assert str(REPORT.subset(["dw-2"]).interval("relation")) == "1.0000 [1.0000, 1.0000]"

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"rate": "accuracy"}, "rates: precision, recall, f1"),
            ({"average": "weighted"}, "averages: macro, micro"),
            ({"type": "visited"}, "no counts of type 'visited'; it has covers, met-with, signed"),
            ({"n_samples": 0}, "n_samples must be at least 1"),
        ],
    )
    def test_unknown_choices_are_refused_with_the_known_ones(self, options, message):
        with pytest.raises(InputError, match=message):
            REPORT.interval("relation", **options)


class TestSubset:
    def test_by_predicate(self):
        part = REPORT.subset(lambda id: id.startswith("dw-"))
        assert part.micro("relation") == Counts(3, 4, 5)
        assert part.subset(lambda id: True) == part

    def test_by_ids(self):
        assert REPORT.subset(["state-2", "dw-2"]).micro("relation") == Counts(2, 2, 2)
        assert REPORT.subset("dw-2") == REPORT.subset(["dw-2"])

    def test_parts_add_up(self):
        parts = [REPORT.subset(lambda id, p=prefix: id.startswith(p)) for prefix in ("dw-", "state-")]
        assert parts[0].micro("relation") + parts[1].micro("relation") == REPORT.micro("relation")

    def test_unknown_ids_are_refused(self):
        with pytest.raises(InputError, match="no document dw- in the report"):
            REPORT.subset(["dw-1", "dw-"])

    def test_nothing_left_is_refused(self):
        with pytest.raises(InputError, match="no documents to score"):
            REPORT.subset(lambda id: False)


class TestSignature:
    def test_says_all_that_the_number_depends_on(self):
        fields = REPORT.signature.split("|")
        assert fields[:5] == ["relation", "match:entity", "status:ignored", "avg:micro", "zero:excluded"]
        assert [field.split(":")[0] for field in fields[5:]] == ["labels", "data", "n", "relex"]
        assert fields[-2:] == ["n:4", f"relex:{__version__}"]

    def test_follows_average_and_level(self):
        assert "|status:required|avg:macro|" in REPORT.sign("relation+status", average="macro")
        with pytest.raises(InputError, match="has no types"):
            REPORT.sign("boundary", average="macro")

    def test_does_not_follow_the_order_of_documents(self):
        assert Report(DOCUMENTS[::-1], builtin_schema()).signature == REPORT.signature

    def test_follows_gold_labels_symmetry_and_choice_of_documents(self):
        changed = Report((*DOCUMENTS[:3], replace(DOCUMENTS[3], gold="other")), builtin_schema())
        types = builtin_schema().relation_types
        fewer = replace(builtin_schema(), relation_types=types[1:])
        directed = replace(builtin_schema(), relation_types=tuple(replace(t, symmetric=False) for t in types))
        schemas = [Report(DOCUMENTS, schema) for schema in (fewer, directed)]
        reports = [REPORT, changed, *schemas, REPORT.subset(["dw-1"])]
        assert len({report.signature for report in reports}) == 5

    def test_does_not_follow_the_ids_of_documents(self):
        ids = ["dw-2", "dw-1", "state-1", "state-2"]
        renamed = tuple(replace(document, id=id) for document, id in zip(DOCUMENTS, ids, strict=True))
        assert Report(renamed, builtin_schema()).signature == REPORT.signature


class TestShown:
    def test_plain_values_have_the_interval_of_every_rate(self):
        value = REPORT.to_dict()["levels"]["relation"]
        for name, rate in (("precision_interval", "precision"), ("recall_interval", "recall"), ("interval", "f1")):
            own = REPORT.interval("relation", rate=rate)
            assert value[name] == [own.low, own.high]
            macro = REPORT.interval("relation", rate=rate, average="macro")
            assert value["macro"][name] == [macro.low, macro.high]
            for kind, found in value["types"].items():
                alone = REPORT.interval("relation", rate=rate, type=kind)
                assert found[name] == [alone.low, alone.high]

    def test_as_plain_values(self):
        value = json.loads(json.dumps(REPORT.to_dict()))
        relation = value["levels"]["relation"]
        assert value["n_documents"] == 4
        assert list(value["levels"]) == SHOWN
        assert (relation["tp"], relation["predicted"], relation["gold"], relation["found"]) == (3, 7, 6, 3)
        assert relation["f1"] == REPORT.micro("relation").f1
        assert relation["macro"]["f1"] == REPORT.macro("relation").f1
        assert relation["types"]["signed"]["gold"] == 5
        assert relation["interval"][0] < relation["f1"] < relation["interval"][1]
        assert relation["signature"] == REPORT.interval("relation").signature
        assert "macro" not in value["levels"]["entity"]

    def test_as_markdown(self):
        lines = REPORT.subset("dw-2").to_markdown().splitlines()
        assert lines[0] == "| level | P | R | F1 | 95 % interval | macro | right | found |"
        assert lines[1] == "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
        # One document has no spread.
        assert "| relation | 1.0000 | 1.0000 | 1.0000 |  | 1.0000 | 2/2 | 2/2 |" in lines
        assert "| entity | 0.5000 | 0.5000 | 0.5000 |  |  | 0.50/1 | 0.50/1 |" in lines
        assert "| signed | 1.0000 | 1.0000 | 1.0000 |  |  | 2/2 | 2/2 |" in lines
        assert sum("|match:" in line for line in lines if "avg:macro" not in line) == len(SHOWN)
        assert [line.partition("|")[0] for line in lines if "avg:macro" in line] == [
            level for level in SHOWN if level_named(level).typed
        ]

    def test_as_text_with_its_signature(self):
        lines = str(REPORT).splitlines()
        assert len(lines) == 1 + len(SHOWN) + 1
        assert len({len(line) for line in lines[:-1]}) == 1
        assert lines[-1].startswith("relation|match:entity|")

    def test_as_a_table_with_its_signature(self):
        console = Console(width=200)
        with console.capture() as capture:
            console.print(REPORT.table())
        shown = capture.get()
        assert "4 documents" in shown
        assert all(name in shown for name in SHOWN)
        assert "relation|match:entity|status:ignored|avg:micro" in shown

    @pytest.mark.parametrize("level", [None, "relation"])
    def test_a_table_shows_every_number_in_eighty_columns(self, level):
        console = Console(width=80)
        report = Report((*DOCUMENTS, counted("z", participated_in=(1000, 2000, 3000))), builtin_schema())
        with console.capture() as capture:
            console.print(report.table(level))
        # A long name may fold.
        cells = {cell for column in report.table(level).columns[1:] for cell in column.cells}
        assert all(cell in capture.get() for cell in cells)

    def test_intervals_by_type_are_those_asked_for_one_by_one(self):
        *_, intervals = list(REPORT.table("relation").columns)[:5]
        alone = REPORT.interval("relation", type="signed")
        assert next(intervals.cells) == f"{alone.low:.4f}–{alone.high:.4f}"

    def test_as_a_table_by_type_with_the_most_frequent_first(self):
        first, *_ = REPORT.table("relation").columns
        assert list(first.cells) == ["signed", "covers", "met-with", "all"]
        with pytest.raises(InputError, match="has no types"):
            REPORT.table("boundary")


class TestCompareReports:
    def test_needs_the_same_documents_gold_and_schema(self):
        with pytest.raises(InputError, match="score different things"):
            compare_reports(REPORT, REPORT.subset(["dw-1", "dw-2"]))
        with pytest.raises(InputError, match="score different things"):
            compare_reports(REPORT, Report((*DOCUMENTS[:3], replace(DOCUMENTS[3], id="z")), builtin_schema()))

    def test_counts_types_that_only_one_system_predicts(self):
        other = Report(
            (*DOCUMENTS[:3], replace(DOCUMENTS[3], counts={("relation", "visited"): Counts(0, 1, 0)})), builtin_schema()
        )
        found = compare_reports(REPORT, other, n_samples=50)
        assert found.b == pytest.approx(2 * 3 / (8 + 6))

    def test_a_level_without_types_can_be_compared(self):
        assert compare_reports(REPORT, REPORT, level="entity", n_samples=10).p_value == 1

    def test_is_shown_with_its_signature(self):
        found = Comparison(a=0.5, b=0.625, low=0.1, high=0.2, p_value=0.01, signature="relation|n:4")
        assert str(found) == "0.5000 -> 0.6250: +0.1250 [+0.1000, +0.2000], p = 0.0100: better\nrelation|n:4"
        assert found.to_dict() == {
            "a": 0.5,
            "b": 0.625,
            "difference": 0.125,
            "interval": [0.1, 0.2],
            "p_value": 0.01,
            "verdict": "better",
            "signature": "relation|n:4",
        }
