"""Reads diplomatic and political news and gives back what it says as data.

`relex.load()` gives an extractor, `extractor(text)` a `Document` with mentions, entities and relations. See
`relex.read` and `relex.write` for files, `relex.evaluate` and `relex.compare` for scores, `relex.assess` for all that
can be said of errors, `relex.train` for models of your own, `relex.show` for a picture.
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
from relex.evaluation import compare, evaluate, evaluate_seeds
from relex.formats import read, write
from relex.schema import Schema, infer_schema, load_schema
from relex.show import show
from relex.version import __version__

if TYPE_CHECKING:
    from relex.assessment import assess
    from relex.attribution import attribute_documents
    from relex.contrast import judge_contrast
    from relex.doctor import diagnose
    from relex.extractor import Extractor
    from relex.invariance import check_batch_sizes, check_invariance
    from relex.ladder import climb
    from relex.loading import load
    from relex.reliability import choose_threshold, judge_scores
    from relex.slices import slice_documents
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

# What needs torch is imported when it is first asked for, and so is what only evaluation needs: who reads and writes
# documents does not wait for either.
_LAZY = {
    "Extractor": "relex.extractor",
    "assess": "relex.assessment",
    "attribute_documents": "relex.attribution",
    "check_batch_sizes": "relex.invariance",
    "check_invariance": "relex.invariance",
    "choose_threshold": "relex.reliability",
    "climb": "relex.ladder",
    "diagnose": "relex.doctor",
    "judge_contrast": "relex.contrast",
    "judge_scores": "relex.reliability",
    "load": "relex.loading",
    "slice_documents": "relex.slices",
    "train": "relex.training",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'relex' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
