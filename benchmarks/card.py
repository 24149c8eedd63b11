"""Writes the second half of a model card: figures by set, per type, beside the model released before.

    python benchmarks/card.py runs/diplomatic --before models/diplomatic >> runs/diplomatic/README.md

The first half is written by training. What cannot be computed (intended use, what was seen in the errors) stands in
recipes/NAME.md and is added at the end. Sets that are not there are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from common import DATA, ROOT

import relex
from relex import Document
from relex.contrast import judge_contrast
from relex.markdown import format_table
from relex.reliability import judge_scores
from relex.report import Report

CORPORA = ROOT / "benchmarks" / "corpora"
LEVELS = {
    "mention": "mentions",
    "named": "with a name",
    "entity": "entities, CEAF-e",
    "group": "group sets",
    "relation": "relations",
    "relation+status": "with status",
}
PRESS = "dw-"
CONTRAST = "contrast set, short texts"

Sets = Mapping[str, list[Document]]


def main(
    model: Annotated[Path, typer.Argument(help="A model directory.")],
    before: Annotated[Path | None, typer.Option(help="The model to compare it with.")] = None,
    data: Annotated[Path, typer.Option(help="The directory with a folder a data set.")] = DATA,
) -> None:
    """Print the second half of a model's card."""
    gold = {title: relex.read(path) for title, path in _list_sets(data).items() if path.is_dir()}
    extractor = relex.load(model)
    found = {title: list(extractor.pipe(documents)) for title, documents in gold.items()}
    earlier = {}
    if before is not None:
        old = relex.load(before)
        earlier = {title: list(old.pipe(gold[title])) for title in _chosen_on(gold)}
    parts = [*write_figures(gold, found, schema=extractor.schema), *write_gain(gold, earlier, found, extractor.schema)]
    notes = ROOT / "recipes" / f"{relex.Recipe.read(model / 'recipe.toml').name}.md"
    parts += [notes.read_text("utf-8").strip()] if notes.is_file() else []
    print("\n" + "\n\n".join(parts))


def write_figures(gold: Sets, found: Sets, *, schema: relex.Schema) -> Iterator[str]:
    """Yield the paragraphs on what a model reaches."""
    reports = {title: relex.evaluate(gold[title], found[title], schema=schema) for title in gold}
    yield "## Figures by set"
    yield (
        "F1 with its 95 % interval over documents. Epoch, thresholds and calibration were chosen on the development "
        "documents; on the other sets nothing was chosen."
    )
    rows = []
    for title, report in reports.items():
        rows.append((title, *_intervals(report)))
        press = [document.id for document in gold[title] if document.id.startswith(PRESS)]
        if title in _chosen_on(gold) and press:
            part = report.subset(lambda name: name.startswith(PRESS))
            rows.append((f"of these {len(press)} press articles (`{PRESS}`)", *_intervals(part)))
    yield format_table([("documents", *LEVELS.values()), *rows])
    yield _tell_contrast(gold[CONTRAST], found[CONTRAST], schema)
    chosen_on = _chosen_on(gold)
    errors = {
        f"{len(gold[title])} documents: {title}": judge_scores(gold[title], found[title], schema=schema).ece().point
        for title in gold
        if title != CONTRAST
    }
    told = "; ".join(f"{value:.3f} on {title}" for title, value in errors.items())
    yield f"Expected calibration error of relation scores: {told}."
    if not chosen_on:
        return
    truth, answers = (_join(sets, chosen_on) for sets in (gold, found))
    report = relex.evaluate(truth, answers, schema=schema)
    rows = []
    for kind, counts in sorted(report.per_type("relation").items(), key=lambda own: -own[1].gold):
        interval = report.interval("relation", type=kind)
        f1 = f"{interval.point:.3f} ({interval.low:.3f}–{interval.high:.3f})"
        rows.append((kind, f"{counts.gold}", f1, f"{counts.precision:.2f}", f"{counts.recall:.2f}"))
    yield format_table([("relation, development documents", "gold", "F1", "P", "R"), *rows])


def write_gain(gold: Sets, earlier: Sets, found: Sets, schema: relex.Schema) -> Iterator[str]:
    """Yield the paragraph that compares a model with an earlier one, paired by document."""
    if not earlier:
        return
    truth, old, new = (_join(sets, earlier) for sets in (gold, earlier, found))
    told = []
    for level, title in LEVELS.items():
        difference = relex.compare(truth, old, new, level=level, schema=schema)
        told.append(
            f"{title} {difference.a:.3f} to {difference.b:.3f} ({difference.low:+.3f} to {difference.high:+.3f}, "
            f"p = {difference.p_value:.3f})"
        )
    yield (
        f"Beside the model released before, paired by document over the {len(truth)} development documents, on which "
        f"both were chosen: {'; '.join(told)}."
    )


def _list_sets(data: Path) -> dict[str, Path]:
    return {
        "development documents, `data/diplomatic/dev`": data / "diplomatic" / "dev",
        "development documents, `benchmarks/corpora/real`": ROOT / "build" / "real" / "dev",
        "test part of relex's own corpus": CORPORA / "diplomatic" / "test",
        "drills held out": CORPORA / "drills" / "dev",
        CONTRAST: CORPORA / "contrast",
    }


def _join(sets: Sets, titles: Iterable[str]) -> list[Document]:
    return [document for title in titles for document in sets[title]]


def _chosen_on(titles: Mapping[str, object]) -> list[str]:
    return [title for title in titles if title.startswith("development")]


def _intervals(report: Report) -> Iterator[str]:
    for level in LEVELS:
        interval = report.interval(level)
        yield f"{interval.point:.3f} ({interval.low:.3f}–{interval.high:.3f})"


def _tell_contrast(gold: Sequence[Document], found: Sequence[Document], schema: relex.Schema) -> str:
    judged = judge_contrast(gold, found, schema=schema)

    def tell(measure: str, level: str, phenomenon: str | None = None) -> str:
        share = judged.share(measure, level=level, phenomenon=phenomenon)
        return f"{100 * share.point:.1f} % ({100 * share.low:.1f}–{100 * share.high:.1f})"

    alone = tell("false-positive", "relation", "cooccurrence")
    return (
        f"Contrast sets with every member right: {tell('set', 'relation')}, with status "
        f"{tell('set', 'relation+status')}; texts right {tell('text', 'relation')}; false positives "
        f"{tell('false-positive', 'relation')}, on co-occurrence {alone}."
    )


if __name__ == "__main__":
    typer.run(main)
