"""The tables of the benchmarks are those of their records, and a record says what its figures rest on."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "benchmarks"
sys.path.insert(0, str(ROOT))

import tables  # noqa: E402

RECORDS, ARTICLES = tables.read_records()


def test_readme_and_pages_are_what_the_records_give() -> None:
    for path, text in tables.write_texts(RECORDS, ARTICLES).items():
        assert path.read_text("utf-8") == text, f"{path.name} is not that of the records; type: make bench"


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_says_what_its_figures_rest_on(name: str) -> None:
    record = RECORDS[name]
    assert re.fullmatch(r"[0-9a-f]{40}", record["commit"])
    assert re.fullmatch(r"[0-9a-f]{64}", record["test_sha256"])
    assert record["machine"]["processor"]
    assert record["versions"].keys() >= {"relex", "torch", "transformers"}
    seeds = [own["seed"] for own in record["seeds"]]
    assert len(set(seeds)) == len(seeds) > 0
    for figure in record["figures"].values():
        assert [int(value["seed"]) for value in figure["seeds"]] == seeds
        for value in figure["seeds"]:
            low, high = value["interval"]
            assert 0 <= low <= value["f1"] <= high <= 1
            assert "data:" in value["signature"]


@pytest.mark.parametrize("name", RECORDS)
def test_a_mean_is_that_of_the_seeds(name: str) -> None:
    for figure in RECORDS[name]["figures"].values():
        points = [value["f1"] for value in figure["seeds"]]
        assert figure["mean"] == pytest.approx(sum(points) / len(points))
        assert (figure["deviation"] is None) == (len(points) == 1)


@pytest.mark.parametrize("name", RECORDS)
def test_aims_and_published_figures_are_of_figures_that_are_reported(name: str) -> None:
    record = RECORDS[name]
    titles = set(record["figures"])
    assert set(record["aims"]) <= titles
    for own in record["published"]:
        assert set(own["figures"]) <= titles


def test_no_record_names_a_path_of_the_machine_it_was_made_on() -> None:
    for path in (ROOT / "results").glob("*.json"):
        assert not re.search(r'"/(?:home|root|work|tmp|Users)/', path.read_text("utf-8")), path.name
