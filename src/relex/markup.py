"""A document as HTML: its text with nested marks, its relations as a list, the legend of its types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from relex.document import STATUSES, Document, Mention, Relation
from relex.formats.evidence import best_pair
from relex.lettering import escape_visibly
from relex.schema import MentionType, RelationType, Schema

N_COLOURS = 12
"""How many colours the style sheet has; further types begin again with the first."""

_DEEPEST = 3
_HEADING = 90
_BAR = 36


@dataclass(frozen=True)
class Style:
    """How the types of some documents look: colours by type, directions and descriptions from a schema."""

    types: tuple[str, ...]
    schema: Schema

    @classmethod
    def of(cls, documents: Iterable[Document], schema: Schema) -> Style:
        """Give the schema's types their colours in its order, and types that it does not know those that follow."""
        found = [mention.type for document in documents for mention in document.mentions]
        return cls(tuple(dict.fromkeys([*schema.mention_names, *found])), schema)

    def colour(self, mention_type: str) -> str:
        """Return the CSS class with the colour of a mention type."""
        return f"c{self.types.index(mention_type) % N_COLOURS}"

    def describe(self, name: str) -> str:
        """Return the schema's description of a mention or relation type, empty if it has none."""
        types: tuple[MentionType | RelationType, ...] = (*self.schema.mention_types, *self.schema.relation_types)
        return next((t.description for t in types if t.name == name), "")


def mark_text(document: Document, style: Style, *, prefix: str) -> str:
    """Return the text as paragraphs with a `mark` for each mention, nested as the mentions are.

    A mark has the id `prefix` + `m` + its number among the document's mentions, its number in `data-m` and those of
    its entities in `data-e`. Class `n0` to `n3` says how deep others nest inside it. Each sentence is a `span` of
    class `s`, several where a mention runs over their border.
    """
    outer = _outer_spans(document.mentions)
    lines = [i for i, c in enumerate(document.text) if c == "\n" and not any(s <= i < e for s, e in _at(outer, i))]
    marks = _Marks(document, style, prefix)
    paragraphs = []
    borders = {border for sentence in document.sentences for border in sentence}
    free = sorted(b for b in borders if not any(s < b < e for s, e in _at(outer, b)))
    at = 0
    for start, end in zip([0, *(i + 1 for i in lines)], [*lines, len(document.text)], strict=True):
        cuts = [start]
        while at < len(free) and free[at] < end:
            if free[at] > start:
                cuts.append(free[at])
            at += 1
        content = "".join(marks.render(a, b) for a, b in zip(cuts, [*cuts[1:], end], strict=True))
        if content.strip():
            paragraphs.append((document.text[start:end], content))
    below = [text for text, _ in paragraphs[1:]] + [""]
    return "\n".join(
        f'<p dir="auto"{_heading_class(text, after)}>{content}</p>'
        for (text, content), after in zip(paragraphs, below, strict=bool(paragraphs))
    )


def list_relations(document: Document, style: Style, *, prefix: str) -> str:
    """Return the relations grouped by type, the most frequent type first; each links to the mention that carries it."""
    groups: dict[str, list[tuple[int, Relation]]] = {}
    for i, relation in enumerate(document.relations):
        groups.setdefault(relation.type, []).append((i, relation))
    number = {(mention.start, mention.end): i for i, mention in enumerate(document.mentions)}
    names = Counter(entity.name for entity in document.entities)
    rank = {entity.id: i for i, entity in enumerate(document.entities)}
    blocks = []
    for name, members in sorted(groups.items(), key=lambda item: -len(item[1])):
        items = []
        for i, relation in sorted(members, key=lambda member: _order(member[1], rank)):
            target = f"{prefix}m{number[best_pair(document, relation).head]}"
            head, tail = (_end(document, end, style, names) for end in (relation.head, relation.tail))
            arrow = "↔" if name in style.schema.symmetric else "→"
            badge = "" if relation.status == "actual" else f'<span class="badge">{relation.status}</span>'
            items.append(
                f'<li class="rel {relation.status}" data-r="{i}"><a href="#{target}"><span class="ends">{head} '
                f'<span class="arrow">{arrow}</span> {tail}</span>'
                f"{badge}{_bar(relation.score)}</a></li>"
            )
        description = style.describe(name)
        note = f'<span class="note">{escape_visibly(description)}</span>' if description else ""
        blocks.append(
            f'<details open><summary><span class="name">{escape_visibly(name)}</span>'
            f'<span class="n">{len(members)}</span>{note}</summary><ol>{"".join(items)}</ol></details>'
        )
    return "\n".join(blocks)


def list_types(document: Document, style: Style) -> str:
    """Return the legend: each mention type of the document with its colour and how many mentions it has."""
    counts = Counter(mention.type for mention in document.mentions)
    groups = sum(mention.is_group for mention in document.mentions)
    items = [
        f'<li><button type="button" class="type {style.colour(t)}" data-t="{escape_visibly(t)}" aria-pressed="true" '
        f'title="{escape_visibly(style.describe(t))}" disabled>{escape_visibly(t)} '
        f'<span class="n">{counts[t]}</span></button></li>'
        for t in style.types
        if counts[t]
    ]
    if groups:
        items.append(
            '<li class="key"><mark class="group" data-n="2">group</mark> several entities '
            f'<span class="n">{groups}</span></li>'
        )
    return f'<ul class="legend" aria-label="Types of mentions">{"".join(items)}</ul>' if items else ""


