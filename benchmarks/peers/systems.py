"""Who takes part, and on what: the corpora and the systems of the comparison."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from common import ROOT

import relex
from relex import Document

ENCODER = "sentence-transformers/all-MiniLM-L6-v2"
"""What every system that has an encoder starts from. It is small, so that all of them can be trained to the end."""

MODELS = ROOT / "models"
LEVELS = ("mention", "boundary", "relation-mention", "relation-boundary")


@dataclass(frozen=True)
class Corpus:
    """Documents to train on and to score; paths are below the data directory, or below the project if they begin so.

    `tokenised` texts are single sentences whose tokens are parted by spaces, and are left so. Where gold relates
    entities (`of_entities`), not mentions, a fact is scored between the closest mentions of its ends, on both sides.
    """

    name: str
    title: str
    train: Sequence[str]
    test: Sequence[str]
    format: str | None = None
    tokenised: bool = False
    of_entities: bool = False
    remarks: str = ""

    def read(self, part: str, data: Path) -> list[Document]:
        """Return the documents to train on, or the test documents."""
        paths = self.train if part == "train" else self.test
        return [document for path in paths for document in relex.read(_find(path, data), format=self.format)]


@dataclass(frozen=True)
class Schedule:
    """For how many epochs a system is trained on a corpus, and the learning rate of its encoder."""

    epochs: int
    rate: float


@dataclass(frozen=True)
class System:
    """A library, or a model of relex: how it is run, in which formats it reads and writes, what it can find.

    `schedules` say how it is trained on a corpus, `models` where a trained one lies; other corpora are passed over.
    Without `laid_out` it is given texts as they stand, else a sentence a line with tokens parted by spaces.
    """

    name: str
    title: str
    reads: str
    training_format: str = ""
    output_format: str = ""
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    models: Mapping[str, Path] = field(default_factory=dict)
    runner: str = ""
    max_words: int = 0
    encoder: str = ENCODER
    relations: bool = True
    laid_out: bool = True
    own_environment: bool = True
    remarks: str = ""

    @property
    def script(self) -> Path:
        """The runner, which is run in the system's own environment."""
        return Path(__file__).with_name(f"{self.runner or self.name}_runner.py")

    @property
    def requirements(self) -> Path:
        """The packages of its environment."""
        return Path(__file__).with_name(f"{self.name}.txt")


@dataclass(frozen=True)
class Run:
    """A system on a corpus, and where its things lie."""

    corpus: Corpus
    system: System
    work: Path

    @property
    def name(self) -> str:
        """The name that its files begin with."""
        return f"{self.corpus.name}-{self.system.name}"

    @property
    def model(self) -> Path:
        """The directory of the trained model."""
        return self.system.models.get(self.corpus.name, self.work / "models" / self.name)

    @property
    def is_trained(self) -> bool:
        """Whether there is a model."""
        return (self.model / ("seconds.json" if self.corpus.name in self.system.schedules else "config.json")).is_file()

    @property
    def environment(self) -> Path:
        """The directory of the system's environment."""
        return self.work / "environments" / self.system.name

    @property
    def python(self) -> str:
        """The interpreter that its runner needs."""
        return str(self.environment / "bin" / "python") if self.system.own_environment else sys.executable

    def file(self, kind: str) -> Path:
        """Return the file of one kind: `train`, `predicted`, `scores`, `cost`."""
        return self.work / kind / self.name

    def texts(self, kind: str) -> Path:
        """Return the file of the texts that the system is given: those of `test`, or the `articles`."""
        form = "lines" if self.system.laid_out else "plain"
        return self.work / "texts" / (f"{self.corpus.name}-{form}" if kind == "test" else f"{kind}-{form}")


CORPORA = (
    Corpus(
        "conll04",
        "CoNLL04",
        train=("conll04/conll04_train.json", "conll04/conll04_dev.json"),
        test=("conll04/conll04_test.json",),
        format="conll04",
        tokenised=True,
        remarks="Trained on train and dev together, scored on the 288 test sentences of the standard split.",
    ),
    Corpus(
        "diplomatic",
        "Diplomatic documents",
        train=("diplomatic/train", "benchmarks/corpora/diplomatic/train"),
        test=("benchmarks/corpora/diplomatic/test",),
        of_entities=True,
        remarks="Trained on annotated real documents and on the training part of relex's own corpus, scored on the "
        "test part of the latter. Gold relates entities, and peers relate mentions: on both sides a fact is scored "
        "between the closest mentions of its ends, whatever its status; peers are trained on the same pairs, as far as "
        "the text that they read at once holds both.",
    ),
)

SYSTEMS = (
    System(
        "relex",
        "relex",
        reads="documents",
        output_format="jsonl",
        training_format="jsonl",
        schedules={"conll04": Schedule(12, 1e-3), "diplomatic": Schedule(12, 1e-3)},
        laid_out=False,
        own_environment=False,
        remarks="LoRA; every tenth training document is held out to choose the best epoch and the thresholds.",
    ),
    System(
        "relex-small",
        "relex, released `diplomatic-small`",
        reads="documents",
        output_format="jsonl",
        models={"diplomatic": MODELS / "diplomatic-small"},
        runner="relex",
        laid_out=False,
        own_environment=False,
        remarks="The same encoder and **more training documents** (see its card), for comparison.",
    ),
    System(
        "relex-base",
        "relex, released `diplomatic`",
        reads="documents",
        output_format="jsonl",
        models={"diplomatic": MODELS / "diplomatic"},
        runner="relex",
        encoder="sentence-transformers/all-mpnet-base-v2",
        laid_out=False,
        own_environment=False,
        remarks="A larger encoder, MPNet-base, and **more training documents** (see its card), for comparison.",
    ),
    System(
        "gliner",
        "GLiNER, joint",
        reads="passages of up to 160 words",
        training_format="gliner",
        output_format="gliner",
        schedules={"conll04": Schedule(6, 1e-4), "diplomatic": Schedule(3, 1e-4)},
        max_words=160,
        remarks="Architecture of the published joint checkpoints; all labels in the prompt of every passage, "
        "thresholds of 0.5 as the package has them.",
    ),
    System(
        "span_marker",
        "SpanMarker",
        reads="sentences",
        training_format="bio",
        output_format="bio",
        schedules={"conll04": Schedule(2, 1e-4), "diplomatic": Schedule(1, 1e-4)},
        relations=False,
        remarks="Mentions of up to eight words; nested ones cannot be trained or found.",
    ),
    System(
        "markers",
        "tagger and typed markers",
        reads="sentences",
        training_format="dygie",
        output_format="dygie-predicted",
        schedules={"conll04": Schedule(3, 1e-4), "diplomatic": Schedule(2, 1e-4)},
        remarks="Our own script in plain `transformers`, after PURE: two encoders, one pass a pair of mentions; "
        "no nested mentions, no relation across sentences.",
    ),
    System(
        "spacy_ner",
        "spaCy",
        reads="documents",
        training_format="spacy",
        output_format="spacy",
        schedules={"conll04": Schedule(20, 1e-3), "diplomatic": Schedule(10, 1e-3)},
        encoder="",
        relations=False,
        remarks="Its own `ner` on a blank English pipeline, without a transformer; no relation component comes with "
        "spaCy. Nested mentions cannot be trained or found.",
    ),
)


def _find(path: str, data: Path) -> Path:
    if path.startswith("benchmarks/"):
        return ROOT / path
    found = data / path
    if not found.exists():
        raise SystemExit(f"no {found}; benchmarks/README.md says where to get the data, --data where they lie")
    return found
