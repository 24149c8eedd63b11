"""DWIE: news with entities, coreference and relations (Zaporojets et al. 2021); one JSON file a document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from relex.document import Document, Mention, Relation
from relex.errors import DocumentError, FormatError
from relex.formats.drops import Drops, keep_nested
from relex.formats.files import read_json

# A concept has several tags, the general beside the particular: the first of these that it has decides.
# Adjectives ("German") are the tags in -x; a footer is a byline, no mention.
_TYPES = {
    "type::skip": None,
    "type::none": None,
    "type::footer": None,
    "type::person": "PERSON",
    "type::role": "ROLE",
    "type::gpe": "GPE",
    "type::organization": "ORG",
    "type::police": "ORG",
    "type::location": "LOCATION",
    "type::event": "EVENT",
    "type::time": "DATE",
    "type::money": "VALUE",
    "type::value": "VALUE",
    "type::gpe0-x": "GPE",
    "type::gpe1-x": "GPE",
    "type::gpe2-x": "GPE",
    "type::loc-x": "GPE",
    "type::misc": "MISC",
    "type::other": "MISC",
    "type::entity": "MISC",
}
_KEYS = ("id", "content", "tags", "mentions", "concepts", "relations")


def iterate(paths: Iterable[Path], *, split: str | None = None) -> Iterator[Document]:
    """Yield the documents of DWIE files with content, all or those of one split (`train`, `test`).

    The split is kept as metadata. Adjectives ("German") are entities of their own, as the corpus has them.
    What is left out is counted and logged once.

    Raises:
        FormatError: a file that is no DWIE document, or has no text.
    """
    drops = Drops("dwie")
    for path in paths:
        value = read_json(path)
        missing = [key for key in _KEYS if not isinstance(value, dict) or key not in value]
        if missing:
            raise FormatError(
                f"{path}: not a DWIE document: misses {', '.join(missing)}; "
                "the corpus's own download script adds the content"
            )
        own_split = "test" if "test" in (value["tags"] or ()) else "train"
        if split in (None, own_split):
            yield _convert(value, own_split, path, drops)
    drops.tell()


def _convert(value: dict[str, Any], split: str, path: Path, drops: Drops) -> Document:
    try:
        mentions = keep_nested(list(_mentions(value, drops)), drops)
        relations = _relations(value, {m.entities[0] for m in mentions}, drops)
        return Document(value["id"], value["content"], tuple(mentions), tuple(relations), {"split": split})
    except DocumentError as error:
        raise FormatError(f"{path}: {error}") from None
    except (KeyError, TypeError) as error:
        raise FormatError(f"{path}: not a DWIE document: {error!r}; take the file from the corpus again") from None


def _mentions(value: dict[str, Any], drops: Drops) -> Iterator[Mention]:
    types = {concept["concept"]: _choose_type(concept.get("tags") or ()) for concept in value["concepts"]}
    for item in value["mentions"]:
        start, end, concept = item["begin"], item["end"], item["concept"]
        mention_type = types.get(concept)
        if mention_type is None:
            drops.add("mentions that the corpus gives no type, or marks as footer or to skip (nothing to do)")
        elif start >= end or value["content"][start:end] != item["text"]:
            drops.add("mentions whose offsets do not give their text (download the content again)")
        else:
            yield Mention(start, end, mention_type, (f"c{concept}",))


def _relations(value: dict[str, Any], entities: set[str], drops: Drops) -> Iterable[Relation]:
    relations: dict[tuple[str, str, str], Relation] = {}
    for item in value["relations"]:
        head, relation_type, tail = f"c{item['s']}", item["p"], f"c{item['o']}"
        if head not in entities or tail not in entities:
            drops.add("relations of concepts without a mention, or whose mentions are left out (nothing to do)")
        elif head == tail:
            drops.add("relations of a concept to itself (nothing to do)")
        elif (head, relation_type, tail) in relations:
            drops.add("relations stated twice (one is kept)")
        else:
            relations[head, relation_type, tail] = Relation(head, relation_type, tail)
    return relations.values()


def _choose_type(tags: Iterable[str]) -> str | None:
    own = set(tags)
    return next((mention_type for tag, mention_type in _TYPES.items() if tag in own), None)
