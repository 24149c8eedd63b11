"""The models that come with relex: where they lie."""

from __future__ import annotations

from importlib import resources
from pathlib import Path


def released_models() -> dict[str, Path]:
    """Return the directories of the models that come with relex, by name."""
    package = Path(str(resources.files("relex")))
    # In a wheel the models lie inside the package, in a checkout beside `src`.
    for root in (package / "models", package.parents[1] / "models"):
        if root.is_dir():
            return {path.parent.name: path.parent for path in sorted(root.glob("*/config.json"))}
    return {}
