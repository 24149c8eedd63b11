"""What every test gets: no network, a cache of its own, and the tiny encoder."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import settings

import tiny

# Read when the hub's client is first imported, so set before any test module is.
os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "TOKENIZERS_PARALLELISM": "false"}

# The same examples in every run, and no time limits: other work may share the machine.
settings.register_profile("relex", derandomize=True, deadline=None)
settings.load_profile("relex")


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Fail a test that opens a connection."""

    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise AssertionError(f"a test tried to connect to {args[-1] if args else kwargs}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket.socket, "connect_ex", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        yield


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep hashes and unpacked encoders out of the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RELEX_CACHE", str(tmp_path_factory.mktemp("relex-cache")))
        yield


@pytest.fixture(scope="session")
def learnt(encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a model that knows the four tiny documents by heart; not to be changed."""
    directory = tmp_path_factory.mktemp("learnt") / "model"
    # Imported when a test first asks for it: most tests need no torch.
    import_module("models").learn_by_heart(encoder, directory)
    return directory


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the tiny encoder; not to be changed."""
    return tiny.write_encoder(tmp_path_factory.mktemp("encoder"))
