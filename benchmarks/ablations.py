"""What each kind of training document, and some ideas, bring to the small model: one left out or added at a time.

    python benchmarks/ablations.py train VARIANT   # one of VARIANTS; what is trained stays
    python benchmarks/ablations.py score           # all that are trained; writes results/ablations.json
    python benchmarks/ablations.py draw            # docs/ablations.md and its plots, from the record

All variants see as many words: where documents are left out, the others are seen more often. Figures are of the 72 real
development documents, on 46 of which epoch and thresholds are chosen, of these with every word capitalised, of our own
test part and of the contrast set. Run it from the root of the project.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from ablation_page import ALL, CHOSEN, LEVELS, draw_curve, draw_differences, write_page
from common import DATA, HERE, RESULTS, DataOption, RunsOption, write_record
from provenance import ROOT, hash_documents

import relex
from relex import Corpus, Document
from relex.contrast import judge_contrast
from relex.invariance import CHANGES as INVARIANCE
from relex.invariance import carry
from relex.metrics import digest
from relex.weights import hash_file

RUNS = ROOT / "runs" / "ablations"
RECORD = RESULTS / "ablations.json"
PAGE = ROOT / "docs" / "ablations.md"
ANEW = "anew"
REAL = ("build/real/train", "build/real/later", "build/real/more", "build/real/fresh")
DEV = Path("build/real/dev")
OWN, DRILLS, POOL = "benchmarks/corpora/diplomatic/train", "benchmarks/corpora/drills/train", "build/pool-read.jsonl"
CHANGES = {"upper-case": 0.05, "lower-case": 0.05, "title-case": 0.08, "joined": 0.15}  # those of the released models


class Variant(NamedTuple):
    """What differs from the recipe.

    `shares` says which share of the documents of a path is kept, `changes` how documents are varied. With `anew` the
    model that training starts from is trained first, with or without the shape embedding.
    """

    title: str
    shares: Mapping[str, float] = {}
    changes: Mapping[str, float] = {}
    anew: bool = False
    shapes: bool = True
    beside: str = ALL


VARIANTS: Mapping[str, Variant] = {
    ALL: Variant("all"),
    ANEW: Variant("all, from another start", anew=True),
    "no-shapes": Variant("the same without the shape embedding", anew=True, shapes=False, beside=ANEW),
    "no-real": Variant("without the real documents of ours", dict.fromkeys(REAL, 0.0)),
    "no-own": Variant("without our own corpus", {OWN: 0.0}),
    "no-drills": Variant("without drills", {DRILLS: 0.0}),
    "no-pool": Variant("without texts that the large model has read", {POOL: 0.0}),
    "changes": Variant("all, some changed in case or joined in pairs", changes=CHANGES),
    "quarter": Variant("a quarter of the real documents of ours", dict.fromkeys(REAL, 0.25)),
    "half": Variant("half of the real documents of ours", dict.fromkeys(REAL, 0.5)),
}
SETS = ("real", "capitals", "own")

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
    own = VARIANTS[variant]
    recipe = relex.Recipe.read(HERE / "recipes" / "ablations.toml")
    if own.anew:
        start = replace(relex.Recipe.read(HERE / "recipes" / "ablations-start.toml"), seed=seed)
        recipe = replace(recipe, init=str(runs / f"start-{variant}-{seed}"))
        if not Path(recipe.init, "metrics.json").is_file():
            relex.train(_set_shapes(start, own.shapes), output=recipe.init, resume=True, progress=False)
    corpora = tuple(keep(recipe.corpora, own.shares, folder=output / "documents"))
    recipe = _set_shapes(replace(recipe, corpora=corpora, changes=own.changes, seed=seed), own.shapes)
    relex.train(recipe, output=output, resume=True, progress=False)


@app.command()
def score(data: DataOption = DATA, runs: RunsOption = RUNS) -> None:
    """Score every trained variant beside the one that it differs from, paired by document, and write the record."""
    gold = read_gold(data)
    n_real = {path: len(_read(path)) for path in REAL}
    found: dict[str, Any] = {}
    answers: dict[str, dict[str, list[Document]]] = {}
    for name, variant in VARIANTS.items():
        path = runs / f"{name}-1"
        if missing := [own for own in {name, variant.beside} if not (runs / f"{own}-1" / "metrics.json").is_file()]:
            print(f"{name} is left out: {', '.join(missing)} not trained")
            continue
        extractor = relex.load(path)
        answers[name] = {title: list(extractor.pipe(documents)) for title, documents in gold.items()}
        judged = judge_contrast(gold["contrast"], answers[name]["contrast"], schema=extractor.schema)
        shares = {level: judged.share("set", level=level) for level in CHOSEN}
        found[name] = {
            "title": variant.title,
            "beside": variant.beside,
            "n_real": sum(round(variant.shares.get(kind, 1.0) * n) for kind, n in n_real.items()),
            "weights_sha256": hash_file(path / "model.safetensors"),
            "contrast": {level: {"share": own.point, "interval": [own.low, own.high]} for level, own in shares.items()},
            **{
                title: describe(gold[title], answers[name][title], answers[variant.beside][title], extractor.schema)
                for title in SETS
            },
        }
        print(name, {level: round(found[name]["real"][level]["f1"], 3) for level in LEVELS}, flush=True)
    sizes = {name: len(documents) for name, documents in gold.items()}
    hashes = {name: hash_documents(documents) for name, documents in gold.items()}
    write_record("ablations", {"seed": 1, "sizes": sizes, "gold_sha256": hashes, "variants": found})


def read_gold(data: Path) -> dict[str, list[Document]]:
    """Return the annotated documents of every set, by its name."""
    real = [*relex.read(data / "diplomatic" / "dev"), *relex.read(DEV)]
    capitalise = next(change.apply for change in INVARIANCE if change.name == "title-case")
    return {
        "real": real,
        "capitals": [carry(document, capitalise(document.text)) for document in real],
        "own": relex.read(HERE / "corpora" / "diplomatic" / "test"),
        "contrast": relex.read(HERE / "corpora" / "contrast"),
    }


def describe(
    gold: Sequence[Document], found: Sequence[Document], beside: Sequence[Document], schema: relex.Schema
) -> dict[str, Any]:
    """Return by level the F1 with interval and signature, and the paired difference to what another variant found."""
    report = relex.evaluate(gold, found, schema=schema)
    intervals = {level: report.interval(level) for level in LEVELS}
    return {
        level: {
            "f1": own.point,
            "interval": [own.low, own.high],
            "signature": own.signature,
            "compared": relex.compare(gold, beside, found, level=level, schema=schema).to_dict(),
        }
        for level, own in intervals.items()
    }


@app.command()
def draw() -> None:
    """Write the page of the record and its plots."""
    record = json.loads(RECORD.read_text("utf-8"))
    draw_differences(record, PAGE.with_suffix(".png"))
    draw_curve(record, PAGE.with_name("learning-curve.png"))
    PAGE.write_text("\n\n".join(write_page(record)) + "\n", encoding="utf-8")


def keep(corpora: Sequence[Corpus], shares: Mapping[str, float], *, folder: Path) -> Iterator[Corpus]:
    """Write what is kept of corpora to a folder; yield it, weighted so that an epoch has as many words as before."""
    parts = [(own, _read(own.path), shares.get(own.path, 1.0)) for own in corpora]
    whole = sum(own.weight * _count_words(documents) for own, documents, _ in parts)
    kept = [(own, _choose(documents, share)) for own, documents, share in parts if share]
    rest = sum(own.weight * _count_words(documents) for own, documents in kept)
    folder.mkdir(parents=True, exist_ok=True)
    for i, (own, documents) in enumerate(kept):
        path = folder / f"{i}.jsonl"
        relex.write(documents, path)
        yield replace(own, path=str(path), weight=own.weight * whole / rest)


def _set_shapes(recipe: relex.Recipe, shapes: bool) -> relex.Recipe:
    return replace(recipe, model=replace(recipe.model, shapes=shapes))


def _read(path: str) -> list[Document]:
    return relex.read(Path(os.path.expandvars(path)))


def _choose(documents: list[Document], share: float) -> list[Document]:
    """Return a share of the documents, the same ones and more for a larger share."""
    return sorted(documents, key=lambda document: digest(document.id))[: round(share * len(documents))]


def _count_words(documents: list[Document]) -> int:
    return sum(len(document.text.split()) for document in documents)


if __name__ == "__main__":
    app()
