"""Makes pages, plots and README.md of the benchmarks from results/*.json; trains and scores nothing.

python benchmarks/tables.py
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from article_tables import draw_causes, write_articles
from common import HERE, RESULTS
from robustness import NAME as ROBUSTNESS
from robustness import write_page as write_robustness
from wording import show_points, tell_machine

from relex.markdown import format_signatures, format_table

PAGES = HERE / "pages"
PLOTS = HERE / "plots"
ORDER = ("conll04", "scierc", "ade", "crossre-politics", "crossre-news", "plv", "redocred", "dwie", "webnlg")
INTRODUCTION = HERE / "introduction.md"


def main() -> None:
    """Write everything that the records allow."""
    records, articles, robustness = read_records()
    for folder in (PAGES, PLOTS):
        folder.mkdir(exist_ok=True)
    for name, record in records.items():
        draw_plot(record, PLOTS / f"{name}.png")
    if articles:
        draw_causes(articles, PLOTS / "articles.png")
    for path, text in write_texts(records, articles, robustness).items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(HERE)}")


def read_records() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return the records of the public data sets by name, in the order of their tables, and those of our own text."""
    found = {path.stem: json.loads(path.read_text("utf-8")) for path in RESULTS.glob("*.json")}
    return {name: found[name] for name in ORDER if name in found}, found.get("articles", {}), found.get(ROBUSTNESS, {})


def write_texts(
    records: Mapping[str, Any], articles: Mapping[str, Any], robustness: Mapping[str, Any]
) -> dict[Path, str]:
    """Return the text of every page, and of the README that has their heads, by path."""
    pages = {f"{name}.md": "\n\n".join(write_page(name, record)) + "\n" for name, record in records.items()}
    if articles:
        pages["articles.md"] = "\n\n".join(write_articles(articles)) + "\n"
    if robustness:
        pages["robustness.md"] = "\n\n".join(write_robustness(robustness)) + "\n"
    text = [INTRODUCTION.read_text("utf-8").strip()]
    if articles:
        text.append(_shorten("articles.md", pages["articles.md"]))
    if robustness:
        text.append(_shorten("robustness.md", pages["robustness.md"]))
    if (PAGES / "peers.md").is_file():
        text.append(_shorten("peers.md", (PAGES / "peers.md").read_text("utf-8")))
    text += ["## Public data sets", summarise(records)]
    text += [f"![{record['title']}](plots/{name}.png)" for name, record in records.items()]
    return {**{PAGES / name: page for name, page in pages.items()}, HERE / "README.md": "\n\n".join(text) + "\n"}


def summarise(records: Mapping[str, Mapping[str, Any]]) -> str:
    """Return one table over all data sets: what relex reaches, beside published figures, aims and what differs."""
    rows = []
    for name, record in records.items():
        for title, figure in record["figures"].items():
            published = [(own["figures"][title], own) for own in record["published"] if title in own["figures"]]
            if not published and title not in record["aims"]:
                continue
            shown = "; ".join(f"{_name_system(own)} {value:.1f}" for value, own in published)
            aim = record["aims"].get(title)
            rows.append((f"[{record['title']}](pages/{name}.md)", title, points(figure), shown, _aim(figure, aim)))
    head = ("data set", "F1 of", "relex, MPNet-base", "published", "aim")
    return format_table([head, *rows], n_names=len(head))


