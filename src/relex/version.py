"""The version of the installed package."""

from __future__ import annotations

from importlib import metadata

try:
    __version__ = metadata.version("relex")
except metadata.PackageNotFoundError:
    # Run from a source tree that was never installed.
    __version__ = "0+unknown"
