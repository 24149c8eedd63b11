"""How much is lost where a text is written otherwise than those learnt from: F1 on changed texts, gold moved along.

    python benchmarks/robustness.py --data DATA --gold build/real/dev   # the released models; --model for others

The documents are development documents, since what is found out here is for choosing how to train.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from common import DATA, write_record
from provenance import hash_documents, hash_weights
from wording import show_points, tell_machine, tell_weights

import relex
from relex.invariance import CHANGES, carry, rewrite
from relex.markdown import format_signatures, format_table
from relex.released import released_models

NAME = "robustness"
PLAIN = "none"
CHOSEN = ("wrapped-lines", "title-case", "upper-case", "lower-case", "paragraph-before", "pages-before")
LEVELS = {"mention": "mentions, strict", "relation": "relations", "relation+status": "relations with status"}


def score(
    data: Annotated[Path, typer.Option(help="The directory with a folder a data set.")] = DATA,
    gold: Annotated[list[Path] | None, typer.Option(help="More annotated documents.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="A released model or a model directory.")] = None,
) -> None:
    """Score models on development documents under each change, and write the record."""
    documents = [own for path in (data / "diplomatic" / "dev", *(gold or ())) for own in relex.read(path)]
    models = {}
    for chosen in model or released_models():
        label = Path(chosen).name
        found = score_changes(relex.load(chosen), documents)
        models[label] = {"weights_sha256": hash_weights(chosen), "changes": found}
        print(label, {name: round(own["relation"]["f1"], 4) for name, own in found.items()}, flush=True)
    gold_sha256 = hash_documents(documents)
    write_record(NAME, {"n_documents": len(documents), "gold_sha256": gold_sha256, "models": models})


def score_changes(extractor: relex.Extractor, gold: Sequence[relex.Document]) -> dict[str, dict[str, Any]]:
    """Return the figures of every level, with interval and signature, by the name of the change."""
    apply = {PLAIN: rewrite, **{change.name: change.apply for change in CHANGES if change.name in CHOSEN}}
    found = {}
    for name, change in apply.items():
        moved = [carry(document, change(document.text)) for document in gold]
        report = relex.evaluate(moved, list(extractor.pipe(moved)), schema=extractor.schema)
        found[name] = {level: _describe(report, level) for level in LEVELS}
    return found


def _describe(report: relex.Report, level: str) -> dict[str, Any]:
    interval = report.interval(level)
    return {"f1": interval.point, "interval": [interval.low, interval.high], "signature": interval.signature}


def write_page(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paragraphs of the page."""
    descriptions = {PLAIN: "as they are", **{change.name: change.description for change in CHANGES}}
    yield "# A text as it comes"
    yield (
        f"The released models on {record['n_documents']} real development documents whose texts were changed in what "
        "says nothing, the annotation moved along: F1 in points with its 95 % interval over documents. Epochs and "
        "thresholds were chosen on these documents as they are."
    )
    rows = [
        (descriptions[name], label, *(show_points(own[level]["f1"], own[level]["interval"]) for level in LEVELS))
        for name in next(iter(record["models"].values()))["changes"]
        for label, model in record["models"].items()
        for own in [model["changes"][name]]
    ]
    yield format_table([("texts", "model", *LEVELS.values()), *rows], n_names=2)
    yield "## What the figures rest on"
    annotation = f"- SHA-256 of the annotation `{record['gold_sha256'][:16]}`."
    yield "\n".join([annotation, tell_machine(record), *tell_weights(record["models"])])
    signatures = (own["changes"][PLAIN]["relation"]["signature"] for own in record["models"].values())
    yield format_signatures(*dict.fromkeys(signatures))


if __name__ == "__main__":
    typer.run(score)
