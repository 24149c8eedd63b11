"""The comparison with other libraries: what they are given, what is measured and reported."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import relex
from relex import Document, Mention, Relation

ROOT = Path(__file__).parents[1] / "benchmarks"
sys.path[:0] = [str(ROOT), str(ROOT / "peers")]

import page  # noqa: E402
import run as peers  # noqa: E402
import runner  # noqa: E402
from systems import CORPORA, SYSTEMS, Schedule, System  # noqa: E402


class Clock:
    """Time that passes only while a predictor reads: a second a text."""

    def __init__(self) -> None:
        self.now = 100.0

    def read(self) -> float:
        return self.now


def test_cost_is_measured_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    seen: list[int] = []

    def load() -> runner.Predict:
        clock.now += 5

        def predict(texts: Any) -> list[None]:
            seen.append(len(texts))
            clock.now += sum(len(text.text.split()) for text in texts) / 4
            return [None] * len(texts)

        return predict

    monkeypatch.setattr(runner.time, "time", clock.read)
    monkeypatch.setattr(runner.time, "perf_counter", clock.read)
    texts = [runner.Text(str(i), "w " * n) for i, n in enumerate([4] * 19 + [40, 4])]
    cost = runner.measure(load, texts, started=97.0)
    assert cost["cold_start"] == 3 + 5 + 1
    assert (cost["documents"], cost["documents_per_second"]) == (21, 21 / 30)
    assert cost["latency_p50"] == 1
    assert 1 <= cost["latency_p95"] < 10
    assert cost["peak_mb"] > 1
    assert seen == [1, *[1] * runner.N_LATENCIES, 21]


def _dump(value: Any, path: Path) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


def test_the_command_line_of_a_runner_trains_and_writes_answers(tmp_path: Path) -> None:
    calls: list[Any] = []
    own = runner.Runner(
        train=lambda data, out, settings: calls.append((data, out, settings)),
        load=lambda model: lambda texts: [text.text.upper() for text in texts],
        write=lambda texts, answers, path: (
            path.write_text(json.dumps([[t.id, a] for t, a in zip(texts, answers, strict=True)])) and None
        ),
    )
    runner.main(own, ["train", "d", "o", "--encoder", "e", "--epochs", "3", "--rate", "1e-4", "--seed", "7"])
    assert calls == [(Path("d"), Path("o"), runner.Settings("e", 3, 1e-4, 7))]
    runner.main(own, ["train", "d", "o", "--epochs", "1", "--rate", "1", "--bfloat16"])
    assert calls[1][2] == runner.Settings("", 1, 1.0, 1, bfloat16=True)
    (tmp_path / "in").write_text('{"id": "1", "text": "a"}\n{"id": "2", "text": "b"}\n')
    runner.main(own, ["predict", "m", str(tmp_path / "in"), str(tmp_path / "out")])
    assert json.loads((tmp_path / "out").read_text()) == [["1", "A"], ["2", "B"]]
    runner.main(own, ["cost", "m", str(tmp_path / "in"), str(tmp_path / "cost"), "--started", "0"])
    assert json.loads((tmp_path / "cost").read_text())["documents"] == 2


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_every_system_has_its_runner_its_packages_and_formats(system: System) -> None:
    assert system.script.is_file()
    assert relex.formats.FORMATS[system.output_format].iterate
    if system.schedules:
        assert relex.formats.FORMATS[system.training_format].write
    if system.own_environment:
        lines = system.requirements.read_text(encoding="utf-8").split()
        assert lines
        assert all(line.count("==") == 1 for line in lines)
    assert {*system.schedules, *system.models} <= {corpus.name for corpus in CORPORA}
    assert not {*system.schedules} & {*system.models}


def test_runners_of_other_environments_do_not_need_relex() -> None:
    for system in SYSTEMS:
        if system.own_environment:
            assert "import relex" not in system.script.read_text(encoding="utf-8")
            assert "from relex" not in system.script.read_text(encoding="utf-8")
    code = "import runner, sys; print(sorted({'relex', 'torch'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "peers", capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# A peer that tags every capitalised word and relates neighbours, as a runner of the standard library alone.
FAKE = """
import json, re, sys
from pathlib import Path
from runner import Runner, main

