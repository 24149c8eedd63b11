"""Imports point one way, none hides in a function, and what needs no torch loads none."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import relex

ROOT = Path(relex.__file__).parent
DOCS = ROOT.parents[1] / "docs" / "architecture.md"

# A module imports only what stands in an earlier level, or before it in its own.
LEVELS = (
    "errors version sentences words gazetteer naming",
    "checks serialization document schema config",
    "places formats windows metrics resampling dates tense released lint",
    "encoding intake pairs pooling clustering decode alignment levels markdown report seeds comparison evaluation "
    "grounding attribution slices reliability contrast invariance "
    "doctor graph lettering layout drawing markup inline show assessment page",
    "batch layers heads loss",
    "adapter attention dropout encoder model weights",
    "extractor loading ladder",
    "training",
    "cli __main__",
)
# The same within the packages; a package's own `__init__` comes last.
PACKAGES = {
    "lint": "finding spans missing facts",
    "reliability": "judging selection summary",
    "attribution": "mentions ends facts summary",
    "slices": "slicings report cutting",
    "contrast": "matching summary",
    "invariance": "changes summary",
    "doctor": "checks finding overlap novelty conflicts reach shape",
    "formats": "drops evidence files labels tokens lines coreference pairing csv jsonl text rlx_parser rlx conll04 "
    "dwie dygie crossre docred docred_result brat bio conll04_multihead gliner spacy re3d triples",
    "levels": "mentions entities relations unseen",
    "page": "svg wording plots tables errors sections details",
    "training": "corpora beginnings card calibration augmentation examples objective trainer",
    "cli": "failures tables inputs outputs options extract assessing seeds score compare files info train",
}
HEAVY = ("torch", "transformers", "sklearn", "datasets", "peft", "accelerate")

# Where something is imported later than at the top, and why.
LATE = {
    ("relex", "__getattr__"): "load, train, climb and Extractor need torch, and who reads files needs no harness",
    ("relex.document", "to_graph"): "exports stand above the values",
    ("relex.formats.spacy", "_import_spacy"): "spaCy is an optional dependency, and slow to import",
    ("relex.assessment", "import_page"): "matplotlib is an optional dependency, and slow to import",
}


def module_name(path: Path) -> str:
    parts = ("relex", *path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts).removesuffix(".__init__")


MODULES = {module_name(path): path for path in sorted(ROOT.rglob("*.py"))}


def parse(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


def imported(name: str) -> Iterator[str]:
    """Yield the modules of relex that a module imports, those for type checkers left out."""
    tree = parse(name)
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "relex")
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "relex":
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else node.module


def ranks() -> dict[str, tuple[int, int, int]]:
    """Return the place of every module in the order: level, place in the level, place in its package."""
    found = {}
    for level, names in enumerate(LEVELS):
        for place, name in enumerate(names.split()):
            inner = PACKAGES.get(name, "").split()
            for i, own in enumerate(inner):
                found[f"relex.{name}.{own}"] = (level, place, i)
            found[f"relex.{name}"] = (level, place, len(inner))
    return found


RANKS = ranks()


def test_every_module_has_its_place() -> None:
    assert sorted(RANKS) == sorted(MODULES.keys() - {"relex"})


@pytest.mark.parametrize("name", sorted(RANKS))
def test_imports_point_downwards(name: str) -> None:
    for other in imported(name):
        if other == "relex":
            # The command line is written against what everyone else sees.
            assert name.startswith("relex.cli.")
        elif not other.startswith(f"{name}.") or name == other:
            assert RANKS[other] < RANKS[name], f"{name} imports {other}"


def test_the_package_itself_imports_nothing_that_needs_torch() -> None:
    assert max(RANKS[other][0] for other in imported("relex")) <= 3


@pytest.mark.parametrize("name", [name for name, (level, *_) in RANKS.items() if level <= 3])
def test_lower_levels_name_no_heavy_package(name: str) -> None:
    roots = set()
    for node in ast.walk(parse(name)):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            roots.add(node.module.split(".")[0])
    assert not roots & set(HEAVY)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_no_import_hides_in_a_function(name: str) -> None:
    for function in ast.walk(parse(name)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            assert not isinstance(node, ast.Import | ast.ImportFrom), (
                f"{name}.{function.name} imports in line {node.lineno}"
            )
            if isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__"):
                assert (name, function.name) in LATE


def test_every_late_import_still_exists() -> None:
    for name, function in LATE:
        (body,) = (n for n in ast.walk(parse(name)) if isinstance(n, ast.FunctionDef) and n.name == function)
        assert any(isinstance(n, ast.Call) and _called(n) == "import_module" for n in ast.walk(body))


def _called(node: ast.Call) -> str:
    return getattr(node.func, "id", None) or getattr(node.func, "attr", "")


@pytest.mark.parametrize("statement", ["import relex", "import relex.cli", "import relex.decode, relex.pairs"])
def test_importing_loads_no_torch(statement: str) -> None:
    code = f"{statement}\nimport sys; print(*sorted({ {*HEAVY, 'matplotlib'}!r} & set(sys.modules)))"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.split() == []


@pytest.mark.skipif(not DOCS.is_file(), reason="the documentation is not part of the installed package")
def test_the_documentation_shows_the_same_levels() -> None:
    table: dict[int, set[str]] = {}
    for level, cell in re.findall(r"^\| (\d) \| (.*?) \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE):
        table.setdefault(int(level), set()).update(re.findall(r"`(\w+)/?`", cell))
    assert table == {level: set(names.split()) - {"__main__"} for level, names in enumerate(LEVELS)}
