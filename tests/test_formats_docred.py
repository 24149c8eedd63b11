"""DocRED: entities of a whole document, evidence sentences as pairs of mentions, and the form of results."""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from relex import formats
from relex.document import Document, Evidence, Mention, Relation
from relex.errors import FormatError
from relex.formats import docred_result
from round_trips import actual, bare, clusters, evidence, facts, places, round_trip
from strategies import documents

VALUE: dict[str, Any] = {
    "title": "Acme",
    "sents": [["Ann", "Poe", "leads", "Acme", "."], ["She", "lives", "in", "Bonn", "."], ["Acme", "pays", "."]],
    "vertexSet": [
        [{"name": "Bonn", "sent_id": 1, "pos": [3, 4], "type": "LOC"}],
        [
            {"name": "Ann Poe", "sent_id": 0, "pos": [0, 2], "type": "PER"},
            {"name": "She", "sent_id": 1, "pos": [0, 1], "type": "PER"},
        ],
        [
            {"name": "Acme", "sent_id": 0, "pos": [3, 4], "type": "ORG"},
            {"name": "Acme", "sent_id": 2, "pos": [0, 1], "type": "ORG"},
        ],
    ],
    "labels": [{"h": 1, "t": 2, "r": "P1037", "evidence": [0, 2]}, {"h": 1, "t": 0, "r": "P551", "evidence": [1]}],
}
POE, SHE, ACME, BONN, ACME_AGAIN = (0, 7), (21, 24), (14, 18), (34, 38), (41, 45)


def save(path: Path, *values: Any) -> Path:
    path.write_text(json.dumps(values), encoding="utf-8")
    return path


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def read_one(path: Path) -> Document:
    (document,) = formats.read(path, format="docred")
    return document


def changed(**changes: Any) -> dict[str, Any]:
    return copy.deepcopy(VALUE) | changes


def test_sentences_are_lines_and_an_entity_is_called_by_its_position(tmp_path: Path) -> None:
    document = read_one(save(tmp_path / "dev.json", VALUE))
    assert (document.id, document.text) == ("Acme", "Ann Poe leads Acme .\nShe lives in Bonn .\nAcme pays .")
    assert [(e.id, e.type, [(m.start, m.end) for m in e.mentions]) for e in document.entities] == [
        ("e1", "PER", [POE, SHE]),
        ("e2", "ORG", [ACME, ACME_AGAIN]),
        ("e0", "LOC", [BONN]),
    ]
    assert document.relations == (Relation("e1", "P1037", "e2"), Relation("e1", "P551", "e0"))


def test_an_evidence_sentence_is_a_pair_of_mentions_of_it_or_of_it_and_another(tmp_path: Path) -> None:
    heads, lives = read_one(save(tmp_path / "dev.json", VALUE)).relations
    assert heads.evidence == (Evidence(POE, ACME), Evidence(POE, ACME_AGAIN))
    assert lives.evidence == (Evidence(SHE, BONN),)


def test_every_evidence_sentence_with_an_end_is_in_a_pair_even_if_others_are_closer(tmp_path: Path) -> None:
    value = changed(labels=[{"h": 1, "t": 0, "r": "P551", "evidence": [0, 1]}])
    (lives,) = read_one(save(tmp_path / "dev.json", value)).relations
    assert lives.evidence == (Evidence(SHE, BONN), Evidence(POE, BONN))
    value = changed(labels=[{"h": 0, "t": 1, "r": "P1", "evidence": [0, 1]}])
    (houses,) = read_one(save(tmp_path / "dev.json", value)).relations
    assert houses.evidence == (Evidence(BONN, SHE), Evidence(BONN, POE))


