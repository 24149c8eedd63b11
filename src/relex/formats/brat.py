"""The standoff format of brat (Stenetorp et al. 2012): a text in `a.txt`, and what is annotated in it in `a.ann`.

    T1	PERSON 0 7	Ann Poe
    T2	PERSON 18 21	She
    T3	ORG 11 15	Acme
    *	Equiv T1 T2
    R1	heads Arg1:T2 Arg2:T3
    A1	Status R1 planned
    N1	Reference T3 Wikidata:Q42	Acme

Columns are separated by a tab; offsets count the characters of the text, half-open. Coreference is an equivalence
(`*`), the status of a relation an attribute (`Status R1 planned`, or the flags `Negation` and `Planned`), a link
a normalisation (Wikidata, ISO3166 and ISO8601).
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from relex.document import STATUSES, Document, Link, Mention
from relex.errors import DocumentError, FormatError
from relex.formats.coreference import MentionRelation, count_groups, link_mentions, merge_relations
from relex.formats.drops import Drops, drop_scores, keep_nested
from relex.formats.evidence import STATED, choose_pairs, mark_stated
from relex.formats.files import check_ids, decode, read_bytes, read_text, write_directory
from relex.formats.tokens import Span

_WHITE = re.compile(r"\s")
_BLANK = re.compile(r"\s*")
# A span over a line end is written in parts, since brat shows a line at a time.
_LINE_END = re.compile(r"(?<=[^\n])\n+(?=[^\n])")
_FLAGS = {"negation": "negated", "negated": "negated", "planned": "planned"}
_RESOURCES = {"wikidata": "Wikidata", "iso3166": "ISO3166", "iso8601": "ISO8601"}
# What a file name cannot hold, or would mean something else in.
_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*%\x7f]|\A\.|[. ]\Z')
_ESCAPE = re.compile("%([0-7][0-9A-F])")
# In bytes: file systems take 255, the suffix among them.
_LONGEST_NAME = 251


def iterate(paths: Iterable[Path]) -> Iterator[Document]:
    """Yield a document for each `.ann` file, of the text in the `.txt` file beside it, and named after it.

    Mentions of different types become entities of their own even if they are equivalent, since an entity has one
    type; the pairs of mentions that a relation is stated of become its evidence. A span in several parts is read if
    only white space parts it. What is left out, events among it, is logged once.

    Raises:
        FormatError: a missing text, or a line of another form; names file and line.
    """
    drops = Drops("brat")
    for path in paths:
        yield _convert(path.with_suffix(".ann"), drops)
    drops.tell()


def write(documents: Iterable[Document], path: Path) -> None:
    """Write documents to a directory, an `.ann` and a `.txt` file each; what else is in the directory stays there.

    Files are named by the ids, in which what a file name cannot hold is escaped as `%2F`. A relation is written of
    each pair of mentions that is its evidence, or else of the closest pair. A mention names one entity; group
    mentions, metadata and scores are counted, and logged once. The ids of entities are not written.

    Raises:
        FormatError: a path that is no directory, or an id that is empty or given twice.
    """
    if path.suffix == ".ann" or path.is_file():
        raise FormatError(f"cannot write {path}: brat has two files a document; name a directory, with format='brat'")
    drops = Drops("brat (writing)")
    write_directory(_files(documents, path, drops), path)
    drops.tell()


@dataclass(frozen=True, slots=True)
class _Line:
    """An annotation: where it stands, its id, the words of its second column, and its third, None if it has none."""

    where: str
    id: str
    words: tuple[str, ...]
    text: str | None


def _convert(path: Path, drops: Drops) -> Document:
    text_path = path.with_suffix(".txt")
    data = read_bytes(text_path)
    # To brat a byte order mark is the first character of the text, so offsets count it.
    text = ("\ufeff" if data.startswith(codecs.BOM_UTF8) else "") + decode(data, text_path)
    kinds: dict[str, list[_Line]] = {kind: [] for kind in "TRE*AMN#"}
    for line in _read_lines(path):
        if line.id[0] not in kinds:
            raise FormatError(
                f"{line.where}: unknown annotation {line.id!r}; an id begins with one of {' '.join(kinds)}"
            )
        kinds[line.id[0]].append(line)
    drops.add("events (their triggers are kept as mentions)", n=len(kinds["E"]))
    drops.add("notes (nothing to do)", n=len(kinds["#"]))
    spans = {line.id: _read_span(line, text, drops) for line in kinds["T"]}
    kept = keep_nested([mention for mention in spans.values() if mention], drops)
    mentions = link_mentions(kept, _read_equivalences(kinds["*"], spans), drops)
    by_key = {(m.start, m.end, m.type): m for m in mentions}
    by_id = {name: by_key.get((own.start, own.end, own.type)) if own else None for name, own in spans.items()}
    statuses = _read_statuses((*kinds["A"], *kinds["M"]), {line.id for line in kinds["R"]}, drops)
    stated = (_read_relation(line, by_id, statuses, drops) for line in kinds["R"])
    try:
        relations = merge_relations((own for own in stated if own), drops)
        links = _read_links(kinds["N"], by_id, drops)
        return Document(_unescape(path.stem), text, tuple(mentions), relations, mark_stated(relations), links)
    except DocumentError as error:
        raise FormatError(f"{path}: {error}") from None


def _read_lines(path: Path) -> Iterator[_Line]:
    seen: set[str] = set()
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        name, *columns = line.rstrip("\r").split("\t", 2)
        words = tuple(columns[0].split()) if columns else ()
        if not name or not words:
            raise FormatError(f"{where}: not a line of brat: {line[:40]!r}; write an id, a tab, and what is annotated")
        if name in seen:
            raise FormatError(f"{where}: id {name} stands on a line above too; give one of them another")
        if name[0] not in "*#":
            seen.add(name)
        yield _Line(where, name, words, columns[1] if len(columns) > 1 else None)


def _read_span(line: _Line, text: str, drops: Drops) -> Mention | None:
    try:
        parts = [(int(start), int(end)) for start, end in map(str.split, " ".join(line.words[1:]).split(";"))]
    except ValueError:
        raise FormatError(
            f"{line.where}: not a type and offsets: {' '.join(line.words)!r}; write TYPE START END"
        ) from None
    expected = " ".join(text[start:end] for start, end in parts)
    wrong = any(not 0 <= start < end <= len(text) for start, end in parts)
    if wrong or (line.text is not None and _flatten(line.text).strip() != _flatten(expected).strip()):
        drops.add("mentions whose offsets do not give their text (restore the .txt file, line ends included)")
        return None
    if not all(one[1] <= other[0] and _BLANK.fullmatch(text, one[1], other[0]) for one, other in pairwise(parts)):
        drops.add("mentions in several parts (a mention is one span)")
        return None
    try:
        return Mention(parts[0][0], parts[-1][1], line.words[0], (line.id,))
    except DocumentError as error:
        raise FormatError(f"{line.where}: {error}") from None


def _read_equivalences(lines: Iterable[_Line], spans: Mapping[str, Mention | None]) -> list[set[Span]]:
    """Return the sets of spans that are equivalent; two lines that share a span are one set."""
    merged: list[set[Span]] = []
    for line in lines:
        found = [_look_up(name, spans, line) for name in line.words[1:]]
        own = {(mention.start, mention.end) for mention in found if mention}
        for other in [other for other in merged if not own.isdisjoint(other)]:
            merged.remove(other)
            own |= other
        merged.append(own)
    return merged


def _read_statuses(lines: Iterable[_Line], relations: set[str], drops: Drops) -> dict[str, str]:
    statuses: dict[str, str] = {}
    for line in lines:
        name, target, value = (*map(str.lower, line.words), "", "")[:3]
        status = value if name == "status" and value in STATUSES else _FLAGS.get(name)
        target = line.words[1] if len(line.words) > 1 else ""
        if status is None or target not in relations or statuses.setdefault(target, status) != status:
            drops.add("attributes that are no status of a relation (nothing to do)")
    return statuses


def _read_relation(
    line: _Line, mentions: Mapping[str, Mention | None], statuses: Mapping[str, str], drops: Drops
) -> MentionRelation | None:
    if len(line.words) != 3 or not all(":" in word for word in line.words[1:]):
        raise FormatError(f"{line.where}: not a relation: {' '.join(line.words)!r}; write TYPE Arg1:T1 Arg2:T2")
    arguments: Sequence[str] = line.words[1:]
    if {word.partition(":")[0] for word in arguments} == {"Arg1", "Arg2"}:
        arguments = sorted(arguments)
    ends = [word.partition(":")[2] for word in arguments]
    if any(end.startswith("E") for end in ends):
        drops.add("relations of events (nothing to do)")
        return None
    head, tail = (_look_up(end, mentions, line) for end in ends)
    if head is None or tail is None:
        drops.add("relations whose mention is left out (see the mentions)")
        return None
    return MentionRelation(head, line.words[0], tail, statuses.get(line.id, "actual"))


def _read_links(lines: Iterable[_Line], mentions: Mapping[str, Mention | None], drops: Drops) -> dict[str, Link]:
    fields: dict[str, dict[str, str]] = {}
    for line in lines:
        target, reference = (*line.words[1:], "", "")[:2]
        resource, _, value = reference.partition(":")
        field = resource.lower()
        mention = mentions.get(target)
        if mention is None or field not in _RESOURCES or not value:
            drops.add("normalisations other than of mentions to Wikidata, ISO3166 and ISO8601 (nothing to do)")
        elif fields.setdefault(mention.entities[0], {}).setdefault(field, value) != value:
            drops.add("normalisations of an entity to a second value (the first is kept)")
    return {entity: Link(**own) for entity, own in fields.items()}


def _look_up(name: str, mentions: Mapping[str, Mention | None], line: _Line) -> Mention | None:
    try:
        return mentions[name]
    except KeyError:
        raise FormatError(
            f"{line.where}: no mention {name!r} in the file; add its line, or take this one out"
        ) from None


def _files(documents: Iterable[Document], path: Path, drops: Drops) -> Iterator[tuple[str, str]]:
    for document in check_ids(documents, str(path)):
        name = _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", document.id)
        if len(name.encode()) > _LONGEST_NAME:
            raise FormatError(
                f"document {document.id[:40] + '…'!r} cannot be written as brat: its id is too long for the name of a "
                "file; shorten it, or use jsonl"
            )
        yield f"{name}.txt", document.text
        yield f"{name}.ann", "".join(f"{line}\n" for line in _render(document, drops))


def _render(document: Document, drops: Drops) -> Iterator[str]:
    count_groups(document, drops)
    drop_scores(document, drops)
    drops.add("values of metadata (write jsonl to keep them)", n=len(document.meta.keys() - STATED.keys()))
    ids = {(mention.start, mention.end): f"T{i}" for i, mention in enumerate(document.mentions, 1)}
    for mention in document.mentions:
        surface = document.text[mention.start : mention.end]
        ends = [(0, 0), *(match.span() for match in _LINE_END.finditer(surface)), (len(surface), len(surface))]
        parts = [(one[1], other[0]) for one, other in pairwise(ends)]
        offsets = ";".join(f"{mention.start + start} {mention.start + end}" for start, end in parts)
        text = _flatten(" ".join(surface[start:end] for start, end in parts))
        yield f"{ids[mention.start, mention.end]}\t{mention.type} {offsets}\t{text}"
    own = {entity.id: [ids[m.start, m.end] for m in entity.mentions if not m.is_group] for entity in document.entities}
    yield from (f"*\tEquiv {' '.join(names)}" for names in own.values() if len(names) > 1)
    yield from _render_relations(document, ids, drops)
    i = 0
    for entity in document.entities:
        for field, value in (entity.link.to_dict() if entity.link else {}).items():
            if own[entity.id]:
                i += 1
                yield f"N{i}\tReference {own[entity.id][0]} {_RESOURCES[field]}:{value}\t{_flatten(entity.name)}"
            else:
                drops.add("links of entities that group mentions alone name (write jsonl to keep them)")


def _render_relations(document: Document, ids: Mapping[Span, str], drops: Drops) -> Iterator[str]:
    seen: Counter[tuple[str, str, str]] = Counter()
    n_attributes = 0
    for relation in document.relations:
        pairs = choose_pairs(document, relation, lambda pair: True)
        if not pairs:
            drops.add("relations that no two mentions carry (write jsonl to keep them)")
        for pair in pairs:
            key = (relation.type, ids[pair.head], ids[pair.tail])
            seen[key] += 1
            if seen[key] > 1:
                drops.add("relations that another states of the same two mentions (write jsonl to keep them)")
                continue
            name = f"R{len(seen)}"
            yield f"{name}\t{key[0]} Arg1:{key[1]} Arg2:{key[2]}"
            if relation.status != "actual":
                n_attributes += 1
                yield f"A{n_attributes}\tStatus {name} {relation.status}"


def _flatten(text: str) -> str:
    return _WHITE.sub(" ", text)


def _unescape(name: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), name)
