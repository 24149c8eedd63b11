"""The commands for annotated documents: evaluate, compare, convert, check, show, and info."""

from __future__ import annotations

import json
from pathlib import Path

import networkx as nx
import pytest

import relex
from command_line import invoke, two_documents
from fake_extractor import FakeExtractor, replace_models
from relex import formats
from relex.metrics import LEVELS


@pytest.fixture
def extractor(monkeypatch: pytest.MonkeyPatch) -> FakeExtractor:
    """The fake extractor, which stands in for every model."""
    return replace_models(monkeypatch)


class TestEvaluate:
    @pytest.fixture
    def corpus(self, tmp_path: Path) -> tuple[Path, Path]:
        gold, predicted = tmp_path / "gold.rlx", tmp_path / "predicted.jsonl"
        right, wrong = two_documents()[0], two_documents(status="planned")[1]
        formats.write(two_documents(), gold)
        formats.write([right, wrong], predicted)
        return gold, predicted

    def test_predictions_are_scored_against_gold(self, tmp_path: Path, corpus: tuple[Path, Path]) -> None:
        out = tmp_path / "scores.json"
        gold, predicted = corpus
        result = invoke("evaluate", "--gold", gold, "--predicted", predicted, "--json", out)
        assert result.exit_code == 0
        report = relex.evaluate(relex.read(gold), relex.read(predicted))
        assert json.loads(out.read_text()) == json.loads(json.dumps(report.to_dict()))
        assert report.micro("relation+status").f1 == 0.5
        row = next(line for line in result.stdout.splitlines() if line.startswith("relation+status"))
        assert "0.5000" in row

    def test_mentions_and_relations_are_told_by_type(self, corpus: tuple[Path, Path]) -> None:
        told = invoke("evaluate", "--gold", corpus[0], "--predicted", corpus[1]).stdout
        assert any(line.startswith("GPE ") for line in told.splitlines())
        assert any(line.startswith("cooperates-with ") for line in told.splitlines())

    def test_documents_of_a_prefix_are_told_apart(self, tmp_path: Path, corpus: tuple[Path, Path]) -> None:
        scores, tables = tmp_path / "scores.json", tmp_path / "scores.md"
        inputs, outputs = ("--gold", corpus[0], "--predicted", corpus[1]), ("--json", scores, "--markdown", tables)
        told = invoke("evaluate", *inputs, "--prefix", "dw-", *outputs).stdout
        value = json.loads(scores.read_text())
        assert (value["n_documents"], value["subsets"]["dw-"]["n_documents"]) == (2, 1)
        assert value["subsets"]["dw-"]["levels"]["relation+status"]["f1"] == 1.0
        assert "documents whose ids begin with dw-" in told
        assert "\n## documents whose ids begin with dw-\n" in tables.read_text()

    def test_a_prefix_that_no_id_has_is_an_error(self, corpus: tuple[Path, Path]) -> None:
        result = invoke("evaluate", "--gold", corpus[0], "--predicted", corpus[1], "--prefix", "zz-")
        assert (result.exit_code, "relex: no documents to score" in result.stderr) == (1, True)

    def test_a_model_is_run_on_the_texts_of_a_corpus(self, corpus: tuple[Path, Path], extractor: FakeExtractor) -> None:
        assert invoke("evaluate", "any", corpus[0]).exit_code == 0
        assert extractor.seen == ["dw-1", "us-1"]

    def test_two_systems_are_compared(self, tmp_path: Path, corpus: tuple[Path, Path]) -> None:
        out = tmp_path / "difference.json"
        gold, predicted = corpus
        args = ("compare", gold, predicted, gold, "--level", "relation+status", "--json", out)
        assert "0.5000 -> 1.0000: +0.5000" in invoke(*args).stdout
        assert json.loads(out.read_text())["difference"] == 0.5

    def test_every_level_can_be_compared(self, corpus: tuple[Path, Path]) -> None:
        gold, predicted = corpus
        told = "".join(invoke("compare", "--help").stdout.split())
        assert ",".join(level.name for level in LEVELS) in told
        for level in LEVELS:
            result = invoke("compare", gold, predicted, gold, "--level", level.name, "--seen", gold)
            assert result.stdout.splitlines()[1].startswith(f"{level.name}|match:{level.match}|")

    def test_facts_of_the_training_documents_get_no_credit(self, tmp_path: Path, corpus: tuple[Path, Path]) -> None:
        gold, predicted = corpus
        out = tmp_path / "scores.json"
        invoke("evaluate", "--gold", gold, "--predicted", predicted, "--seen", gold, "--json", out)
        levels = json.loads(out.read_text())["levels"]
        assert levels["relation"]["f1"] == 1.0
        unseen = levels["relation-unseen"]
        assert (unseen["tp"], unseen["predicted"], unseen["found"], unseen["gold"]) == (0, 0, 2, 2)
        result = invoke("compare", gold, predicted, gold, "--level", "relation-unseen")
        assert (result.exit_code, "needs the documents that the system was trained on" in result.stderr) == (1, True)

    def test_a_model_is_scored_without_what_it_has_seen(
        self, tmp_path: Path, corpus: tuple[Path, Path], extractor: FakeExtractor
    ) -> None:
        out = tmp_path / "scores.json"
        assert invoke("evaluate", "any", corpus[0], "--seen", corpus[1], "--json", out).exit_code == 0
        assert "relation-unseen" in json.loads(out.read_text())["levels"]

    def test_a_floor_is_held_against_the_lower_bound(self, corpus: tuple[Path, Path]) -> None:
        gold, predicted = corpus
        low = relex.evaluate(relex.read(gold), relex.read(predicted)).interval("relation").low
        inputs = ("evaluate", "--gold", gold, "--predicted", predicted, "--fail-under")
        assert invoke(*inputs, f"relation={low}").exit_code == 0
        result = invoke(*inputs, f"relation={low + 1e-6}")
        assert result.exit_code == 1
        (told,) = result.stderr.splitlines()
        assert told.startswith("relex: relation F1 ")
        assert "is not surely at" in told
        perfect = ("evaluate", "--gold", gold, "--predicted", gold, "--fail-under", "mention=1", "--fail-under")
        assert invoke(*perfect, "relation=1").exit_code == 0

    @pytest.mark.parametrize("text", ["0.5", "relation", "relation=high", "relations=0.5"])
    def test_a_floor_that_cannot_be_read_is_wrong_use(self, text: str, corpus: tuple[Path, Path]) -> None:
        result = invoke("evaluate", "--gold", corpus[0], "--predicted", corpus[1], "--fail-under", text)
        assert result.exit_code == 2
        assert "--fail-under takes LEVEL=F1" in " ".join(result.stderr.split())


