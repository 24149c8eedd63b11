"""What every benchmark does: train by a recipe, one model a seed; score the test part; keep what was found as JSON.

A benchmark is a `Benchmark` and `run(BENCHMARK)`:

    python benchmarks/conll04.py train --data DATA --seed 1   # once for each seed; what is trained stays
    python benchmarks/conll04.py score --data DATA            # all trained seeds; writes results/conll04.json

DATA is a directory with a folder a data set; nothing of it is kept but figures and digests.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from provenance import ROOT, describe_machine, hash_documents

import relex
from relex.config import DecodeConfig
from relex.ladder import RUNGS, climb, tell
from relex.metrics import UNSEEN
from relex.report import Report
from relex.seeds import SeedReport
from relex.training.calibration import fit_relations, list_candidates, represent_documents
from relex.weights import hash_file

HERE = Path(__file__).parent
RESULTS = HERE / "results"
DATA = ROOT.parent / "shared" / "data"
RUNS = ROOT / "runs" / "bench"

HELD_OUT = 10
"""One document in so many is held out where a data set has no dev part of its own."""

END_TO_END, GOLD_MENTIONS, GOLD_ENTITIES, GOLD_PAIRS = RUNGS
"""The settings that figures are given in, by how much of gold the model is told."""

TOLD = (GOLD_ENTITIES, GOLD_PAIRS)


DataOption = Annotated[Path, typer.Option(help="The directory with a folder a data set.")]
RunsOption = Annotated[Path, typer.Option(help="Where trained models lie.")]


@dataclass(frozen=True)
class Parts:
    """The documents of a data set. Without `train` the recipe names the files; without `dev` some are held out.

    `score` gives a report for every setting; without it there is one for every rung of the ladder.
    """

    test: Sequence[relex.Document]
    train: Sequence[relex.Document] | None = None
    dev: Sequence[relex.Document] | None = None
    score: Callable[[relex.Extractor, Sequence[relex.Document]], Mapping[str, Report]] | None = None


@dataclass(frozen=True)
class Figure:
    """A number to report: the F1 of a level in a setting."""

    title: str
    level: str
    setting: str = END_TO_END
    average: str = "micro"


@dataclass(frozen=True)
class Published:
    """What others report in the same setting, by the title of the figure, in points."""

    system: str
    encoder: str
    figures: Mapping[str, float]
    note: str = ""


@dataclass(frozen=True)
class Benchmark:
    """A data set, how it is read and scored, and what others reach on it.

    An epoch sees every training document `passes` times: where they are few, scoring dev after every single pass would
    take longer than learning.
    """

    name: str
    title: str
    setting: str
    source: str
    licence: str
    read: Callable[[Path], Parts]
    figures: Sequence[Figure]
    published: Sequence[Published]
    aims: Mapping[str, float] = field(default_factory=dict)
    remarks: str = ""
    passes: int = 1

    @property
    def recipe(self) -> relex.Recipe:
        """The recipe that the models are trained by, but for the seed."""
        return relex.Recipe.read(HERE / "recipes" / f"{self.name}.toml")

    def where(self, data: Path) -> Path:
        """Return the folder of the data; say where to get them if it is not there."""
        folder = data / self.name.partition("-")[0]
        if not folder.is_dir():
            raise SystemExit(f"no {folder}: get the data from {self.source} (licence: {self.licence})")
        return folder


def run(benchmark: Benchmark) -> None:
    """Run the command line of a benchmark."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, help=benchmark.title)

    @app.command()
    def train(
        data: DataOption = DATA,
        runs: RunsOption = RUNS,
        seed: Annotated[int, typer.Option(help="The seed.")] = 1,
    ) -> None:
        """Train one model, unless there is one of that seed."""
        train_seed(benchmark, data=data, runs=runs, seed=seed)

    @app.command()
    def score(data: DataOption = DATA, runs: RunsOption = RUNS) -> None:
        """Score the models of all seeds on the test part and write the record."""
        write_record(benchmark.name, score_seeds(benchmark, data=data, runs=runs))

    app()


def train_seed(benchmark: Benchmark, *, data: Path, runs: Path, seed: int) -> None:
    """Train the model of one seed into its directory under `runs`."""
    folder = benchmark.where(data)
    output = runs / f"{benchmark.name}-{seed}"
    if (output / "metrics.json").is_file():
        print(f"{output} is trained")
        return
    os.environ["RELEX_DATA"] = str(data)
    parts = benchmark.read(folder)
    # Rare relations, or types at their ends, may occur in the dev part alone.
    schema = None if parts.train is None else relex.infer_schema([*parts.train, *(parts.dev or ())])
    recipe = replace(benchmark.recipe, seed=seed)
    resumed = (output / "checkpoints").is_dir()
    started = time.monotonic()
    train = None if parts.train is None else [*parts.train] * benchmark.passes
    relex.train(recipe, train=train, dev=parts.dev, schema=schema, output=output, resume=True, progress=False)
    # Of a training that was interrupted this is the last part alone.
    if not resumed:
        (output / "seconds.json").write_text(json.dumps(round(time.monotonic() - started)), encoding="utf-8")


def list_trained(benchmark: Benchmark, runs: Path) -> dict[int, Path]:
    """Return the directories of the trained models of a benchmark by their seeds; all must be of its recipe."""
    found = {
        int(path.name.rpartition("-")[2]): path
        for path in runs.glob(f"{benchmark.name}-[0-9]*")
        if (path / "metrics.json").is_file()
    }
    for seed, path in found.items():
        if relex.Recipe.read(path / "recipe.toml") != replace(benchmark.recipe, seed=seed):
            raise SystemExit(f"{path} was trained by another recipe; move it away and run train --seed {seed}")
    return dict(sorted(found.items()))


