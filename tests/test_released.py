"""The released models load without network and read the sample article sensibly."""

from __future__ import annotations

from pathlib import Path

import pytest

import relex
from relex.cli.inputs import read_sample
from relex.released import released_models

SMALL = "diplomatic-small"


@pytest.fixture(scope="module")
def sample() -> relex.Document:
    return relex.load(SMALL)(read_sample())


def test_both_are_there() -> None:
    assert {"diplomatic", SMALL} <= released_models().keys()


@pytest.mark.parametrize("name", ["diplomatic", SMALL])
def test_directories_are_whole(name: str) -> None:
    directory = released_models()[name]
    for file in ("config.json", "schema.toml", "recipe.toml", "metrics.json", "model.safetensors", "README.md"):
        assert (directory / file).is_file()
    assert relex.load_schema(directory / "schema.toml") == relex.load_schema("diplomatic")
    assert (Path(directory) / "model.safetensors").stat().st_size < 16 * 2**20


def test_the_sample_fits_the_schema(sample: relex.Document) -> None:
    assert relex.load_schema("diplomatic").problems(sample) == []


def test_names_adjectives_and_capitals_join_one_country(sample: relex.Document) -> None:
    [kazakhstan] = [e for e in sample.entities if e.link and e.link.iso3166 == "KZ"]
    surfaces = {sample.text[m.start : m.end] for m in kazakhstan.mentions}
    assert {"Kazakhstan", "Kazakh"} <= surfaces


def test_relations_have_scores_and_evidence(sample: relex.Document) -> None:
    assert sample.relations
    for relation in sample.relations:
        assert relation.score is not None
        assert 0 < relation.score <= 1
        for pair in relation.evidence:
            heads = [m for m in sample.mentions if (m.start, m.end) == pair.head]
            assert any(relation.head in m.entities for m in heads)
        assert relation.evidence


def test_office_of_the_visitor_is_read(sample: relex.Document) -> None:
    facts = {
        (sample.entity(r.head).name, r.type, sample.entity(r.tail).name)
        for r in sample.relations
        if r.status == "actual"
    }
    assert ("Daniyar Seitkali", "holds-position", "Foreign Minister") in facts


def test_a_batch_reads_as_one_by_one(sample: relex.Document) -> None:
    extractor = relex.load(SMALL, precision="float32")
    texts = [p for p in sample.text.split("\n") if p]
    assert list(extractor.pipe(texts)) == [extractor(text) for text in texts]
