"""The graph of a document, and GraphML: what nodes and edges carry, and that any text can be written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given

from relex.document import Document, Evidence, Link, Mention, Relation
from relex.errors import FormatError
from relex.graph import render, to_graph, write_graphml
from relex.schema import MentionType, RelationType, Schema
from strategies import documents

TEXT = "Nino Beridze met Jan Kos in Tbilisi. Later Kos left. Georgia may sign the pact with Slovenia."


def span(surface: str, entity: str, type: str, *, start: int = 0) -> Mention:
    at = TEXT.index(surface, start)
    return Mention(at, at + len(surface), type, (entity,))


NINO, JAN = span("Nino Beridze", "nino", "PERSON"), span("Jan Kos", "jan", "PERSON")
KOS = span("Kos", "jan", "PERSON", start=40)
GE, SI, PACT = span("Georgia", "ge", "GPE"), span("Slovenia", "si", "GPE"), span("pact", "pact", "AGREEMENT")
MET = Relation("nino", "met-with", "jan", score=0.75, evidence=(Evidence((0, 12), (17, 24)),))
SIGNED = Relation("ge", "signed", "pact", "planned")


def document(*relations: Relation, **fields: object) -> Document:
    values = {"id": "d", "text": TEXT, "mentions": (NINO, JAN, KOS, GE, SI, PACT), "relations": relations}
    return Document(**(values | fields))  # type: ignore[arg-type]


class TestNodes:
    def test_are_the_entities_with_or_without_relations(self) -> None:
        graph = to_graph(document(MET))
        assert list(graph) == ["nino", "jan", "ge", "pact", "si"]
        assert graph.nodes["jan"] == {"name": "Jan Kos", "type": "PERSON", "n_mentions": 2}

    def test_carry_what_the_link_knows_and_no_empty_values(self) -> None:
        graph = to_graph(document(links={"ge": Link(iso3166="GE", wikidata="Q230")}))
        assert graph.nodes["ge"]["iso3166"] == "GE"
        assert graph.nodes["ge"]["wikidata"] == "Q230"
        assert "iso8601" not in graph.nodes["ge"]
        assert "iso3166" not in graph.nodes["si"]


class TestEdges:
    def test_have_the_relation_type_as_key_and_say_what_is_known(self) -> None:
        graph = to_graph(document(MET, SIGNED))
        assert graph.edges["nino", "jan", "met-with"] == {
            "type": "met-with",
            "status": "actual",
            "symmetric": True,
            "score": 0.75,
            "sentence": "Nino Beridze met Jan Kos in Tbilisi.",
        }
        assert graph.edges["ge", "pact", "signed"] == {
            "type": "signed",
            "status": "planned",
            "symmetric": False,
            "sentence": "Georgia may sign the pact with Slovenia.",
        }

    def test_go_from_head_to_tail(self) -> None:
        assert list(to_graph(document(SIGNED)).edges(keys=True)) == [("ge", "pact", "signed")]

    def test_of_two_types_between_two_entities_are_two(self) -> None:
        graph = to_graph(document(MET, replace(MET, type="supports")))
        assert set(graph["nino"]["jan"]) == {"met-with", "supports"}

    def test_of_a_symmetric_relation_stated_both_ways_are_one(self) -> None:
        backwards = Relation("jan", "met-with", "nino", "planned")
        graph = to_graph(document(backwards, MET))
        assert list(graph.edges(keys=True)) == [("nino", "jan", "met-with")]
        # What is done goes before what is planned.
        assert graph.edges["nino", "jan", "met-with"]["status"] == "actual"

    def test_of_a_directed_relation_stated_both_ways_are_two(self) -> None:
        supports = Relation("jan", "supports", "nino")
        assert to_graph(document(supports, replace(supports, head="nino", tail="jan"))).number_of_edges() == 2

    def test_are_symmetric_by_the_schema_given(self) -> None:
        person = frozenset({"PERSON"})
        schema = Schema("s", (MentionType("PERSON"),), (RelationType("met-with", person, person),))
        both = (MET, Relation("jan", "met-with", "nino"))
        assert to_graph(document(*both), schema=schema).number_of_edges() == 2


class TestGraphml:
    def test_gives_the_graph_back(self) -> None:
        own = document(MET, SIGNED, links={"ge": Link(iso3166="GE")})
        graph = nx.parse_graphml(render([own]), force_multigraph=True)
        expected = to_graph(own)
        assert {fields["entity"] for _, fields in graph.nodes(data=True)} == set(expected)
        for node, fields in graph.nodes(data=True):
            assert node == f"d[{fields['entity']}]"
            assert fields == {"document": "d", "entity": fields["entity"], **expected.nodes[fields["entity"]]}
        edges = {(h, t, fields["type"]): fields for h, t, fields in graph.edges(data=True)}
        named = {(f"d[{h}]", f"d[{t}]", key): fields for h, t, key, fields in expected.edges(keys=True, data=True)}
        assert edges == named

    def test_keeps_equal_entities_of_two_documents_apart(self) -> None:
        graph = nx.parse_graphml(render([document(MET), document(MET, id="e")]), force_multigraph=True)
        assert graph.number_of_nodes() == 10
        assert graph.number_of_edges() == 2

    def test_gives_each_edge_an_id_of_its_own(self) -> None:
        text = render([document(MET, SIGNED), document(MET, id="e")])
        assert [text.count(f'id="e{i}"') for i in range(4)] == [1, 1, 1, 0]

    def test_takes_control_characters_and_markup(self) -> None:
        own = Document(
            'a\x00<&>"',
            "A\x00\x1b\ufffe<B> met ]]>C",
            (Mention(0, 7, "PERSON", ("x\x00",)), Mention(12, 16, "PERSON", ("x\x01",))),
            (Relation("x\x00", "met-with", "x\x01"),),
        )
        graph = nx.parse_graphml(render([own]), force_multigraph=True)
        assert [fields["name"] for _, fields in graph.nodes(data=True)] == ["A\\x00\\x1b\\xfffe<B>", "]]>C"]
        assert graph.number_of_edges() == 1

    @given(documents(any_text=True))
    def test_takes_every_document(self, own: Document) -> None:
        graph = nx.parse_graphml(render([own]), force_multigraph=True)
        assert graph.number_of_nodes() == len(own.entities)
        assert graph.number_of_edges() == to_graph(own).number_of_edges()

    def test_of_nothing_is_an_empty_graph(self) -> None:
        assert nx.parse_graphml(render([])).number_of_nodes() == 0

    def test_refuses_two_documents_of_one_id(self) -> None:
        with pytest.raises(FormatError, match="'d' occurs twice"):
            render([document(), document()])

    def test_goes_to_a_file(self, tmp_path: Path) -> None:
        write_graphml([document(MET)], tmp_path / "g.graphml")
        assert nx.read_graphml(tmp_path / "g.graphml", force_multigraph=True).number_of_edges() == 1

    def test_says_that_a_file_cannot_be_written(self, tmp_path: Path) -> None:
        with pytest.raises(FormatError, match="cannot write"):
            write_graphml([document()], tmp_path / "missing" / "g.graphml")
