"""Characters into words, pieces and windows, and back: `text[start:end]` is always the word."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import tiny
from relex.document import Document, Mention
from relex.encoding import SHAPES, Encoded, align, encode
from relex.words import split_tokens, split_words
from strategies import HARD_CHARACTERS

TOKENIZER = tiny.make_tokenizer()
TEXTS = (
    st.text(alphabet=HARD_CHARACTERS + "\r\n.'’", max_size=60)
    | st.text(max_size=40)
    | st.lists(st.sampled_from([d.text for d in tiny.DOCUMENTS] + ["Oslo", "7 March", " ", "\n"]), max_size=4).map(
        "".join
    )
)
TOKENS = "Nino went U.S. Oslo."
HARD = "\x00 a\u200b\ufeffb\r\n\tمرحبا بالعالم 🇻🇳 e\u0301 McDonald x_y 3.5% \u2028" + "z" * 200


def encoded(text: str, *, window_pieces: int = 160, window_overlap: int = 20) -> Encoded:
    return encode(Document("d", text), TOKENIZER, window_pieces=window_pieces, window_overlap=window_overlap)


def words(text: str) -> list[str]:
    return [text[start:end] for start, end in split_words(text)]


class TestWords:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Nino met Jan.", ["Nino", "met", "Jan", "."]),
            ("Vietnam's", ["Vietnam", "'", "s"]),
            ("U.S.-led", ["U", ".", "S", ".", "-", "led"]),
            ("COP29 10–11 May", ["COP", "29", "10", "–", "11", "May"]),
            ("RashtAstara", ["Rasht", "Astara"]),
            ("snake_case", ["snake", "_", "case"]),
            ("Čapek Ñandú", ["Čapek", "Ñandú"]),
            ("Co\u0302te e\u0301", ["Co\u0302te", "e\u0301"]),
            ("Ger\u00admany Fran\u00ad ce", ["Ger\u00admany", "Fran", "\u00ad", "ce"]),
            ("\u0301a 1\u0301", ["\u0301", "a", "1", "\u0301"]),
            ("(NB),", ["(", "NB", ")", ","]),
            ("", []),
            (" \t\r\n\u00a0", []),
        ],
    )
    def test_are_runs_of_letters_runs_of_digits_and_single_marks(self, text: str, expected: list[str]) -> None:
        assert words(text) == expected

    def test_are_cut_where_they_are_longer_than_64_characters(self) -> None:
        assert [len(word) for word in words("a" * 150 + " " + "1" * 65)] == [64, 64, 22, 64, 1]

    @given(TEXTS)
    @example(HARD)
    def test_are_in_order_and_cover_all_but_white_space(self, text: str) -> None:
        spans = list(split_words(text))
        borders = [offset for span in spans for offset in span]
        assert borders == sorted(borders)
        assert all(0 < end - start <= 64 for start, end in spans)
        covered = {i for start, end in spans for i in range(start, end)}
        assert covered == {i for i, c in enumerate(text) if not c.isspace()}


@pytest.mark.parametrize("text", ["Co\u0302te d'Ivoire met Ger\u00admany.", "Tu\u0308rkiye and Erdog\u0306an"])
def test_decomposed_and_hyphenated_names_are_read_like_plain_ones(text: str) -> None:
    plain = unicodedata.normalize("NFC", text.replace("\u00ad", ""))
    found, expected = encoded(text), encoded(plain)
    assert found.pieces.tolist() == expected.pieces.tolist()
    assert found.shapes.tolist() == expected.shapes.tolist()
    assert len(found.char_starts) == len(expected.char_starts)


class TestGivenTokens:
    def test_keep_their_marks_and_their_shape(self) -> None:
        own = encode(Document("d", TOKENS), TOKENIZER, window_pieces=160, window_overlap=20, words="spaces")
        found = [TOKENS[s:e] for s, e in zip(own.char_starts.tolist(), own.char_ends.tolist(), strict=True)]
        assert found == TOKENS.split()
        assert [SHAPES[i] for i in own.shapes[own.piece_starts]] == [
            "first-capitalised",
            "lower",
            "upper",
            "capitalised",
        ]

    def test_are_whole_where_mentions_begin_and_end(self) -> None:
        own = encode(Document("d", TOKENS), TOKENIZER, window_pieces=160, window_overlap=20, words="spaces")
        mentions = [Mention(0, 4, "GPE", ("a",)), Mention(15, 20, "GPE", ("b",)), Mention(15, 19, "GPE", ("b",))]
        assert align(own, mentions).tolist() == [[0, 1], [3, 4], [-1, -1]]

    @given(TEXTS)
    @example(HARD)
    def test_cover_all_but_white_space(self, text: str) -> None:
        spans = list(split_tokens(text))
        assert all(0 < end - start <= 64 for start, end in spans)
        assert [i for start, end in spans for i in range(start, end)] == [
            i for i, c in enumerate(text) if not c.isspace()
        ]


class TestEncoding:
    @given(TEXTS)
    @example(HARD)
    @example("")
    def test_every_word_is_a_slice_of_the_text_and_of_the_pieces(self, text: str) -> None:
        own = encoded(text)
        assert set(zip(own.char_starts.tolist(), own.char_ends.tolist(), strict=True)) <= set(split_words(text))
        # The pieces of the words follow each other without a gap.
        assert own.piece_starts.tolist() == [0, *own.piece_ends.tolist()][: own.n_words]
        assert len(own.pieces) == (own.piece_ends[-1] if own.n_words else 0)
        for start, end, first, last in zip(
            own.char_starts, own.char_ends, own.piece_starts, own.piece_ends, strict=True
        ):
            alone = TOKENIZER.encode([text[start:end]], is_pretokenized=True, add_special_tokens=False)
            assert own.pieces[first:last].tolist() == alone.ids
            assert first < last

    @given(TEXTS)
    @example(HARD)
    def test_only_words_without_pieces_are_left_out(self, text: str) -> None:
        own = encoded(text)
        kept = set(own.char_starts.tolist())
        for start, end in split_words(text):
            alone = TOKENIZER.encode([text[start:end]], is_pretokenized=True, add_special_tokens=False)
            assert (start in kept) == bool(alone.ids)

    @given(TEXTS, st.integers(150, 200))
    @example(HARD * 5, 150)
    def test_every_word_is_read_whole_in_its_window(self, text: str, window_pieces: int) -> None:
        own = encoded(text * 3, window_pieces=window_pieces)
        assert all(len(window) <= window_pieces - 2 for window in own.windows)
        for i, first, last in zip(own.word_windows, own.piece_starts, own.piece_ends, strict=True):
            assert own.windows[i].piece_start <= first < last <= own.windows[i].piece_end
        assert own.n_pieces == sum(len(window) for window in own.windows) >= len(own.pieces)

    @given(TEXTS)
    def test_every_word_lies_in_its_sentence(self, text: str) -> None:
        own, sentences = encoded(text), Document("d", text).sentences
        for sentence, start, end in zip(own.word_sentences, own.char_starts, own.char_ends, strict=True):
            assert sentences[sentence][0] <= start < end <= sentences[sentence][1]

    @pytest.mark.parametrize("text", ["", " ", "\n\n", "\u200b", "\x00"])
    def test_a_text_without_pieces_has_no_words_and_no_windows(self, text: str) -> None:
        own = encoded(text)
        assert (own.n_words, own.n_pieces, own.windows) == (0, 0, ())
        assert all(len(array) == 0 for array in (own.pieces, own.shapes, own.word_windows, own.word_sentences))

    def test_a_zero_width_mark_belongs_to_no_word(self) -> None:
        text = "Os\u200blo"
        own = encoded(text)
        assert [text[s:e] for s, e in zip(own.char_starts, own.char_ends, strict=True)] == ["Os", "lo"]


def test_shapes_tell_an_uncased_encoder_how_words_are_written() -> None:
    text = "The Czech leader met NATO, COP29 eNB 东. peru is here. Oslo and I A"
    own = encoded(text)
    spans = zip(own.char_starts, own.char_ends, own.piece_starts, strict=True)
    shapes = {text[s:e]: SHAPES[own.shapes[first]] for s, e, first in spans}
    assert shapes == {
        "The": "first-capitalised",
        "Czech": "capitalised",
        "leader": "lower",
        "met": "lower",
        "NATO": "upper",
        ",": "other",
        "COP": "upper",
        "29": "digits",
        "e": "lower",
        "NB": "upper",
        "东": "other",
        ".": "other",
        "peru": "lower",
        "is": "lower",
        "here": "lower",
        "Oslo": "first-capitalised",
        "and": "lower",
        "I": "capitalised",
        "A": "capitalised",
    }
    assert "none" not in shapes.values()


def test_all_pieces_of_a_word_have_its_shape() -> None:
    own = encoded("QQQQ zz")
    assert own.piece_ends.tolist() == [4, 6]
    assert [SHAPES[i] for i in own.shapes] == ["upper"] * 4 + ["lower"] * 2


class TestAlignment:
    @pytest.mark.parametrize("document", tiny.DOCUMENTS, ids=lambda document: document.id)
    def test_finds_the_words_of_every_mention(self, document: Document) -> None:
        own = encode(document, TOKENIZER, window_pieces=64, window_overlap=8)
        for mention, (start, end) in zip(document.mentions, align(own, document.mentions).tolist(), strict=True):
            assert (own.char_starts[start], own.char_ends[end - 1]) == (mention.start, mention.end)

    def test_gives_minus_one_where_a_border_falls_inside_a_word(self) -> None:
        own = encoded("Georgian leader")
        mentions = [Mention(0, 8, "GPE", ("a",)), Mention(0, 7, "GPE", ("a",)), Mention(9, 12, "GPE", ("a",))]
        assert align(own, mentions).tolist() == [[0, 1], [-1, -1], [-1, -1]]

    def test_of_nothing_is_an_empty_table(self) -> None:
        assert align(encoded("Oslo"), []).shape == (0, 2)
        assert align(encoded(""), [Mention(0, 1, "GPE", ("a",))]).tolist() == [[-1, -1]]

    @given(TEXTS, st.data())
    def test_turns_back_any_run_of_words(self, text: str, data: st.DataObject) -> None:
        own = encoded(text)
        if own.n_words:
            start = data.draw(st.integers(0, own.n_words - 1))
            end = data.draw(st.integers(start + 1, own.n_words))
            mention = Mention(int(own.char_starts[start]), int(own.char_ends[end - 1]), "GPE", ("a",))
            assert align(own, [mention]).tolist() == [[start, end]]


def test_encoding_is_a_function_of_the_text_alone() -> None:
    one, other = (encoded(HARD) for _ in range(2))
    for name in Encoded.__slots__:
        assert np.array_equal(getattr(one, name), getattr(other, name))


def test_wrapped_lines_are_one_line_and_the_others_are_not() -> None:
    wrapped = "Norway and Ghana have agreed to\nmeet again in Accra this summer\nor later.\nOslo is open to it."
    lines = encoded(wrapped).count_lines(wrapped)
    words = [wrapped[start:end] for start, end in split_words(wrapped)]
    assert [lines[words.index(word)] for word in ("Norway", "meet", "or", "Oslo")] == [0, 0, 0, 1]
    assert encoded(wrapped).word_sentences[words.index("or")] == 0
