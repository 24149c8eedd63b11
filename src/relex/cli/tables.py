"""A document as tables to read in a terminal."""

from __future__ import annotations

from collections import Counter
from textwrap import shorten
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from relex.document import Document, Entity, Relation
from relex.formats.evidence import best_pair, find_passage

_COLOURS = {"actual": "green", "planned": "yellow", "negated": "red"}
_WIDTH = 120
_QUOTE_WIDTH = 100
_NAMES_WIDTH = 80


def make_console(file: TextIO) -> Console:
    """Return a console that writes to a file: as wide as the terminal, or 120 columns if it is none."""
    return Console(file=file, highlight=False, emoji=False, width=None if file.isatty() else _WIDTH)


def print_table(console: Console, table: Table) -> None:
    """Print a table, and what is quoted with it below: in one piece, since a signature must not be broken in lines."""
    caption, table.caption = table.caption, None
    console.print(table)
    if caption is not None:
        console.print(caption, style="table.caption", soft_wrap=True)
    console.print()


def print_document(console: Console, document: Document) -> None:
    """Print the entities of a document, then its relations grouped by type."""
    console.print(f"[bold]{escape(document.id)}[/bold]: {_count(document)}\n")
    if document.entities:
        console.print(_tabulate_entities(document), "")
    if document.relations:
        console.print(_tabulate_relations(document), "")


def _count(document: Document) -> str:
    sizes = (len(document.mentions), len(document.entities), len(document.relations))
    names = (("mention", "mentions"), ("entity", "entities"), ("relation", "relations"))
    return ", ".join(f"{n} {name[n != 1]}" for n, name in zip(sizes, names, strict=True))


def _tabulate_entities(document: Document) -> Table:
    table = _make_table("entity", "type", "mentions", "also called", "link")
    types = list(dict.fromkeys(entity.type for entity in document.entities))
    for entity in sorted(document.entities, key=lambda entity: types.index(entity.type)):
        cells = (entity.name, entity.type, str(len(entity.mentions)), _other_names(document, entity), _link(entity))
        table.add_row(*(escape(_on_one_line(cell)) for cell in cells))
    return table


def _tabulate_relations(document: Document) -> Table:
    table = _make_table("head", "relation", "tail", "status", "score", "sentence")
    types = Counter(relation.type for relation in document.relations)
    for name, _ in types.most_common():
        for relation in (relation for relation in document.relations if relation.type == name):
            ends = [document.entity(end).name for end in (relation.head, relation.tail)]
            score = "" if relation.score is None else f"{relation.score:.2f}"
            cells = [escape(_on_one_line(cell)) for cell in (ends[0], name, ends[1], _quote(document, relation))]
            status = f"[{_COLOURS[relation.status]}]{relation.status}[/]"
            table.add_row(*cells[:3], status, score, cells[3])
        table.add_section()
    return table


def _quote(document: Document, relation: Relation) -> str:
    """Return the passage that carries a relation; of a long one the part around its two mentions."""
    text, pair = document.text, best_pair(document, relation)
    first, last = min(pair.head[0], pair.tail[0]), max(pair.head[1], pair.tail[1])
    start, end = find_passage(document, relation)
    around = max(0, _QUOTE_WIDTH - (last - first)) // 2
    # Cut between words; `find` gives -1 where there is no space to cut at.
    left = start if first - start <= around else (text.find(" ", first - around, first) + 1 or first)
    right = end if end - last <= around else max(last, text.rfind(" ", last, last + around))
    quote = ("… " if left > start else "") + text[left:right] + (" …" if right < end else "")
    if len(quote) <= _QUOTE_WIDTH + 4:
        return quote
    half = _QUOTE_WIDTH // 2
    return quote[:half].rpartition(" ")[0] + " … " + quote[-half:].partition(" ")[2]


def _make_table(*columns: str) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        is_number = column in ("mentions", "score")
        is_fixed = column in ("type", "relation", "status")
        table.add_column(
            column, justify="right" if is_number else "left", no_wrap=is_number or is_fixed, overflow="fold"
        )
    return table


def _other_names(document: Document, entity: Entity) -> str:
    surfaces = (document.text[mention.start : mention.end] for mention in entity.mentions)
    names = dict.fromkeys(_on_one_line(surface) for surface in surfaces if surface != entity.name)
    return shorten(", ".join(names), _NAMES_WIDTH, placeholder=" …")


def _link(entity: Entity) -> str:
    return " ".join(entity.link.to_dict().values()) if entity.link else ""


def _on_one_line(text: str) -> str:
    # Control characters in a text must not move the cursor of a terminal.
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
