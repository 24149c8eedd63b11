"""Reading and writing documents: one module a format, chosen by suffix or by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, groupby
from pathlib import Path
from types import MappingProxyType

from relex.checks import take_items
from relex.document import Document
from relex.errors import FormatError, known
from relex.formats import (
    bio,
    brat,
    conll04,
    conll04_multihead,
    crossre,
    csv,
    docred,
    docred_result,
    dwie,
    dygie,
    gliner,
    jsonl,
    re3d,
    rlx,
    spacy,
    text,
    triples,
)
from relex.formats.files import plain_path
from relex.formats.pairing import fit_predictions

__all__ = [
    "FORMATS",
    "PREDICTIONS",
    "READABLE",
    "WRITABLE",
    "Format",
    "iterate",
    "read",
    "read_predictions",
    "tells_format",
    "write",
]

Reader = Callable[[Iterable[Path]], Iterator[Document]]
Writer = Callable[[Iterable[Document], Path], None]


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its file suffixes, its reader and writer, None if it has none, and if it is written to a directory."""

    name: str
    suffixes: tuple[str, ...]
    iterate: Reader | None
    write: Writer | None = None
    to_directory: bool = False


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        own.name: own
        for own in (
            Format("rlx", (".rlx",), rlx.iterate, rlx.write),
            Format("jsonl", (".jsonl",), jsonl.iterate, jsonl.write),
            Format("text", (".txt",), text.iterate),
            Format("csv", (".csv",), None, csv.write),
            Format("conll04", (".json",), conll04.iterate, conll04.write),
            Format("conll04-multihead", (".multihead",), conll04_multihead.iterate, conll04_multihead.write),
            Format("bio", (".bio", ".conll"), bio.iterate, bio.write),
            Format("bio-innermost", (), None, partial(bio.write, innermost=True)),
            Format("gliner", (".json",), gliner.iterate, gliner.write),
            Format("gliner-predictions", (".json",), None, gliner.write_predictions),
            Format("spacy", (".spacy",), spacy.iterate, spacy.write),
            Format("re3d", (".json",), re3d.iterate),
            Format("triples", (".json",), triples.iterate),
            Format("dwie", (".json",), dwie.iterate),
            Format("dwie-train", (".json",), partial(dwie.iterate, split="train")),
            Format("dwie-test", (".json",), partial(dwie.iterate, split="test")),
            Format("dygie", (".json",), dygie.iterate, dygie.write),
            Format("dygie-predicted", (".json",), partial(dygie.iterate, predicted=True)),
            Format("crossre", (".json",), crossre.iterate, crossre.write),
            Format("docred", (".json",), docred.iterate, docred.write),
            Format("docred-result", (".json",), None, docred_result.write),
            Format("brat", (".ann",), brat.iterate, brat.write, to_directory=True),
        )
    }
)
"""Every format, by name. A suffix that one format alone claims stands for that format."""

READABLE = tuple(own.name for own in FORMATS.values() if own.iterate)
WRITABLE = tuple(own.name for own in FORMATS.values() if own.write)


PREDICTIONS: Mapping[str, Callable[[Path, Iterable[Document]], list[Document]]] = MappingProxyType(
    {"crossre-predictions": crossre.read_predictions, "docred-result": docred_result.read}
)
"""The formats of predictions that leave out what gold has, by name."""


def read(path: str | Path, *, format: str | None = None) -> list[Document]:
    """Return the documents of a file or of a directory; see `iterate`."""
    return list(iterate(path, format=format))


def read_predictions(path: str | Path, gold: Iterable[Document], *, format: str | None = None) -> list[Document]:
    """Return what a system predicted for gold documents; see `iterate`.

    In a format of `PREDICTIONS` it is relations alone: texts and mentions are those of gold. In any other, documents
    whose ids are not those of gold are paired with it by order, and take its ids; see `relex.formats.pairing`.

    Raises:
        FormatError: as `iterate` does, and predictions for other documents.
    """
    if format is not None and format in PREDICTIONS:
        return PREDICTIONS[format](Path(path), gold)
    return fit_predictions(read(path, format=format), tuple(gold), str(path))


def tells_format(path: str | Path) -> bool:
    """Return whether `iterate` needs no `format`: of a file, whether one format alone has its suffix."""
    path = Path(path)
    return path.is_dir() or _suffix(path) in _SUFFIXES


