"""Several predictions of one system, a seed each, in `relex evaluate` and `relex compare`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import relex
from relex.cli.assessing import Sources, read_predicted
from relex.document import Document
from relex.errors import InputError
from relex.evaluation import evaluate_seeds
from relex.seeds import SeedReport


def score_seeds(gold: str, predicted: Sequence[str], *, predicted_format: str | None, sources: Sources) -> SeedReport:
    """Score predictions from files, one a seed, named by what tells their paths apart."""
    truth = relex.read(gold, format=sources.format)
    runs = read_seeds(predicted, truth, option="--predicted", format=predicted_format, gold_format=sources.format)
    return evaluate_seeds(truth, runs, schema=sources.schema, seen=sources.read_seen())


def read_seeds(
    paths: Sequence[str], gold: Iterable[Document], *, option: str, format: str | None, gold_format: str | None
) -> dict[str, list[Document]]:
    """Return what a system predicted with each seed, by the name of the seed; `option` is what gave the paths.

    Raises:
        InputError: a path given twice.
    """
    truth = tuple(gold)
    return {
        name: read_predicted(path, truth, format=format, gold_format=gold_format)
        for name, path in zip(name_seeds(paths, option=option), paths, strict=True)
    }


def name_seeds(paths: Sequence[str], *, option: str) -> list[str]:
    """Return what is left of each path without the directories and the suffix that all of them share.

    Raises:
        InputError: a path given twice.
    """
    places = [Path(path).resolve() for path in paths]
    if twice := [path for i, path in enumerate(paths) if places[i] in places[:i]]:
        raise InputError(f"{option} {twice[0]} is given twice; give every seed once")
    parts = [Path(path).with_suffix("").parts for path in paths]
    if len(set(parts)) < len(parts):
        return list(paths)
    while min(map(len, parts)) > 1 and len({own[0] for own in parts}) == 1:
        parts = [own[1:] for own in parts]
    while min(map(len, parts)) > 1 and len({own[-1] for own in parts}) == 1:
        parts = [own[:-1] for own in parts]
    return ["/".join(own) for own in parts]
