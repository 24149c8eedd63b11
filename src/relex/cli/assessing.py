"""What `relex evaluate` scores and where the results go: models run, predictions read, reports printed and written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

import relex
from relex import formats
from relex.assessment import Assessment
from relex.cli.tables import print_table
from relex.document import Document
from relex.errors import InputError, known
from relex.evaluation import check_gold
from relex.formats.files import write_chunks
from relex.invariance import Invariance
from relex.report import Report
from relex.schema import Schema
from relex.seeds import SeedReport
from relex.slices import tell_genres

if TYPE_CHECKING:
    # It needs torch, and who scores files does not.
    from relex.extractor import Extractor

_BATCH_SIZES = (1, 1024, 16384)
"""How many word pieces are read at once to see whether answers depend on it: a window alone, a few, many."""

BY_ID = "id"
"""The genre that is what an id begins with, in place of a metadata key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What is scored, beside gold and predictions: see the options of `relex evaluate`."""

    format: str | None
    schema: Schema | None
    seen: str | None
    genre: str | None
    contrast: str | None

    def read_seen(self) -> list[Document] | None:
        """Return the documents that a system was trained on, if they are named."""
        return None if self.seen is None else relex.read(self.seen, format=self.format)

    def tell_genre(self) -> Callable[[Document], str] | None:
        """Return what gives the genre of a document, if asked for."""
        return None if self.genre is None else _genre_by(self.genre)


def assess_model(model: str, corpus: str, *, sources: Sources, ladder: bool, invariance: bool) -> Assessment:
    """Run a model on annotated documents, and on contrast sets if they are named, and assess what it says.

    `invariance` asks whether it says the same of the gold texts changed, and in batches of other sizes.
    """
    gold = relex.read(corpus, format=sources.format)
    contrast = None if sources.contrast is None else relex.read(sources.contrast)
    seen = sources.read_seen()
    extractor = relex.load(model)
    # A bar and a log in one file are no use to anyone.
    progress = sys.stderr.isatty()
    schema = sources.schema or extractor.schema
    # The ladder and the changed texts are read before the assessment sees them: what is wrong is told first.
    check_gold(gold, schema)
    genres = tell_genres(gold, sources.tell_genre())
    return relex.assess(
        gold,
        extractor.pipe(gold, progress=progress),
        schema=schema,
        seen=seen,
        genre=genres,
        window_words=extractor.config.max_pair_words,
        contrast=None if contrast is None else (contrast, extractor.pipe(contrast, progress=progress)),
        ladder=relex.climb(extractor, gold, schema=schema) if ladder else None,
        invariance=_change(extractor, [document.text for document in gold], schema) if invariance else (),
    )


def assess_files(
    gold: str,
    predicted: str,
    *,
    predicted_format: str | None,
    contrast_predicted: str | None,
    window_words: int | None,
    sources: Sources,
) -> Assessment:
    """Assess predictions from files, those for contrast sets too if they are named."""
    truth = relex.read(gold, format=sources.format)
    contrast = None
    if sources.contrast is not None and contrast_predicted is not None:
        texts = relex.read(sources.contrast)
        contrast = (
            texts,
            read_predicted(contrast_predicted, texts, format=predicted_format, gold_format=sources.format),
        )
    return relex.assess(
        truth,
        read_predicted(predicted, truth, format=predicted_format, gold_format=sources.format),
        schema=sources.schema,
        seen=sources.read_seen(),
        genre=sources.tell_genre(),
        window_words=window_words,
        contrast=contrast,
    )


def _change(extractor: Extractor, texts: Sequence[str], schema: Schema) -> tuple[Invariance, ...]:
    return (
        relex.check_invariance(extractor.pipe, texts, schema=schema),
        relex.check_batch_sizes(
            lambda own, size: extractor.pipe(own, batch_size=size), texts, sizes=_BATCH_SIZES, schema=schema
        ),
    )


def read_predicted(
    path: str, gold: Iterable[Document], *, format: str | None, gold_format: str | None
) -> list[Document]:
    """Return what a system predicted: in the format named, or else that of its suffix, or else that of gold."""
    chosen = format or (None if formats.tells_format(path) else gold_format)
    return formats.read_predictions(path, gold, format=chosen)


def print_assessment(
    console: Console, whole: Assessment | SeedReport, parts: Mapping[str, Report | SeedReport]
) -> None:
    """Print the report, then those of some of the documents under their titles, then all else that was asked for."""
    for title, report in {"": whole if isinstance(whole, SeedReport) else whole.report, **parts}.items():
        if title:
            console.rule(escape(title))
        for level in (None, "mention", "relation"):
            print_table(console, report.table(level))
    if isinstance(whole, SeedReport):
        return
    print_table(console, whole.attribution.fact_breakdown.table())
    if whole.contrast is not None:
        print_table(console, whole.contrast.table())
    if whole.ladder is not None:
        console.print(str(whole.ladder), "", markup=False, soft_wrap=True)
    for own in whole.invariance:
        print_table(console, own.table())


def write_markdown(whole: Assessment | SeedReport, parts: Mapping[str, Report | SeedReport], out: Path) -> None:
    """Write all tables to a file, those of some of the documents under their titles."""
    chapters = [whole.to_markdown(), *(f"## {title}\n\n{own.to_markdown()}" for title, own in parts.items())]
    write_chunks(["\n".join(chapters)], out)


def _genre_by(key: str) -> Callable[[Document], str]:
    def tell(document: Document) -> str:
        if key == BY_ID:
            return document.id.partition("-")[0]
        if key not in document.meta:
            raise InputError(
                f"document {document.id!r} has no metadata {key!r} to tell its genre; it has {known(document.meta)}; "
                f"for what ids begin with, type: --genre {BY_ID}"
            )
        return document.meta[key]

    return tell
