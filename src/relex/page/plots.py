"""The plots of the page, drawn by matplotlib."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from relex.attribution import KINDS, Breakdown
from relex.contrast import Contrast
from relex.page.svg import INK, SOFT, STYLE, embed_figure, shade
from relex.page.wording import FACT_CAUSES, KIND_NAMES
from relex.reliability import Reliability
from relex.resampling import Interval

if TYPE_CHECKING:
    # See `relex.assessment`.
    from relex.ladder import Ladder

MOST_TYPES = 30
"""How many types have bars of their own; those with most errors are kept."""

_BLUE, _TEAL, _ORANGE = 0, 3, 6
_WIDTH, _HALF = 11.6, 5.7
_ROW = 0.29


def plot_causes(breakdown: Breakdown) -> str:
    """Plot the errors of facts by kind and by type, each bar cut by cause."""
    types = breakdown.types[:MOST_TYPES]
    labels, shares = [f"{name}s" for name in KIND_NAMES.values()], []
    titles: dict[str, str] = {}
    with _figure(_WIDTH, _ROW * (len(types) + 2) + 1.5) as figure:
        top, below = figure.subplots(2, 1, height_ratios=[2, max(len(types), 1)])
        bars = [breakdown.by_cause(kind=kind) for kind in KINDS]
        shares = [{cause: n / max(sum(own.values()), 1) for cause, n in own.items()} for own in bars]
        for i, (own, counts) in enumerate(zip(shares, bars, strict=True)):
            _stack(top, i, own, {c: f"{labels[i]}, {c}: {n}" for c, n in counts.items()}, titles)
        _label_rows(top, labels)
        top.set_xlim(0, 1)
        top.xaxis.set_major_formatter(PercentFormatter(1))
        for i, name in enumerate(types):
            counts = breakdown.by_cause(type=name)
            _stack(below, i, counts, {c: f"{name}, {c}: {n}" for c, n in counts.items()}, titles)
        _label_rows(below, list(types))
        below.xaxis.set_major_locator(MaxNLocator(integer=True))
        below.set_xlabel("errors")
        left = len(breakdown.types) - len(types)
        more = f"; {left} types with fewer errors are not drawn" if left else ""
        return embed_figure(figure, name="causes", label=f"Errors of facts by kind and type{more}", titles=titles)


def plot_ladder(ladder: Ladder, level: str) -> str:
    """Plot F1 with the truth given up to each stage, with intervals."""
    rungs = [(name, report.interval(level)) for name, report in zip(ladder.f1(level), ladder.reports, strict=True)]
    with _figure(_WIDTH, _ROW * 1.3 * len(rungs) + 0.7) as figure:
        axes = figure.subplots()
        for i, (_, own) in enumerate(rungs):
            axes.barh(i, own.point, height=0.6, color=shade(_BLUE, 3 - i))
            _whisker(axes, i, own)
            axes.text(own.high + 0.012, i, f"{own.point:.3f}", va="center")
        _label_rows(axes, [name for name, _ in rungs])
        axes.set_xlim(0, 1.08)
        axes.set_xticks(np.linspace(0, 1, 6))
        axes.set_xlabel(f"F1, {level}")
        return embed_figure(figure, name="ladder", label="F1 with the truth given up to each stage")


def plot_reliability(reliability: Reliability) -> str:
    """Plot how often predictions of a score are right, over the score, and how many there are."""
    bins = reliability.bins()
    titles = {
        f"bin-{i}": f"{b.count} predictions, mean score {b.score:.3f}, right {b.precision:.3f}"
        for i, b in enumerate(bins)
    }
    with _figure(_HALF, 4.3) as figure:
        axes, below = figure.subplots(2, 1, sharex=True, height_ratios=[3.2, 1])
        axes.plot([0, 1], [0, 1], color=SOFT, linewidth=1, linestyle=(0, (4, 3)))
        for i, own in enumerate(bins):
            middle, width = (own.low + own.high) / 2, own.high - own.low
            axes.bar(middle, own.precision, width=width, color=shade(_BLUE, 2)).patches[0].set_gid(f"bin-{i}")
            axes.plot([own.score], [own.precision], marker="o", color=shade(_BLUE), markersize=5)
            axes.plot([own.score] * 2, [own.score, own.precision], color=shade(_BLUE), linewidth=1.4)
            below.bar(middle, own.count, width=width, color=shade(_BLUE, 3))
        axes.set(xlim=(0, 1), ylim=(0, 1), ylabel="share that is right")
        below.set(xlabel="score", ylabel="predictions")
        below.yaxis.set_major_locator(MaxNLocator(2, integer=True))
        for own in (axes, below):
            own.tick_params(axis="y", labelcolor=SOFT)
        label = "Reliability diagram: the share that is right over the score"
        return embed_figure(figure, name="reliability", label=label, titles=titles)


def plot_risk(reliability: Reliability) -> str:
    """Plot the share of what is kept that is wrong over the share that is kept."""
    curve = reliability.curve
    with _figure(_HALF, 4.3) as figure:
        axes = figure.subplots()
        coverage, risk = [own.coverage for own in curve], [own.risk for own in curve]
        axes.fill_between(coverage, risk, color=shade(_TEAL, 3), linewidth=0)
        axes.plot(coverage, risk, color=shade(_TEAL), linewidth=1.8)
        axes.set(xlim=(0, 1), ylim=(0, max(0.1, 1.1 * max(risk))), xlabel="coverage: share that is kept")
        axes.set_ylabel("risk: share of it that is wrong")
        axes.grid(axis="y", linewidth=0.8)
        axes.set_axisbelow(True)
        axes.tick_params(axis="y", labelcolor=SOFT)
        return embed_figure(figure, name="risk", label="Risk over coverage as the threshold falls")


def plot_contrast(contrast: Contrast) -> str:
    """Plot the share of contrast sets that were read right, and of false positives, by phenomenon."""
    names = [*contrast.phenomena, "all"]
    measures = {"set": (_BLUE, "sets with every text right"), "false-positive": (_ORANGE, "false positives")}
    with _figure(_WIDTH, _ROW * 1.25 * len(names) + 1.0) as figure:
        axes = figure.subplots()
        for j, (measure, (colour, label)) in enumerate(measures.items()):
            for i, name in enumerate(names):
                phenomenon = None if name == "all" else name
                if measure not in contrast.measures(phenomenon=phenomenon):
                    continue
                own = contrast.share(measure, phenomenon=phenomenon)
                place = i + 0.16 * (2 * j - 1)
                axes.plot([own.low, own.high], [place] * 2, color=shade(colour, 2), linewidth=4, solid_capstyle="round")
                # All sets together have every measure if any phenomenon has.
                label_once = label if name == "all" else "_"
                axes.plot(
                    own.point, place, marker="o", markersize=5.5, color=shade(colour), linestyle="", label=label_once
                )
        _label_rows(axes, names)
        axes.set_xlim(-0.02, 1.02)
        axes.grid(axis="x", linewidth=0.8)
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, labelcolor=SOFT)
        return embed_figure(figure, name="contrast", label="Contrast sets by phenomenon, with 95 % intervals")


@contextmanager
def _figure(width: float, height: float) -> Iterator[Figure]:
    """Yield a figure of a size in hundreds of pixels."""
    with rc_context(STYLE):
        yield Figure(figsize=(width * 100 / 72, height * 100 / 72), layout="constrained")


def _stack(
    axes: Axes, row: int, parts: dict[str, float] | dict[str, int], notes: dict[str, str], titles: dict[str, str]
) -> None:
    """Draw one bar cut by cause, and give each part its title."""
    start = 0.0
    for cause, look in FACT_CAUSES.items():
        if size := parts[cause]:
            gid = f"part-{len(titles)}"
            titles[gid] = notes[cause]
            (patch,) = axes.barh(row, size, left=start, height=0.74, color=shade(look.colour, look.level), linewidth=1)
            patch.set_gid(gid)
            start += size


def _label_rows(axes: Axes, names: list[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _whisker(axes: Axes, row: float, interval: Interval) -> None:
    axes.plot([interval.low, interval.high], [row, row], color=INK, linewidth=1.2)
