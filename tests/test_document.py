"""Documents: what they hold, when two are equal, and that a wrong one cannot be built."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest
from hypothesis import given

import tiny
from relex.document import Document, Evidence, Link, Mention, Relation
from relex.errors import DocumentError
from strategies import documents

TEXT = "Nino Beridze of Georgia met Jan."
NINO = Mention(0, 12, "PERSON", ("nino",))
GE = Mention(16, 23, "GPE", ("ge",))
JAN = Mention(28, 31, "PERSON", ("jan",))
MET = Relation("nino", "met-with", "jan")


def document(*mentions: Mention, relations: tuple[Relation, ...] = (), **fields: Any) -> Document:
    return Document(**({"id": "d", "text": TEXT, "mentions": mentions, "relations": relations} | fields))


class TestMentions:
    def test_are_sorted_by_start_then_longer_first(self) -> None:
        inner, first = Mention(0, 4, "PERSON", ("x",)), Mention(5, 12, "PERSON", ("y",))
        assert document(JAN, first, inner, NINO).mentions == (NINO, inner, first, JAN)

    def test_may_nest_to_any_depth(self) -> None:
        nested = [Mention(i, 12 - i, "PERSON", ("nino",)) for i in range(6)]
        assert document(*nested).mentions == tuple(nested)

    def test_of_several_entities_are_group_mentions(self) -> None:
        assert Mention(0, 1, "GPE", ("a", "b")).is_group
        assert not NINO.is_group

    @pytest.mark.parametrize(
        ("start", "end"), [(-1, 2), (3, 3), (4, 2), (0.0, 1), ("0", 1), (None, 1), (True, 2)], ids=str
    )
    def test_need_a_span_of_whole_numbers(self, start: Any, end: Any) -> None:
        with pytest.raises(DocumentError, match="mention"):
            Mention(start, end, "GPE", ("a",))

    @pytest.mark.parametrize("entities", [(), ("a", "a"), ("",), ("a b",), ("a+b",), ("a]",), (None,), (1,)], ids=str)
    def test_need_ids_that_are_words(self, entities: Any) -> None:
        with pytest.raises(DocumentError, match=r"mention 0–1"):
            Mention(0, 1, "GPE", entities)

    @pytest.mark.parametrize("entities", ["az", "", b"az", None, 3], ids=str)
    def test_need_several_ids_in_a_tuple_and_no_string_of_letters(self, entities: Any) -> None:
        with pytest.raises(DocumentError, match=r"mention 0–3: entities must be a tuple of str, not .*\(value,\)"):
            Mention(0, 3, "GPE", entities)
        assert Mention(0, 3, "GPE", ["az", "ge"]).entities == ("az", "ge")  # type: ignore[arg-type]

    @pytest.mark.parametrize("score", ["high", float("nan"), float("inf"), True, [0.5]], ids=str)
    def test_and_relations_need_a_finite_number_as_score(self, score: Any) -> None:
        with pytest.raises(DocumentError, match="mention 0–3: score must be a finite number, or None, not"):
            Mention(0, 3, "GPE", ("az",), score)
        with pytest.raises(DocumentError, match="relation a r b: score must be a finite number, or None, not"):
            Relation("a", "r", "b", score=score)
        assert Mention(0, 3, "GPE", ("az",), 1).score == 1
        assert Relation("a", "r", "b", score=-7.2).score == -7.2

    @pytest.mark.parametrize("type", ["", "G PE", "G\tPE", "[GPE]", "G+E", None, 3], ids=str)
    def test_need_a_type_that_is_a_word(self, type: Any) -> None:
        with pytest.raises(DocumentError, match="type"):
            Mention(0, 1, type, ("a",))


class TestRules:
    """The error names the document and the place, and says what to do."""

    @pytest.mark.parametrize(
        ("mentions", "message"),
        [
            ((Mention(28, 33, "PERSON", ("jan",)),), r"document 'd': mention 'Jan\.' at 28–33 .*past the text's 32"),
            ((NINO, Mention(5, 23, "GPE", ("ge",))), r"'Beridze of Georgia' at 5–23 crosses .*'Nino Beridze' at 0–12"),
            ((NINO, Mention(0, 12, "GPE", ("ge",))), r"two mentions on one span \(PERSON and GPE\); keep one"),
            ((NINO, Mention(16, 23, "GPE", ("nino",))), r"entity 'nino' is GPE here and PERSON at 0; give one"),
            ((NINO, Mention(16, 23, "GPE", ("ge", "nino"))), r"entity 'nino' is GPE here and PERSON at 0"),
        ],
    )
    def test_of_mentions(self, mentions: tuple[Mention, ...], message: str) -> None:
        with pytest.raises(DocumentError, match=message):
            document(*mentions)

    @pytest.mark.parametrize(
        ("relations", "message"),
        [
            ((Relation("nino", "met-with", "ghost"),), r"'nino met-with ghost' uses id 'ghost'.*ids here: jan, nino"),
            ((Relation("ghost", "met-with", "nino"),), "uses id 'ghost'"),
            ((MET, replace(MET, status="negated")), "'nino met-with jan' is stated twice; keep one status"),
            ((replace(MET, evidence=(Evidence((28, 31), (0, 12)),)),), "is no pair of mentions of its ends"),
            ((replace(MET, evidence=(Evidence((0, 4), (28, 31)),)),), r"evidence \(0, 4\), \(28, 31\) .*no pair of"),
        ],
    )
    def test_of_relations(self, relations: tuple[Relation, ...], message: str) -> None:
        with pytest.raises(DocumentError, match=message):
            document(NINO, JAN, relations=relations)

    @pytest.mark.parametrize(
        ("head", "type", "tail", "status", "message"),
        [
            ("a", "met-with", "a", "actual", "same entity"),
            ("a", "met-with", "b", "maybe", "unknown status 'maybe'; known: actual, planned, negated"),
            ("a", "met with", "b", "actual", "relation type"),
            (1, "met-with", "b", "actual", "relation head 1 must be a word"),
            ("", "met-with", "b", "actual", "relation head '' must be a word"),
            ("a", "met-with", None, "actual", "relation tail None must be a word"),
        ],
    )
    def test_of_a_relation_alone(self, head: Any, type: str, tail: Any, status: str, message: str) -> None:
        with pytest.raises(DocumentError, match=message):
            Relation(head, type, tail, status)

    @pytest.mark.parametrize("evidence", [None, ((0, 2), (3, 5)), Evidence((0, 2), (3, 5)), "x"], ids=str)
    def test_of_the_evidence_of_a_relation(self, evidence: Any) -> None:
        with pytest.raises(DocumentError, match="relation a r b: evidence must be a tuple of Evidence"):
            Relation("a", "r", "b", evidence=evidence)

    @pytest.mark.parametrize("span", [[0, 2], (0,), (0, 2, 3), (0, "2"), (0.0, 2.0), None], ids=str)
    def test_of_evidence_alone(self, span: Any) -> None:
        for ends in ((span, (3, 5)), ((3, 5), span)):
            with pytest.raises(DocumentError, match=r"evidence: (head|tail) must be a tuple of two offsets"):
                Evidence(*ends)

    @pytest.mark.parametrize("value", [3, b"GE", ("GE",)], ids=str)
    def test_of_links(self, value: Any) -> None:
        with pytest.raises(DocumentError, match="a link holds strings, not"):
            Link(wikidata=value)

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"id": 3}, "document 3: the id must be a string"),
            ({"id": ""}, "document '': the id must be a string, and not an empty one"),
            ({"id": None}, "document None: the id"),
            ({"mentions": None}, "document 'd': mentions must be a tuple of Mention, not None"),
            ({"mentions": ("x",)}, "document 'd': mentions must be a tuple of Mention, but holds 'x'"),
            ({"mentions": (None,)}, "document 'd': mentions must be a tuple of Mention, but holds None"),
            ({"mentions": NINO}, r"mentions must be a tuple of Mention, not Mention.*write \(value,\) for one"),
            ({"relations": None}, "relations must be a tuple of Relation, not None"),
            ({"relations": (NINO,)}, "relations must be a tuple of Relation, but holds Mention"),
            ({"meta": None}, "document 'd': meta must be a mapping, not None; leave it out"),
            ({"meta": {"x": 1}}, "document 'd': meta must map str to str, not 'x' to 1"),
            ({"meta": {1: "x"}}, "document 'd': meta must map str to str, not 1 to 'x'"),
            ({"links": None}, "document 'd': links must be a mapping, not None"),
            ({"links": {"nino": "GE"}}, "document 'd': links must map str to Link, not 'nino' to 'GE'"),
            (
                {"links": {"ghost": Link("GE")}},
                "link of id 'ghost', which no mention has; ids here: nino",
            ),
        ],
        ids=str,
    )
    def test_of_the_fields_of_a_document(self, fields: dict[str, Any], message: str) -> None:
        with pytest.raises(DocumentError, match=message):
            document(**({"mentions": (NINO,)} | fields))

    def test_both_directions_are_two_facts(self) -> None:
        back = Relation("jan", "met-with", "nino")
        assert document(NINO, JAN, relations=(MET, back)).relations == (MET, back)

    @pytest.mark.parametrize("text", [b"bytes", None, 7, ["a"]])
    def test_the_text_is_a_string(self, text: Any) -> None:
        with pytest.raises(DocumentError, match="not str"):
            document(text=text)

    def test_the_text_has_no_lone_surrogate(self) -> None:
        with pytest.raises(DocumentError, match=r"surrogate at offset 3.*UTF-8"):
            document(text="abc\ud800def")

    @pytest.mark.parametrize(
        "fields",
        [{"id": "a\ud800"}, {"meta": {"title": "\ud800"}}, {"meta": {"\udfff": "x"}}],
        ids=["id", "value", "key"],
    )
    def test_nothing_else_has_one_either(self, fields: dict[str, Any]) -> None:
        with pytest.raises(DocumentError, match="lone surrogate at offset"):
            document(**fields)
        with pytest.raises(DocumentError, match="lone surrogates"):
            Mention(0, 1, "GPE", ("\ud800",))
        with pytest.raises(DocumentError, match="lone surrogate at offset"):
            Link(wikidata="Q\ud800")


class TestEquality:
    def test_is_of_text_and_layers_and_not_of_scores(self) -> None:
        scored = [replace(mention, score=0.5) for mention in (NINO, JAN)]
        told = replace(MET, score=0.1, evidence=(Evidence((0, 12), (28, 31)),))
        one = document(NINO, JAN, relations=(MET,))
        other = document(
            *scored, relations=(told,), id="other", meta={"date": "2024-05-01"}, links={"jan": Link(wikidata="Q1")}
        )
        assert one == other
        assert hash(one) == hash(other)

    def test_does_not_depend_on_the_order_of_relations(self) -> None:
        second = Relation("nino", "represents", "ge")
        assert document(NINO, GE, JAN, relations=(MET, second)) == document(NINO, GE, JAN, relations=(second, MET))

    @pytest.mark.parametrize(
        "other",
        [
            document(NINO, JAN),
            document(NINO, JAN, relations=(replace(MET, status="planned"),)),
            document(NINO, replace(JAN, type="PER"), relations=(MET,)),
            document(NINO, JAN, relations=(MET,), text=TEXT + " "),
            document(NINO, GE, JAN, relations=(MET,)),
        ],
        ids=["relations", "status", "type", "text", "mentions"],
    )
    def test_fails_with_any_difference(self, other: Document) -> None:
        assert document(NINO, JAN, relations=(MET,)) != other

    def test_with_something_else_is_false(self) -> None:
        assert document() != TEXT


class TestEntities:
    def test_are_derived_in_order_of_first_mention(self) -> None:
        both = Mention(24, 27, "PERSON", ("jan", "nino"))
        found = document(both, GE, JAN, NINO).entities
        assert [entity.id for entity in found] == ["nino", "ge", "jan"]
        assert found[0].mentions == (NINO, both)
        assert [entity.type for entity in found] == ["PERSON", "GPE", "PERSON"]

    def test_are_found_by_id(self) -> None:
        assert document(NINO, JAN).entity("jan").name == "Jan"
        with pytest.raises(DocumentError, match="no entity 'ge'; it has jan, nino"):
            document(NINO, JAN).entity("ge")

    def test_carry_their_link(self) -> None:
        link = Link(iso3166="GE", wikidata="Q230")
        assert document(GE, links={"ge": link}).entity("ge").link == link
        assert link.to_dict() == {"iso3166": "GE", "wikidata": "Q230"}

    def test_are_not_named_by_a_group_mention_unless_there_is_no_other(self) -> None:
        text = "Presidents Aliyev and Lam: Lam"
        group = Mention(0, 25, "PERSON", ("aliyev", "lam"))
        own = document(group, Mention(27, 30, "PERSON", ("lam",)), text=text)
        assert [entity.name for entity in own.entities] == ["Presidents Aliyev and Lam", "Lam"]


class TestImmutability:
    def test_no_field_can_be_set(self) -> None:
        for value, name in ((document(NINO), "text"), (NINO, "start"), (MET, "head"), (Link(), "wikidata")):
            with pytest.raises(FrozenInstanceError):
                setattr(value, name, None)

    def test_what_was_passed_in_may_change_afterwards(self) -> None:
        mentions, meta = [NINO], {"a": "b"}
        built = Document("d", TEXT, mentions, (), meta)  # type: ignore[arg-type]
        mentions.append(JAN)
        meta["a"] = "c"
        assert built.mentions == (NINO,)
        assert dict(built.meta) == {"a": "b"}
        with pytest.raises(TypeError):
            built.meta["a"] = "c"  # type: ignore[index]


@pytest.mark.parametrize("own", tiny.DOCUMENTS, ids=lambda own: own.id)
def test_pickle_carries_everything(own: Document) -> None:
    linked = Document(own.id, own.text, own.mentions, own.relations, {"a": "b"}, {own.entities[0].id: Link("GE")})
    back = pickle.loads(pickle.dumps(linked))
    assert back == linked
    assert back.to_dict() == linked.to_dict()


@given(documents(any_text=True))
def test_plain_values_read_back(own: Document) -> None:
    back = Document.from_dict(own.to_dict())
    assert back == own
    assert back.to_dict() == own.to_dict()


@given(documents(any_text=True))
def test_every_surface_is_a_slice_and_every_entity_has_a_mention_and_a_name(own: Document) -> None:
    for entity in own.entities:
        assert entity.mentions
        assert entity.name in {own.text[m.start : m.end] for m in entity.mentions}
    assert {id for m in own.mentions for id in m.entities} == {entity.id for entity in own.entities}
