"""The oracle ladder: what each stage costs, measured by giving a model the truth up to that stage.

Every rung hands the model more of the gold annotation and lets it do the rest: all by itself, with gold mentions, with
gold entities, and with the pairs of entities that stand in a relation. The F1 that a rung gains over the one below is
what the stage between them loses (as in Zhong and Chen 2021, arXiv:2010.12812, for gold entities).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from relex.alignment import fact_key
from relex.comparison import Comparison, compare_reports
from relex.config import DecodeConfig
from relex.decode import FoundSpans, PooledPairs, calibrated
from relex.document import Document
from relex.encoding import Encoded, align
from relex.evaluation import evaluate
from relex.extractor import Analysis, Extractor, Known
from relex.markdown import format_signatures, format_table
from relex.metrics import digest
from relex.pairs import Bools, Floats, Memberships
from relex.report import Report
from relex.schema import Schema

RUNGS = ("all by itself", "gold mentions", "gold entities", "gold pairs")

# A gold mention is certain; far beyond any threshold, and finite.
_CERTAIN = 30.0
# A threshold must lie above 0, and every score of a chosen pair above the threshold.
_ANY = 1e-30


@dataclass(frozen=True, slots=True)
class Ladder:
    """A report for each of `RUNGS`, from a model alone to one that is told which entities are related.

    `told` is the digest of the settings for the rungs where entities are given, if they have their own.
    """

    reports: tuple[Report, ...]
    told: str = ""

    def f1(self, level: str = "relation") -> dict[str, float]:
        """Return the micro F1 of a level on each rung."""
        return {name: report.rates(level).f1 for name, report in zip(RUNGS, self.reports, strict=True)}

    def gains(self, level: str = "relation") -> tuple[Comparison, ...]:
        """Return what each rung gains over the one below it, compared on the same documents."""
        found = []
        for (lower, higher), pair in zip(pairwise(RUNGS), pairwise(self.reports), strict=True):
            gain = compare_reports(*pair, level=level)
            found.append(replace(gain, signature=gain.signature + self._oracle(lower, higher)))
        return tuple(found)

    def sign(self, rung: str, level: str = "relation") -> str:
        """Return the signature that an F1 of a rung is quoted with."""
        return self.reports[RUNGS.index(rung)].interval(level).signature + self._oracle(rung)

    def _oracle(self, *rungs: str) -> str:
        """Return the fields of a signature that say what was given, before and after if there are two rungs."""
        told = f"|told:{self.told[:8]}" if self.told and {*rungs} & {*RUNGS[2:]} else ""
        return f"|oracle:{'>'.join(rung.replace(' ', '-') for rung in rungs)}{told}"

    def to_dict(self) -> dict[str, Any]:
        """Return F1 and gain with and without status by rung, with their intervals and signatures, ready for JSON."""
        rungs: dict[str, Any] = {name: {} for name in RUNGS}
        for level in ("relation", "relation+status"):
            gains = [None, *(gain.to_dict() for gain in self.gains(level))]
            for name, report, gain in zip(RUNGS, self.reports, gains, strict=True):
                interval = report.interval(level)
                value = {"f1": interval.point, "interval": [interval.low, interval.high]}
                rungs[name][level] = {**value, "gain": gain, "signature": self.sign(name, level)}
        return rungs

    def to_markdown(self, level: str = "relation") -> str:
        """Return F1 and gain by rung as a table in Markdown."""
        rows = [("given", "F1", "95 % interval", "gain", "95 % interval of the gain")]
        gains = (
            ("", ""),
            *((f"{own.difference:+.4f}", f"{own.low:+.4f} to {own.high:+.4f}") for own in self.gains(level)),
        )
        for name, report, gain in zip(RUNGS, self.reports, gains, strict=True):
            own = report.interval(level)
            # A single document has no spread to show.
            spread = f"{own.low:.4f}–{own.high:.4f}" if len(report.documents) > 1 else ""
            rows.append((name, f"{own.point:.4f}", spread, gain[0], gain[1] if spread else ""))
        signatures = format_signatures(*(self.sign(name, level) for name in RUNGS))
        return f"{format_table(rows)}\n\n{signatures}\n"

    def __str__(self) -> str:
        gains = ["", *(f"{own.difference:+.4f} [{own.low:+.4f}, {own.high:+.4f}]" for own in self.gains())]
        lines = [
            f"{name:<16}{f1:.4f}  {gain}".rstrip() for (name, f1), gain in zip(self.f1().items(), gains, strict=True)
        ]
        return "\n".join([*lines, self.reports[0].signature])


def climb(
    extractor: Extractor,
    gold: Iterable[Document],
    *,
    schema: Schema | None = None,
    seen: Iterable[Document] | None = None,
    told: DecodeConfig | None = None,
) -> Ladder:
    """Run an extractor on annotated documents on every rung of the ladder; `seen` as in `evaluate`.

    `schema` is the one to score by, which may have types that the extractor lacks; by default it is the extractor's.
    `told` are the settings for the rungs where entities are given, by default the extractor's too.
    Mentions of such types, or that do not begin and end with a word, cannot be given and stay missed; so do pairs that
    stand too far apart to be compared.
    """
    gold, seen = tuple(gold), None if seen is None else tuple(seen)
    found: tuple[list[Document], ...] = tuple([] for _ in RUNGS)
    for document in gold:
        for documents, answer in zip(found, answer_rungs(extractor, document, told=told), strict=True):
            documents.append(answer)
    chosen = schema or extractor.schema
    reports = tuple(evaluate(gold, documents, schema=chosen, seen=seen) for documents in found)
    return Ladder(reports, told="" if told is None else digest(asdict(told)))


def answer_rungs(extractor: Extractor, gold: Document, *, told: DecodeConfig | None = None) -> Iterator[Document]:
    """Yield what an extractor says of an annotated document on each of `RUNGS`; `told` as in `climb`."""
    bare = Document(gold.id, gold.text)
    encoded = extractor.reader.encode(bare)
    (words,) = extractor.represent([encoded])
    yield extractor.build(bare, extractor.analyse(bare, encoded, words))
    known = tell(gold, encoded, extractor.schema)
    yield extractor.build(bare, extractor.analyse(bare, encoded, words, known=replace(known, memberships=None)))
    analysis = extractor.analyse(bare, encoded, words, known=known)
    config = told or extractor.config
    yield extractor.build(bare, analysis, config=config)
    yield _with_pairs(extractor, gold, analysis, config)


def tell(gold: Document, encoded: Encoded, schema: Schema) -> Known:
    """Return the mentions and entities of a gold document as a model is told them; entities in gold's order."""
    words = align(encoded, gold.mentions)
    labels = {name: i for i, name in enumerate(schema.mention_names)}
    kept = [i for i, (start, _) in enumerate(words.tolist()) if start >= 0 and gold.mentions[i].type in labels]
    mentions = [gold.mentions[i] for i in kept]
    places = {entity.id: i for i, entity in enumerate(gold.entities)}
    pairs = [(i, places[entity]) for i, mention in enumerate(mentions) for entity in mention.entities]
    members = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    found = FoundSpans(
        words[kept, 0],
        words[kept, 1],
        np.array([labels[mention.type] for mention in mentions], dtype=np.int64),
        np.full(len(kept), _CERTAIN, dtype=np.float32),
    )
    groups = np.array([mention.is_group for mention in mentions], dtype=bool)
    return Known(found, groups, Memberships(members[:, 0], members[:, 1]))


