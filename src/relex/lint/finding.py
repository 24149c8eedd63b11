"""What a rule of the linter says of a document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from relex.document import Document, Mention


@dataclass(frozen=True, slots=True)
class Finding:
    """A place of a text, half-open in code points, where annotation seems to break the rule of that name."""

    rule: str
    start: int
    end: int
    advice: str

    def tell(self, document: Document) -> str:
        """Return the finding in words, with the text that it is about and the text around it."""
        text = document.text
        before = text[max(0, self.start - 20) : self.start].rpartition("\n")[2]
        after = text[self.end : self.end + 20].partition("\n")[0]
        return f"{self.rule}: {before}⟦{text[self.start : self.end]}⟧{after} at {self.start}: {self.advice}"


Rule = Callable[[Document], Iterator[Finding]]


def find_at(rule: str, mention: Mention, advice: str) -> Finding:
    """Return a finding about a mention."""
    return Finding(rule, mention.start, mention.end, advice)


def surface(document: Document, mention: Mention) -> str:
    """Return the text of a mention."""
    return document.text[mention.start : mention.end]


def enclosing(document: Document, start: int, end: int) -> list[Mention]:
    """Return the mentions that hold a range, the narrowest first."""
    found = [mention for mention in document.mentions if mention.start <= start and end <= mention.end]
    return sorted(found, key=lambda mention: mention.end - mention.start)
