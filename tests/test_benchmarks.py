"""The tables of the benchmarks are those of their records, and a record says what its figures rest on."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import relex
import tiny
from relex.released import released_models
from relex.weights import hash_file

ROOT = Path(__file__).parents[1] / "benchmarks"
sys.path.insert(0, str(ROOT))

import card  # noqa: E402
import robustness  # noqa: E402
import tables  # noqa: E402
from common import list_trained  # noqa: E402
from conll04 import BENCHMARK  # noqa: E402

RECORDS, ARTICLES, ROBUSTNESS = tables.read_records()


def test_readme_and_pages_are_what_the_records_give() -> None:
    for path, text in tables.write_texts(RECORDS, ARTICLES, ROBUSTNESS).items():
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


@pytest.mark.parametrize("record", [*ARTICLES.values(), ROBUSTNESS], ids=[*ARTICLES, "robustness"])
def test_what_is_said_of_the_released_models_was_found_with_their_weights(record: dict[str, Any]) -> None:
    assert {name: own["weights_sha256"] for name, own in record["models"].items()} == {
        name: hash_file(path / "model.safetensors") for name, path in released_models().items()
    }


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


def lay_down(runs: Path, seed: int, **changes: Any) -> Path:
    """Return what looks like a trained model of the benchmark."""
    path = runs / f"{BENCHMARK.name}-{seed}"
    path.mkdir()
    (path / "metrics.json").write_text("{}", encoding="utf-8")
    (path / "recipe.toml").write_text(replace(BENCHMARK.recipe, seed=seed, **changes).to_toml(), encoding="utf-8")
    return path


def test_trained_models_are_told_from_what_lies_beside_them(tmp_path: Path) -> None:
    later, first = lay_down(tmp_path, 10), lay_down(tmp_path, 2)
    (tmp_path / f"{BENCHMARK.name}-2.log").write_text("", encoding="utf-8")
    (tmp_path / f"{BENCHMARK.name}-3").mkdir()
    assert list(list_trained(BENCHMARK, tmp_path).items()) == [(2, first), (10, later)]


def test_a_model_of_another_recipe_is_refused(tmp_path: Path) -> None:
    lay_down(tmp_path, 1, epochs=BENCHMARK.recipe.epochs + 1)
    with pytest.raises(SystemExit, match="was trained by another recipe"):
        list_trained(BENCHMARK, tmp_path)


def test_a_published_figure_says_what_is_different_about_it() -> None:
    figure = {"mean": 0.5, "deviation": None, "seeds": [{}]}
    other = {"system": "X", "encoder": "BERT", "note": "10 folds", "figures": {"relations": 60.0}}
    record = {"title": "T", "figures": {"relations": figure}, "published": [other], "aims": {"relations": 76.0}}
    row = tables.summarise({"t": record}).splitlines()[-1]
    assert row == "| [T](pages/t.md) | relations | 50.0 (1 seed) | X (BERT, 10 folds) 60.0 | 76: not reached |"


@pytest.mark.parametrize(("low", "told"), [(0.76, "reached"), (0.74, "reached, within the noise")])
def test_an_aim_is_surely_reached_if_the_lower_bound_reaches_it(low: float, told: str) -> None:
    figure = {"mean": 0.77, "deviation": None, "seeds": [{}], "interval": [low, 0.8]}
    record = {"title": "T", "figures": {"relations": figure}, "published": [], "aims": {"relations": 76.0}}
    assert tables.summarise({"t": record}).splitlines()[-1].endswith(f"| 76: {told} |")


def test_no_record_names_a_path_of_the_machine_it_was_made_on() -> None:
    for path in (ROOT / "results").glob("*.json"):
        assert not re.search(r'"/(?:home|root|work|tmp|Users)/', path.read_text("utf-8")), path.name


def test_a_card_tells_what_a_model_reaches_and_gains() -> None:
    texts = relex.read(ROOT / "corpora" / "contrast" / "cooccurrence.rlx")
    gold = {"development documents, tiny": list(tiny.DOCUMENTS), card.CONTRAST: texts}
    silent = [replace(document, relations=()) for document in tiny.DOCUMENTS]
    sure = {
        title: [replace(d, relations=tuple(replace(r, score=0.9) for r in d.relations)) for d in documents]
        for title, documents in gold.items()
    }
    told = "\n".join(card.write_figures(gold, sure, schema=relex.load_schema("diplomatic")))
    assert "| development documents, tiny | 1.000 (1.000–1.000) |" in told
    assert "Contrast sets with every member right: 100.0 %" in told
    title = "development documents, tiny"
    (gain,) = card.write_gain(gold, {title: silent}, gold, relex.load_schema("diplomatic"))
    assert "relations 0.000 to 1.000" in gain
    assert list(card.write_gain(gold, {}, gold, relex.load_schema("diplomatic"))) == []


class Oracle:
    """Reads the tiny documents without a fault as long as their words are written as they were."""

    schema = relex.load_schema("diplomatic")

    def pipe(self, documents: list[relex.Document]) -> list[relex.Document]:
        words = {word for document in tiny.DOCUMENTS for word in document.text.split()}
        known = {word for word in words if word != word.upper()}
        return [d if set(d.text.split()) & known else relex.Document(d.id, d.text) for d in documents]


def test_robustness_is_the_f1_on_changed_texts_with_gold_moved_along() -> None:
    found = robustness.score_changes(Oracle(), tiny.DOCUMENTS)  # type: ignore[arg-type]
    assert list(found) == [robustness.PLAIN, *(c.name for c in relex.invariance.CHANGES if c.name in robustness.CHOSEN)]
    f1 = {name: own["relation"]["f1"] for name, own in found.items()}
    assert f1[robustness.PLAIN] == f1["wrapped-lines"] == f1["paragraph-before"] == 1
    assert f1["upper-case"] == 0
