"""The command line: what it reads and writes, what it says when something is wrong, and with which exit code."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import relex
from fake_extractor import FakeExtractor, tag
from relex import Document, Mention, Relation, formats
from relex.cli import app

COMMANDS = ("extract", "evaluate", "compare", "train", "convert", "check", "show", "info")
FAKE = Path(__file__).with_name("fake_extractor.py")


@pytest.fixture
def extractor(monkeypatch: pytest.MonkeyPatch) -> FakeExtractor:
    """Put the fake extractor in place of every model."""
    fake = FakeExtractor()
    monkeypatch.setitem(relex.__dict__, "load", lambda name: fake)
    return fake


def invoke(*args: object, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args], input=stdin, catch_exceptions=False)


def run(*args: object, program: Path | None = None, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the command line as a process of its own."""
    return subprocess.run(
        command(*args, program=program), input=stdin, capture_output=True, env=environment(), timeout=60
    )


def command(*args: object, program: Path | None = None) -> list[str]:
    return [sys.executable, *(["-m", "relex"] if program is None else [str(program)]), *map(str, args)]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(relex.__file__).parents[1]), "HF_HUB_OFFLINE": "1"}


def documents(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def ids(text: str) -> list[str]:
    return [document["id"] for document in documents(text)]


def files(tmp_path: Path, **texts: str) -> list[Path]:
    paths = []
    for name, text in texts.items():
        path = tmp_path / f"{name}.txt"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def two_documents(*, status: str = "actual") -> list[Document]:
    mentions = (Mention(0, 6, "GPE", ("fr",)), Mention(11, 17, "GPE", ("vn",)))
    relation = Relation("fr", "cooperates-with", "vn", status)
    return [Document(name, "France and Hà Nội agree.", mentions, (relation,)) for name in ("dw-1", "us-1")]


class TestHelp:
    def test_without_a_command_it_lists_all_of_them(self) -> None:
        told = invoke("--help").stdout
        assert all(f"  {name} " in told for name in COMMANDS)

    @pytest.mark.parametrize("name", COMMANDS)
    def test_every_command_explains_itself_with_an_example(self, name: str) -> None:
        result = invoke(name, "--help")
        assert result.exit_code == 0
        assert f"\n    relex {name} " in result.stdout.split("Example")[1]

    def test_it_comes_without_loading_torch(self) -> None:
        code = (
            "import sys, relex.cli; relex.cli.app(['--help'], standalone_mode=False); sys.exit('torch' in sys.modules)"
        )
        assert subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True).returncode == 0

    def test_the_version_is_told(self) -> None:
        assert invoke("--version").stdout == f"relex {relex.__version__}\n"


