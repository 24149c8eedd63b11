"""Faults that systems of this field had or have, each with the tests that would find it in relex.

Where a module's own tests guard against a fault they are named; what has no test there has one here.

- relations keyed by where their mentions start, so that nested entities overwrite each other:
  test_evaluation.TestRelations.test_nested_entities_with_a_common_start_keep_their_own_relations
- gold pairs that were never proposed do not count as missed:
  test_evaluation.TestRelations.test_gold_pairs_never_proposed_are_missed
- documents without a relation are dropped from the test set:
  test_evaluation.TestRelations.test_documents_without_relations_are_scored
- what a length limit cuts off is lost, or something else is read in its place:
  test_windows.test_every_piece_is_in_a_window_that_is_not_too_long
  test_encoding.TestEncoding.test_every_word_is_read_whole_in_its_window
  test_extractor.TestWhatIsFound.test_far_into_a_long_text
- a score that is no number becomes "no relation":
  test_decode.TestRelations.test_scores_must_be_finite
  test_extractor.TestDamage.test_weights_that_are_no_numbers_are_told
- a document scores differently when it is there twice:
  test_evaluation.TestWhole.test_one_document_twice_scores_like_once
- the metric changes with the name of the data set:
  test_faults.test_the_name_of_a_data_set_changes_no_score
- gold and predictions order head, tail and label differently, so that the score is always 0:
  test_faults.TestOrder.test_equal_facts_are_right_whatever_format_they_come_in
  test_faults.TestOrder.test_facts_turned_round_are_wrong_whatever_format_they_come_in
  test_golden_predictions.TestCrossre.test_the_mean_over_six_domains_is_the_published_one
- of two overlapping spans both are removed; thresholds edit scores in place:
  test_decode.TestSpans.test_of_two_crossing_spans_the_surer_stays
  test_decode.TestSpans.test_scores_are_not_edited
- what a function returns depends on a flag:
  test_faults.test_a_function_returns_one_type
- relations fire where entities only occur together, in both directions at once, or several times over:
  test_faults.TestReleased.test_occurring_together_is_not_being_related
  test_faults.TestReleased.test_a_relation_with_a_direction_is_seldom_told_both_ways
  test_decode.TestRelations.test_many_mention_pairs_make_one_fact
  test_decode.TestRelations.test_a_symmetric_relation_is_found_once_with_the_mean_score
- only one of several equal mentions is found; there are no offsets; a line end at the end of the text is fatal:
  test_decode.TestSpans.test_every_one_of_several_equal_mentions_is_found
  test_extractor.TestWhatIsFound.test_all_equal_mentions
  test_document.test_every_surface_is_a_slice_and_every_entity_has_a_mention_and_a_name
  test_extractor.TestAnyText.test_gives_a_sound_document
- memory explodes with long texts or batches:
  test_extractor.test_memory_grows_with_the_length_of_a_text_and_not_with_its_square
  test_extractor.TestPipe.test_keeps_its_batches_within_bounds
- training that learns nothing, or lacks a label, is silent:
  test_training.TestFaults.test_nothing_learnt
  test_training.TestFaults.test_no_gradient
  test_examples.test_nothing_to_learn_from_is_an_error
  test_examples.test_unknown_labels_are_an_error
- nobody says how to read plain text, or what form data must have:
  test_faults.TestReleased.test_the_first_lines_of_the_documentation_read_a_text
  test_cli_files.TestFiles.test_check_tells_every_fault_with_file_line_and_document
- every new version of a dependency breaks the installation:
  test_faults.test_dependencies_have_a_floor_and_no_ceiling
"""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import relex
from disturbed import disturb
from random_documents import random_document
from relex.contrast import judge_contrast

HERE = Path(__file__).parent
ROOT = HERE.parent
GUARDS = re.findall(r"^  (test_\w+)\.([\w.]+)$", __doc__, re.MULTILINE)


@cache
def parse(module: str) -> ast.Module:
    return ast.parse((HERE / f"{module}.py").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("module", "name"), GUARDS)
def test_every_guard_is_there(module: str, name: str) -> None:
    nodes = parse(module).body
    for part in name.split("."):
        named = [n for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef) and n.name == part]
        assert named, f"{module} has no {name}"
        nodes = named[0].body


