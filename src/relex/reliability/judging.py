"""Which scored predictions of a document are right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from relex.alignment import Pair, fact_key
from relex.document import Mention, Relation
from relex.errors import InputError
from relex.metrics import Key

SCORED_LEVELS = ("relation", "relation+status", "mention")
"""The levels at which predictions carry scores."""


@dataclass(frozen=True, slots=True)
class JudgedDocument:
    """The scores of all predictions in a document, each with whether it is right; highest first.

    `n_gold` is how much there was to find, `gold` the digest of the gold annotation.
    """

    id: str
    gold: str
    scored: tuple[tuple[float, bool], ...]
    n_gold: int


def judge_pair(pair: Pair, level: str) -> JudgedDocument:
    """Return the scores of a predicted document and whether its predictions are right at a level.

    Raises:
        InputError: an unknown level, or a prediction without a score from 0 to 1.
    """
    check_level(level)
    if level == "mention":
        stated = {(m.type, m.start, m.end) for m in pair.gold.mentions}
        scored = [(_score(pair, m), (m.type, m.start, m.end) in stated) for m in pair.predicted.mentions]
        return JudgedDocument(pair.gold.id, pair.digest, _highest_first(scored), len(stated))
    gold, predicted = pair.facts
    scores: dict[Key, float] = {}
    for relation in pair.predicted.relations:
        score = _score(pair, relation)
        fact = fact_key(relation, pair.names[1], pair.symmetric)
        # Of a symmetric fact stated both ways round, the way whose status counts.
        if relation.status == predicted[fact]:
            scores[fact] = max(score, scores.get(fact, 0.0))
    right = {fact for fact in scores if fact in gold and (level == "relation" or gold[fact] == predicted[fact])}
    scored = [(score, fact in right) for fact, score in scores.items()]
    return JudgedDocument(pair.gold.id, pair.digest, _highest_first(scored), len(gold))


def _highest_first(scored: Iterable[tuple[float, bool]]) -> tuple[tuple[float, bool], ...]:
    return tuple(sorted(scored, reverse=True))


def _score(pair: Pair, prediction: Mention | Relation) -> float:
    score = prediction.score
    if score is not None and 0 <= score <= 1:
        return float(score)
    if isinstance(prediction, Mention):
        what = f"mention {prediction.start}–{prediction.end}"
    else:
        what = f"relation '{prediction}'"
    where = f"predicted document {pair.predicted.id!r}: {what}"
    if score is None:
        raise InputError(f"{where} has no score; judge predictions that carry scores, or leave reliability out")
    raise InputError(f"{where} has the score {score}; scores are probabilities from 0 to 1")


def check_level(level: str) -> None:
    """Raise `InputError` if no predictions of the level carry scores."""
    if level not in SCORED_LEVELS:
        raise InputError(f"no level with scores {level!r}; choose one of {', '.join(SCORED_LEVELS)}")