@pytest.mark.parametrize(
    ("given", "pairs", "n_lost"),
    [
        ([], (), 0),
        ([0, 1, 2], (Evidence(POE, ACME), Evidence(SHE, ACME_AGAIN), Evidence(SHE, ACME)), 0),
        ([1, 2], (Evidence(SHE, ACME_AGAIN),), 0),
        ([1], (), 1),
        ([2], (), 1),
        ([7], (), 1),
    ],
)
def test_evidence_never_names_a_sentence_that_was_not_given(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, given: list[int], pairs: tuple[Evidence, ...], n_lost: int
) -> None:
    value = changed(labels=[{"h": 1, "t": 2, "r": "P1037", "evidence": given}])
    document = read_one(save(tmp_path / "dev.json", value))
    assert set(document.relations[0].evidence) == set(pairs)
    assert (f"{n_lost} evidence sentences" in caplog.text) == bool(n_lost)
    formats.write([document], tmp_path / "new.json", format="docred")
    assert load(tmp_path / "new.json")[0]["labels"][0]["evidence"] == (given if not n_lost else [])


def test_what_is_read_is_written_as_it_was(tmp_path: Path) -> None:
    values = (VALUE, changed(title="Again", labels=[]))
    documents = formats.read(save(tmp_path / "dev.json", *values), format="docred")
    formats.write(documents, tmp_path / "new.json", format="docred")
    assert load(tmp_path / "new.json") == list(values)
    formats.write([], tmp_path / "none.json", format="docred")
    assert formats.read(tmp_path / "none.json", format="docred") == []


def test_labels_may_be_missing_and_further_keys_mean_nothing(tmp_path: Path) -> None:
    value = {key: value for key, value in changed().items() if key != "labels"}
    value["vertexSet"][0][0] |= {"global_pos": [8, 8], "index": "0_0"}
    document = read_one(save(tmp_path / "test.json", value))
    assert document.relations == ()
    assert len(document.mentions) == 5


