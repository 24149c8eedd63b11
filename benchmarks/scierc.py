"""SciERC: abstracts of papers with six types of terms and seven of relations (Luan et al. 2018)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from common import GOLD_ENTITIES, Benchmark, Figure, Parts, Published, run

import relex


def read(folder: Path) -> Parts:
    """Read the three parts, every mention an entity of its own: the corpus relates mentions."""
    train, dev, test = (
        [part_mentions(document) for document in relex.read(folder / f"{part}.json", format="dygie")]
        for part in ("train", "dev", "test")
    )
    return Parts(test=test, train=train, dev=dev)


def part_mentions(document: relex.Document) -> relex.Document:
    """Return a document in which every mention is an entity, related as the mentions are that carry relations."""
    ids = {(mention.start, mention.end): f"m{i}" for i, mention in enumerate(document.mentions)}
    mentions = tuple(replace(m, entities=(ids[m.start, m.end],)) for m in document.mentions)
    relations = {(r.head, r.type, r.tail): r for r in _list_pairs(document, ids)}
    return replace(document, mentions=mentions, relations=tuple(relations.values()))


def _list_pairs(document: relex.Document, ids: dict[tuple[int, int], str]) -> Iterator[relex.Relation]:
    for relation in document.relations:
        for pair in relation.evidence:
            yield replace(relation, head=ids[pair.head], tail=ids[pair.tail], evidence=(pair,))


BENCHMARK = Benchmark(
    name="scierc",
    title="SciERC",
    setting=(
        "End to end on whole abstracts, mentions as annotated, no coreference. Strict: both spans, both types, "
        "direction and relation type; boundaries: as strict, without the types of the ends. Standard split, 100 test "
        "abstracts; trained on train, epoch and thresholds chosen on dev."
    ),
    source="https://github.com/JerryHao2001/thesis-tanl",
    licence="none stated",
    read=read,
    figures=(
        Figure("mentions, strict", "mention"),
        Figure("relations, strict", "relation-mention"),
        Figure("relations, boundaries", "relation-boundary"),
        Figure("relations, gold mentions", "relation-mention", setting=GOLD_ENTITIES),
    ),
    published=(
        Published("SURE", "SciBERT", {"relations, strict": 44.3, "relations, boundaries": 53.8}),
        Published("PURE", "SciBERT", {"relations, strict": 37.7}),
    ),
    aims={"relations, strict": 40.0},
    remarks=(
        "What falls short: published systems start from SciBERT, which has read scientific papers; here it is the "
        "encoder of all other pages. Most is lost before relations are looked at, in mentions and their types, as the "
        "figure with gold mentions shows."
    ),
)

if __name__ == "__main__":
    run(BENCHMARK)
