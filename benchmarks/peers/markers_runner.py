"""A baseline of two models in plain `transformers`: tokens are tagged, then pairs of mentions are read with markers.

It follows PURE (Zhong and Chen 2021), without sentences around the one that is read: mentions by BIO tags; then, for
every ordered pair of them whose types some training relation joins, the sentence once more with typed markers around
head and tail, and a linear layer over the vectors of the two opening markers. Two encoders, one pass a pair.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from markers_model import (
    NO_RELATION,
    Pair,
    PairClassifier,
    Sentence,
    bio_tags,
    encode,
    encode_pairs,
    fit,
    group,
    list_pairs,
    markers,
    read_sentences,
    with_tags,
)
from runner import Answers, Predict, Runner, Settings, Text, main
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoModel, AutoModelForTokenClassification, AutoTokenizer, set_seed

READ_AT_ONCE = 64
"""Sentences, or pairs, that a trained model reads at once, those of like length together."""


def train(data: Path, out: Path, settings: Settings) -> None:
    """Train both models on a file of PURE's own form."""
    sentences = list(read_sentences(data))
    out.mkdir(parents=True, exist_ok=True)
    train_tagger(sentences, out / "tagger", settings)
    train_relations(sentences, out / "relations", settings)


def train_tagger(sentences: Sequence[Sentence], out: Path, settings: Settings) -> None:
    """Train the model of the mentions; of nested ones the outermost is tagged."""
    set_seed(settings.seed)
    types = sorted({tag[2] for sentence in sentences for tag in sentence.tags})
    labels = ["O", *(f"{prefix}-{own}" for own in types for prefix in "BI")]
    tokenizer = AutoTokenizer.from_pretrained(settings.encoder)
    model = AutoModelForTokenClassification.from_pretrained(
        settings.encoder, num_labels=len(labels), id2label=dict(enumerate(labels))
    )

    def loss(batch: Sequence[Sentence]) -> Tensor:
        inputs, firsts = encode([sentence.tokens for sentence in batch], tokenizer)
        targets = torch.full(inputs["input_ids"].shape, -100)
        for row, (sentence, places) in enumerate(zip(batch, firsts, strict=True)):
            for place, tag in zip(places, bio_tags(sentence), strict=True):
                if place:
                    targets[row, place] = labels.index(tag)
        return nn.functional.cross_entropy(model(**inputs).logits.flatten(0, 1).float(), targets.flatten())

    fit(model, sentences, loss, settings, size=lambda sentence: len(sentence.tokens))
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)


def train_relations(sentences: Sequence[Sentence], out: Path, settings: Settings) -> None:
    """Train the model of the relations, on gold mentions."""
    set_seed(settings.seed)
    joined = {(head[2], tail[2]) for sentence in sentences for head, tail, _ in sentence.relations}
    labels = [NO_RELATION, *sorted({own for sentence in sentences for _, _, own in sentence.relations})]
    tokenizer = AutoTokenizer.from_pretrained(settings.encoder)
    tokenizer.add_tokens(markers({own for pair in joined for own in pair}), special_tokens=True)
    encoder = AutoModel.from_pretrained(settings.encoder, add_pooling_layer=False)
    encoder.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    model = PairClassifier(encoder, len(labels))
    pairs = [pair for sentence in sentences for pair in list_pairs(sentence, joined)]

    def loss(batch: Sequence[Pair]) -> Tensor:
        targets = torch.tensor([labels.index(pair.relation) for pair in batch])
        return nn.functional.cross_entropy(model(*encode_pairs(batch, tokenizer)).float(), targets)

    fit(model, pairs, loss, settings, size=lambda pair: len(pair.tokens))
    encoder.save_pretrained(out)
    tokenizer.save_pretrained(out)
    head = {name: tensor for name, tensor in model.state_dict().items() if not name.startswith("encoder.")}
    save_file(head, out / "head.safetensors")
    (out / "labels.json").write_text(json.dumps({"labels": labels, "joined": sorted(joined)}), encoding="utf-8")


def load(model: Path) -> Predict:
    """Return a function that gives the sentences of each text with their mentions and relations."""
    tokenizer = AutoTokenizer.from_pretrained(model / "tagger")
    tagger = AutoModelForTokenClassification.from_pretrained(model / "tagger").eval()
    tags = tagger.config.id2label
    own = json.loads((model / "relations" / "labels.json").read_text(encoding="utf-8"))
    joined = {tuple(pair) for pair in own["joined"]}
    pair_tokenizer = AutoTokenizer.from_pretrained(model / "relations")
    encoder = AutoModel.from_pretrained(model / "relations", add_pooling_layer=False)
    classifier = PairClassifier(encoder, len(own["labels"])).eval()
    classifier.load_state_dict(load_file(model / "relations" / "head.safetensors"), strict=False)

    def tag(sentences: Sequence[Sentence]) -> dict[Sentence, Sentence]:
        found = {}
        for batch in group(sentences, size=lambda sentence: len(sentence.tokens), n=READ_AT_ONCE):
            inputs, firsts = encode([sentence.tokens for sentence in batch], tokenizer)
            best = tagger(**inputs).logits.argmax(-1).tolist()
            for sentence, row, places in zip(batch, best, firsts, strict=True):
                found[sentence] = with_tags(sentence, [tags[row[place]] if place else "O" for place in places])
        return found

    def relate(sentences: Sequence[Sentence]) -> dict[Pair, str]:
        pairs = [pair for sentence in sentences for pair in list_pairs(sentence, joined)]
        related = {}
        for batch in group(pairs, size=lambda pair: len(pair.tokens), n=READ_AT_ONCE):
            best = classifier(*encode_pairs(batch, pair_tokenizer)).argmax(-1).tolist()
            related |= {pair: own["labels"][i] for pair, i in zip(batch, best, strict=True)}
        return related

    def read(texts: Sequence[Text]) -> Answers:
        split = [[Sentence(tuple(line.split(" "))) for line in text.text.splitlines()] for text in texts]
        found = tag(list(dict.fromkeys(sentence for sentences in split for sentence in sentences)))
        related = relate(list(found.values()))
        return [[_answer(found[sentence], related, joined) for sentence in sentences] for sentences in split]

    return torch.inference_mode()(read)


def write(texts: Sequence[Text], answers: Answers, path: Path) -> None:
    """Write PURE's own output: a document a line, with what is predicted beside its sentences."""
    lines = []
    for text, sentences in zip(texts, answers, strict=True):
        value: dict[str, Any] = {"doc_key": text.id, "sentences": [], "predicted_ner": [], "predicted_relations": []}
        offset = 0
        for sentence in sentences:
            value["sentences"].append(sentence.tokens)
            value["predicted_ner"].append([_shift(tag, offset) for tag in sentence.tags])
            value["predicted_relations"].append(
                [[*_shift(head, offset)[:2], *_shift(tail, offset)[:2], own] for head, tail, own in sentence.relations]
            )
            offset += len(sentence.tokens)
        lines.append(json.dumps(value) + "\n")
    path.write_text("".join(lines), encoding="utf-8")


def _answer(sentence: Sentence, related: dict[Pair, str], joined: set[tuple[str, str]]) -> Sentence:
    pairs = list_pairs(sentence, joined)
    stated = tuple((pair.head, pair.tail, related[pair]) for pair in pairs if related[pair] != NO_RELATION)
    return Sentence(sentence.tokens, sentence.tags, stated)


def _shift(tag: tuple[int, int, str], by: int) -> list[Any]:
    first, last, own = tag
    return [first + by, last + by, own]


if __name__ == "__main__":
    main(Runner(train, load, write))