def iterate(path: str | Path, *, format: str | None = None) -> Iterator[Document]:
    """Yield the documents of a file, or of every file of a known suffix below a directory, sorted by path.

    The suffix of a file tells its format unless `format` names it; with a directory, `format` also chooses
    the files. A file may be compressed with gzip, `.gz` behind its suffix, if its format is text. Hidden files are
    passed over, and the `.txt` file beside an `.ann` file is read with that one. JSON
    lines are read a line at a time, all else a file at a time.

    Raises:
        FormatError: an unknown format or suffix, a file that cannot be read, a fault in a file.
    """
    path = Path(path)
    chosen = None if format is None else _by_name(format, READABLE)
    if not path.exists():
        raise FormatError(f"cannot read {path}: no such file or directory")
    if not path.is_dir():
        return _reader(chosen or _by_suffix(plain_path(path), READABLE))([path])
    if chosen is not None:
        _reader(chosen)
    files = [(file, chosen or _SUFFIXES[_suffix(file)]) for file in _files(path, chosen)]
    if not files:
        suffixes = chosen.suffixes if chosen else _SUFFIXES
        cure = "name the file itself" if chosen else "name the format"
        raise FormatError(f"no file of a known suffix ({known(suffixes)}) below {path}; {cure}")
    groups = groupby(files, key=lambda pair: pair[1])
    return chain.from_iterable(_reader(own)(file for file, _ in group) for own, group in groups)


def write(documents: Iterable[Document], path: str | Path, *, format: str | None = None) -> None:
    """Write documents to one file, in the format that its suffix or `format` names; to a directory if that is brat.

    The file appears whole or not at all: a failure leaves an older one as it was.

    Raises:
        InputError: no iterable of documents.
        FormatError: an unknown format or suffix, a format that is only read, a document that it cannot hold.
    """
    path = Path(path)
    chosen = _by_suffix(path, WRITABLE) if format is None else _by_name(format, WRITABLE)
    if chosen.write is None:
        raise FormatError(f"cannot write {path}: format {chosen.name!r} is only read; relex writes {known(WRITABLE)}")
    if path.is_dir() and not chosen.to_directory:
        raise FormatError(f"cannot write {path}: it is a directory; name a file in it")
    chosen.write(take_items(documents, Document, "documents to write"), path)


def _claims() -> dict[str, list[Format]]:
    claims: dict[str, list[Format]] = {}
    for own in FORMATS.values():
        for suffix in own.suffixes:
            claims.setdefault(suffix, []).append(own)
    return claims


_CLAIMS = _claims()
_SUFFIXES = {suffix: claiming[0] for suffix, claiming in _CLAIMS.items() if len(claiming) == 1}


def _suffix(path: Path) -> str:
    return plain_path(path).suffix.lower()


def _by_name(name: str, wanted: Sequence[str]) -> Format:
    try:
        return FORMATS[name]
    except KeyError:
        raise FormatError(f"unknown format {name!r}; known: {known(wanted)}") from None


def _by_suffix(path: Path, wanted: Sequence[str]) -> Format:
    claiming = _CLAIMS.get(path.suffix.lower(), [])
    if len(claiming) == 1:
        return claiming[0]
    if claiming:
        names = known(own.name for own in claiming if own.name in wanted)
        raise FormatError(f"{path}: several formats use {path.suffix}; name the one that it is: {names}")
    raise FormatError(
        f"{path}: unknown suffix {path.suffix!r}; known: {known(_SUFFIXES)}; or name a format: {known(wanted)}"
    )


def _reader(own: Format) -> Reader:
    if own.iterate is None:
        raise FormatError(
            f"format {own.name!r} is only written; relex reads {known(READABLE)}; it does not hold documents whole: "
            "keep a .jsonl beside it"
        )
    return own.iterate


def _files(directory: Path, chosen: Format | None) -> list[Path]:
    suffixes = set(chosen.suffixes) if chosen else {suffix for suffix, own in _SUFFIXES.items() if own.iterate}
    return sorted(
        file
        for file in directory.rglob("*")
        if _suffix(file) in suffixes
        and file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(directory).parts)
        and not (chosen is None and file.suffix.lower() == ".txt" and file.with_suffix(".ann").is_file())
    )
