"""Scores cut by what makes a text hard: distance, nesting, novelty, length, genre and the like.

Every fact and every mention of either side falls into exactly one bin of a slicing. What gold has is placed by the gold
document. What is predicted goes where the gold fact or mention that it matches is, if it is right; if it is not, gold
has no place for it, and it is placed by the predicted document. So in every bin what is right is both gold and
predicted, and the counts of the bins of a slicing sum to those of the level.
"""

from __future__ import annotations

from relex.slices.cutting import SLICED_LEVELS, list_slicings, slice_documents, slice_pair, tell_genres
from relex.slices.report import Bin, SliceReport
from relex.slices.slicings import FACT_SLICINGS, MENTION_SLICINGS, Scene, Seen, Slicing

__all__ = [
    "FACT_SLICINGS",
    "MENTION_SLICINGS",
    "SLICED_LEVELS",
    "Bin",
    "Scene",
    "Seen",
    "SliceReport",
    "Slicing",
    "list_slicings",
    "slice_documents",
    "slice_pair",
    "tell_genres",
]
