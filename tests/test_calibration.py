"""Calibration: thresholds are the best there are, probabilities are probabilities, and the guess is cross-fitted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import tiny
from relex.config import DecodeConfig
from relex.decode import calibrated
from relex.document import Document
from relex.evaluation import evaluate
from relex.extractor import Extractor
from relex.loading import load
from relex.schema import MentionType, RelationType, Schema
from relex.training.calibration import (
    Candidates,
    best_threshold,
    choose_mentions,
    cross_fitted_f1,
    fit_relations,
    list_candidates,
    represent_documents,
)

ANY = frozenset({"X"})
SCHEMA = Schema("s", (MentionType("X"),), (RelationType("often", ANY, ANY), RelationType("rare", ANY, ANY)))
OFTEN, RARE = 0, 1


def f1_at(threshold: float, scores: np.ndarray, right: np.ndarray, n_gold: int) -> float:
    taken = scores >= threshold
    return float(2 * right[taken].sum() / max(taken.sum() + n_gold, 1))


def make_candidates(seed: int, *, n_documents: int = 12, shift: float = 0.0) -> Candidates:
    """Return candidates whose chance to be right grows with their logit, of a frequent and a rare type."""
    random = np.random.default_rng(seed)
    n = 400
    types = (random.random(n) < 0.1).astype(int)
    logits = random.normal(-1, 2, n) + shift
    right = random.random(n) < 1 / (1 + np.exp(-(1.5 * (logits - shift) - 0.5)))
    documents = random.integers(n_documents, size=n)
    n_gold = np.zeros((n_documents, 2), dtype=np.int64)
    np.add.at(n_gold, (documents[right], types[right]), 1)
    n_gold[:, OFTEN] += 1  # some true relations are no candidates
    return Candidates(types, logits, right, documents, n_gold)


class TestBestThreshold:
    @pytest.mark.parametrize("seed", range(100))
    def test_no_other_is_better_and_it_keeps_what_it_promises(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        n = int(random.integers(1, 30))
        # Few different values, so that many scores are equal.
        scores = random.integers(1, 8, n) / 8
        right = random.random(n) < 0.4
        n_gold = int(right.sum() + random.integers(0, 5))
        threshold, f1 = best_threshold(scores, right, n_gold)
        if not right.any():
            assert (threshold, f1) == (0.5, 0.0)
            return
        assert f1_at(threshold, scores, right, n_gold) == pytest.approx(f1)
        assert f1 == pytest.approx(max(f1_at(t, scores, right, n_gold) for t in (*scores, 0.0)))

    def test_it_lies_half_way_to_the_first_that_is_not_taken(self) -> None:
        scores, right = np.array([0.9, 0.8, 0.4, 0.1]), np.array([True, True, False, False])
        assert best_threshold(scores, right, 2) == (pytest.approx(0.6), 1.0)
        assert best_threshold(scores[:2], right[:2], 2) == (pytest.approx(0.4), 1.0)

    def test_of_nothing_is_a_half(self) -> None:
        assert best_threshold(np.zeros(0), np.zeros(0, dtype=bool), 5) == (0.5, 0.0)


class TestFitting:
    @pytest.mark.parametrize("seed", range(5))
    def test_scores_become_probabilities(self, seed: int) -> None:
        # Raw logits are too high by 2 and too flat.
        candidates = make_candidates(seed, shift=2.0)
        config = fit_relations(candidates, SCHEMA, DecodeConfig())
        logits = np.full((len(candidates.logits), 2), -np.inf, dtype=np.float32)
        logits[np.arange(len(logits)), candidates.types] = candidates.logits
        scores = calibrated(logits, schema=SCHEMA, config=config).max(axis=1)
        for low, high in ((0.0, 0.3), (0.3, 0.7), (0.7, 1.0)):
            inside = (scores >= low) & (scores < high)
            assert candidates.right[inside].mean() == pytest.approx(scores[inside].mean(), abs=0.12)

    @pytest.mark.parametrize("seed", range(5))
    def test_a_type_departs_from_the_others_as_far_as_its_candidates_show(self, seed: int) -> None:
        # The rare type is right far more often than its logits say.
        candidates = make_candidates(seed)
        rare = candidates.types == RARE
        candidates = replace(candidates, right=candidates.right | (rare & (candidates.logits > -2)))
        gaps = []
        for n in (0, 5, 40):
            keep = ~rare | (np.cumsum(rare) <= n)
            some = Candidates(
                candidates.types[keep], candidates.logits[keep], candidates.right[keep], candidates.documents[keep],
                candidates.n_gold,
            )  # fmt: skip
            offsets = fit_relations(some, SCHEMA, DecodeConfig()).relation_offsets
            gaps.append(offsets["rare"] - offsets["often"])
        assert gaps[0] < gaps[1] < gaps[2]
        # Of a type that was never seen nothing is known but what holds for all.
        assert abs(gaps[0]) < 0.2

    @pytest.mark.parametrize("seed", range(5))
    def test_the_threshold_is_half_of_the_f1_that_it_promises(self, seed: int) -> None:
        # As Lipton et al. prove of probabilities.
        candidates = make_candidates(seed)
        config = fit_relations(candidates, SCHEMA, DecodeConfig())
        scale, offset = (np.array(list(own.values())) for own in (config.relation_scales, config.relation_offsets))
        scores = 1 / (1 + np.exp(-(scale[candidates.types] * candidates.logits + offset[candidates.types])))
        taken = scores >= config.relation_threshold
        promised = 2 * scores[taken].sum() / (taken.sum() + candidates.n_gold.sum())
        assert config.relation_threshold == pytest.approx(promised / 2, abs=0.02)
        assert config.relation_thresholds == {}

    def test_a_higher_score_is_never_less_likely(self) -> None:
        candidates = make_candidates(0)
        backwards = replace(candidates, right=candidates.logits < np.median(candidates.logits))
        config = fit_relations(backwards, SCHEMA, DecodeConfig())
        assert all(scale > 0 for scale in config.relation_scales.values())

    def test_candidates_that_are_all_right_or_all_wrong_do_no_harm(self) -> None:
        candidates = make_candidates(0)
        for right in (np.ones(400, dtype=bool), np.zeros(400, dtype=bool)):
            config = fit_relations(replace(candidates, right=right), SCHEMA, DecodeConfig())
            assert 0 < config.relation_threshold < 1

    def test_other_settings_stay(self) -> None:
        before = DecodeConfig(mention_threshold=0.3, max_evidence=7)
        after = fit_relations(make_candidates(0), SCHEMA, before)
        assert (after.mention_threshold, after.max_evidence) == (0.3, 7)

    def test_the_cross_fitted_score_is_no_better_than_the_fitted_one(self) -> None:
        for seed in range(5):
            candidates = make_candidates(seed, n_documents=6)
            config = fit_relations(candidates, SCHEMA, DecodeConfig())
            scale, offset = (np.array(list(own.values())) for own in (config.relation_scales, config.relation_offsets))
            scores = 1 / (1 + np.exp(-(scale[candidates.types] * candidates.logits + offset[candidates.types])))
            taken = scores >= config.relation_threshold
            fitted = 2 * candidates.right[taken].sum() / (taken.sum() + candidates.n_gold.sum())
            assert 0 < cross_fitted_f1(candidates, SCHEMA, DecodeConfig()) <= fitted + 0.02

    def test_one_document_cannot_be_cross_fitted(self) -> None:
        assert cross_fitted_f1(make_candidates(0, n_documents=1), SCHEMA, DecodeConfig()) == 0


class TestOnDocuments:
    @pytest.fixture
    def able(self, learnt: Path) -> Extractor:
        return load(learnt, precision="float32")

    def candidates(self, extractor: Extractor, gold: tuple[Document, ...]) -> Candidates:
        encoded = [extractor.reader.encode(document) for document in gold]
        words = extractor.represent(encoded)
        analyses = [extractor.analyse(*both) for both in zip(gold, encoded, words, strict=True)]
        return list_candidates(gold, extractor, analyses)

    def test_every_true_relation_that_is_a_candidate_is_right_once(self, able: Extractor) -> None:
        found = self.candidates(able, tiny.DOCUMENTS)
        n_true = sum(len(document.relations) for document in tiny.DOCUMENTS)
        assert found.right.sum() == found.n_gold.sum() == n_true
        assert len(found.types) > n_true, "candidates are more than what is chosen"
        assert found.n_gold.shape == (4, 18)

    def test_relations_of_a_document_without_any_are_all_wrong(self, able: Extractor) -> None:
        bare = replace(tiny.DOCUMENTS[0], relations=())
        found = self.candidates(able, (bare, tiny.DOCUMENTS[1]))
        assert not found.right[found.documents == 0].any()
        assert found.right[found.documents == 1].any()
        assert found.of(np.array([1])).n_gold.sum() == len(tiny.DOCUMENTS[1].relations)

    def test_mention_thresholds_are_chosen_by_their_scores(self, able: Extractor) -> None:
        grid = {"mention_threshold": (0.999999, 0.5), "link_threshold": (0.5, 0.999999)}
        config = choose_mentions(tiny.DOCUMENTS, able, grid, represented=represent_documents(tiny.DOCUMENTS, able))
        assert (config.mention_threshold, config.link_threshold) == (0.5, 0.5)
        assert able.config == config
        assert evaluate(tiny.DOCUMENTS, list(able.pipe(tiny.DOCUMENTS))).micro("mention").f1 == 1

    def test_ties_go_to_the_earlier_value(self, able: Extractor) -> None:
        grid = {"mention_threshold": (0.501, 0.5, 0.502), "link_threshold": (0.502, 0.5)}
        config = choose_mentions(tiny.DOCUMENTS, able, grid, represented=represent_documents(tiny.DOCUMENTS, able))
        assert (config.mention_threshold, config.link_threshold) == (0.501, 0.502)
