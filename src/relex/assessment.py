"""All that the harness finds out about predictions, in one value."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from relex.alignment import Pair
from relex.attribution import Attribution, attribute_documents
from relex.contrast import Contrast, judge_contrast
from relex.document import Document
from relex.errors import FormatError, InputError
from relex.evaluation import check_gold, evaluate, pair_documents
from relex.invariance import Invariance
from relex.metrics import digest
from relex.reliability import Reliability, judge_scores
from relex.report import Report
from relex.schema import Schema
from relex.seeds import labelled_alike
from relex.slices import SLICED_LEVELS, SliceReport, slice_documents, tell_genres

if TYPE_CHECKING:
    # Climbing needs a model, and with it torch; what was climbed is numbers alone.
    from relex.ladder import Ladder

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Assessment:
    """Scores, the cause of every error, slices, and what else was asked for.

    Attributes:
        report: the counts and rates of every level.
        attribution: the causes of errors of facts and of mentions.
        slices: the scores cut by distance, novelty and the like, for each of `relex.slices.SLICED_LEVELS`.
        pairs: gold and predicted documents, in the order of their ids.
        reliability: what the scores of relations are worth; None if they are none, or missing in places, or all equal.
        contrast: the answers to contrast sets, if any were read.
        contrast_attribution: the causes of errors in these.
        contrast_pairs: their gold and predicted documents, in the order of their ids.
        ladder: F1 with the truth given up to a stage, if a model climbed it.
        invariance: the answers kept under changes of the gold texts or of the batch size, if any were tried.
    """

    report: Report
    attribution: Attribution
    slices: tuple[SliceReport, ...]
    pairs: tuple[Pair, ...] = field(repr=False)
    reliability: Reliability | None = None
    contrast: Contrast | None = None
    contrast_attribution: Attribution | None = None
    contrast_pairs: tuple[Pair, ...] = field(default=(), repr=False)
    ladder: Ladder | None = None
    invariance: tuple[Invariance, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values, ready for JSON; at the top those of the report."""
        value = self.report.to_dict()
        value["attribution"] = self.attribution.to_dict()
        value["slices"] = {own.level: own.to_dict() for own in self.slices}
        value |= {name: part.to_dict() for name, part in self._parts().items()}
        if self.contrast_attribution is not None:
            value["contrast"]["attribution"] = self.contrast_attribution.to_dict()
        if self.invariance:
            value["invariance"] = {own.compared: own.to_dict() for own in self.invariance}
        return value

    def to_markdown(self) -> str:
        """Return the tables of all of it in Markdown, under headings of the third degree."""
        chapters = {
            "Scores": self.report.to_markdown(),
            "Causes of errors of facts": self.attribution.fact_breakdown.to_markdown(),
            "Causes of errors of mentions": self.attribution.mention_breakdown.to_markdown(),
            **{f"Slices of {own.level}": own.to_markdown() for own in self.slices},
            **{_TITLES[name]: part.to_markdown() for name, part in self._parts().items()},
            **{f"Answers kept, against {own.compared}": own.to_markdown() for own in self.invariance},
        }
        return "\n".join(f"### {title}\n\n{text}" for title, text in chapters.items())

    def to_html(self, *, title: str | None = None) -> str:
        """Return all of it as one HTML page that loads nothing; see `relex.page.draw_page`.

        Raises:
            FormatError: matplotlib is not installed.
        """
        page: str = import_page().draw_page(self, title=title)
        return page

    def _parts(self) -> dict[str, Reliability | Contrast | Ladder]:
        parts = {"reliability": self.reliability, "contrast": self.contrast, "ladder": self.ladder}
        return {name: part for name, part in parts.items() if part is not None}


_TITLES = {"reliability": "Reliability of scores", "contrast": "Contrast sets", "ladder": "Oracle ladder"}


