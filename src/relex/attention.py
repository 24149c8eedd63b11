"""Fused attention for encoders whose `transformers` implementation computes it step by step.

MPNet adds a relative position bias to its attention scores, for which `transformers` has no fused path. The
same sums through `scaled_dot_product_attention` make encoding half as long again faster on a processor.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput
from transformers.models.mpnet.modeling_mpnet import MPNetEncoder, MPNetSelfAttention


class FusedSelfAttention(MPNetSelfAttention):  # type: ignore[misc]
    """MPNet's self-attention in one call; takes the sum of position bias and padding mask as `position_bias`."""

    def forward(
        self, hidden_states: Tensor, attention_mask: Tensor | None = None, position_bias: Tensor | None = None, **_: Any
    ) -> tuple[Tensor]:
        """Return the attended [B, T, H]."""
        if torch.is_autocast_enabled(hidden_states.device.type):
            # Once for all three.
            hidden_states = hidden_states.to(torch.get_autocast_dtype(hidden_states.device.type))
        shape = (*hidden_states.shape[:-1], self.num_attention_heads, self.attention_head_size)
        query, key, value = (part(hidden_states).view(shape).transpose(1, 2) for part in (self.q, self.k, self.v))
        bias = None if position_bias is None else position_bias.to(query.dtype)
        dropout = self.dropout.p if self.training else 0.0
        # The gradient of the fused call takes a processor up to nine times as long as that of the sums one by one.
        attend = _attend if torch.is_grad_enabled() and query.device.type == "cpu" else _attend_fused
        attended = attend(query, key, value, bias, dropout)
        return (self.o(attended.transpose(1, 2).flatten(2)),)


class FusedEncoder(MPNetEncoder):  # type: ignore[misc]
    """MPNet's stack of layers, with the position bias and the padding mask added up once."""

    def forward(self, hidden_states: Tensor, attention_mask: Tensor | None = None, **_: Any) -> BaseModelOutput:
        """Return the last layer's output [B, T, H]."""
        bias = self.compute_position_bias(hidden_states[:1])
        if attention_mask is not None:
            bias = bias + attention_mask
        if torch.is_autocast_enabled(hidden_states.device.type):
            bias = bias.to(torch.get_autocast_dtype(hidden_states.device.type))
        for layer in self.layer:
            (hidden_states,) = layer(hidden_states, None, bias)
        return BaseModelOutput(last_hidden_state=hidden_states)


def _attend_fused(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None, dropout: float) -> Tensor:
    return nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=bias, dropout_p=dropout)


def _attend(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None, dropout: float) -> Tensor:
    scores = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5
    if bias is not None:
        scores = scores + bias
    weights = nn.functional.dropout(scores.softmax(-1), dropout)
    return weights @ value


def fuse_attention(encoder: PreTrainedModel) -> PreTrainedModel:
    """Switch an MPNet encoder to fused attention, in place; leave any other as it is."""
    for module in encoder.modules():
        if type(module) is MPNetSelfAttention:
            module.__class__ = FusedSelfAttention
        elif type(module) is MPNetEncoder:
            module.__class__ = FusedEncoder
    return encoder
