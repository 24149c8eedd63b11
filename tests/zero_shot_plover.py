"""ZSP (Hu et al. 2024): how root codes follow from the scores of hypotheses, written from the paper's rules.

A hypothesis is a prompt with the actors in it; its score is the probability that the sentence entails it. Prompts are
in the past, most also in the future.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

CONSULT_PENALTY = 0.02
MARGIN = 0.1
MOST = 5
MERGED = {"INVESTIGATE": "ACCUSE", "FIGHT": "ASSAULT"}
UNUSED = {68, 69}
"""The columns of two prompts that have scores, but had no part in the codes that were released."""
MATERIAL = {"ASSAULT", "PROTEST", "SANCTION", "COERCE"}
VERBAL = {"REQUEST", "ACCUSE"}


@dataclass(frozen=True)
class Prompt:
    """A prompt, the code that it stands for in each tense that it has, and the columns of its scores."""

    text: str
    root: str
    codes: tuple[str, ...]
    columns: tuple[int, ...]


def read_prompts(folder: Path) -> list[Prompt]:
    """Read the tree of prompts and what their codes become in another modality."""
    codes = {row["rootcode"]: row for row in read_table(folder / "rootcode_modality.txt")}
    prompts, n_columns = [], 0
    for row in read_table(folder / "Tree.txt"):
        root = MERGED.get(row["rootcode"], row["rootcode"])
        tenses = [tense for tense in ("past", "future") if row[tense] != "None"]
        columns = tuple(range(n_columns, n_columns + len(tenses)))
        n_columns += len(tenses)
        if UNUSED.isdisjoint(columns):
            prompts.append(Prompt(row["past"], root, tuple(codes[root][tense] for tense in tenses), columns))
    return prompts


def choose_codes(scores: np.ndarray, prompts: Sequence[Prompt]) -> tuple[str, str]:
    """Return the root code of a sentence without and with the modality level; scores are (hypotheses,)."""
    scores = scores.copy()
    for prompt in prompts:
        scores[list(prompt.columns)] -= CONSULT_PENALTY * (prompt.root == "CONSULT")
    ranked = sorted(prompts, key=lambda prompt: -scores[prompt.columns[0]])
    best = scores[ranked[0].columns[0]]
    kept = disambiguate([prompt for prompt in ranked if scores[prompt.columns[0]] > best - MARGIN][:MOST])
    answers = [
        (scores[column], code) for prompt in kept for column, code in zip(prompt.columns, prompt.codes, strict=True)
    ]
    return ranked[0].root, max(answers, key=lambda answer: answer[0])[1]


def disambiguate(kept: list[Prompt]) -> list[Prompt]:
    """Drop the prompts that another one makes implausible, one rule after the other."""

    def drop(where: Callable[[Prompt], bool], beside: Callable[[Prompt], bool]) -> None:
        if any(map(beside, kept)):
            kept[:] = [prompt for prompt in kept if not where(prompt)]

    drop(lambda p: "forces" in p.text and "peace" not in p.text, beside=lambda p: "peace" in p.text)
    drop(lambda p: "blockades" in p.text, beside=lambda p: "protest" in p.text)
    drop(lambda p: p.root in VERBAL, beside=lambda p: p.root in MATERIAL)
    drop(lambda p: "deport" in p.text, beside=lambda p: "expel" in p.text)
    return kept


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))
