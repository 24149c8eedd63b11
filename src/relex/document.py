"""The values that relex speaks in: a text and the mentions, entities and relations read from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from relex.checks import bad_name, bad_score, check_text, is_name, is_score, is_span, take_mapping, take_tuple
from relex.errors import DocumentError, known
from relex.naming import choose_name
from relex.sentences import split_sentences
from relex.serialization import check_document_dict

if TYPE_CHECKING:
    import networkx as nx

STATUSES = ("actual", "planned", "negated")
"""What a text may say of a relation; a status id is an index into this tuple."""

_EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Link:
    """What an entity is outside the text: a country code, a Wikidata item or a calendar date."""

    iso3166: str | None = None
    wikidata: str | None = None
    iso8601: str | None = None

    def __post_init__(self) -> None:
        for value in (self.iso3166, self.wikidata, self.iso8601):
            if not (value is None or isinstance(value, str)):
                raise DocumentError(f"a link holds strings, not {value!r}; leave out what is not known")
            check_text(value or "", f"link {value!r}")

    def to_dict(self) -> dict[str, str]:
        """Return the fields that are set."""
        pairs = (("iso3166", self.iso3166), ("wikidata", self.wikidata), ("iso8601", self.iso8601))
        return {name: value for name, value in pairs if value is not None}


@dataclass(frozen=True, slots=True)
class Mention:
    """A typed span of the text, half-open in code points, that names one entity or a group of them.

    `entities` holds one id, or several for a group mention ("the two countries").
    """

    start: int
    end: int
    type: str
    entities: tuple[str, ...]
    score: float | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not (type(self.start) is type(self.end) is int):
            raise DocumentError(f"mention offsets must be whole numbers, not {self.start!r}, {self.end!r}")
        if self.start < 0 or self.end <= self.start:
            raise DocumentError(f"{self._where()}: a span needs 0 <= start < end; offsets are half-open")
        if type(self.entities) is not tuple:
            object.__setattr__(self, "entities", take_tuple(self.entities, str, f"{self._where()}: entities"))
        if not is_name(self.type):
            raise bad_name(self.type, f"{self._where()}: its type")
        if not self.entities:
            raise DocumentError(f"{self._where()}: names no entity; give at least one entity id")
        for entity in self.entities:
            if not is_name(entity):
                raise bad_name(entity, f"{self._where()}: entity id")
        if len(self.entities) > 1 and len(set(self.entities)) != len(self.entities):
            raise DocumentError(f"{self._where()}: an entity id is given twice in {'+'.join(self.entities)}")
        if self.score is not None and not is_score(self.score):
            raise bad_score(self.score, self._where())

    @property
    def is_group(self) -> bool:
        """Whether the mention stands for several entities at once."""
        return len(self.entities) > 1

    def _where(self) -> str:
        return f"mention {self.start}–{self.end}"


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing in the world that a document mentions; derived from the document's mentions."""

    id: str
    type: str
    name: str
    mentions: tuple[Mention, ...]
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The offsets of a head mention and a tail mention that together carry a relation."""

    head: tuple[int, int]
    tail: tuple[int, int]

    def __post_init__(self) -> None:
        for end, span in (("head", self.head), ("tail", self.tail)):
            if not is_span(span):
                raise DocumentError(f"evidence: {end} must be a tuple of two offsets, (start, end), not {span!r}")


@dataclass(frozen=True, slots=True)
class Relation:
    """A directed fact between two entities of one document, by their ids, with a status."""

    head: str
    type: str
    tail: str
    status: str = "actual"
    score: float | None = field(default=None, compare=False)
    evidence: tuple[Evidence, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        for name, what in ((self.head, "head"), (self.type, "type"), (self.tail, "tail")):
            if not is_name(name):
                raise bad_name(name, f"relation {what}")
        if self.status not in STATUSES:
            raise DocumentError(f"relation {self}: unknown status {self.status!r}; known: {', '.join(STATUSES)}")
        if self.head == self.tail:
            raise DocumentError(f"relation {self}: head and tail are the same entity")
        if self.score is not None and not is_score(self.score):
            raise bad_score(self.score, f"relation {self}")
        if self.evidence != ():
            object.__setattr__(self, "evidence", take_tuple(self.evidence, Evidence, f"relation {self}: evidence"))

    def __str__(self) -> str:
        return f"{self.head} {self.type} {self.tail}"


@dataclass(frozen=True, eq=False)
class Document:
    """A text with its mentions and relations; checked when built, and never changed after.

    Mentions are kept sorted by start, then longer first. Two documents are equal when text, mentions
    and relations are, whatever their ids, metadata, scores, evidence and links. `links` gives what
    grounding knows of an entity, by entity id.

    Raises:
        DocumentError: a field of the wrong kind, an empty id, an offset outside the text, crossing mentions, two
            mentions on one span, a relation or link of an unknown entity, an entity of two types, a fact stated twice.
    """

    id: str
    text: str
    mentions: tuple[Mention, ...] = ()
    relations: tuple[Relation, ...] = ()
    meta: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    links: Mapping[str, Link] = field(default_factory=lambda: _EMPTY)

    def __post_init__(self) -> None:
        if not (isinstance(self.id, str) and self.id):
            raise DocumentError(f"document {self.id!r}: the id must be a string, and not an empty one")
        where = f"document {self.id!r}"
        check_text(self.id, f"{where}, id")
        mentions = take_tuple(self.mentions, Mention, f"{where}: mentions")
        object.__setattr__(self, "mentions", tuple(sorted(mentions, key=lambda m: (m.start, -m.end))))
        object.__setattr__(self, "relations", take_tuple(self.relations, Relation, f"{where}: relations"))
        object.__setattr__(self, "meta", take_mapping(self.meta, str, f"{where}: meta"))
        object.__setattr__(self, "links", take_mapping(self.links, Link, f"{where}: links"))
        if not isinstance(self.text, str):
            raise DocumentError(f"document {self.id!r}: the text is {type(self.text).__name__}, not str")
        check_text(self.text, where)
        types = self._check_mentions()
        self._check_relations(types)
        if unknown := self.links.keys() - types.keys():
            raise DocumentError(
                f"document {self.id!r}: link of id {min(unknown)!r}, which no mention has; ids here: {known(types)}"
            )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Document):
            return NotImplemented
        return (
            self.text == other.text
            and self.mentions == other.mentions
            and frozenset(self.relations) == frozenset(other.relations)
        )

    def __hash__(self) -> int:
        return hash((self.text, self.mentions, frozenset(self.relations)))

    def __reduce__(self) -> tuple[Any, ...]:
        # Read-only views do not pickle; worker processes need documents all the same.
        values = (self.id, self.text, self.mentions, self.relations, dict(self.meta), dict(self.links))
        return (Document, values)

    @cached_property
    def entities(self) -> tuple[Entity, ...]:
        """The entities, in order of first mention."""
        mentions: dict[str, list[Mention]] = {}
        for mention in self.mentions:
            for entity in mention.entities:
                mentions.setdefault(entity, []).append(mention)
        return tuple(
            Entity(entity, own[0].type, self._name(own), tuple(own), self.links.get(entity))
            for entity, own in mentions.items()
        )

    @cached_property
    def sentences(self) -> tuple[tuple[int, int], ...]:
        """The sentences as half-open code-point ranges, in order."""
        return split_sentences(self.text)

    def entity(self, entity_id: str) -> Entity:
        """Return the entity of that id; raise `DocumentError` if the document mentions none."""
        try:
            return self._by_id[entity_id]
        except KeyError:
            raise DocumentError(
                f"document {self.id!r} has no entity {entity_id!r}; it has {known(self._by_id)}"
            ) from None

    def to_dict(self) -> dict[str, Any]:
        """Return the document as plain values, ready for JSON."""
        return {
            "id": self.id,
            "text": self.text,
            "meta": dict(self.meta),
            "mentions": [
                {"start": m.start, "end": m.end, "type": m.type, "entities": list(m.entities)} | _score(m.score)
                for m in self.mentions
            ],
            "entities": [
                {"id": e.id, "type": e.type, "name": e.name} | ({"link": e.link.to_dict()} if e.link else {})
                for e in self.entities
            ],
            "relations": [_relation_to_dict(relation) for relation in self.relations],
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Document:
        """Build a document from plain values, as `to_dict` gives them.

        Scores, evidence, links, names and the list of entities may be missing.

        Raises:
            DocumentError: a missing or unknown key, a value of the wrong kind, or a broken rule.
        """
        check_document_dict(value)
        try:
            mentions = tuple(
                Mention(m["start"], m["end"], m["type"], tuple(m["entities"]), m.get("score"))
                for m in value.get("mentions") or ()
            )
            relations = tuple(_relation_from_dict(relation) for relation in value.get("relations") or ())
            links = _links_from_list(value.get("entities") or (), mentions)
        except DocumentError as error:
            raise DocumentError(f"document {value['id']!r}: {error}") from None
        return cls(str(value["id"]), value["text"], mentions, relations, value.get("meta") or {}, links)

    def to_graph(self) -> nx.MultiDiGraph[str]:
        """Return entities as nodes and relations as edges; see `relex.graph.to_graph`."""
        # Exports stand above the values, and only who asks for a graph should wait for networkx.
        graph: nx.MultiDiGraph[str] = import_module("relex.graph").to_graph(self)
        return graph

    @cached_property
    def _by_id(self) -> dict[str, Entity]:
        return {entity.id: entity for entity in self.entities}

    def _name(self, mentions: Sequence[Mention]) -> str:
        # A group mention ("the two countries") names one member only if nothing else does.
        own = [mention for mention in mentions if not mention.is_group] or mentions
        return choose_name([self.text[m.start : m.end] for m in own], type=own[0].type)

    def _check_mentions(self) -> dict[str, Mention]:
        """Return the first mention of every entity id."""
        types: dict[str, Mention] = {}
        open_mentions: list[Mention] = []
        previous: Mention | None = None
        for mention in self.mentions:
            if mention.end > len(self.text):
                raise DocumentError(
                    f"{self._where(mention)} ends at {mention.end}, past the text's {len(self.text)} characters; "
                    "offsets count Unicode code points"
                )
            if previous is not None and (previous.start, previous.end) == (mention.start, mention.end):
                raise DocumentError(
                    f"{self._where(mention)}: two mentions on one span ({previous.type} and {mention.type}); "
                    "keep one, as a group mention if it names several entities"
                )
            while open_mentions and open_mentions[-1].end <= mention.start:
                open_mentions.pop()
            if open_mentions and mention.end > open_mentions[-1].end:
                raise DocumentError(
                    f"{self._where(mention)} crosses {self._where(open_mentions[-1])}; mentions nest or are apart"
                )
            open_mentions.append(mention)
            for entity in mention.entities:
                first = types.setdefault(entity, mention)
                if first.type != mention.type:
                    raise DocumentError(
                        f"{self._where(mention)}: entity {entity!r} is {mention.type} here and {first.type} at "
                        f"{first.start}; give one of them another id or type"
                    )
            previous = mention
        return types

    def _check_relations(self, entities: Mapping[str, Mention]) -> None:
        owners = {(mention.start, mention.end): mention.entities for mention in self.mentions}
        seen: set[tuple[str, str, str]] = set()
        for relation in self.relations:
            for end in (relation.head, relation.tail):
                if end not in entities:
                    raise DocumentError(
                        f"document {self.id!r}: relation '{relation}' uses id {end!r}, which no mention has; "
                        f"ids here: {known(entities)}"
                    )
            key = (relation.head, relation.type, relation.tail)
            if key in seen:
                raise DocumentError(f"document {self.id!r}: relation '{relation}' is stated twice; keep one status")
            seen.add(key)
            for pair in relation.evidence:
                if relation.head not in owners.get(pair.head, ()) or relation.tail not in owners.get(pair.tail, ()):
                    raise DocumentError(
                        f"document {self.id!r}: evidence {pair.head}, {pair.tail} of '{relation}' is no pair of "
                        "mentions of its ends; give the offsets of a mention of the head, then of one of the tail"
                    )

    def _where(self, mention: Mention) -> str:
        surface = self.text[mention.start : mention.end]
        surface = surface if len(surface) <= 40 else surface[:39] + "…"
        return f"document {self.id!r}: mention {surface!r} at {mention.start}–{mention.end}"


def _score(score: float | None) -> dict[str, float]:
    return {} if score is None else {"score": score}


def _relation_to_dict(relation: Relation) -> dict[str, Any]:
    value: dict[str, Any] = {
        "head": relation.head,
        "type": relation.type,
        "tail": relation.tail,
        "status": relation.status,
    }
    value |= _score(relation.score)
    if relation.evidence:
        value["evidence"] = [{"head": list(e.head), "tail": list(e.tail)} for e in relation.evidence]
    return value


def _relation_from_dict(value: Mapping[str, Any]) -> Relation:
    evidence = tuple(Evidence(tuple(pair["head"]), tuple(pair["tail"])) for pair in value.get("evidence") or ())
    status = value.get("status", "actual")
    return Relation(value["head"], value["type"], value["tail"], status, value.get("score"), evidence)


def _links_from_list(values: Iterable[Mapping[str, Any]], mentions: Iterable[Mention]) -> dict[str, Link]:
    types = {entity: mention.type for mention in mentions for entity in mention.entities}
    links = {}
    for value in values:
        own_type = types.get(value["id"])
        if own_type is None:
            raise DocumentError(f"entity {value['id']!r} is named by no mention; ids here: {known(types)}")
        if value.get("type") not in (None, own_type):
            raise DocumentError(f"entity {value['id']!r}: type {value['type']} differs from its mentions' {own_type}")
        if value.get("link"):
            links[value["id"]] = Link(**value["link"])
    return links
