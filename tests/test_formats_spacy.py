"""spaCy's Doc objects and .spacy files, in and out; without spaCy only what is said then."""

from __future__ import annotations

import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from relex import formats
from relex.document import Document, Evidence, Link, Mention, Relation
from relex.errors import DocumentError, FormatError
from relex.formats.spacy import from_doc, to_doc
from strategies import documents
from there_and_back import go_and_return

DOCUMENT = Document(
    "visit-1",
    "The mayor of  Bonn met Dr. Roe's aides.\nBoth spoke.",
    (
        Mention(0, 18, "PERSON", ("mayor",), 0.5),
        Mention(14, 18, "GPE", ("bonn",)),
        Mention(23, 30, "PERSON", ("roe",), 0.25),
        Mention(40, 44, "PERSON", ("mayor", "roe")),
    ),
    (Relation("mayor", "met", "roe", "planned", 0.75, (Evidence((0, 18), (23, 30)),)), Relation("mayor", "of", "bonn")),
    {"source": "made up"},
    {"bonn": Link("DE", "Q586"), "mayor": Link(wikidata="Q30185")},
)


@pytest.fixture
def spacy() -> Any:
    return pytest.importorskip("spacy")


def test_without_spacy_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)
    (tmp_path / "a.spacy").touch()
    for call in (
        lambda: formats.read(tmp_path / "a.spacy"),
        lambda: formats.write([DOCUMENT], tmp_path / "b.spacy"),
        lambda: to_doc(DOCUMENT),
    ):
        with pytest.raises(FormatError, match=r"needs spaCy; install it with pip install 'relex\[spacy\]'"):
            call()
    assert not (tmp_path / "b.spacy").exists()


def test_a_doc_has_all_mentions_in_its_spans_and_the_outermost_in_its_ents(spacy: Any) -> None:
    doc = to_doc(DOCUMENT)
    assert doc.text == DOCUMENT.text
    assert [(s.start_char, s.end_char, s.label_, s.id_, s.kb_id_) for s in doc.spans["sc"]] == [
        (0, 18, "PERSON", "mayor", "Q30185"),
        (14, 18, "GPE", "bonn", "Q586"),
        (23, 30, "PERSON", "roe", ""),
        (40, 44, "PERSON", "mayor+roe", ""),
    ]
    assert doc.spans["sc"].attrs == {"scores": [0.5, None, 0.25, None]}
    assert [ent.text for ent in doc.ents] == ["The mayor of  Bonn", "Dr. Roe", "Both"]
    assert doc.user_data["relex"] == {key: DOCUMENT.to_dict()[key] for key in ("id", "meta", "relations")} | {
        "entities": [
            {"id": "mayor", "link": {"wikidata": "Q30185"}},
            {"id": "bonn", "link": {"iso3166": "DE", "wikidata": "Q586"}},
        ]
    }


def test_words_are_those_of_the_tokenizer_cut_where_mentions_begin_and_end(spacy: Any) -> None:
    text = "Ada's aides left Bonn-Mitte."
    mentions = (Mention(0, 3, "PERSON", ("ada",)), Mention(17, 21, "GPE", ("bonn",)))
    words = [token.text for token in to_doc(Document("d", text, mentions))]
    assert words == ["Ada", "'s", "aides", "left", "Bonn", "-", "Mitte", "."]
    nlp = spacy.blank("xx")
    nlp.tokenizer = lambda text: spacy.tokens.Doc(nlp.vocab, words=text.split(" "))
    assert [token.text for token in to_doc(Document("d", text), nlp=nlp)] == ["Ada's", "aides", "left", "Bonn-Mitte."]


def test_a_file_keeps_all_that_a_document_holds(spacy: Any, tmp_path: Path) -> None:
    formats.write([DOCUMENT, Document("empty", "")], tmp_path / "a.spacy")
    first, second = formats.read(tmp_path / "a.spacy")
    assert first.to_dict() == DOCUMENT.to_dict()
    assert (second.id, second.text) == ("empty", "")


@given(documents(any_text=True))
@settings(max_examples=50)
def test_any_document_comes_back_as_it_was(document: Document) -> None:
    pytest.importorskip("spacy")
    back = go_and_return(document, format="spacy")
    assert back == document
    assert back.to_dict() == document.to_dict()


def make_doc(spacy: Any, *words: str) -> Any:
    return spacy.tokens.Doc(spacy.vocab.Vocab(), words=list(words))