def train(data, out, settings):
    examples = json.loads(Path(data).read_text())
    Path(out, "labels").write_text(json.dumps(sorted({item[2] for e in examples for item in e["ner"]})))
    Path(out, "checkpoints").mkdir()

def load(model):
    (label,) = json.loads(Path(model, "labels").read_text())
    def predict(texts):
        answers = []
        for text in texts:
            found = [{"start": m.start(), "end": m.end(), "text": m[0], "label": label, "score": 0.9}
                     for m in re.finditer("[A-Z][a-z]+", text.text)]
            related = [{"head": a, "tail": b, "relation": "knows", "score": 0.8} for a, b in zip(found, found[1:])]
            answers.append({"entities": found, "relations": related})
        return answers
    return predict

def write(texts, answers, path):
    Path(path).write_text(json.dumps([{"id": t.id, "text": t.text, **a} for t, a in zip(texts, answers)]))

main(Runner(train, load, write))
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[peers.Run]:
    """A run of the fake peer on two documents."""
    mentions = [Mention(0, 3, "X", ("a",)), Mention(4, 9, "X", ("m",)), Mention(14, 16, "X", ("b",))]
    relations = (Relation("a", "knows", "m"), Relation("m", "hates", "b"))
    document = Document("t", "Ann-Marie saw Bo.", tuple(mentions), relations)
    (tmp_path / "data").mkdir()
    relex.write([document, replace(document, id="u")], tmp_path / "data" / "all.jsonl")
    script = tmp_path / "fake_runner.py"
    script.write_text(FAKE, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "peers"))
    monkeypatch.setattr(System, "script", property(lambda self: script))
    monkeypatch.setattr(peers, "find_encoder", lambda name: tmp_path)
    corpus = replace(CORPORA[1], name="own", train=("all.jsonl",), test=("all.jsonl",))
    system = System(
        "fake", "Fake", reads="sentences", training_format="gliner", output_format="gliner",
        schedules={"own": Schedule(1, 1e-3)}, own_environment=False,
    )  # fmt: skip
    return peers.Run(corpus, system, tmp_path / "work")


def test_a_peer_is_trained_run_and_scored_on_the_texts_of_gold(fake: peers.Run, tmp_path: Path) -> None:
    peers.prepare(fake, tmp_path / "data")
    peers.train(fake)
    assert fake.is_trained
    assert not (fake.model / "checkpoints").exists()
    peers.predict(fake)
    peers.score(fake, tmp_path / "data")
    scores = json.loads(fake.file("scores").read_text())
    assert scores["mention"]["f1"] == 1
    # Of the two relations of each document the peer finds one, and invents one.
    assert scores["relation-mention"]["f1"] == 0.5
    assert (scores["relation-mention"]["gold"], scores["relation-mention"]["predicted"]) == (4, 4)
    assert scores["relation-mention"]["signature"].startswith("relation-mention")


@pytest.mark.parametrize(("precision", "is_asked_for"), [(torch.bfloat16, True), (torch.float32, False)])
def test_peers_compute_in_what_the_processor_multiplies_fast(
    fake: peers.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: torch.dtype, is_asked_for: bool
) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(peers, "choose_precision", {"auto": precision}.__getitem__)
    monkeypatch.setattr(peers, "_call", lambda run, *arguments: asked.append("--bfloat16" in arguments))
    fake.model.mkdir(parents=True)
    peers.train(fake)
    assert asked == [is_asked_for]


def test_what_is_done_is_not_done_again(fake: peers.Run, tmp_path: Path) -> None:
    peers.prepare(fake, tmp_path / "data")
    peers.train(fake)
    peers.predict(fake)
    fake.system.script.write_text("raise SystemExit(3)", encoding="utf-8")
    peers.train(fake)
    peers.predict(fake)
    fake.file("predicted").unlink()
    with pytest.raises(SystemExit, match=r"own-fake: predict failed with exit code 3; .*logs"):
        peers.predict(fake)


