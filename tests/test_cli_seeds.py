"""`relex evaluate` and `relex compare` with several predictions, the seeds of a system."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import relex
from command_line import invoke, two_documents
from relex import formats
from relex.cli.seeds import name_seeds
from relex.errors import InputError
from relex.evaluation import evaluate_seeds


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Gold, and what two seeds predict: one has both facts with their status, the other has one of the two."""
    gold, first, second = (tmp_path / name for name in ("gold.rlx", "run-1.jsonl", "run-2.jsonl"))
    formats.write(two_documents(), gold)
    formats.write(two_documents(), first)
    formats.write([two_documents()[0], two_documents(status="planned")[1]], second)
    return gold, first, second


def row(output: str, level: str) -> list[str]:
    return next(line for line in output.splitlines() if line.startswith(f"{level} ")).split()


def test_means_and_deviations_are_told_and_the_seeds_named(tmp_path: Path, files: tuple[Path, Path, Path]) -> None:
    gold, first, second = files
    scores, tables = tmp_path / "scores.json", tmp_path / "scores.md"
    out = ("--json", scores, "--markdown", tables)
    result = invoke("evaluate", "--gold", gold, "--predicted", first, "--predicted", second, *out)
    assert result.exit_code == 0
    assert row(result.stdout, "relation+status")[1:4] == ["0.7500", "±", "0.3536"]
    assert row(result.stdout, "relation")[1:4] == ["1.0000", "±", "0.0000"]
    report = evaluate_seeds(relex.read(gold), {"run-1": relex.read(first), "run-2": relex.read(second)})
    assert json.loads(scores.read_text()) == json.loads(json.dumps(report.to_dict()))
    assert tables.read_text(encoding="utf-8") == report.to_markdown()
    assert "|seeds:run-1,run-2|" in tables.read_text(encoding="utf-8")


def test_documents_of_a_prefix_are_told_apart(tmp_path: Path, files: tuple[Path, Path, Path]) -> None:
    gold, first, second = files
    predicted = ("--predicted", first, "--predicted", second)
    result = invoke("evaluate", "--gold", gold, *predicted, "--prefix", "dw-", "--json", tmp_path / "scores.json")
    assert "documents whose ids begin with dw-" in result.stdout
    value = json.loads((tmp_path / "scores.json").read_text())
    assert value["subsets"]["dw-"]["levels"]["relation+status"]["f1"]["deviation"] == 0


def test_a_floor_is_held_against_the_lower_bound(files: tuple[Path, Path, Path]) -> None:
    gold, first, second = files
    inputs = ("evaluate", "--gold", gold, "--predicted", first, "--predicted", second)
    assert invoke(*inputs, "--fail-under", "relation=0.9").exit_code == 0
    result = invoke(*inputs, "--fail-under", "relation+status=0.7")
    assert result.exit_code == 1
    assert "relex: relation+status F1 0.7500 ± 0.3536 [" in result.stderr


def test_training_documents_are_left_out_of_a_level_of_their_own(files: tuple[Path, Path, Path]) -> None:
    gold, first, second = files
    result = invoke("evaluate", "--gold", gold, "--predicted", first, "--predicted", second, "--seen", gold)
    assert row(result.stdout, "relation-unseen")[1:4] == ["0.0000", "±", "0.0000"]


@pytest.mark.parametrize("option", [("--html", "x.html"), ("--genre", "id"), ("--ladder",)])
def test_what_takes_a_single_prediction_is_wrong_use(option: tuple[str, ...], files: tuple[Path, Path, Path]) -> None:
    gold, first, second = files
    assert invoke("evaluate", "--gold", gold, "--predicted", first, "--predicted", second, *option).exit_code == 2


def test_one_file_twice_is_an_error(files: tuple[Path, Path, Path]) -> None:
    gold, first, _ = files
    result = invoke("evaluate", "--gold", gold, "--predicted", first, "--predicted", first)
    assert result.exit_code == 1
    assert f"--predicted {first} is given twice; give every seed once" in " ".join(result.stderr.split())


def test_systems_with_several_seeds_are_compared(tmp_path: Path, files: tuple[Path, Path, Path]) -> None:
    gold, first, second = files
    out = tmp_path / "difference.json"
    level = ("--level", "relation+status", "--json", out)
    result = invoke("compare", gold, "--a", second, "--b", first, "--b", gold, *level)
    assert result.exit_code == 0
    truth = relex.read(gold)
    runs = relex.read(first), truth
    comparison = relex.compare(truth, relex.read(second), runs, level="relation+status")
    assert result.stdout == f"{comparison}\n"
    assert json.loads(out.read_text()) == comparison.to_dict()
    assert "|seeds:1+2|" in comparison.signature


def test_one_seed_a_system_is_compared_as_without_seeds(files: tuple[Path, Path, Path]) -> None:
    gold, first, second = files
    alone = invoke("compare", gold, second, first)
    assert invoke("compare", gold, "--a", second, "--b", first).stdout == alone.stdout
    assert "|seeds:" not in alone.stdout


def test_every_seed_of_a_system_is_read_in_its_format(tmp_path: Path, files: tuple[Path, Path, Path]) -> None:
    gold, first, second = files
    plain = [tmp_path / name for name in ("a-1", "a-2")]
    for path, own in zip(plain, (first, second), strict=True):
        formats.write(relex.read(own), path, format="jsonl")
    own = ("--predicted-format", "jsonl", "--predicted-format", "rlx")
    result = invoke("compare", gold, "--a", plain[0], "--a", plain[1], "--b", gold, *own)
    assert result.exit_code == 0
    assert "|seeds:2+1|" in result.stdout


def test_a_seed_given_twice_is_no_comparison(files: tuple[Path, Path, Path]) -> None:
    gold, first, second = files
    result = invoke("compare", gold, "--a", first, "--b", second, "--b", second)
    assert result.exit_code == 1
    assert f"--b {second} is given twice; give every seed once" in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["a/run-1.jsonl", "a/run-2.jsonl"], ["run-1", "run-2"]),
        (["/x/7/test.csv", "/x/8/test.csv", "/x/9/test.csv"], ["7", "8", "9"]),
        (["x/7/a.csv", "y/7/b.csv"], ["x/7/a", "y/7/b"]),
        (["run.jsonl", "run.rlx"], ["run.jsonl", "run.rlx"]),
        (["runs/a", "runs/a/b"], ["a", "a/b"]),
        (["a", "b/a"], ["a", "b/a"]),
    ],
)
def test_a_seed_is_named_by_what_tells_its_path_from_the_others(paths: list[str], names: list[str]) -> None:
    assert name_seeds(paths, option="--predicted") == names


def test_a_path_names_one_seed() -> None:
    with pytest.raises(InputError, match="--b a is given twice"):
        name_seeds(["a", "b", "a"], option="--b")
