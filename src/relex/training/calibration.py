"""Makes scores into probabilities and chooses thresholds, on development documents only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression

from relex.config import DecodeConfig, build
from relex.decode import calibrated, logit
from relex.document import Document
from relex.encoding import Encoded
from relex.evaluation import Pair, evaluate
from relex.extractor import Analysis, Extractor
from relex.layers import Words
from relex.schema import Schema

LEAST_SCORE = 1e-6
"""Candidates below this raw score are taken for hopeless and never looked at."""

OFFSET_DEVIATION, SCALE_DEVIATION = 0.5, 0.2
"""By how much the calibration of a relation type is expected to differ from that of all: standard deviations."""

_FREE = 10.0
"""The standard deviation of the scale of all types."""


@dataclass(frozen=True)
class Candidates:
    """Every relation that the model deems possible in some documents. N candidates.

    Attributes:
        types: [N] relation label numbers.
        logits: [N] raw scores.
        right: [N] whether the gold document states it.
        documents: [N] the document of each.
        n_gold: [D, R] how many relations of each type each document states.
    """

    types: np.ndarray
    logits: np.ndarray
    right: np.ndarray
    documents: np.ndarray
    n_gold: np.ndarray

    def of(self, documents: np.ndarray) -> Candidates:
        """Return the candidates of some documents."""
        keep = np.isin(self.documents, documents)
        return Candidates(
            self.types[keep], self.logits[keep], self.right[keep], self.documents[keep], self.n_gold[documents]
        )


def represent_documents(documents: Sequence[Document], extractor: Extractor) -> list[tuple[Encoded, Words]]:
    """Return the words of each document as the encoder represents them; they depend on no threshold."""
    encoded = [extractor.reader.encode(document) for document in documents]
    return list(zip(encoded, extractor.represent(encoded), strict=True))


def analyse_documents(
    documents: Sequence[Document],
    extractor: Extractor,
    *,
    represented: Sequence[tuple[Encoded, Words]] | None = None,
) -> list[Analysis]:
    """Return what the extractor's model says of each document, before relations are chosen."""
    known = represent_documents(documents, extractor) if represented is None else represented
    return [
        extractor.analyse(document, encoded, words) for document, (encoded, words) in zip(documents, known, strict=True)
    ]


def list_candidates(gold: Sequence[Document], extractor: Extractor, analyses: Sequence[Analysis]) -> Candidates:
    """Compare all candidate relations with gold documents; `analyses` are the extractor's, one for each document."""
    schema = extractor.schema
    labels = {name: i for i, name in enumerate(schema.relation_names)}
    open_config = replace(
        extractor.config,
        relation_threshold=LEAST_SCORE,
        relation_thresholds={},
        relation_scales={},
        relation_offsets={},
        max_evidence=1,
    )
    types, logits, right, documents = [], [], [], []
    n_gold = np.zeros((len(gold), len(labels)), dtype=np.int64)
    for i, (document, analysis) in enumerate(zip(gold, analyses, strict=True)):
        predicted = extractor.build(document, analysis, config=open_config)
        pair = Pair(document, predicted, schema.symmetric)
        stated, _ = pair.facts
        for fact in stated:
            n_gold[i, labels[str(fact[0])]] += 1
        names = pair.names[1]
        for relation in predicted.relations:
            ends = (names[relation.head], names[relation.tail])
            fact = (relation.type, frozenset(ends)) if relation.type in schema.symmetric else (relation.type, *ends)
            types.append(labels[relation.type])
            logits.append(logit(min(max(relation.score or 0.0, LEAST_SCORE), 1 - LEAST_SCORE)))
            right.append(fact in stated)
            documents.append(i)
    return Candidates(
        np.array(types, int), np.array(logits, float), np.array(right, bool), np.array(documents, int), n_gold
    )


def best_threshold(scores: np.ndarray, right: np.ndarray, n_gold: int) -> tuple[float, float]:
    """Return the score at which F1 is best, and that F1: 0.5 and 0 if nothing is right.

    `right` says of each candidate whether, or how probably, it is right: with probabilities it is the expected F1.
    The threshold lies half-way between the last candidate that is taken and the first that is not.
    """
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(right[order])
    if not len(order) or not hits[-1]:
        return 0.5, 0.0
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + n_gold)
    # Equal scores are taken together or not at all.
    is_last = np.append(np.diff(scores[order]) != 0, True)
    best = int(np.where(is_last, f1, -1.0).argmax())
    following = scores[order[best + 1]] if best + 1 < len(order) else 0.0
    return float((scores[order[best]] + following) / 2), float(f1[best])