def test_no_annotation_of_the_test_part_reaches_a_peer(fake: peers.Run, tmp_path: Path) -> None:
    # Its only mention lies over the end of a sentence, which would be seen if the text were laid out with it.
    gold = Document("g", "He led Acme Inc! Of Rome.", (Mention(7, 24, "X", ("a",)),))
    relex.write([gold], tmp_path / "data" / "all.jsonl")
    peers.prepare(fake, tmp_path / "data")
    (line,) = fake.texts("test").read_text().splitlines()
    assert json.loads(line) == {"id": "g", "text": "He led Acme Inc !\nOf Rome ."}


def test_costs_are_of_articles_of_about_400_words() -> None:
    articles = peers.choose_articles()
    assert len(articles) == peers.N_ARTICLES
    assert all(350 <= len(article.text.split()) <= 450 and not article.mentions for article in articles)


def test_an_unknown_step_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="unknown step fly; known: install, prepare"):
        peers.main(data=tmp_path, work=tmp_path, only=["fly"])


SCORES = {
    "mention": {"f1": 0.5, "interval": [0.4, 0.6], "signature": "mention|s"},
    "boundary": {"f1": 0.75, "interval": [0.7, 0.8], "signature": "boundary|s"},
}
COST = {
    "words_per_second": 1234.5,
    "documents_per_second": 3.0,
    "latency_p50": 0.25,
    "latency_p95": 0.5,
    "cold_start": 2.04,
    "peak_mb": 900.4,
    "model_mb": 88.2,
    "threads": 1,
}
CORPUS = {"title": "K", "remarks": "R.", "n_train": 1, "n_test": 2, "train_sha256": "a" * 64, "test_sha256": "b" * 64}
SCHEDULE = {"epochs": 2, "rate": 1e-4}
RECORD: dict[str, Any] = {
    "commit": "c" * 40,
    "date": "2026-01-01",
    "versions": {"python": "3.11", "relex": "1"},
    "machine": {"processor": "P", "n_cores": 2, "precision": "float32"},
    "encoder": "e",
    "seed": 1,
    "corpora": {"k": CORPUS},
    "systems": {
        "x": {"title": "X", "reads": "sentences", "encoder": "e", "remarks": "M.", "packages": ["x==1"]},
        "y": {"title": "Y", "reads": "documents", "encoder": "", "remarks": "N.", "packages": []},
    },
    "runs": [
        {"corpus": "k", "system": "x", "schedule": SCHEDULE, "training_seconds": 120, "scores": SCORES, "cost": None},
        {"corpus": "k", "system": "y", "schedule": None, "training_seconds": None, "scores": None, "cost": COST},
    ],
}


def test_the_page_shows_what_the_record_has_and_says_what_it_lacks() -> None:
    text = "\n\n".join(page.write_page(RECORD))
    assert "| X | sentences | 50.0 (40.0–60.0) | 75.0 (70.0–80.0) |  |  |  |  |  |  |  |  |  |\n" in text
    assert "| Y | documents | not run |  |  |  | 3.00 | 0.25 | 0.50 | 2.0 | 900 | 88 | 1 |\n" in text
    assert "K 2 epochs at 0.0001 (2 minutes)" in text
    assert "Packages: x==1." in text
    assert "- Machine: P, 2 cores, 1 of them used, in float32; python 3.11, relex 1; commit" in text
    assert "k, x, boundary: boundary|s" in text


def test_the_page_is_that_of_the_record() -> None:
    record, text = ROOT / "results" / "peers.json", ROOT / "pages" / "peers.md"
    if not record.is_file():
        assert not text.exists()
        return
    made = "\n\n".join(page.write_page(json.loads(record.read_text(encoding="utf-8")))) + "\n"
    assert made == text.read_text(encoding="utf-8"), "type: python benchmarks/peers/page.py"
