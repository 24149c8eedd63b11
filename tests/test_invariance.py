"""Invariance: the changes and their way back, and what is kept of the answers of readers made to keep or lose them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from relex.document import Document, Evidence, Mention, Relation
from relex.errors import InputError
from relex.invariance import (
    CHANGES,
    INVARIANCE_MEASURES,
    PARAGRAPH,
    Change,
    Changed,
    Invariance,
    check_batch_sizes,
    check_invariance,
    rewrite,
)
from relex.schema import builtin_schema
from strategies import texts

BY_NAME = {change.name: change for change in CHANGES}


def apply(name: str, text: str) -> str:
    return BY_NAME[name].apply(text).text


class TestChanges:
    @pytest.mark.parametrize(
        ("name", "text", "changed"),
        [
            ("upper-case", "Straße in Baku", "STRASSE IN BAKU"),
            ("lower-case", "The UN in Baku", "the un in baku"),
            ("title-case", "the UN didn't go to asia-pacific", "The UN Didn't Go To Asia-Pacific"),
            ("doubled-spaces", "a b\nc", "a  b\nc"),
            ("doubled-breaks", "a b\nc", "a b\n\nc"),
            ("straight-quotes", "“It’s ‘on’,” he said", "\"It's 'on',\" he said"),
            ("curly-quotes", '"It\'s (\'on\')," he "said"', "“It’s (‘on’),” he “said”"),
            ("plain-hyphens", "1990–95 — a so‑called rest", "1990-95 - a so-called rest"),
            ("unicode-hyphens", "a so-called rest", "a so‐called rest"),
            ("paragraph-before", "One.", f"{PARAGRAPH}\n\nOne."),
            ("paragraph-after", "One.", f"One.\n\n{PARAGRAPH}"),
        ],
    )
    def test_does_what_it_says(self, name, text, changed):
        assert apply(name, text) == changed

    def test_pages_are_longer_than_a_window(self):
        assert len(apply("pages-before", "One.").split()) > 512

    def test_lines_are_wrapped_at_spaces_and_nothing_else_changes(self):
        text = "word " * 40 + "\n" + "x" * 100 + " " + "short words " * 9 + "end"
        wrapped = apply("wrapped-lines", text)
        assert wrapped.replace("\n", " ") == text.replace("\n", " ")
        assert all(len(line) <= 72 or " " not in line for line in wrapped.split("\n"))
        assert apply("wrapped-lines", "x " * 36) == "x " * 36
        assert apply("wrapped-lines", "x " * 30 + "\n" + "x " * 30) == "x " * 30 + "\n" + "x " * 30
        assert apply("wrapped-lines", "a " * 35 + "bcd") == "a " * 34 + "a\nbcd"

    def test_names_are_unique(self):
        assert len(BY_NAME) == len(CHANGES)

    @pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
    @given(text=texts(any_text=True), data=st.data())
    def test_every_span_of_the_original_is_found_again(self, change, text, data):
        changed = change.apply(text)
        if text:
            start = data.draw(st.integers(0, len(text) - 1))
            end = data.draw(st.integers(start + 1, len(text)))
            places = [i for i, origin in enumerate(changed.origins) if origin is not None and start <= origin < end]
            assert changed.trace(places[0], places[-1] + 1) == (start, end)

    @pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
    @given(text=texts(any_text=True))
    def test_every_character_stems_from_where_its_origin_says(self, change, text):
        changed = change.apply(text)
        kept: dict[int, str] = {}
        for char, origin in zip(changed.text, changed.origins, strict=True):
            if origin is not None:
                kept[origin] = kept.get(origin, "") + char
        assert list(kept) == list(range(len(text)))
        assert "".join(kept[i] for i in range(len(text))) in changed.text
        assert all(kept[i][0].casefold() == text[i].casefold() for i in kept if text[i].isalpha() and text[i].isascii())


class TestWayBack:
    def test_what_one_character_became_is_traced_as_a_whole(self):
        changed = rewrite(["S", "SS", "T"])
        assert changed.trace(1, 3) == (1, 2)
        assert changed.trace(0, 4) == (0, 3)
        assert changed.trace(1, 2) is None
        assert changed.trace(2, 4) is None

    def test_what_was_added_leads_nowhere(self):
        changed = rewrite("ab", before="xy", after="z")
        assert (changed.text, changed.origins) == ("xyabz", (None, None, 0, 1, None))
        assert changed.trace(2, 4) == (0, 2)
        assert changed.trace(1, 3) is None
        assert changed.trace(3, 5) is None
        assert changed.is_added(0, 2)
        assert not changed.is_added(0, 3)

    def test_what_was_taken_out_is_bridged(self):
        changed = rewrite(["a", "", "b"])
        assert (changed.text, changed.trace(0, 2)) == ("ab", (0, 3))

    @pytest.mark.parametrize("origins", [(0,), (1, 0), (0, 1, 2)])
    def test_origins_that_do_not_fit_are_refused(self, origins):
        with pytest.raises(InputError, match="give one for each character, in the order of the original"):
            Changed("ab", origins)


# -- readers ----------------------------------------------------------------------------------------------

TEXTS = (
    "Ana met Eva. Ana praised Eva.",
    "Eva met Ana in May.",
    'Nobody said "yes" to a so-called plan.',
)


def read_names(text: str, *, flags: int = 0) -> Document:
    """Find Ana and Eva; where both are, they met."""
    mentions = [Mention(*m.span(), "PERSON", (m[0].lower(),)) for m in re.finditer(r"\b(?:Ana|Eva)\b", text, flags)]
    relations = [Relation("ana", "met-with", "eva")] if len({m.entities for m in mentions}) == 2 else []
    return Document("d", text, tuple(mentions), tuple(relations))


def sensitive(own: Sequence[str]) -> Iterator[Document]:
    """A reader that needs capital letters."""
    return map(read_names, own)


def steady(own: Sequence[str]) -> list[Document]:
    """A reader that does not."""
    return [read_names(text, flags=re.IGNORECASE) for text in own]


def answer(changed: Changed, *mentions: Mention, facts: Iterable[str] = ()) -> Invariance:
    """What is kept if a reader finds Ana at 0–3 and Eva at 8–11, who met, and this in the changed text."""
    text = "Ana met Eva."
    first = (Mention(0, 3, "PERSON", ("ana",)), Mention(8, 11, "PERSON", ("eva",)))
    before = Document("d", text, first, (Relation("ana", "met-with", "eva"),))
    after = Document("d", changed.text, mentions, tuple(Relation(*fact.split()) for fact in facts))
    change = Change("own", "a change made for this", lambda _: changed)
    return check_invariance(lambda own: [before if own[0] == text else after], [text], changes=[change])


class TestAnswers:
    def test_a_reader_that_heeds_nothing_keeps_every_answer(self):
        found = check_invariance(steady, TEXTS)
        for change in CHANGES:
            for kept in next(own for own in found.changes if own.name == change.name).texts:
                assert kept.unchanged, change.name
                assert (kept.mentions, kept.facts) == (kept.any_mentions, kept.any_facts)

    def test_a_reader_that_finds_nothing_keeps_texts_and_has_no_share_of_mentions(self):
        found = check_invariance(lambda texts: [Document(f"d{i}", text) for i, text in enumerate(texts)], TEXTS)
        assert found.share("upper-case").point == 1
        with pytest.raises(InputError, match="there is no mention in any answer under 'upper-case'"):
            found.share("upper-case", "mention")
        assert list(found.to_dict()["changes"][0]["shares"]) == ["document"]
        assert str(found).splitlines()[1].split() == ["upper-case", "3", "1.0000"]

    def test_a_reader_that_needs_capitals_loses_all_answers_without(self):
        found = check_invariance(sensitive, TEXTS)
        for name in ("lower-case", "upper-case"):
            assert found.share(name, "mention").point == 0
            assert found.share(name, "relation").point == 0
            # The text about nobody has no answers, and keeps none.
            assert found.share(name, "document").point == pytest.approx(1 / 3)
        assert found.share("doubled-spaces", "mention").point == 1

    def test_texts_that_a_change_leaves_as_they_are_do_not_count(self):
        found = check_invariance(steady, TEXTS)
        assert [[kept.text for kept in own.texts] for own in found.changes if "quotes" in own.name] == [[], [2]]
        with pytest.raises(InputError, match="'straight-quotes' alters none of the 3 texts"):
            found.share("straight-quotes")

    def test_a_mention_moved_is_one_lost_and_one_new(self):
        ana, eva = Mention(1, 4, "PERSON", ("a",)), Mention(5, 12, "PERSON", ("e",))
        (own,) = answer(rewrite("Ana met Eva.", before=" "), ana, eva).changes
        assert (own.texts[0].mentions, own.texts[0].any_mentions) == (1, 3)
        # Eva is not found where she is, so nothing is said of her.
        assert (own.texts[0].facts, own.texts[0].any_facts) == (0, 1)
        assert not own.texts[0].unchanged

    def test_entities_go_by_their_mentions_and_not_by_their_ids(self):
        ana, eva = Mention(0, 3, "PERSON", ("eva",)), Mention(8, 11, "PERSON", ("x",))
        upper = rewrite(map(str.upper, "Ana met Eva."))
        assert answer(upper, ana, eva, facts=["x met-with eva"]).changes[0].texts[0].unchanged

    @pytest.mark.parametrize("fact", ["ana met-with eva planned", "ana supports eva", ""])
    def test_another_status_or_type_or_none_is_another_answer(self, fact):
        ana, eva = Mention(0, 3, "PERSON", ("ana",)), Mention(8, 11, "PERSON", ("eva",))
        upper = rewrite(map(str.upper, "Ana met Eva."))
        kept = answer(upper, ana, eva, facts=filter(None, [fact])).changes[0].texts[0]
        assert (kept.mentions, kept.any_mentions) == (2, 2)
        assert (kept.facts, kept.any_facts) == (0, 2 if fact else 1)
        assert not kept.unchanged

    def test_entities_merged_are_a_change_of_the_document_alone(self):
        text = "Ana, Eva"
        mentions = (Mention(0, 3, "PERSON", ("a",)), Mention(5, 8, "PERSON", ("e",)))
        merged = tuple(replace(mention, entities=("a",)) for mention in mentions)
        found = check_invariance(
            lambda own: [Document("d", t, mentions if t == text else merged) for t in own],
            [text],
            changes=[BY_NAME["upper-case"]],
        )
        assert found.share("upper-case", "mention").point == 1
        assert found.share("upper-case", "document").point == 0

    def test_what_is_said_of_added_text_alone_is_left_out(self):
        added = rewrite("Ana met Eva.", after=" Bob met Tom.")
        people = ((0, 3, "ana"), (8, 11, "eva"), (13, 16, "bob"), (21, 24, "tom"))
        mentions = [Mention(start, end, "PERSON", (name,)) for start, end, name in people]
        assert answer(added, *mentions, facts=["ana met-with eva", "bob met-with tom"]).changes[0].texts[0].unchanged

    def test_a_fact_between_the_text_and_what_was_added_is_a_new_answer(self):
        added = rewrite("Ana met Eva.", after=" Bob met Tom.")
        mentions = [Mention(s, e, "PERSON", (name,)) for s, e, name in ((0, 3, "ana"), (8, 11, "eva"), (13, 16, "bob"))]
        kept = answer(added, *mentions, facts=["ana met-with eva", "bob met-with eva"]).changes[0].texts[0]
        assert (kept.facts, kept.any_facts, kept.mentions, kept.any_mentions) == (1, 2, 2, 2)
        assert not kept.unchanged

    def test_a_mention_over_the_border_of_what_was_added_is_a_new_answer(self):
        added = rewrite("Ana met Eva.", after=" Bob")
        mentions = (Mention(0, 3, "PERSON", ("ana",)), Mention(8, 16, "PERSON", ("eva",)))
        kept = answer(added, *mentions, facts=["ana met-with eva"]).changes[0].texts[0]
        assert (kept.mentions, kept.any_mentions) == (1, 3)
        assert (kept.facts, kept.any_facts) == (0, 2)

    def test_evidence_and_scores_do_not_matter(self):
        def read(own: Sequence[str]) -> Iterator[Document]:
            for i, document in enumerate(steady(own)):
                evidence = [
                    Evidence((one.start, one.end), (two.start, two.end))
                    for one in document.mentions
                    for two in document.mentions
                    if (one.entities, two.entities) == (("ana",), ("eva",))
                ]
                yield replace(
                    document,
                    relations=[replace(r, evidence=evidence, score=1 / (len(own[i]) + 1)) for r in document.relations],
                )

        found = check_invariance(read, TEXTS)
        assert all(kept.unchanged for own in found.changes for kept in own.texts)

    def test_the_schema_says_what_is_symmetric(self):
        def read(own: Sequence[str]) -> list[Document]:
            turned = [Relation("eva", "met-with", "ana")]
            return [
                replace(d, relations=turned if d.relations and d.text.isupper() else d.relations) for d in steady(own)
            ]

        directed = replace(
            builtin_schema(),
            relation_types=tuple(replace(own, symmetric=False) for own in builtin_schema().relation_types),
        )
        assert check_invariance(read, TEXTS).share("upper-case", "relation").point == 1
        assert check_invariance(read, TEXTS, schema=directed).share("upper-case", "relation").point == 0


class TestBatchSizes:
    def test_a_reader_that_reads_each_text_alone_keeps_all(self):
        found = check_batch_sizes(lambda own, size: steady(own), TEXTS, sizes=[1, 2, 64])
        assert [own.name for own in found.changes] == ["batch-size-2", "batch-size-64"]
        assert found.share("batch-size-64").point == 1
        assert found.compared == "batch-size-1"

    def test_a_reader_whose_answers_depend_on_it_is_found_out(self):
        def read(own: Sequence[str], size: int) -> Iterator[Document]:
            for i, text in enumerate(own):
                yield read_names(text) if i % size == 0 else Document("d", text)

        found = check_batch_sizes(read, TEXTS, sizes=[1, 2])
        assert found.share("batch-size-2", "document").point == pytest.approx(2 / 3)
        assert found.share("batch-size-2", "mention").point == pytest.approx(4 / 6)
        assert [kept.text for kept in found.changes[0].texts if not kept.unchanged] == [1]

    def test_one_size_is_refused(self):
        with pytest.raises(InputError, match=r"nothing to compare at batch sizes \[8\]"):
            check_batch_sizes(lambda own, size: steady(own), TEXTS, sizes=[8])


class TestReaders:
    def test_too_few_documents_are_refused(self):
        with pytest.raises(InputError, match="returned 2 documents for 3 texts"):
            check_invariance(lambda own: steady(own)[:2], TEXTS)

    def test_other_texts_are_refused(self):
        with pytest.raises(InputError, match="document 1 of the reader has another text than it was given"):
            check_invariance(lambda own: steady(own)[::-1], TEXTS)
        with pytest.raises(InputError, match="must keep texts as they are"):
            check_invariance(lambda own: steady([" ".join(text.split()) for text in own]), TEXTS)

    def test_a_reader_of_one_text_is_told_what_it_is_given(self):
        for reader in (lambda own: Document("x", "".join(own)), lambda own: own):
            with pytest.raises(InputError, match=r"must return a list of relex\.Document, one for each text"):
                check_invariance(reader, TEXTS)

    def test_no_texts_and_a_single_string_are_refused(self):
        with pytest.raises(InputError, match="no texts to read"):
            check_invariance(steady, [])
        with pytest.raises(InputError, match="texts is a single string"):
            check_invariance(steady, TEXTS[0])

    def test_texts_may_come_from_a_generator(self):
        assert check_invariance(steady, iter(TEXTS)) == check_invariance(steady, TEXTS)


class TestShowing:
    FOUND = check_invariance(sensitive, TEXTS)

    def test_signatures_name_change_measure_and_texts(self):
        signature = self.FOUND.share("lower-case", "mention", n_samples=10, seed=3).signature
        assert signature.startswith(
            "invariance|change:lower-case|measure:mention|changed:3|bs:10|seed:3|against:unchanged|"
        )
        assert self.FOUND.signature in f"invariance|{signature.split('|seed:3|')[1]}"

    def test_signatures_name_the_relations_without_direction(self):
        own = builtin_schema()
        directed = replace(own, relation_types=tuple(replace(t, symmetric=False) for t in own.relation_types))
        found = {check_invariance(sensitive, TEXTS, schema=schema).signature for schema in (own, directed)}
        assert len(found) == 2

    def test_the_order_of_texts_changes_no_number(self):
        again = check_invariance(sensitive, TEXTS[::-1])
        assert again.to_dict() == self.FOUND.to_dict()
        for seed in range(5):
            shares = [own.share("lower-case", n_samples=3, seed=seed) for own in (self.FOUND, again)]
            assert shares[0] == shares[1]

    @pytest.mark.parametrize(
        ("asked", "message"),
        [
            (("rot13",), "no change 'rot13' was tried; tried: upper-case, "),
            (("upper-case", "f1"), "measures: mention, "),
        ],
    )
    def test_unknown_choices_are_refused_with_the_known_ones(self, asked, message):
        with pytest.raises(InputError, match=message):
            self.FOUND.share(*asked)

    def test_as_plain_values(self):
        value = json.loads(json.dumps(self.FOUND.to_dict()))
        by_name = {change["name"]: change for change in value["changes"]}
        assert list(by_name) == list(BY_NAME)
        assert list(by_name["upper-case"]["shares"]) == list(INVARIANCE_MEASURES)
        assert by_name["upper-case"]["shares"]["document"]["point"] == pytest.approx(1 / 3)
        assert (by_name["straight-quotes"]["n_changed"], by_name["straight-quotes"]["shares"]) == (0, {})
        assert (value["n_texts"], value["signature"]) == (3, self.FOUND.signature)

    def test_as_text_with_its_signature(self):
        lines = str(self.FOUND).splitlines()
        assert len(lines) == 1 + len(CHANGES) + 1
        # Two of the three texts have anything to lose, and they lose all of it.
        assert lines[1].split() == ["upper-case", "3", "0.0000", "0.0000–0.8419", "0.0000", "0.0000–0.8419", "0.3333"]
        assert lines[-1] == self.FOUND.signature

    def test_as_markdown_with_its_signature(self):
        lines = self.FOUND.to_markdown().splitlines()
        assert lines[0].split("|")[1].strip() == "change"
        named = [line.split("|")[1].strip() for line in lines if line.startswith("|")]
        assert named[2:] == list(BY_NAME)
        assert self.FOUND.signature in lines

    def test_what_a_single_text_says_has_no_interval(self):
        found = check_invariance(sensitive, TEXTS[:1])
        (change,) = (own for own in found.changes if own.name == "lower-case")
        assert [change.count_texts(measure) for measure in INVARIANCE_MEASURES] == [1, 1, 1]
        (row,) = (line.split() for line in str(found).splitlines() if line.startswith("lower-case"))
        assert row == ["lower-case", "1", "0.0000", "0.0000", "0.0000"]

    def test_as_a_table_in_eighty_columns(self):
        console = Console(width=80)
        with console.capture() as capture:
            console.print(self.FOUND.table())
        assert "3 texts, answers kept" in capture.get()
        assert all(cell in capture.get() for column in self.FOUND.table().columns for cell in column.cells)
        assert "invariance|against:unchanged|" in capture.get()
