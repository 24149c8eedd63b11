"""The mechanical rules of the diplomatic annotation guide: what a program can doubt in an annotation.

A finding is a doubt, not a fault: the rules know words and no meaning. Where the text is right, an `.rlx` file says so
in a comment inside the document's block, which names the rule and the text that it found:

    ## lint: country "Russian"
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from relex.document import Document
from relex.lint import facts, missing, spans
from relex.lint.finding import Finding

__all__ = ["RULES", "Exceptions", "Finding", "lint", "read_exceptions"]

RULES = {rule.__name__.replace("_", "-"): rule for rule in (*spans.RULES, *missing.RULES, *facts.RULES)}
"""Every rule by name; its docstring says what it finds."""

_EXCEPTION = re.compile(r'##\s*lint:\s*([\w-]+)\s+"(.*)"\s*')

Exceptions = dict[str, frozenset[tuple[str, str]]]
"""Pairs of a rule and the text that it may find, by document id."""


def lint(document: Document, *, allowed: Iterable[tuple[str, str]] = ()) -> Iterator[str]:
    """Yield what the rules find in a document, in words; then each exception that nothing asked for.

    `allowed` holds pairs of a rule and the text that it may find.
    """
    unused = set(allowed)
    granted = frozenset(unused)
    for rule in RULES.values():
        for finding in rule(document):
            exception = (finding.rule, document.text[finding.start : finding.end])
            if exception in granted:
                unused.discard(exception)
            else:
                yield finding.tell(document)
    for rule_name, text in sorted(unused):
        known = "" if rule_name in RULES else f"; rules: {', '.join(RULES)}"
        yield f'exception {rule_name} "{text}" matches no finding: take it out{known}'


def read_exceptions(text: str) -> Exceptions:
    """Return the exceptions that an `.rlx` text grants, by document id."""
    found: dict[str, set[tuple[str, str]]] = {}
    document_id = ""
    for line in text.splitlines():
        if line.startswith("#doc "):
            document_id = line[5:].strip()
        elif match := _EXCEPTION.fullmatch(line):
            found.setdefault(document_id, set()).add((match[1], match[2]))
    return {name: frozenset(exceptions) for name, exceptions in found.items()}