def test_an_entity_has_the_type_of_most_of_its_mentions(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    value = changed()
    value["vertexSet"][2][0]["type"] = "MISC"
    value["vertexSet"][2].append({"name": "pays", "sent_id": 2, "pos": [1, 2], "type": "ORG"})
    assert read_one(save(tmp_path / "dev.json", value)).entity("e2").type == "ORG"
    assert "1 types of mentions that differ from that of their entity" in caplog.text


def test_a_span_in_two_entities_of_one_type_is_a_group_mention(tmp_path: Path) -> None:
    value = changed()
    value["vertexSet"].append([dict(value["vertexSet"][1][1])])
    document = read_one(save(tmp_path / "dev.json", value))
    (group,) = (mention for mention in document.mentions if mention.is_group)
    assert (group.start, group.end, group.entities) == (*SHE, ("e1", "e3"))
    assert round_trip([document], "docred") == [document]


def test_what_cannot_be_held_together_is_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    value = changed()
    value["vertexSet"][0] = [{"name": "leads", "sent_id": 0, "pos": [1, 3], "type": "LOC"}]
    value["vertexSet"][1].append(value["vertexSet"][1][0])
    value["vertexSet"][2].append({"name": "She", "sent_id": 1, "pos": [0, 1], "type": "ORG"})
    value["vertexSet"].append([{"name": "Ann", "sent_id": 0, "pos": [0, 2], "type": "ORG"}])
    value["labels"] += [
        {"h": 1, "t": 2, "r": "P1037", "evidence": []},
        {"h": 2, "t": 2, "r": "P1", "evidence": []},
        {"h": 3, "t": 2, "r": "P1", "evidence": []},
    ]
    document = read_one(save(tmp_path / "dev.json", value))
    assert [str(relation) for relation in document.relations] == ["e1 P1037 e2", "e1 P551 e0"]
    for count in (
        "1 mentions stated twice",
        "2 mentions on the span of another",
        "1 mentions that cross another",
        "1 relations of an entity to itself",
        "1 relations of entities whose mentions are left out",
        "1 relations stated twice",
    ):
        assert count in caplog.text


def test_a_text_is_cut_into_its_sentences_and_entities_stand_in_order(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = "Poe's firm left. The two met Roe."
    mentions = (
        Mention(0, 3, "PER", ("poe",)),
        Mention(17, 24, "PER", ("poe", "roe")),
        Mention(29, 32, "PER", ("roe",)),
    )
    relations = (
        Relation("poe", "met", "roe", evidence=(Evidence((0, 3), (29, 32)),)),
        Relation("roe", "left", "poe", "planned"),
    )
    formats.write([Document("d", text, mentions, relations)], tmp_path / "a.json", format="docred")
    (written,) = load(tmp_path / "a.json")
    assert written["sents"] == [["Poe", "'s", "firm", "left."], ["The", "two", "met", "Roe", "."]]
    assert [[(m["name"], m["sent_id"], m["pos"]) for m in vertex] for vertex in written["vertexSet"]] == [
        [("Poe", 0, [0, 1]), ("The two", 1, [0, 2])],
        [("The two", 1, [0, 2]), ("Roe", 1, [3, 4])],
    ]
    assert written["labels"] == [{"h": 0, "t": 1, "r": "met", "evidence": [0, 1]}]
    assert "1 planned or negated relations" in caplog.text


@pytest.mark.parametrize(
    "change",
    [
        {"sents": None},
        {"sents": ["Ann Poe"]},
        {"vertexSet": [[{"name": "x", "sent_id": 0, "pos": [3, 6], "type": "PER"}]]},
        {"vertexSet": [[{"name": "x", "sent_id": 3, "pos": [0, 1], "type": "PER"}]]},
        {"vertexSet": [[{"name": "x", "sent_id": -1, "pos": [0, 1], "type": "PER"}]]},
        {"vertexSet": [[{"name": "x", "sent_id": 0, "pos": [1], "type": "PER"}]]},
        {"vertexSet": [[{"name": "x", "sent_id": 0, "pos": [0, 1]}]]},
        {"labels": [{"h": 0, "t": 3, "r": "P1", "evidence": []}]},
        {"labels": [{"h": 0, "r": "P1", "evidence": []}]},
    ],
)
def test_a_document_of_another_form_is_told_with_file_and_position(tmp_path: Path, change: dict[str, Any]) -> None:
    path = save(tmp_path / "dev.json", VALUE, changed(title="two", **({"labels": []} | change)))
    with pytest.raises(FormatError) as caught:
        formats.read(path, format="docred")
    assert str(caught.value).startswith(f"{path}: document 1")


def test_one_title_twice_in_a_file_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="'Acme' occurs twice"):
        formats.read(save(tmp_path / "dev.json", VALUE, VALUE), format="docred")


@given(documents(any_text=True))
def test_mentions_entities_and_actual_relations_come_back(document: Document) -> None:
    (back,) = round_trip([document], "docred")
    assert bare(back.text) == bare(document.text)
    assert places(back) == places(document)
    assert clusters(back) == clusters(document)
    assert facts(back) == {own for own in facts(actual(document)) if own[0] and own[2]}


@given(documents(any_text=True))
def test_what_has_been_written_once_does_not_change_again(document: Document) -> None:
    (once,) = round_trip([document], "docred")
    (twice,) = round_trip([once], "docred")
    assert twice == once
    assert evidence(twice) == evidence(once)


def test_a_result_names_entities_by_their_position_in_the_corpus(tmp_path: Path) -> None:
    documents = formats.read(save(tmp_path / "dev.json", VALUE), format="docred")
    formats.write(documents, tmp_path / "result.json", format="docred-result")
    assert load(tmp_path / "result.json") == [
        {"title": "Acme", "h_idx": 1, "t_idx": 2, "r": "P1037", "evidence": [0, 2]},
        {"title": "Acme", "h_idx": 1, "t_idx": 0, "r": "P551", "evidence": [1]},
    ]


def test_a_position_holds_even_where_an_entity_before_it_is_left_out(tmp_path: Path) -> None:
    value = changed(labels=VALUE["labels"][:1])
    value["vertexSet"][0] = [{"name": "Poe", "sent_id": 0, "pos": [0, 2], "type": "LOC"}]
    value["vertexSet"][1] = [{"name": "Poe leads", "sent_id": 0, "pos": [1, 3], "type": "PER"}]
    documents = formats.read(save(tmp_path / "dev.json", value), format="docred")
    assert [entity.id for entity in documents[0].entities] == ["e1", "e2"]
    formats.write(documents, tmp_path / "result.json", format="docred-result")
    assert [(own["h_idx"], own["t_idx"]) for own in load(tmp_path / "result.json")] == [(1, 2)]


def test_results_take_the_place_of_the_documents_relations(tmp_path: Path) -> None:
    gold = formats.read(save(tmp_path / "dev.json", VALUE, changed(title="Other")), format="docred")
    results = [
        {"title": "Acme", "h_idx": 2, "t_idx": 0, "r": "P159"},
        {"title": "Acme", "h_idx": 2, "t_idx": 0, "r": "P159", "evidence": [1]},
    ]
    (tmp_path / "result.json").write_text(json.dumps(results))
    one, two = docred_result.read(tmp_path / "result.json", gold)
    assert (one.relations, two.relations) == ((Relation("e2", "P159", "e0"),), ())
    assert one.mentions == gold[0].mentions


@given(documents(any_text=True))
def test_a_result_gives_the_actual_relations_back(document: Document) -> None:
    (once,) = round_trip([document], "docred")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "result.json"
        formats.write([once], path, format="docred-result")
        (back,) = docred_result.read(path, [once])
    assert back == once
    assert evidence(back) == evidence(once)


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ({"title": "Bolt", "h_idx": 0, "t_idx": 1, "r": "P1"}, "relation 0: no document 'Bolt' among those given"),
        ({"title": "Acme", "h_idx": 0, "r": "P1"}, "relation 0 is not of the form of DocRED's results: KeyError"),
        ({"title": "Acme", "h_idx": 0, "t_idx": 3, "r": "P1"}, "document 'Acme' has no entity 3"),
        (["Acme", 0, 1, "P1"], "relation 0 is not of the form"),
        ({"title": ["Acme"], "h_idx": 0, "t_idx": 1, "r": "P1"}, "relation 0: no document \"['Acme']\" among those"),
    ],
)
def test_a_result_of_another_form_is_told(tmp_path: Path, result: Any, message: str) -> None:
    gold = formats.read(save(tmp_path / "dev.json", VALUE), format="docred")
    path = save(tmp_path / "result.json", result)
    with pytest.raises(FormatError) as caught:
        docred_result.read(path, gold)
    assert str(caught.value).startswith(f"{path}: {message}")


