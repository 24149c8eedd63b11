"""The JSON lines of DyGIE++: entities from clusters, evidence from pairs of mentions, and what has no place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from relex import evaluate, formats
from relex.document import Document, Evidence, Mention, Relation
from relex.errors import FormatError
from relex.metrics import Counts
from round_trips import actual, bare, clusters, evidence, facts, places, round_trip, without_groups
from strategies import documents

RECORD: dict[str, Any] = {
    "doc_key": "visit",
    "sentences": [["Ann", "Poe", "leads", "Acme", "."], ["She", "lives", "in", "Bonn", ".", "It", "is", "calm", "."]],
    "ner": [[[0, 1, "PER"], [3, 3, "ORG"]], [[8, 8, "GPE"], [5, 5, "PER"], [10, 10, "Generic"]]],
    "relations": [[[0, 1, 3, 3, "heads"]], [[5, 5, 8, 8, "lives-in"]]],
    "clusters": [[[0, 1], [5, 5]], [[8, 8], [10, 10]]],
}


def save(path: Path, *records: Any) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def read_one(path: Path, format: str = "dygie") -> Document:
    (document,) = formats.read(path, format=format)
    return document


def load(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def surfaces(document: Document) -> dict[str, list[str]]:
    return {e.id: [document.text[m.start : m.end] for m in e.mentions] for e in document.entities}


def test_tokens_are_joined_by_a_space_and_sentences_are_lines(tmp_path: Path) -> None:
    document = read_one(save(tmp_path / "dev.json", RECORD))
    assert document.id == "visit"
    assert document.text == "Ann Poe leads Acme .\nShe lives in Bonn . It is calm ."


def test_a_label_of_several_words_is_read_as_one(tmp_path: Path) -> None:
    change = {"ner": [[[0, 1, "Task (other)"], [3, 3, "ORG"]], []], "relations": [[[0, 1, 3, 3, "leads to"]], []]}
    document = read_one(save(tmp_path / "dev.json", RECORD | change | {"clusters": []}))
    assert [mention.type for mention in document.mentions] == ["Task_other_", "ORG"]
    assert [relation.type for relation in document.relations] == ["leads_to"]


def test_a_cluster_is_an_entity_and_every_other_mention_one_of_its_own(tmp_path: Path) -> None:
    record = RECORD | {"clusters": RECORD["clusters"][:1]}
    document = read_one(save(tmp_path / "dev.json", record))
    assert surfaces(document) == {"e0": ["Ann Poe", "She"], "e1": ["Acme"], "e2": ["Bonn"], "e3": ["It"]}
    assert document.relations == (Relation("e0", "heads", "e1"), Relation("e0", "lives-in", "e2"))


def test_a_cluster_of_two_types_is_two_entities_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    document = read_one(save(tmp_path / "dev.json", RECORD))
    assert [(e.name, e.type) for e in document.entities if e.id in ("e2", "e3")] == [("Bonn", "GPE"), ("It", "Generic")]
    assert "left out 1 links of coreference between mentions of different types" in caplog.text


def test_one_fact_of_several_pairs_of_mentions_is_one_relation_with_their_evidence(tmp_path: Path) -> None:
    record = RECORD | {
        "sentences": [["Poe", "left", "Bonn", "."], ["Poe", "left", "Bonn", "."]],
        "ner": [[[0, 0, "PER"], [2, 2, "GPE"]], [[4, 4, "PER"], [6, 6, "GPE"]]],
        "clusters": [[[0, 0], [4, 4]], [[2, 2], [6, 6]]],
        "relations": [[[0, 0, 2, 2, "left"], [0, 0, 2, 2, "left"]], [[4, 4, 6, 6, "left"]]],
    }
    document = read_one(save(tmp_path / "dev.json", record))
    assert document.relations == (Relation("e0", "left", "e1"),)
    assert document.relations[0].evidence == (Evidence((0, 3), (9, 13)), Evidence((16, 19), (25, 29)))
    formats.write([document], tmp_path / "new.json", format="dygie")
    assert load(tmp_path / "new.json")[0]["relations"] == [[[0, 0, 2, 2, "left"]], [[4, 4, 6, 6, "left"]]]


def test_a_system_without_clusters_finds_each_pair_that_gold_states(tmp_path: Path) -> None:
    record = RECORD | {
        "sentences": [["Poe", "left", "Bonn", "."], ["Poe", "left", "Bonn", "."]],
        "ner": [[[0, 0, "PER"], [2, 2, "GPE"]], [[4, 4, "PER"], [6, 6, "GPE"]]],
        "clusters": [[[0, 0], [4, 4]], [[2, 2], [6, 6]]],
        "relations": [[[0, 0, 2, 2, "left"]], [[4, 4, 6, 6, "left"]]],
    }
    answer = {f"predicted_{layer}": record[layer] for layer in ("ner", "relations")}
    path = save(tmp_path / "test.json", record | answer)
    clustered = save(tmp_path / "more.json", record | answer | {"predicted_clusters": record["clusters"]})
    for predictions in (path, clustered):
        report = evaluate([read_one(path)], [read_one(predictions, "dygie-predicted")])
        for level in ("relation-mention", "relation-boundary", "relation-undirected"):
            assert report.micro(level) == Counts(2, 2, 2)


def test_what_is_read_is_written_as_it_was(tmp_path: Path) -> None:
    # "It" and "Bonn" differ in type, so their cluster has no place; the rest does not change.
    document = read_one(save(tmp_path / "dev.json", RECORD))
    formats.write([document], tmp_path / "new.json", format="dygie")
    (written,) = load(tmp_path / "new.json")
    expected = RECORD | {"clusters": RECORD["clusters"][:1]}
    expected["ner"] = [sorted(sentence) for sentence in RECORD["ner"]]
    assert written == expected


def test_lines_stay_sentences_even_where_a_rule_would_end_one(tmp_path: Path) -> None:
    record = {"doc_key": "d", "sentences": [["Stop", "!", "Go", "."], [], ["now"]], "ner": [], "relations": []}
    document = read_one(save(tmp_path / "dev.json", record))
    assert len(document.sentences) == 3
    formats.write([document], tmp_path / "new.json", format="dygie")
    assert load(tmp_path / "new.json")[0]["sentences"] == record["sentences"]


def test_white_space_in_a_token_moves_no_offset(tmp_path: Path) -> None:
    record = {
        "doc_key": "d",
        "sentences": [["New\nYork", " ", "and", "", "Bonn"], ["\t", "Acme"]],
        "ner": [[[0, 1, "GPE"], [3, 4, "GPE"]], [[5, 6, "ORG"]]],
        "relations": [[[0, 1, 3, 4, "near"]], []],
    }
    document = read_one(save(tmp_path / "dev.json", record))
    assert document.text == "New York and Bonn\nAcme"
    assert surfaces(document) == {"e0": ["New York"], "e1": ["Bonn"], "e2": ["Acme"]}
    assert round_trip([document], "dygie") == [document]


def test_a_text_is_cut_into_its_sentences_at_white_space_and_at_mentions(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = "Acme's chief, Poe, left. Bonn mourns\nPoe. Both cried."
    spans = [(0, 4, "acme"), (14, 17, "poe"), (25, 29, "bonn"), (37, 40, "poe")]
    mentions = [Mention(start, end, "X", (entity,)) for start, end, entity in spans]
    mentions.append(Mention(42, 46, "X", ("poe", "bonn")))
    relations = (
        Relation("poe", "heads", "acme"),
        Relation("bonn", "mourns", "poe"),
        Relation("acme", "in", "poe", "planned"),
    )
    formats.write([Document("d", text, tuple(mentions), relations)], tmp_path / "a.json", format="dygie")
    (written,) = load(tmp_path / "a.json")
    assert written["sentences"] == [
        ["Acme", "'s", "chief,", "Poe", ",", "left."],
        ["Bonn", "mourns"],
        ["Poe", "."],
        ["Both", "cried."],
    ]
    assert written["ner"] == [[[0, 0, "X"], [3, 3, "X"]], [[6, 6, "X"]], [[8, 8, "X"]], [[10, 10, "X"]]]
    assert written["clusters"] == [[[3, 3], [8, 8]]]
    assert written["relations"] == [[[3, 3, 0, 0, "heads"]], [], [], []]
    assert "1 group mentions" in caplog.text
    assert "1 planned or negated relations" in caplog.text
    assert "1 relations that no two mentions of one sentence carry" in caplog.text


def test_a_mention_over_the_end_of_a_sentence_joins_the_two(tmp_path: Path) -> None:
    document = Document("d", "He saw Ham. Then Spam. Then left.", (Mention(7, 21, "X", ("a",)),))
    formats.write([document], tmp_path / "a.json", format="dygie")
    assert [len(sentence) for sentence in load(tmp_path / "a.json")[0]["sentences"]] == [6, 2]
    (back,) = formats.read(tmp_path / "a.json", format="dygie")
    assert surfaces(back) == {"e0": ["Ham. Then Spam"]}


def test_a_sentence_may_end_within_a_word(tmp_path: Path) -> None:
    formats.write([Document("d", "He left.“Now I pay” was all.")], tmp_path / "a.json", format="dygie")
    (written,) = load(tmp_path / "a.json")
    assert written["sentences"] == [["He", "left."], ["“Now", "I", "pay”", "was", "all."]]


def test_layers_may_be_missing_and_events_are_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    record = {"doc_key": 7, "sentences": [["No", "news", "."]], "events": [[[[1, "Die"]], [[2, "Meet"], [0, 0, "X"]]]]}
    assert read_one(save(tmp_path / "dev.json", record)) == Document("7", "No news .")
    assert "2 events" in caplog.text


def test_what_a_mention_or_a_relation_lacks_is_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    record = RECORD | {
        "ner": [[[0, 1, "PER"], [2, 3, "ORG"], [2, 3, "GPE"], [3, 4, "X"]], [[5, 5, "PER"]]],
        "relations": [[[0, 1, 8, 8, "lives-in"]], [[0, 1, 5, 5, "is"]]],
        "clusters": [[[0, 1], [5, 5]], [[5, 5], [8, 8]]],
    }
    document = read_one(save(tmp_path / "dev.json", record))
    assert surfaces(document) == {"e0": ["Ann Poe", "She"], "e1": ["leads Acme"]}
    assert document.relations == ()
    for count in (
        "1 mentions that cross another",
        "1 mentions on the span of another",
        "1 relations of spans that are no mention",
        "1 relations of an entity to itself",
        "1 places of a mention in a second cluster",
        "1 coreferent spans that are no mention",
    ):
        assert count in caplog.text


def test_a_systems_output_is_read_with_its_probabilities(tmp_path: Path) -> None:
    predictions = {
        "predicted_ner": [[[3, 3, "ORG", 4.5, 0.75]], [[5, 5, "PER", 2.0, 0.5], [8, 8, "GPE", 9.0, 1.0]]],
        "predicted_relations": [[], [[5, 5, 8, 8, "lives-in", 3.0, 0.25]]],
        "predicted_clusters": [],
    }
    path = save(tmp_path / "out.json", RECORD | predictions)
    document = read_one(path, "dygie-predicted")
    assert [(m.type, m.score) for m in document.mentions] == [("ORG", 0.75), ("PER", 0.5), ("GPE", 1.0)]
    assert [(str(r), r.score) for r in document.relations] == [("e1 lives-in e2", 0.25)]
    assert read_one(path) == read_one(save(tmp_path / "dev.json", RECORD))


def test_a_fact_predicted_of_several_pairs_has_the_highest_probability(tmp_path: Path) -> None:
    predictions = {
        "predicted_ner": [[[3, 3, "ORG"]], [[5, 5, "PER"], [8, 8, "PER"]]],
        "predicted_relations": [[], [[5, 5, 3, 3, "heads", 0.0, 0.25], [8, 8, 3, 3, "heads", 2.0, 0.75]]],
        "predicted_clusters": [[[5, 5], [8, 8]]],
    }
    document = read_one(save(tmp_path / "out.json", RECORD | predictions), "dygie-predicted")
    assert [(str(own), own.score) for own in document.relations] == [("e1 heads e0", 0.75)]


def test_relations_predicted_of_gold_mentions_are_read_with_these(tmp_path: Path) -> None:
    path = save(tmp_path / "out.json", RECORD | {"predicted_relations": [[], []]})
    document = read_one(path, "dygie-predicted")
    assert len(document.mentions) == 5
    assert document.relations == ()
    with pytest.raises(FormatError, match=r"dev\.json:1: nothing predicted; give the output of a system"):
        formats.read(save(tmp_path / "dev.json", RECORD), format="dygie-predicted")


@pytest.mark.parametrize(
    "change",
    [
        {"sentences": None},
        {"sentences": ["Ann Poe"]},
        {"sentences": [[1, 2]]},
        {"ner": [[[0, 99, "PER"]]]},
        {"ner": [[[-2, 1, "PER"]]]},
        {"ner": [[[1, 0, "PER"]]]},
        {"ner": [[[0, 1]]]},
        {"ner": [[["0", "1", "PER"]]]},
        {"relations": [[[0, 1, 3, 3]]]},
        {"clusters": [[0, 1]]},
        {"ner": [[[0, 1, "PER", 2.5, "sure"]]]},
        {"relations": [[[0, 1, 3, 3, "heads", 2.5, "sure"]]]},
    ],
)
def test_a_line_of_another_form_is_told_with_file_and_line(tmp_path: Path, change: dict[str, Any]) -> None:
    path = save(tmp_path / "dev.json", RECORD, RECORD | {"doc_key": "two"} | change)
    with pytest.raises(FormatError) as caught:
        formats.read(path, format="dygie")
    assert str(caught.value).startswith(f"{path}:2: ")


def test_a_line_that_is_no_object_is_told(tmp_path: Path) -> None:
    path = tmp_path / "dev.json"
    path.write_text("\n[1]\n")
    with pytest.raises(FormatError, match=r"dev\.json:2: expected an object, not list; write one object a line"):
        formats.read(path, format="dygie")


def test_one_id_twice_in_a_file_is_a_fault(tmp_path: Path) -> None:
    path = save(tmp_path / "dev.json", RECORD, RECORD)
    with pytest.raises(FormatError, match="'visit' occurs twice"):
        formats.read(path, format="dygie")


@given(documents(any_text=True))
def test_mentions_and_entities_come_back(document: Document) -> None:
    original = without_groups(document)
    (back,) = round_trip([original], "dygie")
    assert back.id == original.id
    assert bare(back.text) == bare(original.text)
    assert places(back) == places(original)
    assert clusters(back) == clusters(original)
    assert facts(back) <= facts(actual(original))


@given(documents(any_text=True))
def test_what_has_been_written_once_does_not_change_again(document: Document) -> None:
    (once,) = round_trip([document], "dygie")
    (twice,) = round_trip([once], "dygie")
    assert twice == once
    assert evidence(twice) == evidence(once)