def test_of_a_doc_from_elsewhere_the_ents_are_read_each_an_entity_of_its_own(spacy: Any, tmp_path: Path) -> None:
    doc = make_doc(spacy, "Ada", "Roe", "left", "Kyiv")
    span = spacy.tokens.Span
    doc.set_ents([span(doc, 0, 2, label="PERSON"), span(doc, 3, 4, label="city state", kb_id="Q1899")])
    document = from_doc(doc)
    assert (document.id, document.text) == ("doc", "Ada Roe left Kyiv ")
    assert [(e.id, e.type, e.name) for e in document.entities] == [
        ("e0", "PERSON", "Ada Roe"),
        ("e1", "city_state", "Kyiv"),
    ]
    assert document.entity("e1").link == Link(wikidata="Q1899")
    spacy.tokens.DocBin(docs=[doc]).to_disk(tmp_path / "own.spacy")
    (read,) = formats.read(tmp_path / "own.spacy")
    assert (read, read.id) == (document, "own-0")


def test_spans_go_before_ents_and_their_ids_name_entities(spacy: Any, caplog: pytest.LogCaptureFixture) -> None:
    doc = make_doc(spacy, "Ada", "Roe", "ran", "Kyiv", "she", "said")
    span = spacy.tokens.Span
    doc.set_ents([span(doc, 3, 4, label="GPE")])
    doc.spans["sc"] = [
        span(doc, 0, 2, label="PERSON", span_id="e1"),
        span(doc, 4, 5, label="PERSON", span_id="e1"),
        span(doc, 1, 3, label="EVENT"),
        span(doc, 3, 4, label="GPE", span_id="e1"),
        span(doc, 5, 6, label="EVENT", span_id="no word"),
        span(doc, 2, 3, label=""),
    ]
    document = from_doc(doc)
    assert [(document.text[m.start : m.end], m.entities) for m in document.mentions] == [
        ("Ada Roe", ("e1",)),
        ("Kyiv", ("e0",)),
        ("she", ("e1",)),
        ("said", ("e2",)),
    ]
    for count in ("1 mentions that cross another", "1 spans without text or label", "2 ids that are no word"):
        assert count in caplog.text
    assert len(caplog.records) == 1


def test_of_several_labels_on_a_span_the_surest_is_kept(spacy: Any, caplog: pytest.LogCaptureFixture) -> None:
    doc = make_doc(spacy, "Ada", "left")
    doc.spans["sc"] = [spacy.tokens.Span(doc, 0, 1, label=label) for label in ("GPE", "PERSON")]
    doc.spans["sc"].attrs["scores"] = [0.25, 0.5]
    document = from_doc(doc)
    assert [(m.type, m.score) for m in document.mentions] == [("PERSON", 0.5)]
    assert "1 mentions on the span of another" in caplog.text


def test_a_relation_goes_with_its_mentions(spacy: Any, caplog: pytest.LogCaptureFixture) -> None:
    doc = to_doc(DOCUMENT)
    doc.spans["sc"] = [span for span in doc.spans["sc"] if span.label_ == "PERSON" and span.start_char != 23]
    document = from_doc(doc)
    assert document.relations == DOCUMENT.relations[:1]
    assert document.relations[0].evidence == ()
    assert "1 relations whose mentions are left out" in caplog.text


@pytest.mark.parametrize(
    "value",
    [[], "x", {"relations": 3}, {"relations": [{}]}, {"relations": [{"head": "a", "tail": []}]}, {"entities": [1]}],
)
def test_user_data_of_another_form_is_told(spacy: Any, value: Any) -> None:
    doc = make_doc(spacy, "Ada")
    doc.user_data["relex"] = value
    with pytest.raises(DocumentError, match="is not as relex writes it"):
        from_doc(doc)


def test_an_unknown_key_of_user_data_is_told_with_file_and_position(spacy: Any, tmp_path: Path) -> None:
    doc = make_doc(spacy, "Ada")
    doc.user_data["relex"] = {"links": []}
    spacy.tokens.DocBin(docs=[doc], store_user_data=True).to_disk(tmp_path / "a.spacy")
    with pytest.raises(FormatError, match=r"a\.spacy: document 0: document: unknown key links"):
        formats.read(tmp_path / "a.spacy")


@pytest.mark.parametrize(
    "data",
    [b"", b"text", zlib.compress(b""), zlib.compress(b"\x81\xa1a"), zlib.compress(b"\x01"), zlib.compress(b"\x80")],
)
def test_a_file_that_is_no_docbin_is_told(spacy: Any, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.spacy").write_bytes(data)
    with pytest.raises(FormatError, match=r"a\.spacy: not a DocBin of spaCy 3"):
        formats.read(tmp_path / "a.spacy")


def test_one_id_twice_in_a_file_is_a_fault(spacy: Any, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="'visit-1' occurs twice"):
        formats.write([DOCUMENT, DOCUMENT], tmp_path / "a.spacy")
    assert list(tmp_path.iterdir()) == []
