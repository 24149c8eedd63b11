"""The public surface is a list, and everything on it keeps the house's promises."""

from __future__ import annotations

import ast
import dataclasses
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeGuard

import pytest

import relex
from relex import errors

PUBLIC = [
    "ConfigError",
    "Corpus",
    "Document",
    "DocumentError",
    "Entity",
    "Evidence",
    "Extractor",
    "FormatError",
    "InputError",
    "Link",
    "Mention",
    "ModelConfig",
    "ModelError",
    "Recipe",
    "Relation",
    "RelexError",
    "Schema",
    "SchemaError",
    "TrainingError",
    "WeightsError",
    "__version__",
    "assess",
    "attribute_documents",
    "check_batch_sizes",
    "check_invariance",
    "choose_threshold",
    "climb",
    "compare",
    "diagnose",
    "evaluate",
    "evaluate_seeds",
    "infer_schema",
    "judge_contrast",
    "judge_scores",
    "load",
    "load_schema",
    "read",
    "show",
    "slice_documents",
    "train",
    "write",
]
THINGS = [name for name in PUBLIC if name != "__version__"]
FUNCTIONS = [name for name in THINGS if name[0].islower()]
CLASSES = [name for name in THINGS if name[0].isupper()]


def functions_of(name: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield a public function, or the public methods and the constructor of a public class."""
    thing = getattr(relex, name)
    if not inspect.isclass(thing):
        yield name, thing
        return
    for own, value in vars(thing).items():
        function = getattr(value, "__func__", value)
        if inspect.isfunction(function) and (not own.startswith("_") or own in ("__init__", "__call__")):
            yield f"{name}.{own}", function


def test_the_list_is_the_list() -> None:
    assert sorted(relex.__all__) == sorted(PUBLIC)
    assert sorted(dir(relex)) == sorted(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_everything_on_it_is_there(name: str) -> None:
    assert getattr(relex, name) is not None


def test_anything_else_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'relex' has no attribute 'nothing'"):
        relex.nothing  # noqa: B018


def test_the_version_is_one() -> None:
    assert relex.__version__[0].isdigit()


@pytest.mark.parametrize("name", THINGS)
def test_everything_is_documented(name: str) -> None:
    documentation = inspect.getdoc(getattr(relex, name))
    assert documentation
    first, *rest = documentation.split("\n")
    assert first.endswith("."), "the first line is a sentence"
    assert not rest or rest[0] == "", "the first sentence stands alone"


@pytest.mark.parametrize(("name", "function"), [pair for name in THINGS for pair in functions_of(name)])
def test_no_function_swallows_arguments(name: str, function: Callable[..., Any]) -> None:
    kinds = {parameter.kind for parameter in inspect.signature(function).parameters.values()}
    assert inspect.Parameter.VAR_KEYWORD not in kinds
    assert inspect.Parameter.VAR_POSITIONAL not in kinds


@pytest.mark.parametrize(("name", "function"), [pair for name in FUNCTIONS for pair in functions_of(name)])
def test_arguments_beyond_the_second_are_named(name: str, function: Callable[..., Any]) -> None:
    parameters = inspect.signature(function).parameters.values()
    positional = [p.name for p in parameters if p.kind is not inspect.Parameter.KEYWORD_ONLY]
    # Two systems are compared on one gold standard: `compare(gold, a, b)`.
    assert len(positional) <= (3 if name == "compare" else 2)


@pytest.mark.parametrize(("name", "function"), [pair for name in THINGS for pair in functions_of(name)])
def test_every_argument_and_result_has_a_type(name: str, function: Callable[..., Any]) -> None:
    signature = inspect.signature(function)
    untyped = [
        p.name for p in signature.parameters.values() if p.annotation is p.empty and p.name not in ("self", "cls")
    ]
    assert untyped == []
    assert signature.return_annotation is not signature.empty


@pytest.mark.parametrize("name", [name for name in CLASSES if dataclasses.is_dataclass(getattr(relex, name))])
def test_values_are_frozen(name: str) -> None:
    assert getattr(relex, name).__dataclass_params__.frozen


def test_every_error_is_a_relex_error_and_all_are_public() -> None:
    raised = {name for name, value in vars(errors).items() if inspect.isclass(value) and issubclass(value, Exception)}
    assert raised == {name for name in CLASSES if name.endswith("Error")}
    assert all(issubclass(getattr(relex, name), relex.RelexError) for name in raised)
    assert issubclass(relex.WeightsError, relex.ModelError)
    for name in ("DocumentError", "SchemaError", "ConfigError", "FormatError", "InputError"):
        assert issubclass(getattr(relex, name), ValueError)


SOURCES = sorted(Path(relex.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: "/".join(path.parts[-2:]))
def test_every_module_public_class_and_public_function_has_a_docstring(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    public = [node for node in tree.body if _is_public(node)]
    public += [node for own in public if isinstance(own, ast.ClassDef) for node in own.body if _is_public(node)]
    for node in public:
        assert ast.get_docstring(node), f"{node.name} in line {node.lineno} has no docstring"


def _is_public(node: ast.AST) -> TypeGuard[ast.ClassDef | ast.FunctionDef]:
    return isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_")
