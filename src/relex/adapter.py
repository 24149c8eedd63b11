"""Low-rank adaptation computed in the matrix products of a layer and its adapter and little else.

`peft` adds the adapter's output to the layer's in steps that each read and write the whole output once more; on a
processor that takes as long as the products themselves. Here every product is added to the last where it is made.
"""

from __future__ import annotations

from typing import Any

import torch
from peft.tuners.lora import Linear as LoraLinear
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn
from torch.autograd.function import once_differentiable


class FusedLoraLinear(LoraLinear):  # type: ignore[misc]
    """A linear layer with one adapter without dropout: x W' + b + s (x A') B' (Hu et al., 2022, arXiv:2106.09685)."""

    def forward(self, x: Tensor, *_: Any, **__: Any) -> Tensor:
        """Return [..., out] for [..., in], in the type of autocast if that is on."""
        (name,) = self.active_adapters
        base = self.get_base_layer()
        if torch.is_autocast_enabled(x.device.type):
            x = x.to(torch.get_autocast_dtype(x.device.type))
        if self.merged:
            return nn.functional.linear(x, base.weight, base.bias)
        output: Tensor = _AdaptedLinear.apply(  # type: ignore[no-untyped-call]
            x, base.weight, base.bias, self.lora_A[name].weight, self.lora_B[name].weight, self.scaling[name]
        )
        return output


class _AdaptedLinear(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, a: Tensor, b: Tensor, scale: float) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            rows = x.reshape(-1, x.shape[-1])
            weight, bias, down, up = (part.to(x.dtype) for part in (weight, bias, a, b * scale))
            low = rows @ down.T
            output = torch.addmm(bias, rows, weight.T).addmm_(low, up.T)
        ctx.save_for_backward(rows, weight, down, up, low)
        ctx.scale, ctx.shape, ctx.dtypes = scale, x.shape, (a.dtype, b.dtype)
        return output.view(*x.shape[:-1], weight.shape[0])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        rows, weight, down, up, low = ctx.saved_tensors
        gradient = gradient.reshape(-1, gradient.shape[-1])
        back = gradient @ up
        inward = (gradient @ weight).addmm_(back, down).view(ctx.shape) if ctx.needs_input_grad[0] else None
        first, second = back.T @ rows, gradient.T @ low
        return inward, None, None, first.to(ctx.dtypes[0]), second.to(ctx.dtypes[1]) * ctx.scale, None


def fuse_adapters(encoder: nn.Module) -> None:
    """Switch the adapters of the linear layers of an encoder, as `peft` has made them, to fused products, in place."""
    for module in encoder.modules():
        if isinstance(module, LoraLayer):
            # Autocast casts what it must; casting to the adapter's type before is work for nothing.
            module.cast_input_dtype_enabled = False
            base = module.get_base_layer()
            # peft wraps layers that keep their weights transposed in the same class.
            if type(module) is LoraLinear and type(base) is nn.Linear and base.bias is not None:
                module.__class__ = FusedLoraLinear
