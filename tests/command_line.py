"""Runs the command line for its tests: inside this process with a fake extractor, or as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

import relex
from fake_extractor import PATIENCE, STOP_AFTER
from relex import Document, Mention, Relation
from relex.cli import app

FAKE = Path(__file__).with_name("fake_extractor.py")
"""The command line with the slow fake extractor, as a program."""


def invoke(*args: object, stdin: str | bytes | None = None) -> Result:
    """Run a command inside this process."""
    return CliRunner().invoke(app, [str(arg) for arg in args], input=stdin, catch_exceptions=False)


def run(*args: object, program: Path | None = None, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run a command as a process of its own and wait for it."""
    line = command(*args, program=program)
    return subprocess.run(line, input=stdin, capture_output=True, env=environment(), timeout=PATIENCE)


def command(*args: object, program: Path | None = None) -> list[str]:
    """Return the words that start the command line, or a program in place of it."""
    return [sys.executable, *(["-m", "relex"] if program is None else [str(program)]), *map(str, args)]


def environment(*, stop_after: int | None = None) -> dict[str, str]:
    """Return the environment of a process: this one's, where relex lies, and where the fake extractor stands still."""
    roots = (str(Path(relex.__file__).parents[1]), os.environ.get("PYTHONPATH", ""))
    stop = {} if stop_after is None else {STOP_AFTER: str(stop_after)}
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, roots))} | stop


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds; fail if it takes more than `PATIENCE`."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def write_texts(directory: Path, **texts: str) -> list[Path]:
    """Write text files, by name, and return their paths."""
    paths = [directory / f"{name}.txt" for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def load_lines(text: str) -> list[dict[str, Any]]:
    """Return the objects of JSON lines."""
    return [json.loads(line) for line in text.splitlines()]


def ids(text: str) -> list[str]:
    """Return the ids of the documents of JSON lines."""
    return [document["id"] for document in load_lines(text)]


def two_documents(*, status: str = "actual") -> list[Document]:
    """Return two documents with two mentions and a relation each."""
    mentions = (Mention(0, 6, "GPE", ("fr",)), Mention(11, 17, "GPE", ("vn",)))
    relation = Relation("fr", "cooperates-with", "vn", status)
    return [Document(name, "France and Hà Nội agree.", mentions, (relation,)) for name in ("dw-1", "us-1")]
