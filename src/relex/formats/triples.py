"""NYT and WebNLG as triples (Zeng et al. 2018): sentences with facts between names, without offsets or types.

    [{"text": "Ada Roe left Kyiv .", "triple_list": [["Ada Roe", "visited", "Kyiv"]]}]

Only read. In the star versions of the corpora (`NYT-star`, `WebNLG-star`) the last word alone of a name is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from relex.document import Document, Mention, Relation
from relex.errors import DocumentError, FormatError
from relex.formats.drops import Drops, keep_nested
from relex.formats.files import check_ids, plain_path, read_array
from relex.formats.labels import to_type

TYPE = "ENTITY"
"""The type of every mention, since the corpora give none."""


def iterate(paths: Iterable[Path]) -> Iterator[Document]:
    """Yield a document a sentence: every place where a name of its triples stands is a mention of one entity.

    Documents are named after the file. What is left out is counted and logged once.

    Raises:
        FormatError: a file, or a sentence of it, that has another form.
    """
    drops = Drops("triples")
    for path in paths:
        values = read_array(path, of="sentences")
        yield from check_ids((_convert(value, i, path, drops) for i, value in enumerate(values)), str(path))
    drops.tell()


def _convert(value: Any, i: int, path: Path, drops: Drops) -> Document:
    try:
        text = value["text"]
        triples = [(head, to_type(label), tail) for head, label, tail in value["triple_list"]]
        ids: dict[str, str] = {}
        for head, _, tail in triples:
            for name in (head, tail):
                ids.setdefault(name, f"e{len(ids)}")
        mentions = keep_nested([mention for name, own in ids.items() for mention in _find(name, own, text)], drops)
        found = {mention.entities[0] for mention in mentions}
        relations: dict[Relation, None] = {}
        for head, label, tail in triples:
            if not {ids[head], ids[tail]} <= found:
                drops.add("relations of a name that does not stand in the text, or crosses another (nothing to do)")
            elif head == tail:
                drops.add("relations of a name to itself (nothing to do)")
            elif (relation := Relation(ids[head], label, ids[tail])) in relations:
                drops.add("relations stated twice (one is kept)")
            else:
                relations[relation] = None
        return Document(f"{plain_path(path).stem}-{i}", text, tuple(mentions), tuple(relations))
    except DocumentError as error:
        raise FormatError(f"{path}: sentence {i}: {error}") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise FormatError(f"{path}: sentence {i} is not a text with a triple_list: {error!r}") from None


def _find(name: str, entity: str, text: str) -> Iterator[Mention]:
    """Yield a name's mentions: where it stands between white space, or else where no letter or digit adjoins it."""
    own = re.escape(name)
    for pattern in (rf"(?<!\S){own}(?!\S)", rf"(?<!\w){own}(?!\w)"):
        if name and (matches := list(re.finditer(pattern, text))):
            yield from (Mention(*match.span(), TYPE, (entity,)) for match in matches)
            return
