"""Runs the notebooks and keeps what they show.

    python notebooks/execute.py [NOTEBOOK …]    all of them if none is named
    python notebooks/execute.py --seeds         the third one with three seeds; keeps what they predict for the second

What depends on the machine and not on the notebook is left out: messages on standard error, and times of execution.
After a change of the released models run both, the seeds first.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

FOLDER = Path(__file__).parent
SEEDS = (1, 2, 3)


def run(path: Path, settings: Mapping[str, Any] | None = None, *, timeout: int | None = None) -> NotebookNode:
    """Run a notebook in its folder and return it with its outputs; `settings` override those of its parameters cell.

    Raises:
        ValueError: a setting that the parameters cell does not have.
    """
    notebook = nbformat.read(path, as_version=4)
    _override(notebook, settings or {})
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=timeout, kernel_name="python3", resources=resources).execute()
    return notebook


def keep(path: Path) -> None:
    """Run a notebook and write its outputs into it."""
    notebook = run(path)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    nbformat.write(notebook, path)


def _override(notebook: NotebookNode, settings: Mapping[str, Any]) -> None:
    known = set()
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", ()):
            known |= {node.id for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Name)}
            cell.source += "".join(f"\n{name} = {value!r}" for name, value in settings.items())
    if unknown := settings.keys() - known:
        raise ValueError(f"the notebook has no setting {', '.join(sorted(unknown))}; it has {', '.join(sorted(known))}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--seeds"]:
        for seed in SEEDS:
            run(FOLDER / "03_finetune.ipynb", {"seed": seed, "keep": f"companies/predictions/seed-{seed}.rlx"})
    else:
        for name in sys.argv[1:] or sorted(FOLDER.glob("*.ipynb")):
            keep(Path(name).resolve())
