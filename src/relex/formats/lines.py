"""Documents as sentences of tokens, for the formats that count both."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from relex.document import Document
from relex.formats.drops import Drops, drop_context
from relex.formats.evidence import STATED
from relex.formats.tokens import WORD, Span, split_tokens

LINES: Mapping[str, str] = MappingProxyType({"sentences": "lines"})
"""The metadata of a document whose lines are its sentences: a writer then need not guess where they end."""


@dataclass(frozen=True, slots=True)
class Lines:
    """A text, the characters of its tokens, and its sentences as half-open ranges of tokens; both in order."""

    text: str
    tokens: tuple[Span, ...]
    sentences: tuple[Span, ...]

    def characters(self, first: int, end: int) -> Span:
        """Return the characters of a half-open range of tokens; `IndexError` if there is none, or no text in it."""
        if not 0 <= first < end <= len(self.tokens):
            raise IndexError(f"tokens {first}–{end} of {len(self.tokens)}")
        own = [token for token in self.tokens[first:end] if token[0] < token[1]]
        if not own:
            raise IndexError(f"tokens {first}–{end} are white space alone")
        return own[0][0], own[-1][1]

    def sentence_of(self, token: int) -> int:
        """Return which sentence a token stands in."""
        return bisect_right(self.sentences, token, key=lambda sentence: sentence[0]) - 1

    def words(self) -> list[list[str]]:
        """Return the tokens of each sentence as they stand in the text."""
        return [[self.text[start:end] for start, end in self.tokens[slice(*sentence)]] for sentence in self.sentences]


def join_sentences(sentences: Iterable[Sequence[str]]) -> Lines:
    """Return sentences as a text: their tokens joined by a space, a sentence a line.

    White space inside a token becomes one space, and a token of nothing else takes no room, so that a line is a
    sentence and the tokens can be found again.
    """
    lines: list[str] = []
    tokens: list[Span] = []
    borders: list[Span] = []
    offset = 0
    for sentence in sentences:
        if isinstance(sentence, str):
            raise TypeError(f"a sentence must be a list of tokens, not {sentence!r}")
        first, start = len(tokens), offset
        words = [" ".join(WORD.findall(token)) for token in sentence]
        for word in words:
            begin = offset + (offset > start) if word else offset
            offset = begin + len(word)
            tokens.append((begin, offset))
        lines.append(" ".join(word for word in words if word))
        borders.append((first, len(tokens)))
        offset += 1
    return Lines("\n".join(lines), tuple(tokens), tuple(borders))


def split_lines(document: Document) -> Lines:
    """Return the sentences and tokens of a document, so that no mention reaches over the end of one.

    Sentences are the lines of a document that says so in its metadata (see `LINES`), else those of
    `Document.sentences`; what a mention spans is one.
    """
    text = document.text
    if document.meta.items() >= LINES.items():
        starts = [i + 1 for i, character in enumerate(text) if character == "\n"]
    else:
        starts = [start for start, _ in document.sentences[1:]]
    inside: set[int] = set()
    for m in document.mentions:
        inside.update(starts[bisect_right(starts, m.start) : bisect_left(starts, m.end)])
    whole = [start for start in starts if start not in inside]
    tokens = [token for word in split_tokens(document) for token in _cut_at(word, whole)]
    if not tokens:
        return Lines(text, (), ())
    firsts = [0, *(bisect_right(tokens, start - 1, key=lambda token: token[0]) for start in whole)]
    return Lines(text, tuple(tokens), tuple(zip(firsts, (*firsts[1:], len(tokens)), strict=True)))


def drop_around(document: Document, sentences: Iterable[Sequence[str]], drops: Drops) -> None:
    """Count what is lost of a document of which sentences of tokens are written; see `drop_context`."""
    text = "\n".join(" ".join(words) for words in sentences)
    drop_context(document, drops, text=text, meta={**LINES, **STATED})


def _cut_at(word: Span, starts: Sequence[int]) -> list[Span]:
    # Where no white space follows a full stop, a word is of two sentences.
    inside = starts[bisect_right(starts, word[0]) : bisect_left(starts, word[1])]
    return list(zip((word[0], *inside), (*inside, word[1]), strict=True))