def test_every_fault_has_a_guard() -> None:
    faults = re.split(r"^- ", str(__doc__), flags=re.MULTILINE)[1:]
    assert len(faults) == 16
    assert all(re.search(r"^  test_", fault, re.MULTILINE) for fault in faults)


@pytest.mark.parametrize("name", ["conll04", "ade", "nyt", "semeval"])
def test_the_name_of_a_data_set_changes_no_score(name: str, tmp_path: Path) -> None:
    gold = [random_document(i, id=f"d{i}") for i in range(6)]
    plain = relex.evaluate(gold, [disturb(d, i) for i, d in enumerate(gold)]).to_dict()
    paths = []
    for part, documents in (("gold", gold), ("predicted", [disturb(d, i) for i, d in enumerate(gold)])):
        renamed = (replace(d, id=f"{name}_test_{d.id}", meta={"dataset": name}) for d in documents)
        paths.append(tmp_path / f"{name}-{part}.jsonl")
        relex.write(renamed, paths[-1])
    assert relex.evaluate(*map(relex.read, paths)).to_dict() == plain


# Ann works at Acme, which is based in Bonn.
WORDS = ("Ann", "works", "at", "Acme", "in", "Bonn", ".")
ENDS = {"Ann": (0, 1), "Acme": (3, 4), "Bonn": (5, 6)}
TYPES = {"Ann": "person", "Acme": "company", "Bonn": "city"}
FACTS = (("Acme", "based-in", "Bonn"), ("Ann", "works-at", "Acme"))

Fact = tuple[str, str, str]


def as_conll04(facts: Iterable[Fact]) -> Any:
    names = list(ENDS)
    return {
        "orig_id": "s",
        "tokens": list(WORDS),
        "entities": [{"type": TYPES[name], "start": start, "end": end} for name, (start, end) in ENDS.items()],
        "relations": [{"type": k, "head": names.index(h), "tail": names.index(t)} for h, k, t in facts],
    }


def as_dygie(facts: Iterable[Fact]) -> Any:
    last = {name: [start, end - 1] for name, (start, end) in ENDS.items()}
    return {
        "doc_key": "s",
        "sentences": [list(WORDS)],
        "ner": [[[*span, TYPES[name]] for name, span in last.items()]],
        "relations": [[[*last[h], *last[t], k] for h, k, t in facts]],
    }


def as_crossre(facts: Iterable[Fact]) -> Any:
    value = as_dygie(facts)
    (ner,), (relations,) = value["ner"], value["relations"]
    flags = ["", False, False]
    return {
        "doc_key": "s",
        "sentence": list(WORDS),
        "ner": ner,
        "relations": [[*relation, *flags] for relation in relations],
    }


def as_gliner(facts: Iterable[Fact]) -> Any:
    names = list(ENDS)
    return {
        "tokenized_text": list(WORDS),
        "ner": [[start, end - 1, TYPES[name]] for name, (start, end) in ENDS.items()],
        "relations": [[names.index(h), names.index(t), k] for h, k, t in facts],
    }


def as_gliner_predictions(facts: Iterable[Fact]) -> Any:
    text = " ".join(WORDS)
    spans = {name: {"start": text.index(name), "end": text.index(name) + len(name), "text": name} for name in ENDS}
    return {
        "text": text,
        "entities": [{**span, "label": TYPES[name]} for name, span in spans.items()],
        "relations": [{"relation": k, "tail": spans[t], "head": spans[h]} for h, k, t in facts],
    }


# Each puts head, tail and label in an order of its own.
FORMS = {
    "conll04": as_conll04,
    "dygie": as_dygie,
    "crossre": as_crossre,
    "gliner": as_gliner,
    "gliner-predictions": as_gliner_predictions,
}


def read_as(form: str, path: Path, facts: Iterable[Fact]) -> list[relex.Document]:
    value = FORMS[form](facts)
    lines = form in ("dygie", "crossre")
    path.write_text(json.dumps(value if lines else [value]), encoding="utf-8")
    documents = relex.read(path, format=form.removesuffix("-predictions"))
    return [replace(document, id="s") for document in documents]


