"""Where facts stand: the closest mentions of two entities, in sentences and words."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given

from relex.encoding import split_words
from relex.formats.rlx import parse
from relex.places import Closest, Places
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


class TestClosest:
    def test_words_between_count_marks(self):
        # there, opened, the comma, said
        assert told(PLACES.closest("embassy", "vance")) == ("US Embassy", "JD Vance", 4, 0)

    def test_a_nested_mention_is_no_word_away(self):
        assert told(PLACES.closest("us", "embassy")) == ("US", "US Embassy", 0, 0)

    def test_a_group_mention_stands_for_each_member(self):
        assert told(PLACES.closest("us", "vance")) == ("two countries", "Vance", 1, 0)

    def test_a_group_mention_is_both_ends_unless_two_mentions_share_a_sentence(self):
        assert told(PLACES.closest("az", "us")) == ("two countries", "two countries", 0, 0)
        (document,) = parse("#doc d\nThe [states](GPE a+b) met. [Kyiv](GPE a) then invited [Oslo](GPE b).\n")
        closest = Places(document).closest("a", "b")
        assert (closest.words, closest.head == closest.tail) == (2, False)

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


def test_depth_counts_the_mentions_around():
    depths = {DOCUMENT.text[m.start : m.end]: PLACES.depth(m) for m in DOCUMENT.mentions}
    assert depths["US"] == 1
    assert depths["US Embassy"] == depths["Vance"] == 0


def test_words_are_those_that_models_read():
    assert PLACES.n_words == len(list(split_words(DOCUMENT.text)))
    assert Places(parse("#doc d\nU.S. aid: 50%\n")[0]).n_words == 8


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

    check()
