"""Tables of numbers that say in a title what they are, and can be sorted by a click."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlencode

from relex.lettering import escape_visibly
from relex.markdown import format_count
from relex.metrics import Counts, Rates
from relex.resampling import Interval

_RAIL = 120
_TITLE = re.compile(r' title="([^"]*)"')
_VERSION = "|relex:"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its name, what it holds in a few words, and the CSS class of its cells.

    `num` for numbers, `name` for names, `prose` for what may need several lines.
    """

    name: str
    note: str = ""
    kind: str = "num"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: its content as HTML, what to tell of it, and what to sort it by if not by its text."""

    html: str = ""
    title: str = ""
    sort: float | None = None


def draw_table(columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, label: str, total: int = 0) -> str:
    """Return a table, in which the last `total` rows stay at the foot however the others are sorted."""
    body = [_draw_row(columns, row) for row in rows]
    cut = len(body) - total
    foot = f"<tfoot>{''.join(body[cut:])}</tfoot>" if total else ""
    heads = "".join(
        f'<th scope="col" class="{column.kind}"{_title(column.note)}>{escape_visibly(column.name)}</th>'
        for column in columns
    )
    return (
        f'<div class="wide"><table aria-label="{escape_visibly(label)}"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(body[:cut])}</tbody>{foot}</table></div>"
    )


def name_cell(name: str, *, title: str = "", link: str = "", swatch: str = "") -> Cell:
    """Return the cell of a name, perhaps with a link and with a swatch of some CSS classes."""
    text = escape_visibly(name)
    text = f'<a href="{escape_visibly(link)}">{text}</a>' if link else text
    return Cell(f'<i class="swatch {swatch}"></i>{text}' if swatch else text, title)


def count_cell(count: float, signature: str, *, link: str = "") -> Cell:
    """Return the cell of a count; nothing for none."""
    if not count:
        return Cell("", signature, 0)
    text = str(count) if isinstance(count, int) else f"{count:.1f}"
    return Cell(f'<a href="{escape_visibly(link)}">{text}</a>' if link else text, signature, count)


def rate_cell(rate: float, signature: str) -> Cell:
    """Return the cell of a rate."""
    return Cell(f"{rate:.3f}", signature, rate)


def interval_cells(interval: Interval, *, has_spread: bool = True) -> tuple[Cell, Cell]:
    """Return the cells of a rate and of its interval, both as numbers and drawn to scale from 0 to 1.

    Without `has_spread`, as of a single document, there is no interval to show.
    """
    rate = Cell(f"<b>{interval.point:.3f}</b>", interval.signature, interval.point)
    if not has_spread:
        return rate, Cell("", interval.signature, interval.low)
    low, point, high = (round(x * _RAIL, 1) for x in (interval.low, interval.point, interval.high))
    whisker = (
        f'<svg class="whisker" width="{_RAIL + 6}" height="10" viewBox="-3 0 {_RAIL + 6} 10" aria-hidden="true">'
        f'<path class="rail" d="M0 5H{_RAIL}"/><path class="spread" d="M{low} 5H{high}"/>'
        f'<circle cx="{point}" cy="5" r="3"/></svg>'
    )
    text = f"{interval.low:.3f}–{interval.high:.3f}"
    return rate, Cell(f'{whisker}<span class="bounds">{text}</span>', interval.signature, interval.low)


def fraction_cells(score: Counts | Rates, signature: str) -> tuple[Cell, Cell, Cell, Cell]:
    """Return the cells of precision and recall, and of the counts behind them; empty where none are."""
    rates = rate_cell(score.precision, signature), rate_cell(score.recall, signature)
    if isinstance(score, Rates):
        return *rates, Cell(), Cell()
    right = Cell(f"{format_count(score.tp)}/{score.predicted}", signature, score.predicted)
    found = Cell(f"{format_count(score.found)}/{score.gold}", signature, score.gold)
    return *rates, right, found


def link_errors(*, of: str, kind: str = "", type: str = "", cause: str = "", text: str = "") -> str:
    """Return the link to the list of errors, narrowed to what is chosen."""
    chosen = {"of": of, "kind": kind, "type": type, "cause": cause, "text": text}
    return f"#errors?{urlencode({name: value for name, value in chosen.items() if value})}"


def list_signatures(html: str) -> list[str]:
    """Return the signatures that the titles of a page tell, once each, in order."""
    titles = (unescape(title) for title in _TITLE.findall(html))
    return list(dict.fromkeys(title for title in titles if _VERSION in title))


def _draw_row(columns: Sequence[Column], row: Sequence[Cell]) -> str:
    # Most numbers of a row have one signature: said once, it holds for every cell without a title of its own.
    titles = Counter(cell.title for column, cell in zip(columns, row, strict=True) if column.kind == "num")
    common = max(titles, key=lambda title: (bool(title), titles[title]), default="")
    cells = [_draw_cell(column, cell, common) for column, cell in zip(columns, row, strict=True)]
    return f"<tr{_title(common)}>{''.join(cells)}</tr>"


def _draw_cell(column: Column, cell: Cell, common: str) -> str:
    sort = "" if cell.sort is None else f' data-v="{cell.sort:.6g}"'
    title = "" if cell.title == common else _title(cell.title)
    return f'<td class="{column.kind}"{sort}{title}>{cell.html}</td>'


def _title(text: str) -> str:
    return f' title="{escape_visibly(text)}"' if text else ""
