"""Where the nodes of a small labelled graph go in a picture, so that names and lines can be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import networkx as nx
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""Centres in pixels, [n, 2], x to the right and y down."""

_GAP = 18.0
_COMPONENT_GAP = 36.0
_ROW = 1000.0
_STARTS = 5
_STEPS = 160
_ASPECT = 1.6
_STRETCH = 1.3
# The most lines of a box that may be moved about, and the angle in radians below which lines hug.
_MOVABLE = 4
_HUGGING = 0.25
_WORK = 3_000_000


def place(sizes: Sequence[tuple[float, float]], lengths: Mapping[tuple[int, int], float]) -> Points:
    """Place boxes of the given widths and heights so that none overlap; the same input gives the same picture.

    `lengths` holds the wished length in pixels of each edge, by the numbers of the two boxes that it
    joins. Each connected part is laid out by path lengths (Kamada and Kawai 1989) from several starts,
    spread out until boxes, lines and labels have room, and the clearest result is kept.

    Returns the centres, [n, 2], in a picture whose upper left corner is (0, 0).
    """
    boxes = np.asarray(sizes, dtype=np.float64).reshape(-1, 2)
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(boxes)))
    graph.add_edges_from((a, b, {"length": length}) for (a, b), length in lengths.items())
    parts = []
    for nodes in sorted(nx.connected_components(graph), key=lambda nodes: (-len(nodes), min(nodes))):
        members = sorted(nodes)
        parts.append((members, _place_part(graph, members, boxes[members])))
    return _pack(parts, boxes)


def _place_part(graph: nx.Graph[int], members: list[int], boxes: Points) -> Points:
    if len(members) == 1:
        return np.zeros((1, 2))
    part: nx.Graph[int] = nx.Graph()
    part.add_nodes_from(members)
    part.add_edges_from(graph.subgraph(members).edges(data=True))
    number = {node: i for i, node in enumerate(members)}
    edges = np.array(sorted((number[a], number[b]) for a, b in part.edges), dtype=np.intp)
    wished = np.array([part.edges[members[a], members[b]]["length"] for a, b in edges])
    distances = dict(nx.all_pairs_dijkstra_path_length(part, weight="length"))
    best, best_cost = np.zeros((len(members), 2)), np.inf
    for start in _starts(members):
        drawn = nx.kamada_kawai_layout(part, dist=distances, pos=start)
        points = np.array([drawn[node] for node in members])
        actual = np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1)
        points = _turn(points * wished.sum() / max(actual.sum(), 1e-9))
        points = _widen(_spread(points, boxes, edges, wished), boxes)
        cost = _cost(points, boxes, edges, wished)
        if cost < best_cost - 1e-6:
            best, best_cost = points, cost
    return _repair(best, best_cost, boxes, edges, wished)


def _starts(members: list[int]) -> Iterator[dict[int, Points]]:
    """Circles over the nodes in several fixed orders."""
    rng = np.random.default_rng(0)
    angles = np.linspace(0, 2 * np.pi, len(members), endpoint=False)
    circle = np.column_stack([np.cos(angles), np.sin(angles)])
    order = np.arange(len(members))
    for _ in range(_STARTS if len(members) > 3 else 1):
        yield {node: circle[i] for node, i in zip(members, order, strict=True)}
        order = rng.permutation(len(members))


def _turn(points: Points) -> Points:
    """Turn the longest axis of a point cloud to the horizontal: names are wide, and so are pages."""
    centred = points - points.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    # The sign of an axis is arbitrary; fix it so that pictures do not flip between machines.
    axes *= np.where(axes[np.arange(2), np.abs(axes).argmax(axis=1)] < 0, -1.0, 1.0)[:, None]
    turned: Points = centred @ axes.T
    return np.asarray(turned * np.array([1.15, 0.9]))


