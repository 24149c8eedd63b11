"""What `import relex` offers, name by name."""

from __future__ import annotations

import inspect

import relex

NAMES = [
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
    "compare",
    "evaluate",
    "infer_schema",
    "load",
    "load_schema",
    "read",
    "show",
    "train",
    "write",
]


def test_the_list_is_the_list() -> None:
    assert sorted(relex.__all__) == sorted(NAMES)
    assert set(NAMES) <= set(dir(relex))


def test_everything_is_documented() -> None:
    undocumented = [name for name in NAMES if name != "__version__" and not inspect.getdoc(getattr(relex, name))]
    assert undocumented == []


def test_no_function_swallows_arguments() -> None:
    for name in NAMES:
        value = getattr(relex, name)
        if inspect.isfunction(value):
            kinds = {parameter.kind for parameter in inspect.signature(value).parameters.values()}
            assert inspect.Parameter.VAR_KEYWORD not in kinds, name


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(relex, "no_such_name")


def test_errors_have_one_root() -> None:
    for name in NAMES:
        if name.endswith("Error"):
            assert issubclass(getattr(relex, name), relex.RelexError)
