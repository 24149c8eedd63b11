"""An extractor without a model, for tests of what stands around one; as a program, the command line with it."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

import relex
from relex import Document, Mention, Relation, Schema
from relex.cli import main
from relex.schema import builtin_schema

PAUSE = 0.05


class FakeExtractor:
    """Tags words in capital letters as countries; the first visited the second, the third it will."""

    schema: Schema = builtin_schema()

    def __init__(self, *, pause: float = 0.0) -> None:
        self.seen: list[str] = []
        self._pause = pause

    def __call__(self, text: str) -> Document:
        return next(self.pipe([text]))

    def pipe(
        self, texts: Iterable[str | Document], *, batch_size: int | None = None, progress: bool = False
    ) -> Iterator[Document]:
        for text in texts:
            document = text if isinstance(text, Document) else Document("text", text)
            self.seen.append(document.id)
            time.sleep(self._pause)
            yield tag(document)

    def info(self) -> dict[str, Any]:
        return {"name": "fake", "encoder": "none"}


def replace_models(patch: pytest.MonkeyPatch) -> FakeExtractor:
    """Let `relex.load` return a fake extractor, whatever the name, and return it."""
    fake = FakeExtractor()
    patch.setitem(relex.__dict__, "load", lambda name: fake)
    return fake


def tag(document: Document) -> Document:
    """Return a document as the fake extractor tags it."""
    mentions, ids = [], []
    for word in re.finditer(r"\b[A-Z]{2,}\b", document.text):
        name = word.group().lower()
        mentions.append(Mention(*word.span(), "GPE", (name,), 0.5))
        ids.append(name)
    ids = list(dict.fromkeys(ids))
    statuses = ("actual", "planned")
    relations = [Relation(ids[0], "cooperates-with", t, s, 0.75) for t, s in zip(ids[1:3], statuses, strict=False)]
    return Document(document.id, document.text, tuple(mentions), tuple(relations), document.meta)


if __name__ == "__main__":
    # A process started in the background ignores interrupts, and passes that on.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Slow, so that a test can kill it half-way.
    relex.__dict__["load"] = lambda name: FakeExtractor(pause=PAUSE)
    main()
