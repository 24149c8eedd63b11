"""An extractor without a model, for tests of what stands around one; as a program, the command line with it."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

import relex
from relex import Document, Mention, Relation, Schema
from relex.cli import main
from relex.config import DecodeConfig
from relex.schema import builtin_schema

STOP_AFTER = "STOP_AFTER"
"""The variable that says after how many documents the program stands still, for a test to kill it there."""

PATIENCE = 240
"""Seconds after which a process is taken to hang, on a machine that is busy with other work."""


class FakeExtractor:
    """Tags words in capital letters as countries; the first visited the second, the third it will."""

    schema: Schema = builtin_schema()
    config = DecodeConfig()

    def __init__(self, *, stop_after: int | None = None) -> None:
        self.seen: list[str] = []
        self._stop_after = stop_after

    def __call__(self, text: str) -> Document:
        return next(self.pipe([text]))

    def pipe(
        self, texts: Iterable[str | Document], *, batch_size: int | None = None, progress: bool = False
    ) -> Iterator[Document]:
        for text in texts:
            if len(self.seen) == self._stop_after:
                # In naps: a signal just before one long sleep would be noticed only after it.
                for _ in range(PATIENCE * 20):
                    time.sleep(0.05)
            document = text if isinstance(text, Document) else Document("text", text)
            self.seen.append(document.id)
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
    n_documents = os.environ.get(STOP_AFTER)
    relex.__dict__["load"] = lambda name: FakeExtractor(stop_after=int(n_documents) if n_documents else None)
    main()
