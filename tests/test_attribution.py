"""The cause of every error: a case worked by hand for each cause and rule, and sums that leave nothing out."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from disturbed import disturb
from random_documents import random_document
from relex.alignment import Pair, fact_key
from relex.attribution import (
    CAUSES,
    FAULTS,
    KINDS,
    MENTION_CAUSES,
    Error,
    attribute,
    attribute_documents,
    attribute_mentions,
    facts,
    mentions,
)
from relex.attribution.mentions import match_mentions
from relex.document import Document, Mention, Relation
from relex.errors import InputError
from relex.evaluation import evaluate
from relex.formats.rlx import parse
from strategies import documents

SYMMETRIC = frozenset({"met-with", "cooperates-with"})

TEXT = """#doc d
[Georgian](GPE ge) President [Nino Beridze](PERSON nino) met [Jan Novak](PERSON jan) \
of the [[Czech](GPE cz) Embassy](ORG embassy) in May.
[Prague](GPE cz) sells arms to [Georgia](GPE ge), said [Novak](PERSON jan).
The [two countries](GPE ge+cz) signed a [charter](AGREEMENT charter) on [energy](SECTOR energy).
#rel
"""


def read(text: str, *facts: str) -> Document:
    (document,) = parse(text + "\n".join(facts) + "\n")
    return document


def gold(*facts: str) -> Document:
    return read(TEXT, *facts)


def changed(old: str, new: str, *facts: str) -> Document:
    """The gold mentions with one piece of markup changed, and the facts given."""
    assert TEXT.count(old) == 1
    return read(TEXT.replace(old, new), *facts)


def explain(gold: Document, predicted: Document, **options: int) -> list[tuple[str, ...]]:
    """Kind, fact, cause, end at fault and detail of every error."""
    errors = attribute(Pair(gold, predicted, SYMMETRIC), **options)
    return sorted((e.kind, str(e.relation), e.cause, e.end, e.detail) for e in errors)


class TestConfusions:
    def test_nothing_is_wrong_with_gold(self):
        facts = ("nino met-with jan", "ge signed charter", "cz provides-to ge ?")
        assert explain(gold(*facts), gold(*facts)) == []

    def test_status(self):
        assert explain(gold("cz provides-to ge ?"), gold("cz provides-to ge")) == [
            ("missed", "cz provides-to ge", "status", "", "actual"),
            ("spurious", "cz provides-to ge", "status", "", "planned"),
        ]

    def test_status_of_a_symmetric_fact_told_the_other_way_round(self):
        assert explain(gold("nino met-with jan"), gold("jan met-with nino !")) == [
            ("missed", "nino met-with jan", "status", "", "negated"),
            ("spurious", "jan met-with nino", "status", "", "actual"),
        ]

    def test_direction(self):
        assert explain(gold("cz provides-to ge ?"), gold("ge provides-to cz")) == [
            ("missed", "cz provides-to ge", "direction", "", ""),
            ("spurious", "ge provides-to cz", "direction", "", ""),
        ]

    def test_the_reverse_of_a_fact_that_is_right_is_a_direction(self):
        one, both = gold("cz provides-to ge"), gold("cz provides-to ge", "ge provides-to cz")
        assert explain(one, both) == [("spurious", "ge provides-to cz", "direction", "", "")]
        assert explain(both, one) == [("missed", "ge provides-to cz", "direction", "", "")]

    def test_another_type_beside_the_right_one_is_a_relation_type(self):
        one, both = gold("nino invited jan"), gold("nino invited jan", "nino opposes jan")
        assert explain(one, both) == [("spurious", "nino opposes jan", "relation-type", "", "invited")]
        assert explain(both, one) == [("missed", "nino opposes jan", "relation-type", "", "invited")]

    def test_the_reverse_of_the_type_goes_before_another_type(self):
        ours, predicted = gold("cz opposes ge", "ge provides-to cz"), gold("cz opposes ge", "ge opposes cz")
        assert [(fact, cause) for _, fact, cause, *_ in explain(ours, predicted)] == [
            ("ge provides-to cz", "relation-type"),
            ("ge opposes cz", "relation-type"),
        ]
        predicted = gold("cz opposes ge", "ge provides-to cz", "ge opposes cz")
        assert explain(ours, predicted) == [("spurious", "ge opposes cz", "direction", "", "")]

    def test_a_fact_beside_one_that_is_right_names_it(self):
        pair = Pair(gold("nino invited jan ?"), gold("nino invited jan ?", "nino opposes jan"), SYMMETRIC)
        (error,) = attribute(pair)
        assert error.counterpart == Relation("nino", "invited", "jan", "planned")

    def test_relation_type_with_which(self):
        assert explain(gold("nino met-with jan"), gold("nino supports jan")) == [
            ("missed", "nino met-with jan", "relation-type", "", "supports"),
            ("spurious", "nino supports jan", "relation-type", "", "met-with"),
        ]

    @pytest.mark.parametrize("stated", ["met-with", "invited"])
    def test_type_and_direction_wrong_together_are_a_relation_type(self, stated):
        assert explain(gold(f"nino {stated} jan"), gold("jan supports nino")) == [
            ("missed", f"nino {stated} jan", "relation-type", "", "supports"),
            ("spurious", "jan supports nino", "relation-type", "", stated),
        ]

    def test_another_type_is_joined_to_the_fact_of_its_direction_first(self):
        pair = Pair(gold("nino invited jan", "jan opposes nino"), gold("jan supports nino"), SYMMETRIC)
        (spurious,) = (error for error in attribute(pair) if error.kind == "spurious")
        assert spurious.counterpart == Relation("jan", "opposes", "nino")

    @pytest.mark.parametrize("order", [1, -1])
    def test_of_two_missed_facts_the_first_by_name_is_joined_to_a_spurious_one(self, order):
        facts = ("nino invited jan", "nino opposes jan")[::order]
        assert explain(gold(*facts), gold("nino supports jan")) == [
            ("missed", "nino invited jan", "relation-type", "", "supports"),
            ("missed", "nino opposes jan", "relation-type", "", "supports"),
            ("spurious", "nino supports jan", "relation-type", "", "invited"),
        ]

    def test_the_other_status_goes_before_the_other_type(self):
        errors = explain(
            gold("nino invited jan", "nino opposes jan !"), gold("nino invited jan ?", "nino supports jan")
        )
        assert [(kind, cause) for kind, _, cause, *_ in errors] == [
            ("missed", "status"),
            ("missed", "relation-type"),
            ("spurious", "status"),
            ("spurious", "relation-type"),
        ]

    def test_a_status_that_agrees_is_joined_first(self):
        errors = attribute(Pair(gold("nino invited jan", "nino opposes jan ?"), gold("nino supports jan ?"), SYMMETRIC))
        (spurious,) = (error for error in errors if error.kind == "spurious")
        assert spurious.counterpart == Relation("nino", "opposes", "jan", "planned")

    def test_the_two_errors_of_a_confusion_name_each_other(self):
        pair = Pair(gold("nino met-with jan"), gold("nino supports jan"), SYMMETRIC)
        missed, spurious = attribute(pair)
        assert missed.counterpart == spurious.relation
        assert spurious.counterpart == missed.relation


class TestEnds:
    def test_missed_mention(self):
        predicted = changed("[charter](AGREEMENT charter)", "charter")
        assert explain(gold("ge signed charter"), predicted) == [
            ("missed", "ge signed charter", "missed-mention", "tail", "")
        ]

    def test_missed_mention_at_both_ends(self):
        predicted = read("#doc d\n" + gold().text + "\n#rel\n")
        assert explain(gold("nino met-with jan"), predicted) == [
            ("missed", "nino met-with jan", "missed-mention", "both", "")
        ]

    def test_spurious_mention(self):
        predicted = changed("in May", "in [May](DATE may)", "charter dated may")
        assert explain(gold(), predicted) == [("spurious", "charter dated may", "spurious-mention", "tail", "")]

    def test_mention_type(self):
        predicted = changed("[Nino Beridze](PERSON nino)", "[Nino Beridze](ORG nino)", "nino met-with jan ?")
        assert explain(gold("nino met-with jan"), predicted) == [
            ("missed", "nino met-with jan", "mention-type", "head", "ORG"),
            ("spurious", "nino met-with jan", "mention-type", "head", "PERSON"),
        ]

    def test_mention_type_of_an_end_that_no_fact_was_told_of(self):
        predicted = changed("[Nino Beridze](PERSON nino)", "[Nino Beridze](ORG nino)")
        assert explain(gold("nino met-with jan"), predicted) == [
            ("missed", "nino met-with jan", "mention-type", "head", "ORG")
        ]

    def test_boundary(self):
        predicted = changed("[charter](AGREEMENT charter) on", "[charter on](AGREEMENT charter)", "ge signed charter")
        assert explain(gold("ge signed charter"), predicted) == [
            ("missed", "ge signed charter", "boundary", "tail", "charter on"),
            ("spurious", "ge signed charter", "boundary", "tail", "charter"),
        ]

    def test_a_nested_mention_that_is_right_is_no_boundary_of_the_outer_one(self):
        predicted = changed("[[Czech](GPE cz) Embassy](ORG embassy)", "[Czech](GPE cz) Embassy")
        assert explain(gold("jan represents embassy"), predicted) == [
            ("missed", "jan represents embassy", "missed-mention", "tail", "")
        ]

    def test_split(self):
        # Georgia's two other mentions stand for it.
        predicted = changed("[Georgia](GPE ge)", "[Georgia](GPE other)", "cz provides-to other")
        assert explain(gold("cz provides-to ge"), predicted) == [
            ("missed", "cz provides-to ge", "split", "tail", "Georgia"),
            ("spurious", "cz provides-to other", "split", "tail", "Georgia"),
        ]

    def test_split_beside_the_right_fact(self):
        predicted = changed("[Georgia](GPE ge)", "[Georgia](GPE other)", "cz provides-to ge", "cz provides-to other")
        assert explain(gold("cz provides-to ge"), predicted) == [
            ("spurious", "cz provides-to other", "split", "tail", "Georgia")
        ]

    def test_a_piece_of_an_entity_turned_round_is_not_joined(self):
        predicted = changed("[Georgia](GPE ge)", "[Georgia](GPE other)", "other provides-to cz")
        assert explain(gold("cz provides-to ge"), predicted) == [
            ("missed", "cz provides-to ge", "one-sentence", "", ""),
            ("spurious", "other provides-to cz", "split", "head", "Georgia"),
        ]

    def test_facts_with_fewer_wrong_ends_are_joined_first(self):
        text = TEXT.replace("[Georgia](GPE ge)", "[Georgia](GPE other)").replace(
            "[Czech](GPE cz)", "[Czech](GPE piece)"
        )
        predicted = read(text, "piece opposes other", "cz opposes other")
        assert explain(gold("cz opposes ge"), predicted) == [
            ("missed", "cz opposes ge", "split", "tail", "Georgia"),
            ("spurious", "cz opposes other", "split", "tail", "Georgia"),
            ("spurious", "piece opposes other", "split", "both", "Czech, Georgia"),
        ]

    def test_merged(self):
        predicted = merge(gold(), "nino", "jan", Relation("jan", "supports", "charter"))
        assert explain(gold("nino supports charter"), predicted) == [
            ("missed", "nino supports charter", "merged", "head", "Jan Novak"),
            ("spurious", "jan supports charter", "merged", "head", "Nino Beridze"),
        ]

    def test_merged_without_a_fact_left_for_the_second_entity(self):
        predicted = merge(gold(), "nino", "jan", Relation("jan", "supports", "charter"))
        both = gold("nino supports charter", "jan supports charter")
        assert explain(both, predicted) == [("missed", "nino supports charter", "merged", "head", "Jan Novak")]

    def test_a_mention_given_to_another_entity(self):
        # "Novak" is told of the president, who has a mention of her own; Novak is found by his other one.
        predicted = changed("[Novak](PERSON jan)", "[Novak](PERSON nino)", "nino supports charter")
        assert explain(gold("jan supports charter"), predicted) == [
            ("missed", "jan supports charter", "merged", "head", "Nino Beridze"),
            ("spurious", "nino supports charter", "merged", "head", "Jan Novak"),
        ]

    def test_the_graver_fault_of_two_is_the_cause(self):
        predicted = changed("[Georgia](GPE ge)", "[Georgia](GPE other)", "other opposes jan")
        nobody = replace(predicted, mentions=[m for m in predicted.mentions if m.type != "PERSON"], relations=())
        assert explain(gold("ge opposes jan"), nobody) == [("missed", "ge opposes jan", "missed-mention", "tail", "")]

    def test_the_same_relation_through_a_wrong_end_goes_before_another_relation(self):
        predicted = changed("[Georgia](GPE ge)", "[Georgia](GPE other)", "cz provides-to other", "cz opposes ge")
        assert explain(gold("cz provides-to ge"), predicted) == [
            ("missed", "cz provides-to ge", "split", "tail", "Georgia"),
            ("spurious", "cz opposes ge", "relation-type", "", "provides-to"),
            ("spurious", "cz provides-to other", "split", "tail", "Georgia"),
        ]

    def test_the_ends_of_a_symmetric_fact_are_told_as_its_own_side_states_it(self):
        predicted = changed("[Nino Beridze](PERSON nino)", "[Nino Beridze](ORG nino)", "jan met-with nino")
        assert explain(gold("nino met-with jan"), predicted) == [
            ("missed", "nino met-with jan", "mention-type", "head", "ORG"),
            ("spurious", "jan met-with nino", "mention-type", "tail", "PERSON"),
        ]


class TestGroups:
    def test_a_group_taken_for_a_thing_of_its_own(self):
        predicted = changed("(GPE ge+cz)", "(GPE both)", "both signed charter")
        assert explain(gold("ge signed charter", "cz signed charter"), predicted) == [
            ("missed", "cz signed charter", "group", "head", "two countries"),
            ("missed", "ge signed charter", "group", "head", "two countries"),
            ("spurious", "both signed charter", "group", "head", "two countries"),
        ]

    def test_a_group_that_was_not_found(self):
        predicted = changed("[two countries](GPE ge+cz)", "two countries")
        assert explain(gold("ge signed charter"), predicted) == [
            ("missed", "ge signed charter", "group", "head", "two countries")
        ]

    def test_a_group_without_one_of_its_members(self):
        predicted = changed("(GPE ge+cz)", "(GPE ge)", "ge signed charter")
        assert explain(gold("ge signed charter", "cz signed charter"), predicted) == [
            ("missed", "cz signed charter", "group", "head", "two countries")
        ]

    def test_a_group_with_a_member_too_many(self):
        ours = changed("(GPE ge+cz)", "(GPE ge)", "ge signed charter")
        assert explain(ours, gold("ge signed charter", "cz signed charter")) == [
            ("spurious", "cz signed charter", "group", "head", "two countries")
        ]

    def test_a_member_rightly_named_is_not_confused_with_one_too_many(self):
        predicted = changed("[Georgia](GPE ge)", "[Georgia](GPE ge+other)", "other opposes jan")
        assert explain(gold("ge opposes jan"), predicted) == [
            ("missed", "ge opposes jan", "one-sentence", "", ""),
            ("spurious", "other opposes jan", "group", "head", "Georgia"),
        ]

    def test_a_group_is_at_fault_only_where_no_mention_of_the_entity_alone_is(self):
        # The first mention that "other" shares with Oslo is a group, the second is not.
        markup = (
            "#doc d\nThe [two]({}) met. [Oslo]({}) of [Oslo]({}), [Oslo]({}), [Oslo]({}) and [Kyiv](GPE b).\n#rel\n"
        )
        ours = read(markup.format("GPE a+b", "GPE a", "GPE a", "GPE a", "GPE a"))
        predicted = read(markup.format("GPE other+b", "GPE other", "GPE a", "GPE a", "GPE a"), "other opposes b")
        ((_, _, cause, *_),) = explain(ours, predicted)
        assert cause == "split"

    def test_a_group_of_the_right_members_may_be_a_little_off(self):
        predicted = changed("[two countries](GPE ge+cz)", "two [countries](GPE ge+cz)")
        assert explain(gold("ge signed charter"), predicted) == [
            ("missed", "ge signed charter", "across-sentences", "", "")
        ]

    def test_a_group_that_is_right_leaves_the_pair_at_fault(self):
        # "Georgia" carries the fact, a sentence away.
        assert explain(gold("ge signed charter"), gold()) == [
            ("missed", "ge signed charter", "across-sentences", "", "")
        ]

    def test_members_of_a_group_that_is_right_are_not_confused_by_it(self):
        assert explain(gold("ge signed charter"), gold("cz signed charter")) == [
            ("missed", "ge signed charter", "across-sentences", "", ""),
            ("spurious", "cz signed charter", "across-sentences", "", ""),
        ]

    def test_a_group_far_from_the_fact_is_not_at_fault(self):
        predicted = changed("[two countries](GPE ge+cz)", "two countries")
        assert explain(gold("cz provides-to ge"), predicted) == [
            ("missed", "cz provides-to ge", "one-sentence", "", "")
        ]


class TestPairs:
    def test_within_and_across_sentences(self):
        assert explain(gold("nino met-with jan"), gold("nino supports energy")) == [
            ("missed", "nino met-with jan", "one-sentence", "", ""),
            ("spurious", "nino supports energy", "across-sentences", "", ""),
        ]

    def test_beyond_the_window_is_a_cause_of_what_is_missed(self):
        # One word, "President", lies between.
        stated = gold("ge opposes nino")
        assert explain(stated, gold(), window_words=1) == [("missed", "ge opposes nino", "one-sentence", "", "")]
        assert explain(stated, gold(), window_words=0) == [("missed", "ge opposes nino", "beyond-window", "", "")]
        assert explain(gold(), stated, window_words=0) == [("spurious", "ge opposes nino", "one-sentence", "", "")]

    def test_beyond_the_window_is_measured_between_any_two_mentions(self):
        text = f"#doc d\n[Ann](PERSON ann) {'foo ' * 30}met [Bob](PERSON bob). [Ann](PERSON ann) left.\n#rel\n"
        stated, nothing = read(text, "ann met-with bob"), read(text)
        # The mark alone lies between Bob and the second Ann.
        for window_words, cause in ((10, "one-sentence"), (1, "one-sentence"), (0, "beyond-window")):
            ((_, _, found, *_),) = explain(stated, nothing, window_words=window_words)
            assert found == cause

    def test_a_missed_end_goes_before_the_window(self):
        predicted = changed("[energy](SECTOR energy)", "energy")
        assert explain(gold("nino supports energy"), predicted, window_words=1)[0][2] == "missed-mention"

    def test_errors_can_be_shown_in_the_text(self):
        (error,) = attribute(Pair(gold("jan invited nino ?"), gold(), SYMMETRIC))
        assert [gold().text[slice(*span)] for span in (error.head, error.tail)] == ["Jan Novak", "Nino Beridze"]
        assert (error.document, error.type, error.words, error.sentences, error.score) == ("d", "invited", 1, 0, None)

    def test_scores_are_kept(self):
        scored = replace(gold(), relations=(Relation("jan", "invited", "nino", score=0.75),))
        (error,) = attribute(Pair(gold(), scored, SYMMETRIC))
        assert error.score == 0.75


def merge(document: Document, entity: str, into: str, *relations: Relation) -> Document:
    mentions = [replace(m, entities=tuple(into if e == entity else e for e in m.entities)) for m in document.mentions]
    return replace(document, mentions=tuple(mentions), relations=relations)


class TestMentions:
    def explain(self, gold: Document, predicted: Document) -> list[tuple[str, str, str, str]]:
        errors = attribute_mentions(Pair(gold, predicted, SYMMETRIC))
        return [(e.kind, gold.text[e.mention.start : e.mention.end], e.cause, e.detail) for e in errors]

    def test_type(self):
        assert self.explain(gold(), changed("[Nino Beridze](PERSON nino)", "[Nino Beridze](ORG nino)")) == [
            ("missed", "Nino Beridze", "type", "ORG"),
            ("spurious", "Nino Beridze", "type", "PERSON"),
        ]

    def test_boundary(self):
        assert self.explain(gold(), changed("[charter](AGREEMENT charter) on", "[charter on](AGREEMENT charter)")) == [
            ("missed", "charter", "boundary", ""),
            ("spurious", "charter on", "boundary", ""),
        ]

    def test_missed_and_spurious(self):
        predicted = changed(" in May.\n[Prague](GPE cz)", " in [May](DATE may).\nPrague")
        assert self.explain(gold(), predicted) == [
            ("spurious", "May", "spurious", ""),
            ("missed", "Prague", "missed", ""),
        ]

    def test_an_overlap_of_another_type_is_none(self):
        predicted = changed("[charter](AGREEMENT charter) on", "[charter on](EVENT charter)")
        assert [cause for *_, cause, _ in self.explain(gold(), predicted)] == ["missed", "spurious"]

    def test_entities_do_not_matter(self):
        assert self.explain(gold(), changed("(GPE ge+cz)", "(GPE both)")) == []

    def test_the_largest_overlap_wins_and_each_mention_is_used_once(self):
        def spans(*ranges: tuple[int, int]) -> Document:
            return Document("d", "x" * 20, tuple(Mention(s, e, "T", (f"e{s}-{e}",)) for s, e in ranges))

        pair = Pair(spans((0, 10)), spans((0, 3), (3, 10), (12, 14)), SYMMETRIC)
        found = [(e.kind, e.mention.start, e.cause) for e in attribute_mentions(pair)]
        assert found == [
            ("spurious", 0, "spurious"),
            ("missed", 0, "boundary"),
            ("spurious", 3, "boundary"),
            ("spurious", 12, "spurious"),
        ]


# -- sums that leave nothing out --------------------------------------------------------------------------


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    """A document and a copy with errors of every kind, or two copies of one."""
    document = draw(documents(any_text=True))
    gold = disturb(document, draw(st.integers(0, 999)), rate=draw(st.sampled_from((0.0, 0.5))))
    return Pair(gold, disturb(document, draw(st.integers(0, 999)), rate=0.5), frozenset({"met-with"}))


def keys(errors: tuple[Error, ...], pair: Pair, side: int) -> Counter[tuple[object, ...]]:
    own = [error.relation for error in errors if error.kind == KINDS[side]]
    return Counter((*fact_key(relation, pair.names[side], pair.symmetric), relation.status) for relation in own)


@given(pairs())
def test_errors_of_facts_are_the_set_difference_each_once(pair):
    errors = attribute(pair, window_words=2)
    gold, predicted = ({(*fact, status) for fact, status in side.items()} for side in pair.facts)
    assert keys(errors, pair, 0) == Counter(gold - predicted)
    assert keys(errors, pair, 1) == Counter(predicted - gold)


@given(pairs())
def test_errors_of_mentions_are_the_set_difference_each_once(pair):
    errors = attribute_mentions(pair)
    gold, predicted = ({(m.start, m.end, m.type) for m in side.mentions} for side in pair.sides)
    found = Counter((e.kind, e.mention.start, e.mention.end, e.mention.type) for e in errors)
    assert found == Counter(
        [("missed", *key) for key in gold - predicted] + [("spurious", *key) for key in predicted - gold]
    )
    assert {error.cause for error in errors} <= set(MENTION_CAUSES)
    joined = Counter((e.kind, e.mention, e.counterpart, e.cause) for e in errors if e.counterpart)
    assert joined == Counter((other(kind), b, a, cause) for kind, a, b, cause in joined.elements())


def other(kind: str) -> str:
    return KINDS[1 - KINDS.index(kind)]


@given(pairs())
def test_confusions_join_one_missed_and_one_spurious_fact_under_one_cause(pair):
    errors = attribute(pair)
    found = {(e.kind, e.relation, e.counterpart, e.cause) for e in errors if e.counterpart}
    joined = {(kind, a, b, cause) for kind, a, b, cause in found if (other(kind), b, a, cause) in found}
    assert all(n == 1 for n in Counter((kind, a) for kind, a, *_ in joined).values())
    # The others stand beside a fact of their entities that is right, or joined.
    left = {(e.kind, e.relation) for e in errors} - {(kind, a) for kind, a, *_ in joined}
    for kind, _, b, cause in found - joined:
        assert cause in ("direction", "relation-type")
        assert (other(kind), b) not in left


def related(pair: Pair, side: int, relation: Relation) -> bool:
    """Whether the other side states any fact of the two entities, either way round."""
    names = pair.names[1 - side]
    ends = {pair.names[side][end] for end in (relation.head, relation.tail)}
    return any({names[r.head], names[r.tail]} == ends for r in pair.sides[1 - side].relations)


@given(pairs())
def test_causes_are_what_they_say(pair):
    """What can be said of each cause without the order of precedence."""
    aligned = pair.aligned
    for error in attribute(pair, window_words=2):
        side = KINDS.index(error.kind)
        relation, twin = error.relation, error.counterpart
        stands = [end in (aligned if side else aligned.values()) for end in (relation.head, relation.tail)]
        at_fault = {"head": [0], "tail": [1], "both": [0, 1], "": []}[error.end]
        assert error.cause in CAUSES
        assert bool(error.end) == (error.cause in FAULTS)
        document = pair.sides[side]
        for entity, span in ((relation.head, error.head), (relation.tail, error.tail)):
            assert span in {(m.start, m.end) for m in document.entity(entity).mentions}
        if error.cause in ("status", "direction", "relation-type", "beyond-window", "one-sentence", "across-sentences"):
            assert all(stands)
        if error.cause in ("missed-mention", "spurious-mention", "split") and twin is None:
            assert not any(stands[i] for i in at_fault)
        if error.cause in ("status", "direction", "relation-type"):
            assert twin is not None
            assert (error.cause == "relation-type") == (twin.type != relation.type)
        if error.cause in ("one-sentence", "across-sentences", "beyond-window"):
            assert not related(pair, side, relation)
        if error.cause == "beyond-window":
            assert error.kind == "missed"
            assert error.words > 2
        if error.cause == "one-sentence":
            assert error.sentences == 0
        if error.cause in ("missed-mention", "spurious-mention"):
            assert error.kind == error.cause.removesuffix("-mention")
            spans = {(m.start, m.end) for m in pair.sides[1 - side].mentions}
            for i in at_fault:
                entity = document.entity((relation.head, relation.tail)[i])
                assert spans.isdisjoint((m.start, m.end) for m in entity.mentions)


@given(pairs())
def test_the_names_of_entities_and_the_order_of_facts_change_nothing(pair):
    def renamed(document: Document) -> Document:
        mentions = [replace(m, entities=tuple(f"n{hash(e) % 997}-{e}" for e in m.entities)) for m in document.mentions]
        names = {
            old: new
            for m, n in zip(document.mentions, mentions, strict=True)
            for old, new in zip(m.entities, n.entities, strict=True)
        }
        relations = [replace(r, head=names[r.head], tail=names[r.tail]) for r in reversed(document.relations)]
        return replace(document, mentions=tuple(mentions), relations=tuple(relations))

    again = Pair(renamed(pair.gold), renamed(pair.predicted), pair.symmetric)
    told, retold = ([(e.kind, e.type, e.cause, e.end, e.head, e.tail) for e in attribute(p)] for p in (pair, again))
    assert Counter(told) == Counter(retold)


class TestSummary:
    def corpus(self) -> tuple[list[Document], list[Document]]:
        facts = ("nino met-with jan", "cz provides-to ge ?", "ge signed charter", "charter covers energy")
        truth = [replace(gold(*facts), id=f"doc-{i}") for i in range(8)]
        return truth, [disturb(document, i, rate=0.5) for i, document in enumerate(truth)][:7]

    def test_counts_and_shares_sum_to_all_errors(self):
        truth, predicted = self.corpus()
        found = attribute_documents(truth, predicted)
        report = evaluate(truth, predicted)
        for breakdown, level, errors in (
            (found.fact_breakdown, "relation+status", found.facts),
            (found.mention_breakdown, "mention", found.mentions),
        ):
            counts = report.micro(level)
            assert breakdown.total == len(errors) == counts.gold + counts.predicted - 2 * counts.tp > 0
            assert sum(breakdown.by_cause(kind="missed").values()) == counts.gold - counts.tp
            assert sum(breakdown.by_cause(kind="spurious").values()) == counts.predicted - counts.tp
            assert sum(breakdown.by_cause().values()) == breakdown.total
            assert sum(breakdown.shares().values()) == pytest.approx(1)
            by_type = [sum(breakdown.by_cause(type=type).values()) for type in breakdown.types]
            assert sum(by_type) == breakdown.total
            assert by_type == sorted(by_type, reverse=True)

    def test_worked_by_hand(self):
        truth = [replace(gold("nino met-with jan", "cz provides-to ge ?"), id=name) for name in "ab"]
        predicted = [replace(gold("nino supports jan", "cz provides-to ge"), id="a")]
        found = attribute_documents(truth, predicted).fact_breakdown
        assert {cause: n for cause, n in found.by_cause().items() if n} == {
            "status": 2,
            "relation-type": 2,
            "missed-mention": 2,
        }
        assert found.by_cause(kind="spurious", type="supports") == {c: int(c == "relation-type") for c in CAUSES}
        assert found.shares()["status"] == pytest.approx(1 / 3)
        assert found.types == ("provides-to", "met-with", "supports")

    def test_nothing_wrong_has_no_shares(self):
        found = attribute_documents([gold("nino met-with jan")], [gold("jan met-with nino")])
        assert found.fact_breakdown.total == 0
        assert set(found.fact_breakdown.shares().values()) == {0}
        assert found.mentions == ()

    def test_the_order_of_documents_changes_nothing(self):
        truth, predicted = self.corpus()
        assert attribute_documents(truth[::-1], predicted[::-1]) == attribute_documents(truth, predicted)

    def test_signatures_name_level_window_and_data(self):
        truth, predicted = self.corpus()
        found = attribute_documents(truth, predicted, window_words=200)
        report = evaluate(truth, predicted)
        data = report.signature[report.signature.index("|labels:") :]
        assert found.fact_breakdown.signature == "relation+status|match:entity|status:required|window:200" + data
        assert found.mention_breakdown.signature == "mention|match:strict" + data
        assert "|window:none|" in attribute_documents(truth, predicted).fact_breakdown.signature

    def test_plain_values(self):
        truth, predicted = self.corpus()
        found = attribute_documents(truth, predicted)
        value = json.loads(json.dumps(found.to_dict()))
        assert len(value["facts"]["errors"]) == value["facts"]["n_errors"] == found.fact_breakdown.total
        assert len(value["mentions"]["errors"]) == value["mentions"]["n_errors"]
        causes = value["facts"]["causes"]
        assert list(causes) == list(CAUSES)
        assert sum(own["missed"] + own["spurious"] for own in causes.values()) == found.fact_breakdown.total
        (missed, _) = attribute(Pair(gold("cz provides-to ge ?"), gold("cz provides-to ge"), SYMMETRIC))
        assert missed.to_dict() == {
            "document": "d",
            "kind": "missed",
            "cause": "status",
            "end": "",
            "detail": "actual",
            "relation": ["cz", "provides-to", "ge", "planned"],
            "score": None,
            "head": [75, 81],
            "tail": [96, 103],
            "words": 3,
            "sentences": 0,
            "counterpart": ["cz", "provides-to", "ge", "actual"],
        }

    def test_tables_fit_80_columns_and_hold_every_number(self):
        truth, predicted = self.corpus()
        breakdown = attribute_documents(truth, predicted).fact_breakdown
        console = Console(width=80)
        with console.capture() as capture:
            console.print(breakdown.table())
            console.print(breakdown.type_table())
        shown = capture.get()
        assert max(map(len, shown.splitlines())) <= 80
        for cause, n_errors in breakdown.by_cause().items():
            assert (cause in shown) == (n_errors > 0)
        assert "100.0%" in shown
        markdown = breakdown.to_markdown()
        rows = [line.split(" | ") for line in markdown.splitlines() if line.startswith("| ")]
        assert rows[-1][-1] == f"{breakdown.total} |"
        assert breakdown.signature in markdown

    def test_documents_are_checked_as_for_scores(self):
        with pytest.raises(InputError, match="predicted x without a gold document"):
            attribute_documents([gold()], [replace(gold(), id="x")])


class TestNearAlone:
    """Only what lies near is compared, and nothing that could have been joined is passed over."""

    def test_facts_are_joined_as_if_all_were_compared(self, monkeypatch):
        def find_all(by_ends, heads, tails):
            return [relation for _, relation in sorted({own for found in by_ends.values() for own in found})]

        pairs = [Pair(document := random_document(i), disturb(document, i, rate=0.5), SYMMETRIC) for i in range(600)]
        found = [attribute(pair) for pair in pairs]
        joined = Counter(error.cause for errors in found for error in errors if error.counterpart)
        assert {"status", "direction", "relation-type", *FAULTS[2:]} <= set(joined)
        monkeypatch.setattr(facts, "_find", find_all)
        assert [attribute(pair) for pair in pairs] == found

    def test_mentions_are_matched_as_if_all_were_compared(self, monkeypatch):
        pairs = [Pair(random_document(i), random_document(10_000 + i), SYMMETRIC) for i in range(300)]
        found = [match_mentions(pair) for pair in pairs]
        assert any(match.how == "boundary" for matches in found for match in matches)

        def find_all(gold, predicted):
            return [(g, p) for g in gold for p in predicted if g.start < p.end and p.start < g.end]

        monkeypatch.setattr(mentions, "_overlapping", find_all)
        assert [match_mentions(pair) for pair in pairs] == found
