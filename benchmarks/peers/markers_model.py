"""What the marker baseline reads: sentences of PURE's form, tokens with their tags, pairs of mentions with markers."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from runner import Settings
from torch import Tensor, nn
from transformers import get_linear_schedule_with_warmup

MAX_PIECES = 512
BATCH = 16
NO_RELATION = ""

Tag = tuple[int, int, str]
"""First and last token of a mention in its sentence, and its type."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class Sentence:
    """A sentence with what is stated in it; relations have the tags of head and tail, and a type."""

    tokens: tuple[str, ...]
    tags: tuple[Tag, ...] = ()
    relations: tuple[tuple[Tag, Tag, str], ...] = ()


@dataclass(frozen=True)
class Pair:
    """Two mentions of a sentence, and what relates them."""

    tokens: tuple[str, ...]
    head: Tag
    tail: Tag
    relation: str = NO_RELATION


class PairClassifier(nn.Module):
    """Scores the relation of two mentions from the vectors of their opening markers."""

    def __init__(self, encoder: nn.Module, n_labels: int) -> None:
        super().__init__()
        self.encoder = encoder
        width = encoder.config.hidden_size
        self.norm = nn.LayerNorm(2 * width)
        self.dropout = nn.Dropout(0.1)
        self.classifier = nn.Linear(2 * width, n_labels)

    def forward(self, inputs: dict[str, Tensor], places: Tensor) -> Tensor:
        """Return logits, (pairs, labels); `places` has the two opening markers of each pair, (pairs, 2)."""
        vectors = self.encoder(**inputs).last_hidden_state
        chosen = vectors[torch.arange(len(places)).unsqueeze(1), places]
        return self.classifier(self.dropout(self.norm(chosen.flatten(1))))


def read_sentences(path: Path) -> Iterator[Sentence]:
    """Yield the sentences of a file of PURE's form, whose offsets count the tokens of the document."""
    for line in path.read_text(encoding="utf-8").splitlines():
        value = json.loads(line)
        offset = 0
        for tokens, ner, relations in zip(value["sentences"], value["ner"], value["relations"], strict=True):
            tags = {(first, last): (first - offset, last - offset, own) for first, last, own in ner}
            stated = tuple((tags[a, b], tags[c, d], own) for a, b, c, d, own in relations)
            yield Sentence(tuple(tokens), tuple(tags.values()), stated)
            offset += len(tokens)


def bio_tags(sentence: Sentence) -> list[str]:
    """Return a tag a token; of mentions inside each other the longest is tagged."""
    tags = ["O"] * len(sentence.tokens)
    for first, last, own in sorted(sentence.tags, key=lambda tag: tag[0] - tag[1]):
        if all(tag == "O" for tag in tags[first : last + 1]):
            tags[first : last + 1] = [f"B-{own}"] + [f"I-{own}"] * (last - first)
    return tags


def read_tags(tags: Sequence[str]) -> tuple[Tag, ...]:
    """Return the mentions that tags say; a tag that continues nothing begins a mention."""
    found: list[Tag] = []
    for i, tag in enumerate(tags):
        prefix, _, own = tag.partition("-")
        if prefix == "I" and found and found[-1][1:] == (i - 1, own):
            found[-1] = (found[-1][0], i, own)
        elif prefix in ("B", "I"):
            found.append((i, i, own))
    return tuple(found)


def list_pairs(sentence: Sentence, joined: set[tuple[str, str]]) -> Iterator[Pair]:
    """Yield the ordered pairs of mentions whose types are joined, with the relation that is stated of them."""
    stated = {(head, tail): own for head, tail, own in reversed(sentence.relations)}
    for head in sentence.tags:
        for tail in sentence.tags:
            if head != tail and (head[2], tail[2]) in joined:
                yield Pair(sentence.tokens, head, tail, stated.get((head, tail), NO_RELATION))


def markers(types: Iterable[str]) -> list[str]:
    """Return the tokens that stand before and after heads and tails of these types."""
    return [f"<{end}{role}:{own}>" for own in sorted(types) for role in "HT" for end in ("", "/")]


