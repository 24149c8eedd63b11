"""Diplomatic articles, the main evaluation: any annotated documents, our own test part, the contrast set.

    python benchmarks/articles.py                       # the released models on the test part of our own corpus
    python benchmarks/articles.py --gold DIRECTORY --name dev --title "real documents" --prefix dw- --html OUT
    python benchmarks/articles.py --model MODEL         # another model, or several

Every call scores models on one set of documents and on the contrast set, keeps what it finds in results/articles.json,
and writes the full report of each model as HTML, texts included: under pages/ for documents of our own, else into OUT.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from common import HERE, RESULTS
from provenance import describe_machine, hash_documents, hash_weights

import relex
from relex.assessment import Assessment, assess
from relex.ladder import climb
from relex.released import released_models

OWN = HERE / "corpora" / "diplomatic" / "test"
CONTRAST = HERE / "corpora" / "contrast"
RECORD = RESULTS / "articles.json"


def score(
    gold: Annotated[Path, typer.Option(help="Annotated documents.")] = OWN,
    name: Annotated[str, typer.Option(help="A short name for them.")] = "own",
    title: Annotated[str, typer.Option(help="What they are, for the table.")] = "test part of relex's own corpus",
    model: Annotated[list[str] | None, typer.Option(help="A released model or a model directory.")] = None,
    html: Annotated[Path, typer.Option(help="Where to write the reports.")] = HERE / "pages",
    prefix: Annotated[str | None, typer.Option(help="Also report the documents whose ids begin so.")] = None,
) -> None:
    """Score models on documents and on the contrast set."""
    if html.resolve() == HERE.resolve() / "pages" and gold.resolve() != OWN.resolve():
        raise SystemExit("the report holds the texts: name a directory for it with --html")
    documents, texts = relex.read(gold), relex.read(CONTRAST)
    html.mkdir(parents=True, exist_ok=True)
    found = {}
    for chosen in model or released_models():
        extractor = relex.load(chosen)
        label = Path(chosen).name
        predicted = list(extractor.pipe(documents))
        assessment = assess(
            documents,
            predicted,
            schema=extractor.schema,
            window_words=extractor.config.max_pair_words,
            contrast=(texts, list(extractor.pipe(texts))),
            ladder=climb(extractor, documents),
        )
        page = html / f"articles-{name}-{label}.html"
        page.write_text(assessment.to_html(title=f"{label}: {title}"), encoding="utf-8")
        found[label] = {"weights_sha256": hash_weights(chosen), **summarise(assessment, prefix)}
        print(label, {level: round(value["f1"], 4) for level, value in found[label]["levels"].items()}, f"wrote {page}")
    own = {
        "title": title,
        "n_documents": len(documents),
        "gold_sha256": hash_documents(documents),
        **describe_machine(),
        "models": found,
    }
    record = json.loads(RECORD.read_text("utf-8")) if RECORD.is_file() else {}
    RESULTS.mkdir(exist_ok=True)
    RECORD.write_text(json.dumps({**record, name: own}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def summarise(assessment: Assessment, prefix: str | None) -> dict[str, Any]:
    """Return the figures of an assessment that tables are made of, with their signatures."""
    contrast = assessment.contrast.to_dict() if assessment.contrast else {}
    # The errors themselves stay out: they quote texts.
    chosen: dict[str, Any] = {
        "levels": assessment.report.to_dict()["levels"],
        "attribution": {
            "facts": assessment.attribution.fact_breakdown.to_dict(),
            "mentions": assessment.attribution.mention_breakdown.to_dict(),
        },
        "ladder": assessment.ladder.to_dict() if assessment.ladder else {},
        "contrast": {key: value for key, value in contrast.items() if key != "texts"},
    }
    if assessment.reliability is not None:
        chosen["ece"] = assessment.reliability.to_dict()["ece"]["equal-width"]
    if prefix is not None:
        part = assessment.report.subset(lambda own: own.startswith(prefix))
        chosen["prefix"] = {"prefix": prefix, **part.to_dict()}
    return chosen


if __name__ == "__main__":
    typer.run(score)
