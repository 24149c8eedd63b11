"""spaCy: `Doc` objects, and `.spacy` files of them (`DocBin`); needs spaCy, which is an optional dependency.

All mentions stand in `doc.spans["sc"]`, where spaCy's span categorizer looks for them, the outermost in `doc.ents`
as well. The id of a span (`span.id_`) is that of its entity, joined by `+` for a group mention; `span.kb_id_` is the
Wikidata item. Scores of mentions are `doc.spans["sc"].attrs["scores"]`. What spaCy has no place for stands in
`doc.user_data["relex"]`, in the form of `Document.to_dict`: `id`, `meta`, `entities` and `relations`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from itertools import count, pairwise
from pathlib import Path
from typing import Any

from relex.checks import is_name
from relex.document import Document, Mention
from relex.errors import DocumentError, FormatError
from relex.formats.drops import Drops, keep_layer, keep_nested
from relex.formats.files import check_ids, read_bytes, write_bytes
from relex.formats.labels import to_type

SPANS = "sc"
"""The group of spans that holds the mentions."""

USER_DATA = "relex"
"""The key of `doc.user_data` under which stands what spaCy has no place for."""

_ITEM = re.compile(r"Q[1-9][0-9]*")


def iterate(paths: Iterable[Path]) -> Iterator[Document]:
    """Yield the documents of `.spacy` files; see `from_doc`. Without an id they are named after the file.

    Raises:
        FormatError: spaCy is not installed, a file is no DocBin, a document in it is faulty.
    """
    spacy = _import_spacy()
    drops = Drops("spacy")
    for path in paths:
        yield from check_ids(_documents(spacy, path, drops), str(path))
    drops.tell()


def write(documents: Iterable[Document], path: Path) -> None:
    """Write documents to one `.spacy` file, which keeps all that they hold; see `to_doc`.

    Raises:
        FormatError: spaCy is not installed, the file cannot be written.
    """
    spacy = _import_spacy()
    nlp = spacy.blank("en")
    bin_ = spacy.tokens.DocBin(store_user_data=True)
    for document in check_ids(documents, str(path)):
        bin_.add(to_doc(document, nlp=nlp))
    write_bytes(bin_.to_bytes(), path)


def to_doc(document: Document, *, nlp: Any = None) -> Any:
    """Return a document as a spaCy `Doc` of the same text.

    `nlp` is the pipeline whose tokenizer cuts the text, by default a blank one for English. Its tokens are cut
    again where mentions begin and end.

    Raises:
        FormatError: spaCy is not installed.
    """
    spacy = _import_spacy()
    nlp = spacy.blank("en") if nlp is None else nlp
    words, spaces = _tokenize(document, nlp)
    doc = spacy.tokens.Doc(nlp.vocab, words=words, spaces=spaces)
    spans = {(mention.start, mention.end): _to_span(doc, mention, document) for mention in document.mentions}
    scores = [mention.score for mention in document.mentions]
    attrs = {"scores": scores} if set(scores) - {None} else {}
    doc.spans[SPANS] = spacy.tokens.SpanGroup(doc, name=SPANS, spans=list(spans.values()), attrs=attrs)
    outermost = keep_layer(replace(document, relations=()), Drops("spacy")).mentions
    doc.set_ents([spans[mention.start, mention.end] for mention in outermost])
    value = document.to_dict()
    links = [{"id": entity["id"], "link": entity["link"]} for entity in value["entities"] if "link" in entity]
    own = {"id": document.id, "meta": value["meta"], "entities": links, "relations": value["relations"]}
    doc.user_data[USER_DATA] = own
    return doc


def from_doc(doc: Any, *, id: str = "doc", drops: Drops | None = None) -> Document:
    """Return a spaCy `Doc` as a document: its `doc.spans["sc"]`, or else its `doc.ents`, and the rest as said above.

    A span without the id of an entity is an entity of its own; of several on one span the one of the highest score
    is kept. `id` is for a `Doc` that has none. What is left out is counted by `drops`, or else logged once.

    Raises:
        DocumentError: what stands in `doc.user_data["relex"]` is of another form.
    """
    counts = Drops("spacy") if drops is None else drops
    own = doc.user_data.get(USER_DATA, {})
    mentions, items = _read_spans(doc, counts)
    spans = {(mention.start, mention.end) for mention in mentions}
    names = {entity for mention in mentions for entity in mention.entities}
    try:
        entities = {entity: {"id": entity, "link": {"wikidata": item}} for entity, item in items.items()}
        entities |= {entity["id"]: entity for entity in own.get("entities", ()) if entity["id"] in names}
        relations = [
            {**relation, "evidence": [pair for pair in relation.get("evidence", ()) if _is_pair(pair, spans)]}
            for relation in own.get("relations", ())
            if {relation["head"], relation["tail"]} <= names
        ]
        n_lost = len(own.get("relations", ())) - len(relations)
        counts.add("relations whose mentions are left out (see the mentions)", n=n_lost)
        value = {"id": id, **own, "text": doc.text, "entities": list(entities.values()), "relations": relations}
    except (AttributeError, KeyError, TypeError) as error:
        raise DocumentError(f"user_data[{USER_DATA!r}] is not as relex writes it: {error!r}; delete it") from None
    value["mentions"] = [
        {"start": m.start, "end": m.end, "type": m.type, "entities": m.entities, "score": m.score} for m in mentions
    ]
    document = Document.from_dict(value)
    if drops is None:
        counts.tell()
    return document


def _documents(spacy: Any, path: Path, drops: Drops) -> Iterator[Document]:
    try:
        docs = list(spacy.tokens.DocBin().from_bytes(read_bytes(path)).get_docs(spacy.vocab.Vocab()))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise FormatError(f"{path}: not a DocBin of spaCy 3: {error}") from None
    for i, doc in enumerate(docs):
        try:
            yield from_doc(doc, id=f"{path.stem}-{i}", drops=drops)
        except (DocumentError, KeyError) as error:  # KeyError: a label that the file does not spell out
            raise FormatError(f"{path}: document {i}: {error}") from None


def _tokenize(document: Document, nlp: Any) -> tuple[list[str], list[bool]]:
    """Return words, and whether a space follows each, so that every border of a mention is a border of words."""
    text = document.text
    starts = {mention.start for mention in document.mentions}
    ends = {mention.end for mention in document.mentions}
    borders = {0, len(text), *starts, *ends}
    for token in nlp.tokenizer(text):
        borders |= {token.idx, token.idx + len(token)}
    words: list[str] = []
    spaces: list[bool] = []
    for start, end in pairwise(sorted(borders)):
        # The space after a word is part of it, unless a mention begins with that space or ends with it.
        follows = text[start:end] == " " and words and not spaces[-1]
        if follows and start not in starts and end not in ends:
            spaces[-1] = True
        else:
            words.append(text[start:end])
            spaces.append(False)
    return words, spaces


def _to_span(doc: Any, mention: Mention, document: Document) -> Any:
    link = None if mention.is_group else document.entity(mention.entities[0]).link
    item = (link.wikidata if link else None) or ""
    return doc.char_span(mention.start, mention.end, label=mention.type, kb_id=item, span_id="+".join(mention.entities))


def _read_spans(doc: Any, drops: Drops) -> tuple[list[Mention], dict[str, str]]:
    """Return the mentions of a `Doc`, and the Wikidata items of entities."""
    group = doc.spans.get(SPANS) or doc.ents
    scores = list(getattr(group, "attrs", {}).get("scores", ()))
    scores = scores if len(scores) == len(group) else [None] * len(group)
    found = []
    named: dict[tuple[int, int, str], Any] = {}
    for span, score in zip(group, scores, strict=True):
        if span.start_char == span.end_char or not span.label_:
            drops.add("spans without text or label (nothing to do)")
            continue
        own_score = None if score is None else float(score)
        found.append(Mention(span.start_char, span.end_char, to_type(span.label_), ("e",), own_score))
        named.setdefault((span.start_char, span.end_char, found[-1].type), span)
    found.sort(key=lambda mention: -(mention.score or 0.0))
    taken = {entity for span in named.values() for entity in span.id_.split("+")}
    fresh = (entity for entity in map("e{}".format, count()) if entity not in taken)
    types: dict[str, str] = {}
    mentions: list[Mention] = []
    items: dict[str, str] = {}
    for mention in keep_nested(found, drops):
        span = named[mention.start, mention.end, mention.type]
        entities = tuple(dict.fromkeys(span.id_.split("+")))
        if not all(is_name(entity) and types.get(entity, mention.type) == mention.type for entity in entities):
            drops.add("ids that are no word, or of entities of another type (nothing to do)", n=bool(span.id_))
            entities = (next(fresh),)
        types |= dict.fromkeys(entities, mention.type)
        mentions.append(replace(mention, entities=entities))
        if len(entities) == 1 and _ITEM.fullmatch(span.kb_id_):
            items[entities[0]] = span.kb_id_
    return mentions, items


def _is_pair(pair: Mapping[str, Any], spans: set[tuple[int, int]]) -> bool:
    return {tuple(pair["head"]), tuple(pair["tail"])} <= spans


def _import_spacy() -> Any:
    # Most who read and write documents have no spaCy, and who has it waits for it two seconds.
    try:
        return import_module("spacy")
    except ImportError:
        raise FormatError("this format needs spaCy; install it with pip install 'relex[spacy]'") from None