def _with_pairs(extractor: Extractor, gold: Document, analysis: Analysis, config: DecodeConfig) -> Document:
    """Return what the model says of the related pairs alone: as many relations as gold has, the likeliest."""
    schema = extractor.schema
    scores = calibrated(analysis.pooled.relations, schema=schema, config=config)
    keep = choose_related(gold, analysis.pooled, scores, symmetric=schema.symmetric)
    relations = np.where(keep, analysis.pooled.relations, -np.inf).astype(np.float32)
    pooled = replace(analysis.pooled, relations=relations)
    taken = replace(config, relation_threshold=_ANY, relation_thresholds={})
    bare = Document(gold.id, gold.text)
    return extractor.build(bare, replace(analysis, pooled=pooled), config=taken)


def choose_related(gold: Document, pooled: PooledPairs, scores: Floats, *, symmetric: frozenset[str]) -> Bools:
    """Return which relations [Q, R] of entity pairs to keep: of each related pair as many as gold, the likeliest.

    Entities are numbered as in `tell`. Both directions of a pair compete, so that a direction can still be wrong; a
    fact of a `symmetric` type counts once, if stated both ways round too.
    """
    places = {entity.id: i for i, entity in enumerate(gold.entities)}
    counts: dict[frozenset[int], int] = {}
    for relation in {fact_key(own, places, symmetric): own for own in gold.relations}.values():
        pair = frozenset((places[relation.head], places[relation.tail]))
        counts[pair] = counts.get(pair, 0) + 1
    rows: dict[frozenset[int], list[int]] = {}
    for q, ends in enumerate(zip(pooled.lifted.heads.tolist(), pooled.lifted.tails.tolist(), strict=True)):
        rows.setdefault(frozenset(ends), []).append(q)
    keep = np.zeros(scores.shape, dtype=bool)
    for pair, n_relations in counts.items():
        for q, label in _likeliest(rows.get(pair, ()), pooled, scores, n_relations):
            keep[q, label] = True
    return keep


def _likeliest(rows: Sequence[int], pooled: PooledPairs, scores: Floats, n_relations: int) -> Iterator[tuple[int, int]]:
    cells = [(q, r) for q in rows for r in np.flatnonzero(np.isfinite(pooled.relations[q])).tolist()]
    yield from sorted(cells, key=lambda cell: -float(scores[cell]))[:n_relations]