@pytest.mark.usefixtures("extractor")
class TestExtract:
    def test_a_text_file_becomes_a_document_named_after_it_on_standard_output(self, tmp_path: Path) -> None:
        (path,) = files(tmp_path, baku="FRANCE met VIETNAM.")
        (document,) = documents(invoke("extract", path).stdout)
        assert Document.from_dict(document) == tag(Document("baku", "FRANCE met VIETNAM."))
        assert document["id"] == "baku"

    def test_records_keep_their_ids_and_other_annotation_counts_for_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "in.jsonl"
        path.write_text('{"id": "a", "text": "FRANCE.", "mentions": 5}\n{"text": "VIETNAM."}\n')
        formats.write(two_documents(), tmp_path / "in.rlx")
        assert ids(invoke("extract", path, tmp_path / "in.rlx").stdout) == ["a", "in-2", "dw-1", "us-1"]

    def test_of_a_directory_all_texts_are_read_sorted_and_hidden_ones_not(self, tmp_path: Path) -> None:
        files(tmp_path, b="B", a="A")
        (tmp_path / ".hidden.txt").write_text("no")
        (tmp_path / "notes.pdf").write_text("no")
        (tmp_path / "sub").mkdir()
        files(tmp_path / "sub", c="C")
        assert ids(invoke("extract", tmp_path).stdout) == ["a", "b", "c"]

    def test_a_name_that_is_taken_gets_the_path(self, tmp_path: Path) -> None:
        (tmp_path / "sub").mkdir()
        paths = [*files(tmp_path, a="A"), *files(tmp_path / "sub", a="A")]
        assert ids(invoke("extract", *paths, paths[0]).stdout) == ["a", str(paths[1]), str(paths[0])]

    def test_standard_input_is_read_as_one_text(self) -> None:
        for args in ((), ("-",)):
            (document,) = documents(invoke("extract", *args, stdin="\nFRANCE\r\nmet.").stdout)
            assert (document["id"], document["text"]) == ("stdin", "\nFRANCE\r\nmet.")

    def test_standard_input_that_begins_with_a_brace_is_read_as_json_lines(self) -> None:
        stdin = b'\xef\xbb\xbf\n {"id": "a", "text": "FRANCE"}\n{"text": "no id"}\n'
        assert ids(invoke("extract", stdin=stdin).stdout) == ["a", "stdin-3"]

    @pytest.mark.parametrize("text", ["", " \n\t\n"])
    def test_blank_text_gives_an_empty_document(self, text: str) -> None:
        (document,) = documents(invoke("extract", stdin=text).stdout)
        assert (document["text"], document["mentions"], document["relations"]) == (text, [], [])

    def test_the_sample_has_what_it_is_there_to_show(self) -> None:
        (document,) = documents(invoke("extract", "--sample").stdout)
        assert 300 <= len(document["text"].split()) <= 500
        assert all(words in document["text"] for words in ("two sides", "Both ministers", "signed", "visit", "will "))

    def test_the_model_and_the_size_of_batches_are_passed_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[object] = []

        class Recorder(FakeExtractor):
            def pipe(self, texts: Any, *, batch_size: int | None = None, progress: bool = False) -> Any:
                asked.append(batch_size)
                return super().pipe(texts)

        monkeypatch.setitem(relex.__dict__, "load", lambda name: asked.append(name) or Recorder())
        invoke("extract", "--model", "own/model", "--batch-size", 512, stdin="x")
        assert asked == ["own/model", 512]

    def test_csv_is_one_row_a_relation_under_one_header(self, tmp_path: Path) -> None:
        paths = files(tmp_path, a="FRANCE, SPAIN, ITALY", none="nothing", b="CHAD NIGER")
        rows = list(csv.DictReader(io.StringIO(invoke("extract", *paths, "--format", "csv").stdout)))
        assert [(row["document"], row["head"], row["tail"], row["status"]) for row in rows] == [
            ("a", "FRANCE", "SPAIN", "actual"),
            ("a", "FRANCE", "ITALY", "planned"),
            ("b", "CHAD", "NIGER", "actual"),
        ]

    def test_csv_without_any_relation_still_has_its_header(self) -> None:
        assert invoke("extract", "--format", "csv", stdin="none").stdout.startswith("document,head,")

    def test_rlx_is_of_the_text_without_its_blank_lines(self, tmp_path: Path) -> None:
        out = tmp_path / "out.rlx"
        stdin = json.dumps({"id": "a", "text": "FRANCE\r\n\r\nmet\n \nSPAIN", "lang": "en", "title": "x\ny"})
        assert invoke("extract", "-o", out, stdin=stdin).exit_code == 0
        (document,) = relex.read(out)
        assert document == tag(Document("a", "FRANCE\nmet\nSPAIN"))
        assert document.meta == {"title": "x y"}

    def test_several_documents_in_rlx_read_back(self, tmp_path: Path) -> None:
        paths = files(tmp_path, a="FRANCE", b="SPAIN")
        invoke("extract", *paths, "-o", tmp_path / "out.rlx")
        assert [d.text for d in relex.read(tmp_path / "out.rlx")] == ["FRANCE", "SPAIN"]

    def test_a_table_shows_entities_and_relations_with_status_and_sentence(self) -> None:
        told = invoke("extract", "--format", "table", stdin="Before. FRANCE, SPAIN and ITALY agree. After.").stdout
        assert "6 mentions" not in told
        assert "stdin: 3 mentions, 3 entities, 2 relations" in told
        row = next(line for line in told.splitlines() if "planned" in line)
        assert [
            cell in row for cell in ("FRANCE", "cooperates-with", "ITALY", "0.75", "FRANCE, SPAIN and ITALY agree.")
        ]
        assert "Before" not in row

    def test_a_table_lets_no_control_character_of_the_text_through(self) -> None:
        document = Document("a", "x\x1b[2Jy", (Mention(0, 6, "GPE", ("x",)),))
        console = io.StringIO()
        from relex.cli.tables import make_console, print_document

        print_document(make_console(console), document)
        assert "\x1b" not in console.getvalue()

    def test_the_suffix_of_the_output_tells_the_format(self, tmp_path: Path) -> None:
        for name in ("out.jsonl", "out.csv", "out.rlx"):
            assert invoke("extract", "-o", tmp_path / name, stdin="FRANCE SPAIN").exit_code == 0
        assert (tmp_path / "out.csv").read_text().startswith("document,")
        assert (tmp_path / "out.rlx").read_text().startswith("#doc stdin\n")
        assert ids((tmp_path / "out.jsonl").read_text()) == ["stdin"]


