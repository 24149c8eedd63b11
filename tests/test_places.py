"""Where facts stand: the mentions that carry them, in sentences and words."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given

import relex.places
from relex.document import Evidence, Relation
from relex.formats.rlx import parse
from relex.places import Closest, Places
from relex.words import split_words
from strategies import documents

(DOCUMENT,) = parse(
    """#doc d
[Baku](GPE az) is far. The [[US](GPE us) Embassy](ORG embassy) there opened, said [JD Vance](PERSON vance).
The [two countries](GPE az+us) praised [Vance](PERSON vance).
"""
)
PLACES = Places(DOCUMENT)


def told(closest: Closest) -> tuple[str, str, int, int]:
    surfaces = [DOCUMENT.text[m.start : m.end] for m in (closest.head, closest.tail)]
    return (*surfaces, closest.words, closest.sentences)


def rate(own: Closest, head: str, tail: str) -> tuple[int, ...]:
    """How well two mentions carry a fact, the least best."""
    n_shared = (tail in own.head.entities) + (head in own.tail.entities)
    return n_shared, own.head.is_group + own.tail.is_group, own.sentences, own.words


def surfaces(text: str) -> tuple[str, str]:
    """What carries a fact of `a` and `b`."""
    (document,) = parse(f"#doc d\n{text}\n")
    closest = Places(document).closest("a", "b")
    head, tail = (document.text[m.start : m.end] for m in (closest.head, closest.tail))
    return head, tail


class TestClosest:
    def test_words_between_count_marks(self):
        # there, opened, the comma, said
        assert told(PLACES.closest("embassy", "vance")) == ("US Embassy", "JD Vance", 4, 0)

    def test_a_nested_mention_is_no_word_away(self):
        assert told(PLACES.closest("us", "embassy")) == ("US", "US Embassy", 0, 0)

    def test_group_mentions_count_only_where_no_other_pair_is(self):
        assert told(PLACES.closest("us", "vance")) == ("US", "JD Vance", 5, 0)
        assert told(PLACES.closest("az", "us")) == ("Baku", "US", 4, 1)
        assert surfaces("The [states](GPE a+c) invited [Oslo](GPE b).") == ("states", "Oslo")

    def test_a_mention_that_names_both_ends_counts_only_where_no_other_does(self):
        assert surfaces("The [three](GPE a+b+c) met. The [two](GPE a+c) invited [Oslo](GPE b).") == ("two", "Oslo")
        assert surfaces("[Both](GPE a+b) spoke to [Oslo](GPE b). The [two](GPE a+c) left.") == ("two", "Oslo")
        assert surfaces("[Both](GPE a+b) spoke to [Oslo](GPE b).") == ("Both", "Oslo")
        assert surfaces("[Both](GPE a+b) spoke.") == ("Both", "Both")

    def test_the_order_of_the_ends_is_kept(self):
        assert told(PLACES.closest("vance", "embassy")) == ("JD Vance", "US Embassy", 4, 0)

    def test_one_sentence_goes_before_fewer_words(self):
        (document,) = parse("#doc d\n[Kyiv](GPE a) is far away from [Oslo](GPE b). [Kyiv](GPE a) is near.\n")
        closest = Places(document).closest("a", "b")
        assert (closest.head.start, closest.words, closest.sentences) == (0, 4, 0)

    def test_across_sentences(self):
        (document,) = parse("#doc d\n[Kyiv](GPE a) is far. It rains. [Oslo](GPE b) is near.\n")
        closest = Places(document).closest("a", "b")
        # is, far, ., It, rains, .
        assert (closest.words, closest.sentences) == (6, 2)

    def test_the_first_of_equals(self):
        (document,) = parse("#doc d\n[A](GPE a) [B](GPE b) and [A](GPE a) [B](GPE b) met.\n")
        closest = Places(document).closest("a", "b")
        assert (closest.head.start, closest.tail.start) == (0, 2)

    def test_the_first_of_equals_is_one_whichever_end_is_the_head(self):
        places = Places(parse("#doc d\n[A](GPE a) and [B](GPE b) and [A](GPE a).\n")[0])
        forth, back = places.closest("a", "b"), places.closest("b", "a")
        assert (forth.head, forth.tail) == (back.tail, back.head)
        assert forth.head.start == 0


class TestCarriers:
    def test_are_the_evidence_or_else_the_closest_mentions(self):
        az, us, group = DOCUMENT.mentions[0], DOCUMENT.mentions[2], DOCUMENT.mentions[4]
        relation = Relation("az", "opposes", "us")
        assert PLACES.carriers(relation) == Closest(az, us, words=4, sentences=1)
        both = Evidence((group.start, group.end), (group.start, group.end))
        assert PLACES.carriers(replace(relation, evidence=(both,))) == Closest(group, group, words=0, sentences=0)


def test_the_nearest_mentions_may_be_groups():
    assert told(PLACES.nearest("us", "vance")) == ("two countries", "Vance", 1, 0)
    assert told(PLACES.nearest("az", "us")) == ("two countries", "two countries", 0, 0)
    (document,) = parse("#doc d\nThe [states](GPE a+b) met. [Kyiv](GPE a) then invited [Oslo](GPE b).\n")
    assert Places(document).nearest("a", "b").words == 2


def test_the_fewest_words_may_lie_across_sentences():
    (document,) = parse("#doc d\n[Kyiv](GPE a) is far away from [Oslo](GPE b). [Kyiv](GPE a) is near.\n")
    assert Places(document).fewest_words("a", "b") == 1


def test_depth_counts_the_mentions_around():
    depths = {DOCUMENT.text[m.start : m.end]: PLACES.depth(m) for m in DOCUMENT.mentions}
    assert depths["US"] == 1
    assert depths["US Embassy"] == depths["Vance"] == 0


def test_words_are_those_that_models_read():
    assert PLACES.n_words == len(list(split_words(DOCUMENT.text)))
    assert Places(parse("#doc d\nU.S. aid: 50%\n")[0]).n_words == 8


def test_the_closest_of_many_mentions_is_found_without_all_pairs(monkeypatch):
    n_measured = 0
    measure = relex.places._measure

    def count(*spots):
        nonlocal n_measured
        n_measured += 1
        return measure(*spots)

    monkeypatch.setattr(relex.places, "_measure", count)
    (document,) = parse("#doc d\n" + "[Kyiv](GPE a) met [Oslo](GPE b). It rained.\n" * 300)
    assert Places(document).closest("a", "b").words == 1
    assert n_measured == 300


@pytest.mark.parametrize("any_text", [False, True])
def test_random_documents_are_measured_as_plain_loops_say(any_text):
    @given(documents(any_text=any_text))
    def check(document):
        places = Places(document)
        words = list(split_words(document.text))
        for head, tail in itertools.permutations(document.entities, 2):
            closest = places.closest(head.id, tail.id)
            assert closest.head in head.mentions
            assert closest.tail in tail.mentions
            left, right = sorted(((m.start, m.end) for m in (closest.head, closest.tail)), key=lambda span: span[0])
            assert closest.words == sum(left[1] <= start and end <= right[0] for start, end in words)
            begun = [
                sum(start <= m.start for start, _ in document.sentences) or 1 for m in (closest.head, closest.tail)
            ]
            assert closest.sentences == abs(begun[0] - begun[1])
            back = places.closest(tail.id, head.id)
            assert (back.words, back.sentences) == (closest.words, closest.sentences)
            ranked = list(places.rank(head.id, tail.id))
            assert ranked[0] == closest
            assert [rate(own, head.id, tail.id) for own in ranked] == sorted(
                rate(own, head.id, tail.id) for own in ranked
            )
            assert {(own.head, own.tail) for own in ranked} == set(itertools.product(head.mentions, tail.mentions))
            assert places.fewest_words(head.id, tail.id) == min(own.words for own in ranked)

    check()
