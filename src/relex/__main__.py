"""Runs the command line as `python -m relex`."""

from __future__ import annotations

from relex.cli import main

main()