@pytest.mark.usefixtures("extractor")
class TestFaultyInput:
    def check(self, result: Result, *told: str) -> None:
        """The failure is told in one line each, and the good files around it are done."""
        assert result.exit_code == 1
        lines = result.stderr.splitlines()
        assert len(lines) == len(told)
        for line, words in zip(lines, told, strict=True):
            assert line.startswith("relex: ")
            assert words in line
        assert ids(result.stdout) == ["a", "z"]

    def test_a_missing_file(self, tmp_path: Path) -> None:
        a, z = files(tmp_path, a="A", z="Z")
        missing = tmp_path / "missing.txt"
        self.check(invoke("extract", a, missing, z), f"cannot read {missing}: No such file or directory")

    def test_bytes_that_are_no_text(self, tmp_path: Path) -> None:
        a, bad, z = files(tmp_path, a="A", bad="", z="Z")
        bad.write_bytes(b"ok\ncaf\xe9")
        self.check(invoke("extract", a, bad, z), f"{bad}:2: byte 0xe9 at byte offset 6 is not UTF-8")

    def test_a_suffix_that_is_not_read(self, tmp_path: Path) -> None:
        a, z = files(tmp_path, a="A", z="Z")
        self.check(invoke("extract", a, tmp_path / "x.pdf", z), "relex extract reads .txt, .jsonl, .rlx")

    def test_a_directory_without_texts(self, tmp_path: Path) -> None:
        a, z = files(tmp_path, a="A", z="Z")
        (tmp_path / "empty").mkdir()
        self.check(invoke("extract", a, tmp_path / "empty", z), "no file of a known suffix")

    def test_faulty_records_among_good_ones(self, tmp_path: Path) -> None:
        path = tmp_path / "in.jsonl"
        lines = (b'{"id": "a", "text": "A"}', b"{", b'{"text": 5}', b'{"text": "\xff"}', b'{"text": "\\ud800"}')
        path.write_bytes(b"\n".join((*lines, b'{"id": "z", "text": "Z"}')))
        told = (f"{path}:2: not JSON", f"{path}:3: no string under 'text'", f"{path}:4: byte 0xff", f"{path}:5: ")
        self.check(invoke("extract", path), *told)

    def test_faults_in_annotation(self, tmp_path: Path) -> None:
        a, z = files(tmp_path, a="A", z="Z")
        bad = tmp_path / "bad.rlx"
        bad.write_text("#doc b\n[crossing\n#rel\nx y z\n")
        self.check(invoke("extract", a, bad, z), f"{bad}:2: document 'b': '[' is never closed")

    def test_a_document_that_the_format_cannot_hold(self, tmp_path: Path) -> None:
        path = tmp_path / "in.jsonl"
        path.write_text('{"id": "a\\nb", "text": "A"}\n{"id": "z", "text": "Z"}\n')
        result = invoke("extract", path, "--format", "rlx")
        assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
        assert result.stdout.startswith("#doc z\n")


