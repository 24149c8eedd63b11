"""Tables in Markdown, and how counts are written in tables of any kind."""

from __future__ import annotations

from collections.abc import Sequence


def format_table(rows: Sequence[Sequence[str]], *, n_names: int = 1) -> str:
    """Return rows, the first of them the heading, as a table: names left, numbers right."""
    heading, *body = rows
    rule = ["---" if i < n_names else "---:" for i in range(len(heading))]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in (heading, rule, *body))


def format_count(count: float) -> str:
    """Return a count; where a match is a matter of degree it is a fraction, of interest while it is small."""
    return str(count) if isinstance(count, int) else f"{count:.{2 if count < 100 else 0}f}"


def format_signatures(*signatures: str) -> str:
    """Return the signatures of a table, to stand below it."""
    return "\n".join(["```", *signatures, "```"])
