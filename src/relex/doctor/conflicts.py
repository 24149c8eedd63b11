"""What a corpus says in two ways: types of one name, annotations of one sentence, directions, ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from functools import lru_cache
from itertools import permutations, product
from typing import NamedTuple, TypeVar

from relex.doctor.finding import Example, Finding, Limits, Split, is_name, on_one_line, quote, some, surface
from relex.document import Document, Entity, Mention, Relation
from relex.gazetteer import capital_code, country, country_code, organisation

T = TypeVar("T", bound=Hashable)


class _Marked(NamedTuple):
    """A mention in a sentence: the characters before it that are no space, its text, its type."""

    place: int
    name: str
    type: str


# A type that a name has less often than this is odd if the name is common enough to tell.
_ODD_SHARE = 0.1
_ODD_TIMES = 10


def find_conflicts(split: Split, limits: Limits, symmetric: frozenset[str]) -> Iterator[Finding]:
    """Yield where a split contradicts itself; `symmetric` names the relations without direction."""
    yield from _find_mixed_types(split, limits)
    yield from _find_sentences(split, limits, symmetric)
    yield from _find_directions(split, limits, symmetric)
    yield from _find_ids(split, limits)


def _find_mixed_types(split: Split, limits: Limits) -> Iterator[Finding]:
    uses: dict[str, dict[str, list[str]]] = {}
    n_mentions = 0
    for document in split.documents:
        for mention in document.mentions:
            n_mentions += 1
            uses.setdefault(surface(document, mention), {}).setdefault(mention.type, []).append(document.id)
    mixed: list[tuple[int, Example]] = []
    odd: list[tuple[int, Example]] = []
    for name, types in uses.items():
        ranked = sorted(types.items(), key=lambda item: (-len(item[1]), item[0]))
        rare = [document for _, documents in ranked[1:] for document in documents]
        if not rare:
            continue
        note = f"{quote(name)} " + ", ".join(f"{kind} {len(documents)}" for kind, documents in ranked)
        example = Example(some(rare), note)
        mixed.append((len(rare), example))
        n_common = len(ranked[0][1])
        if n_common >= _ODD_TIMES and len(rare) <= _ODD_SHARE * (n_common + len(rare)):
            odd.append((len(rare), example))
    # What is mixed matters the more the more frequent it is; of what is odd, the rarest is the surest slip.
    mixed.sort(key=lambda pair: -pair[0])
    odd.sort(key=lambda pair: pair[0])
    for check, found in (("mixed-types", mixed), ("odd-types", odd)):
        examples = limits.cut([example for _, example in found])
        yield Finding(check, (split.name,), sum(n for n, _ in found), n_mentions, examples)


def _find_sentences(split: Split, limits: Limits, symmetric: frozenset[str]) -> Iterator[Finding]:
    places: dict[str, list[tuple[Document, int, int]]] = {}
    for document in split.documents:
        for start, end in document.sentences:
            places.setdefault(on_one_line(document.text[start:end]), []).append((document, start, end))
    repeated = {sentence: own for sentence, own in places.items() if len(own) > 1}
    mentions, facts = [], []
    n_sentences = n_pairs = 0
    for sentence, own in repeated.items():
        ids = [document.id for document, _, _ in own]
        inside = [[m for m in document.mentions if start <= m.start and m.end <= end] for document, start, end in own]
        layers = [
            tuple(_Marked(_count_visible(document.text[start : m.start]), surface(document, m), m.type) for m in found)
            for (document, start, _), found in zip(own, inside, strict=True)
        ]
        if any(layers):
            n_sentences += len(own)
            mentions += [
                Example(pair, f"{quote(sentence)} {_tell_change(usual, other)}")
                for pair, usual, other in _odd_ones(ids, layers)
            ]
        labels = [_label_pairs(document, found, symmetric) for (document, _, _), found in zip(own, inside, strict=True)]
        for pair in set.intersection(*(set(own_labels) for own_labels in labels)):
            stated = [own_labels[pair] for own_labels in labels]
            if any(stated):
                n_pairs += len(own)
                facts += [
                    Example(documents, f"{quote(pair[0])} and {quote(pair[1])}: {_tell(usual)} or {_tell(other)}")
                    for documents, usual, other in _odd_ones(ids, stated)
                ]
    where = (split.name,)
    yield Finding("conflicting-mentions", where, len(mentions), n_sentences, limits.cut(mentions))
    yield Finding("conflicting-facts", where, len(facts), n_pairs, limits.cut(sorted(facts, key=str)))


def _label_pairs(
    document: Document, mentions: Sequence[Mention], symmetric: frozenset[str]
) -> dict[tuple[str, str], frozenset[tuple[str, str]]]:
    """Return the relations and statuses of every ordered pair of names in a sentence, none included.

    A symmetric relation holds both ways, whichever it is stated: it is one of the names in their alphabetical order.
    """
    stated: dict[tuple[str, str], set[tuple[str, str]]] = {}
    mutual: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for relation in document.relations:
        ends, label = (relation.head, relation.tail), (relation.type, relation.status)
        if relation.type in symmetric:
            mutual.setdefault(ends, set()).add(label)
            mutual.setdefault(ends[::-1], set()).add(label)
        else:
            stated.setdefault(ends, set()).add(label)
    labels: dict[tuple[str, str], frozenset[tuple[str, str]]] = {}
    names = [(surface(document, mention), mention.entities) for mention in mentions]
    for (head, heads), (tail, tails) in permutations(names, 2):
        if head != tail:
            sources = (stated, mutual) if head < tail else (stated,)
            pairs = product(heads, tails)
            found = {label for pair in pairs for source in sources for label in source.get(pair, ())}
            labels[head, tail] = labels.get((head, tail), frozenset()) | found
    return labels


def _odd_ones(ids: Sequence[str], values: Sequence[T]) -> Iterator[tuple[tuple[str, str], T, T]]:
    """Yield each value that is not the most frequent: a document with the usual one and its own, and both values."""
    counts = Counter(values)
    usual = max(counts, key=lambda value: counts[value])
    for name, value in zip(ids, values, strict=True):
        if value != usual:
            yield (ids[values.index(usual)], name), usual, value


def _tell_change(usual: Sequence[_Marked], other: Sequence[_Marked]) -> str:
    changes = [("−", m) for m in usual if m not in other] + [("+", m) for m in other if m not in usual]
    return ", ".join(f"{sign} {quote(mention.name)} {mention.type}" for sign, mention in changes)


def _count_visible(text: str) -> int:
    # Equal sentences may differ in white space, so that their offsets do too.
    return len("".join(text.split()))


def _tell(labels: frozenset[tuple[str, str]]) -> str:
    return " + ".join(f"{kind} ({status})" for kind, status in sorted(labels)) or "nothing"


def _find_directions(split: Split, limits: Limits, symmetric: frozenset[str]) -> Iterator[Finding]:
    n_facts: Counter[str] = Counter()
    mirrored: dict[str, list[tuple[str, Relation]]] = {}
    for document in split.documents:
        facts = {(r.head, r.type, r.tail) for r in document.relations}
        n_facts.update(r.type for r in document.relations)
        for relation in document.relations:
            if (relation.tail, relation.type, relation.head) in facts:
                mirrored.setdefault(relation.type, []).append((document.id, relation))
    where = (split.name,)
    twice = [pair for kind in sorted(symmetric) for pair in mirrored.get(kind, ())]
    examples = [Example((name,), str(relation)) for name, relation in twice]
    yield Finding("stated-both-ways", where, len(twice), sum(n_facts[kind] for kind in symmetric), limits.cut(examples))
    directed = sorted(n_facts.keys() - symmetric)
    mostly = {kind: own for kind in directed if 2 * len(own := mirrored.get(kind, [])) > n_facts[kind]}
    examples = [
        Example(some([name for name, _ in own]), f"{kind}: {len(own)} of {n_facts[kind]} facts")
        for kind, own in sorted(mostly.items(), key=lambda item: -len(item[1]))
    ]
    n_directed = sum(n_facts[kind] for kind in directed)
    yield Finding("undeclared-symmetry", where, sum(map(len, mostly.values())), n_directed, limits.cut(examples))


def _find_ids(split: Split, limits: Limits) -> Iterator[Finding]:
    again, merged = [], []
    n_entities = 0
    for document in split.documents:
        things = [(entity, _things(document, entity)) for entity in document.entities]
        known = [(entity, own) for entity, own in things if own]
        n_entities += len(known)
        merged += [
            Example((document.id,), f"{entity.id!r} is {' and '.join(sorted(own))}")
            for entity, own in known
            if len(own) > 1
        ]
        firsts: dict[tuple[str, str], Entity] = {}
        for entity, own in known:
            if len(own) == 1:
                (thing,) = own
                first = firsts.setdefault((entity.type, thing), entity)
                if first is not entity:
                    names = f"{first.id!r} {quote(first.name)}, {entity.id!r} {quote(entity.name)}"
                    again.append(Example((document.id,), f"{thing}: {names}"))
    where = (split.name,)
    yield Finding("split-ids", where, len(again), n_entities, limits.cut(again))
    yield Finding("merged-ids", where, len(merged), n_entities, limits.cut(merged))


def _things(document: Document, entity: Entity) -> set[str]:
    """Return the countries and organisations that the names of an entity mean."""
    surfaces = {surface(document, mention) for mention in entity.mentions if not mention.is_group}
    return {thing for name in surfaces if is_name(name) and (thing := _thing(name))}


@lru_cache(maxsize=100_000)
def _thing(name: str) -> str | None:
    # Singapore and Luxembourg may be the city, which is another thing.
    if capital_code(name):
        return None
    code = country_code(name)
    if code:
        found = country(code)
        return found.name if found else code
    body = organisation(name)
    return body.name if body else None