@pytest.mark.parametrize("predicted", FORMS)
@pytest.mark.parametrize("gold", FORMS)
class TestOrder:
    def test_equal_facts_are_right_whatever_format_they_come_in(
        self, gold: str, predicted: str, tmp_path: Path
    ) -> None:
        truth, own = read_as(gold, tmp_path / "g", FACTS), read_as(predicted, tmp_path / "p", FACTS[::-1])
        for level in ("relation", "relation-mention", "relation-boundary", "relation-cluster"):
            assert relex.evaluate(truth, own).micro(level).f1 == 1

    def test_facts_turned_round_are_wrong_whatever_format_they_come_in(
        self, gold: str, predicted: str, tmp_path: Path
    ) -> None:
        turned = [(tail, kind, head) for head, kind, tail in FACTS]
        report = relex.evaluate(read_as(gold, tmp_path / "g", FACTS), read_as(predicted, tmp_path / "p", turned))
        assert (report.micro("relation-mention").tp, report.micro("relation-mention").predicted) == (0, 2)
        assert report.micro("relation-undirected").f1 == 1


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every public function of relex, and every public method of its classes."""
    for name in relex.__all__:
        thing = getattr(relex, name)
        if inspect.isfunction(thing):
            yield name, thing
        elif inspect.isclass(thing):
            for inner, member in vars(thing).items():
                function = getattr(member, "__func__", member)
                if inspect.isfunction(function) and (inner == "__call__" or not inner.startswith("_")):
                    yield f"{name}.{inner}", function


@pytest.mark.parametrize(("name", "function"), functions())
def test_a_function_returns_one_type(name: str, function: Callable[..., Any]) -> None:
    returned = ast.parse(str(inspect.signature(function).return_annotation).strip("'"), mode="eval").body
    kinds = {ast.unparse(kind) for kind in alternatives(returned)} - {"None"}
    assert len(kinds) <= 1, f"{name} returns {' or '.join(sorted(kinds))}"


def alternatives(annotation: ast.expr) -> Iterator[ast.expr]:
    """The types that `A | B` stands for."""
    if isinstance(annotation, ast.BinOp):
        yield from alternatives(annotation.left)
        yield from alternatives(annotation.right)
    else:
        yield annotation


CONTRAST = ROOT / "benchmarks" / "corpora" / "contrast"


@pytest.mark.skipif(not CONTRAST.is_dir(), reason="the contrast set is not part of the installed package")
class TestReleased:
    """The small released model on texts of the contrast set; the bounds are far above what it does."""

    @pytest.fixture(scope="class")
    def extractor(self) -> relex.Extractor:
        return relex.load("diplomatic-small")

    def test_occurring_together_is_not_being_related(self, extractor: relex.Extractor) -> None:
        gold = relex.read(CONTRAST / "cooccurrence.rlx")
        found = judge_contrast(gold, extractor.pipe(gold), schema=extractor.schema)
        assert found.share("false-positive").point < 0.35
        assert found.share("text").point > 0.5

    def test_a_relation_with_a_direction_is_seldom_told_both_ways(self, extractor: relex.Extractor) -> None:
        n_facts = n_both = 0
        for document in extractor.pipe(relex.read(CONTRAST / "voice.rlx")):
            facts = {(r.head, r.type, r.tail) for r in document.relations if r.type not in extractor.schema.symmetric}
            assert len({*document.relations}) == len(document.relations)
            n_facts += len(facts)
            n_both += sum((tail, kind, head) in facts for head, kind, tail in facts)
        assert n_facts > 50
        assert n_both / n_facts < 0.2

    def test_the_first_lines_of_the_documentation_read_a_text(
        self, extractor: relex.Extractor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        code = (ROOT / "README.md").read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
        monkeypatch.setattr(relex, "load", lambda: extractor)
        exec(compile(code, "README.md", "exec"), {})
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) > 3
        assert all(re.search(r" (actual|planned|negated) (0\.\d+|1\.0)$", line) for line in lines)
        assert any({"Serikov", "Tavares", "met-with"} <= set(line.split()) for line in lines)


@pytest.mark.skipif(not (ROOT / "pyproject.toml").is_file(), reason="pyproject.toml is not part of the package")
def test_dependencies_have_a_floor_and_no_ceiling() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = text.split("\ndependencies = [\n")[1].split("]")[0].splitlines()
    specifiers = [re.sub(r"^[\w.-]+|;.*", "", line.strip().strip('",')) for line in listed]
    assert specifiers
    assert all(re.fullmatch(r">=[\d.]+", own) for own in specifiers)
    assert len(specifiers) <= 16