def write_page(name: str, record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paragraphs of a benchmark's page."""
    yield f"# {record['title']}"
    yield record["setting"]
    systems = map(_name_system, record["published"])
    rows = []
    for title, figure in record["figures"].items():
        intervals = ", ".join(show_points(value["f1"], value["interval"]) for value in figure["seeds"])
        others = [f"{own['figures'][title]:.1f}" if title in own["figures"] else "" for own in record["published"]]
        rows.append((title, points(figure), _show_mean(figure), intervals, *others))
    head = ("F1 of", "mean ± deviation", "95 % interval of the mean", "each seed (95 % interval over documents)")
    yield format_table([(*head, *systems), *rows])
    yield f"![F1 of relex and of published systems](../plots/{name}.png)"
    if record["remarks"]:
        yield record["remarks"]
    yield "## What the figures rest on"
    seeds = record["seeds"]
    minutes = [f"{own['seconds'] / 60:.0f}" for own in seeds if own["seconds"]]
    yield "\n".join(
        [
            f"- Data: {record['source']} ({record['licence']}); {record['n_test']} test documents, "
            f"SHA-256 of their annotation `{record['test_sha256'][:16]}`.",
            f"- {len(seeds)} seed{'s' if len(seeds) > 1 else ''}: {', '.join(str(own['seed']) for own in seeds)}; "
            f"{_tell_epochs(record)}"
            + (
                "; where entities are given, thresholds are those for given ones."
                if record["calibrated_on_told"]
                else "."
            ),
            f"- Recipe: `benchmarks/recipes/{name}.toml`"
            + (f"; minutes of training: {', '.join(minutes)}." if minutes else "."),
            tell_machine(record),
        ]
    )
    script = name.partition("-")[0] + ".py" + (f" {name.partition('-')[2]}" if "-" in name else "")
    commands = (f"python benchmarks/{script} {command} --data DATA" for command in ("train --seed 1", "score"))
    yield "\n".join(["```", *commands, "```"])
    yield "Signatures of the last seed:"
    yield format_signatures(
        *(f"{title}: {figure['seeds'][-1]['signature']}" for title, figure in record["figures"].items())
    )


def draw_plot(record: Mapping[str, Any], path: Path) -> None:
    """Draw the figures of a record as bars with intervals and seeds, published ones as marks."""
    figures = record["figures"]
    fig, axis = plt.subplots(figsize=(7.5, 0.6 + 0.55 * len(figures)), layout="constrained")
    for i, figure in enumerate(figures.values()):
        values = [100 * value["f1"] for value in figure["seeds"]]
        low, high = figure.get("interval", figure["seeds"][0]["interval"])
        axis.barh(i, 100 * figure["mean"], color="#8fb3d9", height=0.62)
        axis.plot([100 * low, 100 * high], [i, i], color="#1f4e79", linewidth=1.2)
        axis.plot(values, [i] * len(values), ".", color="#1f4e79", markersize=5)
    for own, marker in zip(record["published"], itertools.cycle("D^sPv"), strict=False):
        places = [(own["figures"][title], i) for i, title in enumerate(figures) if title in own["figures"]]
        if places:
            axis.plot(*zip(*places, strict=True), marker, color="#c0504d", markersize=6, label=own["system"])
    axis.set_yticks(range(len(figures)), list(figures))
    axis.invert_yaxis()
    axis.set_xlim(0, 100)
    axis.set_xlabel("F1 (bars: mean over seeds, dots: seeds,\nlines: 95 % intervals over documents and seeds)")
    axis.spines[["top", "right"]].set_visible(False)
    if axis.get_legend_handles_labels()[0]:
        fig.legend(loc="outside lower center", ncols=5, fontsize=8, frameon=False)
    fig.savefig(path, dpi=130)
    plt.close(fig)


def points(figure: Mapping[str, Any]) -> str:
    """Return a figure in points, with its deviation over seeds if there are several."""
    mean = f"{100 * figure['mean']:.1f}"
    if figure["deviation"] is None:
        return f"{mean} (1 seed)"
    return f"{mean} ± {100 * figure['deviation']:.1f} ({len(figure['seeds'])} seeds)"


def _tell_epochs(record: Mapping[str, Any]) -> str:
    n_epochs, passes = record["recipe"]["epochs"], _tell_passes(record)
    if record["recipe"].get("keep") == "last":
        return f"the last of {n_epochs} epochs{passes}, which was not chosen; thresholds on development documents"
    best = ", ".join(str(own["best_epoch"]) for own in record["seeds"])
    return f"best epochs {best} of {n_epochs}{passes}, chosen on development documents like the thresholds"


def _tell_passes(record: Mapping[str, Any]) -> str:
    passes = record.get("passes", 1)
    return f" ({passes} passes over the training documents each)" if passes > 1 else ""


def _show_mean(figure: Mapping[str, Any]) -> str:
    """Return the interval of a mean over documents and seeds."""
    return "{:.1f}–{:.1f}".format(*(100 * bound for bound in figure["interval"])) if "interval" in figure else ""


def _name_system(published: Mapping[str, Any]) -> str:
    note = f", {published['note']}" if published["note"] else ""
    return f"{published['system']} ({published['encoder']}{note})"


def _aim(figure: Mapping[str, Any], aim: float | None) -> str:
    if aim is None:
        return ""
    if 100 * figure["mean"] < aim:
        return f"{aim:.0f}: not reached"
    is_sure = "interval" in figure and 100 * figure["interval"][0] >= aim
    return f"{aim:.0f}: {'reached' if is_sure else 'reached, within the noise'}"


def _shorten(name: str, page: str) -> str:
    """Return the head of a page, up to its first subsection, one level lower and with links that work from here."""
    return f"#{page.partition(chr(10) + '## ')[0].replace('(../', '(').strip()}\n\nMore on [its page](pages/{name})."


if __name__ == "__main__":
    main()
