"""`relex convert`, `relex check` and `relex show`: annotated files, changed, checked and looked at."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

import relex
from relex import formats, graph
from relex.cli.failures import Failures, tell
from relex.cli.inputs import expand
from relex.cli.options import READ, WRITTEN, check_out, check_read, check_written, read_schema
from relex.cli.outputs import write_json
from relex.cli.tables import make_console, print_document
from relex.doctor import diagnose
from relex.document import STATUSES, Document
from relex.errors import FormatError
from relex.formats import jsonl
from relex.formats.files import Report, plain_path, read_text
from relex.formats.rlx_parser import parse_document_blocks
from relex.lint import Exceptions, lint, read_exceptions
from relex.schema import Schema

_TOLD_IN_FULL = {"rlx": ".rlx", "jsonl": ".jsonl"}
"""The formats of which every fault is told, with their suffixes."""

_NO_SCHEMA = "none"
_MOST_SPLITS = 9


def convert(
    source: Annotated[str, typer.Argument(metavar="IN", help="A file, or a directory of files.")],
    target: Annotated[str, typer.Argument(metavar="OUT", help="The file to write, or with brat the directory.")],
    source_format: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="FORMAT", callback=check_read, help=f"The format of IN, if no suffix tells: {READ}."
        ),
    ] = None,
    target_format: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="FORMAT", callback=check_written, help=f"The format of OUT, if no suffix tells: {WRITTEN}."
        ),
    ] = None,
) -> None:
    """Convert documents from one format to another.

    Formats go by suffix or by name. brat is written to a directory, two files a document; graphml is one graph of all
    entities and relations. OUT appears whole or not at all. What the new format has no place for is counted on standard
    error, or is an error if the text itself cannot be held; rlx takes blank lines out of it, and mentions move along.

    \b
    Examples:
      relex convert facts.jsonl facts.csv
      relex convert dwie/annos_with_content train.jsonl --from dwie-train
      relex convert facts.jsonl annotation --to brat
    """
    if Path(source).is_dir() and Path(target).resolve().is_relative_to(Path(source).resolve()):
        raise typer.BadParameter(
            f"{target} lies in {source}, and would be read too the next time; name a place outside"
        )
    documents = formats.iterate(source, format=source_format)
    if (target_format or Path(target).suffix.lower()) in ("graphml", ".graphml"):
        graph.write_graphml(documents, target)
    else:
        formats.write(documents, target, format=target_format)


def check(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE", help="Annotated documents: files, or directories of them.")
    ],
    schema: Annotated[
        str, typer.Option(metavar="NAME|FILE", help="What the labels must fit: diplomatic, a .toml file, or none.")
    ] = "diplomatic",
    doubts: Annotated[
        bool, typer.Option("--lint", help="Also tell what seems to break the mechanical rules of the guide.")
    ] = False,
    doctor: Annotated[
        bool,
        typer.Option("--doctor", help="Also examine the corpus; each FILE is a split, the first the training part."),
    ] = False,
    format: Annotated[
        str | None,
        typer.Option(
            metavar="FORMAT", callback=check_read, help=f"The format of every FILE, if no suffix tells: {READ}."
        ),
    ] = None,
    json_out: Annotated[
        Path | None,
        typer.Option(
            "--json", metavar="OUT", callback=check_out, help="With --doctor, also write what it finds to this file."
        ),
    ] = None,
) -> None:
    """Check annotated files against format and schema.

    Every fault is told with file, line and document, then what does not fit the schema. Faults are what keeps a
    file from being read: brackets that do not close, a relation with an unknown id, offsets outside the text. What
    does not fit the schema are unknown types, and relations between types that they cannot join. Each is one line
    on standard output. A last line counts; the exit code is 1 if anything was found.

    Of .rlx and .jsonl files every fault is told, of any other format that relex reads the first one. A directory is
    searched for .rlx and .jsonl files, or with --format for files of that format.

    --lint adds doubts: an article inside a span, a country's adjective unmarked, one name with two ids. Where the
    annotation is right, an .rlx file says so in the document's block: ## lint: RULE "the text found".

    --doctor counts what makes a corpus worth less: texts, facts and names that splits share, duplicates, conflicting
    labels, what no model can find, odd documents, rare types. Each count comes with examples and what to do; it is
    for judging, and changes no exit code.

    \b
    Examples:
      relex check corpus/
      relex check mine.rlx --schema mine.toml
      relex check corpus/ --lint
      relex check corpus/train corpus/dev --doctor --json findings.json
      relex check train.json dev.json --format docred --schema none --doctor
    """
    if json_out is not None and not doctor:
        raise typer.BadParameter("--json holds what --doctor finds; give both")
    if doctor and (len({Path(name).resolve() for name in files}) < len(files) or len(files) > _MOST_SPLITS):
        raise typer.BadParameter("with --doctor each FILE is a split; give every split once, as a file or directory")
    chosen = None if schema == _NO_SCHEMA else read_schema(schema)
    failures = Failures()
    counts: Counter[str] = Counter()
    splits: dict[str, list[Document]] = {name: [] for name in files}
    for name, path in _list_sources(files, format, failures):
        try:
            documents, problems = _check_source(path, format, chosen, doubts)
            n_files = len(_find_files(path, format))
        except FormatError as error:
            failures.tell(str(error))
            continue
        for problem in problems:
            print(problem)
        counts += Counter({"files": n_files, "problems": len(problems)}) + _count(documents)
        if doctor:
            splits[name] += documents
    if not counts["files"]:
        failures.exit()
    unread = f", {failures.count} not read" if failures.count else ""
    statuses = ", ".join(f"{counts[status]} {status}" for status in STATUSES)
    sizes = ", ".join(f"{counts[name]} {name}" for name in ("files", "documents", "mentions", "entities", "relations"))
    print(f"{sizes} ({statuses}): {counts['problems'] or 'no'} problems{unread}")
    if doctor:
        _diagnose(splits, chosen, json_out)
    failures.count += counts["problems"]
    failures.exit()


def show(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Annotated documents, as relex extract writes them.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="OUT.html", callback=check_out, help="The page to write.", show_default=False
        ),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(metavar="FORMAT", callback=check_read, help="The format of FILE, if no suffix tells."),
    ] = None,
    schema: Annotated[
        str, typer.Option(metavar="NAME|FILE", help="The schema of FILE, which describes the types on the page.")
    ] = "diplomatic",
) -> None:
    """Show annotated documents as tables or as an HTML page.

    Tables go to standard output. The page needs no network and has the text with its mentions in colour, the
    relations with the sentences that carry them, and the graph of entities.

    \b
    Examples:
      relex show facts.jsonl
      relex show facts.jsonl -o facts.html
    """
    chosen = read_schema(schema)
    documents = formats.iterate(file, format=format)
    n_mentions = 0
    if out is not None:
        shown = list(documents)
        n_mentions = sum(len(document.mentions) for document in shown)
        relex.show(shown, schema=chosen).save(out)
    else:
        console = make_console(sys.stdout)
        for document in documents:
            n_mentions += len(document.mentions)
            print_document(console, document)
    if not n_mentions:
        tell(f"{file} holds no annotation to show; relex extract annotates texts")


def _list_sources(names: Sequence[str], format: str | None, failures: Failures) -> Iterator[tuple[str, Path]]:
    """Yield what is checked by itself with the name it was given by: a file, or all of a format that needs several."""
    for name in names:
        try:
            alone = format is None or format in _TOLD_IN_FULL
            paths = _find_files(Path(name), format, note=tell) if alone else [Path(name)]
            yield from ((name, path) for path in paths)
        except FormatError as error:
            failures.tell(str(error))


def _find_files(path: Path, format: str | None, *, note: Report | None = None) -> list[Path]:
    suffixes = tuple(_TOLD_IN_FULL.values()) if format is None else formats.FORMATS[format].suffixes
    return expand(path, (*suffixes, *(f"{suffix}.gz" for suffix in suffixes)), note=note)


def _check_source(
    path: Path, format: str | None, schema: Schema | None, doubts: bool
) -> tuple[list[Document], list[str]]:
    """Return what can be read of a file, or of a directory in a format, and what is wrong with it.

    Raises:
        FormatError: a file that cannot be read, or a fault in a format of which the first alone is told.
    """
    allowed: Exceptions = {}
    kind = format or plain_path(path).suffix.lower().removeprefix(".")
    if kind == "rlx":
        text = read_text(path)
        documents, problems = parse_document_blocks(text, where=str(path))
        allowed = read_exceptions(text)
    elif kind == "jsonl":
        problems = []
        documents = list(jsonl.iterate([path], report=problems.append))
    else:
        problems = []
        documents = formats.read(path, format=format)
    if schema is not None:
        problems += [
            f"{path}: document {document.id!r}: {problem}"
            for document in documents
            for problem in schema.problems(document)
        ]
    if doubts:
        problems += [
            f"{path}: document {document.id!r}: {doubt}"
            for document in documents
            for doubt in lint(document, allowed=allowed.get(document.id, ()))
        ]
    return documents, problems


def _diagnose(splits: Mapping[str, Sequence[Document]], schema: Schema | None, out: Path | None) -> None:
    places = [Path(name).resolve() for name in splits]
    names = [place.name if place.is_dir() else plain_path(place).stem for place in places]
    if len(set(names)) < len(names):
        names = list(splits)
    diagnosis = diagnose(dict(zip(names, splits.values(), strict=True)), schema=schema)
    print()
    make_console(sys.stdout).print(diagnosis.table())
    print(f"\n{diagnosis.details()}")
    if out is not None:
        write_json(diagnosis.to_dict(), out)


def _count(documents: list[Document]) -> Counter[str]:
    counts = Counter(relation.status for document in documents for relation in document.relations)
    counts["documents"] = len(documents)
    counts["mentions"] = sum(len(document.mentions) for document in documents)
    counts["entities"] = sum(len(document.entities) for document in documents)
    counts["relations"] = sum(len(document.relations) for document in documents)
    return counts
