"""Model directories: whatever is missing, truncated or altered is told by name, and nothing is loaded."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub.errors import LocalEntryNotFoundError

import tiny
from models import SETTINGS
from relex import loading
from relex.document import Document
from relex.errors import ConfigError, InputError, ModelError, RelexError, SchemaError, WeightsError
from relex.loading import FILES, choose_precision, find_model, load, make_reader
from relex.schema import builtin_schema
from relex.weights import hash_file
from relex.words import split_words

TEXT = tiny.DOCUMENTS[0].text


@pytest.fixture
def model(learnt: Path, tmp_path: Path) -> Path:
    """A model directory to spoil."""
    return Path(shutil.copytree(learnt, tmp_path / "model"))


def edit(path: Path, **changes: Any) -> None:
    """Change values of a JSON file."""
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def rehash(model: Path, file: str) -> None:
    """Let the configuration expect a file as it now is."""
    files = json.loads((model / "config.json").read_text())["files"]
    edit(model / "config.json", files=files | {file: hashlib.sha256((model / file).read_bytes()).hexdigest()})


class TestLoading:
    def test_a_model_is_loaded_from_its_directory(self, learnt: Path) -> None:
        for name in (learnt, str(learnt)):
            extractor = load(name, precision="float32")
            assert extractor.schema == builtin_schema()
            assert extractor(TEXT) == tiny.DOCUMENTS[0] or extractor(TEXT).mentions

    def test_it_says_the_same_every_time(self, learnt: Path) -> None:
        one, other = (load(learnt, precision="float32")(TEXT) for _ in range(2))
        assert one.to_dict() == other.to_dict()

    def test_it_tells_what_it_is(self, learnt: Path, encoder: Path) -> None:
        info = load(learnt).info()
        assert info["name"] == "model"
        assert info["encoder"] == str(encoder)
        assert info["recipe"]["seed"] == 1
        assert info["metrics"]["scores"]
        assert {"relex", "torch", "transformers"} <= info["metrics"].keys()
        info["name"] = "changed"
        assert load(learnt).info()["name"] == "model"

    def test_the_encoder_may_lie_elsewhere(self, model: Path, encoder: Path, tmp_path: Path) -> None:
        moved = Path(shutil.copytree(encoder, tmp_path / "moved"))
        architecture = json.loads((model / "config.json").read_text())["architecture"]
        edit(model / "config.json", architecture=architecture | {"encoder": "no/where"})
        with pytest.raises(WeightsError, match="no weights found for encoder 'no/where'"):
            load(model)
        assert load(model, encoder=moved)(TEXT).mentions == load(model, encoder=str(moved))(TEXT).mentions != ()

    def test_nothing_of_this_machine_is_written_down(self, learnt: Path, encoder: Path) -> None:
        config = json.loads((learnt / "config.json").read_text())
        assert str(encoder) not in json.dumps(config["encoder"])

    def test_a_directory_of_that_name_is_not_needed_offline(self, learnt: Path) -> None:
        code = f"import relex; print(len(relex.load({str(learnt)!r})({TEXT!r}).mentions))"
        environment = os.environ | {"HF_HUB_OFFLINE": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
        assert int(done.stdout) > 5

    def test_nothing_is_printed_and_the_users_settings_stay(self, learnt: Path) -> None:
        code = (
            "import relex; from transformers.utils import logging; from huggingface_hub import utils; "
            "state = lambda: (logging.is_progress_bar_enabled(), utils.are_progress_bars_disabled()); was = state(); "
            f"relex.load({str(learnt)!r}); print(was == state(), was)"
        )
        environment = os.environ | {"HF_HUB_OFFLINE": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
        for hub_bars in ("0", "1"):
            environment["HF_HUB_DISABLE_PROGRESS_BARS"] = hub_bars
            command = [sys.executable, "-W", "default::FutureWarning", "-c", code]
            done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
            assert done.stdout == f"True {(hub_bars == '0', hub_bars == '1')}\n"
            assert done.stderr == ""

    def test_what_it_tells_of_itself_is_a_copy(self, learnt: Path) -> None:
        extractor = load(learnt)
        extractor.info()["metrics"]["data"].clear()
        assert extractor.info()["metrics"]["data"]


class TestNames:
    @pytest.mark.parametrize(
        "name", ["nothing", "no/model", "/no/such/directory", "a/b/c", "x" * 5000, "", "nul\0byte"]
    )
    def test_an_unknown_model_is_an_error_that_lists_the_known(
        self, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(loading, "released_models", lambda: {"diplomatic": tmp_path})
        with pytest.raises(
            ModelError, match=r"no model .*; give one of diplomatic, a model directory, or a hub id|misses"
        ):
            load(name)

    def test_a_released_model_goes_before_a_directory(
        self, learnt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "diplomatic").mkdir()
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(loading, "released_models", lambda: {"diplomatic": learnt})
        assert find_model("diplomatic") == learnt

    def test_a_hub_id_is_fetched_without_anything_pickled(self, learnt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        patterns: list[str] = []

        def download(name: str, *, allow_patterns: list[str]) -> str:
            patterns.extend(allow_patterns)
            if name != "someone/model":
                raise LocalEntryNotFoundError(name)
            return str(learnt)

        monkeypatch.setattr(loading, "snapshot_download", download)
        assert load("someone/model").schema == builtin_schema()
        assert set(patterns) == {*FILES, "README.md"}
        message = r"no model 'someone/else' \(asked for on the hub: someone/else\); give one"
        with pytest.raises(ModelError, match=message):
            load("someone/else")

    @pytest.mark.parametrize("name", [None, 3, b"diplomatic", ["diplomatic"]], ids=str)
    def test_what_is_no_name_is_an_error(self, name: Any) -> None:
        with pytest.raises(InputError, match=r"given by a name or a path, not .*; give one of .*diplomatic"):
            load(name)


NONSENSE = [
    (key, value)
    for key in ("architecture", "schemas", "target", "decode", "files")
    for value in (None, 3, "text", [], {}, {"main": 3}, {"hidden": "x"}, {"mention_threshold": 7})
    # All settings have defaults, and the default encoder is no tiny one.
    if (key, value) != ("architecture", {})
]


class TestDamage:
    @pytest.mark.parametrize("file", FILES)
    def test_a_missing_file_is_told(self, file: str, model: Path) -> None:
        (model / file).unlink()
        with pytest.raises(ModelError, match=rf"model directory .* misses {file}; copy it again"):
            load(model)

    @pytest.mark.parametrize("file", FILES)
    @pytest.mark.parametrize(
        "damage",
        [lambda data: data[: len(data) // 2], lambda data: b"", lambda data: b"\xff\xfe" + data],
        ids=["truncated", "empty", "not text"],
    )
    def test_a_damaged_file_is_told(self, file: str, damage: Callable[[bytes], bytes], model: Path) -> None:
        path = model / file
        path.write_bytes(damage(path.read_bytes()))
        with pytest.raises((ModelError, SchemaError), match=file):
            load(model)

    @pytest.mark.parametrize(
        ("file", "old", "new"),
        [
            ("schema.toml", b"signed", b"sealed"),
            ("recipe.toml", b"epochs = ", b"epochs = 1"),
            ("metrics.json", b"best_epoch", b"beste_poch"),
        ],
    )
    def test_an_altered_file_is_told_though_it_reads_well(self, file: str, old: bytes, new: bytes, model: Path) -> None:
        path = model / file
        data = path.read_bytes()
        assert old in data
        path.write_bytes(data.replace(old, new))
        with pytest.raises((ModelError, SchemaError), match=file):
            load(model)

    def test_altered_weights_are_told(self, model: Path) -> None:
        path = model / "model.safetensors"
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)
        with pytest.raises(ModelError, match=r"model\.safetensors is truncated or altered: its SHA-256 is not the one"):
            load(model)

    def test_weights_truncated_before_their_hash_was_taken_are_told(self, model: Path) -> None:
        path = model / "model.safetensors"
        path.write_bytes(path.read_bytes()[:-8])
        rehash(model, "model.safetensors")
        with pytest.raises(ModelError, match=r"cannot read the weights in .*model\.safetensors"):
            load(model)

    def test_weights_are_never_unpickled(self, model: Path) -> None:
        class Trap:
            def __reduce__(self) -> tuple[Any, ...]:
                return (pytest.fail, ("the weights were unpickled",))

        (model / "model.safetensors").write_bytes(pickle.dumps(Trap()))
        rehash(model, "model.safetensors")
        with pytest.raises(ModelError, match="cannot read the weights"):
            load(model)

    def test_another_order_of_types_is_another_schema(self, model: Path) -> None:
        path = model / "schema.toml"
        lines = path.read_text().split("[mentions.PERSON]", 1)
        first, _, rest = lines[1].partition("\n\n")
        path.write_text(lines[0] + rest.replace("[relations.", f"[mentions.PERSON]{first}\n\n[relations.", 1))
        rehash(model, "schema.toml")
        with pytest.raises(SchemaError, match=r"schema\.toml is not the schema that the weights were trained on"):
            load(model)

    def test_a_schema_that_the_weights_do_not_fit_is_told(self, model: Path) -> None:
        (model / "schema.toml").write_text(tiny.PLAIN_SCHEMA.to_toml())
        rehash(model, "schema.toml")
        edit(model / "config.json", schemas={"main": tiny.PLAIN_SCHEMA.to_toml()})
        with pytest.raises(SchemaError, match=r"do not fit the model's configuration and schema: \d+ tensors differ"):
            load(model)

    def test_a_target_without_heads_is_told(self, model: Path) -> None:
        edit(model / "config.json", target="other")
        with pytest.raises(ModelError, match="names target heads 'other', but has main"):
            load(model)

    @pytest.mark.parametrize(("key", "value"), NONSENSE)
    def test_any_nonsense_in_the_configuration_is_a_relex_error_or_harmless(
        self, key: str, value: Any, model: Path
    ) -> None:
        edit(model / "config.json", **{key: value})
        if isinstance(value, dict) and (key == "files" or (key == "decode" and not value)):
            assert load(model)(TEXT).text == TEXT
        else:
            with pytest.raises(RelexError):
                load(model)

    @pytest.mark.parametrize("value", ["[]", "3", "null", "{}", '"text"'])
    def test_a_configuration_that_is_none_is_told(self, value: str, model: Path) -> None:
        (model / "config.json").write_text(value)
        with pytest.raises(ModelError, match=r"config\.json is damaged: .*; copy it again"):
            load(model)


class TestEncoders:
    def with_hash(self, model: Path, sha256: str) -> Path:
        architecture = json.loads((model / "config.json").read_text())["architecture"]
        edit(model / "config.json", architecture=architecture | {"encoder_sha256": sha256})
        return model

    def test_the_right_one_is_taken(self, model: Path, encoder: Path) -> None:
        self.with_hash(model, hash_file(encoder / "model.safetensors"))
        assert load(model)(TEXT).mentions

    def test_a_wrong_one_is_told_wherever_it_was_found(self, model: Path, encoder: Path, tmp_path: Path) -> None:
        other = tiny.write_encoder(tmp_path / "other", seed=7)
        self.with_hash(model, hash_file(other / "model.safetensors"))
        assert load(model, encoder=other)
        with pytest.raises(WeightsError, match="has SHA-256"):
            load(model)
        self.with_hash(model, hash_file(encoder / "model.safetensors"))
        with pytest.raises(WeightsError, match="has SHA-256"):
            load(model, encoder=other)

    def test_one_of_another_width_is_told(self, model: Path, encoder: Path, tmp_path: Path) -> None:
        other = Path(shutil.copytree(encoder, tmp_path / "other"))
        edit(other / "config.json", intermediate_size=16)
        with pytest.raises((ModelError, SchemaError)):
            load(model, encoder=other)

    @pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff"])
    def test_a_damaged_tokenizer_is_told(self, data: bytes, encoder: Path, tmp_path: Path) -> None:
        other = Path(shutil.copytree(encoder, tmp_path / "other"))
        (other / "tokenizer.json").write_bytes(data)
        with pytest.raises(ModelError, match="cannot read the tokenizer"):
            make_reader(other, SETTINGS)

    def test_a_tokenizer_must_frame_a_text(self, encoder: Path, tmp_path: Path) -> None:
        other = Path(shutil.copytree(encoder, tmp_path / "other"))
        tokenizer = json.loads((other / "tokenizer.json").read_text())
        (other / "tokenizer.json").write_text(json.dumps(tokenizer | {"post_processor": None}))
        with pytest.raises(ModelError, match="frames texts with 0 special pieces; relex needs 2"):
            make_reader(other, SETTINGS)

    def test_a_reader_neither_truncates_nor_pads(self, encoder: Path, tmp_path: Path) -> None:
        other = Path(shutil.copytree(encoder, tmp_path / "other"))
        tokenizer = tiny.make_tokenizer()
        tokenizer.enable_truncation(5)
        tokenizer.enable_padding(length=99)
        tokenizer.save(str(other / "tokenizer.json"))
        reader = make_reader(other, SETTINGS)
        long, short = (reader.encode(Document("d", text)) for text in (TEXT, "Oslo"))
        assert (long.n_words, short.n_words) == (len(list(split_words(TEXT))), 1)


def test_the_precision_is_chosen_by_name_or_by_the_processor() -> None:
    assert choose_precision("float32") is torch.float32
    assert choose_precision("bfloat16") is torch.bfloat16
    assert choose_precision("auto") in (torch.float32, torch.bfloat16)
    with pytest.raises(ConfigError, match="precision is 'auto', 'bfloat16' or 'float32', not 'half'"):
        choose_precision("half")


def test_half_precision_finds_what_full_precision_finds(learnt: Path) -> None:
    half, full = (load(learnt, precision=name) for name in ("bfloat16", "float32"))
    n_sure = 0
    for document in tiny.DOCUMENTS:
        one, other = half(document), full(document)
        assert one.mentions == other.mentions
        # What lies just beside its threshold may fall to either side of it.
        sure = [[r for r in own.relations if r.score is None or r.score > 0.6] for own in (one, other)]
        assert all(relation in other.relations for relation in sure[0])
        assert all(relation in one.relations for relation in sure[1])
        n_sure += len(sure[1])
    assert n_sure >= 0.8 * sum(len(document.relations) for document in tiny.DOCUMENTS)
