"""Copies of documents with errors of every kind, for what compares a prediction with gold."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from relex.document import STATUSES, Document, Mention, Relation


def disturb(document: Document, seed: int, *, rate: float = 0.3) -> Document:
    """Return a valid copy in which about a share `rate` of mentions and relations is wrong somehow, some invented."""
    rng = Random(seed)
    types = sorted({m.type for m in document.mentions} | {"GPE", "ORG"})
    mentions: list[Mention] = []
    own_types: dict[str, str] = {}

    def add(mention: Mention) -> None:
        fits = all(own_types.get(entity, mention.type) == mention.type for entity in mention.entities)
        if fits and not any(_clash(mention, other) for other in mentions):
            mentions.append(mention)
            own_types.update(dict.fromkeys(mention.entities, mention.type))

    for mention in document.mentions:
        if rng.random() >= rate:
            add(mention)
            continue
        start, end = mention.start, mention.end
        peers = sorted({e for m in document.mentions for e in m.entities if m.type == mention.type})
        fault = rng.choice(("drop", "type", "start", "end", "split", "merge", "group"))
        if fault == "type":
            other = rng.choice(types)
            add(Mention(start, end, other, tuple(f"{e}-{other}" for e in mention.entities)))
        elif fault == "start":
            add(replace(mention, start=rng.randint(max(0, start - 3), end - 1)))
        elif fault == "end":
            add(replace(mention, end=rng.randint(start + 1, min(len(document.text), end + 3))))
        elif fault == "split":
            add(replace(mention, entities=(f"new-{start}",)))
        elif fault == "merge":
            add(replace(mention, entities=(rng.choice(peers),)))
        elif fault == "group":
            add(replace(mention, entities=tuple(rng.sample(peers, rng.randint(1, len(peers))))))
    for _ in range(rng.randint(0, 2) if document.text else 0):
        start = rng.randrange(len(document.text))
        add(Mention(start, rng.randint(start + 1, min(len(document.text), start + 6)), rng.choice(types), ("extra",)))
    return Document(document.id, document.text, tuple(mentions), _disturb_relations(document, mentions, rng, rate))


def _disturb_relations(document: Document, mentions: list[Mention], rng: Random, rate: float) -> tuple[Relation, ...]:
    used = sorted({entity for mention in mentions for entity in mention.entities})
    names = sorted({r.type for r in document.relations} | {"met-with", "signed"})
    facts: dict[tuple[str, str, str], Relation] = {}

    def add(head: str, type: str, tail: str, status: str) -> None:
        if head != tail and head in used and tail in used:
            facts.setdefault((head, type, tail), Relation(head, type, tail, status, score=rng.random()))

    for relation in document.relations:
        head, type, tail, status = relation.head, relation.type, relation.tail, relation.status
        fault = rng.choice(("drop", "turn", "type", "status", "end")) if rng.random() < rate else ""
        if fault == "turn":
            head, tail = tail, head
        elif fault == "type":
            type = rng.choice(names)
        elif fault == "status":
            status = rng.choice(STATUSES)
        elif fault == "end" and used:
            tail = rng.choice(used)
        if fault != "drop":
            add(head, type, tail, status)
    for _ in range(rng.randint(0, 2) if used else 0):
        add(rng.choice(used), rng.choice(names), rng.choice(used), rng.choice(STATUSES))
    return tuple(facts.values())


def _clash(a: Mention, b: Mention) -> bool:
    return (
        (a.start, a.end) == (b.start, b.end) or a.start < b.start < a.end < b.end or b.start < a.start < b.end < a.end
    )