class TestFiles:
    def test_convert_goes_by_suffix_or_by_name(self, tmp_path: Path) -> None:
        formats.write(two_documents(), tmp_path / "a.rlx")
        assert invoke("convert", tmp_path / "a.rlx", tmp_path / "b.dat", "--to", "jsonl").exit_code == 0
        assert invoke("convert", tmp_path / "b.dat", tmp_path / "c.rlx", "--from", "jsonl").exit_code == 0
        assert (tmp_path / "c.rlx").read_text() == (tmp_path / "a.rlx").read_text()

    def test_convert_writes_graphml(self, tmp_path: Path) -> None:
        formats.write(two_documents(), tmp_path / "a.rlx")
        assert invoke("convert", tmp_path / "a.rlx", tmp_path / "a.graphml").exit_code == 0
        assert len(nx.read_graphml(tmp_path / "a.graphml").edges) == 2

    def test_check_counts_what_is_clean(self, tmp_path: Path) -> None:
        formats.write(two_documents(status="planned"), tmp_path / "a.rlx")
        formats.write(two_documents(), tmp_path / "b.jsonl")
        result = invoke("check", tmp_path)
        assert result.exit_code == 0
        assert result.stdout == (
            "2 files, 4 documents, 8 mentions, 8 entities, 4 relations (2 actual, 2 planned, 0 negated): no problems\n"
        )

    def test_check_tells_every_fault_with_file_line_and_document(self, tmp_path: Path) -> None:
        rlx, jsonl = tmp_path / "a.rlx", tmp_path / "b.jsonl"
        rlx.write_text("#doc one\n[a](GPE a) [b\n#rel\na visited c\n")
        jsonl.write_text('{"id": "two", "text": 5}\n{\n{"id": "three", "text": ""}\n{"id": "three", "text": ""}\n')
        result = invoke("check", rlx, jsonl)
        assert result.exit_code == 1
        *faults, summary = result.stdout.splitlines()
        starts = (f"{rlx}:2: document 'one'", f"{rlx}:4: document 'one'", f"{jsonl}:1: document 'two'", f"{jsonl}:2: ")
        assert all(fault.startswith(start) for fault, start in zip(faults, starts, strict=False))
        assert faults[4].startswith(f"{jsonl}:4: document id 'three' stands on line 3 too")
        assert len(faults) == 5
        assert summary.endswith("5 problems")

    def test_check_tells_what_does_not_fit_the_schema(self, tmp_path: Path) -> None:
        path = tmp_path / "a.rlx"
        path.write_text("#doc one\n[a](GPE a) [b](THING b)\n#rel\na visited b\n")
        result = invoke("check", path)
        assert result.exit_code == 1
        assert f"{path}: document 'one': unknown mention type THING on 'b' at 2" in result.stdout
        assert invoke("check", path, "--schema", "none").exit_code == 0

    def test_show_prints_tables(self, tmp_path: Path) -> None:
        formats.write(two_documents(), tmp_path / "a.jsonl")
        told = invoke("show", tmp_path / "a.jsonl").stdout
        assert "dw-1: 2 mentions, 2 entities, 1 relation\n" in told
        assert "us-1: " in told

    def test_show_writes_a_page(self, tmp_path: Path) -> None:
        formats.write(two_documents(), tmp_path / "a.jsonl")
        result = invoke("show", tmp_path / "a.jsonl", "-o", tmp_path / "a.html")
        assert (result.exit_code, result.stdout) == (0, "")
        assert (tmp_path / "a.html").read_text(encoding="utf-8") == relex.show(two_documents()).html

    def test_a_page_that_cannot_be_written_is_an_error(self, tmp_path: Path) -> None:
        formats.write(two_documents(), tmp_path / "a.jsonl")
        result = invoke("show", tmp_path / "a.jsonl", "-o", tmp_path / "no" / "a.html")
        assert (result.exit_code, result.stderr.count("\n")) == (1, 1)


class TestInfo:
    def test_without_a_model_it_tells_versions_and_models(self) -> None:
        told = invoke("info").stdout
        rows = {line.split()[0] for line in told.splitlines() if line and not line.startswith(" ")}
        assert {"relex", "python", "torch", "transformers", "cache", "models"} <= rows

    @pytest.mark.usefixtures("extractor")
    def test_of_a_model_it_tells_what_it_tags(self) -> None:
        told = invoke("info", "any").stdout
        assert "AGREEMENT" in told
        assert "cooperates-with ↔" in told

    @pytest.mark.usefixtures("extractor")
    def test_as_json_it_gives_all_that_is_known(self) -> None:
        assert json.loads(invoke("info", "any", "--json").stdout) == {"name": "fake", "encoder": "none"}
