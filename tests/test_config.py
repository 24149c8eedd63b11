"""Settings: frozen, checked when built, and read from and written to TOML without loss."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, asdict, fields, replace
from pathlib import Path
from typing import Any

import pytest

from relex.config import Corpus, DecodeConfig, ModelConfig, Recipe, build
from relex.errors import ConfigError

RECIPE = Recipe(
    name="everything-changed",
    corpora=(
        Corpus(path="a.rlx", head="one", schema="diplomatic", weight=0.5),
        Corpus(path="b.json", head="two", format="dwie", symmetric=("met", "knows")),
    ),
    dev=("dev", "more"),
    target="one",
    init="models/x",
    model=ModelConfig(encoder="e", encoder_sha256="0" * 64, adaptation="full", shapes=False, dropout=0.0),
    epochs=3,
    stop_after=2,
    keep="last",
    batch_pieces=100,
    encoder_rate=1e-5,
    head_rate=1e-4,
    warmup=0.0,
    weight_decay=0.0,
    max_grad_norm=0.5,
    seed=7,
    precision="float32",
    keep_heads=True,
    changes={"title-case": 0.1, "joined": 0.2},
)


class TestRecipes:
    def test_read_back_whole(self, tmp_path: Path) -> None:
        path = tmp_path / "recipe.toml"
        path.write_text(RECIPE.to_toml(), encoding="utf-8")
        assert Recipe.read(path) == Recipe.read(str(path)) == RECIPE
        assert Recipe.from_dict(RECIPE.to_dict()) == RECIPE

    def test_the_example_above_changes_every_field(self) -> None:
        plain = Recipe(name="plain")
        same = [f.name for f in fields(Recipe) if getattr(plain, f.name) == getattr(RECIPE, f.name)]
        assert same == ["average"]  # which goes with no init; it has a test of its own

    def test_need_only_a_name(self) -> None:
        assert Recipe.from_dict({"name": "x"}) == Recipe(name="x")
        with pytest.raises(ConfigError, match="recipe: misses name"):
            Recipe.from_dict({})

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("name = ", "not valid TOML"),
            ("name = 'x'\nepoch = 3", "recipe: unknown key epoch; known: average, batch_pieces, changes, corpora"),
            ("name = 'x'\n[model]\nrank = 3", "model: unknown key rank"),
            ("name = 'x'\nmodel = 3", "model: expected a table"),
            ("name = 'x'\n[[corpora]]\nhead = 'a'", "corpus: misses path"),
            ("name = 'x'\n[[corpora]]\npath = 'a'\nsplit = 'b'", "corpus: unknown key split"),
            ("name = 'x'\n[corpora]\npath = 'a'", r"written \[\[corpora\]\]"),
            ("name = 'x'\ncorpora = ['a']", "corpus: expected a table"),
            ("name = 'x'\nepochs = 0", "epochs must be positive"),
        ],
    )
    def test_a_faulty_file_is_told_by_name(self, text: str, message: str, tmp_path: Path) -> None:
        path = tmp_path / "faulty.toml"
        path.write_text(text)
        with pytest.raises(ConfigError, match=rf"faulty\.toml.*{message}"):
            Recipe.read(path)

    def test_a_file_that_cannot_be_read_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"cannot read recipe .*none\.toml"):
            Recipe.read(tmp_path / "none.toml")
        (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
        with pytest.raises(ConfigError, match="not valid TOML"):
            Recipe.read(tmp_path / "binary.toml")


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name", [None, 3]),
        ("epochs", [0, -1, 2.0, "3", True, None]),
        ("batch_pieces", [0, 1.5]),
        ("encoder_rate", [-1e-9, math.nan, math.inf, "1e-3"]),
        ("head_rate", [-1.0, None]),
        ("warmup", [-0.1, 1, 2, math.nan]),
        ("weight_decay", [-1, math.nan]),
        ("max_grad_norm", [-1]),
        ("seed", [-1, 1.0, None]),
        ("precision", ["half", "", None]),
        ("keep_heads", [1, "yes"]),
        ("dev", [None, Path("dev")]),
        (
            "changes",
            [None, 1, {"joined": -0.1}, {"joined": "often"}, {"joined": math.nan}, {"joined": 0.6, "upper-case": 0.6}],
        ),
    ],
)
def test_a_recipe_out_of_range_cannot_be_built(field: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(ConfigError, match=field):
            replace(RECIPE, **{field: value})


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("path", ["", None, 3]),
        ("head", ["", "a.b", "a b", None]),
        ("weight", [0, -1, math.nan, math.inf, "2"]),
        ("symmetric", ["met", (3,), None]),
        ("schema", [None]),
    ],
)
def test_a_corpus_out_of_range_cannot_be_built(field: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(ConfigError, match=field):
            Corpus(**({"path": "a"} | {field: value}))


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("encoder", [None]),
        ("adaptation", ["LoRA", "", None]),
        ("lora_rank", [0, -1, 1.0, True]),
        ("hidden", [0]),
        ("span_rank", [0]),
        ("max_span_words", [0]),
        ("dropout", [-0.1, 1, math.nan]),
        ("window_pieces", [15, 0, 512.0]),
        ("window_overlap", [-1, 257]),
        ("shapes", [0, "no"]),
        ("words", ["tokens", "", None]),
    ],
)
def test_a_model_out_of_range_cannot_be_shaped(field: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(ConfigError, match=field):
            ModelConfig(**{field: value})


@pytest.mark.parametrize(
    ("field", "values"),
    [
        *((f"{name}_threshold", [0, 1, -1, math.nan, "0.5", None]) for name in ("mention", "link", "group", "member")),
        ("relation_threshold", [0, 1]),
        ("relation_thresholds", [3, ["a"], {"met": 1}, {"met": 0}, {"met": "0.5"}, {"met": math.nan}]),
        ("relation_scales", [None, {"met": "1"}, {"met": math.inf}]),
        ("relation_offsets", [{"met": None}]),
        ("max_pair_words", [0, 1.5]),
        ("max_pair_mentions", [0, 1.5]),
        ("max_evidence", [-1, "3"]),
    ],
)
def test_decoding_out_of_range_cannot_be_set(field: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(ConfigError, match=field):
            DecodeConfig(**{field: value})


@pytest.mark.parametrize(
    "value", [RECIPE, RECIPE.model, RECIPE.corpora[0], DecodeConfig()], ids=lambda v: type(v).__name__
)
def test_settings_are_frozen_and_take_names_only(value: Any) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(value, fields(value)[0].name, None)
    with pytest.raises(TypeError):
        type(value)("a")


@pytest.mark.parametrize(
    ("field", "value"), [("average", "models/x"), ("average", [1]), ("dev", 1), ("dev", ["a", None])]
)
def test_what_names_no_paths_cannot_be_set(field: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=f"{field} must be"):
        Recipe(name="x", **{field: value})


@pytest.mark.parametrize(
    "value", [ModelConfig(hidden=8), DecodeConfig(relation_thresholds={"met": 0.2}), RECIPE.corpora[1]]
)
def test_settings_are_built_from_plain_values(value: Any) -> None:
    assert build(type(value), asdict(value), "it") == value


def test_building_tells_unknown_and_missing_keys_and_what_is_no_table() -> None:
    with pytest.raises(ConfigError, match=r"it: unknown key colour; known: .*mention_threshold"):
        build(DecodeConfig, {"colour": 1}, "it")
    with pytest.raises(ConfigError, match="it: misses path"):
        build(Corpus, {}, "it")
    with pytest.raises(ConfigError, match="it: expected a table, not list"):
        build(Corpus, [], "it")  # type: ignore[arg-type]


def test_an_average_is_written_and_read(tmp_path: Path) -> None:
    recipe = Recipe(name="mean", average=("models/y", "models/z"))
    path = tmp_path / "recipe.toml"
    path.write_text(recipe.to_toml(), encoding="utf-8")
    assert Recipe.read(path) == recipe
    with pytest.raises(ConfigError, match="average and init exclude each other"):
        replace(recipe, init="models/x")
