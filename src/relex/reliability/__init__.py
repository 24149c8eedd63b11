"""What scores are worth: how often predictions of a given score are right.

A threshold is a choice, and a choice is made on development documents: `choose_threshold` takes nothing else, and
`Reliability.apply` refuses the documents that a threshold was chosen on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from relex.document import Document
from relex.evaluation import pair_documents
from relex.reliability.judging import SCORED_LEVELS, JudgedDocument, judge_pair
from relex.reliability.selection import Selection, Threshold, reach_precision
from relex.reliability.summary import BINNINGS, N_BINS, Bin, Reliability
from relex.schema import Schema

__all__ = [
    "BINNINGS",
    "N_BINS",
    "SCORED_LEVELS",
    "Bin",
    "JudgedDocument",
    "Reliability",
    "Selection",
    "Threshold",
    "choose_threshold",
    "judge_scores",
]


def judge_scores(
    gold: Iterable[Document], predicted: Iterable[Document], *, level: str = "relation", schema: Schema | None = None
) -> Reliability:
    """Compare the score of every prediction with whether it is right; documents and schema as in `evaluate`.

    Raises:
        InputError: as `evaluate` does, and a prediction without a score or with one outside 0 to 1.
    """
    pairs, schema = pair_documents(gold, predicted, schema=schema)
    return Reliability(tuple(judge_pair(pair, level) for pair in pairs), level, schema)


def choose_threshold(
    development_gold: Iterable[Document],
    development_predicted: Iterable[Document],
    *,
    precision: float,
    level: str = "relation",
    schema: Schema | None = None,
) -> Threshold:
    """Choose the lowest threshold that reaches a precision, on development documents.

    Raises:
        InputError: as `judge_scores` does, and if no threshold reaches the precision.
    """
    judged = judge_scores(development_gold, development_predicted, level=level, schema=schema)
    reached = reach_precision(judged.curve, precision)
    own = replace(reached, signature=judged.sign(("wanted", precision)))
    documents = frozenset(document.gold for document in judged.documents)
    return Threshold(reached.threshold, precision, level, own, documents)