def _spread(points: Points, boxes: Points, edges: NDArray[np.intp], wished: Points) -> Points:
    """Push boxes off each other and off lines that are not theirs, and lines to their wished length."""
    points, anchor = points.copy(), points
    for step in range(_STEPS):
        heat = 1 - step / _STEPS
        move = 0.02 * heat * (anchor - points)
        a, b = points[edges[:, 0]], points[edges[:, 1]]
        along = b - a
        length = np.maximum(np.linalg.norm(along, axis=1), 1e-6)
        room = _room(boxes, edges, along, length)
        pull = np.where(
            length < wished + room, (wished + room - length) * 0.3, -np.maximum(length - 2.2 * wished - room, 0) * 0.05
        )
        shift = along / length[:, None] * (heat * pull / 2)[:, None]
        np.add.at(move, edges[:, 0], -shift)
        np.add.at(move, edges[:, 1], shift)
        move += 0.35 * heat * _line_pushes(points, boxes, edges)
        move += 0.5 * _box_pushes(points, boxes)
        points = points + move
    for _ in range(100):
        pushes = _box_pushes(points, boxes)
        if not pushes.any():
            break
        points = points + 0.55 * pushes
    return points


def _room(boxes: Points, edges: NDArray[np.intp], along: Points, length: Points) -> Points:
    """How much of each line lies hidden under the boxes at its ends, [edges]."""
    unit = np.maximum(np.abs(along) / length[:, None], 1e-6)
    half = boxes / 2
    hidden: Points = (half[edges[:, 0]] / unit).min(axis=1) + (half[edges[:, 1]] / unit).min(axis=1)
    return hidden


def _box_pushes(points: Points, boxes: Points) -> Points:
    delta = points[:, None] - points[None]
    need = (boxes[:, None] + boxes[None]) / 2 + _GAP - np.abs(delta)
    overlap = (need > 0).all(axis=2) & ~np.eye(len(points), dtype=bool)
    sideways = need[..., 0] < need[..., 1]
    push = np.zeros_like(delta)
    # Boxes on one point part by their number, so that the result does not hang on rounding.
    order = np.sign(np.arange(len(points))[:, None] - np.arange(len(points))[None]).astype(np.float64)
    sign = np.where(np.abs(delta) > 1e-9, np.sign(delta), order[..., None])
    push[..., 0] = np.where(overlap & sideways, need[..., 0] * sign[..., 0], 0)
    push[..., 1] = np.where(overlap & ~sideways, need[..., 1] * sign[..., 1], 0)
    pushes: Points = push.sum(axis=1) / 2
    return pushes


def _line_pushes(points: Points, boxes: Points, edges: NDArray[np.intp]) -> Points:
    normal, lack, at = _line_lacks(points, boxes, edges)
    push = normal * lack[..., None]
    move: Points = push.sum(axis=0)
    np.add.at(move, edges[:, 0], -(push * (1 - at)[..., None]).sum(axis=1) / 3)
    np.add.at(move, edges[:, 1], -(push * at[..., None]).sum(axis=1) / 3)
    return move


def _line_lacks(points: Points, boxes: Points, edges: NDArray[np.intp]) -> tuple[Points, Points, Points]:
    """For each line and box: the way off the line [edges, n, 2], how far [edges, n], and where [edges, n]."""
    a, b = points[edges[:, 0]], points[edges[:, 1]]
    along = b - a
    square = np.maximum((along**2).sum(axis=1), 1e-9)
    offset = points[None] - a[:, None]
    at = np.clip((offset * along[:, None]).sum(axis=2) / square[:, None], 0, 1)
    away = offset - at[..., None] * along[:, None]
    distance = np.linalg.norm(away, axis=2)
    across = np.column_stack([-along[:, 1], along[:, 0]]) / np.sqrt(square)[:, None]
    normal = np.where(distance[..., None] > 1e-6, away / np.maximum(distance, 1e-6)[..., None], across[:, None])
    need = (np.abs(normal) * boxes[None] / 2).sum(axis=2) + _GAP / 2
    lack = np.maximum(need - distance, 0)
    rows = np.arange(len(edges))
    lack[rows, edges[:, 0]] = lack[rows, edges[:, 1]] = 0
    return normal, lack, at


def _widen(points: Points, boxes: Points) -> Points:
    """Stretch a tall picture sideways: that parts no boxes and gives the lines room."""
    width, height = np.ptp(points, axis=0) + boxes.mean(axis=0)
    return np.asarray(points * np.array([np.clip(_ASPECT * height / width, 1, _STRETCH), 1]))


