"""What a model tags: mention types, relation types, and which of them go together."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import tomli_w

from relex.checks import is_name
from relex.document import Document
from relex.errors import InputError, SchemaError, known

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_KINDS = {str: "string", bool: "truth value", Sequence: "list of mention types", Mapping: "table"}


@dataclass(frozen=True, slots=True)
class MentionType:
    """A type of mention, and so of entity."""

    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class RelationType:
    """A type of relation: which entity types it may join, and whether it has a direction."""

    name: str
    head: frozenset[str]
    tail: frozenset[str]
    symmetric: bool = False
    description: str = ""


@dataclass(frozen=True)
class Schema:
    """Mention and relation types; the position of a type in its tuple is its label number.

    Raises:
        SchemaError: a name that is no word or given twice, a relation over an unknown mention type, a symmetric
            relation whose ends differ.
    """

    name: str
    mention_types: tuple[MentionType, ...]
    relation_types: tuple[RelationType, ...] = ()

    def __post_init__(self) -> None:
        for kind, labels in (("mention", self.mention_names), ("relation", self.relation_names)):
            if twice := {name for name in labels if labels.count(name) > 1}:
                raise SchemaError(f"schema {self.name!r}: {kind} type {known(twice)} is defined twice")
            if bad := [name for name in labels if not is_name(name)]:
                raise SchemaError(
                    f"schema {self.name!r}: {kind} type {bad[0]!r} must be a word without white space, brackets or '+'"
                )
        if not self.mention_types:
            raise SchemaError(f"schema {self.name!r} has no mention types")
        names = set(self.mention_names)
        for relation in self.relation_types:
            for end, types in (("head", relation.head), ("tail", relation.tail)):
                if not types or types - names:
                    wrong = known(types - names) if types else "nothing"
                    raise SchemaError(
                        f"schema {self.name!r}: {end} of {relation.name!r} names {wrong}; mention types: {known(names)}"
                    )
            if relation.symmetric and relation.head != relation.tail:
                raise SchemaError(
                    f"schema {self.name!r}: {relation.name!r} is symmetric, but its head takes {known(relation.head)} "
                    f"and its tail {known(relation.tail)}; give both the same types"
                )

    @property
    def mention_names(self) -> tuple[str, ...]:
        """The names of the mention types, in label order."""
        return tuple(t.name for t in self.mention_types)

    @property
    def relation_names(self) -> tuple[str, ...]:
        """The names of the relation types, in label order."""
        return tuple(t.name for t in self.relation_types)

    @property
    def symmetric(self) -> frozenset[str]:
        """The names of the relation types without direction."""
        return frozenset(t.name for t in self.relation_types if t.symmetric)

    def relation(self, name: str) -> RelationType:
        """Return the relation type of that name; raise `SchemaError` if there is none."""
        for relation in self.relation_types:
            if relation.name == name:
                return relation
        raise SchemaError(f"schema {self.name!r} has no relation {name!r}; it has {known(self.relation_names)}")

    def problems(self, document: Document) -> list[str]:
        """Return what in a document does not fit the schema, one sentence each; empty if all fits."""
        found = []
        names = set(self.mention_names)
        for mention in document.mentions:
            if mention.type not in names:
                surface = document.text[mention.start : mention.end]
                found.append(
                    f"unknown mention type {mention.type} on {surface!r} at {mention.start}; known: {known(names)}"
                )
        types = {entity: m.type for m in document.mentions for entity in m.entities}
        relations = {t.name: t for t in self.relation_types}
        seen: set[tuple[str, frozenset[str]]] = set()
        for relation in document.relations:
            kind = relations.get(relation.type)
            if kind is None:
                found.append(f"unknown relation type in '{relation}'; known: {known(relations)}")
                continue
            if types[relation.head] not in kind.head:
                found.append(f"'{relation}': a {types[relation.head]} cannot be its head; it takes {known(kind.head)}")
            if types[relation.tail] not in kind.tail:
                found.append(f"'{relation}': a {types[relation.tail]} cannot be its tail; it takes {known(kind.tail)}")
            if kind.symmetric:
                key = (relation.type, frozenset((relation.head, relation.tail)))
                if key in seen:
                    found.append(f"'{relation}': symmetric, and already stated the other way round; keep one")
                seen.add(key)
        return found

    def check(self, documents: Iterable[Document]) -> None:
        """Raise `SchemaError` on the first document that does not fit the schema."""
        for document in documents:
            if problems := self.problems(document):
                raise SchemaError(f"document {document.id!r} does not fit schema {self.name!r}: {problems[0]}")

    def to_dict(self) -> dict[str, Any]:
        """Return the schema as plain values, as its TOML file holds them."""
        return {
            "name": self.name,
            "mentions": {t.name: {"description": t.description} for t in self.mention_types},
            "relations": {
                t.name: {
                    "head": [n for n in self.mention_names if n in t.head],
                    "tail": [n for n in self.mention_names if n in t.tail],
                    "symmetric": t.symmetric,
                    "description": t.description,
                }
                for t in self.relation_types
            },
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Schema:
        """Build a schema from plain values, as `to_dict` gives them; `SchemaError` on an unknown key."""
        _check_keys(value, "schema", {"name": str, "mentions": Mapping, "relations": Mapping})
        name = value.get("name", "schema")
        mentions = []
        for type_name, fields in value.get("mentions", {}).items():
            _check_keys(fields, f"mention type {type_name}", {"description": str})
            mentions.append(MentionType(type_name, fields.get("description", "")))
        relations = []
        allowed = {"head": Sequence, "tail": Sequence, "symmetric": bool, "description": str}
        for type_name, fields in value.get("relations", {}).items():
            _check_keys(fields, f"relation type {type_name}", allowed)
            ends = [frozenset(map(str, fields.get(end, ()))) for end in ("head", "tail")]
            relations.append(
                RelationType(type_name, ends[0], ends[1], fields.get("symmetric", False), fields.get("description", ""))
            )
        return cls(name, tuple(mentions), tuple(relations))

    def to_toml(self) -> str:
        """Return the schema as the text of its TOML file."""
        return tomli_w.dumps(self.to_dict())

    @classmethod
    def from_toml(cls, text: str, *, where: str = "schema") -> Schema:
        """Read a schema from the text of a TOML file; `where` names the file in errors."""
        try:
            return cls.from_dict(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise SchemaError(f"{where}: not valid TOML: {error}") from None
        except SchemaError as error:
            raise SchemaError(f"{where}: {error}") from None


def infer_schema(documents: Iterable[Document], *, name: str = "inferred", symmetric: Iterable[str] = ()) -> Schema:
    """Read off a schema from annotated documents: every type seen, over the types seen at its ends."""
    mentions: dict[str, None] = {}
    ends: dict[str, tuple[set[str], set[str]]] = {}
    for document in documents:
        types = {entity: m.type for m in document.mentions for entity in m.entities}
        mentions |= dict.fromkeys(types.values())
        for relation in document.relations:
            head, tail = ends.setdefault(relation.type, (set(), set()))
            head.add(types[relation.head])
            tail.add(types[relation.tail])
    undirected = set(symmetric)
    if unknown := undirected - ends.keys():
        raise SchemaError(f"symmetric relation {known(unknown)} does not occur; the documents have {known(ends)}")
    relations = []
    for relation_name in sorted(ends):
        head, tail = ends[relation_name]
        if relation_name in undirected:
            head = tail = head | tail
        relations.append(RelationType(relation_name, frozenset(head), frozenset(tail), relation_name in undirected))
    return Schema(name, tuple(MentionType(m) for m in sorted(mentions)), tuple(relations))


@cache
def builtin_schema(name: str = "diplomatic") -> Schema:
    """Return a schema that relex carries; `diplomatic` equals the tables of the annotation guide."""
    file = resources.files("relex") / "schemas" / f"{name}.toml"
    if not file.is_file():
        raise SchemaError(f"no built-in schema {name!r}; relex carries diplomatic, or give the path of a .toml file")
    return Schema.from_toml(file.read_text(encoding="utf-8"), where=name)


def check_schema(schema: Any) -> None:
    """Raise `InputError` on what is given in place of a schema, such as its name."""
    if not isinstance(schema, Schema):
        raise InputError(f"schema must be a relex.Schema, not {schema!r}; make one with relex.load_schema")


def load_schema(source: str | Path | Schema) -> Schema:
    """Return a schema given as such, by the name of a built-in one, or by the path of a TOML file."""
    if isinstance(source, Schema):
        return source
    path = Path(source)
    if path.suffix != ".toml":
        return builtin_schema(str(source))
    try:
        return Schema.from_toml(path.read_text(encoding="utf-8"), where=str(path))
    except OSError as error:
        raise SchemaError(f"cannot read schema {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SchemaError(f"schema {path} is not UTF-8: {error}") from None


def _check_keys(value: Any, where: str, allowed: Mapping[str, type]) -> None:
    if not isinstance(value, Mapping):
        raise SchemaError(f"{where}: expected a table, not {type(value).__name__}")
    if unknown := value.keys() - allowed.keys():
        raise SchemaError(f"{where}: unknown key {known(unknown)}; known: {known(allowed)}")
    for key, own in value.items():
        if not isinstance(own, allowed[key]) or (isinstance(own, str) and allowed[key] is not str):
            raise SchemaError(f"{where}: {key} must be a {_KINDS[allowed[key]]}, not {own!r}")
