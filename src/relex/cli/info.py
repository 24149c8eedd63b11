"""`relex info`: what is installed, and what a model is."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Mapping
from importlib import metadata
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

import relex
from relex.cli.tables import make_console
from relex.released import released_models
from relex.schema import Schema
from relex.version import __version__
from relex.weights import cache_directory

_PACKAGES = ("torch", "transformers", "peft", "datasets", "scikit-learn", "safetensors")


def info(
    model: Annotated[
        str | None, typer.Argument(metavar="MODEL", show_default=False, help="A released model, directory or hub id.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all that is known of the model as JSON.")] = False,
) -> None:
    """Tell what is installed, or what a model is.

    Without MODEL: versions, where encoders are kept, and the models that come with relex. Of a model: its encoder,
    what it was trained on and with, how it scores on its development documents, each number with its signature, and
    the types that it tags. The model is loaded, so that this also checks its files.

    \b
    Examples:
      relex info
      relex info diplomatic
    """
    console = make_console(sys.stdout)
    if model is None:
        if as_json:
            raise typer.BadParameter("--json tells of a MODEL; name one")
        _print_rows(console, _describe_installation())
        return
    extractor = relex.load(model)
    known = extractor.info()
    if as_json:
        print(json.dumps(known, indent=1, ensure_ascii=False))
        return
    _print_rows(console, _describe_model(known))
    _print_scores(console, known.get("metrics", {}))
    _print_schema(console, extractor.schema)


def _describe_installation() -> dict[str, str]:
    rows = {"relex": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            rows[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            rows[package] = "not installed"
    models = released_models()
    return rows | {
        "cache": str(cache_directory()),
        "models": "\n".join(f"{k} ({v})" for k, v in models.items()) or "none",
    }


def _describe_model(known: Mapping[str, Any]) -> dict[str, str]:
    metrics = known.get("metrics", {})
    rows = {name: str(known[name]) for name in ("name", "directory", "encoder", "encoder_sha256") if known.get(name)}
    versions = [f"{name} {metrics[name]}" for name in ("relex", "torch", "transformers") if name in metrics]
    if versions:
        rows["trained with"] = ", ".join(versions)
    data = [f"{c['path']}: {c['n_documents']} documents, {c['sha256'][:12]}" for c in metrics.get("data", ())]
    if data:
        rows["trained on"] = "\n".join(data)
    return rows


def _print_rows(console: Console, rows: Mapping[str, str]) -> None:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows.items():
        table.add_row(name, value)
    console.print(table, markup=False)


def _print_scores(console: Console, metrics: Mapping[str, Any]) -> None:
    levels = metrics.get("scores", {}).get("levels", {})
    if not levels:
        return
    table = _make_table("level", "F1", "95 % interval", title=f"{metrics.get('n_dev', '?')} documents")
    for name, level in levels.items():
        low, high = level["interval"]
        table.add_row(name, f"{level['f1']:.4f}", f"{low:.4f}–{high:.4f}")
    console.print(table)
    # In one piece each: a signature that is broken into lines cannot be quoted.
    for level in levels.values():
        console.print(level["signature"], markup=False, soft_wrap=True)
    console.print()


def _print_schema(console: Console, schema: Schema) -> None:
    mentions = _make_table("mention type", "covers", title=schema.name)
    for mention in schema.mention_types:
        mentions.add_row(mention.name, mention.description)
    relations = _make_table("relation type", "from", "to", "holds when")
    for relation in schema.relation_types:
        name = f"{relation.name} ↔" if relation.symmetric else relation.name
        ends = (", ".join(t for t in schema.mention_names if t in own) for own in (relation.head, relation.tail))
        relations.add_row(name, *ends, relation.description)
    for table in (mentions, relations):
        console.print(table)


def _make_table(*columns: str, title: str | None = None) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for i, column in enumerate(columns):
        table.add_column(column, no_wrap=i == 0, overflow="fold")
    return table
