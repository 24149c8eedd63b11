"""The page and the plot of the articles, from results/articles.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from wording import show_points, tell_machine, tell_weights

from relex.markdown import format_signatures, format_table

LEVELS = {
    "mention": "mentions, strict",
    "named": "mentions with a name",
    "entity": "entities, CEAF-e",
    "group": "group mentions",
    "relation": "relations",
    "relation+status": "relations with status",
}
MEASURES = {"set": "sets right", "text": "texts right", "false-positive": "false positives"}
Record = Mapping[str, Any]


def write_articles(record: Record) -> Iterator[str]:
    """Yield the paragraphs of the page."""
    yield "# Diplomatic articles"
    yield (
        "The released models on annotated documents: F1 in points with its 95 % interval over documents. Relations are "
        "facts between entities, both ends, type and direction right; with status, also whether they happened, are "
        "planned or are denied. Documents that thresholds and epochs were chosen on flatter a model: see their titles. "
        "The real documents annotated last are drawn at random from 264, of which the others are learnt from; "
        "`diplomatic-small` learnt from their texts too, as `diplomatic` reads them, not from the annotations."
    )
    yield format_table([("documents", "model", *LEVELS.values()), *_score_rows(record)])
    yield "![Shares of the causes of errors](../plots/articles.png)"
    contrast = next(found["contrast"] for own in record.values() for found in own["models"].values())
    yield (
        f"Contrast set: {contrast['n_texts']} short texts in {contrast['n_sets']} sets whose members differ a little "
        "in wording and in what they say."
    )
    yield format_table(
        [("model", "level", *MEASURES.values(), "false positives on co-occurrence"), *_contrast_rows(record)]
    )
    yield "## What each stage costs"
    yield "F1 of relations (with status) when the model is given the truth up to a stage."
    yield format_table([("documents", "model", *_rungs(record)), *_ladder_rows(record)])
    for name, own in record.items():
        yield f"## By type: {own['title']}"
        yield format_table([("relation", "gold", *own["models"]), *_type_rows(own)])
        yield "\n".join(
            [
                f"- {own['n_documents']} documents, SHA-256 of their annotation `{own['gold_sha256'][:16]}`.",
                tell_machine(own),
                *tell_weights(own["models"]),
            ]
        )
        if name == "own":
            links = ", ".join(f"[{label}](articles-{name}-{label}.html)" for label in own["models"])
            yield f"Every error in its text, with cause and score: {links} (download and open in a browser)."
        signatures = [found["levels"]["relation"]["signature"] for found in own["models"].values()]
        yield format_signatures(*dict.fromkeys(signatures))


def draw_causes(record: Record, path: Path) -> None:
    """Draw the shares of the causes of errors, a bar for each model on each set of documents."""
    bars = {
        f"{label}\n{name}": found["attribution"]["facts"]["causes"]
        for name, own in record.items()
        for label, found in own["models"].items()
    }
    causes = [cause for cause in next(iter(bars.values())) if any(bar[cause]["share"] > 0 for bar in bars.values())]
    fig, axis = plt.subplots(figsize=(9, 1.4 + 0.6 * len(bars)), layout="constrained")
    colours = plt.get_cmap("tab20").colors
    left = [0.0] * len(bars)
    for colour, cause in zip(colours, causes, strict=False):
        shares = [100 * bar[cause]["share"] for bar in bars.values()]
        axis.barh(list(bars), shares, left=left, color=colour, label=cause, height=0.7)
        for y, (share, start) in enumerate(zip(shares, left, strict=True)):
            if share >= 4:
                axis.text(start + share / 2, y, f"{share:.0f}", ha="center", va="center", fontsize=8)
        left = [own + share for own, share in zip(left, shares, strict=True)]
    axis.set_xlim(0, 100)
    axis.set_xlabel("share of the errors of relations with status, %")
    axis.invert_yaxis()
    axis.spines[["top", "right"]].set_visible(False)
    fig.legend(loc="outside lower center", ncols=5, fontsize=8, frameon=False)
    fig.savefig(path, dpi=130)
    plt.close(fig)


def _score_rows(record: Record) -> Iterator[tuple[str, ...]]:
    for own in record.values():
        for label, found in own["models"].items():
            yield own["title"], label, *_show_levels(found["levels"])
        for label, found in own["models"].items():
            if part := found.get("prefix"):
                title = f"of these the {part['n_documents']} that begin with `{part['prefix']}`"
                yield title, label, *_show_levels(part["levels"])


def _contrast_rows(record: Record) -> Iterator[tuple[str, ...]]:
    shown = {}
    for own in record.values():
        for label, found in own["models"].items():
            for level, shares in found["contrast"]["levels"].items():
                parts = [_share(shares["all"][measure]) for measure in MEASURES]
                shown[label, level] = (*parts, _share(shares["cooccurrence"]["false-positive"]))
    yield from ((*key, *values) for key, values in shown.items())


def _ladder_rows(record: Record) -> Iterator[tuple[str, ...]]:
    for own in record.values():
        for label, found in own["models"].items():
            rungs = (
                f"{100 * rung['relation']['f1']:.1f} ({100 * rung['relation+status']['f1']:.1f})"
                for rung in found["ladder"].values()
            )
            yield own["title"], label, *rungs


def _rungs(record: Record) -> tuple[str, ...]:
    first = next(iter(record.values()))["models"]
    return tuple(next(iter(first.values()))["ladder"])


def _type_rows(own: Record) -> Iterator[tuple[str, ...]]:
    by_model = [found["levels"]["relation"]["types"] for found in own["models"].values()]
    for kind in sorted(
        {kind for types in by_model for kind in types}, key=lambda kind: (-_support(by_model, kind), kind)
    ):
        yield (
            kind,
            str(_support(by_model, kind)),
            *(f"{100 * types[kind]['f1']:.1f}" if kind in types else "" for types in by_model),
        )


def _support(by_model: list[Record], kind: str) -> int:
    return next((int(types[kind]["gold"]) for types in by_model if kind in types), 0)


def _show_levels(levels: Record) -> Iterator[str]:
    return (show_points(levels[level]["f1"], levels[level]["interval"]) for level in LEVELS)


def _share(own: Record) -> str:
    return f"{100 * own['point']:.1f} % ({100 * own['low']:.1f}–{100 * own['high']:.1f})"
