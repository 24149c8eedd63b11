"""relex itself, by the same clock as its peers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from runner import Answers, Predict, Runner, Settings, Text, main

import relex

RECIPE = Path(__file__).with_name("relex.toml")


def train(data: Path, out: Path, settings: Settings) -> None:
    """Train on JSON lines by the recipe beside this file, which names the encoder by its hub id and SHA-256."""
    recipe = relex.Recipe.read(RECIPE)
    recipe = replace(recipe, epochs=settings.epochs, encoder_rate=settings.rate, seed=settings.seed)
    relex.train(recipe, train=relex.read(data, format="jsonl"), output=out, resume=True, progress=False)


def load(model: Path) -> Predict:
    """Return a function that gives a document of each text."""
    extractor = relex.load(model)

    def predict(texts: Sequence[Text]) -> Answers:
        return list(extractor.pipe(relex.Document(text.id, text.text) for text in texts))

    return predict


def write(texts: Sequence[Text], answers: Answers, path: Path) -> None:
    """Write documents, a line each."""
    relex.write(answers, path, format="jsonl")


if __name__ == "__main__":
    main(Runner(train, load, write))
