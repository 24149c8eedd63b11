"""The entities and relations of a document as a picture in SVG: names in boxes, relation types along the lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import atan2, degrees, hypot, log2

import numpy as np

from relex.document import Document, Entity, Relation
from relex.graph import drop_mirrored
from relex.layout import Points, place
from relex.lettering import escape_visibly, measure, wrap

MAX_NODES = 60
"""How many entities a picture shows at most; those with the most relations are kept."""

_LABEL_SIZE = 10.5
_LINE_HEIGHT = 1.22
_MARGIN = 14.0
_PARALLEL = 15.0
_PADDING = 9.0
_CHIP_GAP = 6.0

Curve = tuple[Points, Points, Points]
"""A quadratic curve: its start, control point and end, [2] each."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture as an SVG element, its size in pixels, and how many of how many entities it shows."""

    svg: str
    width: int
    height: int
    n_drawn: int
    n_related: int


@dataclass(frozen=True, slots=True)
class _Node:
    """An entity's name in its lines, and where it stands in its box, from the box's centre."""

    entity: Entity
    number: int
    n_relations: int
    lines: tuple[str, ...]
    size: float
    width: float
    height: float
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True, slots=True)
class _Box:
    """One entity, or several of one type that have the same relations to the same entities."""

    nodes: tuple[_Node, ...]
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Line:
    """Equal relations from box a to box b by their numbers, and how far the line is bent off the straight one."""

    relation: Relation
    numbers: tuple[int, ...]
    a: int
    b: int
    bend: float


def draw_graph(document: Document, *, colour: Callable[[str], str], symmetric: Iterable[str]) -> Drawing | None:
    """Draw the entities that have relations, and the relations; None if there are none.

    Entities of one type whose relations are the same share a box, so that twelve fields in which two states
    cooperate take two lines and not twenty-four. `colour` gives the CSS class of a mention type. Groups of class
    `node` carry the number of their entity in `data-e`, groups of class `edge` those of their relations in `data-r`.
    """
    undirected = frozenset(symmetric)
    relations = drop_mirrored(document.relations, undirected)
    degree = Counter(end for relation in relations for end in (relation.head, relation.tail))
    related = [entity for entity in document.entities if degree[entity.id]]
    if not related:
        return None
    kept = {e.id for e in sorted(related, key=lambda e: (-degree[e.id], -len(e.mentions)))[:MAX_NODES]}
    relations = [r for r in relations if r.head in kept and r.tail in kept]
    kept = {end for relation in relations for end in (relation.head, relation.tail)}
    nodes = [_make_node(e, i, degree[e.id]) for i, e in enumerate(document.entities) if e.id in kept]
    boxes = [_make_box(group) for group in _group(nodes, relations, undirected)]
    lines = _make_lines(document, relations, boxes, undirected)
    lengths: dict[tuple[int, int], float] = {}
    for line in lines:
        pair = (min(line.a, line.b), max(line.a, line.b))
        lengths[pair] = max(lengths.get(pair, 0), measure(line.relation.type, _LABEL_SIZE) + 44)
    sizes = np.array([(box.width, box.height) for box in boxes])
    centres = place([(box.width, box.height) for box in boxes], lengths) + _MARGIN
    width, height = (int(x) for x in np.ceil((centres + sizes / 2).max(axis=0) + _MARGIN))
    names = {entity.id: entity.name for entity in document.entities}
    edges = _draw_lines(lines, centres, sizes, names, undirected)
    drawn = [_draw_box(box, x, y, colour) for box, (x, y) in zip(boxes, centres, strict=True)]
    label = (
        f"Graph of {len(nodes)} entities and {len(relations)} relations; the list of relations says the same in words"
    )
    svg = (
        f'<svg class="graph" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="group" '
        f'aria-label="{label}">{"".join(edges)}{"".join(drawn)}</svg>'
    )
    return Drawing(svg, width, height, len(nodes), len(related))


def _make_node(entity: Entity, number: int, n_relations: int) -> _Node:
    size = round(min(12 + 1.45 * log2(len(entity.mentions)), 19), 1)
    lines = wrap(entity.name, size)
    width = max(max(measure(line, size) for line in lines) + size * 1.25, 2.4 * size)
    height = len(lines) * size * _LINE_HEIGHT + size * 0.75
    return _Node(entity, number, n_relations, lines, size, round(width, 1), round(height, 1))


def _group(nodes: Iterable[_Node], relations: Iterable[Relation], undirected: frozenset[str]) -> list[list[_Node]]:
    """Put together the entities of one type that stand in the same relations to the same others."""
    ties: dict[str, set[tuple[str, str, str, str]]] = {}
    for r in relations:
        mutual = r.type in undirected
        ties.setdefault(r.head, set()).add((r.type, r.status, r.tail, "either" if mutual else "out"))
        ties.setdefault(r.tail, set()).add((r.type, r.status, r.head, "either" if mutual else "in"))
    groups: dict[object, list[_Node]] = {}
    for node in nodes:
        groups.setdefault((node.entity.type, frozenset(ties.get(node.entity.id, ()))), []).append(node)
    return list(groups.values())


