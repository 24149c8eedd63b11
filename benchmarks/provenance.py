"""What the records of the benchmarks rest on: code, versions and machine, documents, weights."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

import relex
from relex.alignment import digest_document
from relex.loading import choose_precision
from relex.metrics import digest
from relex.released import released_models
from relex.weights import hash_file

ROOT = Path(__file__).parents[1]
PACKAGES = ("relex", "torch", "transformers", "peft", "tokenizers", "numpy", "scikit-learn")


def describe_machine() -> dict[str, Any]:
    """Return what figures and times depend on beside data and seed."""
    git = ["git", "-C", str(ROOT)]
    commit = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    versions = {name: metadata.version(name) for name in PACKAGES}
    return {
        "commit": commit,
        "versions": {"python": platform.python_version(), **versions},
        "machine": {
            "processor": _processor(),
            "n_cores": os.cpu_count(),
            # Sums in bfloat16 differ in their last digits with the number of threads, and so do figures.
            "n_threads": torch.get_num_threads(),
            "precision": str(choose_precision("auto")).removeprefix("torch."),
            "system": platform.system(),
        },
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def hash_documents(documents: Iterable[relex.Document]) -> str:
    """Return the SHA-256 of annotated documents, whatever their order."""
    return digest(sorted(map(digest_document, documents)))


def hash_weights(model: str) -> str:
    """Return the SHA-256 of the weights of a released model or model directory, or nothing if they are elsewhere."""
    weights = released_models().get(model, Path(model)) / "model.safetensors"
    return hash_file(weights) if weights.is_file() else ""


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    flags = next((line for line in lines if line.startswith("flags")), "")
    return (names[0] if names else platform.processor()) + (" with AMX" if "amx_bf16" in flags else "")
