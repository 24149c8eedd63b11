"""Random mentions, pairs and memberships for comparing fast functions with plain loops."""

from __future__ import annotations

import numpy as np

from relex.encoding import Ints
from relex.pairs import Memberships, Spans

SURFACES = (
    "Georgia", "Georgian", "georgia", "Tbilisi", "the Georgian side", "Nino Beridze", "Beridze", "NATO", "N.A.T.O.",
    "North Atlantic Treaty Organization", "Norway", "Oslo", "charter", "Trade Charter", "7 March", "7", "-", "東京",
)  # fmt: skip


def random_spans(random: np.random.Generator, *, n: int = 12, n_documents: int = 3, n_types: int = 3) -> Spans:
    """Return mentions of several documents in the order that the functions ask for: document, start, longer first."""
    rows = set()
    for _ in range(n):
        document, start = int(random.integers(n_documents)), int(random.integers(30))
        # Words are numbered through all documents, so a document's words lie behind the former's.
        rows.add((document, document * 40 + start, document * 40 + start + int(random.integers(1, 6))))
    ordered = sorted(rows, key=lambda row: (row[0], row[1], -row[2]))
    table = np.array(ordered, dtype=np.int64).reshape(-1, 3)
    sentences = (table[:, 1] % 40) // 7
    return Spans(
        starts=table[:, 1],
        ends=table[:, 2],
        types=random.integers(n_types, size=len(table)),
        documents=table[:, 0],
        groups=random.random(len(table)) < 0.25,
        sentences=sentences,
        surfaces=tuple(SURFACES[i] for i in random.integers(len(SURFACES), size=len(table))),
    )


def random_pairs(random: np.random.Generator, *, n_items: int, n: int) -> Ints:
    """Return n rows of two items each, equal ones among them."""
    return random.integers(max(n_items, 1), size=(n if n_items else 0, 2))


def random_memberships(random: np.random.Generator, *, n_mentions: int, n_entities: int) -> Memberships:
    """Return memberships in no order: some mentions name nothing, some several entities."""
    pairs = {(int(random.integers(n_mentions)), int(random.integers(n_entities))) for _ in range(2 * n_mentions)}
    table = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    table = table[random.permutation(len(table))]
    return Memberships(table[:, 0], table[:, 1])
