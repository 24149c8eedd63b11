"""Where sentences begin and end: disjoint ranges in order, over every character that is not white space."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from relex.sentences import find_wraps, split_sentences
from strategies import HARD_CHARACTERS

NEWS_LIKE = st.lists(
    st.sampled_from(
        [
            "Mr", "U.S", "J", "talks", "Kyiv", "No", "said", "7", "3.5", "东京",
            ".", ". ", "! ", "?", "…", "\n", "\r\n", " ", "”", '"', ")", "。",
        ]
    ),
    max_size=30,
).map("".join)  # fmt: skip


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("They met. They talked.", ["They met.", "They talked."]),
        ("Did they meet? Yes! Good…", ["Did they meet?", "Yes!", "Good…"]),
        ("“We agreed.” He left.", ["“We agreed.”", "He left."]),
        ("(They met.) Then he left.", ["(They met.)", "Then he left."]),
        ("Headline\nThe text begins", ["Headline", "The text begins"]),
        ("One.\n\n\nTwo.", ["One.", "Two."]),
        ("One.\r\nTwo.", ["One.", "Two."]),
        ("他们会面了。他们谈了。", ["他们会面了。", "他们谈了。"]),
    ],
)
def test_marks_and_line_ends_close_a_sentence(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Gen. Petr Dvorak arrived.",
        "Mr. Novak met Dr. Lund.",
        "J. Novak spoke.",
        "The U.S. President left.",
        "Trade rose by 3.5 percent.",
        "They met on 7 Jan. 2024 there.",
        "Acme Inc. and others signed.",
        "It is so (approx. half) today.",
    ],
)
def test_titles_initials_and_abbreviations_do_not(text: str) -> None:
    assert sentences(text) == [text]


WRAPPED = """The foreign ministers of Norway and
Ghana met in Accra on Monday. They
agreed to meet again. Neither said
when that would be.
A short headline
The two spoke about fisheries, ports
and the price of cocoa."""


class TestWraps:
    def test_lines_without_room_for_the_next_word_go_on(self) -> None:
        assert [WRAPPED[end - 5 : end] for end in sorted(find_wraps(WRAPPED))] == ["y and", " They", " said", "ports"]
        assert [own.replace("\n", " ") for own in sentences(WRAPPED)] == [
            "The foreign ministers of Norway and Ghana met in Accra on Monday.",
            "They agreed to meet again.",
            "Neither said when that would be.",
            "A short headline",
            "The two spoke about fisheries, ports and the price of cocoa.",
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "Norway and Ghana meet in Accra\nPeru and Chile meet in Lima now\nOman and Iran meet in Muscat",
            "one line that goes on\nbelow",
            WRAPPED.replace("\n", "\n\n"),
            "\n".join(f"{'word ' * 30}and so on" for _ in range(4)),
        ],
    )
    def test_lists_single_breaks_paragraphs_and_wide_lines_are_no_wraps(self, text: str) -> None:
        assert find_wraps(text) == frozenset()


@pytest.mark.parametrize("text", ["", " ", "\n", "\t \r\n\u00a0\u2028"])
def test_white_space_has_no_sentence(text: str) -> None:
    assert split_sentences(text) == ()


@given(st.text(alphabet=HARD_CHARACTERS + ".?!\r\n", max_size=80) | NEWS_LIKE | st.text(max_size=60))
@example(". . .")
@example("a.\u2028b")
def test_sentences_are_disjoint_in_order_and_cover_all_but_white_space(text: str) -> None:
    found = split_sentences(text)
    borders = [offset for span in found for offset in span]
    assert borders == sorted(borders)
    covered = {i for start, end in found for i in range(start, end)}
    assert covered >= {i for i, c in enumerate(text) if not c.isspace()}
    for start, end in found:
        assert 0 <= start < end <= len(text)
        assert not text[start].isspace()
        assert not text[end - 1].isspace()
