"""How the pages of the benchmarks word figures and machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def show_points(f1: float, interval: Sequence[float]) -> str:
    """Return an F1 with its interval, in points."""
    low, high = interval
    return f"{100 * f1:.1f} ({100 * low:.1f}–{100 * high:.1f})"


def tell_machine(record: Mapping[str, Any]) -> str:
    """Return the line of a page that says on what, with what and when a record was made."""
    versions = ", ".join(f"{package} {version}" for package, version in record["versions"].items())
    machine = record["machine"]
    # Records made before threads were kept were made with one; the oldest do not say what was computed in.
    used = f"{machine['processor']}, {machine['n_cores']} cores, {machine.get('n_threads', 1)} of them used"
    if "precision" in machine:
        used += f", in {machine['precision']}"
    return f"- Machine: {used}; {versions}; commit `{record['commit'][:12]}`, {record['date']}."


def tell_weights(models: Mapping[str, Any]) -> Iterator[str]:
    """Yield the line of a page that says with which weights each model was scored."""
    return (f"- {label}: weights `{own['weights_sha256'][:16]}`." for label, own in models.items())
