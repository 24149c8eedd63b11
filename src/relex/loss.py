"""What training minimises: one loss for each thing that is read off a text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from relex.encoding import Ints
from relex.layers import PairLogits
from relex.pairs import Bools, EntityPairs, Memberships


@dataclass(frozen=True, slots=True)
class Targets:
    """The truth about a batch of documents. M mentions, K memberships, N relations; flat word and entity numbers.

    Attributes:
        starts, ends: [M] word ranges; ordered by document, then start, then longer first.
        types: [M] mention label numbers.
        groups: [M] whether the mention stands for several entities.
        memberships: the entities of the mentions.
        entity_types: [n entities] mention label numbers.
        relations: [N, 4] head entity, relation label number, tail entity, status id; symmetric ones both ways.
    """

    starts: Ints
    ends: Ints
    types: Ints
    groups: Bools
    memberships: Memberships
    entity_types: Ints
    relations: Ints


def multilabel_loss(logits: Tensor, labels: Tensor, *, dim: int) -> Tensor:
    """Return the loss that pushes the logits of true labels above 0 and all others below, reduced over `dim`.

    Softmax generalised to many labels (Su et al., 2022, arXiv:2208.02955): log(1 + Σ exp(negative)) +
    log(1 + Σ exp(-positive)). Logits of -inf take no part.
    """
    signed = torch.where(labels, -logits, logits)
    never = torch.full_like(signed, float("-inf"))
    negative = torch.where(labels, never, signed)
    positive = torch.where(labels & torch.isfinite(logits), signed, never)
    zero = torch.zeros_like(signed.select(dim, 0)).unsqueeze(dim)
    return torch.cat([negative, zero], dim).logsumexp(dim) + torch.cat([positive, zero], dim).logsumexp(dim)


def span_loss(logits: Tensor, documents: Tensor, targets: Targets) -> Tensor:
    """Return the mean over documents and types of the multi-label loss over all spans.

    Args:
        logits: [W, L, S].
        documents: [W] the document of each word.
    """
    labels = torch.zeros(logits.shape, dtype=torch.bool, device=logits.device)
    lengths = targets.ends - targets.starts - 1
    fits = lengths < logits.shape[1]
    labels[targets.starts[fits], lengths[fits], targets.types[fits]] = True
    n_types = logits.shape[2]
    losses = [
        multilabel_loss(block.reshape(-1, n_types), truth.reshape(-1, n_types), dim=0)
        for block, truth in zip(_by_document(logits, documents), _by_document(labels, documents), strict=True)
    ]
    return torch.stack(losses).mean()


def binary_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean binary cross-entropy, 0 where there is nothing to score."""
    if not len(logits):
        return logits.sum()
    return nn.functional.binary_cross_entropy_with_logits(logits, labels.to(logits.dtype))


def pool_pairs(logits: PairLogits, pairs: EntityPairs) -> PairLogits:
    """Lift the logits of mention pairs to entity pairs: [P, R] to [Q, R], and [P, R, 3] to [Q, R, 3].

    Relations are pooled by log-sum-exp; a status is the mean of its mention pairs', each weighed by
    its share of the relation (Jia et al., 2019, arXiv:1904.02347).
    """
    device = logits.relations.device
    entries = torch.from_numpy(pairs.entries).to(device)
    owners = torch.from_numpy(pairs.owners).to(device)
    relations, statuses = logits.relations[entries], logits.statuses[entries]
    size = (len(pairs.heads), relations.shape[1])
    index = owners[:, None].expand_as(relations)
    peak = torch.full(size, float("-inf"), device=device).scatter_reduce(0, index, relations.detach(), "amax")
    total = torch.zeros(size, device=device).index_add(0, owners, (relations - peak[owners]).exp())
    pooled = peak + total.log()
    weight = (relations - pooled[owners]).exp().detach()
    status = torch.zeros((*size, statuses.shape[2]), device=device).index_add(0, owners, weight[..., None] * statuses)
    return PairLogits(pooled, status)


def relation_losses(logits: PairLogits, pairs: EntityPairs, targets: Targets, allowed: Tensor) -> tuple[Tensor, Tensor]:
    """Return the relation loss and the status loss of pooled logits.

    Args:
        logits: [Q, R] and [Q, R, 3] of entity pairs.
        allowed: [Q, R] whether the schema allows the relation between the types of the pair.

    The relation loss is summed over pairs and divided by the number of true relations, so that it does
    not shrink as documents grow. Status is learnt on true relations only.
    """
    q, r, statuses = locate_relations(pairs, targets)
    labels = torch.zeros(logits.relations.shape, dtype=torch.bool, device=logits.relations.device)
    labels[q, r] = True
    masked = logits.relations.masked_fill(~allowed, float("-inf"))
    relation = multilabel_loss(masked, labels & allowed, dim=1).sum() / max(len(q), 1)
    if not len(q):
        return relation, logits.statuses.sum() * 0
    truth = torch.from_numpy(statuses).to(labels.device)
    return relation, nn.functional.cross_entropy(logits.statuses[q, r], truth)


def locate_relations(pairs: EntityPairs, targets: Targets) -> tuple[Ints, Ints, Ints]:
    """Return where true relations stand among entity pairs: rows, relation label numbers, status ids.

    Relations whose entities were never paired (too far apart) have no row and are left out.
    """
    width = int(max(pairs.tails.max(initial=0), targets.relations[:, 2].max(initial=0))) + 1
    keys = pairs.heads * width + pairs.tails
    wanted = targets.relations[:, 0] * width + targets.relations[:, 2]
    rows = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    found = keys[rows] == wanted if len(keys) else np.zeros(len(wanted), dtype=bool)
    return rows[found], targets.relations[found, 1], targets.relations[found, 3]


def _by_document(values: Tensor, documents: Tensor) -> tuple[Tensor, ...]:
    counts = torch.bincount(documents)
    return torch.split(values, counts[counts > 0].tolist())
