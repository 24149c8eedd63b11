"""Documents as one HTML page that needs nothing else: text, relations and graph, for browsers and notebooks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from math import isfinite
from pathlib import Path
from string import Template
from typing import Any

from relex.document import Document
from relex.drawing import Drawing, draw_graph
from relex.errors import InputError
from relex.formats.evidence import best_pair
from relex.formats.files import write_chunks
from relex.inline import embed, make_policy, read_asset
from relex.lettering import escape_visibly
from relex.markup import Style, list_relations, list_statuses, list_types, mark_text
from relex.schema import Schema, builtin_schema, check_schema

_FRAME_HEIGHT = 720
_WIDE = 1100


@dataclass(frozen=True, slots=True)
class View:
    """An HTML page; the last value of a notebook cell displays itself."""

    html: str = field(repr=False)
    title: str

    def save(self, path: str | Path) -> Path:
        """Write the page to a file and return its path; `FormatError` if it cannot be written."""
        path = Path(path)
        write_chunks([self.html], path)
        return path

    def _repr_html_(self) -> str:
        # A frame keeps the page's styles and the notebook's apart; the sandbox keeps its script to itself.
        return (
            f'<iframe srcdoc="{escape(self.html)}" title="{escape(self.title)}" width="100%" height="{_FRAME_HEIGHT}" '
            'sandbox="allow-scripts allow-popups allow-popups-to-escape-sandbox" '
            'style="border:1px solid #8884;border-radius:8px;resize:vertical"></iframe>'
        )


def show(document: Document | Sequence[Document], *, schema: Schema | None = None, title: str | None = None) -> View:
    """Show one or several documents: the text with its mentions, the relations, and the graph of entities.

    The page loads nothing, and its text and relations can be read without JavaScript. `schema` (`diplomatic` if
    None) gives the order of the colours, the descriptions, and the relations without direction; types that it does
    not have are shown all the same. `title` is by default that of the document.

    Raises:
        InputError: an argument that is no document and no sequence of documents, or a schema that is none.
    """
    documents = (document,) if isinstance(document, Document) else _check(document)
    schema = builtin_schema() if schema is None else schema
    check_schema(schema)
    style = Style.of(documents, schema)
    alone = len(documents) == 1 and not title
    heading = _title(documents[0]) if alone else title or f"{len(documents)} documents"
    articles = [_render(own, i, style, level=1 if alone else 2) for i, own in enumerate(documents)]
    css, script = read_asset("palette.css") + read_asset("view.css"), read_asset("view.js")
    html = Template(read_asset("view.html")).substitute(
        policy=make_policy(style=css, script=script),
        title=escape_visibly(heading),
        css=css,
        head="" if alone else _head(heading, documents),
        articles="\n".join(articles) or '<p class="empty">No documents.</p>',
        data=embed([_data(own) for own in documents]),
        script=script,
    )
    return View(html, heading)


def _check(documents: Any) -> tuple[Document, ...]:
    if isinstance(documents, str | bytes) or not hasattr(documents, "__iter__"):
        raise InputError(
            f"show takes a document or several, not {type(documents).__name__}; read a text with an extractor, "
            "or a file with relex.read"
        )
    items: list[Any] = list(documents)
    for i, item in enumerate(items):
        if not isinstance(item, Document):
            raise InputError(f"show takes documents; item {i} is {type(item).__name__}")
    return tuple(items)


def _head(heading: str, documents: Sequence[Document]) -> str:
    links = "".join(f'<li><a href="#d{i}">{escape_visibly(_title(own))}</a></li>' for i, own in enumerate(documents))
    contents = f'<nav aria-label="Documents"><ol>{links}</ol></nav>' if len(documents) > 1 else ""
    return f'<header class="page"><h1>{escape_visibly(heading)}</h1>{contents}</header>'


def _render(document: Document, number: int, style: Style, *, level: int) -> str:
    prefix = f"d{number}"
    heading = f"h{level + 1}"
    drawing = draw_graph(document, colour=style.colour, symmetric=style.schema.symmetric)
    text = mark_text(document, style, prefix=prefix) or '<p class="empty">This document has no text.</p>'
    relations = list_relations(document, style, prefix=prefix) or '<p class="empty">No relations.</p>'
    facts = [_count(len(document.mentions), "mention"), _count(len(document.entities), "entity")]
    facts.append(f'<a href="#{prefix}-relations">{_count(len(document.relations), "relation")}</a>')
    if drawing:
        facts.append(f'<a href="#{prefix}-graph">graph</a>')
    return f"""<article id="{prefix}" data-d="{number}">
<header>
<p class="kicker">{_kicker(document)}</p>
<h{level} dir="auto">{escape_visibly(_title(document))}</h{level}>
<p class="facts">{" · ".join(facts)}</p>
</header>
{list_types(document, style)}
<div class="columns">
<section class="text" aria-label="Text">
{text}
</section>
<section class="relations" id="{prefix}-relations" aria-label="Relations">
<div class="bar-head"><{heading}>Relations</{heading}>{list_statuses(document)}</div>
{relations}
</section>
</div>
{_picture(drawing, prefix, heading) if drawing else ""}
</article>"""


def _picture(drawing: Drawing, prefix: str, heading: str) -> str:
    wide = " wide" if drawing.width > _WIDE else ""
    left_out = drawing.n_related - drawing.n_drawn
    note = f" Drawn: the {drawing.n_drawn} entities with the most relations; not drawn: {left_out}." if left_out else ""
    return f"""<section class="picture" id="{prefix}-graph" aria-label="Graph of entities">
<{heading}>Graph</{heading}>
<p class="note">Larger names have more mentions; entities with the same relations share a frame; dashes are planned, \
red is negated.{note}</p>
<div class="frame{wide}">{drawing.svg}</div>
</section>"""


def _title(document: Document) -> str:
    return document.meta.get("title") or document.id or "Document"


def _kicker(document: Document) -> str:
    parts = [document.meta.get(key, "") for key in ("date", "source")]
    if document.meta.get("title"):
        parts.insert(0, document.id)
    items = [f"<span>{escape_visibly(part)}</span>" for part in parts if part]
    url = document.meta.get("url", "")
    if re.match(r"https?://", url):
        items.append(f'<a href="{escape_visibly(url)}" target="_blank" rel="noopener noreferrer">original</a>')
    return " · ".join(items)


def _count(number: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def _data(document: Document) -> dict[str, Any]:
    """What the script needs to know of a document: its layers, with the closest mentions where evidence is missing."""
    data = document.to_dict()
    del data["text"], data["meta"]
    for value, relation in zip(data["relations"], document.relations, strict=True):
        if not relation.evidence:
            pair = best_pair(document, relation)
            value |= {"evidence": [{"head": list(pair.head), "tail": list(pair.tail)}], "closest": True}
    for value in (*data["mentions"], *data["relations"]):
        if not isfinite(value.get("score", 0.0)):
            del value["score"]
    return data
