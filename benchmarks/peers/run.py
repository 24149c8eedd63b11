"""Trains and measures other libraries beside relex: one encoder, the same data, one machine, one run.

    python benchmarks/peers/run.py --data DATA                # everything that is not there yet, and the record
    python benchmarks/peers/run.py --data DATA --only cost    # one step; the machine should do nothing else then

Every peer has an environment of its own, made from the requirements beside this file; its runner reads and writes the
peer's own formats there. What is trained and predicted stays below --work, and steps go on where they were stopped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

sys.path.append(str(Path(__file__).parents[1]))

from common import DATA, ROOT, write_record
from layout import bring_back, cut, lay_out
from systems import CORPORA, ENCODER, LEVELS, SYSTEMS, Run, System

import relex
from relex import Document
from relex.alignment import digest_document
from relex.loading import choose_precision
from relex.metrics import digest
from relex.weights import find_encoder

STEPS = ("install", "prepare", "train", "predict", "score", "cost", "record")
ARTICLE_WORDS = range(350, 451)
N_ARTICLES = 24
SEED = 1


def main(
    data: Annotated[Path, typer.Option(help="The directory with a folder a data set.")] = DATA,
    work: Annotated[Path, typer.Option(help="Where environments, models and answers lie.")] = ROOT / "runs" / "peers",
    only: Annotated[list[str] | None, typer.Option(help=f"Steps: {', '.join(STEPS)}; all by default.")] = None,
    system: Annotated[list[str] | None, typer.Option(help="Systems; all by default.")] = None,
    corpus: Annotated[list[str] | None, typer.Option(help="Corpora; all by default.")] = None,
    threads: Annotated[int, typer.Option(help="Threads that every system may use while its cost is measured.")] = 1,
    remark: Annotated[str, typer.Option(help="For the record: what a reader must know of how this was run.")] = "",
) -> None:
    """Do every step that is not done yet, for every system on every corpus."""
    steps = only or list(STEPS)
    if unknown := set(steps) - set(STEPS):
        raise SystemExit(f"unknown step {', '.join(sorted(unknown))}; known: {', '.join(STEPS)}")
    runs = [run for run in list_runs(work) if _chosen(run, system, corpus)]
    acts: dict[str, Callable[[Run], None]] = {
        "install": install,
        "prepare": partial(prepare, data=data),
        "train": train,
        "predict": predict,
        "score": partial(score, data=data),
        "cost": partial(measure_cost, threads=threads),
    }
    for step, act in acts.items():
        for run in runs if step in steps else ():
            act(run)
    if "record" in steps:
        write_record("peers", collect(work, data) | {"remark": remark})


def list_runs(work: Path) -> Iterator[Run]:
    """Yield every system on every corpus that it is trained on or has a model of."""
    for corpus in CORPORA:
        for system in SYSTEMS:
            if corpus.name in {*system.schedules, *system.models}:
                yield Run(corpus, system, work.resolve())


def install(run: Run) -> None:
    """Make the environment of a system, unless there is one."""
    home = run.environment
    if not run.system.own_environment or (home / "installed.txt").is_file():
        return
    print(f"installing {run.system.name}", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
    pip = [run.python, "-m", "pip", "-qq", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "-r", str(run.system.requirements)], check=True)
    frozen = subprocess.run([*pip, "freeze"], capture_output=True, text=True, check=True).stdout
    (home / "installed.txt").write_text(frozen, encoding="utf-8")


def prepare(run: Run, data: Path) -> None:
    """Write what a system is trained on, in its own format, and the texts that it is to read."""
    corpus, system, texts = run.corpus, run.system, run.texts("test")
    articles = run.texts("articles")
    if not articles.is_file():
        chosen = choose_articles()
        _write_texts(map(lay_out, chosen) if system.laid_out else chosen, articles)
    if not texts.is_file():
        # The texts are laid out without their annotation, so that nothing of it shows.
        bare = [Document(document.id, document.text) for document in corpus.read("test", data)]
        _write_texts([lay_out(own, tokenised=corpus.tokenised) for own in bare] if system.laid_out else bare, texts)
    target = run.file("train")
    if corpus.name not in system.schedules or target.is_file():
        return
    documents = corpus.read("train", data)
    if system.laid_out:
        documents = [lay_out(document, tokenised=corpus.tokenised) for document in documents]
    if system.max_words:
        documents = [part for document in documents for part in cut(document, max_words=system.max_words)]
    target.parent.mkdir(parents=True, exist_ok=True)
    relex.write(documents, target, format=system.training_format)


def choose_articles() -> list[Document]:
    """Return the articles that cost is measured on: some of our own corpus that have about 400 words."""
    documents = [
        Document(document.id, document.text)
        for part in ("train", "dev", "test")
        for document in relex.read(ROOT / "benchmarks" / "corpora" / "diplomatic" / part)
        if len(document.text.split()) in ARTICLE_WORDS
    ]
    return sorted(documents, key=lambda document: digest(document.id))[:N_ARTICLES]


def train(run: Run) -> None:
    """Train a system on a corpus, unless that is done."""
    schedule = run.system.schedules.get(run.corpus.name)
    if schedule is None or run.is_trained:
        return
    print(f"training {run.name}", flush=True)
    encoder = find_encoder(ENCODER)
    run.model.mkdir(parents=True, exist_ok=True)
    options = ["--encoder", encoder, "--epochs", schedule.epochs, "--rate", schedule.rate, "--seed", SEED]
    if choose_precision("auto") == torch.bfloat16:
        options.append("--bfloat16")
    started = time.monotonic()
    _call(run, "train", run.file("train"), run.model, *options)
    shutil.rmtree(run.model / "checkpoints", ignore_errors=True)
    (run.model / "seconds.json").write_text(json.dumps(round(time.monotonic() - started)), encoding="utf-8")


def predict(run: Run) -> None:
    """Let a system read the test part of a corpus, unless it has."""
    target = run.file("predicted")
    if target.is_file() or not run.is_trained:
        return
    print(f"predicting {run.name}", flush=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    _call(run, "predict", run.model, run.texts("test"), target)


def score(run: Run, data: Path) -> None:
    """Score what a system has read, read back from its own format."""
    if not run.file("predicted").is_file():
        return
    gold = run.corpus.read("test", data)
    predicted = relex.read(run.file("predicted"), format=run.system.output_format)
    report = relex.evaluate(gold, bring_back(predicted, gold, of_entities=run.corpus.of_entities))
    figures = {}
    for level in LEVELS if run.system.relations else LEVELS[:2]:
        interval = report.interval(level)
        counts = asdict(report.micro(level))
        figures[level] = {
            "f1": interval.point,
            "interval": [interval.low, interval.high],
            "precision": report.micro(level).precision,
            "recall": report.micro(level).recall,
            **counts,
            "signature": interval.signature,
        }
    _write_json(figures, run.file("scores"))
    print(run.name, {level: round(100 * own["f1"], 1) for level, own in figures.items()}, flush=True)


def measure_cost(run: Run, *, threads: int) -> None:
    """Measure what reading the articles costs a system, in a process of its own that nothing else was done in."""
    if not run.is_trained:
        return
    print(f"measuring {run.name}", flush=True)
    target = run.file("cost")
    target.parent.mkdir(parents=True, exist_ok=True)
    _call(run, "cost", run.model, run.texts("articles"), target, "--started", time.time(), threads=threads)
    cost = json.loads(target.read_text(encoding="utf-8"))
    # Words are counted in the articles as they stand, for all systems alike.
    words = sum(len(article.text.split()) for article in choose_articles())
    speed = cost["documents_per_second"] * words / cost["documents"]
    _write_json({**cost, "words": words, "words_per_second": speed, "model_mb": _weigh(run)}, target)


def collect(work: Path, data: Path) -> dict[str, Any]:
    """Return the record: what was trained on what, how, and what came of it."""
    runs = list(list_runs(work))
    corpora = {}
    for corpus in CORPORA:
        train, test = (corpus.read(part, data) for part in ("train", "test"))
        corpora[corpus.name] = {
            "title": corpus.title,
            "remarks": corpus.remarks,
            "n_train": len(train),
            "n_test": len(test),
            "train_sha256": digest(sorted(map(digest_document, train))),
            "test_sha256": digest(sorted(map(digest_document, test))),
        }
    return {
        "encoder": ENCODER,
        "seed": SEED,
        "corpora": corpora,
        "systems": {system.name: _describe(system) for system in SYSTEMS},
        "runs": [_describe_run(run) for run in runs],
    }


def _describe(system: System) -> dict[str, Any]:
    return {
        "title": system.title,
        "reads": system.reads,
        "encoder": system.encoder,
        "remarks": system.remarks,
        "packages": system.requirements.read_text(encoding="utf-8").split() if system.own_environment else [],
    }


def _describe_run(run: Run) -> dict[str, Any]:
    schedule = run.system.schedules.get(run.corpus.name)
    return {
        "corpus": run.corpus.name,
        "system": run.system.name,
        "schedule": asdict(schedule) if schedule else None,
        "training_seconds": _read_json(run.model / "seconds.json") if schedule else None,
        "scores": _read_json(run.file("scores")),
        "cost": _read_json(run.file("cost")),
    }


def _call(run: Run, *arguments: object, threads: int | None = None) -> None:
    """Run a system's runner in its own environment, without network, and keep what it says in a log."""
    environ = os.environ | {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    if threads is not None:
        environ["OMP_NUM_THREADS"] = str(threads)
    log = run.file("logs")
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [run.python, str(run.system.script), *map(str, arguments)]
    with log.open("a", encoding="utf-8") as file:
        done = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, env=environ, check=False)
    if done.returncode:
        raise SystemExit(f"{run.name}: {arguments[0]} failed with exit code {done.returncode}; {log} says why")


def _weigh(run: Run) -> float:
    """Return the size on disk of a model in MB, with its encoder where that lies apart."""
    files = [file for file in run.model.rglob("*") if file.is_file()]
    if not run.system.own_environment:
        files.append(find_encoder(run.system.encoder) / "model.safetensors")
    return sum(file.stat().st_size for file in files) / 1e6


def _write_texts(documents: Iterable[Document], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"id": document.id, "text": document.text}) + "\n" for document in documents]
    path.write_text("".join(lines), encoding="utf-8")


def _write_json(value: Any, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _chosen(run: Run, systems: Sequence[str] | None, corpora: Sequence[str] | None) -> bool:
    return (not systems or run.system.name in systems) and (not corpora or run.corpus.name in corpora)


if __name__ == "__main__":
    typer.run(main)