def _make_box(nodes: Sequence[_Node]) -> _Box:
    """Set the names of a box in centred rows."""
    if len(nodes) == 1:
        return _Box((nodes[0],), nodes[0].width, nodes[0].height)
    area = sum((node.width + _CHIP_GAP) * (node.height + _CHIP_GAP) for node in nodes)
    limit = max((area * 2.2) ** 0.5, *(node.width for node in nodes))
    rows: list[list[_Node]] = [[]]
    for node in nodes:
        if rows[-1] and sum(n.width + _CHIP_GAP for n in rows[-1]) + node.width > limit:
            rows.append([])
        rows[-1].append(node)
    widths = [sum(n.width for n in row) + _CHIP_GAP * (len(row) - 1) for row in rows]
    heights = [max(n.height for n in row) for row in rows]
    width = max(widths) + 2 * _PADDING
    height = sum(heights) + _CHIP_GAP * (len(rows) - 1) + 2 * _PADDING
    placed = []
    top = _PADDING - height / 2
    for row, row_width, row_height in zip(rows, widths, heights, strict=True):
        left = -row_width / 2
        for n in row:
            x, y = left + n.width / 2, top + row_height / 2
            placed.append(_Node(n.entity, n.number, n.n_relations, n.lines, n.size, n.width, n.height, x, y))
            left += n.width + _CHIP_GAP
        top += row_height + _CHIP_GAP
    return _Box(tuple(placed), width, height)


def _make_lines(
    document: Document, relations: Iterable[Relation], boxes: Sequence[_Box], undirected: frozenset[str]
) -> list[_Line]:
    numbers = {relation: i for i, relation in enumerate(document.relations)}
    box_of = {node.entity.id: i for i, box in enumerate(boxes) for node in box.nodes}
    between: dict[tuple[int, int], dict[tuple[str, str, int], list[Relation]]] = {}
    for relation in relations:
        a, b = box_of[relation.head], box_of[relation.tail]
        pair = (min(a, b), max(a, b))
        start = pair[0] if relation.type in undirected else a
        between.setdefault(pair, {}).setdefault((relation.type, relation.status, start), []).append(relation)
    lines = []
    for (low, high), kinds in between.items():
        for i, ((_, _, start), own) in enumerate(kinds.items()):
            bend = (i - (len(kinds) - 1) / 2) * _PARALLEL
            end = high if start == low else low
            # Measured from start to end, so that opposite directions do not bend onto each other.
            lines.append(_Line(own[0], tuple(numbers[r] for r in own), start, end, bend if start == low else -bend))
    return lines


def _draw_box(box: _Box, x: float, y: float, colour: Callable[[str], str]) -> str:
    drawn = "".join(_draw_node(node, x + node.x, y + node.y, colour(node.entity.type)) for node in box.nodes)
    if len(box.nodes) == 1:
        return drawn
    own = colour(box.nodes[0].entity.type)
    return (
        f'<g class="shared"><rect class="box {own}" x="{x - box.width / 2:.1f}" y="{y - box.height / 2:.1f}" '
        f'width="{box.width:.1f}" height="{box.height:.1f}" rx="10"/>{drawn}</g>'
    )


def _draw_node(node: _Node, x: float, y: float, colour: str) -> str:
    entity = node.entity
    first = y - (len(node.lines) - 1) / 2 * node.size * _LINE_HEIGHT + 0.35 * node.size
    spans = "".join(
        f'<tspan x="{x:.1f}" y="{first + i * node.size * _LINE_HEIGHT:.1f}">{escape_visibly(line)}</tspan>'
        for i, line in enumerate(node.lines)
    )
    counts = f"mentions: {len(entity.mentions)} · relations: {node.n_relations}"
    title = escape_visibly(f"{entity.name} · {entity.type} · {entity.id} · {counts}")
    rect = (
        f'x="{x - node.width / 2:.1f}" y="{y - node.height / 2:.1f}" width="{node.width}" height="{node.height}" '
        f'rx="{node.size * 0.45:.1f}"'
    )
    # Paper below the tint, so that no line shines through.
    return (
        f'<g class="node {colour}" data-e="{node.number}"><title>{title}</title>'
        f'<rect class="paper" {rect}/><rect {rect}/>'
        f'<text font-size="{node.size}">{spans}</text></g>'
    )


