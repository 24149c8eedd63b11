"""Settings: what shapes a model, what decodes its scores, how it is trained. Frozen, flat, validated."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

import tomli_w

from relex.errors import ConfigError, known

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """What shapes a model: the encoder, how it is adapted, the sizes of the heads.

    `encoder` is a hub id or a directory; `encoder_sha256` the SHA-256 of its `model.safetensors`, empty
    to accept any. `adaptation` is `lora` or `full`. `words` says where words end, and with them mentions: `marks`, at
    white space and at every mark, for text; `spaces`, at white space alone, for corpora whose tokens are given.
    """

    encoder: str = "sentence-transformers/all-mpnet-base-v2"
    encoder_sha256: str = ""
    adaptation: str = "lora"
    lora_rank: int = 32
    lora_alpha: int = 64
    shapes: bool = True
    words: str = "marks"
    hidden: int = 256
    span_rank: int = 48
    max_span_words: int = 32
    dropout: float = 0.1
    window_pieces: int = 512
    window_overlap: int = 128

    def __post_init__(self) -> None:
        _check_types(self)
        _require(self.adaptation in ("lora", "full"), f"adaptation is 'lora' or 'full', not {self.adaptation!r}")
        _require(self.words in ("marks", "spaces"), f"words is 'marks' or 'spaces', not {self.words!r}")
        for name in ("lora_rank", "lora_alpha", "hidden", "span_rank", "max_span_words"):
            _require(getattr(self, name) > 0, f"{name} must be positive, not {getattr(self, name)}")
        _require(0 <= self.dropout < 1, f"dropout must lie in [0, 1), not {self.dropout}")
        _require(self.window_pieces >= 16, f"window_pieces must be at least 16, not {self.window_pieces}")
        _require(
            0 <= self.window_overlap <= self.window_pieces // 2,
            f"window_overlap must be at most half of window_pieces ({self.window_pieces}), not {self.window_overlap}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeConfig:
    """What turns scores into mentions, entities and relations. All thresholds are probabilities.

    `nested` says whether mentions may lie in each other; training finds out from its documents.
    `max_pair_words` bounds how far apart two mentions may stand to be compared, so that memory grows with
    the length of a text and not with its square; relations are still found over any distance through
    other mentions of the same entities. `max_pair_mentions` bounds with how many of those that follow it a mention
    is compared, the nearest, so that lists of names take no more than text: prose has some 150 mentions in 1000
    words, and the densest articles of the diplomatic corpus would have 290. `relation_thresholds` overrides
    `relation_threshold` by type.
    A score is `sigmoid(scale * logit + offset)` with the calibration of its relation type.
    """

    nested: bool = True
    mention_threshold: float = 0.5
    link_threshold: float = 0.5
    group_threshold: float = 0.5
    member_threshold: float = 0.5
    relation_threshold: float = 0.5
    relation_thresholds: Mapping[str, float] = field(default_factory=dict)
    relation_scales: Mapping[str, float] = field(default_factory=dict)
    relation_offsets: Mapping[str, float] = field(default_factory=dict)
    max_pair_words: int = 1000
    max_pair_mentions: int = 300
    max_evidence: int = 3

    def __post_init__(self) -> None:
        _check_types(self)
        for name in ("mention", "link", "group", "member", "relation"):
            value = getattr(self, f"{name}_threshold")
            _require(0 < value < 1, f"{name}_threshold must lie between 0 and 1, not {value}")
        for name in ("relation_thresholds", "relation_scales", "relation_offsets"):
            _check_numbers(getattr(self, name), name)
        for relation, value in self.relation_thresholds.items():
            _require(0 < value < 1, f"relation_thresholds of {relation} must lie between 0 and 1, not {value}")
        for name in ("max_pair_words", "max_pair_mentions"):
            _require(getattr(self, name) > 0, f"{name} must be positive, not {getattr(self, name)}")
        _require(self.max_evidence >= 0, f"max_evidence must not be negative, not {self.max_evidence}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Documents to learn from: a file or directory, how often each epoch sees them, and their schema.

    `head` names the set of heads that learns from the corpus; corpora of one schema may share it.
    `schema` is the name of a built-in schema, the path of a TOML file, or empty to infer one.
    """

    path: str
    head: str = "main"
    format: str = ""
    schema: str = ""
    weight: float = 1.0
    symmetric: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_types(self)
        _require(
            isinstance(self.symmetric, list | tuple) and all(isinstance(name, str) for name in self.symmetric),
            f"symmetric of corpus {self.path} must be a list of relation names, not {self.symmetric!r}",
        )
        object.__setattr__(self, "symmetric", tuple(self.symmetric))
        _require(bool(self.path), "a corpus needs a path")
        _require(
            re.fullmatch(r"[\w-]+", self.head) is not None,
            f"head of corpus {self.path} must be a name of letters, digits, - and _, not {self.head!r}",
        )
        _require(
            0 < self.weight < math.inf, f"weight of corpus {self.path} must be positive and finite, not {self.weight}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a model is trained: the same recipe on the same machine gives the same model.

    `stop_after` ends the training after so many epochs of a schedule that is laid out for `epochs`; 0 for all of them.
    `keep` says which epoch's weights stay: the `best` on the development documents, or the `last`, where these are few
    or are not scored as the model will be.
    `dev` are the development documents, a path or several. Batches are filled up to `batch_pieces` word pieces. `init`
    is the directory of a trained model to start from (its encoder and adapter always, its heads where names and schemas
    agree). `average` names models trained from one start, by other seeds say: nothing is trained, their weights are
    averaged. `target` names the head that is evaluated, calibrated and released. `changes` says in which share of the
    epochs a document is seen in another form, by the name of the change: one of `relex.invariance`, such as
    `title-case`, or `joined`, with an unrelated document behind it.
    """

    name: str
    corpora: tuple[Corpus, ...] = ()
    dev: str | tuple[str, ...] = ""
    target: str = "main"
    init: str = ""
    average: tuple[str, ...] = ()
    model: ModelConfig = field(default_factory=ModelConfig)
    epochs: int = 20
    stop_after: int = 0
    keep: str = "best"
    batch_pieces: int = 2048
    encoder_rate: float = 4e-4
    head_rate: float = 1e-3
    warmup: float = 0.1
    weight_decay: float = 0.01
    max_grad_norm: float = 1.0
    seed: int = 1
    precision: str = "auto"
    keep_heads: bool = False
    changes: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_types(self)
        _check_numbers(self.changes, "changes", of="change")
        _require(
            all(share >= 0 for share in self.changes.values()) and sum(self.changes.values()) <= 1,
            f"changes must be shares that add up to 1 at most, not {dict(self.changes)}",
        )
        object.__setattr__(self, "corpora", tuple(self.corpora))
        for name, value in (("average", self.average), ("dev", self.dev)):
            paths = (value,) if isinstance(value, str) and name == "dev" else value
            good = isinstance(paths, list | tuple) and all(isinstance(path, str) for path in paths)
            _require(good, f"{name} must be {'one path or ' if name == 'dev' else ''}a list of paths, not {value!r}")
        object.__setattr__(self, "average", tuple(self.average))
        _require(
            not (self.average and self.init), "average and init exclude each other: an average starts from nothing"
        )
        object.__setattr__(self, "dev", self.dev if isinstance(self.dev, str) else tuple(self.dev))
        _require(self.epochs > 0, f"epochs must be positive, not {self.epochs}")
        _require(
            0 <= self.stop_after <= self.epochs, f"stop_after lies in 0..epochs ({self.epochs}), not {self.stop_after}"
        )
        _require(self.keep in ("best", "last"), f"keep is 'best' or 'last', not {self.keep!r}")
        _require(self.batch_pieces > 0, f"batch_pieces must be positive, not {self.batch_pieces}")
        for name in ("encoder_rate", "head_rate", "weight_decay", "max_grad_norm", "seed"):
            value = getattr(self, name)
            _require(0 <= value < math.inf, f"{name} must be finite and not negative, not {value}")
        _require(0 <= self.warmup < 1, f"warmup is a share of all steps in [0, 1), not {self.warmup}")
        _require(
            self.precision in ("auto", "bfloat16", "float32"),
            f"precision is 'auto', 'bfloat16' or 'float32', not {self.precision!r}",
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as plain values, as its TOML file holds them."""
        value = asdict(self)
        value["corpora"] = [{**corpus, "symmetric": list(corpus["symmetric"])} for corpus in value["corpora"]]
        dev = self.dev if isinstance(self.dev, str) else list(self.dev)
        return {**value, "average": list(self.average), "dev": dev, "changes": dict(self.changes)}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Recipe:
        """Build a recipe from plain values; `ConfigError` on an unknown key or a bad value."""
        value = dict(value)
        _require(
            isinstance(value.get("corpora", ()), list | tuple), "corpora must be a list of tables, written [[corpora]]"
        )
        value["corpora"] = tuple(build(Corpus, corpus, "corpus") for corpus in value.get("corpora", ()))
        value["model"] = build(ModelConfig, value.get("model", {}), "model")
        return build(cls, value, "recipe")

    def to_toml(self) -> str:
        """Return the recipe as the text of its TOML file."""
        return tomli_w.dumps(self.to_dict())

    @classmethod
    def read(cls, path: str | Path) -> Recipe:
        """Read a recipe from a TOML file; `ConfigError` says what is wrong with it."""
        try:
            return cls.from_dict(tomllib.loads(Path(path).read_text(encoding="utf-8")))
        except OSError as error:
            raise ConfigError(f"cannot read recipe {path}: {error.strerror}") from None
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"recipe {path} is not valid TOML: {error}") from None
        except ConfigError as error:
            raise ConfigError(f"recipe {path}: {error}") from None


