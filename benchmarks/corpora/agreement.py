"""How far two annotators of the diplomatic corpus agree.

    python benchmarks/corpora/agreement.py

scores the second annotation of forty documents, made blind, against the first, and prints Markdown tables. Neither is
the truth: precision and recall would change places the other way round, F1 would not.
"""

from __future__ import annotations

import sys
from pathlib import Path

from stats import HERE, SPLITS

import relex
from relex.report import Report

SECOND = Path(__file__).with_name("second")


def measure() -> Report:
    """Return the report of the second annotation against the first."""
    second = relex.read(SECOND)
    ids = {document.id for document in second}
    first = [document for split in SPLITS for document in relex.read(HERE / split) if document.id in ids]
    return relex.evaluate(first, second, schema=relex.load_schema("diplomatic"))


if __name__ == "__main__":
    sys.stdout.write(measure().to_markdown())
