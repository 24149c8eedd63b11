"""Reads the pages that relex writes, for their tests."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

_VOID = {"meta", "link", "br", "input", "rect", "path", "circle", "use"}


@dataclass
class Element:
    """An element of a page, its attributes, and the text in it."""

    tag: str
    attributes: dict[str, str | None]
    parents: tuple[Element, ...]
    text: str = ""
    classes: set[str] = field(default_factory=set)


class Page(HTMLParser):
    """The elements of a page; fails on tags that do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.open: list[Element] = []
        self.feed(html)
        self.close()
        assert not self.open, f"never closed: {[element.tag for element in self.open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        element = Element(tag, own, tuple(self.open), classes=set((own.get("class") or "").split()))
        self.elements.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data

    def all(self, tag: str, *classes: str) -> list[Element]:
        return [e for e in self.elements if e.tag == tag and e.classes >= set(classes)]

    def data(self) -> Any:
        (script,) = [e for e in self.all("script") if e.attributes.get("type") == "application/json"]
        return json.loads(script.text)
