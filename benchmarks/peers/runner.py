"""What the runners of all peers share: their command line, and a clock. Needs the standard library alone.

A runner stands in the environment of its peer, where relex is not installed:

    python RUNNER.py train DATA OUT --encoder DIRECTORY --epochs N --rate R --seed S [--bfloat16]
    python RUNNER.py predict MODEL INPUT OUTPUT
    python RUNNER.py cost MODEL INPUT OUTPUT --started SECONDS

DATA and OUTPUT are in the peer's own format. INPUT has a JSON object with `id` and `text` a line, the text a sentence a
line and its tokens parted by a space.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

N_LATENCIES = 20
"""How many texts are read one by one, beside all of them at once."""


@dataclass(frozen=True)
class Text:
    """A text to read, with its id."""

    id: str
    text: str


@dataclass(frozen=True)
class Settings:
    """How a peer is trained."""

    encoder: str
    epochs: int
    rate: float
    seed: int
    bfloat16: bool = False


Answers = list[Any]
"""What a peer says of each text, in its own words."""

Predict = Callable[[Sequence[Text]], Answers]


@dataclass(frozen=True)
class Runner:
    """A peer: how it is trained, how a model becomes a function from texts to answers, and how these are written."""

    train: Callable[[Path, Path, Settings], None]
    load: Callable[[Path], Predict]
    write: Callable[[Sequence[Text], Answers, Path], None]


def main(runner: Runner, argv: Sequence[str] | None = None) -> None:
    """Do what the command line says; see the head of this file."""
    arguments = _parse(argv)
    if arguments.command == "train":
        settings = Settings(arguments.encoder, arguments.epochs, arguments.rate, arguments.seed, arguments.bfloat16)
        runner.train(arguments.data, arguments.out, settings)
        return
    texts = read_texts(arguments.input)
    if arguments.command == "predict":
        runner.write(texts, runner.load(arguments.model)(texts), arguments.output)
    else:
        cost = measure(lambda: runner.load(arguments.model), texts, started=arguments.started)
        arguments.output.write_text(json.dumps(cost, indent=1) + "\n", encoding="utf-8")


def read_texts(path: Path) -> list[Text]:
    """Return the texts of a file with a JSON object a line."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Text(value["id"], value["text"]) for value in map(json.loads, lines)]


def measure(load: Callable[[], Predict], texts: Sequence[Text], *, started: float) -> dict[str, float]:
    """Return what reading the texts costs.

    Args:
        load: makes the model ready.
        texts: what is read: the first as a cold start, some one by one, then all at once.
        started: when the process was started, in seconds since the epoch.

    Returns:
        Seconds from the start of the process to the first answer, documents per second, percentiles of the seconds
        that one document takes, the process' peak memory in MB, its threads.
    """
    predict = load()
    predict(texts[:1])
    cold = time.time() - started
    seconds = [_time(predict, [text]) for text in texts[:N_LATENCIES]]
    total = _time(predict, texts)
    cuts = statistics.quantiles(seconds, n=20, method="inclusive") if len(seconds) > 1 else seconds * 19
    torch = sys.modules.get("torch")
    return {
        "cold_start": cold,
        "documents": len(texts),
        "documents_per_second": len(texts) / total,
        "latency_p50": statistics.median(seconds),
        "latency_p95": cuts[18],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "threads": torch.get_num_threads() if torch else 1,
    }


def group_lines(text: str, *, max_words: int) -> list[tuple[int, int]]:
    """Return ranges of characters that hold as many whole lines as fit into so many words, or one that is longer."""
    groups: list[tuple[int, int]] = []
    start = offset = n_words = 0
    for line in text.splitlines(keepends=True):
        own = len(line.split())
        if offset > start and n_words + own > max_words:
            groups.append((start, offset))
            start, n_words = offset, 0
        offset += len(line)
        n_words += own
    return [*groups, (start, offset)] if offset > start else groups


def _time(predict: Predict, texts: Sequence[Text]) -> float:
    begin = time.perf_counter()
    predict(texts)
    return time.perf_counter() - begin


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train on DATA and write the model to OUT")
    train.add_argument("data", type=Path)
    train.add_argument("out", type=Path)
    train.add_argument("--encoder", default="", help="directory of the encoder to start from")
    train.add_argument("--epochs", type=int, required=True)
    train.add_argument("--rate", type=float, required=True, help="learning rate of the encoder")
    train.add_argument("--seed", type=int, default=1)
    train.add_argument("--bfloat16", action="store_true", help="compute in bfloat16 where that is safe")
    for name, text in (("predict", "read INPUT, write answers"), ("cost", "read INPUT, write what it costs")):
        command = commands.add_parser(name, help=text)
        command.add_argument("model", type=Path)
        command.add_argument("input", type=Path)
        command.add_argument("output", type=Path)
        if name == "cost":
            command.add_argument("--started", type=float, required=True, help="when the process was started")
    return parser.parse_args(argv)
