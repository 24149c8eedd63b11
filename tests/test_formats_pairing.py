"""Predictions brought to the gold documents that they are for: by id, by order, and on other white space."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from shutil import copyfile

import pytest
from hypothesis import given

from relex import evaluate, formats
from relex.document import Document, Evidence, Mention, Relation
from relex.errors import FormatError
from relex.formats.evidence import STATED
from relex.formats.pairing import fit_predictions
from strategies import documents

TEXTS = ("Ada left Kyiv .", "Bo met Ada .")


def tagged(text: str, name: str) -> Document:
    """Return a text whose first and third words are related."""
    words = text.split()
    last = text.index(words[2])
    mentions = (Mention(0, len(words[0]), "X", ("a",)), Mention(last, last + len(words[2]), "X", ("b",)))
    return Document(name, text, mentions, (Relation("a", "r", "b"),))


GOLD = [tagged(text, f"gold-{i}") for i, text in enumerate(TEXTS)]
OTHERS = [replace(own, id=f"other-{i}") for i, own in enumerate(GOLD)]


def test_predictions_of_the_ids_of_gold_stay_as_they_are(caplog: pytest.LogCaptureFixture) -> None:
    backwards = GOLD[::-1]
    assert all(own is other for own, other in zip(fit_predictions(backwards, GOLD, "p"), backwards, strict=True))
    assert fit_predictions(GOLD[1:], GOLD, "p") == GOLD[1:]
    assert fit_predictions([], GOLD, "p") == []
    assert caplog.text == ""


def test_predictions_of_other_ids_are_paired_by_order_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    fitted = fit_predictions(OTHERS, GOLD, "p.json")
    assert [(own.id, own) for own in fitted] == [(own.id, own) for own in GOLD]
    (told,) = caplog.messages
    assert told == "p.json: paired with gold documents by order, for by id gold lacks 2 of 2 ids, 'other-0' first"


def test_ids_that_name_other_texts_of_gold_pair_nothing(caplog: pytest.LogCaptureFixture) -> None:
    swapped = [replace(own, id=other.id) for own, other in zip(GOLD, GOLD[::-1], strict=True)]
    assert [own.id for own in fit_predictions(swapped, GOLD, "p")] == ["gold-0", "gold-1"]
    assert "document 'gold-1' has 'Ada left Kyiv .' where gold document 'gold-1' has 'Bo met Ada .'" in caplog.text


@pytest.mark.parametrize(
    ("predicted", "told"),
    [
        (
            OTHERS[:1],
            "by id, gold lacks 1 of 1 ids, 'other-0' first; by order, there are 1 predictions for 2 documents;",
        ),
        (
            OTHERS[::-1],
            "by order, document 'other-1' has 'Bo met Ada .' where gold document 'gold-0' has 'Ada left Kyiv",
        ),
        ([OTHERS[0], replace(OTHERS[1], text="Bo met Ada . Oh")], "by order, document 'other-1' has 'Oh' where gold"),
        (
            [GOLD[0], Document("gold-1", "Bo")],
            "by id, document 'gold-1' has no more where gold document 'gold-1' has 'met Ada .'; by order, document",
        ),
        (
            [GOLD[0], Document("gold-1", "Bo  met Ada .", (Mention(2, 3, "X", ("a",)),))],
            "a mention of white space alone",
        ),
        (
            [
                GOLD[0],
                Document("gold-1", "Bo  met Ada .", (Mention(0, 3, "X", ("a",)), Mention(0, 2, "X", ("b",)))),
            ],
            "two mentions on one span",
        ),
    ],
)
def test_what_fits_neither_by_id_nor_by_order_is_told(predicted: list[Document], told: str) -> None:
    with pytest.raises(FormatError) as caught:
        fit_predictions(predicted, GOLD, "p.json")
    assert str(caught.value).startswith("p.json: no predictions for these gold documents: by id, ")
    assert told in str(caught.value)


def test_offsets_on_other_white_space_are_moved_to_those_of_gold(caplog: pytest.LogCaptureFixture) -> None:
    mentions = (Mention(0, 2, "X", ("a",), 0.5), Mention(5, 9, "X", ("b",)))
    relation = Relation("a", "r", "b", evidence=(Evidence((0, 2), (5, 9)),))
    predicted = Document("d", "Bo's  Ada\n.", mentions, (relation,), {"sentences": "lines"})
    gold = Document("d", " Bo 's\u00a0Ada .", meta={"title": "T"})
    (moved,) = fit_predictions([predicted], [gold], "p")
    assert (moved.text, moved.meta) == (gold.text, gold.meta)
    assert [(m.start, m.end, m.score) for m in moved.mentions] == [(1, 3, 0.5), (7, 10, None)]
    assert moved.relations[0].evidence == (Evidence((1, 3), (7, 10)),)
    assert caplog.messages == ["p: 1 texts differ from gold in white space; their offsets are moved"]


@given(documents(any_text=True))
def test_what_is_moved_to_other_white_space_and_back_is_as_it_was(document: Document) -> None:
    text = document.text
    mentions = [m for m in document.mentions if text[m.start : m.end] == text[m.start : m.end].strip()]
    names = {name for mention in mentions for name in mention.entities}
    relations = [own for own in document.relations if {own.head, own.tail} <= names]
    original = replace(document, mentions=tuple(mentions), relations=tuple(relations))
    bare = Document(document.id, f" {' '.join(''.join(text.split()))}\n")
    (there,) = fit_predictions([original], [bare], "p")
    assert ["".join(bare.text[m.start : m.end].split()) for m in there.mentions] == [
        "".join(text[m.start : m.end].split()) for m in mentions
    ]
    (back,) = fit_predictions([there], [Document(document.id, text)], "p")
    assert back == original


def take_keys(path: Path) -> None:
    values = json.loads(path.read_text())
    path.write_text(json.dumps([{k: v for k, v in own.items() if k not in ("id", "orig_id")} for own in values]))


def take_lines(path: Path) -> None:
    path.write_text(re.sub(r"(?m)^(#doc|-DOCSTART-).*$", r"\1", path.read_text()))


def take_user_data(path: Path) -> None:
    spacy = import_module("spacy")
    docs = list(spacy.tokens.DocBin().from_disk(path).get_docs(spacy.vocab.Vocab()))
    spacy.tokens.DocBin(docs=docs).to_disk(path)


WITHOUT_IDS = {
    "conll04": take_keys,
    "conll04-multihead": take_lines,
    "bio": take_lines,
    "gliner": take_keys,
    "spacy": take_user_data,
}


@pytest.mark.parametrize("format", WITHOUT_IDS)
def test_a_file_without_ids_is_scored_under_any_name(
    format: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    if format == "spacy":
        pytest.importorskip("spacy")
    formats.write(GOLD, tmp_path / "gold", format=format)
    WITHOUT_IDS[format](tmp_path / "gold")
    copyfile(tmp_path / "gold", tmp_path / "predicted")
    gold = formats.read(tmp_path / "gold", format=format)
    assert gold[0].id == "gold-0"
    caplog.clear()
    predicted = formats.read_predictions(tmp_path / "predicted", gold, format=format)
    assert [(own.id, own) for own in predicted] == [(own.id, own) for own in gold]
    assert len(caplog.records) == 1


def test_the_output_of_spert_names_no_sentence_and_has_its_tokens(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    formats.write(GOLD, tmp_path / "predictions.json", format="conll04")
    take_keys(tmp_path / "predictions.json")
    gold = [replace(own, text=own.text.replace(" .", "\n.")) for own in GOLD]
    predicted = formats.read_predictions(tmp_path / "predictions.json", gold, format="conll04")
    assert evaluate(gold, predicted).micro("relation").f1 == 1
    assert len(caplog.records) == 2


def test_of_metadata_what_is_said_of_relations_is_that_of_the_prediction() -> None:
    texts = "Bo.", " Bo ."
    both = {"title": "T", **STATED}
    (marked,) = fit_predictions([Document("d", texts[0], meta=STATED)], [Document("d", texts[1])], "p")
    (bare,) = fit_predictions([Document("d", texts[0])], [Document("d", texts[1], meta=both)], "p")
    assert (marked.meta, bare.meta) == (STATED, {"title": "T"})
