"""Re-DocRED: paragraphs of Wikipedia with coreference and 96 relations between entities (Tan et al. 2022)."""

from __future__ import annotations

from pathlib import Path

from common import END_TO_END, GOLD_ENTITIES, HELD_OUT, Benchmark, Figure, Parts, Published, run

import relex


def read(folder: Path) -> Parts:
    """Read the revised dev part to train on, every tenth document of it held out, and the revised test part."""
    documents = relex.read(folder / "dev_revised.json", format="docred")
    rest = [document for i, document in enumerate(documents) if i % HELD_OUT]
    test = relex.read(folder / "test_revised.json", format="docred")
    return Parts(test=test, train=rest, dev=documents[::HELD_OUT])


BENCHMARK = Benchmark(
    name="redocred",
    title="Re-DocRED, trained on 450 documents",
    setting=(
        "Relations between entities of a document: end to end, and with gold entities as in the literature. Trained "
        "on 450 documents of dev (50 held out to choose epoch and thresholds) where published systems have the 3,053 "
        "of train; 500 test documents. Ign F1 leaves out facts that the training documents state by name."
    ),
    source="https://github.com/tonytan48/Re-DocRED",
    licence="MIT",
    read=read,
    figures=(
        Figure("mentions, strict", "mention"),
        Figure("entities, CEAF-e", "entity"),
        Figure("relations, end to end", "relation"),
        Figure("relations, end to end, whole clusters", "relation-cluster"),
        Figure("relations, gold entities", "relation", setting=GOLD_ENTITIES),
        Figure("relations, gold entities, Ign F1", "relation-unseen", setting=GOLD_ENTITIES),
        Figure("relations, end to end, Ign F1", "relation-unseen", setting=END_TO_END),
    ),
    published=(
        Published("ATLOP", "BERT-base", {"relations, gold entities": 77.6}, "3,053 training documents"),
        Published("DREEAM", "RoBERTa-large", {"relations, gold entities": 80.7}, "3,053 training documents"),
        Published("TTM-RE", "RoBERTa-large", {"relations, gold entities": 84.0}, "and distant data"),
    ),
)

if __name__ == "__main__":
    run(BENCHMARK)
