"""The command line: its help, what it says when something is wrong, and with which exit code."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

import relex
from command_line import FAKE, command, environment, ids, invoke, run, wait_for, write_texts
from fake_extractor import PATIENCE, FakeExtractor, replace_models

COMMANDS = ("extract", "evaluate", "compare", "train", "convert", "check", "show", "info")


@pytest.fixture
def extractor(monkeypatch: pytest.MonkeyPatch) -> FakeExtractor:
    """The fake extractor, which stands in for every model."""
    return replace_models(monkeypatch)


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
        code = "import sys, relex.cli as c; c.app(['--help'], standalone_mode=False); sys.exit('torch' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True).returncode == 0

    def test_the_version_is_told(self) -> None:
        assert invoke("--version").stdout == f"relex {relex.__version__}\n"


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

    def test_a_reader_that_leaves_early_is_no_news(self, tmp_path: Path) -> None:
        paths = write_texts(tmp_path, **{f"t{i:02}": "x" * 70_000 for i in range(20)})
        process = subprocess.Popen(
            command("extract", *paths, program=FAKE), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
        )
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(PATIENCE) == 1
        process.stderr.close()

    def test_an_interrupt_is_one_line_and_exit_code_130(self, tmp_path: Path) -> None:
        paths = write_texts(tmp_path, a="FRANCE", b="SPAIN")
        out = tmp_path / "out.jsonl"
        line = command("extract", *paths, "-o", out, program=FAKE)
        process = subprocess.Popen(line, stderr=subprocess.PIPE, env=environment(stop_after=1))
        wait_for(lambda: out.exists() and out.read_bytes().endswith(b"\n"))
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=PATIENCE)
        assert (process.returncode, told) == (130, b"relex: interrupted\n")
        assert ids(out.read_text()) == ["a"]


def test_an_unknown_model_is_one_line_and_exit_code_1() -> None:
    result = invoke("extract", "--sample", "--model", "no-such-model")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("relex: no model 'no-such-model'; give one of ")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.usefixtures("extractor")
class TestWrongUse:
    @pytest.mark.parametrize(
        ("args", "code", "told"),
        [
            (("extract", "--sample", "--format", "xyz"), 2, "unknown format 'xyz'; known: csv, graphml, jsonl"),
            (("extract", "--sample", "-o", "out.docx"), 2, "no format has the suffix '.docx'"),
            (("extract", "--sample", "x.txt"), 2, "give either FILE or --sample"),
            (("extract", "--sample", "--batch-size", "0"), 2, "--batch-size"),
            (("evaluate",), 2, "give either MODEL and CORPUS, or --gold and --predicted"),
            (("evaluate", "diplomatic"), 2, "give either MODEL and CORPUS"),
            (("evaluate", "diplomatic", "x", "--gold", "y"), 2, "give either MODEL and CORPUS"),
            (("evaluate", "--gold", "y"), 2, "give either MODEL and CORPUS"),
            (("compare", "missing", "a", "b"), 1, "cannot read missing"),
            (("compare",), 2, "Missing argument 'GOLD'"),
            (("compare", "gold"), 2, "give either A and B, or --a and --b"),
            (("compare", "gold", "a"), 2, "give either A and B, or --a and --b"),
            (("compare", "gold", "--a", "a"), 2, "give either A and B, or --a and --b"),
            (("compare", "gold", "a", "--b", "b"), 2, "give either A and B, or --a and --b"),
            (("compare", "gold", "a", "b", "--b", "c"), 2, "give either A and B, or --a and --b"),
            (("convert", "missing.rlx", "out.jsonl"), 1, "cannot read missing.rlx"),
            (("check", "missing.rlx"), 1, "cannot read missing.rlx"),
            (("check", "missing", "--format", "brat"), 1, "cannot read missing"),
            (("compare", "gold", "a", "b", "--level", "foo"), 2, "no level 'foo'"),
            (("compare", "gold", "a", "b", "--average", "foo"), 2, "'foo'"),
            (("compare", "gold", "a", "b", "--schema", "xyz"), 2, "no built-in schema 'xyz'"),
            (("compare", "gold", "a", "b", "--predicted-format", "xyz"), 2, "unknown format 'xyz'"),
            (("evaluate", "--gold", "g", "--predicted", "p", "--schema", "xyz"), 2, "no built-in schema 'xyz'"),
            (("evaluate", "--gold", "g", "--predicted", "p", "--format", "xyz"), 2, "unknown format 'xyz'"),
            (("evaluate", "--gold", "g", "--predicted", "p", "--predicted-format", "xyz"), 2, "unknown format 'xyz'"),
            (("convert", "a", "b", "--from", "xyz"), 2, "unknown format 'xyz'"),
            (("convert", "a", "b", "--to", "xyz"), 2, "unknown format 'xyz'"),
            (("check", "missing"), 1, "cannot read missing: no such file"),
            (("check", "x.rlx", "--format", "xyz"), 2, "unknown format 'xyz'"),
            (("check", "x.rlx", "--schema", "xyz"), 2, "no built-in schema 'xyz'"),
            (("check", "x.rlx", "--schema", "missing.toml"), 1, "cannot read schema missing.toml"),
            (("show", "x.rlx", "--schema", "xyz"), 2, "no built-in schema 'xyz'"),
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
        assert (result.exit_code, path.read_text()) == (2, '{"text": "FRANCE"}\n')
        assert "is both read and written" in " ".join(result.stderr.split())

    @pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.rlx", "out.graphml"])
    def test_an_output_is_written_over_only_if_told(self, tmp_path: Path, name: str) -> None:
        out = tmp_path / name
        assert invoke("extract", "--sample", "-o", out).exit_code == 0
        old = out.read_bytes()
        result = invoke("extract", "-o", out, stdin="FRANCE SPAIN")
        told = " ".join(result.stderr.split())
        assert (result.exit_code, out.read_bytes()) == (2, old)
        assert ("--force" in told, "--resume" in told) == (True, name == "out.jsonl")
        assert invoke("extract", "-o", out, "--force", stdin="FRANCE SPAIN").exit_code == 0
        assert b"FRANCE" in out.read_bytes()
        assert invoke("extract", "--sample", "-o", tmp_path / "new.jsonl", "--force", "--resume").exit_code == 2

    def test_an_unknown_model_leaves_an_older_output_as_it_was(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(name: str) -> None:
            raise relex.ModelError(f"no model {name!r}")

        monkeypatch.setitem(relex.__dict__, "load", fail)
        out = tmp_path / "out.jsonl"
        out.write_text("old")
        assert invoke("extract", "--sample", "-o", out, "--force").exit_code == 1
        assert out.read_text() == "old"
