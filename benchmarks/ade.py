"""ADE: drugs and their adverse effects in sentences of case reports (Gurulingappa et al. 2012)."""

from __future__ import annotations

from pathlib import Path

from common import Benchmark, Figure, Parts, Published, run

import relex


def read(folder: Path) -> Parts:
    """Read the parts of fold 0."""
    train, dev, test = (relex.read(folder / f"ade_split_0_{part}.json", format="conll04") for part in PARTS)
    return Parts(test=test, train=train, dev=dev)


PARTS = ("train", "dev", "test")
BENCHMARK = Benchmark(
    name="ade",
    title="ADE, fold 0",
    setting=(
        "End to end, strict; macro over the two types of mentions, and the one type of relation. Fold 0 of the ten "
        "alone: 415 test sentences, where published figures are means over ten folds; 4,153 sentences in all, where "
        "SpERT's set has 4,272. Epoch and thresholds are chosen on the dev part of the fold."
    ),
    source="https://github.com/LorrinWWW/two-are-better-than-one",
    licence="none stated",
    read=read,
    figures=(
        Figure("mentions, strict, macro", "mention", average="macro"),
        Figure("relations, strict", "relation-mention"),
    ),
    published=(
        Published("PFN", "BERT-base", {"mentions, strict, macro": 89.6, "relations, strict": 80.0}, "10 folds"),
        Published("ITER", "larger", {"mentions, strict, macro": 92.6, "relations, strict": 85.6}, "10 folds"),
    ),
)

if __name__ == "__main__":
    run(BENCHMARK)
