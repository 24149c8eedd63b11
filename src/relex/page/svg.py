"""A matplotlib figure as an SVG element of a page: its colours are the page's, light or dark, and so are its fonts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import StringIO
from typing import Any, Final
from xml.etree import ElementTree

from matplotlib import rc_context
from matplotlib.figure import Figure

from relex.markup import N_COLOURS

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_SHADES = (100, 72, 48, 30)

# A figure knows no style sheets, so each value of the page's has a colour that stands for it while matplotlib draws.
INK: Final = "#010101"
SOFT: Final = "#020202"
LINE: Final = "#030303"
PAPER: Final = "#040404"
_VALUES: dict[str, str] = {INK: "var(--ink)", SOFT: "var(--soft)", LINE: "var(--line)", PAPER: "var(--paper)"}


def shade(colour: int, level: int = 0) -> str:
    """Return what stands for a colour of the page's types, by its number; the higher the level, the paler."""
    return f"#10{colour % N_COLOURS:02x}{level % len(_SHADES):02x}"


_VALUES |= {
    shade(colour, level): f"rgb(var(--c{colour}) / {share}%)"
    for colour in range(N_COLOURS)
    for level, share in enumerate(_SHADES)
}


STYLE: Final[dict[Any, Any]] = {
    "axes.edgecolor": LINE,
    "axes.facecolor": "none",
    "axes.labelcolor": SOFT,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.dpi": 72,
    "figure.facecolor": "none",
    "font.size": 11,
    "grid.color": LINE,
    "legend.frameon": False,
    "patch.edgecolor": PAPER,
    "patch.force_edgecolor": True,
    "svg.fonttype": "none",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": LINE,
    "xtick.labelcolor": SOFT,
    "ytick.color": LINE,
    "ytick.labelcolor": INK,
}
"""The settings of matplotlib that figures are to be drawn under; at 72 points an inch a point is a pixel."""


def embed_figure(figure: Figure, *, name: str, label: str, titles: Mapping[str, str] | None = None) -> str:
    """Return a figure, drawn under `STYLE`, as an SVG element.

    Args:
        figure: has no colours but those of this module.
        name: keeps the ids of several figures on one page apart.
        label: says what it shows to those who do not see it.
        titles: what to tell of parts of it, by their `gid`.
    """
    buffer = StringIO()
    with rc_context({**STYLE, "svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    root = ElementTree.fromstring(buffer.getvalue())
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.endswith("}metadata") or child.tag == f"{_SVG}style":
                parent.remove(child)
    used = set(re.findall(r"#([\w-]+)", " ".join(_references(root))))
    for element in root.iter():
        _clean(element, name, used, titles or {})
    width, height = (root.attrib[side].removesuffix("pt") for side in ("width", "height"))
    sizes = {"width": width, "height": height, "viewBox": f"0 0 {width} {height}"}
    root.attrib = {"class": "plot", **sizes, "role": "img", "aria-label": label}
    return ElementTree.tostring(root, encoding="unicode")


def _references(root: ElementTree.Element) -> list[str]:
    return [
        value
        for element in root.iter()
        for key, value in element.attrib.items()
        if key == _LINK or value.startswith("url(")
    ]


def _clean(element: ElementTree.Element, name: str, used: set[str], titles: Mapping[str, str]) -> None:
    """Make an element part of HTML: no namespaces, ids of its own, and attributes where styles were."""
    element.tag = element.tag.removeprefix(_SVG)
    own = element.attrib.pop("id", None)
    for declaration in filter(None, map(str.strip, element.attrib.pop("style", "").split(";"))):
        key, _, value = declaration.partition(":")
        if key == "font":
            key, value = "font-size", value.split("px")[0].split()[-1]
        # The page's policy allows no styles, and its style sheet chooses the font.
        if key != "font-family":
            element.set(key, value.strip())
    for key, value in list(element.attrib.items()):
        if key == _LINK:
            del element.attrib[key]
            element.set("href", f"#{name}-{value[1:]}")
        elif value.startswith("url(#"):
            element.set(key, f"url(#{name}-{value[5:]}")
        elif key in ("fill", "stroke"):
            element.set(key, _VALUES.get(value.lower(), value))
    if own in used:
        element.set("id", f"{name}-{own}")
    if own is not None and own in titles:
        title = ElementTree.Element("title")
        title.text = titles[own]
        element.insert(0, title)
