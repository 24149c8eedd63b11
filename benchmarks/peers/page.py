"""Makes pages/peers.md from results/peers.json.

python benchmarks/peers/page.py
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))

from common import HERE, RESULTS
from wording import show_points, tell_machine

from relex.markdown import format_signatures, format_table

PAGES = HERE / "pages"

Values = Mapping[str, Any]

LEVELS = {
    "mention": "mentions, strict",
    "boundary": "mentions, boundaries",
    "relation-mention": "relations, strict",
    "relation-boundary": "relations, boundaries",
}
COSTS = {
    "words_per_second": ("words/s", "{:,.0f}"),
    "documents_per_second": ("articles/s", "{:.2f}"),
    "latency_p50": ("latency p50, s", "{:.2f}"),
    "latency_p95": ("p95, s", "{:.2f}"),
    "cold_start": ("cold start, s", "{:.1f}"),
    "peak_mb": ("peak memory, MB", "{:,.0f}"),
    "model_mb": ("model, MB", "{:,.0f}"),
    "threads": ("threads", "{:.0f}"),
}

NOT_RUN = ["not run", *[""] * (len(LEVELS) - 1)]


def main() -> None:
    """Write the page."""
    record = json.loads((RESULTS / "peers.json").read_text(encoding="utf-8"))
    PAGES.mkdir(exist_ok=True)
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
    for name, corpus in record["corpora"].items():
        yield f"**{corpus['title']}.** {corpus['remarks']}"
        yield write_scores(record, name)
    yield (
        "**Cost.** Articles of our own corpus with about 400 words, first one by one, then all at once, in a process "
        "of its own for each system. Cold start is the time from the start of the process to the first answer; the "
        "model's size includes the encoder."
    )
    yield write_costs(record)
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


def write_scores(record: Values, corpus: str) -> str:
    """Return the table of what every system reaches on a corpus; a level that a system cannot reach stays empty."""
    rows = []
    for run in _runs(record, corpus):
        system = record["systems"][run["system"]]
        scores = run["scores"] or {}
        cells = [_show_level(scores, level) for level in LEVELS] if scores else NOT_RUN
        rows.append((system["title"], system["reads"], *cells))
    return format_table([("system", "reads", *LEVELS.values()), *rows], n_names=2)


def write_costs(record: Values) -> str:
    """Return the table of what reading costs every system that was measured."""
    rows = []
    for corpus, values in record["corpora"].items():
        for run in _runs(record, corpus):
            if cost := run["cost"]:
                cells = [form.format(cost[key]) for key, (_, form) in COSTS.items()]
                rows.append((record["systems"][run["system"]]["title"], values["title"], *cells))
    return format_table([("system", "trained on", *(title for title, _ in COSTS.values())), *rows], n_names=2)


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
