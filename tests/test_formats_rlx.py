r"""The `.rlx` format: what it means, what it refuses, and that nothing is lost on the way."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from relex.document import Document, Evidence, Link, Mention, Relation
from relex.errors import FormatError
from relex.formats import rlx
from relex.formats.drops import Drops
from strategies import documents

VISIT = """#doc visit-1
#source written for the tests
#date 2025-05-07
## who goes where
[French](GPE fr) [President](ROLE pres) [Macron](PERSON macron) met [[Vietnamese](GPE vn) leader](PERSON lam).

The [two countries](GPE fr+vn) may trade.
#rel
macron met-with lam

fr cooperates-with vn ?
macron represents vn !
"""


def parse_one(text: str) -> Document:
    (document,) = rlx.parse(text)
    return document


def faults_of(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "a.rlx"
    path.write_text(text, encoding="utf-8", newline="")
    return [fault.removeprefix(f"{path}:") for fault in rlx.faults(path)]


def test_text_is_the_paragraphs_without_markup_joined_by_a_newline() -> None:
    document = parse_one(VISIT)
    assert document.text == "French President Macron met Vietnamese leader.\nThe two countries may trade."
    assert document.id == "visit-1"
    assert document.meta == {"source": "written for the tests", "date": "2025-05-07"}


def test_mentions_nest_and_a_group_mention_names_several_entities() -> None:
    document = parse_one(VISIT)
    found = [(document.text[m.start : m.end], m.type, m.entities) for m in document.mentions]
    assert found == [
        ("French", "GPE", ("fr",)),
        ("President", "ROLE", ("pres",)),
        ("Macron", "PERSON", ("macron",)),
        ("Vietnamese leader", "PERSON", ("lam",)),
        ("Vietnamese", "GPE", ("vn",)),
        ("two countries", "GPE", ("fr", "vn")),
    ]


def test_the_mark_behind_a_relation_is_its_status() -> None:
    assert parse_one(VISIT).relations == (
        Relation("macron", "met-with", "lam", "actual"),
        Relation("fr", "cooperates-with", "vn", "planned"),
        Relation("macron", "represents", "vn", "negated"),
    )


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (r"\# 1", "# 1"),
        (r"\## 1", "## 1"),
        (r"a # b", "a # b"),
        (r"\[sic\]\(p. 3)", "[sic](p. 3)"),
        (r"[x](GPE x)(y)", "x(y)"),
        (r"C:\\dir\\", "C:\\dir\\"),
        ("  indented\t", "  indented\t"),
        ("one\u2028still\x85the\x0csame", "one\u2028still\x85the\x0csame"),
    ],
)
def test_escapes_and_characters_that_only_look_special(line: str, text: str) -> None:
    document = parse_one(f"#doc a\n{line}\n#rel\n")
    assert document.text == text
    assert parse_one(rlx.render([document])) == document


def test_windows_line_ends_and_a_byte_order_mark_mean_nothing() -> None:
    assert parse_one("\ufeff" + VISIT.replace("\n", "\r\n")) == parse_one(VISIT)


def test_a_document_may_lack_relations_and_text() -> None:
    assert [d.id for d in rlx.parse("#doc a\nText.\n#doc b\n#rel\n#doc c")] == ["a", "b", "c"]
    assert rlx.parse("") == []


def test_several_documents_are_read_in_order_with_their_ids() -> None:
    text = rlx.render([Document("a", "One."), Document("b", "Two.")])
    assert [(d.id, d.text) for d in rlx.parse(text)] == [("a", "One."), ("b", "Two.")]


def test_rendering_gives_the_text_that_a_hand_would_write() -> None:
    rendered = "".join(line + "\n" for line in VISIT.splitlines() if line and not line.startswith("##"))
    assert rlx.render(rlx.parse(VISIT)) == rendered


@given(documents())
def test_whatever_is_rendered_parses_to_the_same_document(document: Document) -> None:
    back = parse_one(rlx.render([document]))
    assert back == document
    assert back.relations == document.relations
    assert back.id == document.id


@given(documents(any_text=True))
def test_whatever_cannot_be_rendered_is_refused_and_never_altered(document: Document) -> None:
    try:
        rendered = rlx.render([document])
    except FormatError:
        return
    assert parse_one(rendered) == document


def test_every_metadata_line_survives() -> None:
    meta = {"licence": "CC0", "url": "https://example.org/#a", "date": "", "title": " [x] ", "source": "#me"}
    assert parse_one(rlx.render([Document("a", "Text.", meta=meta)])).meta == meta


def test_scores_and_evidence_are_not_held() -> None:
    mentions = (Mention(0, 1, "X", ("a",), 0.5), Mention(2, 3, "X", ("b",), 0.5))
    relation = Relation("a", "r", "b", score=0.5, evidence=(Evidence((0, 1), (2, 3)),))
    back = parse_one(rlx.render([Document("d", "a b", mentions, (relation,))]))
    assert back.relations[0].score is None
    assert back.relations[0].evidence == ()
    assert back.mentions[0].score is None


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (Document("a", "x\n\ny"), "empty paragraph at offset 2"),
        (Document("a", "x\n"), "empty paragraph at offset 2"),
        (Document("a", "\nx"), "empty paragraph at offset 0"),
        (Document("a", "x\n \u00a0\ny"), "empty paragraph at offset 2"),
        (Document("a", "x\r\ny"), "carriage return at offset 1"),
        (Document("a", "x\ny", (Mention(0, 3, "X", ("x",)),)), "mention 0–3 runs over a line end"),
        (Document("a", "x", (Mention(0, 1, "1X", ("x",)),)), "mention type '1X'"),
        (Document("a", "x", (Mention(0, 1, "X", ("#x",)),)), "entity id '#x'"),
        (
            Document("a", "x y", (Mention(0, 1, "X", ("x",)), Mention(2, 3, "X", ("y",))), (Relation("x", "=", "y"),)),
            "'='",
        ),
        (Document("a", "x", meta={"split": "dev", "title": "t"}), "no line for metadata split"),
        (Document("a", "x", meta={"title": "one\ntwo"}), "metadata 'title' has a line break"),
        (Document(" a", "x"), "its id must be one line"),
        (Document("a\nb", "x"), "its id must be one line"),
    ],
)
def test_what_the_format_cannot_hold_is_refused_with_document_and_place(document: Document, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        rlx.render([document])
    assert message in str(caught.value)
    assert repr(document.id) in str(caught.value)


def test_wrapped_lines_are_written_as_one_paragraph(tmp_path: Path) -> None:
    text = "Norway and Ghana have agreed to\nmeet again this summer in New\nYork City, or later in Accra\nand Lima."
    start = text.index("New")
    mention = Mention(start, start + len("New York"), "GPE", ("nyc",))
    rlx.write([Document("a", text, (mention,))], tmp_path / "a.rlx")
    (back,) = rlx.iterate([tmp_path / "a.rlx"])
    assert back == Document("a", text.replace("\n", " "), (mention,))


def test_wrapped_lines_may_end_in_a_carriage_return_too() -> None:
    text = "Norway and Ghana have agreed to\nmeet again this summer in New\nYork City, or later in Accra\nand Lima."
    other = text.replace("\n", "\r\n")

    def mark(own: str) -> Document:
        spans = [(own.index(first), own.index(last) + len(last)) for first, last in (("New", "York"), ("Lima", "Lima"))]
        return Document("a", own, tuple(Mention(*span, "GPE", (f"e{i}",)) for i, span in enumerate(spans)))

    assert rlx.fit(mark(other), Drops("test")) == rlx.fit(mark(text), Drops("test"))


def test_scores_evidence_and_links_are_counted() -> None:
    mentions = (Mention(0, 1, "X", ("a",), 0.5), Mention(2, 3, "X", ("b",)))
    relation = Relation("a", "r", "b", score=0.5, evidence=(Evidence((0, 1), (2, 3)),))
    drops = Drops("test")
    rlx.fit(Document("d", "a b", mentions, (relation,), {}, {"a": Link(wikidata="Q1")}), drops)
    assert sorted(drops.counts.items()) == [
        ("links of entities to countries, Wikidata or dates (write jsonl to keep them)", 1),
        ("pairs of mentions that are evidence (write jsonl to keep them)", 1),
        ("scores of mentions and relations (write jsonl to keep them)", 2),
    ]


def test_blank_lines_are_taken_out_of_what_is_written_and_mentions_move_along(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = "\r\nFrance met.\r\n \n\nÀ Rome, Peru.\rChad\n"
    spans = {name: (text.index(name), text.index(name) + len(name)) for name in ("France", "Rome", "Peru", "Chad")}
    mentions = tuple(Mention(*span, "GPE", (name.lower(),)) for name, span in spans.items())
    relation = Relation("france", "visited", "chad", evidence=(Evidence(spans["France"], spans["Chad"]),))
    document = Document("a", text, mentions, (relation,), {"title": "one\ntwo", "lang": "en", "date": "1"})
    path = tmp_path / "a.rlx"
    rlx.write([document, Document("b", "x\n\ny"), Document("c", "x")], path)
    first, *others = rlx.iterate([path])
    assert first.text == "France met.\nÀ Rome, Peru.\nChad"
    assert [first.text[m.start : m.end] for m in first.mentions] == list(spans)
    assert first.meta == {"title": "one two", "date": "1"}
    assert [other.text for other in others] == ["x\ny", "x"]
    (told,) = caplog.messages
    assert "2 texts' blank lines" in told
    assert "2 values of metadata" in told


def test_evidence_moves_with_the_mentions() -> None:
    mentions = (Mention(1, 2, "X", ("a",)), Mention(5, 6, "X", ("b",)))
    relation = Relation("a", "r", "b", evidence=(Evidence((1, 2), (5, 6)),))
    moved = rlx.fit(Document("d", "\na\n\n b", mentions, (relation,)), Drops("test"))
    assert moved.text == "a\n b"
    assert moved.relations[0].evidence == (Evidence((0, 1), (3, 4)),)


@pytest.mark.parametrize("span", [(0, 1), (1, 3), (2, 3), (3, 7), (3, 8), (6, 8)])
def test_a_mention_outside_the_lines_that_are_kept_is_refused(span: tuple[int, int]) -> None:
    document = Document("d", "\n \r\nab\n cd", (Mention(*span, "X", ("a",)),))
    with pytest.raises(FormatError, match=rf"mention {span[0]}–{span[1]} runs over a line end"):
        rlx.fit(document, Drops("test"))


@given(documents(any_text=True))
def test_whatever_fits_can_be_rendered_and_mentions_keep_their_text(document: Document) -> None:
    try:
        moved = rlx.fit(document, Drops("test"))
        rendered = rlx.render([moved])
    except FormatError:
        return
    assert parse_one(rendered) == moved
    surfaces, kept = ([d.text[m.start : m.end] for m in d.mentions] for d in (document, moved))
    assert surfaces == kept


def test_two_documents_of_one_id_are_not_written() -> None:
    with pytest.raises(FormatError, match="'a' occurs twice"):
        rlx.render([Document("a", "x"), Document("a", "y")])


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ("[x](GPE)", "3: document 'a': no tag after ']'"),
        ("[x] y", "3: document 'a': no tag after ']'"),
        ("[x](GPE  x)", "3: document 'a': no tag after ']'"),
        ("[x](GPE x+)", "3: document 'a': no tag after ']'"),
        ("[x](GPE #x)", "3: document 'a': no tag after ']'"),
        ("[x](9 x)", "3: document 'a': no tag after ']'"),
        ("x](GPE x)", "3: document 'a': ']' without '['"),
        ("[x", "3: document 'a': '[' is never closed"),
        ("[](GPE x)", "3: document 'a': (GPE x): mention 0–0"),
        ("[x](GPE x+x)", "3: document 'a': (GPE x+x): mention 0–1: an entity id is given twice"),
        ("[[x](GPE x)](ORG y)", "3: document 'a': (ORG y): two mentions on one span (GPE and ORG)"),
        ("[x](GPE x) [y](ORG x)", "3: document 'a': (ORG x): entity 'x' is GPE before"),
        (r"a \n b", r"3: document 'a': '\n' is no escape"),
        ("a \\", "3: document 'a': '\\' is no escape"),
        (r"\[x\](GPE x)", "3: document 'a': '(' right after a literal ']'"),
        ("a\rb", "3: document 'a': a carriage return inside a line"),
        ("# 1", "3: document 'a': unknown line '# 1'"),
        ("#docs b", "3: document 'a': unknown line '#docs b'"),
        ("x\n#title t", "4: document 'a': #title stands after the text"),
        ("#date 1\n#date 2", "4: document 'a': #date is given twice"),
        ("#rel\n#rel", "4: document 'a': a second '#rel'"),
        ("#rel\n#title t", "4: document 'a': #title stands after the text"),
        ("[x](GPE x)\n#rel\nx r", "5: document 'a': not a relation: 'x r'"),
        ("[x](GPE x) [y](GPE y)\n#rel\nx r y maybe", "5: document 'a': not a relation"),
        ("[x](GPE x) [y](GPE y)\n#rel\nx r y ? !", "5: document 'a': not a relation"),
        ("[x](GPE x)\n#rel\nx r nobody", "5: document 'a': relation 'x r nobody' uses nobody, which no mention has"),
        ("[x](GPE x)\n#rel\nx r x", "5: document 'a': relation x r x: head and tail are the same"),
        ("[x](GPE x) [y](GPE y)\n#rel\nx = y", "5: document 'a': relation type '='"),
        ("[x](GPE x) [y](GPE y)\n#rel\nx r y\nx r y ?", "6: document 'a': relation 'x r y' is stated twice"),
        ("#doc", "3: document '': no id after '#doc'"),
        ("x\n#doc a\ny", "4: document 'a': this document id occurs twice"),
    ],
)
def test_each_fault_is_told_with_file_line_and_document(tmp_path: Path, lines: str, fault: str) -> None:
    (found,) = faults_of(tmp_path, f"#doc a\n#title t\n{lines}\n")
    assert found.startswith(fault)


def test_text_before_the_first_document_is_one_fault(tmp_path: Path) -> None:
    (found,) = faults_of(tmp_path, "## fine\n\nx\ny\n#doc a\nz\n")
    assert found.startswith("3: text before the first document")


def test_all_faults_of_a_file_are_collected(tmp_path: Path) -> None:
    found = faults_of(tmp_path, "#doc a\n[x](GPE) [y](GPE y)\n#rel\ny r q\n#doc b\n#odd\n")
    assert [fault.split(": ")[0] for fault in found] == ["2", "4", "6"]


def test_a_mention_over_two_paragraphs_is_a_fault_of_both(tmp_path: Path) -> None:
    first, second = faults_of(tmp_path, "#doc a\n[x\ny](GPE x)\n")
    assert first.startswith("2: document 'a': '[' is never closed")
    assert second.startswith("3: document 'a': ']' without '['")


def test_a_file_without_faults_has_none(tmp_path: Path) -> None:
    assert faults_of(tmp_path, VISIT) == []


def test_faults_of_a_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "a.rlx"
    path.write_bytes("#doc a\ncafé\n".encode("latin-1"))
    (found,) = rlx.faults(path)
    assert found.startswith(f"{path}:2: byte 0xe9 at byte offset 10 is not UTF-8")


def test_reading_stops_at_the_first_fault_and_counts_the_others(tmp_path: Path) -> None:
    path = tmp_path / "a.rlx"
    path.write_text("#doc a\n[x\ny]\nz]\n", encoding="utf-8")
    with pytest.raises(FormatError) as caught:
        list(rlx.iterate([path]))
    assert str(caught.value).startswith(f"{path}:2: document 'a': '[' is never closed")
    assert "and 2 more" in str(caught.value)
