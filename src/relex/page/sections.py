"""Scores and causes of errors as sections of the page, from an assessment to HTML."""

from __future__ import annotations

from collections.abc import Mapping

from relex.assessment import Assessment
from relex.attribution import KINDS, Breakdown
from relex.lettering import escape_visibly
from relex.markup import Style
from relex.page.plots import plot_causes
from relex.page.tables import (
    Cell,
    Column,
    count_cell,
    draw_table,
    fraction_cells,
    interval_cells,
    link_errors,
    name_cell,
    rate_cell,
)
from relex.page.wording import FACT_CAUSES, KIND_NAMES, MENTION_CAUSES, Look
from relex.report import N_SAMPLES, SEED, Report

KEY_LEVELS = {
    "mention": "mentions",
    "entity": "entities",
    "relation": "relations",
    "relation+status": "relations with status",
}
"""The levels at the head of the page, and what they are called there."""

_SCORES = (
    Column("F1"),
    Column("95 % interval", "bootstrap over documents"),
    Column("P", "precision"),
    Column("R", "recall"),
)
_COUNTED = (Column("what is counted", kind="prose"),)
_FRACTIONS = (
    Column("right", "of what was predicted, how much is right"),
    Column("found", "of what is in gold, how much was found"),
)


def draw_key_figures(report: Report) -> str:
    """Return the F1 of the levels that are quoted first."""
    figures = []
    for level, name in KEY_LEVELS.items():
        rate, whisker = interval_cells(report.interval(level), has_spread=len(report.documents) > 1)
        figures.append(
            f'<li title="{escape_visibly(rate.title)}"><span class="name">{name}</span>{rate.html}{whisker.html}</li>'
        )
    return f'<ul class="key-figures">{"".join(figures)}</ul>'


def draw_levels(report: Report) -> str:
    """Return the table of all levels."""
    columns = (
        Column("level", kind="name"),
        *_SCORES,
        Column("macro F1", "mean of types in gold"),
        *_FRACTIONS,
        *_COUNTED,
    )
    rows = []
    for level in report.levels:
        interval = report.interval(level.name)
        score = report.rates(level.name) if level.parts else report.micro(level.name)
        macro = Cell()
        if level.typed:
            signature = report.sign(level.name, average="macro", more=(("bs", N_SAMPLES), ("seed", SEED)))
            macro = rate_cell(report.macro(level.name).f1, signature)
        precision, recall, *fractions = fraction_cells(score, interval.signature)
        cells = interval_cells(interval, has_spread=len(report.documents) > 1)
        counted = Cell(escape_visibly(level.description))
        rows.append((name_cell(level.name), *cells, precision, recall, macro, *fractions, counted))
    return draw_table(columns, rows, label="Scores by level")


def draw_types(report: Report, level: str, style: Style) -> str:
    """Return the table of the types of a level, with links to their errors."""
    columns = (Column("type", kind="name"), *_SCORES, *_FRACTIONS)
    counts = report.per_type(level)
    has_spread = len(report.documents) > 1
    rows = []
    for name, interval in report.type_intervals(level).items():
        precision, recall, *fractions = fraction_cells(counts[name], interval.signature)
        swatch = style.colour(name) if level == "mention" else ""
        link = link_errors(of="mentions" if level == "mention" else "facts", type=name)
        own = name_cell(name, title=style.describe(name), link=link, swatch=swatch)
        rows.append((own, *interval_cells(interval, has_spread=has_spread), precision, recall, *fractions))
    total = report.interval(level)
    precision, recall, *fractions = fraction_cells(report.micro(level), total.signature)
    rows.append((Cell("all"), *interval_cells(total, has_spread=has_spread), precision, recall, *fractions))
    return draw_table(columns, rows, label=f"Scores of {level} by type", total=1)


def draw_causes(assessment: Assessment) -> str:
    """Return the causes of errors: of facts as tables and bars, of mentions as a table."""
    facts, mentions = assessment.attribution.fact_breakdown, assessment.attribution.mention_breakdown
    parts = [
        "<h3>Facts</h3>",
        _tabulate_causes(facts, FACT_CAUSES, of="facts"),
        f'<div class="frame">{plot_causes(facts)}</div>' if facts.total else "",
        "<h3>Mentions</h3>",
        _tabulate_causes(mentions, MENTION_CAUSES, of="mentions"),
    ]
    return "\n".join(filter(None, parts))


def _tabulate_causes(breakdown: Breakdown, looks: Mapping[str, Look], *, of: str) -> str:
    if not breakdown.total:
        return '<p class="note">No errors.</p>'
    columns = (
        Column("cause", kind="name"),
        Column("what is wrong", kind="prose"),
        *(Column(f"{name}s") for name in KIND_NAMES.values()),
        Column("all"),
        Column("share", "of all errors"),
    )
    by_kind = {kind: breakdown.by_cause(kind=kind) for kind in KINDS}
    shares = breakdown.shares()
    rows = []
    for cause, look in looks.items():
        counts = {kind: by_kind[kind][cause] for kind in KINDS}
        if any(counts.values()):
            links = {kind: link_errors(of=of, cause=cause, kind=kind) for kind in KINDS}
            cells = [count_cell(n, breakdown.signature, link=links[kind]) for kind, n in counts.items()]
            total = count_cell(sum(counts.values()), breakdown.signature, link=link_errors(of=of, cause=cause))
            share = Cell(f"{shares[cause]:.1%}", breakdown.signature, shares[cause])
            rows.append((name_cell(cause, swatch=look.classes), Cell(look.description), *cells, total, share))
    totals = [count_cell(sum(by_kind[kind].values()), breakdown.signature) for kind in KINDS]
    share = Cell(f"{sum(shares.values()):.1%}", breakdown.signature)
    rows.append((Cell("all"), Cell(), *totals, count_cell(breakdown.total, breakdown.signature), share))
    return draw_table(columns, rows, label=f"Causes of errors of {of}", total=1)
