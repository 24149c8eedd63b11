"""The page of the ablations and its plots, from results/ablations.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from wording import show_points, tell_machine

from relex.markdown import format_signatures, format_table

ALL = "all"
CURVE = ("no-real", "quarter", "half", ALL)
LEVELS = {
    "mention": "mentions",
    "entity": "entities",
    "group": "group sets",
    "relation": "relations",
    "relation+status": "with status",
}
CHOSEN = ("relation", "relation+status")


def write_page(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paragraphs of the page."""
    sizes, variants = record["sizes"], record["variants"]
    yield "# What each kind of training document brings"
    yield (
        "The small model, trained on everything and with one thing left out or added, on as many words: documents that "
        "stay are seen more often. All but the two rows that say so start from the model that was released first, "
        "trained on 165 real documents. Those two start from one that was trained on the same documents with "
        "today's code: the first of them tells how far a training differs from the next."
    )
    yield (
        f"F1 in points on the {sizes['real']} real development documents; behind the first row the difference to it, "
        "for “the same …” to the row above, with its 95 % interval, paired by document. Epoch and thresholds were "
        "chosen on 46 of them, for all alike; the epoch of the first start on the other 26. Released models see "
        "more than two epochs of this."
    )
    told = {name: [_tell(own, own["real"][level], name) for level in LEVELS] for name, own in variants.items()}
    yield format_table([("trained on", *LEVELS.values()), *((variants[n]["title"], *row) for n, row in told.items())])
    yield "![Differences of relations with status](ablations.png)"
    yield (
        "The same documents with every word capitalised, and text that nothing was chosen on: "
        f"{sizes['own']} documents of our own test part, and the contrast set."
    )
    rows = []
    for name, own in variants.items():
        cells = [own["capitals"]["relation"], *(own["own"][level] for level in CHOSEN)]
        shares = [show_points(part["share"], part["interval"]) for part in map(own["contrast"].get, CHOSEN)]
        rows.append((own["title"], *(_tell(own, cell, name) for cell in cells), *shares))
    head = (
        "capitalised: relations",
        "own test part: relations",
        "with status",
        "contrast sets right, %",
        "with status, %",
    )
    yield format_table([("trained on", *head), *rows])
    yield "## More real documents"
    yield "![F1 by number of real documents of ours](learning-curve.png)"
    yield "## What the figures rest on"
    hashes = ", ".join(f"{name} `{value[:16]}`" for name, value in record["gold_sha256"].items())
    yield "\n".join(
        [
            "- One seed; differences inside their interval are noise, and the interval knows nothing of other seeds.",
            "- Recipes: `benchmarks/recipes/ablations.toml`, `ablations-start.toml`; what each variant changes is in "
            "`benchmarks/ablations.py`.",
            f"- SHA-256 of the annotations: {hashes}.",
            tell_machine(record),
        ]
    )
    yield "\n".join(
        ["```", *(f"python benchmarks/ablations.py {own}" for own in ("train VARIANT", "score", "draw")), "```"]
    )
    yield format_signatures(*(variants[ALL][name]["relation"]["signature"] for name in ("real", "capitals", "own")))


def draw_differences(record: Mapping[str, Any], path: Path) -> None:
    """Draw what relations with status lose or gain by leaving a kind of document out."""
    rows = [
        (own["title"], own["real"]["relation+status"]["compared"])
        for name, own in record["variants"].items()
        if name != ALL
    ]
    figure, axis = plt.subplots(figsize=(7.5, 0.9 + 0.45 * len(rows)), layout="constrained")
    for i, (_, difference) in enumerate(rows):
        low, high = (100 * bound for bound in difference["interval"])
        axis.plot([low, high], [i, i], color="#1f4e79", linewidth=1.4)
        axis.plot(100 * difference["difference"], i, "o", color="#1f4e79")
    axis.axvline(0, color="#888888", linewidth=0.8)
    axis.set_yticks(range(len(rows)), [title for title, _ in rows])
    axis.invert_yaxis()
    axis.set_xlabel(
        "relations with status, points of F1 (95 % intervals):\ndifference to the model trained on all;\n"
        "of “the same …” to the row above it"
    )
    axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=130)
    plt.close(figure)


def draw_curve(record: Mapping[str, Any], path: Path) -> None:
    """Draw F1 by the number of real documents of ours."""
    points = sorted(
        (record["variants"][name] for name in CURVE if name in record["variants"]), key=lambda own: own["n_real"]
    )
    figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
    for level, label in LEVELS.items():
        (line,) = axis.plot(
            [own["n_real"] for own in points],
            [100 * own["real"][level]["f1"] for own in points],
            marker="o",
            label=label,
        )
        low, high = zip(*(own["real"][level]["interval"] for own in points), strict=True)
        axis.fill_between(
            [own["n_real"] for own in points],
            [100 * v for v in low],
            [100 * v for v in high],
            color=line.get_color(),
            alpha=0.1,
        )
    axis.set(
        xlabel="real documents of ours trained on, beside all others", ylabel="F1 on real documents", ylim=(0, 100)
    )
    axis.grid(alpha=0.3)
    axis.legend(loc="lower right", fontsize=8)
    axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=130)
    plt.close(figure)


def _tell(own: Mapping[str, Any], cell: Mapping[str, Any], name: str) -> str:
    """Word an F1 and, unless the variant is what others are told beside, its difference."""
    if name == own["beside"]:
        return f"{100 * cell['f1']:.1f}"
    low, high = (100 * bound for bound in cell["compared"]["interval"])
    return f"{100 * cell['f1']:.1f}, {100 * cell['compared']['difference']:+.1f} ({low:+.1f} to {high:+.1f})"
