"""How a corpus is made: how dense, how nested, how large its entities and groups, how many examples of each type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from relex.doctor.finding import Example, Finding, Limits, Split, quote, some, surface
from relex.doctor.novelty import leave_out_sole_status, list_types
from relex.document import Document, Mention
from relex.schema import Schema

Floats = npt.NDArray[np.float64]

# A short text is all density or none: a dateline is one mention and nothing else.
_LEAST_WORDS = 30
_SIZES = ((1, "1"), (2, "2"), (5, "3–5"), (10, "6–10"))


def find_shape(split: Split, limits: Limits, schema: Schema | None) -> Iterator[Finding]:
    """Yield what stands out in the make of a split; types of a schema that the split lacks count as without support."""
    where, n_documents = (split.name,), len(split.documents)
    bare = [Example((d.id,), "") for d in split.documents if not d.mentions]
    yield Finding("no-mentions", where, len(bare), n_documents, limits.cut(bare))
    lone = [Example((d.id,), "") for d in split.documents if len(d.entities) > 1 and not d.relations]
    yield Finding("no-relations", where, len(lone), n_documents, limits.cut(lone))
    yield _find_density("mention-density", split, [len(d.mentions) for d in split.documents], limits)
    yield _find_density("relation-density", split, [len(d.relations) for d in split.documents], limits)
    yield _find_nesting(split, limits)
    yield _find_sizes(split, limits)
    yield _find_groups(split, limits)
    yield _find_support(split, limits, schema)


def robust_z(values: Iterable[float]) -> Floats:
    """Return how far each value lies from the median, in robust standard deviations.

    The modified z-score of Iglewicz and Hoaglin (1993), by the median absolute deviation; where that is 0, by the
    mean absolute deviation, as they advise; where all values are equal, 0.
    """
    array = np.array(list(values), dtype=np.float64)
    away = array - np.median(array) if len(array) else array
    spread = 1.4826 * np.median(np.abs(away)) if len(array) else 0.0
    if spread == 0 and len(array):
        spread = 1.2533 * np.abs(away).mean()
    return away / spread if spread > 0 else np.zeros_like(away)


def depths(document: Document) -> list[int]:
    """Return for each mention of a document how many mentions hold it, 0 for an outermost one."""
    found: list[int] = []
    around: list[Mention] = []
    for mention in document.mentions:
        while around and around[-1].end <= mention.start:
            around.pop()
        found.append(len(around))
        around.append(mention)
    return found


def _find_density(check: str, split: Split, counts: Sequence[int], limits: Limits) -> Finding:
    dense = [
        (100 * n / len(words), document)
        for n, words, document in zip(counts, split.words, split.documents, strict=True)
        if len(words) >= _LEAST_WORDS
    ]
    scores = robust_z(density for density, _ in dense)
    odd = [(float(z), *pair) for z, pair in zip(scores, dense, strict=True) if abs(z) >= limits.outlier]
    odd.sort(key=lambda item: -abs(item[0]))
    examples = [Example((document.id,), f"{density:.1f}, z {z:+.1f}") for z, density, document in odd]
    values = [density for density, _ in dense]
    names = ("minimum", "median", "maximum")
    figures = dict(zip(names, np.round(np.percentile(values, (0, 50, 100)), 1).tolist(), strict=True)) if values else {}
    figures = {f"{name} per 100 words": value for name, value in figures.items()}
    return Finding(check, (split.name,), len(odd), len(dense), limits.cut(examples), figures)


def _find_nesting(split: Split, limits: Limits) -> Finding:
    counts: Counter[int] = Counter()
    deepest: list[tuple[int, Example]] = []
    for document in split.documents:
        own = depths(document)
        counts.update(own)
        depth = max(own, default=0)
        if depth > 0:
            mention = document.mentions[own.index(depth)]
            deepest.append((depth, Example((document.id,), f"depth {depth}: {quote(surface(document, mention))}")))
    deepest.sort(key=lambda pair: -pair[0])
    n_mentions = counts.total()
    figures = {f"depth {depth}": counts[depth] for depth in sorted(counts)}
    examples = limits.cut([example for _, example in deepest])
    return Finding("nesting", (split.name,), n_mentions - counts[0], n_mentions, examples, figures)


def _find_sizes(split: Split, limits: Limits) -> Finding:
    sizes: Counter[str] = Counter()
    largest: list[tuple[int, Example]] = []
    for document in split.documents:
        sizes.update(_size(len(entity.mentions)) for entity in document.entities)
        entity = max(document.entities, key=lambda entity: len(entity.mentions), default=None)
        if entity is not None and len(entity.mentions) > 1:
            n = len(entity.mentions)
            largest.append((n, Example((document.id,), f"{entity.id!r} {quote(entity.name)}: {n} mentions")))
    largest.sort(key=lambda pair: -pair[0])
    names = [*(name for _, name in _SIZES), ">10"]
    figures = {f"{name} mentions": sizes[name] for name in names if sizes[name]}
    examples = limits.cut([example for _, example in largest])
    return Finding("single-mentions", (split.name,), sizes["1"], sizes.total(), examples, figures)


def _find_groups(split: Split, limits: Limits) -> Finding:
    sizes: Counter[int] = Counter()
    groups: list[tuple[int, Example]] = []
    for document in split.documents:
        sizes.update(len(mention.entities) for mention in document.mentions)
        mention = max(document.mentions, key=lambda mention: len(mention.entities), default=None)
        if mention is not None and mention.is_group:
            n = len(mention.entities)
            groups.append((n, Example((document.id,), f"{quote(surface(document, mention))}: {n} members")))
    groups.sort(key=lambda pair: -pair[0])
    figures = {f"{n} members": sizes[n] for n in sorted(sizes) if n > 1}
    examples = limits.cut([example for _, example in groups])
    return Finding("group-mentions", (split.name,), sizes.total() - sizes[1], sizes.total(), examples, figures)


def _find_support(split: Split, limits: Limits, schema: Schema | None) -> Finding:
    types = leave_out_sole_status(list_types(split))
    if schema is not None:
        promised = [("mention", name) for name in schema.mention_names]
        promised += [("relation", name) for name in schema.relation_names]
        types = {kind: [] for kind in promised} | types
    low = sorted((len(documents), kind) for kind, documents in types.items() if len(documents) < limits.support)
    figures = {" ".join(kind): n for n, kind in low}
    examples = [Example(some(types[kind]), f"{' '.join(kind)}: {n}") for n, kind in low if n]
    return Finding("low-support", (split.name,), len(low), len(types), limits.cut(examples), figures)


def _size(n: int) -> str:
    return next((name for most, name in _SIZES if n <= most), ">10")
