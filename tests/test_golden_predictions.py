"""What others predicted and released, scored here: the figures of their papers come out, and those of scikit-learn.

The data are not part of relex. The tests read them from the directory that RELEX_DATA names, a folder a data set:
`crossre` from https://github.com/mainlp/CrossRE with `predictions/DOMAIN/SEED/DOMAIN-test-pred.csv`, and `plv` from
https://github.com/snowood1/Zero-Shot-PLOVER with the tables, `prompts/` and `PLV_test-Tree.npy`.
"""

from __future__ import annotations

import csv
import itertools
import json
import os
import statistics
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

import relex
from relex.evaluation import evaluate_seeds
from relex.formats import crossre
from relex.seeds import SeedReport
from zero_shot_plover import choose_codes, read_prompts, read_table

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from plv_data import read_plv

DATA = os.environ.get("RELEX_DATA")
ROOT = Path(DATA or "")

pytestmark = pytest.mark.skipif(DATA is None, reason="set RELEX_DATA to a directory with the data sets to score")

# Macro and micro F1 in points, means of five seeds.
CROSSRE = {
    "ai": (30.7, 45.3),
    "literature": (37.4, 67.4),
    "music": (39.3, 76.0),
    "news": (16.5, 46.3),
    "politics": (20.3, 58.2),
    "science": (25.3, 40.1),
}
LEVELS = ("relation", "relation-mention", "relation-boundary")


def points(share: float) -> float:
    return round(100 * share, 1)


def predictions(domain: str) -> dict[str, Path]:
    """The tables of predictions of a domain by their seeds."""
    return {path.parent.name: path for path in sorted((ROOT / "crossre/predictions" / domain).glob("*/*.csv"))}


@cache
def score_crossre(domain: str) -> SeedReport:
    gold = relex.read(ROOT / "crossre" / f"{domain}-test.json", format="crossre")
    return evaluate_seeds(gold, {seed: crossre.read_predictions(p, gold) for seed, p in predictions(domain).items()})


def gold_labels(domain: str) -> list[set[str]]:
    """The labels of every related pair of a test set, in the order in which the authors list pairs."""
    labels = []
    with (ROOT / "crossre" / f"{domain}-test.json").open(encoding="utf-8") as file:
        for sentence in map(json.loads, file):
            for head, tail in itertools.permutations(sentence["ner"], 2):
                labels.append({r[4] for r in sentence["relations"] if r[:4] == [*head[:2], *tail[:2]]})
    return [own for own in labels if own]


class TestCrossre:
    """Pairs that are related are given, and may have several labels. Macro is over the labels that the test set has."""

    @pytest.mark.parametrize("domain", CROSSRE)
    def test_a_domain_scores_as_published_and_as_scikit_learn_has_it(self, domain: str) -> None:
        report, gold = score_crossre(domain), gold_labels(domain)
        assert len(report.reports) == 5
        for seed, path in predictions(domain).items():
            with path.open(encoding="utf-8", newline="") as file:
                predicted = [set(row["labels"].split(" ")) for row in csv.DictReader(file)]
            names = sorted(set().union(*gold, *predicted))
            sides = [np.array([[name in own for name in names] for own in side]) for side in (gold, predicted)]
            _, _, f1, support = precision_recall_fscore_support(*sides, average=None, zero_division=0)
            for level in LEVELS:
                own = report.reports[seed]
                assert own.macro(level).f1 == pytest.approx(f1[support > 0].mean(), abs=1e-12)
                assert own.micro(level).f1 == pytest.approx(f1_score(*sides, average="micro"), abs=1e-12)
        means = [report.interval("relation-mention", average=average) for average in ("macro", "micro")]
        assert tuple(points(mean.point) for mean in means) == CROSSRE[domain]

    def test_the_mean_over_six_domains_is_the_published_one(self) -> None:
        macro = [score_crossre(domain).interval("relation-mention", average="macro").point for domain in CROSSRE]
        assert points(statistics.mean(macro)) == 28.2


def score_plv(gold_column: str, column: str) -> relex.evaluation.Report:
    path = ROOT / "plv/PLV_test.tsv"
    return relex.evaluate(read_plv(path, column=gold_column), read_plv(path, column=column))


class TestPlv:
    @pytest.mark.parametrize(
        ("gold", "predicted", "macro", "accuracy"),
        [
            ("gold_root", "root_L2", 82.1, 83.5),
            ("gold_root", "root_L1", 78.1, 79.6),
            ("gold_penta", "penta_L2", 89.2, 89.7),
            ("gold_penta", "penta_L1", 85.6, 86.2),
        ],
    )
    def test_the_codes_score_as_published_and_as_scikit_learn_has_it(
        self, gold: str, predicted: str, macro: float, accuracy: float
    ) -> None:
        report = score_plv(gold, predicted)
        sides = column(gold), column(predicted)
        for level in LEVELS:
            own = report.macro(level).f1, report.micro(level).f1
            assert own == pytest.approx((f1_score(*sides, average="macro"), accuracy_score(*sides)), abs=1e-12)
        assert (points(report.macro("relation").f1), points(report.micro("relation").f1)) == (macro, accuracy)

    def test_the_codes_follow_from_the_scores_of_the_hypotheses(self) -> None:
        scores = np.load(ROOT / "plv/PLV_test-Tree.npy", allow_pickle=False)
        prompts = read_prompts(ROOT / "plv/prompts")
        plain, modal = zip(*(choose_codes(own, prompts) for own in scores), strict=True)
        assert list(plain) == column("root_L1")
        assert points(f1_score(column("gold_root"), plain, average="macro")) == 78.1
        # The table was made with other prompts in the future tense: a few codes differ.
        differing = [
            tense for one, own, tense in zip(modal, column("root_L2"), column("modality_L2"), strict=True) if one != own
        ]
        assert len(differing) == 17
        assert set(differing) == {"todo"}
        assert points(f1_score(column("gold_root"), modal, average="macro")) == 82.4


def column(name: str) -> Sequence[str]:
    return [row[name] for row in read_table(ROOT / "plv/PLV_test.tsv")]


class TestReadPlv:
    """The tables as they are; what the reader does with a table of our own stands in test_plv_data."""

    @pytest.mark.parametrize(("part", "n_rows", "n_unnamed"), [("train", 1050, 24), ("test", 1033, 12)])
    def test_every_row_becomes_a_document_with_both_actors(self, part: str, n_rows: int, n_unnamed: int) -> None:
        documents = read_plv(ROOT / f"plv/PLV_{part}.tsv")
        assert len(documents) == n_rows
        assert sum("\n" in document.text for document in documents) == n_unnamed
        assert {len(document.mentions) for document in documents} == {2}
        assert len({relation.type for document in documents for relation in document.relations}) == 15
