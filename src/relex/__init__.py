"""Reads diplomatic and political news and gives back what it says as data.

`relex.load()` gives an extractor, `extractor(text)` a `Document` with mentions, entities and relations. See
`relex.read` and `relex.write` for files, `relex.evaluate` and `relex.compare` for scores, `relex.train` for
models of your own, `relex.show` for a picture.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from relex.config import Corpus, ModelConfig, Recipe
from relex.document import Document, Entity, Evidence, Link, Mention, Relation
from relex.errors import (
    ConfigError,
    DocumentError,
    FormatError,
    InputError,
    ModelError,
    RelexError,
    SchemaError,
    TrainingError,
    WeightsError,
)
from relex.evaluation import compare, evaluate
from relex.formats import read, write
from relex.schema import Schema, infer_schema, load_schema
from relex.show import show
from relex.version import __version__

if TYPE_CHECKING:
    from relex.extractor import Extractor
    from relex.loading import load
    from relex.training import train

__all__ = [
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

# What needs torch is imported when it is first asked for, so that reading and scoring files stays quick.
_LAZY = {"Extractor": "relex.extractor", "load": "relex.loading", "train": "relex.training"}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'relex' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
