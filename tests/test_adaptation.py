"""What is computed faster than the packages do it, and must come out as they compute it: adapters and dropout."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import Linear as LoraLinear
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from models import largest_difference, make_model
from relex.adapter import FusedLoraLinear, fuse_adapters
from relex.dropout import ByteDropout, speed_dropout


def make_layer() -> LoraLinear:
    """Return a layer of 24 in and 40 out with an adapter of rank 4 that has left zero."""
    torch.manual_seed(0)
    holder = nn.Sequential(nn.Linear(24, 40))
    get_peft_model(holder, LoraConfig(r=4, lora_alpha=6, target_modules=["0"]))  # type: ignore[arg-type]
    (layer,) = holder
    assert type(layer) is LoraLinear
    nn.init.normal_(layer.lora_B["default"].weight)
    return layer


def learn(layer: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """Return the output and all gradients of the sum of squares."""
    x = x.clone().requires_grad_()
    layer.zero_grad()
    output = layer(x)
    output.float().square().sum().backward()
    assert x.grad is not None
    return {"output": output.detach(), "x": x.grad} | {
        name: p.grad.clone() for name, p in layer.named_parameters() if p.grad is not None
    }


class TestAdapter:
    @pytest.mark.parametrize("shape", [(3, 7), (1, 1), (5,), (), (2, 0)])
    def test_output_and_gradients_are_those_of_peft(self, shape: tuple[int, ...]) -> None:
        layer = make_layer()
        x = torch.randn(*shape, 24)
        expected = learn(layer, x)
        layer.__class__ = FusedLoraLinear
        found = learn(layer, x)
        assert set(expected) == set(found)
        assert {"lora_A.default.weight", "lora_B.default.weight"} < set(found)
        for name, value in expected.items():
            torch.testing.assert_close(found[name], value, rtol=1e-3, atol=1e-4)

    def test_in_bfloat16_they_are_as_near_as_its_digits_allow(self) -> None:
        layer = make_layer()
        x = torch.randn(3, 7, 24)
        expected = learn(layer, x)
        layer.__class__ = FusedLoraLinear
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found = learn(layer, x)
        assert found["output"].dtype is torch.bfloat16
        assert found["lora_A.default.weight"].dtype is torch.float32
        for name, value in expected.items():
            assert largest_difference(value, found[name].float()) < 0.03 * float(value.abs().max()), name

    def test_merged_it_is_a_plain_layer(self) -> None:
        layer = make_layer()
        x = torch.randn(3, 7, 24)
        expected = layer(x)
        layer.__class__ = FusedLoraLinear
        layer.merge()
        assert largest_difference(expected, layer(x)) < 1e-4


class TestDropout:
    def test_the_share_and_the_mean_are_as_asked_for(self) -> None:
        torch.manual_seed(0)
        kept = ByteDropout(0.25)(torch.ones(400_000))
        assert abs(float((kept == 0).float().mean()) - 0.25) < 0.005
        assert abs(float(kept.mean()) - 1) < 0.01
        assert kept.unique().tolist() == pytest.approx([0, 4 / 3])

    @pytest.mark.parametrize("n", [1, 7, 8, 9])
    def test_any_number_of_elements_will_do(self, n: int) -> None:
        assert ByteDropout(0.5)(torch.ones(n)).shape == (n,)

    def test_neighbours_are_dropped_independently(self) -> None:
        torch.manual_seed(0)
        kept = (ByteDropout(0.5)(torch.ones(80_000)) > 0).float().view(-1, 8)
        correlations = torch.corrcoef(kept.T) - torch.eye(8)
        assert float(correlations.abs().max()) < 0.05

    def test_gradients_pass_where_values_do(self) -> None:
        x = torch.ones(1000, requires_grad=True)
        output = ByteDropout(0.3)(x)
        output.sum().backward()
        assert x.grad is not None
        assert torch.equal(x.grad, output.detach())

    def test_the_seed_decides(self) -> None:
        drawn = []
        for seed in (1, 1, 2):
            torch.manual_seed(seed)
            drawn.append(ByteDropout(0.5)(torch.ones(100)))
        assert torch.equal(drawn[0], drawn[1])
        assert not torch.equal(drawn[0], drawn[2])

    @pytest.mark.parametrize("rate", [0.0, 0.001, 1.0])
    def test_rates_that_no_byte_gives_are_left_to_torch(self, rate: float) -> None:
        kept = ByteDropout(rate)(torch.ones(1000))
        assert float((kept == 0).float().mean()) == pytest.approx(rate, abs=0.01)

    def test_nothing_is_dropped_after_training(self) -> None:
        x = torch.randn(100)
        assert torch.equal(ByteDropout(0.5).eval()(x), x)

    def test_a_model_is_switched_whole(self) -> None:
        model = nn.Sequential(nn.Dropout(0.1), nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.2)))
        speed_dropout(model)
        assert [type(own) for own in model.modules()].count(ByteDropout) == 2


def test_the_encoder_of_a_model_learns_through_fused_adapters(encoder: Path) -> None:
    model = make_model(encoder)
    kinds = [type(own) for own in model.encoder.modules()]
    assert FusedLoraLinear in kinds
    assert LoraLinear not in kinds
    assert nn.Dropout not in kinds


def test_layers_that_keep_their_weights_transposed_are_left_to_peft() -> None:
    holder = nn.Sequential(Conv1D(24, 24))
    get_peft_model(holder, LoraConfig(r=4, target_modules=["0"], fan_in_fan_out=True))  # type: ignore[arg-type]
    fuse_adapters(holder)
    assert type(holder[0]) is LoraLinear