def fit_relations(candidates: Candidates, schema: Schema, config: DecodeConfig) -> DecodeConfig:
    """Return the settings with a calibration of each relation type and one threshold for all.

    Calibration is logistic in the raw logit (Platt, 1999); the scale and the offset of a type deviate from those of
    all types as far as its documents outweigh the expectation that they do not. The threshold has the best F1 that
    these probabilities promise and not the best F1 found, which a few lucky candidates decide; of probabilities one
    threshold is best for all types (Lipton et al., 2014, arXiv:1402.1892).
    """
    scales, offsets = _fit_scales(candidates, len(schema.relation_names))
    fitted = replace(
        config,
        relation_thresholds={},
        relation_scales=dict(zip(schema.relation_names, scales.round(4).tolist(), strict=True)),
        relation_offsets=dict(zip(schema.relation_names, offsets.round(4).tolist(), strict=True)),
    )
    scores = _score(candidates, schema, fitted)
    threshold, _ = best_threshold(scores, scores, int(candidates.n_gold.sum()))
    return replace(fitted, relation_threshold=round(min(max(threshold, 0.01), 0.99), 4))


def cross_fitted_f1(
    candidates: Candidates, schema: Schema, config: DecodeConfig, *, n_folds: int = 5, seed: int = 0
) -> float:
    """Return the micro relation F1 where every document is judged by settings chosen on other documents.

    What `fit_relations` gains by having seen the documents it is scored on is the difference to this.
    """
    n_documents = len(candidates.n_gold)
    folds = np.array_split(np.random.default_rng(seed).permutation(n_documents), min(n_folds, n_documents))
    right = predicted = 0
    for fold in folds:
        rest = np.setdiff1d(np.arange(n_documents), fold)
        if not len(rest):
            return 0.0
        fitted = fit_relations(candidates.of(rest), schema, config)
        own = candidates.of(fold)
        taken = _score(own, schema, fitted) >= fitted.relation_threshold
        right += int(own.right[taken].sum())
        predicted += int(taken.sum())
    return 2 * right / max(predicted + int(candidates.n_gold.sum()), 1)


def choose_mentions(
    gold: Sequence[Document],
    extractor: Extractor,
    grid: Mapping[str, Sequence[float]],
    *,
    represented: Sequence[tuple[Encoded, Words]],
) -> DecodeConfig:
    """Choose the mention threshold by mention F1, then the link threshold by CEAF-e; ties go to the earlier value."""
    config = extractor.config
    for name, level in (("mention_threshold", "mention"), ("link_threshold", "entity")):
        settings = [build(DecodeConfig, {**asdict(config), name: value}, "decode") for value in grid[name]]
        scored = []
        for extractor.config in settings:
            analyses = analyse_documents(gold, extractor, represented=represented)
            predicted = [extractor.build(document, own) for document, own in zip(gold, analyses, strict=True)]
            scored.append(evaluate(gold, predicted, schema=extractor.schema).micro(level).f1)
        config = settings[int(np.argmax(scored))]
    extractor.config = config
    return config


def _score(candidates: Candidates, schema: Schema, config: DecodeConfig) -> np.ndarray:
    """Return the calibrated score of each candidate: [N]."""
    of_all_types = calibrated(candidates.logits[:, None], schema=schema, config=config)
    scores: np.ndarray = of_all_types[np.arange(len(candidates.types)), candidates.types]
    return scores


def _fit_scales(candidates: Candidates, n_types: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the scale [R] and the offset [R] that make probabilities of raw logits."""
    if not candidates.right.any() or candidates.right.all():
        return np.ones(n_types), np.zeros(n_types)
    # One column for all types, whose weight is all but free, and two for each type. A weight has the deviation 1 where
    # C is 1, so that the factor of a column is the deviation of what its weight stands for.
    rows, factors = np.arange(len(candidates.types)), (_FREE, SCALE_DEVIATION, OFFSET_DEVIATION)
    columns = np.stack([np.zeros_like(rows), 1 + candidates.types, 1 + n_types + candidates.types])
    values = np.stack([candidates.logits, candidates.logits, np.ones(len(rows))]) * np.array(factors)[:, None]
    shape = (len(rows), 1 + 2 * n_types)
    features = csr_array((values.ravel(), (np.tile(rows, 3), columns.ravel())), shape=shape)
    model = LogisticRegression(C=1.0, max_iter=1000).fit(features, candidates.right)
    weights = model.coef_[0]
    scales = _FREE * weights[0] + SCALE_DEVIATION * weights[1 : 1 + n_types]
    # A scale at or below 0 would turn the order of candidates round.
    return np.maximum(scales, 0.05), model.intercept_[0] + OFFSET_DEVIATION * weights[1 + n_types :]