def score_seeds(benchmark: Benchmark, *, data: Path, runs: Path) -> dict[str, Any]:
    """Return the record of a benchmark: figures of every trained seed, mean and deviation, what they rest on."""
    parts = benchmark.read(benchmark.where(data))
    test = parts.test
    seen = parts.train if any(figure.level == UNSEEN for figure in benchmark.figures) else None
    trained = list_trained(benchmark, runs)
    if not trained:
        raise SystemExit(f"no trained model {benchmark.name}-SEED in {runs}; run train first")
    given = parts.score is None and any(figure.setting in TOLD for figure in benchmark.figures)
    told = (parts.dev or ()) if given else ()
    runs_by_seed: dict[str, Mapping[str, Report]] = {}
    for seed, path in trained.items():
        extractor = relex.load(path)
        reports = parts.score(extractor, test) if parts.score else score_rungs(extractor, test, seen=seen, dev=told)
        runs_by_seed[str(seed)] = reports
        rates = {own.title: reports[own.setting].rates(own.level, average=own.average) for own in benchmark.figures}
        print(path.name, {title: round(own.f1, 4) for title, own in rates.items()}, flush=True)
    return {
        "title": benchmark.title,
        "setting": benchmark.setting,
        "source": benchmark.source,
        "licence": benchmark.licence,
        "remarks": benchmark.remarks,
        "aims": dict(benchmark.aims),
        "published": [asdict(own) for own in benchmark.published],
        "n_test": len(test),
        "test_sha256": hash_documents(test),
        "recipe": benchmark.recipe.to_dict(),
        "passes": benchmark.passes,
        "calibrated_on_told": bool(told),
        "seeds": [_describe_run(seed, path) for seed, path in trained.items()],
        "figures": {figure.title: _summarise(figure, runs_by_seed) for figure in benchmark.figures},
    }


def score_rungs(
    extractor: relex.Extractor,
    gold: Sequence[relex.Document],
    *,
    seen: Sequence[relex.Document] | None = None,
    dev: Sequence[relex.Document] = (),
) -> dict[str, Report]:
    """Return the report of every setting, from end to end to gold pairs; `seen` are the documents trained on.

    Types of the test part that training never had are scored too, and missed. With `dev` documents, relations are
    calibrated anew for the settings where entities are given: a pair of true entities is likelier to be related than
    one of entities that may be wrong.
    """
    told = calibrate_told(extractor, dev) if dev else None
    ladder = climb(extractor, gold, schema=relex.infer_schema(gold), seen=seen, told=told)
    return dict(zip(RUNGS, ladder.reports, strict=True))


def calibrate_told(extractor: relex.Extractor, dev: Sequence[relex.Document]) -> DecodeConfig:
    """Return the extractor's settings with relations calibrated on documents whose entities it is told."""
    analyses = []
    for document, (encoded, words) in zip(dev, represent_documents(dev, extractor), strict=True):
        known = tell(document, encoded, extractor.schema)
        analyses.append(extractor.analyse(document, encoded, words, known=known))
    return fit_relations(list_candidates(dev, extractor, analyses), extractor.schema, extractor.config)


def write_record(name: str, record: Mapping[str, Any]) -> None:
    """Write what was found, and on what it was found, to results/NAME.json."""
    RESULTS.mkdir(exist_ok=True)
    full = {"name": name, **describe_machine(), **record}
    text = json.dumps(full, indent=1, ensure_ascii=False, sort_keys=False) + "\n"
    (RESULTS / f"{name}.json").write_text(text, encoding="utf-8")
    print(f"wrote results/{name}.json")


def _summarise(figure: Figure, runs: Mapping[str, Mapping[str, Report]]) -> dict[str, Any]:
    """Return a figure of every seed, and their mean with deviation and interval if there are several."""
    reports = {seed: own[figure.setting] for seed, own in runs.items()}
    oracle = f"|oracle:{figure.setting.replace(' ', '-')}"
    values = []
    for seed, report in reports.items():
        interval = report.interval(figure.level, average=figure.average)
        bounds = [interval.low, interval.high]
        values.append(
            {"seed": seed, "f1": interval.point, "interval": bounds, "signature": interval.signature + oracle}
        )
    if len(values) == 1:
        summary: dict[str, Any] = {"mean": values[0]["f1"], "deviation": None}
    else:
        mean = SeedReport(reports).interval(figure.level, average=figure.average)
        summary = {"mean": mean.point, "deviation": mean.deviation, "interval": [mean.low, mean.high]}
        summary["signature"] = mean.signature + oracle
    last = reports[list(reports)[-1]].to_dict()["levels"][figure.level]
    return {**summary, "seeds": values, "types": {"seed": values[-1]["seed"], **last.get("types", {})}}


def _describe_run(seed: int, path: Path) -> dict[str, Any]:
    metrics = json.loads((path / "metrics.json").read_text(encoding="utf-8"))
    seconds = path / "seconds.json"
    return {
        "seed": seed,
        "best_epoch": metrics["best_epoch"],
        "data": [own["sha256"] for own in metrics["data"]],
        "dev": metrics["dev"],
        "seconds": json.loads(seconds.read_text(encoding="utf-8")) if seconds.is_file() else None,
        "weights_sha256": hash_file(path / "model.safetensors"),
    }