def test_results_are_only_read_with_their_documents(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("[]")
    with pytest.raises(FormatError, match="format 'docred-result' is only written"):
        formats.read(tmp_path / "result.json", format="docred-result")


def test_a_result_may_name_entities_that_the_reader_left_out(tmp_path: Path) -> None:
    vertices = [
        [{"name": "Ann Poe", "sent_id": 0, "pos": [0, 2], "type": "PER"}],
        [{"name": "Poe leads Acme", "sent_id": 0, "pos": [1, 4], "type": "MISC"}],
        [{"name": "Acme", "sent_id": 0, "pos": [3, 4], "type": "ORG"}],
    ]
    sentences = [["Ann", "Poe", "leads", "Acme", "."]]
    path = save(tmp_path / "gold.json", {"title": "A", "sents": sentences, "vertexSet": vertices, "labels": []})
    gold = formats.read(path, format="docred")
    result = tmp_path / "result.json"
    labels = [{"title": "A", "h_idx": 0, "t_idx": 2, "r": "P1"}, {"title": "A", "h_idx": 1, "t_idx": 2, "r": "P2"}]
    result.write_text(json.dumps(labels))
    (document,) = formats.read_predictions(result, gold, format="docred-result")
    assert [(r.head, r.type, r.tail) for r in document.relations] == [("e1", "P2", "e2")]
