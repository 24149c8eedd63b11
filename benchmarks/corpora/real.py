"""Annotations of real documents, kept apart from the texts: readouts, releases and news under free licences.

    python benchmarks/corpora/real.py attach TEXTS build/real        # build/real/train and build/real/dev as .rlx files
    python benchmarks/corpora/real.py agree build/real               # two annotations of the same documents
    python benchmarks/corpora/real.py detach TEXTS DIRECTORY          # the way back; renews real/

TEXTS is a file of JSON lines with `text`. A line of real/*.jsonl has the `id`, the SHA-256 of the text (its lines that
are not blank), mentions as [start, end, type, entities] and relations as [head, type, tail, status].
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any

import typer

import relex

FOLDER = Path(__file__).with_name("real")
SPLITS = ("train", "later", "dev", "second")

app = typer.Typer(add_completion=False, rich_markup_mode=None)
Texts = Annotated[Path, typer.Argument(metavar="TEXTS", help="JSON lines with a text.")]


@app.command()
def attach(texts: Texts, output: Annotated[Path, typer.Argument(metavar="OUT", help="A directory.")]) -> None:
    """Write a .rlx file for every annotated document whose text is there."""
    by_hash = read_texts(texts)
    for split in SPLITS:
        lines = (FOLDER / f"{split}.jsonl").read_text("utf-8").splitlines()
        values = [json.loads(line) for line in lines]
        usable = [value for value in values if value["sha256"] in by_hash]
        folder = output / split
        folder.mkdir(parents=True, exist_ok=True)
        for value in usable:
            document = build(value, by_hash[value["sha256"]])
            relex.write([document], folder / f"{document.id.replace('/', '_')}.rlx")
        print(f"wrote {len(usable)} documents to {folder}")
        if len(usable) < len(values):
            print(f"{len(values) - len(usable)} annotated documents have no text in {texts}")


@app.command()
def detach(texts: Texts, annotated: Annotated[Path, typer.Argument(metavar="DIRECTORY")]) -> None:
    """Keep the annotations of .rlx files, without their texts."""
    by_hash = read_texts(texts)
    FOLDER.mkdir(exist_ok=True)
    for split in SPLITS:
        documents = sorted(relex.read(annotated / split), key=lambda document: document.id)
        for document in documents:
            if hash_text(document.text) not in by_hash:
                raise SystemExit(f"{document.id}: its text is not in {texts}")
        lines = (json.dumps(strip(document), ensure_ascii=False) + "\n" for document in documents)
        (FOLDER / f"{split}.jsonl").write_text("".join(lines), encoding="utf-8")
        print(f"kept the annotations of {len(documents)} documents for {split}")


@app.command()
def agree(attached: Annotated[Path, typer.Argument(metavar="DIRECTORY", help="What attach wrote.")]) -> None:
    """Score the second annotation of some development documents against the first."""
    first, second = ({own.id: own for own in relex.read(attached / split)} for split in ("dev", "second"))
    report = relex.evaluate([first[name] for name in second], second.values(), schema=relex.load_schema("diplomatic"))
    for level in ("mention", "named", "entity", "group", "relation", "relation+status"):
        print(f"{level:<16}{report.interval(level)}")
    print(report.sign("relation"))


def read_texts(path: Path) -> dict[str, str]:
    """Return texts without blank lines by their SHA-256; ids are not unique everywhere."""
    texts = (join_lines(json.loads(line)["text"]) for line in path.read_text("utf-8").splitlines())
    return {hash_text(text): text for text in texts}


def join_lines(text: str) -> str:
    """Return a text without its blank lines, and without white space around the others."""
    return "\n".join(line.strip() for line in text.split("\n") if line.strip())


def hash_text(text: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def strip(document: relex.Document) -> dict[str, Any]:
    """Return the annotation of a document, without its text."""
    return {
        "id": document.id,
        "sha256": hash_text(document.text),
        "mentions": [[m.start, m.end, m.type, list(m.entities)] for m in document.mentions],
        "relations": [[r.head, r.type, r.tail, r.status] for r in document.relations],
    }


def build(value: dict[str, Any], text: str) -> relex.Document:
    """Return a document from its annotation and its text."""
    mentions = tuple(relex.Mention(start, end, kind, tuple(own)) for start, end, kind, own in value["mentions"])
    relations = tuple(relex.Relation(head, kind, tail, status) for head, kind, tail, status in value["relations"])
    return relex.Document(value["id"], text, mentions, relations)


if __name__ == "__main__":
    app()
