"""Training: what it learns, that it repeats itself, goes on after a kill, and fails loudly."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file
from torch import Tensor

import tiny
from models import BY_HEART, disturb, eager, learn_by_heart, make_batch, make_model, make_recipe
from relex import training
from relex.config import Corpus, Recipe
from relex.document import Document, Mention
from relex.errors import ConfigError, FormatError, InputError, SchemaError, TrainingError, WeightsError
from relex.evaluation import evaluate
from relex.extractor import Extractor
from relex.formats import write
from relex.loading import load
from relex.schema import builtin_schema
from relex.training import trainer
from relex.training.card import write_card
from relex.training.objective import compute_losses, mix_predicted
from relex.training.trainer import PieceSampler, RelexTrainer
from relex.weights import hash_file

MAIN = builtin_schema()
BARE = tuple(Document(d.id, d.text) for d in tiny.DOCUMENTS)


def fit(recipe: Recipe, output: Path, **arguments: Any) -> Extractor:
    """Train quietly, on the tiny documents unless told otherwise."""
    values = {"train": tiny.DOCUMENTS, "dev": tiny.DOCUMENTS, "schema": MAIN, "progress": False} | arguments
    return training.train(recipe, output=output, **values)


def weights_of(directory: Path) -> dict[str, Tensor]:
    return load_file(directory / "model.safetensors")


def differing(one: Path, other: Path) -> list[str]:
    """Return the names of the weights that are not the same to the last bit."""
    a, b = weights_of(one), weights_of(other)
    assert a.keys() == b.keys()
    return [name for name in a if not torch.equal(a[name], b[name])]


def metrics_of(directory: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((directory / "metrics.json").read_text())
    return found


@pytest.fixture(scope="module")
def once(encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a model trained for ten epochs, what other runs are compared with."""
    directory = tmp_path_factory.mktemp("once") / "model"
    fit(make_recipe(encoder), directory)
    return directory


class TestLearning:
    def assert_learnt(self, extractor: Extractor) -> None:
        report = evaluate(tiny.DOCUMENTS, list(extractor.pipe(tiny.DOCUMENTS)))
        for level in ("mention", "entity", "group", "relation", "relation+status"):
            assert report.micro(level).f1 == 1, level

    def test_four_documents_are_learnt_by_heart_with_an_adapter(self, learnt: Path) -> None:
        self.assert_learnt(load(learnt, precision="float32"))

    def test_four_documents_are_learnt_by_heart_with_the_whole_encoder(self, encoder: Path, tmp_path: Path) -> None:
        self.assert_learnt(learn_by_heart(encoder, tmp_path, adaptation="full"))