def list_statuses(document: Document) -> str:
    """Return a switch for each status of the document's relations, if they have more than one."""
    counts = Counter(relation.status for relation in document.relations)
    if len(counts) < 2:
        return ""
    items = [
        f'<button type="button" class="{status}" data-s="{status}" aria-pressed="true" disabled>{status} '
        f'<span class="n">{counts[status]}</span></button>'
        for status in STATUSES
        if counts[status]
    ]
    return f'<div class="filters" role="group" aria-label="Show relations that are">{"".join(items)}</div>'


class _Marks:
    """Writes the marks of a text from left to right."""

    def __init__(self, document: Document, style: Style, prefix: str) -> None:
        self._document, self._style, self._prefix = document, style, prefix
        self._number = {entity.id: i for i, entity in enumerate(document.entities)}
        self._heights = _heights(document.mentions)
        self._next = 0

    def render(self, start: int, end: int) -> str:
        """Return the part of the text between two places where no mention is open."""
        text, mentions = self._document.text, self._document.mentions
        pieces: list[str] = []
        opened: list[int] = []

        def close(until: int) -> None:
            nonlocal start
            while opened and opened[-1] <= until:
                pieces.append(escape_visibly(text[start : opened[-1]]) + "</mark>")
                start = opened.pop()

        while self._next < len(mentions) and mentions[self._next].start < end:
            mention = mentions[self._next]
            close(mention.start)
            pieces.append(escape_visibly(text[start : mention.start]) + self._open(self._next))
            start = mention.start
            opened.append(mention.end)
            self._next += 1
        close(end)
        content = "".join(pieces) + escape_visibly(text[start:end])
        return f'<span class="s">{content}</span>' if content.strip() else content

    def _open(self, i: int) -> str:
        mention = self._document.mentions[i]
        entities = " ".join(str(self._number[entity]) for entity in mention.entities)
        names = ", ".join(self._document.entity(entity).name for entity in mention.entities)
        score = f" · {mention.score:.2f}" if mention.score is not None else ""
        title = escape_visibly(f"{names} · {mention.type} · {'+'.join(mention.entities)}{score}")
        group = f' data-n="{len(mention.entities)}"' if mention.is_group else ""
        classes = f"{self._style.colour(mention.type)} n{self._heights[i]}{' group' if mention.is_group else ''}"
        return (
            f'<mark id="{self._prefix}m{i}" class="{classes}" data-m="{i}" data-e="{entities}"{group} title="{title}">'
        )


def _heights(mentions: Sequence[Mention]) -> list[int]:
    """For each mention, how many levels of others nest inside it, at most `_DEEPEST`."""
    heights = [0] * len(mentions)
    opened: list[int] = []
    for i, mention in enumerate(mentions):
        while opened and mentions[opened[-1]].end <= mention.start:
            opened.pop()
        for level, outer in enumerate(reversed(opened), 1):
            heights[outer] = max(heights[outer], min(level, _DEEPEST))
        opened.append(i)
    return heights


def _outer_spans(mentions: Iterable[Mention]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for mention in mentions:
        if not spans or mention.start >= spans[-1][1]:
            spans.append((mention.start, mention.end))
    return spans


def _at(spans: Sequence[tuple[int, int]], offset: int) -> Iterator[tuple[int, int]]:
    """Yield the one span of several, sorted and disjoint, that may hold an offset."""
    low, high = 0, len(spans)
    while low < high:
        middle = (low + high) // 2
        if spans[middle][0] <= offset:
            low = middle + 1
        else:
            high = middle
    if low:
        yield spans[low - 1]


def _heading_class(text: str, below: str) -> str:
    """A short line that ends no sentence, above a longer paragraph, looks like a heading; set it as one."""
    heading = len(text) <= _HEADING < len(below) and text.strip()[-1:].isalnum()
    return ' class="heading"' if heading else ""


def _order(relation: Relation, rank: Mapping[str, int]) -> tuple[int, int, int]:
    return STATUSES.index(relation.status), rank[relation.head], rank[relation.tail]


def _end(document: Document, entity_id: str, style: Style, names: Counter[str]) -> str:
    entity = document.entity(entity_id)
    # Two offices of one name, or two people: only the ids tell them apart.
    same = f' <span class="id">{escape_visibly(entity.id)}</span>' if names[entity.name] > 1 else ""
    return f'<bdi class="end {style.colour(entity.type)}">{escape_visibly(entity.name)}</bdi>{same}'


def _bar(score: float | None) -> str:
    if score is None:
        return ""
    width = min(max(score, 0.0), 1.0) * _BAR
    return (
        f'<span class="score"><svg class="bar" width="{_BAR}" height="4" aria-hidden="true"><rect class="rail" '
        f'width="{_BAR}" height="4" rx="2"/><rect width="{width:.1f}" height="4" rx="2"/></svg>{score:.2f}</span>'
    )
