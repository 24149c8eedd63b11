"""What a command says and returns when it cannot do its work: one line on standard error, and an exit code."""

from __future__ import annotations

import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from relex.errors import RelexError

INTERRUPTED = 130
"""The exit code after Ctrl-C, as a shell gives it."""


def tell(message: str) -> None:
    """Print one line on standard error."""
    print("relex:", " ".join(message.splitlines()), file=sys.stderr, flush=True)


class Failures:
    """Counts what failed while the rest goes on, and tells of each in one line."""

    def __init__(self) -> None:
        self.count = 0

    def tell(self, message: str) -> None:
        """Count a failure and tell of it."""
        self.count += 1
        tell(message)

    def exit(self) -> None:
        """Leave the command with exit code 1 if anything failed."""
        if self.count:
            raise typer.Exit(1)


class Commands(TyperGroup):
    """The commands of relex: whatever ends one early becomes one line and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; see `typer.core.TyperGroup`."""
        try:
            result = super().invoke(ctx)
            # What cannot be written must show here, not when the interpreter shuts down.
            sys.stdout.flush()
            return result
        except BrokenPipeError:
            # The reader of our output has left, as `head` does. Nothing to say, and nobody to flush to.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            tell("interrupted")
            raise typer.Exit(INTERRUPTED) from None
        except RelexError as error:
            tell(str(error))
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            tell(f"{place}{error.strerror or error}")
        raise typer.Exit(1)