class TestRepeating:
    def test_the_same_recipe_gives_the_same_model(self, once: Path, encoder: Path, tmp_path: Path) -> None:
        fit(make_recipe(encoder), tmp_path)
        assert differing(once, tmp_path) == []
        assert metrics_of(once) == metrics_of(tmp_path)

    def test_another_seed_gives_another_model(self, once: Path, encoder: Path, tmp_path: Path) -> None:
        fit(make_recipe(encoder, seed=2), tmp_path)
        assert differing(once, tmp_path) != []

    def test_every_epoch_draws_its_own_batches(
        self, encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        epochs: list[int] = []
        draw = PieceSampler.__iter__

        def spy(sampler: PieceSampler) -> Iterator[list[int]]:
            epochs.append(sampler.epoch)
            return draw(sampler)

        monkeypatch.setattr(PieceSampler, "__iter__", spy)
        fit(make_recipe(encoder), tmp_path)
        assert epochs == list(range(10))


class TestTelling:
    @pytest.mark.parametrize("progress", [False, True])
    @pytest.mark.parametrize("adaptation", ["lora", "full"])
    def test_losses_go_to_standard_error_and_nothing_to_standard_output(
        self,
        adaptation: str,
        progress: bool,
        encoder: Path,
        tmp_path: Path,
        capfd: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        recipe = make_recipe(encoder, epochs=2, model={"adaptation": adaptation})
        monkeypatch.setattr(training, "_check_learnt", lambda _: None)
        monkeypatch.setattr(training, "_calibrate", stop)
        warnings: list[str] = []
        monkeypatch.setattr(transformers.trainer.logger, "warning", lambda message, *_: warnings.append(message))
        with pytest.raises(TrainingError, match="stopped"):
            fit(recipe, tmp_path, progress=progress)
        told = capfd.readouterr()
        assert told.out == ""
        assert told.err.count("'eval_score'") == 2
        assert warnings == []
        assert ("100%" in told.err) == progress


def stop(*_: Any) -> None:
    """End a training before its calibration."""
    raise TrainingError("stopped")


class Killed(BaseException):
    """What no code of the project catches, as a signal would be."""


class TestResuming:
    @pytest.mark.parametrize("step", [13, 16])
    def test_after_a_kill_the_model_is_the_same(
        self, step: int, once: Path, encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.kill_at(step, monkeypatch)
        with pytest.raises(Killed):
            fit(make_recipe(encoder), tmp_path)
        assert not (tmp_path / "model.safetensors").exists()
        assert list((tmp_path / "checkpoints").glob("checkpoint-*"))
        steps = self.kill_at(None, monkeypatch)
        fit(make_recipe(encoder), tmp_path, resume=True)
        assert 0 < min(steps) <= step, "training began anew"
        assert differing(once, tmp_path) == []
        assert metrics_of(once)["scores"] == metrics_of(tmp_path)["scores"]

    def test_after_a_kill_in_calibration_nothing_is_trained_again(
        self, once: Path, encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def killed(*_: Any) -> None:
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(training, "_calibrate", killed)
            with pytest.raises(Killed):
                fit(make_recipe(encoder), tmp_path)
        steps = self.kill_at(None, monkeypatch)
        fit(make_recipe(encoder), tmp_path, resume=True)
        assert steps == []
        assert differing(once, tmp_path) == []
        assert metrics_of(once) == metrics_of(tmp_path)

    def test_with_nothing_to_go_on_from_training_begins(self, once: Path, encoder: Path, tmp_path: Path) -> None:
        fit(make_recipe(encoder), tmp_path, resume=True)
        assert differing(once, tmp_path) == []

    def test_what_another_run_left_plays_no_part(
        self, once: Path, encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.kill_at(25, monkeypatch)
        with pytest.raises(Killed):
            fit(make_recipe(encoder, seed=9, epochs=20), tmp_path)
        self.kill_at(None, monkeypatch)
        fit(make_recipe(encoder), tmp_path)
        assert differing(once, tmp_path) == []

    @staticmethod
    def kill_at(step: int | None, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """End training when it comes to a step; return the list that the steps done are written to."""
        steps: list[int] = []
        original = STEP

        def count(self: RelexTrainer, *args: Any) -> Tensor:
            if self.state.global_step == step:
                raise Killed
            steps.append(self.state.global_step)
            return original(self, *args)

        monkeypatch.setattr(RelexTrainer, "training_step", count)
        return steps


STEP = RelexTrainer.training_step


class TestDirectory:
    def test_holds_all_there_is_to_say_and_nothing_else(self, once: Path, encoder: Path) -> None:
        names = {"config.json", "schema.toml", "recipe.toml", "metrics.json", "model.safetensors", "README.md"}
        assert {path.name for path in once.iterdir()} == names
        assert Recipe.read(once / "recipe.toml") == make_recipe(encoder)
        card = (once / "README.md").read_text()
        assert "# tiny" in card
        assert "full fine-tuning" in card

    def test_the_encoder_is_named_by_its_hash(self, once: Path, encoder: Path, tmp_path: Path) -> None:
        sha256 = hash_file(encoder / "model.safetensors")
        assert json.loads((once / "config.json").read_text())["architecture"]["encoder_sha256"] == sha256
        assert f"SHA-256 `{sha256[:16]}…`" in (once / "README.md").read_text()
        other = tiny.write_encoder(tmp_path / "other", seed=7)
        with pytest.raises(WeightsError, match="has SHA-256"):
            load(once, encoder=other)

    def test_the_card_loads_the_model_by_the_name_that_the_user_gave_its_directory(self, once: Path) -> None:
        report, metrics = evaluate(tiny.DOCUMENTS, tiny.DOCUMENTS), metrics_of(once)
        recipe = Recipe(name="tiny")
        for given, told in (("my-model", "my-model"), (Path("runs/8"), "runs/8"), ("/home/me/my-model", "my-model")):
            card = write_card(recipe.model, recipe, report, metrics, directory=given)
            assert f'relex.load("{told}")' in card
            assert "changed" not in card
        changed = replace(recipe, changes={"title-case": 0.05, "joined": 0.1})
        card = write_card(recipe.model, changed, report, metrics, directory="m")
        assert "| changed | documents, in a share of the epochs: title-case 5 %, joined 10 % |" in card
        assert 'relex.load("model")' in (once / "README.md").read_text()

    def test_metrics_name_data_and_signatures(self, once: Path) -> None:
        metrics = metrics_of(once)
        assert [(data["path"], data["n_documents"]) for data in metrics["data"]] == [("documents", 4)]
        assert len(metrics["data"][0]["sha256"]) == len(metrics["dev"]) == 64
        assert len(metrics["history"]) == 10
        assert (
            max(e["eval_score"] for e in metrics["history"])
            == metrics["history"][metrics["best_epoch"] - 1]["eval_score"]
        )
        assert "relation|match:entity" in json.dumps(metrics["scores"])

    def test_the_epoch_that_is_kept_is_the_best_or_the_last(
        self, once: Path, encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for keep in ("best", "last"):
            scores = iter((*[0.1] * 8, 0.9, 0.5))
            monkeypatch.setattr(trainer, "score_documents", lambda *_, own=scores: {"mention": 1.0, "score": next(own)})
            fit(make_recipe(encoder, keep=keep), tmp_path / keep)
        best, last = (metrics_of(tmp_path / keep)["best_epoch"] for keep in ("best", "last"))
        assert (best, last) == (9, 10)
        assert differing(tmp_path / "best", tmp_path / "last") != []
        card = (tmp_path / "last" / "README.md").read_text()
        assert "10 epochs, the last kept" in card
        assert "Thresholds and calibration were chosen on these documents" in card

    def test_the_extractor_returned_is_the_one_that_is_loaded(self, encoder: Path, tmp_path: Path) -> None:
        trained = fit(make_recipe(encoder), tmp_path)
        loaded = load(tmp_path, precision="float32")
        for one, other in zip(trained.pipe(tiny.DOCUMENTS), loaded.pipe(tiny.DOCUMENTS), strict=True):
            assert one.to_dict() == other.to_dict()
        assert trained.info() == loaded.info()

    def test_the_scores_told_are_those_of_the_model_saved(self, learnt: Path) -> None:
        found = list(load(learnt, precision="float32").pipe(tiny.DOCUMENTS))
        assert metrics_of(learnt)["scores"] == json.loads(
            json.dumps(evaluate(tiny.DOCUMENTS, found, schema=MAIN).to_dict())
        )


class TestCorpora:
    @pytest.fixture
    def files(self, tmp_path: Path) -> dict[str, str]:
        write(tiny.DOCUMENTS, tmp_path / "main.jsonl")
        write(tiny.PLAIN_DOCUMENTS, tmp_path / "plain.jsonl")
        (tmp_path / "plain.toml").write_text(tiny.PLAIN_SCHEMA.to_toml())
        return {name: str(tmp_path / name) for name in ("main.jsonl", "plain.jsonl", "plain.toml")}

    def recipe(self, encoder: Path, files: dict[str, str], **changes: Any) -> Recipe:
        corpora = (
            Corpus(path=files["main.jsonl"], head="main", schema="diplomatic"),
            Corpus(path=files["plain.jsonl"], head="plain", schema=files["plain.toml"], weight=0.5),
        )
        return make_recipe(encoder, **({"corpora": corpora, "dev": files["main.jsonl"]} | changes))

    def test_have_heads_of_their_own(self, encoder: Path, files: dict[str, str], tmp_path: Path) -> None:
        output = tmp_path / "model"
        extractor = fit(self.recipe(encoder, files, keep_heads=True), output, train=None, dev=None, schema=None)
        assert extractor.schema == MAIN
        heads = {name.split(".")[1] for name in weights_of(output) if name.startswith("heads.")}
        assert heads == {"main", "plain"}
        assert [data["weight"] for data in metrics_of(output)["data"]] == [1.0, 0.5]

    def test_only_the_target_is_released_unless_asked(
        self, encoder: Path, files: dict[str, str], tmp_path: Path
    ) -> None:
        output = tmp_path / "model"
        recipe = self.recipe(encoder, files, target="plain", dev=files["plain.jsonl"], epochs=30)
        extractor = fit(recipe, output, train=None, dev=None, schema=None)
        assert extractor.schema == tiny.PLAIN_SCHEMA
        assert {name.split(".")[1] for name in weights_of(output) if name.startswith("heads.")} == {"plain"}

    def test_paths_may_hold_variables(
        self, encoder: Path, files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TINY", str(tmp_path))
        corpora = (Corpus(path="$TINY/main.jsonl", schema="diplomatic"),)
        recipe = make_recipe(encoder, corpora=corpora, dev="$TINY/main.jsonl")
        path = tmp_path / "recipe.toml"
        path.write_text(recipe.to_toml())
        fit(path, tmp_path / "model", train=None, dev=None, schema=None)  # type: ignore[arg-type]
        assert metrics_of(tmp_path / "model")["data"][0]["path"] == "$TINY/main.jsonl"

    def test_a_schema_is_inferred_unless_given(self, encoder: Path, tmp_path: Path) -> None:
        extractor = fit(make_recipe(encoder), tmp_path, schema=None)
        assert set(extractor.schema.mention_names) == {m.type for d in tiny.DOCUMENTS for m in d.mentions}

    def test_a_schema_of_ones_own_may_be_given_as_such(self, encoder: Path, tmp_path: Path) -> None:
        own = replace(MAIN, name="mine", mention_types=MAIN.mention_types[::-1])
        assert fit(make_recipe(encoder), tmp_path, schema=own).schema == own

    def test_a_schema_without_relations_will_do(self, encoder: Path, tmp_path: Path) -> None:
        named = [Document(d.id, d.text, tuple(replace(m, type="NAME") for m in d.mentions)) for d in tiny.DOCUMENTS]
        recipe = make_recipe(encoder, epochs=20)
        extractor = fit(recipe, tmp_path, train=named, dev=named, schema=tiny.WITHOUT_RELATIONS)
        found = list(extractor.pipe(tiny.DOCUMENTS))
        assert any(document.mentions for document in found)
        assert not any(document.relations for document in found)

    def test_every_tenth_document_is_held_out_if_there_are_no_others(
        self, encoder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        copies = [replace(d, id=f"{d.id}-{i}") for i in range(3) for d in tiny.DOCUMENTS]
        # What the documents held out have alone is part of the schema too.
        rare = replace(copies[0].relations[0], type="rare")
        copies[0] = replace(copies[0], relations=(*copies[0].relations, rare))
        with caplog.at_level(logging.WARNING):
            extractor = fit(make_recipe(encoder), tmp_path, train=copies, dev=None, schema=None)
        assert "rare" in extractor.schema.relation_names
        assert "no development documents: 2 of 12 training documents are held out" in caplog.text
        assert metrics_of(tmp_path)["n_dev"] == 2
        assert metrics_of(tmp_path)["data"][0]["n_documents"] == 10


class TestInit:
    def recipe(self, encoder: Path, init: Path, **changes: Any) -> Recipe:
        still = {"epochs": 1, "encoder_rate": 0.0, "head_rate": 0.0, "model": BY_HEART}
        return make_recipe(encoder, init=str(init), **(still | changes))

    def test_training_goes_on_from_a_trained_model(self, learnt: Path, encoder: Path, tmp_path: Path) -> None:
        fit(self.recipe(encoder, learnt), tmp_path)
        assert differing(learnt, tmp_path) == []

    def test_heads_of_another_schema_begin_anew(self, learnt: Path, encoder: Path, tmp_path: Path) -> None:
        # The same types in another order are other labels.
        other = replace(MAIN, mention_types=MAIN.mention_types[::-1])
        recipe = self.recipe(encoder, learnt, epochs=60, encoder_rate=0.0, head_rate=1e-2)
        fit(recipe, tmp_path, schema=other)
        changed = differing(learnt, tmp_path)
        assert any(name.startswith("heads.") for name in changed)
        assert not any(name.startswith("encoder.") for name in changed)

    def test_a_model_that_is_not_there_or_does_not_fit_is_an_error(
        self, learnt: Path, encoder: Path, tmp_path: Path
    ) -> None:
        with pytest.raises(ConfigError, match=r"cannot read the weights of .*; train it first"):
            fit(self.recipe(encoder, tmp_path / "nowhere"), tmp_path)
        with pytest.raises(ConfigError, match="does not fit the recipe's encoder and adapter"):
            fit(self.recipe(encoder, learnt, model=BY_HEART | {"lora_rank": 2}), tmp_path)
        broken = tmp_path / "broken"
        broken.mkdir()
        (broken / "config.json").write_bytes((learnt / "config.json").read_bytes())
        (broken / "model.safetensors").write_bytes(b"torn")
        with pytest.raises(ConfigError, match="cannot read the weights of"):
            fit(self.recipe(encoder, broken), tmp_path)


class TestAverage:
    """Several models of one start become one, without a step of training."""

    def test_weights_are_the_mean(self, learnt: Path, encoder: Path, tmp_path: Path) -> None:
        other = tmp_path / "other"
        fit(make_recipe(encoder, init=str(learnt), epochs=2, seed=7, model=BY_HEART), other)
        fit(make_recipe(encoder, average=[str(learnt), str(other)], model=BY_HEART), tmp_path / "mean")
        one, two, mean = (weights_of(path) for path in (learnt, other, tmp_path / "mean"))
        assert any(not torch.equal(one[name], two[name]) for name in one)
        for name in one:
            # What is saved is rounded to half precision.
            torch.testing.assert_close(mean[name], ((one[name].float() + two[name].float()) / 2).half())

    def test_a_model_averaged_with_itself_stays_itself(self, learnt: Path, encoder: Path, tmp_path: Path) -> None:
        fit(make_recipe(encoder, average=[str(learnt)] * 2, model=BY_HEART), tmp_path)
        assert differing(learnt, tmp_path) == []
        assert "the mean of the weights" in (tmp_path / "README.md").read_text("utf-8")

    def test_models_of_another_shape_are_an_error(self, learnt: Path, encoder: Path, tmp_path: Path) -> None:
        recipe = make_recipe(encoder, average=[str(learnt)], model=BY_HEART | {"lora_rank": 2})
        with pytest.raises(ConfigError, match="cannot be averaged"):
            fit(recipe, tmp_path)


class TestFaults:
    """What cannot be learnt from is told before time is spent on it."""

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ({"train": []}, TrainingError, "corpus documents has no documents"),
            ({"train": BARE}, TrainingError, "corpus documents has no mention to learn from; is it annotated"),
            ({"train": BARE, "schema": None}, SchemaError, "no mention types"),
            ({"schema": tiny.PLAIN_SCHEMA}, SchemaError, "document 'prague' does not fit .*unknown mention type GPE"),
            ({"dev": tiny.PLAIN_DOCUMENTS}, SchemaError, "document 'a' does not fit .*unknown mention type PER"),
            ({"dev": []}, TrainingError, "no development documents; check the path"),
            ({"dev": BARE}, TrainingError, "no development document has a mention"),
            ({"dev": [replace(tiny.DOCUMENTS[0], relations=())]}, TrainingError, "no development document states"),
            ({"dev": tiny.DOCUMENTS * 2}, TrainingError, "two development documents have the id 'prague'"),
            ({"train": tiny.DOCUMENTS[:1], "dev": None}, TrainingError, "one document is too few"),
            ({"train": "no-such-file.jsonl"}, FormatError, "no such file"),
            ({"schema": "no-such-schema"}, SchemaError, "no built-in schema 'no-such-schema'"),
            ({"train": None, "schema": None}, ConfigError, r"names no corpora; add \[\[corpora\]\]"),
            ({"train": None}, ConfigError, "schema is the one of train="),
        ],
    )  # fmt: skip
    def test_in_the_data(
        self, arguments: dict[str, Any], error: type[Exception], message: str, encoder: Path, tmp_path: Path
    ) -> None:
        with pytest.raises(error, match=message):
            fit(make_recipe(encoder), tmp_path / "model", **arguments)
        assert not (tmp_path / "model").exists()

    @pytest.mark.parametrize(
        ("corpora", "changes", "message"),
        [
            (("main", "diplomatic", "main", "plain.toml"), {}, "'main' learn from corpora of different schemas"),
            (("one", "diplomatic", "two", ""), {"target": "three"}, "no corpus teaches the target heads 'three'"),
            (("one", "diplomatic", "two", ""), {"target": "three", "dev": ""}, "no corpus teaches the target"),
            (("main", "diplomatic", "train", ""), {}, "heads cannot be called 'train'"),
        ],
    )
    def test_in_the_recipe(
        self, corpora: tuple[str, ...], changes: dict[str, Any], message: str, encoder: Path, tmp_path: Path
    ) -> None:
        path = tmp_path / "main.jsonl"
        write(tiny.DOCUMENTS, path)
        (tmp_path / "plain.toml").write_text(tiny.PLAIN_SCHEMA.to_toml())
        pairs = [corpora[:2], corpora[2:]]
        own = tuple(
            Corpus(path=str(path), head=head, schema=str(tmp_path / schema) if ".toml" in schema else schema)
            for head, schema in pairs
        )
        recipe = make_recipe(encoder, **({"corpora": own, "dev": str(path)} | changes))
        with pytest.raises(ConfigError, match=message):
            fit(recipe, tmp_path / "model", train=None, dev=None, schema=None)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"train": tiny.DOCUMENTS[0]}, "documents to train on must be several, such as a list, not Document"),
            ({"train": ["a"]}, "documents to train on: item 0 is str, not Document"),
            ({"dev": [tiny.DOCUMENTS[0], None]}, "documents to train on: item 1 is NoneType, not Document"),
        ],
    )
    def test_in_what_is_given_as_documents(
        self, arguments: dict[str, Any], message: str, encoder: Path, tmp_path: Path
    ) -> None:
        with pytest.raises(InputError, match=message):
            fit(make_recipe(encoder), tmp_path, **arguments)

    @pytest.mark.parametrize("recipe", [{"name": "x"}, None, 3], ids=str)
    def test_in_what_is_given_as_a_recipe(self, recipe: Any, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"a recipe is a relex\.Recipe or the path of its TOML file, not "):
            fit(recipe, tmp_path)

    @pytest.mark.parametrize("output", ["file", "file/model"])
    def test_in_the_output(self, output: str, encoder: Path, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("kept")
        with pytest.raises(InputError, match=r"cannot write a model to .*; name a directory that may be written to"):
            fit(make_recipe(encoder), tmp_path / output)
        assert (tmp_path / "file").read_text() == "kept"

    def test_in_the_encoder(self, encoder: Path, tmp_path: Path) -> None:
        with pytest.raises(WeightsError, match="no weights found for encoder 'no/such'"):
            fit(make_recipe(encoder, model={"encoder": "no/such"}), tmp_path)
        with pytest.raises(WeightsError, match="has SHA-256"):
            fit(make_recipe(encoder, model={"encoder_sha256": "0" * 64}), tmp_path)

    def test_mentions_that_cannot_be_learnt_are_counted(
        self, encoder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        first = tiny.DOCUMENTS[0]
        torn = replace(first, mentions=(*first.mentions, Mention(1, 3, "GPE", ("torn",))))
        with caplog.at_level(logging.WARNING):
            fit(make_recipe(encoder, model={"max_span_words": 3}), tmp_path, train=[torn, *tiny.DOCUMENTS[1:]])
        assert "3 of 44 mentions cannot be learnt: 1 have a border inside a word, 2 are longer than" in caplog.text

    def test_nothing_learnt(self, encoder: Path, tmp_path: Path) -> None:
        recipe = make_recipe(encoder, epochs=1, encoder_rate=0.0, head_rate=0.0)
        with pytest.raises(TrainingError, match=r"no mention .* was ever found: nothing was learnt; raise the rates"):
            fit(recipe, tmp_path)

    def test_no_gradient(self, encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def flat(model: torch.nn.Module, *_: Any, **__: Any) -> dict[str, Tensor]:
            return {"spans": 0 * sum(p.sum() for p in model.parameters() if p.requires_grad)}  # type: ignore[dict-item]

        monkeypatch.setattr(trainer, "compute_losses", flat)
        with pytest.raises(TrainingError, match="no weight receives a gradient"):
            fit(make_recipe(encoder), tmp_path)

    def test_a_loss_that_is_not_finite(self, encoder: Path) -> None:
        model = make_model(encoder)
        batch, reading, targets = make_batch(model, encoder, tiny.DOCUMENTS)
        with torch.no_grad():
            model.head("main").coreference.out[-1].bias.fill_(float("nan"))
        with pytest.raises(TrainingError, match="the coreference loss is nan; lower the learning rates"):
            compute_losses(model, batch, reading, targets, head="main", mix=0.0)


class TestMixing:
    """The pair scorers see mentions that the model wrongly finds."""

    def test_the_surest_wrong_spans_are_added_in_order(self, encoder: Path) -> None:
        model = make_model(encoder)
        _, reading, targets = make_batch(model, encoder, tiny.DOCUMENTS[:2])
        n_words = sum(document.n_words for document in reading.encoded)
        logits = torch.full((n_words, 6, 10), -5.0)
        true = list(zip(targets.starts.tolist(), targets.ends.tolist(), strict=True))
        for start, end in true:
            logits[start, end - start - 1, 2] = 9.0
        wrong = [(s, s + 2) for s in range(n_words - 2) if (s, s + 2) not in true]
        for i, (start, _) in enumerate(wrong):
            logits[start, 1, 3] = 5.0 - 0.1 * i
        mixed = mix_predicted(logits, targets, share=0.25)
        spans = list(zip(mixed.starts.tolist(), mixed.ends.tolist(), strict=True))
        n_added = int(0.25 * len(true))
        assert set(spans) == set(true) | set(wrong[:n_added])
        assert spans == sorted(spans, key=lambda span: (span[0], -span[1]))
        # The true mentions keep their type, kind and entities; the others have none.
        for i, span in enumerate(spans):
            own = mixed.memberships.entities[mixed.memberships.mentions == i].tolist()
            if span in true:
                k = true.index(span)
                assert (mixed.types[i], mixed.groups[i]) == (targets.types[k], targets.groups[k])
                assert own == targets.memberships.entities[targets.memberships.mentions == k].tolist()
            else:
                assert (mixed.types[i], bool(mixed.groups[i]), own) == (3, False, [])

    def test_only_spans_that_would_be_found_are_added(self, encoder: Path) -> None:
        model = make_model(encoder)
        _, reading, targets = make_batch(model, encoder, tiny.DOCUMENTS)
        n_words = sum(document.n_words for document in reading.encoded)
        mixed = mix_predicted(torch.full((n_words, 6, 10), -0.1), targets, share=1.0)
        assert mixed.starts.tolist() == targets.starts.tolist()
        assert mix_predicted(torch.full((n_words, 6, 10), 1.0), targets, share=0.0) is targets

    def test_the_losses_stay_finite(self, encoder: Path) -> None:
        model = make_model(encoder)
        disturb(model)
        eager(model)
        batch, reading, targets = make_batch(model, encoder, tiny.DOCUMENTS)
        losses = compute_losses(model, batch, reading, targets, head="main", mix=0.5)
        assert all(torch.isfinite(loss) for loss in losses.values())
        assert losses["relations"] != compute_losses(model, batch, reading, targets, head="main", mix=0.0)["relations"]
