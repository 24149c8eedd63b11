"""DWIE: news of Deutsche Welle with mentions, coreference and 65 relations (Zaporojets et al. 2021)."""

from __future__ import annotations

from pathlib import Path

from common import GOLD_ENTITIES, HELD_OUT, Benchmark, Figure, Parts, run

import relex


def read(folder: Path) -> Parts:
    """Read the train part, every tenth document of it held out, and the test part."""
    path = folder / "annos_with_content"
    documents = relex.read(path, format="dwie-train")
    rest = [document for i, document in enumerate(documents) if i % HELD_OUT]
    return Parts(test=relex.read(path, format="dwie-test"), train=rest, dev=documents[::HELD_OUT])


BENCHMARK = Benchmark(
    name="dwie",
    title="DWIE",
    setting=(
        "End to end on whole articles: mentions, who is who, and relations between entities. One type a mention, the "
        "first of its general tags. 13 of the 702 training documents are not used, and every tenth of the others is "
        "held out to choose epoch and thresholds; 100 test documents. Mentions without a type are left out, and so are "
        "relations of concepts without a mention, 235 in the test part. Whole clusters: both entities with exactly "
        "their mentions."
    ),
    source="https://github.com/klimzaporojets/DWIE",
    licence="annotations GPL-3.0, texts of Deutsche Welle not redistributable",
    read=read,
    figures=(
        Figure("mentions, strict", "mention"),
        Figure("entities, CEAF-e", "entity"),
        Figure("coreference, CoNLL", "coreference"),
        Figure("relations", "relation"),
        Figure("relations, whole clusters", "relation-cluster"),
        Figure("relations, gold entities", "relation", setting=GOLD_ENTITIES),
    ),
    published=(),
    remarks="Published figures are over other label sets of the corpus and are therefore not set beside ours.",
)

if __name__ == "__main__":
    run(BENCHMARK)