def _repair(points: Points, cost: float, boxes: Points, edges: NDArray[np.intp], wished: Points) -> Points:
    """Move boxes with few lines to better places around their neighbours, one at a time, while that helps.

    The larger the graph, the fewer the moves that are tried, so that a picture takes a second at most.
    """
    left = _WORK // (len(points) * len(edges) + 1000)
    degree = np.bincount(edges.ravel(), minlength=len(points))
    angles = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    circle = np.column_stack([np.cos(angles), np.sin(angles)])
    for _ in range(2):
        before = cost
        for i in sorted(np.flatnonzero(degree <= _MOVABLE), key=lambda i: (degree[i], i)):
            own = (edges == i).any(axis=1)
            neighbours = np.where(edges[own, 0] == i, edges[own, 1], edges[own, 0])
            reach = wished[own].mean() + (boxes[i] + boxes[neighbours].mean(axis=0)) / 2
            for radius in (0.85, 1.15):
                for target in points[neighbours].mean(axis=0) + radius * reach * circle:
                    if left <= 0 or _overlaps(target, i, points, boxes):
                        continue
                    left -= 1
                    moved = points.copy()
                    moved[i] = target
                    moved_cost = _cost(moved, boxes, edges, wished)
                    if moved_cost < cost - 1e-6:
                        points, cost = moved, moved_cost
        if cost == before:
            break
    return points


def _overlaps(target: Points, i: np.intp, points: Points, boxes: Points) -> bool:
    close = (np.abs(points - target) < (boxes + boxes[i]) / 2 + _GAP).all(axis=1)
    close[i] = False
    return bool(close.any())


def _cost(points: Points, boxes: Points, edges: NDArray[np.intp], wished: Points) -> float:
    """How hard a picture is to read: lines through boxes, crossing or hugging lines, labels without room, size."""
    _, lack, _ = _line_lacks(points, boxes, edges)
    a, b = points[edges[:, 0]], points[edges[:, 1]]
    along = b - a
    length = np.maximum(np.linalg.norm(along, axis=1), 1e-6)
    spare = length - _room(boxes, edges, along, length) - wished
    stretched = np.maximum(-spare, 0).sum() / 30 + np.maximum(spare - wished, 0).sum() / 200
    area = float(np.prod(np.ptp(points, axis=0) + boxes.max(axis=0)))
    pierced = float((lack > _GAP / 4).sum())
    crossings, hugging = _count_crossings(a, b), _hugging(edges, along / length[:, None])
    return 4.0 * pierced + 0.6 * crossings + 1.5 * hugging + float(stretched) + area / 60_000


def _count_crossings(a: Points, b: Points) -> float:
    def side(p: Points, q: Points, r: Points) -> Points:
        turn: Points = (q[..., 0] - p[..., 0]) * (r[..., 1] - p[..., 1]) - (q[..., 1] - p[..., 1]) * (
            r[..., 0] - p[..., 0]
        )
        return turn

    first, second = a[:, None], b[:, None]
    apart = side(first, second, a[None]) * side(first, second, b[None]) < 0
    return float((apart & apart.T).sum()) / 2


def _hugging(edges: NDArray[np.intp], unit: Points) -> float:
    """How many pairs of lines leave one box side by side, counting by how near."""
    at = edges.T.ravel()
    out = np.concatenate([unit, -unit])
    cosine = np.where((at[:, None] == at[None]) & ~np.eye(len(at), dtype=bool), out @ out.T, -1)
    return float(np.maximum(1 - np.arccos(np.clip(cosine, -1, 1)) / _HUGGING, 0).sum()) / 2


def _pack(parts: list[tuple[list[int], Points]], boxes: Points) -> Points:
    """Set the connected parts in rows, the largest first, each part in the middle of its row."""
    points = np.zeros_like(boxes)
    rows: list[list[tuple[list[int], Points]]] = []
    limit, filled = _ROW, 0.0
    for members, centres in parts:
        low = (centres - boxes[members] / 2).min(axis=0)
        size = (centres + boxes[members] / 2).max(axis=0) - low
        points[members] = centres - low
        limit = max(limit, size[0])
        if not rows or filled + size[0] > limit:
            rows.append([])
            filled = 0.0
        rows[-1].append((members, size))
        filled += size[0] + _COMPONENT_GAP
    widths = [sum(size[0] for _, size in row) + _COMPONENT_GAP * (len(row) - 1) for row in rows]
    y = 0.0
    for row, width in zip(rows, widths, strict=True):
        height = max(size[1] for _, size in row)
        x = (max(widths) - width) / 2
        for members, size in row:
            points[members] += (x, y + (height - size[1]) / 2)
            x += size[0] + _COMPONENT_GAP
        y += height + _COMPONENT_GAP
    return points
