"""The commands for annotated documents: evaluate, compare, convert, check, show, and info."""

from __future__ import annotations

import gzip
import json
import sys
from dataclasses import replace
from pathlib import Path

import networkx as nx
import pytest

import relex
from command_line import invoke, two_documents
from fake_extractor import FakeExtractor, replace_models
from html_page import Page
from relex import Document, Mention, formats
from relex.formats.rlx import parse
from relex.ladder import Ladder
from relex.metrics import LEVELS


@pytest.fixture
def extractor(monkeypatch: pytest.MonkeyPatch) -> FakeExtractor:
    """The fake extractor, which stands in for every model."""
    return replace_models(monkeypatch)


def contrast_set() -> list[Document]:
    """A set of two texts that differ in direction."""
    return parse(
        """
#doc voice-01a
[OMAN](GPE oman) invited [PERU](GPE peru).
#rel
oman invited peru

#doc voice-01b
[OMAN](GPE oman) was invited by [PERU](GPE peru).
#rel
peru invited oman
"""
    )


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
        told = json.loads(out.read_text())
        assert {name: told[name] for name in report.to_dict()} == json.loads(json.dumps(report.to_dict()))
        assert report.micro("relation+status").f1 == 0.5
        row = next(line for line in result.stdout.splitlines() if line.startswith("relation+status"))
        assert "0.5000" in row

    def test_signatures_stand_on_one_line(self, corpus: tuple[Path, Path]) -> None:
        told = invoke("evaluate", "--gold", corpus[0], "--predicted", corpus[1]).stdout.splitlines()
        report = relex.evaluate(relex.read(corpus[0]), relex.read(corpus[1]))
        assert [report.interval(level).signature in told for level in ("mention", "relation")] == [True, True]

    def test_outputs_that_have_no_place_are_told_before_anything_is_read(self, tmp_path: Path) -> None:
        for option in ("--json", "--html", "--markdown"):
            for out in (tmp_path / "no" / "out", tmp_path):
                result = invoke("evaluate", "--gold", "missing", "--predicted", "missing", option, out)
                assert (result.exit_code, "cannot write" in result.stderr) == (1, True)

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

    def test_a_prefix_that_no_id_has_is_told_after_the_scores(self, corpus: tuple[Path, Path]) -> None:
        inputs = ("evaluate", "--gold", corpus[0], "--predicted", corpus[1])
        result = invoke(*inputs, "--prefix", "zz-")
        assert result.exit_code == 1
        assert result.stdout == invoke(*inputs).stdout
        assert "no document has an id that begins with 'zz-'; the first is" in " ".join(result.stderr.split())

    def test_a_floor_of_unseen_facts_needs_what_was_seen(self, corpus: tuple[Path, Path]) -> None:
        inputs = ("evaluate", "--gold", corpus[0], "--predicted", corpus[1], "--fail-under", "relation-unseen=0.1")
        result = invoke(*inputs)
        assert result.exit_code == 2
        assert "needs --seen" in " ".join(result.stderr.split())

    def test_a_model_is_run_on_the_texts_of_a_corpus(self, corpus: tuple[Path, Path], extractor: FakeExtractor) -> None:
        assert invoke("evaluate", "any", corpus[0]).exit_code == 0
        assert extractor.seen == ["dw-1", "us-1"]

    def test_two_systems_are_compared(self, tmp_path: Path, corpus: tuple[Path, Path]) -> None:
        out = tmp_path / "difference.json"
        gold, predicted = corpus
        args = ("compare", gold, predicted, gold, "--level", "relation+status", "--json", out)
        assert "0.5000 -> 1.0000: +0.5000" in invoke(*args).stdout
        assert json.loads(out.read_text())["difference"] == 0.5

    def test_systems_are_compared_in_formats_of_their_own(self, tmp_path: Path) -> None:
        documents = two_documents()
        gold, result, plain = tmp_path / "gold.json", tmp_path / "result.json", tmp_path / "plain"
        formats.write(documents, gold, format="docred")
        truth = relex.read(gold, format="docred")
        formats.write(truth[:1], result, format="docred-result")
        formats.write(truth, plain, format="jsonl")
        own = ("--format", "docred", "--predicted-format", "docred-result")
        assert "+0.0000" in invoke("compare", gold, result, result, *own).stdout
        told = invoke("compare", gold, result, plain, *own, "--predicted-format", "jsonl").stdout
        one, other = (relex.evaluate(truth, answers).micro("relation").f1 for answers in (truth[:1], truth))
        assert f"{one:.4f} -> {other:.4f}" in told
        thrice = invoke("compare", gold, result, plain, *("--predicted-format", "jsonl") * 3)
        assert (thrice.exit_code, "give --predicted-format once" in thrice.stderr) == (2, True)

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
        assert (result.exit_code, "needs --seen" in result.stderr) == (2, True)

    def test_a_model_is_scored_without_what_it_has_seen(
        self, tmp_path: Path, corpus: tuple[Path, Path], extractor: FakeExtractor
    ) -> None:
        out = tmp_path / "scores.json"
        assert invoke("evaluate", "any", corpus[0], "--seen", corpus[1], "--json", out).exit_code == 0
        assert "relation-unseen" in json.loads(out.read_text())["levels"]

    def test_a_floor_is_held_against_the_lower_bound(self, corpus: tuple[Path, Path]) -> None:
        gold, predicted = corpus
        low = relex.evaluate(relex.read(gold), relex.read(predicted)).interval("relation+status").low
        inputs = ("evaluate", "--gold", gold, "--predicted", predicted, "--fail-under")
        assert invoke(*inputs, f"relation+status={low}").exit_code == 0
        result = invoke(*inputs, f"relation+status={low + 1e-6}")
        assert result.exit_code == 1
        (told,) = result.stderr.splitlines()
        assert told.startswith("relex: relation+status F1 ")
        assert "is not surely at" in told
        perfect = ("evaluate", "--gold", gold, "--predicted", gold, "--fail-under", "mention=1", "--fail-under")
        assert invoke(*perfect, "relation=1").exit_code == 0

    def test_a_page_shows_every_error(self, tmp_path: Path, corpus: tuple[Path, Path]) -> None:
        out = tmp_path / "report.html"
        gold, predicted = corpus
        result = invoke("evaluate", "--gold", gold, "--predicted", predicted, "--html", out)
        assert result.exit_code == 0
        page = Page(out.read_text(encoding="utf-8"))
        assert page.all("h1")[0].text == "predicted.jsonl against gold.rlx"
        assert [error["cause"] for error in page.data()["errors"]["facts"]] == ["status", "status"]

    def test_without_matplotlib_a_page_is_refused_before_the_model_runs(
        self, corpus: tuple[Path, Path], extractor: FakeExtractor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in [name for name in sys.modules if name.startswith("relex.page")]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, "matplotlib", None)
        result = invoke("evaluate", "any", corpus[0], "--html", "report.html")
        assert (result.exit_code, extractor.seen) == (1, [])
        assert "pip install 'relex[plots]'" in result.stderr

    def test_causes_of_errors_are_told_and_written(self, tmp_path: Path, corpus: tuple[Path, Path]) -> None:
        scores, tables = tmp_path / "scores.json", tmp_path / "scores.md"
        gold, predicted = corpus
        outputs = ("--json", scores, "--markdown", tables, "--genre", "id")
        told = invoke("evaluate", "--gold", gold, "--predicted", predicted, *outputs).stdout
        assert any(line.split() == ["status", "1", "1", "2", "100.0%"] for line in told.splitlines())
        value = json.loads(scores.read_text())
        assert value["attribution"]["facts"]["causes"]["status"]["share"] == 1
        assert list(value["slices"]["relation+status"]["slicings"]["genre"]["bins"]) == ["dw", "us"]
        assert "### Causes of errors of facts" in tables.read_text()

    def test_a_genre_is_metadata_that_every_document_has(self, corpus: tuple[Path, Path]) -> None:
        gold, predicted = corpus
        result = invoke("evaluate", "--gold", gold, "--predicted", predicted, "--genre", "source")
        assert result.exit_code == 1
        assert "document 'dw-1' has no metadata 'source'" in result.stderr

    def test_a_model_reads_contrast_sets_too(
        self, tmp_path: Path, corpus: tuple[Path, Path], extractor: FakeExtractor
    ) -> None:
        out = tmp_path / "scores.json"
        sets = tmp_path / "sets"
        sets.mkdir()
        formats.write(contrast_set(), sets / "voice.rlx")
        result = invoke("evaluate", "any", corpus[0], "--contrast", sets, "--json", out)
        assert result.exit_code == 0
        assert extractor.seen == ["dw-1", "us-1", "voice-01a", "voice-01b"]
        assert "2 texts in 1 sets" in result.stdout
        value = json.loads(out.read_text())
        assert value["contrast"]["n_texts"] == 2
        window = extractor.config.max_pair_words
        assert f"|window:{window}|" in value["attribution"]["facts"]["signature"]

    def test_predictions_for_contrast_sets_are_read_from_files(self, tmp_path: Path, corpus: tuple[Path, Path]) -> None:
        gold, predicted = corpus
        sets, answers, out = (tmp_path / name for name in ("sets.rlx", "answers.jsonl", "scores.json"))
        formats.write(contrast_set(), sets)
        formats.write(contrast_set(), answers)
        inputs = ("--gold", gold, "--predicted", predicted, "--contrast", sets, "--contrast-predicted", answers)
        assert invoke("evaluate", *inputs, "--json", out).exit_code == 0
        shares = json.loads(out.read_text())["contrast"]["levels"]["relation"]["all"]
        assert shares["set"]["point"] == 1

    def test_a_model_climbs_the_ladder_of_the_corpus(
        self, tmp_path: Path, corpus: tuple[Path, Path], extractor: FakeExtractor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def climb(own: FakeExtractor, gold: list[Document], *, schema: relex.Schema) -> Ladder:
            assert own is extractor
            assert schema is own.schema
            return Ladder(
                (relex.evaluate(gold, own.pipe(gold), schema=own.schema),) * 3 + (relex.evaluate(gold, gold),)
            )

        monkeypatch.setitem(relex.__dict__, "climb", climb)
        out = tmp_path / "scores.json"
        result = invoke("evaluate", "any", corpus[0], "--ladder", "--json", out)
        assert result.exit_code == 0
        assert any(line.startswith("gold pairs ") for line in result.stdout.splitlines())
        assert list(json.loads(out.read_text())["ladder"])[-1] == "gold pairs"

    def test_a_model_reads_changed_texts_and_batches_of_other_sizes(
        self, tmp_path: Path, extractor: FakeExtractor
    ) -> None:
        gold, scores, page = tmp_path / "gold.jsonl", tmp_path / "scores.json", tmp_path / "report.html"
        formats.write([Document("a", "Then FRANCE met SPAIN."), Document("b", "Nobody came.")], gold)
        result = invoke("evaluate", "any", gold, "--invariance", "--json", scores, "--html", page)
        assert result.exit_code == 0
        told = json.loads(scores.read_text())["invariance"]
        assert list(told) == ["unchanged", "batch-size-1"]
        changes = {own["name"]: own for part in told.values() for own in part["changes"]}
        assert changes["lower-case"]["shares"]["mention"]["point"] == 0
        assert changes["doubled-spaces"]["shares"]["relation"]["point"] == 1
        assert [name for name in changes if name.startswith("batch-size-")] == ["batch-size-1024", "batch-size-16384"]
        assert any(line.startswith("lower-case ") for line in result.stdout.splitlines())
        assert "invariance" in {e.attributes["id"] for e in Page(page.read_text("utf-8")).all("section")}

    def test_how_far_a_system_compares_mentions_is_a_cause_of_errors(
        self, tmp_path: Path, corpus: tuple[Path, Path]
    ) -> None:
        gold, predicted, out = corpus[0], tmp_path / "bare.jsonl", tmp_path / "scores.json"
        formats.write([replace(document, relations=()) for document in two_documents()], predicted)
        for words, cause in (("0", "beyond-window"), ("1", "one-sentence")):
            inputs = ("evaluate", "--gold", gold, "--predicted", predicted, "--window-words", words)
            assert invoke(*inputs, "--json", out).exit_code == 0
            told = json.loads(out.read_text())["attribution"]["facts"]
            assert told["causes"][cause]["share"] == 1
            assert f"|window:{words}|" in told["signature"]

    def test_a_rivals_output_is_read_in_its_own_format(self, tmp_path: Path) -> None:
        gold, out = tmp_path / "gold.json", tmp_path / "scores.json"
        documents = two_documents()
        formats.write(documents, gold, format="docred")
        truth = relex.read(gold, format="docred")
        for format, guesses in (("docred-result", truth[:1]), ("docred", truth)):
            predicted = tmp_path / f"{format}.json"
            formats.write(guesses, predicted, format=format)
            given = ("--predicted-format", format) if format != "docred" else ()
            inputs = ("--gold", gold, "--format", "docred", "--predicted", predicted, *given)
            assert invoke("evaluate", *inputs, "--json", out).exit_code == 0
            levels = json.loads(out.read_text())["levels"]
            assert (levels["mention"]["f1"], levels["relation"]["tp"]) == (1, len(guesses))

    @pytest.mark.parametrize(
        ("args", "told"),
        [
            (("any", "corpus", "--contrast-predicted", "x"), "--contrast-predicted and --predicted-format go with"),
            (("any", "corpus", "--predicted-format", "rlx"), "--contrast-predicted and --predicted-format go with"),
            (("--gold", "g", "--predicted", "p", "--ladder"), "--ladder and --invariance need MODEL"),
            (("--gold", "g", "--predicted", "p", "--invariance"), "--ladder and --invariance need MODEL"),
            (("any", "corpus", "--window-words", "9"), "--window-words goes with a single --predicted"),
            (("--gold", "g", "--predicted", "p", "--contrast", "c"), "give --contrast and --contrast-predicted"),
            (("--gold", "g", "--predicted", "p", "--contrast-predicted", "c"), "give --contrast and"),
        ],
    )
    def test_options_that_do_not_go_together_are_wrong_use(self, args: tuple[str, ...], told: str) -> None:
        result = invoke("evaluate", *args)
        assert result.exit_code == 2
        assert told in " ".join(result.stderr.split())

    @pytest.mark.parametrize("text", ["0.5", "relation", "relation=high", "relations=0.5"])
    def test_a_floor_that_cannot_be_read_is_wrong_use(self, text: str, corpus: tuple[Path, Path]) -> None:
        result = invoke("evaluate", "--gold", corpus[0], "--predicted", corpus[1], "--fail-under", text)
        assert result.exit_code == 2
        assert "--fail-under takes LEVEL=F1" in " ".join(result.stderr.split())

    @pytest.mark.parametrize("floor", ["nan", "inf", "-0.1", "1.1", "60"])
    def test_a_floor_that_is_no_f1_is_wrong_use(self, floor: str, corpus: tuple[Path, Path]) -> None:
        result = invoke("evaluate", "--gold", corpus[0], "--predicted", corpus[1], "--fail-under", f"relation={floor}")
        assert result.exit_code == 2
        assert "--fail-under takes an F1 from 0 to 1" in " ".join(result.stderr.split())

    def test_no_floor_is_held_against_what_has_no_interval(self, tmp_path: Path) -> None:
        one, two, again = (tmp_path / name for name in ("one.jsonl", "two.jsonl", "again.jsonl"))
        formats.write(two_documents()[:1], one)
        other = Document("empty", "Nothing.")
        formats.write([two_documents()[0], other], two)
        formats.write([two_documents()[0], other], again)
        for inputs in ((one, one), (two, two)):
            result = invoke("evaluate", "--gold", inputs[0], "--predicted", inputs[1], "--fail-under", "relation=0.1")
            assert result.exit_code == 1
            (told,) = result.stderr.splitlines()
            assert told.startswith("relex: relation F1 has no interval to hold 0.1 against, since 1 documents have")
        runs = ("--predicted", two, "--predicted", again, "--fail-under", "relation=0.1")
        assert "has no interval" in invoke("evaluate", "--gold", two, *runs).stderr

    def test_predictions_without_ids_are_paired_by_order(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        gold, predicted, out = (tmp_path / name for name in ("gold.json", "predicted.json", "scores.json"))
        formats.write(two_documents(), gold, format="conll04")
        values = json.loads(gold.read_text())
        predicted.write_text(json.dumps([{key: own[key] for key in own if key != "orig_id"} for own in values]))
        own = ("--format", "conll04")
        result = invoke("evaluate", "--gold", gold, "--predicted", predicted, *own, "--json", out)
        assert (result.exit_code, json.loads(out.read_text())["levels"]["relation"]["f1"]) == (0, 1)
        assert [told.startswith(f"{predicted}: paired with gold") for told in caplog.messages].count(True) == 1
        assert "1.0000 -> 1.0000" in invoke("compare", gold, predicted, gold, *own).stdout
        predicted.write_text(json.dumps([{**values[0], "orig_id": 5}]))
        result = invoke("evaluate", "--gold", gold, "--predicted", predicted, *own)
        (told,) = result.stderr.splitlines()
        assert result.exit_code == 1
        assert "by id, gold lacks 1 of 1 ids, 'predicted-5' first; by order, there are 1 predictions for 2" in told


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

    def test_convert_writes_brat_to_a_directory(self, tmp_path: Path) -> None:
        formats.write(two_documents(), tmp_path / "a.rlx")
        assert invoke("convert", tmp_path / "a.rlx", tmp_path / "brat", "--to", "brat").exit_code == 0
        assert {file.suffix for file in (tmp_path / "brat").iterdir()} == {".ann", ".txt"}
        assert len(relex.read(tmp_path / "brat")) == 2

    def test_convert_takes_blank_lines_out_of_rlx(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        document = Document("a", "A.\n\nPeru.", (Mention(4, 8, "GPE", ("peru",)),))
        formats.write([document], tmp_path / "a.jsonl")
        assert invoke("convert", tmp_path / "a.jsonl", tmp_path / "a.rlx").exit_code == 0
        assert (tmp_path / "a.rlx").read_text() == "#doc a\nA.\n[Peru](GPE peru).\n#rel\n"
        assert ["1 texts' blank lines" in told for told in caplog.messages] == [True]

    def test_check_tells_of_a_directory_without_annotated_files(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("A.")
        result = invoke("check", tmp_path)
        assert (result.exit_code, result.stdout) == (1, "")
        assert f"no file of a known suffix (.rlx, .jsonl, .rlx.gz, .jsonl.gz) below {tmp_path}" in result.stderr

    def test_check_counts_the_files_that_it_passes_over(self, tmp_path: Path) -> None:
        formats.write(two_documents(), tmp_path / "a.rlx")
        (tmp_path / "a.txt").write_text("A.")
        result = invoke("check", tmp_path)
        assert (result.exit_code, result.stderr.count("\n")) == (0, 1)
        assert f"of 2 files below {tmp_path}, 1 are not read" in result.stderr

    def test_show_says_that_a_text_holds_no_annotation(self, tmp_path: Path) -> None:
        path = tmp_path / "a.txt"
        path.write_text("A.")
        for option in ((), ("-o", tmp_path / "a.html")):
            result = invoke("show", path, *option)
            assert result.stderr == f"relex: {path} holds no annotation to show; relex extract annotates texts\n"

    def test_convert_names_every_format(self) -> None:
        # Lines are broken within names that have a hyphen.
        told = "".join(invoke("convert", "--help").stdout.split())
        assert [name for name in (*formats.FORMATS, "graphml") if name not in told] == []

    def test_check_reads_a_file_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        formats.write(two_documents(), tmp_path / "a.rlx")
        opened: list[Path] = []
        read_bytes = Path.read_bytes
        monkeypatch.setattr(Path, "read_bytes", lambda path: (opened.append(path), read_bytes(path))[1])
        assert invoke("check", tmp_path / "a.rlx", "--lint").exit_code == 0
        assert opened.count(tmp_path / "a.rlx") == 1

    def test_check_counts_what_is_clean(self, tmp_path: Path) -> None:
        formats.write(two_documents(status="planned"), tmp_path / "a.rlx")
        formats.write(two_documents(), tmp_path / "b.jsonl")
        result = invoke("check", tmp_path)
        assert result.exit_code == 0
        assert result.stdout == (
            "2 files, 4 documents, 8 mentions, 8 entities, 4 relations (2 actual, 2 planned, 0 negated): no problems\n"
        )

    def test_check_says_no_more_of_files_that_it_cannot_read(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_text("[]")
        formats.write(two_documents(), tmp_path / "b.jsonl")
        result = invoke("check", tmp_path / "a.json")
        assert (result.exit_code, result.stdout) == (1, "")
        result = invoke("check", tmp_path / "a.json", tmp_path / "b.jsonl")
        assert result.exit_code == 1
        assert result.stdout.startswith("1 files, 2 documents")
        assert result.stdout.endswith(": no problems, 1 not read\n")

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

    def test_check_goes_on_after_a_file_that_it_cannot_read(self, tmp_path: Path) -> None:
        (tmp_path / "a.rlx").write_bytes(b"\xff")
        formats.write(two_documents(), tmp_path / "b.rlx")
        result = invoke("check", tmp_path)
        assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
        assert result.stdout.startswith("1 files, 2 documents")
        assert result.stdout.endswith(": no problems, 1 not read\n")

    @pytest.mark.parametrize("name", [own.name for own in formats.FORMATS.values() if own.iterate and own.write])
    def test_check_reads_every_format(self, name: str, tmp_path: Path) -> None:
        if name == "spacy":
            pytest.importorskip("spacy")
        own = formats.FORMATS[name]
        path = tmp_path / f"out{'' if own.to_directory else own.suffixes[0]}"
        formats.write(two_documents(), path, format=name)
        read = relex.read(path, format=name)
        n_files = len(list(path.glob("*.ann"))) if own.to_directory else 1
        for source in (path, tmp_path):
            result = invoke("check", source, "--format", name, "--schema", "none")
            assert result.exit_code == 0
            told = (
                f"{n_files} files, {len(read)} documents, {sum(len(document.mentions) for document in read)} mentions, "
            )
            assert result.stdout.startswith(told)

    def test_check_reads_a_file_by_its_suffix(self, tmp_path: Path) -> None:
        formats.write(two_documents(), tmp_path / "a.bio")
        assert "1 files, 2 documents, 4 mentions, " in invoke("check", tmp_path / "a.bio").stdout

    def test_check_tells_the_first_fault_of_another_format(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        path.write_text("[5, 6]")
        result = invoke("check", path, "--format", "docred")
        assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
        assert result.stderr.startswith(f"relex: {path}")

    def test_a_source_of_several_files_is_checked_once(self, tmp_path: Path) -> None:
        text = {"_id": "d", "text": "Syria."}
        entity = {"_id": "e", "documentId": "d", "begin": 0, "end": 5, "type": "Location", "value": "Syria"}
        for name, value in (("documents", text), ("entities", entity), ("relations", None)):
            (tmp_path / f"{name}.json").write_text("" if value is None else json.dumps(value) + "\n")
        result = invoke("check", tmp_path, "--format", "re3d", "--schema", "none")
        assert result.stdout.startswith("3 files, 1 documents, ")

    def test_splits_of_any_format_are_examined(self, tmp_path: Path) -> None:
        train, dev, out = (tmp_path / name for name in ("train.json", "dev.json", "findings.json"))
        formats.write(two_documents(), train, format="docred")
        formats.write(two_documents()[:1], dev, format="docred")
        result = invoke("check", train, dev, "--format", "docred", "--schema", "none", "--doctor", "--json", out)
        assert result.exit_code == 0
        told = json.loads(out.read_text())
        assert {name: sizes["documents"] for name, sizes in told["splits"].items()} == {"train": 2, "dev": 1}
        assert any(own["check"] == "equal-texts" and own["n"] for own in told["findings"])

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

    def test_tables_show_text_as_it_is(self, tmp_path: Path) -> None:
        document = Document("dpa:id:2024", "A.", (Mention(0, 1, "GPE", ("1:100:5",)),))
        formats.write([document], tmp_path / "a.jsonl")
        assert "dpa:id:2024" in invoke("show", tmp_path / "a.jsonl").stdout

    def test_a_page_that_cannot_be_written_is_an_error(self, tmp_path: Path) -> None:
        formats.write(two_documents(), tmp_path / "a.jsonl")
        result = invoke("show", tmp_path / "a.jsonl", "-o", tmp_path / "no" / "a.html")
        assert (result.exit_code, result.stderr.count("\n")) == (1, 1)

    def test_a_directory_is_not_converted_into_itself(self, tmp_path: Path) -> None:
        formats.write(two_documents(), tmp_path / "a.jsonl")
        result = invoke("convert", tmp_path, tmp_path / "all.jsonl")
        assert (result.exit_code, "and would be read too" in " ".join(result.stderr.split())) == (2, True)
        assert not (tmp_path / "all.jsonl").exists()

    @pytest.mark.parametrize("command", ["check", "convert", "show"])
    def test_compressed_files_are_read(self, tmp_path: Path, command: str) -> None:
        formats.write(two_documents(), tmp_path / "a.rlx")
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "a.rlx.gz").write_bytes(gzip.compress((tmp_path / "a.rlx").read_bytes()))
        out = [tmp_path / "out.rlx"] if command == "convert" else []
        for source in (tmp_path / "in" / "a.rlx.gz", tmp_path / "in"):
            result = invoke(command, source, *out)
            assert (result.exit_code, result.stderr) == (0, "")
        assert not out or out[0].read_bytes() == (tmp_path / "a.rlx").read_bytes()

    @pytest.mark.parametrize(
        ("command", "option", "name"),
        [
            (("convert", "IN", "OUT"), "--from", "graphml"),
            (("convert", "IN", "OUT"), "--from", "docred-result"),
            (("convert", "IN", "OUT"), "--to", "text"),
            (("check", "IN"), "--format", "csv"),
            (("show", "IN"), "--format", "graphml"),
        ],
    )
    def test_a_format_can_be_read_or_written(self, command: tuple[str, ...], option: str, name: str) -> None:
        result = invoke(*command, option, name)
        assert (result.exit_code, f"unknown format '{name}'" in " ".join(result.stderr.split())) == (2, True)

    def test_a_split_is_named_after_its_directory(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("corpus.v1", "dev"):
            (tmp_path / name).mkdir()
            formats.write(two_documents(), tmp_path / name / "a.rlx")
        monkeypatch.chdir(tmp_path / "corpus.v1")
        result = invoke("check", ".", "../dev", "--doctor")
        assert "corpus.v1 → dev" in result.stdout
        assert invoke("check", ".", "../corpus.v1", "--doctor").exit_code == 2


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
