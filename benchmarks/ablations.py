"""What each kind of training document brings to the small model, and what more real ones would: one left out at a time.

    python benchmarks/ablations.py train VARIANT   # one of VARIANTS; what is trained stays
    python benchmarks/ablations.py score           # all that are trained; writes results/ablations.json
    python benchmarks/ablations.py draw            # docs/ablations.md and its plots, from the record

All variants start from one model and see as many words: where documents are left out, the others are seen more often.
Epoch and thresholds are chosen on 46 real documents; figures are of 90 others, of our own test part and of the contrast
set. Run it from the root of the project.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import matplotlib.pyplot as plt
import typer
from common import DATA, HERE, RESULTS, ROOT, DataOption, RunsOption, write_record
from wording import show_points, tell_machine

import relex
from relex import Document
from relex.contrast import judge_contrast
from relex.markdown import format_table
from relex.metrics import digest
from relex.report import Report
from relex.weights import hash_file

RUNS = ROOT / "runs" / "ablations"
RECORD = RESULTS / "ablations.json"
PAGE = ROOT / "docs" / "ablations.md"
ALL = "all"
REAL = ("build/real/train", "build/real/later", "build/real/more", "build/real/fresh")
TEST = Path("build/real/test")
OWN, DRILLS, POOL = "benchmarks/corpora/diplomatic/train", "benchmarks/corpora/drills/train", "build/pool-read.jsonl"
CHANGES = {"upper-case": 0.05, "lower-case": 0.05, "title-case": 0.08, "joined": 0.15}  # those of the released models


class Variant(NamedTuple):
    """What is changed in the recipe: which share of the documents of a path is kept, how documents are varied."""

    title: str
    shares: Mapping[str, float] = {}
    changes: Mapping[str, float] = {}


VARIANTS: Mapping[str, Variant] = {
    ALL: Variant("all"),
    "no-real": Variant("without the real documents of ours", dict.fromkeys(REAL, 0.0)),
    "no-own": Variant("without our own corpus", {OWN: 0.0}),
    "no-drills": Variant("without drills", {DRILLS: 0.0}),
    "no-pool": Variant("without texts that the large model has read", {POOL: 0.0}),
    "changes": Variant("all, some changed in case or joined in pairs", changes=CHANGES),
    "quarter": Variant("a quarter of the real documents of ours", dict.fromkeys(REAL, 0.25)),
    "half": Variant("half of the real documents of ours", dict.fromkeys(REAL, 0.5)),
}
CURVE = ("no-real", "quarter", "half", ALL)
LEVELS = {
    "mention": "mentions",
    "entity": "entities",
    "group": "group sets",
    "relation": "relations",
    "relation+status": "with status",
}

CHOSEN = ("relation", "relation+status")

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def train(
    variant: Annotated[str, typer.Argument(help=f"One of {', '.join(VARIANTS)}.")],
    data: DataOption = DATA,
    runs: RunsOption = RUNS,
    seed: Annotated[int, typer.Option(help="The seed.")] = 1,
) -> None:
    """Train one variant, unless that is done."""
    os.environ["RELEX_DATA"] = str(data)
    output = runs / f"{variant}-{seed}"
    if (output / "metrics.json").is_file():
        print(f"{output} is trained")
        return
    recipe = relex.Recipe.read(HERE / "recipes" / "ablations.toml")
    _, shares, changes = VARIANTS[variant]
    parts = [(own, _read(own.path), shares.get(own.path, 1.0)) for own in recipe.corpora]
    whole = sum(own.weight * _count_words(documents) for own, documents, _ in parts)
    kept = [(own, _choose(documents, share)) for own, documents, share in parts if share]
    rest = sum(own.weight * _count_words(documents) for own, documents in kept)
    corpora = []
    for i, (own, documents) in enumerate(kept):
        path = output / "documents" / f"{i}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        relex.write(documents, path)
        corpora.append(replace(own, path=str(path), weight=own.weight * whole / rest))
    recipe = replace(recipe, corpora=tuple(corpora), changes=changes, seed=seed)
    relex.train(recipe, output=output, resume=True, progress=False)


@app.command()
def score(data: DataOption = DATA, runs: RunsOption = RUNS) -> None:
    """Score every trained variant beside the one that has all, paired by document, and write the record."""
    gold = {
        "real": [*relex.read(data / "diplomatic" / "dev"), *relex.read(TEST)],
        "own": relex.read(HERE / "corpora" / "diplomatic" / "test"),
        "contrast": relex.read(HERE / "corpora" / "contrast"),
    }
    n_real = {path: len(_read(path)) for path in REAL}
    trained = {name: runs / f"{name}-1" for name in VARIANTS if (runs / f"{name}-1" / "metrics.json").is_file()}
    if ALL not in trained:
        raise SystemExit(f"no {runs / ALL}-1; run train {ALL} first")
    answers: dict[str, dict[str, list[Document]]] = {}
    record: dict[str, Any] = {"seed": 1, "sizes": {name: len(documents) for name, documents in gold.items()}}
    record["variants"] = {}
    for name, path in trained.items():
        extractor = relex.load(path)
        answers[name] = {title: list(extractor.pipe(documents)) for title, documents in gold.items()}
        own: dict[str, Any] = {"title": VARIANTS[name].title, "weights_sha256": hash_file(path / "model.safetensors")}
        shares = VARIANTS[name].shares
        own["n_real"] = sum(round(shares.get(kind, 1.0) * n) for kind, n in n_real.items())
        for title in ("real", "own"):
            report = relex.evaluate(gold[title], answers[name][title], schema=extractor.schema)
            own[title] = {
                level: {
                    **_describe(report, level),
                    "beside_all": relex.compare(
                        gold[title], answers[ALL][title], answers[name][title], level=level, schema=extractor.schema
                    ).to_dict(),
                }
                for level in LEVELS
            }
        judged = judge_contrast(gold["contrast"], answers[name]["contrast"], schema=extractor.schema)
        for level in CHOSEN:
            share = judged.share("set", level=level)
            own.setdefault("contrast", {})[level] = {"share": share.point, "interval": [share.low, share.high]}
        record["variants"][name] = own
        print(name, {level: round(own["real"][level]["f1"], 3) for level in LEVELS}, flush=True)
    write_record("ablations", record)


@app.command()
def draw() -> None:
    """Write the page of the record and its plots."""
    record = json.loads(RECORD.read_text("utf-8"))
    draw_differences(record, PAGE.with_suffix(".png"))
    draw_curve(record, PAGE.with_name("learning-curve.png"))
    PAGE.write_text("\n\n".join(write_page(record)) + "\n", encoding="utf-8")


def write_page(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paragraphs of the page."""
    sizes, variants = record["sizes"], record["variants"]
    yield "# What each kind of training document brings"
    yield (
        "The small model, trained on everything and with one kind of document left out, on as many words: those that "
        "stay are seen more often. All start from one model of 165 real documents, whose epoch was chosen on 26 "
        "of the documents that figures are of here, for all variants alike. Epoch and thresholds of the variants were "
        f"chosen on 46 real documents; figures are F1 on {sizes['real']} other real ones and, behind the first row, "
        "the difference to it with its 95 % interval, paired by document."
    )
    rows = []
    for name, own in variants.items():
        cells = [own["real"][level] for level in LEVELS]
        told = [
            f"{100 * cell['f1']:.1f}{_tell_difference(cell['beside_all']) if name != ALL else ''}" for cell in cells
        ]
        rows.append((own["title"], *told))
    yield format_table([("trained on", *LEVELS.values()), *rows])
    yield "![Differences of relations with status](ablations.png)"
    yield f"On text that nothing was chosen on: {sizes['own']} documents of our own test part, and the contrast set."
    rows = []
    for own in variants.values():
        sets = (own["contrast"][level] for level in CHOSEN)
        found = [show_points(own["own"][level]["f1"], own["own"][level]["interval"]) for level in CHOSEN]
        rows.append((own["title"], *found, *(show_points(part["share"], part["interval"]) for part in sets)))
    head = ("relations", "with status", "contrast sets right, %", "with status, %")
    yield format_table([("trained on", *head), *rows])
    yield "## More real documents"
    yield "![F1 by number of real documents of ours](learning-curve.png)"
    yield "## What the figures rest on"
    yield "- One seed; differences inside their interval are noise.\n" + tell_machine(record)
    yield "\n".join(
        ["```", *(f"python benchmarks/ablations.py {own}" for own in ("train VARIANT", "score", "draw")), "```"]
    )


def draw_differences(record: Mapping[str, Any], path: Path) -> None:
    """Draw what relations with status lose or gain by leaving a kind of document out."""
    rows = [
        (own["title"], own["real"]["relation+status"]["beside_all"])
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
    axis.set_xlabel("relations with status: difference to the model trained on all,\npoints of F1 (95 % intervals)")
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


def _describe(report: Report, level: str) -> dict[str, Any]:
    interval = report.interval(level)
    return {"f1": interval.point, "interval": [interval.low, interval.high], "signature": interval.signature}


def _tell_difference(compared: Mapping[str, Any]) -> str:
    low, high = (100 * bound for bound in compared["interval"])
    return f", {100 * compared['difference']:+.1f} ({low:+.1f} to {high:+.1f})"


def _read(path: str) -> list[Document]:
    return relex.read(Path(os.path.expandvars(path)))


def _choose(documents: list[Document], share: float) -> list[Document]:
    """Return a share of the documents, the same ones and more for a larger share."""
    return sorted(documents, key=lambda document: digest(document.id))[: round(share * len(documents))]


def _count_words(documents: list[Document]) -> int:
    return sum(len(document.text.split()) for document in documents)


if __name__ == "__main__":
    app()