def assess(
    gold: Iterable[Document],
    predicted: Iterable[Document],
    *,
    schema: Schema | None = None,
    seen: Iterable[Document] | None = None,
    genre: Callable[[Document], str] | Mapping[str, str] | None = None,
    window_words: int | None = None,
    contrast: tuple[Iterable[Document], Iterable[Document]] | None = None,
    ladder: Ladder | None = None,
    invariance: Iterable[Invariance] = (),
) -> Assessment:
    """Score predicted documents as `relex.evaluate` does, and find out where the errors are and why.

    `seen` and `genre` are for slices, as in `relex.slices.slice_documents`; `window_words` is for causes, as in
    `relex.attribution.attribute`. `contrast` are gold and predicted documents of contrast sets, `ladder` is what
    `relex.ladder.climb` returned for the same gold documents, `invariance` what `relex.check_invariance` and
    `relex.check_batch_sizes` did for their texts. It is logged if scores are not judged because some are missing.

    Raises:
        InputError: as `relex.evaluate`, `slice_documents` and `judge_contrast`, and a ladder or an invariance of other
            documents.
        SchemaError: as `relex.evaluate`.
    """
    gold = tuple(gold)
    # Predictions may be a model at work: what is wrong with the rest is told before they are asked for.
    check_gold(gold, schema)
    genres = tell_genres(gold, genre)
    texts, answers = (tuple(contrast[0]), contrast[1]) if contrast is not None else ((), ())
    check_gold(texts, schema)
    predicted = tuple(predicted)
    training = None if seen is None else tuple(seen)
    report = evaluate(gold, predicted, schema=schema, seen=training)
    if ladder is not None:
        _check_ladder(ladder, report)
    invariance = tuple(invariance)
    _check_invariance(invariance, gold)
    slices = (
        slice_documents(gold, predicted, level=level, schema=schema, seen=training, genre=genres)
        for level in SLICED_LEVELS
    )
    assessment = Assessment(
        report=report,
        attribution=attribute_documents(gold, predicted, schema=schema, window_words=window_words),
        slices=tuple(slices),
        pairs=_pair(gold, predicted, schema),
        reliability=judge_scores(gold, predicted, schema=schema) if _have_scores(predicted) else None,
        ladder=ladder,
        invariance=invariance,
    )
    if contrast is None:
        return assessment
    answers = tuple(answers)
    return replace(
        assessment,
        contrast=judge_contrast(texts, answers, schema=schema),
        contrast_attribution=attribute_documents(texts, answers, schema=schema, window_words=window_words),
        contrast_pairs=_pair(texts, answers, schema),
    )


def _pair(gold: Iterable[Document], predicted: Iterable[Document], schema: Schema | None) -> tuple[Pair, ...]:
    pairs, _ = pair_documents(gold, predicted, schema=schema)
    return tuple(sorted(pairs, key=lambda pair: pair.gold.id))


def _check_ladder(ladder: Ladder, report: Report) -> None:
    climbed, scored = ([(own.id, own.gold) for own in r.documents] for r in (ladder.reports[0], report))
    if climbed != scored or not labelled_alike(ladder.reports[0].schema, report.schema):
        what = "on other documents" if climbed != scored else "with other labels"
        raise InputError(
            f"the ladder was climbed {what}: {ladder.reports[0].signature} and not {report.signature}; "
            "climb on the gold documents that are scored, with the same schema"
        )


def _check_invariance(invariance: Iterable[Invariance], gold: Iterable[Document]) -> None:
    data = digest(sorted(document.text for document in gold))
    for own in invariance:
        if own.data != data:
            raise InputError(
                f"invariance was checked on other texts: {own.signature}; check it on those of the gold documents"
            )


def _have_scores(predicted: Iterable[Document]) -> bool:
    """Return whether all relations have a score that may be a probability, and not all the same one.

    If some have one and some do not, or lie outside 0 to 1, how many do is logged.
    """
    scores = [relation.score for document in predicted for relation in document.relations]
    n_missing = scores.count(None)
    n_outside = sum(score is not None and not 0 <= score <= 1 for score in scores)
    told = (
        (n_missing if n_missing < len(scores) else 0, "have no score", "give all of them one"),
        (n_outside, "have a score outside 0 to 1", "give probabilities"),
    )
    for n, what, advice in told:
        if n:
            _logger.warning(
                "%d of %d predicted relations %s, so reliability is not judged; %s", n, len(scores), what, advice
            )
    return not (n_missing or n_outside) and len(set(scores)) > 1


def import_page() -> Any:
    """Return the module `relex.page`; `FormatError` if matplotlib is not installed."""
    # The page has plots, and who asks for no page need not have what draws them, nor wait for it.
    try:
        return import_module("relex.page")
    except ModuleNotFoundError as error:
        if error.name != "matplotlib":
            raise
        raise FormatError("an HTML report needs matplotlib; install it with pip install 'relex[plots]'") from None
