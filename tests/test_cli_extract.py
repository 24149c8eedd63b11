"""`relex extract`: what it reads, what it writes, how it goes on after faults and kills."""

from __future__ import annotations

import csv
import gzip
import io
import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from typer.testing import Result

import relex
from command_line import FAKE, command, environment, ids, invoke, load_lines, run, two_documents, wait_for, write_texts
from fake_extractor import PATIENCE, FakeExtractor, replace_models, tag
from relex import Document, Mention, formats
from relex.cli.tables import make_console, print_document
from relex.intake import POOL_DOCUMENTS


@pytest.fixture
def extractor(monkeypatch: pytest.MonkeyPatch) -> FakeExtractor:
    """The fake extractor, which stands in for every model."""
    return replace_models(monkeypatch)


@pytest.mark.usefixtures("extractor")
class TestExtract:
    def test_a_text_file_becomes_a_document_named_after_it_on_standard_output(self, tmp_path: Path) -> None:
        (path,) = write_texts(tmp_path, baku="FRANCE met VIETNAM.")
        (document,) = load_lines(invoke("extract", path).stdout)
        assert Document.from_dict(document) == tag(Document("baku", "FRANCE met VIETNAM."))
        assert document["id"] == "baku"

    def test_records_keep_their_ids_and_other_annotation_counts_for_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "in.jsonl"
        path.write_text('{"id": "a", "text": "FRANCE.", "mentions": 5}\n{"text": "VIETNAM."}\n')
        formats.write(two_documents(), tmp_path / "in.rlx")
        assert ids(invoke("extract", path, tmp_path / "in.rlx").stdout) == ["a", "in-2", "dw-1", "us-1"]

    def test_of_a_directory_all_texts_are_read_sorted_and_hidden_ones_not(self, tmp_path: Path) -> None:
        write_texts(tmp_path, b="B", a="A")
        (tmp_path / ".hidden.txt").write_text("no")
        (tmp_path / "notes.pdf").write_text("no")
        (tmp_path / "sub").mkdir()
        write_texts(tmp_path / "sub", c="C")
        (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
        result = invoke("extract", tmp_path)
        assert (result.exit_code, ids(result.stdout)) == (0, ["a", "b", "c"])
        (told,) = result.stderr.splitlines()
        assert told.startswith(f"relex: of 5 files below {tmp_path}, 2 are not read: broken links, or")

    @pytest.mark.parametrize("name", ["out.jsonl", "out.rlx"])
    def test_an_output_among_the_inputs_is_not_read(self, tmp_path: Path, name: str) -> None:
        write_texts(tmp_path, a="FRANCE", z="SPAIN")
        out = tmp_path / name
        for option in ((), ("--force",)):
            result = invoke("extract", tmp_path, "-o", out, *option)
            assert (result.exit_code, [d.id for d in relex.read(out)]) == (0, ["a", "z"])
            assert result.stderr == f"relex: {out} is not read: it is what is written\n"
        (tmp_path / "again.jsonl").hardlink_to(out)
        assert invoke("extract", tmp_path, "-o", tmp_path / "again.jsonl").exit_code == 2

    def test_what_standard_output_goes_to_is_not_read(self, tmp_path: Path) -> None:
        write_texts(tmp_path, a="FRANCE")
        out = tmp_path / "out.jsonl"
        with out.open("wb") as file:
            line = command("extract", tmp_path, program=FAKE)
            done = subprocess.run(line, stdout=file, stderr=subprocess.PIPE, env=environment(), timeout=PATIENCE)
        assert (done.returncode, ids(out.read_text())) == (0, ["a"])
        assert f"{out} is not read" in done.stderr.decode()

    @pytest.mark.parametrize("name", ["a.txt.gz", "a.jsonl.gz"])
    def test_compressed_files_are_read_like_others(self, tmp_path: Path, name: str) -> None:
        text = '{"id": "a", "text": "FRANCE"}\n' if "jsonl" in name else "FRANCE"
        (tmp_path / name).write_bytes(gzip.compress(text.encode()))
        results = invoke("extract", tmp_path), invoke("extract", tmp_path / name)
        for result in results:
            (document,) = load_lines(result.stdout)
            assert (document["id"], document["text"]) == ("a", "FRANCE")
        (document,) = load_lines(invoke("extract", "-", stdin=(tmp_path / name).read_bytes()).stdout)
        assert document["text"] == "FRANCE"

    def test_how_many_texts_are_read_together_is_told(self) -> None:
        told = " ".join(invoke("extract", "--help").stdout.split())
        assert f"the first alone, then two, four, and so on to {POOL_DOCUMENTS}." in told

    def test_a_name_that_is_taken_gets_the_path(self, tmp_path: Path) -> None:
        (tmp_path / "sub").mkdir()
        paths = [*write_texts(tmp_path, a="A"), *write_texts(tmp_path / "sub", a="A")]
        assert ids(invoke("extract", *paths, paths[0]).stdout) == ["a", str(paths[1]), str(paths[0])]

    def test_standard_input_is_read_as_one_text(self) -> None:
        for args in ((), ("-",)):
            (document,) = load_lines(invoke("extract", *args, stdin="\nFRANCE\r\nmet.").stdout)
            assert (document["id"], document["text"]) == ("stdin", "\nFRANCE\r\nmet.")

    def test_standard_input_that_begins_with_a_brace_is_read_as_json_lines(self) -> None:
        stdin = b'\xef\xbb\xbf\n {"id": "a", "text": "FRANCE"}\n{"text": "no id"}\n'
        assert ids(invoke("extract", stdin=stdin).stdout) == ["a", "stdin-3"]

    @pytest.mark.parametrize("text", ["", " \n\t\n"])
    def test_blank_text_gives_an_empty_document(self, text: str) -> None:
        (document,) = load_lines(invoke("extract", stdin=text).stdout)
        assert (document["text"], document["mentions"], document["relations"]) == (text, [], [])

    def test_the_sample_has_what_it_is_there_to_show(self) -> None:
        (document,) = load_lines(invoke("extract", "--sample").stdout)
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
        paths = write_texts(tmp_path, a="FRANCE, SPAIN, ITALY", none="nothing", b="CHAD NIGER")
        rows = list(csv.DictReader(io.StringIO(invoke("extract", *paths, "--format", "csv").stdout)))
        assert [(row["document"], row["head"], row["tail"], row["status"]) for row in rows] == [
            ("a", "FRANCE", "SPAIN", "actual"),
            ("a", "FRANCE", "ITALY", "planned"),
            ("b", "CHAD", "NIGER", "actual"),
        ]

    def test_csv_without_any_relation_still_has_its_header(self) -> None:
        assert invoke("extract", "--format", "csv", stdin="none").stdout.startswith("document,head,")

    def test_rlx_is_of_the_text_without_its_blank_lines(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        out = tmp_path / "out.rlx"
        stdin = json.dumps({"id": "a", "text": "FRANCE\r\n\r\nmet\n \nSPAIN", "lang": "en", "title": "x\ny"})
        assert invoke("extract", "-o", out, stdin=stdin).exit_code == 0
        (document,) = relex.read(out)
        assert document == tag(Document("a", "FRANCE\nmet\nSPAIN"))
        assert document.meta == {"title": "x y"}
        (told,) = caplog.messages
        assert told.startswith("writing rlx: left out 1 texts' blank lines")

    def test_several_documents_in_rlx_read_back(self, tmp_path: Path) -> None:
        paths = write_texts(tmp_path, a="FRANCE", b="SPAIN")
        invoke("extract", *paths, "-o", tmp_path / "out.rlx")
        assert [d.text for d in relex.read(tmp_path / "out.rlx")] == ["FRANCE", "SPAIN"]

    def test_graphml_is_one_graph_of_all_documents(self, tmp_path: Path) -> None:
        paths = write_texts(tmp_path, a="FRANCE, SPAIN", b="FRANCE, CHAD")
        out = tmp_path / "out.graphml"
        assert invoke("extract", *paths, "-o", out).exit_code == 0
        assert invoke("extract", *paths, "--format", "graphml").stdout == out.read_text()
        graph = nx.read_graphml(out)
        assert {node["name"] for _, node in graph.nodes(data=True)} == {"FRANCE", "SPAIN", "CHAD"}
        assert [(len(graph.nodes), len(graph.edges))] == [(4, 2)]

    def test_a_table_shows_entities_and_relations_with_status_and_sentence(self) -> None:
        told = invoke("extract", "--format", "table", stdin="Before. FRANCE, SPAIN and ITALY agree. After.").stdout
        assert "stdin: 3 mentions, 3 entities, 2 relations" in told
        row = next(line for line in told.splitlines() if "planned" in line)
        cells = ("FRANCE", "cooperates-with", "ITALY", "0.75", "FRANCE, SPAIN and ITALY agree.")
        assert all(cell in row for cell in cells)
        assert "Before" not in row

    def test_a_table_lets_no_control_character_of_the_text_through(self) -> None:
        document = Document("a", "x\x1b[2Jy", (Mention(0, 6, "GPE", ("x",)),))
        console = io.StringIO()

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
        a, z = write_texts(tmp_path, a="A", z="Z")
        missing = tmp_path / "missing.txt"
        self.check(invoke("extract", a, missing, z), f"cannot read {missing}: No such file or directory")

    def test_a_missing_file_beside_an_output_that_is_there(self, tmp_path: Path) -> None:
        a, z = write_texts(tmp_path, a="A", z="Z")
        out = tmp_path / "out.jsonl"
        assert invoke("extract", a, "-o", out).exit_code == 0
        result = invoke("extract", a, tmp_path / "gone.txt", z, "-o", out, "--resume")
        assert (result.exit_code, ids(out.read_text())) == (1, ["a", "z"])
        assert result.stderr.startswith(f"relex: cannot read {tmp_path}/gone.txt: No such file")

    @pytest.mark.parametrize("record", [{"id": "\ud800"}, {"title": "\ud800"}, {"meta": {"\udfff": "x"}}])
    def test_a_lone_surrogate_outside_the_text(self, tmp_path: Path, record: dict[str, Any]) -> None:
        path = tmp_path / "in.jsonl"
        records = ({"id": "a", "text": "A"}, {"text": "B"} | record, {"id": "z", "text": "Z"})
        path.write_text("".join(json.dumps(own) + "\n" for own in records))
        self.check(invoke("extract", path), "lone surrogate")

    def test_an_id_that_is_neither_text_nor_a_whole_number(self, tmp_path: Path) -> None:
        path = tmp_path / "in.jsonl"
        path.write_text('{"id": "a", "text": "A"}\n{"id": null, "text": "B"}\n{"id": "z", "text": "Z"}\n')
        self.check(invoke("extract", path), f"{path}:2: id must be a string or a whole number, not None")

    def test_text_in_utf_16(self, tmp_path: Path) -> None:
        a, bad, z = write_texts(tmp_path, a="A", bad="", z="Z")
        for encoding in ("UTF-16", "UTF-32"):
            bad.write_text("FRANCE", encoding=encoding)
            self.check(invoke("extract", a, bad, z), f"iconv -f {encoding} -t UTF-8")

    def test_bytes_that_are_no_text(self, tmp_path: Path) -> None:
        a, bad, z = write_texts(tmp_path, a="A", bad="", z="Z")
        bad.write_bytes(b"ok\ncaf\xe9")
        self.check(invoke("extract", a, bad, z), f"{bad}:2: byte 0xe9 at byte offset 6 is not UTF-8")

    def test_a_suffix_that_is_not_read(self, tmp_path: Path) -> None:
        a, z = write_texts(tmp_path, a="A", z="Z")
        self.check(invoke("extract", a, tmp_path / "x.pdf", z), "relex extract reads .txt, .jsonl, .rlx")

    def test_a_directory_without_texts(self, tmp_path: Path) -> None:
        a, z = write_texts(tmp_path, a="A", z="Z")
        (tmp_path / "empty").mkdir()
        self.check(invoke("extract", a, tmp_path / "empty", z), "no file of a known suffix")

    def test_faulty_records_among_good_ones(self, tmp_path: Path) -> None:
        path = tmp_path / "in.jsonl"
        lines = (b'{"id": "a", "text": "A"}', b"{", b'{"text": 5}', b'{"text": "\xff"}', b'{"text": "\\ud800"}')
        path.write_bytes(b"\n".join((*lines, b'{"id": "z", "text": "Z"}')))
        told = (f"{path}:2: not JSON", f"{path}:3: no string under 'text'", f"{path}:4: byte 0xff", f"{path}:5: ")
        self.check(invoke("extract", path), *told)

    def test_faults_in_annotation(self, tmp_path: Path) -> None:
        a, z = write_texts(tmp_path, a="A", z="Z")
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
        paths = write_texts(tmp_path, a="FRANCE SPAIN", b="ITALY", c="CHAD")
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
        paths = write_texts(tmp_path, a="FRANCE")
        assert invoke("extract", *paths, "-o", tmp_path / "out.jsonl", "--resume").exit_code == 0
        assert extractor.seen == ["a"]

    @pytest.mark.parametrize("changed", ["mentions", "relations"])
    def test_the_output_of_a_model_of_another_schema_is_left_alone(
        self, tmp_path: Path, extractor: FakeExtractor, changed: str
    ) -> None:
        paths = write_texts(tmp_path, a="FRANCE SPAIN", b="ITALY")
        out = tmp_path / "out.jsonl"
        invoke("extract", paths[0], "-o", out)
        (document,) = load_lines(out.read_text())
        document[changed][0]["type"] = "foreign"
        out.write_text(json.dumps(document) + "\nunfinished")
        old = out.read_bytes()
        result = invoke("extract", *paths, "-o", out, "--resume")
        assert (result.exit_code, out.read_bytes()) == (1, old)
        assert f"relex: {out}:1: the schema of the model has no foreign" in result.stderr

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
        paths = write_texts(tmp_path, **dict.fromkeys("abcde", f"FRANCE {'x' * 50000} SPAIN"))
        out = tmp_path / "out.jsonl"
        process = subprocess.Popen(command("extract", *paths, "-o", out, program=FAKE), env=environment(stop_after=3))
        try:
            wait_for(lambda: out.exists() and out.read_bytes().count(b"\n") == 3)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        left = out.read_bytes()
        assert left.endswith(b"\n")
        assert run("extract", *paths, "-o", out, "--resume", program=FAKE).returncode == 0
        assert out.read_bytes().startswith(left)
        assert ids(out.read_text()) == ["a", "b", "c", "d", "e"]
