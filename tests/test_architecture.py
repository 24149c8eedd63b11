"""Imports point one way: a module imports only what stands before it in this list."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import relex

ORDER = (
    # 0: errors, versions, words and names
    "errors", "version", "sentences", "gazetteer", "naming",
    # 1: values
    "serialization", "document", "schema", "config",
    # 2: files, windows, numbers, look-ups
    "formats", "windows", "metrics", "dates", "released",
    # 3: arrays and documents, without torch
    "encoding", "pairs", "clustering", "decode", "report", "comparison", "evaluation", "grounding",
    "graph", "lettering", "layout", "drawing", "markup", "show",
    # 4 and 5: tensors and the network
    "batch", "layers", "heads", "loss", "attention", "model", "weights",
    # 6 to 8: what composes
    "extractor", "loading", "training", "cli",
)  # fmt: skip
ROOT = Path(relex.__file__).parent


def imports(path: Path) -> set[str]:
    """Return the top modules of relex that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"relex.{a.name}" for a in node.names] if node.module == "relex" else [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("relex.")}
    return found


def module_of(path: Path) -> str:
    """Return the top module that a file belongs to."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


FILES = [path for path in sorted(ROOT.rglob("*.py")) if module_of(path) not in ("__init__", "__main__")]


def test_every_module_has_its_place() -> None:
    assert {module_of(path) for path in FILES} == set(ORDER)


def test_imports_point_one_way() -> None:
    # The command line stands on the public names of the package.
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in FILES
        for name in imports(path)
        if name in ORDER and name != module_of(path) and ORDER.index(name) >= ORDER.index(module_of(path))
    ]
    assert wrong == []


def test_no_import_hides_in_a_function() -> None:
    hidden = []
    for path in FILES:
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                inside = [n for n in ast.walk(function) if isinstance(n, ast.Import | ast.ImportFrom)]
                hidden += [f"{path.relative_to(ROOT)}:{node.lineno}" for node in inside]
    assert hidden == []


def test_importing_relex_loads_no_torch() -> None:
    code = "import sys, relex; print([m for m in ('torch', 'transformers', 'sklearn', 'datasets') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
