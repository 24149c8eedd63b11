"""Documents against documents, bin by bin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from relex.alignment import Pair
from relex.document import Document
from relex.errors import InputError, known
from relex.evaluation import pair_documents
from relex.levels.mentions import span_key
from relex.metrics import Counts, Key, count_keys, digest
from relex.report import DocumentCounts, Report
from relex.schema import Schema
from relex.slices.report import SliceReport
from relex.slices.slicings import FACT_SLICINGS, GENRE, MENTION_SLICINGS, SEEN, Scene, Seen, Slicing

SLICED_LEVELS = ("relation", "relation+status", "mention")
"""The levels that can be sliced."""


def slice_documents(
    gold: Iterable[Document],
    predicted: Iterable[Document],
    *,
    level: str = "relation",
    schema: Schema | None = None,
    seen: Iterable[Document] | None = None,
    genre: Callable[[Document], str] | Mapping[str, str] | None = None,
) -> SliceReport:
    """Score predicted documents as `relex.evaluate` does, cut by every slicing of the level.

    `seen` are the documents that the system was trained on, `genre` gives the genre of a gold document, or maps its
    id to it; the slicings that need them are left out without.

    Raises:
        InputError: a level that cannot be sliced, a document without genre; else as `relex.evaluate`.
        SchemaError: as `relex.evaluate`.
    """
    slicings = list_slicings(level, seen=seen is not None, genre=genre is not None)
    pairs, schema = pair_documents(gold, predicted, schema=schema)
    training = None if seen is None else Seen.gather(seen, symmetric=schema.symmetric)
    by_slicing: dict[str, list[DocumentCounts]] = {slicing.name: [] for slicing in slicings}
    genres: list[list[str]] = []
    for pair in pairs:
        own_genre = None if genre is None else _tell_genre(pair.gold, genre)
        genres.append([pair.digest, own_genre or ""])
        for name, bins in slice_pair(pair, level=level, seen=training, genre=own_genre).items():
            counts = {(level, bin): own for bin, own in bins.items()}
            by_slicing[name].append(DocumentCounts(pair.gold.id, pair.digest, counts))
    reports = {name: Report(tuple(documents), schema) for name, documents in by_slicing.items()}
    return SliceReport(
        level,
        slicings,
        reports,
        seen=None if training is None else training.digest,
        genres=None if genre is None else digest(sorted(genres)),
    )


def slice_pair(
    pair: Pair, *, level: str = "relation", seen: Seen | None = None, genre: str | None = None
) -> dict[str, dict[str, Counts]]:
    """Count a pair of documents by every slicing of a level: slicing, bin, counts; bins without any left out."""
    scenes = [Scene(side, seen, genre) for side in pair.sides]
    things = _list_things(pair, level)
    counts = {}
    for slicing in list_slicings(level, seen=seen is not None, genre=genre is not None):
        gold = {key: slicing.place(scenes[0], thing) for key, thing in things[0].items()}
        # What is right stays with the gold that it matches.
        guesses = {key: gold[key] if key in gold else slicing.place(scenes[1], own) for key, own in things[1].items()}
        counts[slicing.name] = count_keys(*({(bin, *key) for key, bin in side.items()} for side in (gold, guesses)))
    return counts


def list_slicings(level: str, *, seen: bool = False, genre: bool = False) -> tuple[Slicing[Any], ...]:
    """Return the slicings of a level, in the order to show them: those that need nothing, `seen` or `genre`."""
    if level not in SLICED_LEVELS:
        raise InputError(f"level {level!r} cannot be sliced; levels: {', '.join(SLICED_LEVELS)}")
    told = {SEEN: seen, GENRE: genre, "": True}
    slicings: tuple[Slicing[Any], ...] = MENTION_SLICINGS if level == "mention" else FACT_SLICINGS
    return tuple(slicing for slicing in slicings if told[slicing.needs])


def _list_things(pair: Pair, level: str) -> list[dict[Key, Any]]:
    """Return what either side has at a level, by what must be equal to be right."""
    if level == "mention":
        return [{span_key(mention): mention for mention in side.mentions} for side in pair.sides]
    if level == "relation":
        return list(pair.stated)
    return [{(*fact, relation.status): relation for fact, relation in side.items()} for side in pair.stated]


def tell_genres(
    gold: Iterable[Document], genre: Callable[[Document], str] | Mapping[str, str] | None
) -> dict[str, str] | None:
    """Return the genre of every document by its id; `InputError` if one has none. None if genres are not told."""
    return None if genre is None else {document.id: _tell_genre(document, genre) for document in gold}


def _tell_genre(document: Document, genre: Callable[[Document], str] | Mapping[str, str]) -> str:
    if isinstance(genre, Mapping) and document.id not in genre:
        raise InputError(f"document {document.id!r} has no genre in the mapping given; it has {known(genre)}")
    own = genre[document.id] if isinstance(genre, Mapping) else genre(document)
    if not isinstance(own, str):
        raise InputError(f"the genre of document {document.id!r} is {own!r}; give every document one, as a string")
    return own
