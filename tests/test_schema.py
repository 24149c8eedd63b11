"""Schemas: the built-in one is the annotation guide's, any other is a TOML file or read off a corpus."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

import tiny
from relex.document import Document, Mention, Relation
from relex.errors import SchemaError
from relex.schema import MentionType, RelationType, Schema, builtin_schema, infer_schema, load_schema
from strategies import documents

PERSON_AND_PLACE = (MentionType("PER", "someone"), MentionType("PLACE"))
LIVES_IN = RelationType("lives-in", frozenset({"PER"}), frozenset({"PLACE"}), description="has a home there")
KNOWS = RelationType("knows", frozenset({"PER"}), frozenset({"PER"}), symmetric=True)
SCHEMA = Schema("people", PERSON_AND_PLACE, (LIVES_IN, KNOWS))

# The tables of the annotation guide: relation, head types, tail types, with ↔ where there is no direction.
ANY = "PERSON GPE LOCATION ORG AGREEMENT PROJECT EVENT SECTOR"
GUIDE = """
signed: PERSON GPE ORG → AGREEMENT
visited: PERSON ORG → GPE LOCATION PROJECT ORG
met-with: PERSON ORG GPE ↔ PERSON ORG GPE
invited: PERSON GPE ORG → PERSON ORG GPE
cooperates-with: GPE ORG ↔ GPE ORG
cooperates-in: GPE ORG → SECTOR PROJECT
covers: AGREEMENT → SECTOR PROJECT GPE LOCATION
holds-position: PERSON → ROLE
represents: PERSON ORG → GPE ORG
member-of: GPE PERSON ORG → ORG
part-of: ORG → ORG GPE
located-in: GPE LOCATION ORG PROJECT EVENT → GPE LOCATION
participated-in: PERSON GPE ORG → EVENT PROJECT
supports: PERSON GPE ORG → any
opposes: PERSON GPE ORG → any
provides-to: GPE ORG PERSON → GPE ORG PERSON
invests-in: GPE ORG PERSON → GPE ORG PROJECT SECTOR
dated: AGREEMENT EVENT PROJECT → DATE
""".replace("any", ANY)


class TestBuiltIn:
    def test_has_the_mention_types_of_the_guide_in_its_order(self) -> None:
        expected = "PERSON ROLE GPE LOCATION ORG AGREEMENT PROJECT EVENT SECTOR DATE"
        assert builtin_schema().mention_names == tuple(expected.split())

    def test_has_the_relation_types_of_the_guide_in_its_order(self) -> None:
        rows = {}
        for line in GUIDE.strip().splitlines():
            name, ends = line.split(": ")
            arrow = "↔" if "↔" in ends else "→"
            head, tail = (frozenset(end.split()) for end in ends.split(arrow))
            rows[name] = (head, tail, arrow == "↔")
        assert [(t.name, (t.head, t.tail, t.symmetric)) for t in builtin_schema().relation_types] == list(rows.items())

    def test_describes_every_type(self) -> None:
        schema = builtin_schema("diplomatic")
        assert all(kind.description for kind in (*schema.mention_types, *schema.relation_types))

    def test_of_another_name_is_an_error(self) -> None:
        with pytest.raises(SchemaError, match=r"no built-in schema 'nope'.*\.toml"):
            builtin_schema("nope")


class TestRules:
    @pytest.mark.parametrize(
        ("mentions", "relations", "message"),
        [
            ((), (), "'s' has no mention types"),
            ((MentionType("A"), MentionType("A")), (), "mention type A is defined twice"),
            (PERSON_AND_PLACE, (KNOWS, KNOWS), "relation type knows is defined twice"),
            ((MentionType("A B"),), (), "mention type 'A B' must be a word"),
            (PERSON_AND_PLACE, (replace(KNOWS, name=""),), "relation type '' must be a word"),
            (PERSON_AND_PLACE, (replace(LIVES_IN, head=frozenset()),), "head of 'lives-in' names nothing"),
            (
                PERSON_AND_PLACE,
                (replace(LIVES_IN, tail=frozenset({"PLACE", "TOWN"})),),
                "tail of 'lives-in' names TOWN; mention types: PER, PLACE",
            ),
            (PERSON_AND_PLACE, (replace(LIVES_IN, symmetric=True),), "'lives-in' is symmetric, but .*same types"),
        ],
    )
    def test_a_wrong_schema_cannot_be_built(
        self, mentions: tuple[MentionType, ...], relations: tuple[RelationType, ...], message: str
    ) -> None:
        with pytest.raises(SchemaError, match=message):
            Schema("s", mentions, relations)

    def test_a_relation_is_found_by_name(self) -> None:
        assert SCHEMA.relation("knows") is KNOWS
        assert SCHEMA.symmetric == {"knows"}
        with pytest.raises(SchemaError, match="no relation 'hates'; it has knows, lives-in"):
            SCHEMA.relation("hates")


class TestFit:
    TEXT = "Kari knows Petr of Oslo"
    KARI, PETR, OSLO = (
        Mention(0, 4, "PER", ("kari",)),
        Mention(11, 15, "PER", ("petr",)),
        Mention(19, 23, "PLACE", ("oslo",)),
    )

    def document(self, *relations: Relation, oslo: str = "PLACE") -> Document:
        return Document("d", self.TEXT, (self.KARI, self.PETR, replace(self.OSLO, type=oslo)), relations)

    def test_a_document_that_fits_has_no_problems(self) -> None:
        own = self.document(Relation("kari", "knows", "petr"), Relation("petr", "lives-in", "oslo"))
        assert SCHEMA.problems(own) == []
        SCHEMA.check([own])

    @pytest.mark.parametrize(
        ("relations", "oslo", "messages"),
        [
            ((), "TOWN", ["unknown mention type TOWN on 'Oslo' at 19; known: PER, PLACE"]),
            (("kari", "hates", "petr"), "PLACE", ["unknown relation type in 'kari hates petr'; known: knows"]),
            (("oslo", "lives-in", "kari"), "PLACE", ["a PLACE cannot be its head", "a PER cannot be its tail"]),
            (("kari", "knows", "petr", "petr", "knows", "kari"), "PLACE", ["already stated the other way round"]),
        ],
    )  # fmt: skip
    def test_every_problem_is_told(self, relations: tuple[str, ...], oslo: str, messages: list[str]) -> None:
        facts = [Relation(*relations[i : i + 3]) for i in range(0, len(relations), 3)]
        own = self.document(*facts, oslo=oslo)
        problems = SCHEMA.problems(own)
        assert len(problems) == len(messages)
        assert all(message in problem for message, problem in zip(messages, problems, strict=True))
        with pytest.raises(SchemaError, match="document 'd' does not fit schema 'people'"):
            SCHEMA.check([own])

    def test_a_symmetric_relation_may_stand_in_either_order(self) -> None:
        assert SCHEMA.problems(self.document(Relation("petr", "knows", "kari"))) == []


class TestFiles:
    @pytest.mark.parametrize("schema", [builtin_schema(), SCHEMA, tiny.WITHOUT_RELATIONS], ids=lambda s: s.name)
    def test_a_schema_reads_back_whole_from_its_file(self, schema: Schema, tmp_path: Path) -> None:
        path = tmp_path / "schema.toml"
        path.write_text(schema.to_toml(), encoding="utf-8")
        assert load_schema(path) == load_schema(str(path)) == schema

    def test_a_schema_is_also_given_by_name_or_as_such(self) -> None:
        assert load_schema("diplomatic") == builtin_schema()
        assert load_schema(SCHEMA) is SCHEMA

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("x =", "not valid TOML"),
            ("labels = 1", "unknown key labels; known: mentions, name, relations"),
            ("mentions = []", "mentions must be a table"),
            ("[mentions]\nA = 1", "mention type A: expected a table"),
            ("[mentions]\nA = { color = 'red' }", "mention type A: unknown key color; known: description"),
            ("[mentions]\nA = {}\n[relations.r]\nhead = 'A'\ntail = ['A']", "relation type r: head must be a list"),
            ("[mentions]\nA = {}\n[relations.r]\nhead = ['A']", "tail of 'r' names nothing"),
            (
                "[mentions]\nA = {}\n[relations.r]\nhead = ['A']\ntail = ['A']\nsymmetric = 'yes'",
                "symmetric must be a truth value, not 'yes'",
            ),
        ],
    )
    def test_a_faulty_file_is_told_by_name(self, text: str, message: str, tmp_path: Path) -> None:
        path = tmp_path / "faulty.toml"
        path.write_text(text)
        with pytest.raises(SchemaError, match=rf"faulty\.toml: .*{message}"):
            load_schema(path)

    def test_a_file_that_cannot_be_read_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(SchemaError, match=r"none\.toml: No such file"):
            load_schema(tmp_path / "none.toml")
        (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(SchemaError, match=r"binary\.toml is not UTF-8"):
            load_schema(tmp_path / "binary.toml")


class TestInference:
    def test_takes_what_was_seen(self) -> None:
        schema = infer_schema(tiny.PLAIN_DOCUMENTS, name="plain")
        assert schema == tiny.PLAIN_SCHEMA

    def test_joins_both_ends_of_a_symmetric_relation(self) -> None:
        own = Document(
            "d",
            "Kari met Acme",
            (Mention(0, 4, "PER", ("kari",)), Mention(9, 13, "ORG", ("acme",))),
            (Relation("kari", "met", "acme"),),
        )
        met = infer_schema([own], symmetric=["met"]).relation("met")
        assert met.head == met.tail == {"PER", "ORG"}
        assert met.symmetric

    def test_of_a_symmetric_relation_that_does_not_occur_is_an_error(self) -> None:
        with pytest.raises(SchemaError, match="symmetric relation met does not occur; the documents have lives-in"):
            infer_schema(tiny.PLAIN_DOCUMENTS, symmetric=["met"])

    def test_of_documents_without_mentions_is_an_error(self) -> None:
        with pytest.raises(SchemaError, match="no mention types"):
            infer_schema([Document("d", "Text.")])

    @given(documents(any_text=True))
    def test_fits_what_it_was_inferred_from(self, own: Document) -> None:
        if own.mentions:
            schema = infer_schema([own])
            assert schema.problems(own) == []
            assert set(schema.mention_names) == {m.type for m in own.mentions}
            assert set(schema.relation_names) == {r.type for r in own.relations}