class TestResume:
    def test_an_unfinished_last_line_is_cut_and_the_rest_done(self, tmp_path: Path, extractor: FakeExtractor) -> None:
        paths = files(tmp_path, a="FRANCE SPAIN", b="ITALY", c="CHAD")
        out = tmp_path / "out.jsonl"
        invoke("extract", *paths, "-o", out)
        whole = out.read_bytes()
        for n in (0, 1, whole.index(b"\n"), whole.index(b"\n") + 1, len(whole) - 1, len(whole)):
            out.write_bytes(whole[:n])
            extractor.seen.clear()
            assert invoke("extract", *paths, "-o", out, "--resume").exit_code == 0
            assert out.read_bytes() == whole
            assert len(extractor.seen) == 3 - whole[:n].count(b"\n")

    def test_without_an_earlier_run_it_starts(self, tmp_path: Path, extractor: FakeExtractor) -> None:
        paths = files(tmp_path, a="FRANCE")
        assert invoke("extract", *paths, "-o", tmp_path / "out.jsonl", "--resume").exit_code == 0
        assert extractor.seen == ["a"]

    def test_a_file_of_something_else_is_left_alone(self, tmp_path: Path, extractor: FakeExtractor) -> None:
        out = tmp_path / "out.jsonl"
        out.write_text("my notes\nmore")
        result = invoke("extract", "-o", out, "--resume", stdin="FRANCE")
        assert result.exit_code == 1
        assert f"relex: {out}:1: not a document" in result.stderr
        assert out.read_text() == "my notes\nmore"

    @pytest.mark.parametrize("args", [(), ("-o", "x.csv"), ("-o", "x.graphml"), ("-o", "x.rlx"), ("--format", "csv")])
    def test_of_other_formats_or_standard_output_it_is_refused(self, args: tuple[str, ...]) -> None:
        result = invoke("extract", "--sample", "--resume", *args)
        assert result.exit_code == 2
        assert "--resume goes on with a .jsonl file" in " ".join(result.stderr.split())

    def test_what_a_kill_leaves_are_whole_lines_and_resume_finishes_them(self, tmp_path: Path) -> None:
        paths = files(tmp_path, **{f"t{i:02}": f"FRANCE {'x' * 5000} SPAIN {i}" for i in range(30)})
        out = tmp_path / "out.jsonl"
        process = subprocess.Popen(command("extract", *paths, "-o", out, program=FAKE), env=environment())
        try:
            wait_for(lambda: out.exists() and out.read_bytes().count(b"\n") >= 3)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        left = out.read_bytes()
        assert left.endswith(b"\n")
        assert 3 <= len(documents(left.decode())) < 30
        assert run("extract", *paths, "-o", out, "--resume", program=FAKE).returncode == 0
        assert out.read_bytes().startswith(left)
        assert ids(out.read_text()) == [path.stem for path in paths]


def wait_for(condition: Any) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class TestProcess:
    """What only a process of its own shows: exit codes, bare output, no traceback."""

    def test_results_alone_stand_on_standard_output(self) -> None:
        done = run("extract", program=FAKE, stdin="FRANCE é 😀".encode())
        assert (done.returncode, done.stderr) == (0, b"")
        assert ids(done.stdout.decode()) == ["stdin"]

    def test_a_failure_is_one_line_and_exit_code_1(self, tmp_path: Path) -> None:
        done = run("convert", tmp_path / "missing.rlx", tmp_path / "out.jsonl")
        told = f"relex: cannot read {tmp_path}/missing.rlx: no such file or directory\n"
        assert (done.returncode, done.stdout, done.stderr.decode()) == (1, b"", told)

    def test_a_place_that_cannot_be_written_is_one_line_and_exit_code_1(self, tmp_path: Path) -> None:
        done = run("extract", "--sample", "-o", tmp_path / "no" / "out.jsonl", program=FAKE)
        told = f"relex: {tmp_path}/no/out.jsonl: No such file or directory\n"
        assert (done.returncode, done.stderr.decode()) == (1, told)

    def test_a_full_disk_is_one_line_and_exit_code_1(self) -> None:
        if not Path("/dev/full").exists():
            pytest.skip("no /dev/full here")
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                command("extract", "--sample", program=FAKE), stdout=full, stderr=subprocess.PIPE, env=environment()
            )
        assert (done.returncode, done.stderr) == (1, b"relex: No space left on device\n")

    def test_wrong_use_is_exit_code_2(self) -> None:
        done = run("extract", "--no-such-option")
        assert done.returncode == 2
        assert b"No such option" in done.stderr
        assert b"Traceback" not in done.stderr

    def test_an_unknown_model_is_one_line_and_exit_code_1(self) -> None:
        done = run("extract", "--sample", "--model", "no-such-model")
        assert done.returncode == 1
        assert done.stderr.decode().startswith("relex: no model 'no-such-model'; give one of ")
        assert len(done.stderr.splitlines()) == 1

    def test_a_reader_that_leaves_early_is_no_news(self, tmp_path: Path) -> None:
        paths = files(tmp_path, **{f"t{i:02}": "x" * 70_000 for i in range(20)})
        process = subprocess.Popen(
            command("extract", *paths, program=FAKE), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
        )
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(30) == 1
        process.stderr.close()

    def test_an_interrupt_is_one_line_and_exit_code_130(self, tmp_path: Path) -> None:
        paths = files(tmp_path, **{f"t{i:02}": "FRANCE" for i in range(99)})
        out = tmp_path / "out.jsonl"
        process = subprocess.Popen(
            command("extract", *paths, "-o", out, program=FAKE), stderr=subprocess.PIPE, env=environment()
        )
        wait_for(lambda: out.exists() and out.stat().st_size)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
        assert (process.returncode, told) == (130, b"relex: interrupted\n")
        assert out.read_bytes().endswith(b"\n")


