"""Makes pages/peers.md and plots/peers.png from results/peers.json.

python benchmarks/peers/page.py
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))

import matplotlib.pyplot as plt
from common import HERE, RESULTS
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter
from wording import show_points, tell_machine

from relex.markdown import format_signatures, format_table

PAGES, PLOTS = HERE / "pages", HERE / "plots"

Values = Mapping[str, Any]

LEVELS = {
    "mention": "mentions, strict",
    "boundary": "mentions, boundaries",
    "relation-mention": "relations, strict",
    "relation-boundary": "relations, boundaries",
}
COSTS = {
    "documents_per_second": ("articles/s", "{:.2f}"),
    "latency_p50": ("latency p50, s", "{:.2f}"),
    "latency_p95": ("p95, s", "{:.2f}"),
    "cold_start": ("cold start, s", "{:.1f}"),
    "peak_mb": ("memory, MB", "{:,.0f}"),
    "model_mb": ("model, MB", "{:,.0f}"),
    "threads": ("threads", "{:.0f}"),
}

NOT_RUN = ["not run", *[""] * (len(LEVELS) - 1)]
SHOWN = ("mention", "relation-mention")
"""The levels of the plot."""
STYLES = tuple((f"C{i}", marker) for i, marker in enumerate("os^DvPX*hp"))
"""The colour and the mark of each system in the plot."""


def main() -> None:
    """Write the page and its plot."""
    record = json.loads((RESULTS / "peers.json").read_text(encoding="utf-8"))
    for folder in (PAGES, PLOTS):
        folder.mkdir(exist_ok=True)
    draw_plot(record, PLOTS / "peers.png")
    (PAGES / "peers.md").write_text("\n\n".join(write_page(record)) + "\n", encoding="utf-8")
    print("wrote pages/peers.md")


def write_page(record: Values) -> Iterator[str]:
    """Yield the paragraphs of the page."""
    yield "# Beside other libraries"
    yield (
        f"Trained from the same encoder (`{record['encoder']}`) on the same documents, unless the list below says "
        "otherwise; trained and run on the same machine, and scored by `relex.evaluate` on what each wrote in its own "
        "format. F1 with 95 % intervals over documents; one seed each. The number of epochs was fixed "
        "beforehand; nothing was chosen on test documents."
    )
    yield (
        "What reading costs: articles of our own corpus with about 400 words, first one by one, then all at once, in a "
        "process of its own for each system. Cold start is the time from the start of the process to the first answer, "
        "memory its peak; the model's size includes the encoder."
    )
    for name, corpus in record["corpora"].items():
        yield f"**{corpus['title']}.** {corpus['remarks']}"
        yield write_table(record, name)
    yield "![F1 of every system over the articles that it reads in a second](../plots/peers.png)"
    yield "## The systems"
    yield "\n".join(_describe(record, name) for name in record["systems"])
    yield "## What the figures rest on"
    yield "\n".join(_list_sources(record))
    yield (
        "```\npython benchmarks/peers/run.py --data DATA                # what is not there yet, and the record\n"
        "python benchmarks/peers/run.py --data DATA --only cost    # costs alone, on a machine that does nothing else\n"
        "python benchmarks/peers/page.py                           # this page\n```"
    )
    yield "Signatures:"
    yield format_signatures(*_list_signatures(record))


def write_table(record: Values, corpus: str) -> str:
    """Return the table of what every system reaches on a corpus and costs; what a system cannot reach stays empty."""
    rows = []
    for run in _runs(record, corpus):
        system = record["systems"][run["system"]]
        scores, cost = run["scores"] or {}, run["cost"]
        reached = [_show_level(scores, level) for level in LEVELS] if scores else NOT_RUN
        spent = [form.format(cost[key]) if cost else "" for key, (_, form) in COSTS.items()]
        rows.append((system["title"], system["reads"], *reached, *spent))
    return format_table(
        [("system", "reads", *LEVELS.values(), *(title for title, _ in COSTS.values())), *rows], n_names=2
    )


def draw_plot(record: Values, path: Path) -> None:
    """Draw F1 with its interval over speed: a column a corpus, a row for mentions and one for relations."""
    n_columns = len(record["corpora"])
    fig, axes = plt.subplots(
        len(SHOWN), n_columns, figsize=(4.6 * n_columns, 6.4), layout="constrained", sharex=True, sharey="row",
        squeeze=False,
    )  # fmt: skip
    handles: dict[str, Any] = {}
    for column, (name, corpus) in zip(axes.T, record["corpora"].items(), strict=True):
        column[0].set_title(corpus["title"])
        column[-1].set_xlabel("articles in a second")
        for axis, level in zip(column, SHOWN, strict=True):
            handles |= _draw_runs(axis, record, name, level)
    for axis, level in zip(axes[:, 0], SHOWN, strict=True):
        axis.set_ylabel(f"F1 of {LEVELS[level]}")
    # All share one scale of speed.
    axes[0, 0].set_xscale("log")
    axes[0, 0].xaxis.set_major_locator(LogLocator(subs=(1, 3)))
    axes[0, 0].xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes[0, 0].xaxis.set_minor_locator(NullLocator())
    fig.legend(handles.values(), handles, loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    fig.savefig(path, dpi=130)
    plt.close(fig)


def _draw_runs(axis: Axes, record: Values, corpus: str, level: str) -> dict[str, Any]:
    """Draw the systems that reach a level and were measured; return their marks by title."""
    styles = dict(zip(record["systems"], STYLES, strict=False))
    marks = {}
    for run in _runs(record, corpus):
        score, cost = (run["scores"] or {}).get(level), run["cost"]
        if score and cost:
            colour, marker = styles[run["system"]]
            middle, (low, high) = score["f1"], score["interval"]
            title = record["systems"][run["system"]]["title"].replace("`", "")
            marks[title] = axis.errorbar(
                cost["documents_per_second"], 100 * middle, [[100 * (middle - low)], [100 * (high - middle)]],
                color=colour, marker=marker, markersize=7, linestyle="",
            )  # fmt: skip
    axis.grid(alpha=0.25)
    axis.spines[["top", "right"]].set_visible(False)
    return marks


def _runs(record: Values, corpus: str) -> Iterator[Values]:
    return (run for run in record["runs"] if run["corpus"] == corpus)


def _show_level(scores: Values, level: str) -> str:
    return show_points(scores[level]["f1"], scores[level]["interval"]) if level in scores else ""


def _describe(record: Values, name: str) -> str:
    system = record["systems"][name]
    schedules = [
        f"{record['corpora'][run['corpus']]['title']} {run['schedule']['epochs']} epochs at {run['schedule']['rate']:g}"
        f" ({run['training_seconds'] / 60:.0f} minutes)"
        for run in record["runs"]
        if run["system"] == name and run["training_seconds"]
    ]
    parts = [
        f"- **{system['title']}**: {system['remarks']}",
        f"Encoder: {system['encoder'] or 'none'}.",
        f"Trained: {'; '.join(schedules)}." if schedules else "",
        f"Packages: {', '.join(system['packages'])}." if system["packages"] else "",
    ]
    return " ".join(part for part in parts if part)


def _list_sources(record: Values) -> Iterator[str]:
    for corpus in record["corpora"].values():
        yield (
            f"- {corpus['title']}: {corpus['n_train']} training documents, SHA-256 of their annotation "
            f"`{corpus['train_sha256'][:16]}`; {corpus['n_test']} test documents, `{corpus['test_sha256'][:16]}`."
        )
    yield f"{tell_machine(record)} Seed {record['seed']}. {record.get('remark', '')}".strip()


def _list_signatures(record: Values) -> Iterator[str]:
    for run in record["runs"]:
        for level, score in (run["scores"] or {}).items():
            yield f"{run['corpus']}, {run['system']}, {level}: {score['signature']}"


if __name__ == "__main__":
    main()