def build(cls: type[T], value: Mapping[str, Any], what: str) -> T:
    """Build a settings class from plain values; `ConfigError` names unknown and missing keys."""
    if not isinstance(value, Mapping):
        raise ConfigError(f"{what}: expected a table, not {type(value).__name__}")
    allowed = {f.name for f in fields(cls)}  # type: ignore[arg-type]
    if unknown := value.keys() - allowed:
        raise ConfigError(f"{what}: unknown key {known(unknown)}; known: {known(allowed)}")
    needed = {
        f.name
        for f in fields(cls)  # type: ignore[arg-type]
        if f.default is MISSING and f.default_factory is MISSING
    }
    if missing := needed - value.keys():
        raise ConfigError(f"{what}: misses {known(missing)}")
    return cls(**value)


def _check_numbers(value: Any, name: str, *, of: str = "relation") -> None:
    _require(isinstance(value, Mapping), f"{name} must be a table of numbers by {of}, not {value!r}")
    for key, number in value.items():
        finite = isinstance(number, int | float) and math.isfinite(number)
        _require(finite, f"{name} of {key} must be a finite number, not {number!r}")


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ConfigError(message)


def _check_types(config: Any) -> None:
    kinds = {"int": int, "float": (int, float), "str": str, "bool": bool}
    for f in fields(config):
        kind = kinds.get(str(f.type))
        value = getattr(config, f.name)
        if kind is not None and (not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)):  # type: ignore[arg-type]
            raise ConfigError(f"{f.name} must be {f.type}, not {value!r}")
