"""The comparison of training documents: as many words, nested shares, and a page that says what the record says."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import relex
import tiny
from relex.metrics import digest

ROOT = Path(relex.__file__).parents[2]
sys.path.append(str(ROOT / "benchmarks"))

import ablations  # noqa: E402


def lay_down_corpora(path: Path, monkeypatch: pytest.MonkeyPatch) -> relex.Recipe:
    """Write twelve documents for every corpus of the recipe, go there, and return the recipe."""
    monkeypatch.chdir(path)
    monkeypatch.setenv("RELEX_DATA", str(path / "data"))
    recipe = relex.Recipe.read(ROOT / "benchmarks" / "recipes" / "ablations.toml")
    for i, corpus in enumerate(recipe.corpora):
        documents = [replace(tiny.DOCUMENTS[0], id=f"c{i}-{k}") for k in range(12)]
        target = path / corpus.path.replace("$RELEX_DATA", "data")
        target.parent.mkdir(parents=True, exist_ok=True)
        relex.write(documents, target, format="jsonl")
    return recipe


@pytest.mark.parametrize("variant", ablations.VARIANTS)
def test_every_variant_is_trained_on_as_many_words(
    variant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = lay_down_corpora(tmp_path, monkeypatch)
    monkeypatch.setattr(ablations, "_read", lambda path: relex.read(_where(path, tmp_path), format="jsonl"))
    calls: list[relex.Recipe] = []
    monkeypatch.setattr(relex, "train", lambda recipe, **_: calls.append(recipe))
    ablations.train(variant, data=tmp_path / "data", runs=tmp_path / "runs", seed=3)
    own = ablations.VARIANTS[variant]
    *starts, recipe = calls
    assert recipe.seed == 3
    assert recipe.changes == own.changes
    assert recipe.model.shapes == own.shapes
    same = {"seed": whole.seed, "corpora": whole.corpora, "changes": {}, "model": whole.model, "init": whole.init}
    assert replace(recipe, **same) == whole
    assert [(start.seed, start.init, start.model.shapes) for start in starts] == [(3, "", own.shapes)] * own.anew
    assert (recipe.init == whole.init) != own.anew
    seen = sum(corpus.weight * len(relex.read(corpus.path)) for corpus in recipe.corpora)
    assert seen == pytest.approx(sum(12 * corpus.weight for corpus in whole.corpora))
    left = sum(share == 0 for share in own.shares.values())
    assert len(recipe.corpora) == len(whole.corpora) - left


def _where(path: str, root: Path) -> Path:
    return root / path.replace("$RELEX_DATA", "data")


def test_a_larger_share_holds_the_smaller_one() -> None:
    documents = [replace(tiny.DOCUMENTS[0], id=f"d{i}") for i in range(20)]
    quarter, half = (ablations._choose(documents, share) for share in (0.25, 0.5))
    assert (len(quarter), len(half)) == (5, 10)
    assert {own.id for own in quarter} < {own.id for own in half}
    assert quarter == sorted(documents, key=lambda own: digest(own.id))[:5]


def make_record() -> dict[str, Any]:
    """Return a record in which every variant is two points below the one with all."""

    def level(f1: float) -> dict[str, Any]:
        compared = {"difference": f1 - 0.5, "interval": [f1 - 0.53, f1 - 0.49]}
        return {"f1": f1, "interval": [f1 - 0.1, f1 + 0.1], "signature": "s", "compared": compared}

    def variant(name: str) -> dict[str, Any]:
        f1 = 0.5 if name == ablations.ALL else 0.48
        levels = {own: level(f1) for own in ablations.LEVELS}
        shares = {own: {"share": 0.4, "interval": [0.3, 0.5]} for own in ablations.CHOSEN}
        own = ablations.VARIANTS[name]
        told = {"title": own.title, "beside": own.beside, "n_real": len(name), "contrast": shares}
        return {**told, **dict.fromkeys(ablations.SETS, levels)}

    machine = {"versions": {"relex": "0"}, "machine": {"processor": "P", "n_cores": 2}, "commit": "c" * 40}
    sizes = {"real": 72, "capitals": 72, "own": 32, "contrast": 486}
    hashes = dict.fromkeys(sizes, "f" * 64)
    variants = {name: variant(name) for name in ablations.VARIANTS}
    return {**machine, "date": "2026-01-01", "sizes": sizes, "gold_sha256": hashes, "variants": variants}


def test_the_page_tells_differences_beside_figures(tmp_path: Path) -> None:
    record = make_record()
    page = "\n\n".join(ablations.write_page(record))
    assert "| all | 50.0 | 50.0 | 50.0 | 50.0 | 50.0 |" in page
    assert "| without drills | 48.0, -2.0 (-5.0 to -1.0) |" in page
    told = "48.0, -2.0 (-5.0 to -1.0)"
    assert f"| without drills | {told} | {told} | {told} | 40.0 (30.0–50.0) | 40.0 (30.0–50.0) |" in page
    ablations.draw_differences(record, tmp_path / "differences.png")
    ablations.draw_curve(record, tmp_path / "curve.png")
    assert (tmp_path / "differences.png").stat().st_size > 5_000
    assert (tmp_path / "curve.png").stat().st_size > 5_000


def test_the_page_is_that_of_the_record() -> None:
    record = json.loads(ablations.RECORD.read_text("utf-8"))
    assert ablations.PAGE.read_text("utf-8") == "\n\n".join(ablations.write_page(record)) + "\n"
