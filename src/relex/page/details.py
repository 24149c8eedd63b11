"""The further sections of the page: ladder, slices, reliability, contrast sets and invariance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relex.contrast import CONTRAST_LEVELS, Contrast
from relex.invariance import INVARIANCE_MEASURES, Invariance
from relex.lettering import escape_visibly
from relex.page.plots import plot_contrast, plot_ladder, plot_reliability, plot_risk
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
from relex.reliability import N_BINS, Reliability
from relex.slices import SliceReport

if TYPE_CHECKING:
    # See `relex.assessment`.
    from relex.ladder import Ladder


def draw_ladder(ladder: Ladder, level: str = "relation") -> str:
    """Return F1 with the truth given up to each stage, and what each stage costs."""
    columns = (
        Column("given", kind="name"),
        Column("F1"),
        Column("95 % interval", "bootstrap over documents"),
        Column("gain", "over the row above, on the same documents"),
        Column("95 % interval of the gain", "paired bootstrap over documents"),
        Column("verdict", "interval and randomisation test agree", kind="name"),
    )
    gains = [None, *ladder.gains(level)]
    rows = []
    for rung, report, gain in zip(ladder.f1(level), ladder.reports, gains, strict=True):
        interval = report.interval(level)
        signature = ladder.sign(rung, level)
        cells = [Cell(cell.html, signature, cell.sort) for cell in interval_cells(interval)]
        if gain is None:
            own = [Cell(), Cell(), Cell()]
        else:
            own = [
                Cell(f"{gain.difference:+.3f}".replace("-", "−"), gain.signature, gain.difference),
                Cell(f"{gain.low:+.3f} to {gain.high:+.3f}".replace("-", "−"), gain.signature, gain.low),
                Cell(f"{gain.verdict} (p = {gain.p_value:.3f})", gain.signature),
            ]
        rows.append((name_cell(rung), *cells, *own))
    return f'<div class="frame">{plot_ladder(ladder, level)}</div>{draw_table(columns, rows, label="Oracle ladder")}'


def draw_slices(report: SliceReport) -> str:
    """Return the bins of all slicings of a level as one table, so that sorting finds the hardest."""
    columns = (
        Column("slicing", kind="name"),
        Column("bin", kind="name"),
        Column("F1"),
        Column("95 % interval", "bootstrap over documents"),
        Column("P", "precision"),
        Column("R", "recall"),
        Column("right", "of what was predicted, how much is right"),
        Column("found", "of what is in gold, how much was found"),
        Column("documents", "that have any"),
    )
    rows = []
    for slicing in report.slicings:
        for own in report.bins(slicing.name):
            names = name_cell(slicing.name, title=slicing.description), name_cell(own.name)
            cells = interval_cells(own.f1, has_spread=own.n_documents > 1)
            scores = fraction_cells(own.counts, own.f1.signature)
            rows.append((*names, *cells, *scores, count_cell(own.n_documents, own.f1.signature)))
    return draw_table(columns, rows, label=f"Scores of {report.level} by slice")


def draw_reliability(reliability: Reliability) -> str:
    """Return the reliability diagram, risk over coverage, and the numbers of both."""
    signature = reliability.signature
    ece, floor, brier = reliability.ece(), reliability.ece_floor(), reliability.brier()
    chance = f"{ece.signature}|floor"
    rows = [
        (name_cell("ECE", title="expected calibration error, in bins of equal width"), *interval_cells(ece)),
        (name_cell("ECE by chance", title="were every score exact"), rate_cell(floor, chance), Cell()),
        (name_cell("Brier score", title="mean squared difference of score and truth"), *interval_cells(brier)),
        (name_cell("AURC", title="area under risk over coverage"), rate_cell(reliability.aurc, signature), Cell()),
        (name_cell("average precision"), rate_cell(reliability.average_precision, signature), Cell()),
    ]
    columns = (Column("measure", kind="name"), Column("value"), Column("95 % interval"))
    bins = (
        Column("scores", kind="name"),
        Column("predictions"),
        Column("mean score"),
        Column("right"),
        Column("gap"),
    )
    signed = reliability.sign(("binning", "equal-width"), ("bins", N_BINS))
    filled = [
        (
            name_cell(f"{own.low:.1f}–{own.high:.1f}"),
            count_cell(own.count, signed),
            rate_cell(own.score, signed),
            rate_cell(own.precision, signed),
            Cell(f"{own.gap:+.3f}".replace("-", "−"), signed, own.gap),
        )
        for own in reliability.bins()
    ]
    return (
        f'<div class="frame pair">{plot_reliability(reliability)}{plot_risk(reliability)}</div><div class="pair">'
        f"{draw_table(columns, rows, label='Calibration')}{draw_table(bins, filled, label='Reliability diagram')}</div>"
    )


def draw_contrast(contrast: Contrast) -> str:
    """Return the shares of texts and sets that were read right, by phenomenon, with and without status."""
    columns = (
        Column("phenomenon", kind="name"),
        Column("sets"),
        Column("texts"),
        Column("set", "share of sets with every flipped fact of every text right"),
        Column("95 % interval", "bootstrap over sets"),
        Column("text", "share of texts with every flipped fact right"),
        Column("false positives", "of the chances to state what another text of the set states, the share taken"),
        Column("strict text", "share of texts with all facts right, flipped or not"),
    )
    parts = [f'<div class="frame">{plot_contrast(contrast)}</div>']
    for level in reversed(CONTRAST_LEVELS):
        rows = []
        for phenomenon in (*contrast.phenomena, None):
            sets = [own for own in contrast.sets if phenomenon in (None, own.phenomenon)]
            shares = {
                measure: contrast.share(measure, level=level, phenomenon=phenomenon)
                for measure in contrast.measures(level=level, phenomenon=phenomenon)
            }
            whole = shares["set"]
            n_texts = sum(len(own.texts) for own in sets)
            counts = (count_cell(len(sets), whole.signature), count_cell(n_texts, whole.signature))
            cells = [
                rate_cell(shares[measure].point, shares[measure].signature) if measure in shares else Cell()
                for measure in ("text", "false-positive", "strict-text")
            ]
            link = link_errors(of="contrast", text=f"{phenomenon}-") if phenomenon else ""
            rows.append((name_cell(phenomenon or "all", link=link), *counts, *interval_cells(whole), *cells))
        parts += [f"<h3>{level}</h3>", draw_table(columns, rows, label=f"Contrast sets, {level}", total=1)]
    return "\n".join(parts)


def draw_invariance(invariance: Invariance) -> str:
    """Return the shares of answers kept under each change; empty cells where nothing was found."""
    columns = (
        Column("change", kind="name"),
        Column("what is changed", kind="prose"),
        Column("texts", "that the change alters"),
        Column("mention", "share of all mentions in either answer that are in both"),
        Column("95 % interval", "bootstrap over texts"),
        Column("relation", "share of all facts in either answer that are in both, with status"),
        Column("95 % interval", "bootstrap over texts"),
        Column("document", "share of texts with the same answer in all"),
    )
    rows = []
    for own in invariance.changes:
        shares = {measure: invariance.share(own.name, measure) for measure in own.measures}
        mention, relation, document = (
            interval_cells(shares[measure], has_spread=own.count_texts(measure) > 1)
            if measure in shares
            else (Cell(), Cell())
            for measure in INVARIANCE_MEASURES
        )
        n_texts = Cell(str(len(own.texts)), invariance.signature, len(own.texts))
        names = name_cell(own.name), Cell(escape_visibly(own.description))
        rows.append((*names, n_texts, *mention, *relation, document[0]))
    told = f"Answers kept, against {invariance.compared}"
    return f"<h3>{escape_visibly(told)}</h3>\n{draw_table(columns, rows, label=told)}"
