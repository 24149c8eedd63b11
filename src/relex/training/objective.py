"""One step of training: what the model says of a batch, against the truth about it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from relex.batch import Batch
from relex.errors import TrainingError
from relex.heads import Heads
from relex.layers import Words
from relex.loss import Targets, binary_loss, pool_pairs, relation_losses, span_loss
from relex.model import RelexModel
from relex.pairs import (
    Memberships,
    Reading,
    allowed_types,
    coreference_pairs,
    entity_pairs,
    member_pairs,
    relation_pairs,
)

WEIGHTS = {"spans": 1.0, "groups": 0.5, "coreference": 1.0, "members": 0.5, "relations": 1.0, "statuses": 1.0}
"""How much each loss counts."""

MAX_PAIR_WORDS = 600
"""How far apart mentions are compared in training; documents longer than that are rare."""


def compute_losses(
    model: RelexModel, batch: Batch, reading: Reading, targets: Targets, *, head: str, mix: float
) -> dict[str, Tensor]:
    """Return the losses of a batch by name, not weighed.

    Pairs are built on the true mentions and, for `mix` spurious mentions to each true one at the most, on those
    that the model wrongly finds; these name nothing and stand in no relation.

    Raises:
        TrainingError: a loss is not finite.
    """
    heads = model.head(head)
    words = model.represent(batch)
    with torch.autocast(words.starts.device.type, enabled=False):
        span_logits = heads.spans(words)
        losses = {"spans": span_loss(span_logits, batch.word_documents, targets)}
        losses |= _pair_losses(heads, words, reading, mix_predicted(span_logits.detach(), targets, share=mix))
    for name, loss in losses.items():
        if not torch.isfinite(loss):
            raise TrainingError(f"the {name} loss is {loss.item()}; lower the learning rates, or train in float32")
    return losses


def mix_predicted(span_logits: Tensor, targets: Targets, *, share: float) -> Targets:
    """Add the spurious mentions that the model is surest of, as mentions without an entity, in document order.

    Args:
        span_logits: [W, L, S].
        share: at most this many spurious mentions to each true one.
    """
    limit = int(share * len(targets.starts))
    if not limit:
        return targets
    best, types = span_logits.max(dim=2)
    lengths = targets.ends - targets.starts - 1
    fits = lengths < best.shape[1]
    best[torch.from_numpy(targets.starts[fits]), torch.from_numpy(lengths[fits])] = float("-inf")
    n_wrong = min(limit, int((best > 0).sum()))
    chosen = best.flatten().topk(n_wrong).indices.cpu()
    starts = (chosen // best.shape[1]).numpy()
    ends = starts + (chosen % best.shape[1]).numpy() + 1
    wrong_types = types.flatten().cpu()[chosen].numpy()
    starts, ends = np.concatenate([targets.starts, starts]), np.concatenate([targets.ends, ends])
    order = np.lexsort((-ends, starts))
    places = np.argsort(order)
    return replace(
        targets,
        starts=starts[order],
        ends=ends[order],
        types=np.concatenate([targets.types, wrong_types])[order],
        groups=np.concatenate([targets.groups, np.zeros(n_wrong, dtype=bool)])[order],
        memberships=Memberships(places[targets.memberships.mentions], targets.memberships.entities),
    )


def _pair_losses(heads: Heads, words: Words, reading: Reading, targets: Targets) -> dict[str, Tensor]:
    device = words.starts.device
    spans = reading.spans(targets.starts, targets.ends, targets.types, targets.groups)
    mentions = heads.represent_mentions(words, spans.starts, spans.ends, spans.types)
    losses = {"groups": binary_loss(heads.mentions.score_groups(mentions), torch.from_numpy(spans.groups).to(device))}
    entity = np.full(len(spans), -1)
    single = ~spans.groups[targets.memberships.mentions]
    entity[targets.memberships.mentions[single]] = targets.memberships.entities[single]
    pairs = coreference_pairs(spans, max_words=MAX_PAIR_WORDS)
    same = (entity[pairs[:, 0]] == entity[pairs[:, 1]]) & (entity[pairs[:, 0]] >= 0)
    logits = heads.link(heads.coreference, mentions, spans, pairs)
    losses["coreference"] = binary_loss(logits, torch.from_numpy(same).to(device))
    pairs = member_pairs(spans, max_words=MAX_PAIR_WORDS)
    true_members = set(zip(targets.memberships.mentions.tolist(), targets.memberships.entities.tolist(), strict=True))
    member = np.array([(g, entity[m]) in true_members for g, m in pairs.tolist()], dtype=bool)
    logits = heads.link(heads.membership, mentions, spans, pairs)
    losses["members"] = binary_loss(logits, torch.from_numpy(member).to(device))
    if heads.schema.relation_types:
        allowed = allowed_types(heads.schema)
        pairs = relation_pairs(spans, allowed, max_words=MAX_PAIR_WORDS)
        # A spurious mention stands for an entity of its own, so that its pairs are negatives.
        extra = np.flatnonzero(~np.isin(np.arange(len(spans)), targets.memberships.mentions))
        n_entities = len(targets.entity_types)
        memberships = Memberships(
            np.concatenate([targets.memberships.mentions, extra]),
            np.concatenate([targets.memberships.entities, n_entities + np.arange(len(extra))]),
        )
        entity_types = np.concatenate([targets.entity_types, spans.types[extra]])
        lifted = entity_pairs(pairs, memberships)
        pooled = pool_pairs(heads.relate(words, mentions, spans, pairs), lifted)
        fitting = torch.from_numpy(allowed[:, entity_types[lifted.heads], entity_types[lifted.tails]].T).to(device)
        losses["relations"], losses["statuses"] = relation_losses(pooled, lifted, targets, fitting)
    return losses
