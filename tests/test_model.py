"""The network: save–load gives the same output, every weight learns, a batch equals its members alone.

That four documents can be learnt by heart is shown in `test_training.py`.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel

import tiny
from models import SETTINGS, disturb, largest_difference, make_batch, make_model
from relex.attention import FusedEncoder, fuse_attention
from relex.batch import Batch
from relex.config import ModelConfig
from relex.encoder import load_encoder
from relex.errors import ConfigError, ModelError, SchemaError
from relex.layers import Words
from relex.model import RelexModel, group_rows
from relex.pairs import Reading, Spans, allowed_types, coreference_pairs, member_pairs, relation_pairs
from relex.schema import builtin_schema
from relex.training.objective import compute_losses

ADAPTATIONS = ("lora", "full")
BOTH = {"main": builtin_schema(), "plain": tiny.PLAIN_SCHEMA}


def changed_model(encoder: Path, adaptation: str = "lora", **changes: object) -> RelexModel:
    """Return a model in which no weight is still zero, in evaluation mode."""
    model = make_model(encoder, BOTH, adaptation=adaptation, **changes)
    disturb(model, size=0.05)
    return model.eval()


def all_logits(model: RelexModel, words: Words, reading: Reading, spans: Spans) -> dict[str, Tensor]:
    """Return everything that the heads say of words and given mentions."""
    heads = model.head("main")
    with torch.no_grad():
        mentions = heads.represent_mentions(words, spans.starts, spans.ends, spans.types)
        pairs = {
            "coreference": coreference_pairs(spans, max_words=200),
            "membership": member_pairs(spans, max_words=200),
            "relations": relation_pairs(spans, allowed_types(heads.schema), max_words=200),
        }
        related = heads.relate(words, mentions, spans, pairs["relations"])
        return {
            "spans": heads.spans(words),
            "groups": heads.mentions.score_groups(mentions),
            "coreference": heads.link(heads.coreference, mentions, spans, pairs["coreference"]),
            "membership": heads.link(heads.membership, mentions, spans, pairs["membership"]),
            "relations": related.relations,
            "statuses": related.statuses,
        }


def say(model: RelexModel, encoder: Path, documents: tuple[object, ...] = tiny.DOCUMENTS) -> dict[str, Tensor]:
    batch, reading, targets = make_batch(model, encoder, documents)  # type: ignore[arg-type]
    spans = reading.spans(targets.starts, targets.ends, targets.types, targets.groups)
    with torch.no_grad():
        return all_logits(model, model.represent(batch), reading, spans)


def assert_equal(one: dict[str, Tensor], other: dict[str, Tensor], *, within: float) -> None:
    assert one.keys() == other.keys()
    for name, logits in one.items():
        assert len(logits), f"no {name} to compare"
        assert largest_difference(logits, other[name]) <= within, name


class TestSaving:
    @pytest.mark.parametrize("adaptation", ADAPTATIONS)
    def test_a_model_says_the_same_when_loaded_again(self, adaptation: str, encoder: Path, tmp_path: Path) -> None:
        model = changed_model(encoder, adaptation)
        model.save_pretrained(tmp_path)
        again = RelexModel.from_pretrained(tmp_path, encoder_directory=encoder).eval()
        assert again.settings == model.settings
        assert again.head("main").schema == model.head("main").schema
        assert_equal(say(model, encoder), say(again, encoder), within=0)

    def test_merging_the_adapter_changes_nothing_but_the_last_digits(self, encoder: Path) -> None:
        model = changed_model(encoder)
        before = say(model, encoder)
        merged = model.merge()
        assert not any("lora" in name for name, _ in merged.named_modules())
        assert not any(p.requires_grad for p in merged.parameters())
        assert_equal(before, say(merged, encoder), within=1e-4)

    def test_storing_what_is_not_trained_in_the_type_of_autocast_changes_nothing(self, encoder: Path) -> None:
        model = changed_model(encoder)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            before = say(model, encoder)
            model.store_frozen(torch.bfloat16)
            assert_equal(before, say(model, encoder), within=0.0)
        stored = {p.dtype for name, p in model.named_parameters() if "base_layer" in name}
        assert stored == {torch.bfloat16}
        assert all(p.dtype is torch.float32 for p in model.parameters() if p.requires_grad)

    def test_lora_saves_adapter_and_heads_only(self, encoder: Path, tmp_path: Path) -> None:
        changed_model(encoder).save_pretrained(tmp_path)
        names = list(load_file(tmp_path / "model.safetensors"))
        assert names
        assert all("lora_" in name for name in names if name.startswith("encoder."))
        assert any(name.startswith("heads.main.") for name in names)
        assert "shape_embedding.weight" in names

    def test_full_fine_tuning_saves_the_encoder_too(self, encoder: Path, tmp_path: Path) -> None:
        changed_model(encoder, "full").save_pretrained(tmp_path)
        assert "encoder.embeddings.word_embeddings.weight" in load_file(tmp_path / "model.safetensors")

    def test_a_model_can_be_saved_for_some_heads_only(self, encoder: Path) -> None:
        state = changed_model(encoder).trained_state({"plain"})
        assert {name.split(".")[1] for name in state if name.startswith("heads.")} == {"plain"}

    def test_nothing_is_pickled(self, encoder: Path, tmp_path: Path) -> None:
        changed_model(encoder).save_pretrained(tmp_path)
        assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".safetensors"}


class TestLoading:
    def test_missing_or_truncated_weights_are_an_error(self, encoder: Path, tmp_path: Path) -> None:
        model = changed_model(encoder)
        model.save_pretrained(tmp_path)
        path = tmp_path / "model.safetensors"
        whole = path.read_bytes()
        for damaged in (whole[:-100], whole[:4], b""):
            path.write_bytes(damaged)
            with pytest.raises(ModelError, match=r"cannot read the weights in .*model\.safetensors"):
                model.load_weights(path)
        path.unlink()
        with pytest.raises(ModelError, match="cannot read the weights"):
            model.load_weights(path)

    def test_weights_must_be_those_of_the_schema(self, encoder: Path, tmp_path: Path) -> None:
        model = changed_model(encoder)
        other = make_model(encoder, {"main": tiny.PLAIN_SCHEMA})
        path = tmp_path / "w.safetensors"
        for state in (other.trained_state(), {}, model.trained_state() | {"more": torch.zeros(1)}):
            save_file(state, path)
            with pytest.raises(SchemaError, match=r"w\.safetensors do not fit .* tensors differ, first"):
                model.load_weights(path)

    def test_an_encoder_that_is_none_is_an_error(self, encoder: Path, tmp_path: Path) -> None:
        for name in ("config.json", "model.safetensors"):
            broken = tmp_path / name
            shutil.copytree(encoder, broken)
            (broken / name).write_bytes(b"{")
            with pytest.raises(ModelError, match="cannot load the encoder in"):
                load_encoder(broken)
        with pytest.raises(ModelError, match="cannot load the encoder in"):
            load_encoder(tmp_path / "nowhere")

    def test_an_encoder_comes_without_its_pooler(self, encoder: Path) -> None:
        assert not any("pooler" in name for name, _ in load_encoder(encoder).named_parameters())

    def test_an_unknown_head_is_an_error(self, encoder: Path) -> None:
        with pytest.raises(ModelError, match="no heads 'other'; it has main, plain"):
            changed_model(encoder).head("other")

    @pytest.mark.parametrize("name", ["train", "keys", "forward"])
    def test_a_name_that_heads_cannot_have_is_an_error(self, name: str, encoder: Path) -> None:
        with pytest.raises(ConfigError, match=f"heads cannot be called '{name}'"):
            make_model(encoder, {name: tiny.PLAIN_SCHEMA})


class TestGradients:
    @pytest.mark.parametrize("adaptation", ADAPTATIONS)
    def test_every_weight_receives_one(self, adaptation: str, encoder: Path) -> None:
        model = make_model(encoder, adaptation=adaptation, dropout=0.0)
        # With LoRA one factor begins at zero, and the other learns nothing before it has moved.
        disturb(model, size=0.05)
        batch, reading, targets = make_batch(model, encoder, tiny.DOCUMENTS)
        losses = compute_losses(model, batch, reading, targets, head="main", mix=0.0)
        assert set(losses) == {"spans", "groups", "coreference", "members", "relations", "statuses"}
        torch.stack(list(losses.values())).sum().backward()
        learning = {name: p for name, p in model.named_parameters() if p.requires_grad}
        without = [name for name, p in learning.items() if p.grad is None or not p.grad.any()]
        # Softmax does not change if all keys move by one bias.
        assert [name for name in without if "key.bias" not in name] == []

    @pytest.mark.parametrize("adaptation", ADAPTATIONS)
    def test_what_learns_is_what_is_saved(self, adaptation: str, encoder: Path) -> None:
        model = make_model(encoder, BOTH, adaptation=adaptation)
        assert {name for name, p in model.named_parameters() if p.requires_grad} == set(model.trained_state())

    def test_other_heads_receive_none(self, encoder: Path) -> None:
        model = make_model(encoder, BOTH)
        batch, reading, targets = make_batch(model, encoder, tiny.DOCUMENTS)
        losses = compute_losses(model, batch, reading, targets, head="main", mix=0.0)
        torch.stack(list(losses.values())).sum().backward()
        assert all(p.grad is None for p in model.head("plain").parameters())


class TestBatches:
    @pytest.mark.parametrize("adaptation", ADAPTATIONS)
    def test_equal_their_members_alone(self, adaptation: str, encoder: Path) -> None:
        model = changed_model(encoder, adaptation, window_pieces=30, window_overlap=10)
        together = say(model, encoder)
        parts = [say(model, encoder, (document,)) for document in tiny.DOCUMENTS]
        for name in ("spans", "groups"):
            assert largest_difference(together[name], torch.cat([part[name] for part in parts])) < 1e-4
        # Pairs of a batch are not in the order of its members, but the same.
        for name in ("coreference", "membership", "relations", "statuses"):
            alone = torch.cat([part[name] for part in parts])
            assert largest_difference(_in_order(together[name]), _in_order(alone)) < 1e-4

    @pytest.mark.parametrize("max_pieces", [1, 60, 100, 10_000])
    def test_may_be_read_in_parts(self, max_pieces: int, encoder: Path) -> None:
        model = changed_model(encoder, window_pieces=30, window_overlap=10)
        batch, _, _ = make_batch(model, encoder, tiny.DOCUMENTS)
        with torch.no_grad():
            whole, parts = model.represent(batch), model.represent(batch, max_pieces=max_pieces)
        assert largest_difference(whole.starts, parts.starts) < 1e-5
        assert largest_difference(whole.ends, parts.ends) < 1e-5

    def test_are_read_once_a_window(self, encoder: Path) -> None:
        model = changed_model(encoder, window_pieces=30, window_overlap=10)
        batch, reading, _ = make_batch(model, encoder, tiny.DOCUMENTS)
        rows: list[int] = []
        model.encoder.register_forward_pre_hook(
            lambda module, args, kwargs: rows.append(len(kwargs["inputs_embeds"])), with_kwargs=True
        )
        with torch.no_grad():
            model.represent(batch, max_pieces=60)
        assert sum(rows) == sum(len(document.windows) for document in reading.encoded) > len(tiny.DOCUMENTS)
        assert max(rows) == 2

    @pytest.mark.parametrize("max_pieces", [None, 100])
    def test_may_be_empty(self, max_pieces: int | None, encoder: Path) -> None:
        none = torch.zeros(0, dtype=torch.long)
        pieces = torch.zeros(0, 2, dtype=torch.long)
        batch = Batch(pieces, pieces, pieces.bool(), none, none, none)
        words = changed_model(encoder).represent(batch, max_pieces=max_pieces)
        assert words.starts.shape == words.ends.shape == (0, tiny.WIDTH)


@given(st.lists(st.integers(1, 512), max_size=30), st.sampled_from([None, 512, 1500]))
def test_windows_of_like_length_are_read_together(lengths: list[int], max_pieces: int | None) -> None:
    groups = list(group_rows(lengths, max_pieces=max_pieces))
    assert sorted(row for rows, _ in groups for row in rows) == list(range(len(lengths)))
    for rows, longest in groups:
        own = [lengths[row] for row in rows]
        assert longest == max(own)
        assert min(own) >= 0.75 * longest
        assert max_pieces is None or len(rows) == 1 or longest * len(rows) <= max_pieces


@pytest.mark.parametrize("length", [1, 7, 8, 9, 250, 256])
def test_windows_are_padded_to_few_lengths_and_never_beyond_what_the_encoder_reads(encoder: Path, length: int) -> None:
    model = make_model(encoder, window_pieces=255, window_overlap=64)
    padded = model._round_up(length)
    assert length <= padded <= max(length, 255)
    assert padded % 8 == 0 or padded >= 255
    assert padded - length < 8


def test_windows_are_not_padded_beyond_the_positions_of_the_encoder(encoder: Path) -> None:
    model = make_model(encoder, window_pieces=512)
    model.encoder.config.max_position_embeddings = 20
    assert [model._round_up(length) for length in (3, 8, 15, 17, 18, 20)] == [8, 8, 16, 18, 18, 20]


@pytest.mark.parametrize(("kind", "positions"), [("bert", 20), ("roberta", 18), ("mpnet", 18)])
def test_windows_longer_than_the_encoder_reads_are_an_error(kind: str, positions: int, tmp_path: Path) -> None:
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    config = AutoConfig.for_model(kind, **sizes, vocab_size=50, max_position_embeddings=20, pad_token_id=1)
    if kind == "bert":
        config.pad_token_id = 0
    made = AutoModel.from_config(config)
    made.save_pretrained(tmp_path)
    create = partial(RelexModel.create, schemas={"main": builtin_schema()}, encoder_directory=tmp_path)
    message = f"window_pieces is {positions + 1}, but the encoder has {positions} positions"
    with pytest.raises(ConfigError, match=message):
        create(ModelConfig(window_pieces=positions + 1, window_overlap=4))
    model = create(ModelConfig(window_pieces=positions, window_overlap=4))
    pieces = torch.ones(1, positions, dtype=torch.long)
    assert model.encoder(inputs_embeds=model.encoder.get_input_embeddings()(pieces)).last_hidden_state.isfinite().all()


def test_attention_is_the_same_whether_it_is_learnt_through_or_not(encoder: Path) -> None:
    model = changed_model(encoder)
    batch, _, _ = make_batch(model, encoder, tiny.DOCUMENTS)
    learnt = model.represent(batch).starts.detach()
    with torch.no_grad():
        fused = model.represent(batch).starts
    assert largest_difference(learnt, fused) < 1e-5


@pytest.mark.parametrize("kind", ["bert", "mpnet", "distilbert"])
@pytest.mark.parametrize("padded", [False, True])
def test_any_encoder_attends_as_its_own_code_does(kind: str, padded: bool) -> None:
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 32}
    own = AutoModel.from_config(AutoConfig.for_model(kind, vocab_size=50, **sizes), attn_implementation="eager").eval()
    fast = AutoModel.from_config(AutoConfig.for_model(kind, vocab_size=50, **sizes)).eval()
    fast.load_state_dict(own.state_dict())
    fast = fuse_attention(fast)
    assert fast.config._attn_implementation == "relex" or type(fast.encoder) is FusedEncoder
    pieces, mask = torch.randint(5, 50, (2, 9)), torch.ones(2, 9, dtype=torch.long)
    if padded:
        mask[1, 6:] = 0
    expected, found = (learn_from(model, pieces, mask) for model in (own, fast))
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        assert largest_difference(found[name], value) < 1e-4, name
    with torch.no_grad():
        answer = fast(pieces, attention_mask=mask).last_hidden_state[mask.bool()]
    assert largest_difference(answer, expected["output"]) < 1e-4


def learn_from(encoder: nn.Module, pieces: Tensor, mask: Tensor) -> dict[str, Tensor]:
    """Return what an encoder makes of pieces that are no padding, and the gradients of the sum of its squares."""
    output = encoder(pieces, attention_mask=mask).last_hidden_state[mask.bool()]
    output[:, 0].square().sum().backward()
    gradients = {name: p.grad for name, p in encoder.named_parameters() if p.grad is not None}
    return {"output": output.detach(), **gradients}


def test_the_forward_pass_gives_the_span_scores(encoder: Path) -> None:
    model = changed_model(encoder)
    batch, _, _ = make_batch(model, encoder, tiny.DOCUMENTS)
    with torch.no_grad():
        logits = model(batch, head="plain")
        expected = model.head("plain").spans(model.represent(batch))
    assert logits.shape == (batch.n_words, SETTINGS.max_span_words, 2)
    assert largest_difference(logits, expected) == 0


def test_shapes_are_told_apart_only_if_asked_for(encoder: Path) -> None:
    for shapes in (True, False):
        model = changed_model(encoder, shapes=shapes)
        batch, _, _ = make_batch(model, encoder, tiny.DOCUMENTS)
        flat = replace(batch, shapes=torch.zeros_like(batch.shapes))
        with torch.no_grad():
            difference = largest_difference(model.represent(batch).starts, model.represent(flat).starts)
        assert (difference > 1e-3) == shapes


def test_fresh_heads_depend_on_the_seed_alone(encoder: Path) -> None:
    one, same, other = (make_model(encoder, seed=seed).trained_state() for seed in (1, 1, 2))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one)


def test_the_configuration_names_everything_needed(encoder: Path, tmp_path: Path) -> None:
    changed_model(encoder).save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    assert set(config["schemas"]) == {"main", "plain"}
    assert config["architecture"]["hidden"] == SETTINGS.hidden
    assert config["encoder"]["hidden_size"] == tiny.WIDTH


def _in_order(logits: Tensor) -> Tensor:
    return logits.flatten().sort().values
