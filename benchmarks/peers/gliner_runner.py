"""GLiNER's joint model of mentions and relations (package `gliner`), from an encoder of one's own.

The architecture is that of the published joint checkpoints: spans of up to twelve words (`markerV0`), and every pair of
the mentions found scored against every relation (`relations_layer: none`, no triples layer). All labels stand in the
prompt of every example, in training as in use, since the schema is closed; nothing is augmented.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from gliner import GLiNER, GLiNERConfig
from runner import Answers, Predict, Runner, Settings, Text, group_lines, main
from transformers import AutoConfig, set_seed

MAX_WORDS = 160
"""How many words are read at once: with the labels of the diplomatic schema they fit into an encoder's 512 pieces."""

BATCH = 8


def train(data: Path, out: Path, settings: Settings) -> None:
    """Train on a file of GLiNER's own training form; the heads at five times the rate of the encoder."""
    set_seed(settings.seed)
    examples = json.loads(data.read_text(encoding="utf-8"))
    labels = sorted({item[2] for example in examples for item in example["ner"]})
    relations = sorted({item[2] for example in examples for item in example["relations"]})
    for example in examples:
        example["ner_labels"], example["rel_labels"] = labels, relations
    config = GLiNERConfig(
        model_name=settings.encoder,
        hidden_size=AutoConfig.from_pretrained(settings.encoder).hidden_size,
        dropout=0.3,
        max_width=12,
        max_types=100,
        max_len=512,
        span_mode="markerV0",
        relations_layer="none",
        augment_data_prob=0.0,
    )
    model = GLiNER.from_config(config)
    n_steps = settings.epochs * -(-len(examples) // BATCH)
    model.train_model(
        train_dataset=examples,
        eval_dataset=None,
        output_dir=out / "checkpoints",
        learning_rate=settings.rate,
        others_lr=5 * settings.rate,
        weight_decay=0.01,
        others_weight_decay=0.01,
        focal_loss_alpha=0.75,
        focal_loss_gamma=0,
        loss_reduction="sum",
        lr_scheduler_type="linear",
        warmup_ratio=0.1,
        max_grad_norm=10.0,
        per_device_train_batch_size=BATCH,
        max_steps=n_steps,
        save_strategy="no",
        logging_steps=20,
        use_cpu=not torch.cuda.is_available(),
        bf16=settings.bfloat16,
        optim="adamw_torch_fused",
        dataloader_num_workers=0,
        dataloader_prefetch_factor=None,
        seed=settings.seed,
    )
    model.save_pretrained(out)
    labels_file = {"labels": labels, "relations": relations, "nested": any(map(_has_nested, examples))}
    (out / "labels.json").write_text(json.dumps(labels_file), encoding="utf-8")


def load(model: Path) -> Predict:
    """Return a function that gives the entities and relations of each text, at the package's thresholds of 0.5."""
    labels = json.loads((model / "labels.json").read_text(encoding="utf-8"))
    gliner = GLiNER.from_pretrained(str(model), local_files_only=True)
    gliner.eval()

    def predict(texts: Sequence[Text]) -> Answers:
        parts = [(i, *own) for i, text in enumerate(texts) for own in group_lines(text.text, max_words=MAX_WORDS)]
        found, related = gliner.inference(
            [texts[i].text[start:end] for i, start, end in parts],
            labels["labels"],
            relations=labels["relations"],
            flat_ner=not labels["nested"],
            threshold=0.5,
            relation_threshold=0.5,
            batch_size=BATCH,
        )
        answers: Answers = [{"entities": [], "relations": []} for _ in texts]
        for (i, start, _), entities, relations in zip(parts, found, related, strict=True):
            answers[i]["entities"] += [_shift(entity, start) for entity in entities]
            answers[i]["relations"] += [
                {**relation, "head": _shift(relation["head"], start), "tail": _shift(relation["tail"], start)}
                for relation in relations
            ]
        return answers

    return predict


def write(texts: Sequence[Text], answers: Answers, path: Path) -> None:
    """Write what GLiNER returns, beside each text and its id."""
    values = [{"id": text.id, "text": text.text, **answer} for text, answer in zip(texts, answers, strict=True)]
    path.write_text(json.dumps(values), encoding="utf-8")


def _shift(item: dict[str, Any], by: int) -> dict[str, Any]:
    return {**item, "start": item["start"] + by, "end": item["end"] + by}


def _has_nested(example: dict[str, Any]) -> bool:
    spans = sorted((first, -last) for first, last, _ in example["ner"])
    furthest = -1
    for first, last in spans:
        if first <= furthest:
            return True
        furthest = max(furthest, -last)
    return False


if __name__ == "__main__":
    main(Runner(train, load, write))
