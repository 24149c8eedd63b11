"""The JSON form of a document: which keys it has, and which kind of value each one takes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from relex.errors import DocumentError, known


def check_document_dict(value: Any) -> None:
    """Raise `DocumentError` unless a value has the shape that `Document.to_dict` gives; the error says where.

    `meta`, `mentions`, `entities`, `relations`, `score`, `status`, `evidence`, `name` and `link` may be missing,
    and all but `status` may be None. Offsets, ids and types are checked by the values built from them.
    """
    _check_keys(value, "document", {"id", "text"}, {"meta", "mentions", "entities", "relations"})
    where = f"document {value['id']!r}"
    if type(value["id"]) not in (str, int):
        raise DocumentError(f"{where}: id must be a string, not {type(value['id']).__name__}")
    _check_strings(value, where, "text")
    meta = value.get("meta")
    if meta is not None:
        if not isinstance(meta, Mapping):
            raise DocumentError(f"{where}: meta must be an object of strings, not {type(meta).__name__}")
        _check_strings(meta, f"{where}, meta", *meta)
    for i, mention in enumerate(_list(value, where, "mentions")):
        _check_mention(mention, f"{where}, mention {i}")
    for i, entity in enumerate(_list(value, where, "entities")):
        _check_entity(entity, f"{where}, entity {i}")
    for i, relation in enumerate(_list(value, where, "relations")):
        _check_relation(relation, f"{where}, relation {i}")


def _check_mention(value: Any, where: str) -> None:
    _check_keys(value, where, {"start", "end", "type", "entities"}, {"score"})
    if not isinstance(value["entities"], list | tuple):
        raise DocumentError(f"{where}: entities must be a list of ids, not {type(value['entities']).__name__}")
    _check_score(value, where)


def _check_entity(value: Any, where: str) -> None:
    _check_keys(value, where, {"id"}, {"type", "name", "link"})
    _check_strings(value, where, "id", *(key for key in ("type", "name") if value.get(key) is not None))
    link = value.get("link")
    if link is not None:
        _check_keys(link, f"{where}, link", set(), {"iso3166", "wikidata", "iso8601"})
        _check_strings(link, f"{where}, link", *(key for key in link if link[key] is not None))


def _check_relation(value: Any, where: str) -> None:
    _check_keys(value, where, {"head", "type", "tail"}, {"status", "score", "evidence"})
    _check_strings(value, where, "head", "type", "tail", *(key for key in ("status",) if key in value))
    _check_score(value, where)
    for pair in _list(value, where, "evidence"):
        _check_keys(pair, f"{where}, evidence", {"head", "tail"}, set())
        for end in ("head", "tail"):
            span = pair[end]
            if not isinstance(span, list | tuple) or [type(offset) for offset in span] != [int, int]:
                raise DocumentError(f"{where}, evidence: {end} must be two offsets [start, end], not {span!r}")


def _check_keys(value: Any, where: str, required: set[str], optional: set[str]) -> None:
    if not isinstance(value, Mapping):
        raise DocumentError(f"{where}: expected an object, not {type(value).__name__}")
    if missing := required - value.keys():
        raise DocumentError(f"{where}: misses {known(missing)}")
    if unknown := value.keys() - required - optional:
        raise DocumentError(f"{where}: unknown key {known(unknown)}; known: {known(required | optional)}")


def _check_strings(value: Mapping[str, Any], where: str, *keys: str) -> None:
    for key in keys:
        if not isinstance(value[key], str):
            raise DocumentError(f"{where}: {key} must be a string, not {type(value[key]).__name__}")


def _check_score(value: Mapping[str, Any], where: str) -> None:
    score = value.get("score")
    if score is not None and (type(score) not in (int, float) or not math.isfinite(score)):
        raise DocumentError(f"{where}: score must be a finite number or null, not {score!r}")


def _list(value: Mapping[str, Any], where: str, key: str) -> list[Any]:
    items = value.get(key)
    if items is None:
        return []
    if not isinstance(items, list | tuple):
        raise DocumentError(f"{where}: {key} must be a list, not {type(items).__name__}")
    return list(items)
