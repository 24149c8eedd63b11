"""What a page carries inside itself, so that it loads nothing: style sheets, scripts, data, and a policy of both."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib import resources
from typing import Any

_POLICY = ("default-src 'none'", "base-uri 'none'", "form-action 'none'")


@cache
def read_asset(name: str) -> str:
    """Return a style sheet, script or template that relex brings along."""
    text = (resources.files("relex") / "assets" / name).read_text(encoding="utf-8")
    # The policy's hashes are of the text as a browser has it, with plain line feeds.
    return text.replace("\r\n", "\n")


def embed(value: Any) -> str:
    """Return JSON that can stand in a script element: nothing in it can end the element or begin a comment."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def make_policy(*, style: str, script: str) -> str:
    """Return a content security policy: this style sheet and this script, and nothing from anywhere else."""
    return "; ".join([*_POLICY, f"style-src '{_hash(style)}'", f"script-src '{_hash(script)}'"])


def _hash(source: str) -> str:
    """Return the source expression by which a content security policy knows an inline script or style sheet."""
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"