@pytest.mark.usefixtures("extractor")
class TestWrongUse:
    @pytest.mark.parametrize(
        ("args", "code", "told"),
        [
            (("extract", "--sample", "--format", "xyz"), 1, "unknown format 'xyz'; known: csv, graphml, jsonl"),
            (("extract", "--sample", "-o", "out.docx"), 1, "no format has the suffix '.docx'"),
            (("extract", "--sample", "x.txt"), 2, "give either FILE or --sample"),
            (("extract", "--sample", "--batch-size", "0"), 2, "--batch-size"),
            (("evaluate",), 2, "give either MODEL and CORPUS, or --gold and --predicted"),
            (("evaluate", "diplomatic"), 2, "give either MODEL and CORPUS"),
            (("evaluate", "diplomatic", "x", "--gold", "y"), 2, "give either MODEL and CORPUS"),
            (("evaluate", "--gold", "y"), 2, "give either MODEL and CORPUS"),
            (("compare", "missing", "a", "b"), 1, "cannot read missing"),
            (("compare", "gold"), 2, "Missing argument"),
            (("convert", "missing.rlx", "out.jsonl"), 1, "cannot read missing.rlx"),
            (("check", "missing.rlx"), 1, "cannot read missing.rlx"),
            (("check", "x.txt"), 1, "relex check reads .jsonl, .rlx"),
            (("check", "x.rlx", "--schema", "xyz"), 1, "no built-in schema 'xyz'"),
            (("show", "missing.jsonl"), 1, "cannot read missing.jsonl"),
            (("train", "missing.toml"), 2, "Missing option '--output'"),
            (("info", "--json"), 2, "--json tells of a MODEL"),
        ],
    )
    def test_is_told(self, args: tuple[str, ...], code: int, told: str) -> None:
        result = invoke(*args)
        assert result.exit_code == code
        assert told in " ".join(result.stderr.split())

    def test_a_file_is_not_both_read_and_written(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jsonl"
        path.write_text('{"text": "FRANCE"}\n')
        result = invoke("extract", path, "-o", path)
        assert (result.exit_code, path.read_text()) == (1, '{"text": "FRANCE"}\n')
        assert "is both read and written" in result.stderr

    def test_an_unknown_model_leaves_an_older_output_as_it_was(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(name: str) -> None:
            raise relex.ModelError(f"no model {name!r}")

        monkeypatch.setitem(relex.__dict__, "load", fail)
        out = tmp_path / "out.jsonl"
        out.write_text("old")
        assert invoke("extract", "--sample", "-o", out).exit_code == 1
        assert out.read_text() == "old"


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
        args = (
            "--gold",
            corpus[0],
            "--predicted",
            corpus[1],
            "--prefix",
            "dw-",
            "--json",
            scores,
            "--markdown",
            tables,
        )
        told = invoke("evaluate", *args).stdout
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


class TestFiles:
    def test_convert_goes_by_suffix_or_by_name(self, tmp_path: Path) -> None:
        formats.write(two_documents(), tmp_path / "a.rlx")
        assert invoke("convert", tmp_path / "a.rlx", tmp_path / "b.dat", "--to", "jsonl").exit_code == 0
        assert invoke("convert", tmp_path / "b.dat", tmp_path / "c.rlx", "--from", "jsonl").exit_code == 0
        assert (tmp_path / "c.rlx").read_text() == (tmp_path / "a.rlx").read_text()

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
        starts = (
            f"{rlx}:2: document 'one': ",
            f"{rlx}:4: document 'one': ",
            f"{jsonl}:1: document 'two': ",
            f"{jsonl}:2: ",
        )
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