def mark(pair: Pair) -> tuple[list[str], int, int]:
    """Return the tokens of a pair with its markers, and where the opening ones stand."""
    inserts: list[tuple[int, int, int, str]] = []
    for role, (first, last, own) in (("H", pair.head), ("T", pair.tail)):
        # At one place what closes comes first, the inner mention closes before the outer one and opens after it.
        inserts.append((last + 1, 0, -first, f"</{role}:{own}>"))
        inserts.append((first, 1, -last, f"<{role}:{own}>"))
    tokens = list(pair.tokens)
    for place, *_, marker in sorted(inserts, reverse=True):
        tokens.insert(place, marker)
    return tokens, tokens.index(f"<H:{pair.head[2]}>"), tokens.index(f"<T:{pair.tail[2]}>")


def encode(sentences: Sequence[Sequence[str]], tokenizer: Any) -> tuple[dict[str, Tensor], list[list[int]]]:
    """Return the input of an encoder, and where the first piece of each token stands: 0 for tokens past the limit."""
    encoding = tokenizer(
        [list(tokens) for tokens in sentences],
        is_split_into_words=True,
        truncation=True,
        max_length=MAX_PIECES,
        padding=True,
        return_tensors="pt",
    )
    firsts = []
    for row, tokens in enumerate(sentences):
        places: dict[int, int] = {}
        for place, word in enumerate(encoding.word_ids(row)):
            if word is not None:
                places.setdefault(word, place)
        firsts.append([places.get(i, 0) for i in range(len(tokens))])
    return {name: encoding[name] for name in ("input_ids", "attention_mask")}, firsts


def encode_pairs(pairs: Sequence[Pair], tokenizer: Any) -> tuple[dict[str, Tensor], Tensor]:
    """Return the input of an encoder, and where the opening markers of each pair stand, (pairs, 2)."""
    marked = [mark(pair) for pair in pairs]
    inputs, firsts = encode([tokens for tokens, _, _ in marked], tokenizer)
    return inputs, torch.tensor([[own[h], own[t]] for own, (_, h, t) in zip(firsts, marked, strict=True)])


def fit(
    model: nn.Module,
    items: Sequence[Item],
    loss: Callable[[Sequence[Item]], Tensor],
    settings: Settings,
    *,
    size: Callable[[Item], int],
) -> None:
    """Train with AdamW, a linear schedule with a tenth of warm-up, bfloat16 if asked for, and batches of 16.

    Items of like size share a batch; heads learn at ten times the rate of the encoder.
    """
    rng = random.Random(settings.seed)
    fresh = [p for name, p in model.named_parameters() if name.startswith(("classifier", "norm"))]
    old = [p for name, p in model.named_parameters() if not name.startswith(("classifier", "norm"))]
    optimizer = torch.optim.AdamW(
        [{"params": old}, {"params": fresh, "lr": 10 * settings.rate}],
        lr=settings.rate,
        weight_decay=0.01,
        fused=True,
    )
    n_steps = settings.epochs * -(-len(items) // BATCH)
    schedule = get_linear_schedule_with_warmup(optimizer, n_steps // 10, n_steps)
    model.train()
    for epoch in range(settings.epochs):
        total = 0.0
        batches = group(items, size=lambda item: size(item) + rng.random())
        rng.shuffle(batches)
        for i, batch in enumerate(batches):
            with torch.autocast("cpu", torch.bfloat16, enabled=settings.bfloat16):
                value = loss(batch)
            value.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            total += value.item()
            if i % 20 == 19 or i == len(batches) - 1:
                print(f"epoch {epoch + 1}, batch {i + 1} of {len(batches)}: loss {total / (i + 1):.4f}", flush=True)
    model.eval()


def group(items: Sequence[Item], *, size: Callable[[Item], float], n: int = BATCH) -> list[list[Item]]:
    """Return the items in groups of n of like size."""
    ordered = sorted(items, key=size)
    return [ordered[i : i + n] for i in range(0, len(ordered), n)]


def with_tags(sentence: Sentence, tags: Sequence[str]) -> Sentence:
    """Return a sentence with the mentions that its tags say."""
    return replace(sentence, tags=read_tags(tags))
