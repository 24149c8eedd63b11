"""The corpora that relex brings: what they promise, they hold."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

import pytest

import relex
from command_line import invoke
from relex.document import Document

ROOT = Path(__file__).parents[1]
CORPORA = ROOT / "benchmarks" / "corpora"
sys.path.insert(0, str(CORPORA))

import agreement  # noqa: E402
import stats  # noqa: E402


@pytest.fixture(scope="module")
def splits() -> list[stats.Split]:
    """The splits of the diplomatic corpus."""
    return stats.read_corpus()


def test_nothing_promised_is_missing(splits: list[stats.Split]) -> None:
    assert stats.shortfalls(splits, stats.read_plan()) == []


def test_no_story_is_in_two_splits(splits: list[stats.Split]) -> None:
    assert stats.shared_stories(splits) == []


def test_no_document_is_written_twice(splits: list[stats.Split]) -> None:
    texts = [document.text for split in splits for document in split.documents.values()]
    assert len(set(texts)) == len(texts)


def test_it_is_read_as_anyone_would_read_it() -> None:
    documents = relex.read(CORPORA / "diplomatic" / "train")
    assert all(document.meta["licence"] == "CC BY 4.0" for document in documents)
    assert all(document.relations for document in documents)


def test_two_annotators_agree() -> None:
    report = agreement.measure()
    assert len(report.documents) == 40
    assert report.micro("mention").f1 >= 0.93
    assert report.micro("relation").f1 >= 0.82


@pytest.mark.parametrize("corpus", ["diplomatic", "contrast", "second", "drills"])
def test_check_and_linter_are_clean(corpus: str) -> None:
    result = invoke("check", CORPORA / corpus, "--lint")
    assert (result.exit_code, result.stdout.splitlines()[:-1]) == (0, [])


class TestContrast:
    """Short texts in sets whose members differ a little in wording and in what they say."""

    @pytest.fixture(scope="class")
    def sets(self) -> dict[str, list[Document]]:
        """The members of each set, by the set's name: the id without its last letter."""
        found: dict[str, list[Document]] = {}
        for document in relex.read(CORPORA / "contrast"):
            assert re.fullmatch(r"[a-z-]+-\d\d[a-z]", document.id)
            found.setdefault(document.id[:-1], []).append(document)
        return found

    def test_there_are_enough(self, sets: dict[str, list[Document]]) -> None:
        assert sum(map(len, sets.values())) >= 400
        assert all(len(members) > 1 for members in sets.values())

    def test_the_members_of_a_set_say_different_things(self, sets: dict[str, list[Document]]) -> None:
        for members in sets.values():
            texts = {document.text for document in members}
            facts = {frozenset(f"{relation} {relation.status}" for relation in d.relations) for d in members}
            assert len(texts) == len(members)
            assert len(facts) > 1, members[0].id

    def test_the_members_of_a_set_share_most_of_their_words(self, sets: dict[str, list[Document]]) -> None:
        for first, *others in sets.values():
            for other in others:
                shared = set(first.text.split()) & set(other.text.split())
                assert len(shared) >= 0.4 * min(len(set(d.text.split())) for d in (first, other)), other.id

    def test_texts_are_short(self, sets: dict[str, list[Document]]) -> None:
        for document in (document for members in sets.values() for document in members):
            assert len(document.text.split()) <= 90, document.id


class TestDrills:
    """Sets of the same kind to train on, made without a look at what they train for."""

    @pytest.fixture(scope="class")
    def parts(self) -> dict[str, list[Document]]:
        """The texts to train on and those held out."""
        return {part: relex.read(CORPORA / "drills" / part) for part in ("train", "dev")}

    def test_no_set_is_in_two_parts_and_none_has_a_single_member(self, parts: dict[str, list[Document]]) -> None:
        sets = {part: Counter(document.id[:-1] for document in documents) for part, documents in parts.items()}
        assert not sets["train"].keys() & sets["dev"].keys()
        assert min(min(counts.values()) for counts in sets.values()) > 1
        assert {part: counts.total() for part, counts in sets.items()} == {"train": 3075, "dev": 405}

    def test_what_they_are_tested_by_is_not_among_them(self, parts: dict[str, list[Document]]) -> None:
        tests = [*relex.read(CORPORA / "contrast"), *relex.read(CORPORA / "diplomatic" / "test")]
        tested = set().union(*(self.list_runs(document) for document in tests))
        shared = {d.id: len(self.list_runs(d) & tested) for documents in parts.values() for d in documents}
        assert {name: count for name, count in shared.items() if count > 2} == {}

    @staticmethod
    def list_runs(document: Document) -> set[tuple[str, ...]]:
        """Return the runs of six words of a text."""
        words = re.findall(r"\w+", document.text.lower())
        return set(zip(*(words[i:] for i in range(6)), strict=False))


class TestStats:
    """What stats.py tells of a corpus that is not what it should be."""

    def test_every_promise_can_fail(self) -> None:
        (document,) = relex.read(next((CORPORA / "diplomatic" / "test").glob("*.rlx")))
        tiny = [stats.Split(name, {document.id: document} if name == "test" else {}) for name in stats.SPLITS]
        told = stats.shortfalls(tiny, {"planned": {"visit": "no"}})
        kinds = [*stats.MENTIONS, *stats.RELATIONS, "planned", "negated", "documents", "words", "countries", "group"]
        assert all(any(line.startswith(kind) for line in told) for kind in kinds)
        assert f"{document.id}: written and not planned" in told
        assert "planned: planned and not written" in told
        assert "train: 0 of 1 documents" in told

    def test_a_shared_story_is_found(self) -> None:
        one = Document.from_dict(
            {
                "id": "a",
                "text": "The Treaty of Lomé Port",
                "mentions": [{"start": 4, "end": 23, "type": "AGREEMENT", "entities": ["t"]}],
            }
        )
        splits = [stats.Split("train", {"a": one}), stats.Split("dev", {"a": one}), stats.Split("test", {})]
        assert stats.shared_stories(splits) == ["Treaty of Lomé Port: in dev, train"]
