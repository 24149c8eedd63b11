"""WebNLG: sentences written for triples of DBpedia, in the form made for joint extraction (Zeng et al. 2018)."""

from __future__ import annotations

from pathlib import Path

from common import Benchmark, Figure, Parts, Published, run

import relex


def read(folder: Path) -> Parts:
    """Read the three parts with whole names."""
    train, dev, test = (
        relex.read(folder / "WebNLG" / f"{part}_triples.json", format="triples") for part in ("train", "val", "test")
    )
    return Parts(test=test, train=train, dev=dev)


BENCHMARK = Benchmark(
    name="webnlg",
    title="WebNLG",
    setting=(
        "Triples from sentences, exact match: whole names of both ends and the relation must be right. The corpus "
        "gives names and no types; a name is found where its characters stand. 703 test sentences; their 11 triples of "
        "a name with itself are left out. Epoch and thresholds are chosen on dev."
    ),
    source="https://github.com/EduKgs/entity_relation",
    licence="not redistributable",
    read=read,
    figures=(Figure("triples, exact", "relation"), Figure("names", "mention")),
    published=(
        Published(
            "UniRel", "BERT-base", {"triples, exact": 94.7}, "whether match is exact or by last words is not known here"
        ),
    ),
    remarks=(
        "What falls short, on the dev part with the first seed: F1 is 82.8 end to end, 89.4 with the true names given "
        "and 93.5 with the true pairs. Of the wrong facts half have an end whose name was missed, made up or bounded "
        "otherwise; a quarter relate a pair of one sentence that is unrelated, or leave one out; a sixth have another "
        "relation, often one near in meaning, as `leader` and `leaderName`."
    ),
)

if __name__ == "__main__":
    run(BENCHMARK)
