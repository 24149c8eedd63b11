"""A learning curve: what more documents of the diplomatic corpus are worth on real text.

    python benchmarks/corpora/curve.py train --dev DIRECTORY
    python benchmarks/corpora/curve.py draw

The first trains the small model on the training documents of the first quarter, half, three quarters and all of the
corpus' authors (each wrote sixteen, over all genres), and scores it on the documents of DIRECTORY, which are real and
none of ours; they also choose epoch and thresholds, as for the released models. Smaller parts are seen more often, so
that no run has less than half the steps of the longest. A line a run is added to curve.ndjson beside this file; runs
that stand there are not run again. The second draws curve.png from it.
"""

from __future__ import annotations

import json
import math
import os
import platform
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import matplotlib.pyplot as plt
import torch
import typer
from stats import HERE, Split, read_corpus, read_plan, relation_types

import relex

ROOT = Path(__file__).parents[2]
RESULTS = Path(__file__).with_name("curve.ndjson")
PICTURE = RESULTS.with_suffix(".png")
LEVELS = {
    "mention": "mentions (strict)",
    "entity": "entities (CEAF-e)",
    "relation": "relations",
    "relation+status": "relations with status",
}
EPOCHS = 9

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def train(
    dev: Annotated[Path, typer.Option(help="Real annotated documents.")],
    runs: Annotated[Path, typer.Option(help="Where models are written.")] = ROOT / "runs" / "curve",
    shares: Annotated[str, typer.Option(help="Parts of the authors.")] = "0.25,0.5,0.75,1",
    seed: Annotated[int, typer.Option(help="The seed.")] = 1,
) -> None:
    """Train and score what has not been run yet."""
    plan = read_plan()
    writers = sorted({row["writer"] for row in plan.values()})
    documents = read_corpus(HERE)[0].documents
    done = {(run["share"], run["seed"]) for run in read_runs()}
    for share in map(float, shares.split(",")):
        if (share, seed) in done:
            continue
        chosen = set(writers[: round(share * len(writers))])
        own = Split("train", {name: d for name, d in documents.items() if plan[name]["writer"] in chosen})
        recipe = relex.Recipe.read(ROOT / "recipes" / "diplomatic-small-1.toml")
        recipe = replace(
            recipe, name=f"curve-{share:g}", corpora=(), seed=seed, epochs=round(EPOCHS / math.sqrt(share))
        )
        output = runs / f"{share:g}-{seed}"
        relex.train(
            recipe,
            train=list(own.documents.values()),
            dev=dev,
            schema="diplomatic",
            output=output,
            resume=True,
            progress=False,
        )
        metrics = json.loads((output / "metrics.json").read_text(encoding="utf-8"))
        run = {
            "share": share,
            "seed": seed,
            "documents": len(own.documents),
            "words": own.words,
            "relations": sum(own.count(relation_types).values()),
            "epochs": recipe.epochs,
            "best_epoch": metrics["best_epoch"],
            "data": metrics["data"][0]["sha256"],
            "dev": metrics["dev"],
            "scores": {
                name: {key: level[key] for key in ("f1", "interval", "signature")}
                for name, level in metrics["scores"]["levels"].items()
                if name in LEVELS
            },
            "cross_fitted_relation_f1": metrics["cross_fitted_relation_f1"],
            "versions": {"relex": relex.__version__, "torch": torch.__version__, "python": platform.python_version()},
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        }
        with open(RESULTS, "a", encoding="utf-8") as file:
            file.write(json.dumps(run) + "\n")


def read_runs() -> list[dict[str, Any]]:
    """Return the runs made so far, in the order of their making."""
    if not RESULTS.exists():
        return []
    return [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]


@app.command()
def draw(
    out: Annotated[Path, typer.Option(help="The picture.")] = PICTURE,
) -> None:
    """Draw the runs made so far: F1 by number of documents, with bootstrap intervals over the test documents."""
    runs = sorted(read_runs(), key=lambda run: run["documents"])
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for level, label in LEVELS.items():
        by_size: dict[int, list[dict[str, Any]]] = {}
        for run in runs:
            by_size.setdefault(run["documents"], []).append(run["scores"][level])
        means = [sum(score["f1"] for score in scores) / len(scores) for scores in by_size.values()]
        (line,) = axes.plot(list(by_size), means, marker="o", label=label)
        low = [min(score["interval"][0] for score in scores) for scores in by_size.values()]
        high = [max(score["interval"][1] for score in scores) for scores in by_size.values()]
        axes.fill_between(list(by_size), low, high, color=line.get_color(), alpha=0.12)
    axes.set(xlabel="training documents of the corpus", ylabel="F1 on real documents", xlim=(0, None), ylim=(0, 1))
    axes.set_title("Trained on the corpus alone, scored on real text (95 % intervals over documents)", fontsize=10)
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", fontsize=9)
    figure.savefig(out, dpi=150)


if __name__ == "__main__":
    app()
