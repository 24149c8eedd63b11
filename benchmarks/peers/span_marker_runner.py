"""SpanMarker (package `span_marker`): spans with markers beside the sentence; mentions only, none nested."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import torch
from datasets import Dataset
from runner import Answers, Predict, Runner, Settings, Text, main
from span_marker import SpanMarkerModel, Trainer
from transformers import TrainingArguments
from transformers.trainer_utils import get_last_checkpoint

MAX_PIECES = 128
"""Pieces of the longest sentence read; the package's advice is 256, which doubles the padding of every example."""

MAX_MARKERS = 128
"""Spans in an example, the package's own value; a sentence with more is read several times."""

MAX_WORDS = 8
"""Words of the longest mention, the package's own value."""


def train(data: Path, out: Path, settings: Settings) -> None:
    """Train on a file of tokens and BIO tags; goes on from the last checkpoint below `out`, if there is one."""
    sentences = read_bio(data)
    tags = sorted({tag for _, own in sentences for tag in own} | {"O"}, key=lambda tag: (tag != "O", tag))
    dataset = Dataset.from_dict(
        {
            "tokens": [words for words, _ in sentences],
            "ner_tags": [[tags.index(tag) for tag in own] for _, own in sentences],
        }
    )
    model = SpanMarkerModel.from_pretrained(
        settings.encoder,
        labels=tags,
        model_max_length=MAX_PIECES,
        marker_max_length=MAX_MARKERS,
        entity_max_length=MAX_WORDS,
    )
    arguments = TrainingArguments(
        output_dir=str(out / "checkpoints"),
        learning_rate=settings.rate,
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=8,
        warmup_ratio=0.1,
        weight_decay=0.01,
        bf16=settings.bfloat16,
        use_cpu=not torch.cuda.is_available(),
        save_steps=100,
        save_total_limit=1,
        logging_steps=20,
        report_to="none",
        seed=settings.seed,
    )
    checkpoint = get_last_checkpoint(arguments.output_dir) if Path(arguments.output_dir).is_dir() else None
    Trainer(model=model, args=arguments, train_dataset=dataset).train(resume_from_checkpoint=checkpoint)
    model.save_pretrained(out)
    model.tokenizer.save_pretrained(out)


def load(model: Path) -> Predict:
    """Return a function that gives the mentions of every sentence of each text."""
    marker = SpanMarkerModel.from_pretrained(str(model))

    def predict(texts: Sequence[Text]) -> Answers:
        sentences = [[line.split(" ") for line in text.text.splitlines()] for text in texts]
        found = iter(marker.predict([words for own in sentences for words in own], batch_size=8))
        return [[(words, next(found)) for words in own] for own in sentences]

    return predict


def write(texts: Sequence[Text], answers: Answers, path: Path) -> None:
    """Write tokens and BIO tags, with a line that names each text."""
    lines: list[str] = []
    for text, sentences in zip(texts, answers, strict=True):
        lines += [f"-DOCSTART- ({text.id})\tO", ""]
        for words, mentions in sentences:
            tags = ["O"] * len(words)
            for mention in mentions:
                first, end = mention["word_start_index"], mention["word_end_index"]
                tags[first:end] = [f"B-{mention['label']}"] + [f"I-{mention['label']}"] * (end - first - 1)
            lines += [*(f"{word}\t{tag}" for word, tag in zip(words, tags, strict=True)), ""]
    path.write_text("\n".join(lines), encoding="utf-8")


def read_bio(path: Path) -> list[tuple[list[str], list[str]]]:
    """Return the words and the tags of every sentence."""
    sentences: list[tuple[list[str], list[str]]] = []
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        rows = [row.split("\t") for row in block.split("\n") if row and not row.startswith("-DOCSTART-")]
        if rows:
            sentences.append(([word for word, _ in rows], [tag for _, tag in rows]))
    return sentences


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    main(Runner(train, load, write))