def _draw_lines(
    lines: Sequence[_Line], centres: Points, sizes: Points, names: Mapping[str, str], undirected: frozenset[str]
) -> list[str]:
    curves = [_bend(line, centres, sizes) for line in lines]
    drawn: dict[int, str] = {}
    taken = np.empty((0, 2))
    # The short lines choose first where their labels go: they have the least choice.
    for i in sorted(range(len(lines)), key=lambda i: (round(hypot(*(curves[i][2] - curves[i][0]))), i)):
        width = measure(lines[i].relation.type, _LABEL_SIZE)
        centre, dots = _place_label(curves[i], width, taken, centres, sizes)
        taken = np.vstack([taken, dots])
        drawn[i] = _draw_line(lines[i], curves[i], centre, width, names, lines[i].relation.type in undirected)
    return [drawn[i] for i in range(len(lines))]


def _bend(line: _Line, centres: Points, sizes: Points) -> Curve:
    """Return the part of a line that lies outside the two boxes which it joins."""
    a, b = centres[line.a], centres[line.b]
    along = (b - a) / max(hypot(*(b - a)), 1e-9)
    control = (a + b) / 2 + np.array([-along[1], along[0]]) * 2 * line.bend
    t = np.linspace(0, 1, 121)
    points = _points_at((a, control, b), t)
    outside_a = (np.abs(points - a) > sizes[line.a] / 2 + 2).any(axis=1)
    outside_b = (np.abs(points - b) > sizes[line.b] / 2 + 3).any(axis=1)
    free = t[outside_a & outside_b]
    if not len(free):
        return a, control, b
    t0, t1 = free[0], free[-1]
    middle = (1 - t0) * (1 - t1) * a + ((1 - t0) * t1 + t0 * (1 - t1)) * control + t0 * t1 * b
    start, end = _points_at((a, control, b), np.array([t0, t1]))
    return start, middle, end


def _points_at(curve: Curve, t: Points) -> Points:
    a, control, b = curve
    t = t[:, None]
    points: Points = (1 - t) ** 2 * a + 2 * t * (1 - t) * control + t**2 * b
    return points


def _place_label(curve: Curve, width: float, taken: Points, centres: Points, sizes: Points) -> tuple[Points, Points]:
    """Choose the place on a line where its label hides least; return its centre [2] and points along it [n, 2]."""
    chord = curve[2] - curve[0]
    length = max(hypot(*chord), 1e-9)
    reach = max(0.0, 0.5 - (width / 2 + 4) / length)
    along = np.linspace(-0.5, 0.5, max(3, round(width / 7)))[:, None] * width * chord / length
    best, best_cost = np.zeros(2), np.inf
    for step in (0, 0.33, -0.33, 0.66, -0.66, 1, -1):
        centre = _points_at(curve, np.array([0.5 + step * reach]))[0]
        dots = centre + along
        near = (np.abs(dots[:, None] - taken[None]) < 9).all(axis=2).sum()
        under = (np.abs(dots[:, None] - centres[None]) < sizes[None] / 2 + 4).all(axis=2).sum()
        cost = float(near + 2 * under) + abs(step) * 0.5
        if cost < best_cost:
            best, best_cost = centre, cost
    return best, best + along


def _draw_line(line: _Line, curve: Curve, centre: Points, width: float, names: Mapping[str, str], mutual: bool) -> str:
    relation = line.relation
    (x0, y0), (x1, y1), (x2, y2) = curve
    angle = degrees(atan2(y2 - y0, x2 - x0))
    angle = angle - 180 if angle > 90 else angle + 180 if angle <= -90 else angle
    status = "" if relation.status == "actual" else f" ({relation.status})"
    arrow = "↔" if mutual else "→"
    more = f" and {len(line.numbers) - 1} more like it" if len(line.numbers) > 1 else ""
    title = escape_visibly(f"{names[relation.head]} {arrow} {names[relation.tail]}: {relation.type}{status}{more}")
    at = f"translate({x2:.1f} {y2:.1f}) rotate({degrees(atan2(y2 - y1, x2 - x1)):.1f})"
    tip = "" if mutual else f'<path class="tip" d="M0 0L-7.5 -3.2L-7.5 3.2Z" transform="{at}"/>'
    strike = f'<path class="strike" d="M{-width / 2:.1f} 0H{width / 2:.1f}"/>' if relation.status == "negated" else ""
    return (
        f'<g class="edge {relation.status}" data-r="{" ".join(map(str, line.numbers))}"><title>{title}</title>'
        f'<path class="line" d="M{x0:.1f} {y0:.1f}Q{x1:.1f} {y1:.1f} {x2:.1f} {y2:.1f}"/>{tip}'
        f'<g class="label" transform="translate({centre[0]:.1f} {centre[1]:.1f}) rotate({angle:.1f})">'
        f'<text dy=".33em">{escape_visibly(relation.type)}</text>{strike}</g></g>'
    )
