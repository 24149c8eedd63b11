"""The notebooks run from top to bottom without network, and are kept with what they showed."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

import relex
from command_line import invoke

FOLDER = Path(__file__).parents[1] / "notebooks"
COMPANIES = FOLDER / "companies"
SPLITS = {"train": 44, "dev": 8, "test": 8}
sys.path.insert(0, str(FOLDER))

import execute  # noqa: E402

NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)

# What is set in the cell tagged "parameters", small enough to run in seconds.
SMALL: dict[str, dict[str, Any]] = {
    "02_evaluate": {"n_documents": 4, "n_sets": 9, "second": "diplomatic-small"},
    "03_finetune": {"epochs": 5, "batch_pieces": 256, "n_train": 12, "n_dev": 4},
}
PLACE = re.compile(r"(?<!\w)(?:/(?:home|root|tmp|usr|Users)/|[A-Z]:\\)")


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def told(outputs: list[Any]) -> str:
    """Return all text of the outputs of a cell."""
    texts = [output["text"] for output in outputs if "text" in output]
    texts += [
        value for output in outputs for kind, value in output.get("data", {}).items() if not kind.startswith("image/")
    ]
    return "\n".join(texts)


@each_notebook
def test_runs(path: Path) -> None:
    notebook = execute.run(path, SMALL.get(path.stem), timeout=300)
    assert all(cell.execution_count for cell in code_cells(notebook))


def test_a_setting_that_a_notebook_does_not_have_is_no_setting() -> None:
    with pytest.raises(ValueError, match=r"no setting n_epochs; it has .*\bepochs\b"):
        execute.run(FOLDER / "03_finetune.ipynb", {"n_epochs": 1})


@each_notebook
def test_is_kept_as_it_ran_from_top_to_bottom(path: Path) -> None:
    cells = code_cells(nbformat.read(path, as_version=4))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [output for cell in cells for output in cell.outputs if output.output_type == "error"]


@each_notebook
def test_keeps_nothing_of_the_machine_it_ran_on(path: Path) -> None:
    for cell in code_cells(nbformat.read(path, as_version=4)):
        assert not [output for output in cell.outputs if output.get("name") == "stderr"]
        assert PLACE.findall(told(cell.outputs)) == []
        assert str(FOLDER.parent) not in told(cell.outputs)


def test_there_are_notebooks() -> None:
    assert {path.stem for path in NOTEBOOKS} >= {"01_extract", *SMALL}


class TestCompanies:
    """The corpus of the third notebook."""

    def test_check_and_linter_are_clean(self) -> None:
        schema = ("--schema", COMPANIES / "schema.toml")
        result = invoke("check", *(COMPANIES / split for split in SPLITS), *schema, "--lint")
        assert (result.exit_code, result.stdout.splitlines()[:-1]) == (0, [])

    def test_parts_have_the_sizes_and_the_lengths_that_the_notebook_tells(self) -> None:
        parts = {split: relex.read(COMPANIES / split) for split in SPLITS}
        assert {split: len(documents) for split, documents in parts.items()} == SPLITS
        assert all(60 <= len(document.text.split()) <= 120 for own in parts.values() for document in own)

    def test_every_part_has_every_relation_and_status(self) -> None:
        schema = relex.load_schema(COMPANIES / "schema.toml")
        for split in SPLITS:
            facts = [fact for document in relex.read(COMPANIES / split) for fact in document.relations]
            assert {fact.type for fact in facts} == set(schema.relation_names)
            assert {fact.status for fact in facts} == {"actual", "planned", "negated"}

    @pytest.mark.parametrize("later", ["dev", "test"])
    def test_nothing_can_be_scored_from_memory(self, later: str) -> None:
        schema = relex.load_schema(COMPANIES / "schema.toml")
        parts = {split: relex.read(COMPANIES / split) for split in ("train", later)}
        diagnosis = relex.diagnose(parts, schema=schema)
        where = f"train → {later}"
        assert diagnosis.of("unseen-names", where).share == 1
        assert [check for check in ("seen-facts", "seen-text", "near-duplicates") if diagnosis.of(check, where).n] == []

    def test_predictions_are_those_of_three_seeds_for_the_test_part(self) -> None:
        gold = {document.id: document.text for document in relex.read(COMPANIES / "test")}
        runs = [relex.read(path) for path in sorted((COMPANIES / "predictions").glob("*.rlx"))]
        assert [{document.id: document.text for document in own} for own in runs] == [gold] * 3
        assert len({tuple(own) for own in runs}) == 3
