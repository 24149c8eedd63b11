"""Annotations of real documents, kept apart from the texts: readouts, releases and news under free licences.

    python benchmarks/corpora/real.py attach TEXTS build/real        # build/real/train and build/real/dev as .rlx files
    python benchmarks/corpora/real.py agree build/real               # two annotations of the same documents
    python benchmarks/corpora/real.py detach TEXTS DIRECTORY          # the way back; renews real/
    python benchmarks/corpora/real.py pool TEXTS build/pool.jsonl --unlike DIRECTORY   # texts that nobody annotated

TEXTS is a file of JSON lines with `text`. A line of real/*.jsonl has the `id`, the SHA-256 of the text (its lines that
are not blank), mentions as [start, end, type, entities] and relations as [head, type, tail, status].
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Annotated, Any

import typer

import relex

FOLDER = Path(__file__).with_name("real")
SPLITS = ("train", "later", "more", "fresh", "dev", "test", "second")
POOL_WORDS = range(50, 421)

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


@app.command()
def pool(
    texts: Texts,
    output: Annotated[Path, typer.Argument(metavar="OUT", help="JSON lines with id and text.")],
    unlike: Annotated[list[Path], typer.Option(help="Annotated documents that no chosen text may be like.")],
    n_words: Annotated[int, typer.Option(help="How many words to choose.")] = 230_000,
) -> None:
    """Choose texts that are not annotated, for a large model to read and a small one to learn from.

    None shares more than 35 % of its words with a document that models are chosen by, or 55 % with another chosen text.
    """
    annotated = {json.loads(line)["sha256"] for path in FOLDER.glob("*.jsonl") for line in path.open(encoding="utf-8")}
    kept_apart = [list_words(document.text) for path in unlike for document in relex.read(path)]
    free = sorted(read_texts(texts).items())
    chosen: list[tuple[str, str, set[str]]] = []
    size = 0
    for sha256, text in free:
        own = list_words(text)
        length = len(text.split())
        if sha256 in annotated or length not in POOL_WORDS or size >= n_words:
            continue
        if any(share_words(own, other) > 0.35 for other in kept_apart):
            continue
        if any(share_words(own, other) > 0.55 for _, _, other in chosen):
            continue
        chosen.append((f"pool-{sha256[:12]}", text, own))
        size += length
    output.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps({"id": name, "text": text}, ensure_ascii=False) + "\n" for name, text, _ in chosen)
    output.write_text("".join(lines), encoding="utf-8")
    print(f"wrote {len(chosen)} texts of {size} words to {output}")


def list_words(text: str) -> set[str]:
    """Return the words of a text, in lower case."""
    return set(re.findall(r"\w+", text.lower()))


def share_words(a: set[str], b: set[str]) -> float:
    """Return the Jaccard similarity of two sets of words."""
    return len(a & b) / max(len(a | b), 1)


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
