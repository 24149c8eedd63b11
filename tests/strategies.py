"""Random documents for property tests: nested and group mentions over text that is hard on parsers."""

from __future__ import annotations

from hypothesis import strategies as st

from relex.document import STATUSES, Document, Mention, Relation

# Markup, escapes, white space, what Unicode counts as a line end, other scripts, and what takes several code units.
HARD_CHARACTERS = "ab Z9[]()\\#+?!\t\x00\x0b\x0c\x1c\x85\u00a0\u2028\u2029\u200f\ufeffأنкиẞé🇻🇳😀"
MENTION_TYPES = ("PERSON", "GPE", "per:title", "P.17/x_y-Z")
RELATION_TYPES = ("met-with", "signed", "per:employee_of")
ENTITY_IDS = ("az", "vn", "7", "A.b-c_d:e", "eté", "x", "y", "z")


def texts(*, any_text: bool = False) -> st.SearchStrategy[str]:
    """Return texts: with `any_text` of any characters, else of paragraphs none of which is blank."""
    if any_text:
        return st.text(alphabet=HARD_CHARACTERS + "\r\n", max_size=60)
    paragraphs = st.text(alphabet=HARD_CHARACTERS, min_size=1, max_size=30).filter(str.strip)
    return st.lists(paragraphs, max_size=4).map("\n".join)


@st.composite
def documents(draw: st.DrawFn, *, any_text: bool = False) -> Document:
    """Return a document with mentions that nest or are apart, none over a line end unless `any_text`."""
    text = draw(texts(any_text=any_text))
    types = {entity: draw(st.sampled_from(MENTION_TYPES)) for entity in ENTITY_IDS}
    mentions: list[Mention] = []
    for start, end in draw(spans(len(text))):
        if any_text or "\n" not in text[start:end]:
            mention_type = types[draw(st.sampled_from(ENTITY_IDS))]
            ids = [entity for entity in ENTITY_IDS if types[entity] == mention_type]
            group = draw(st.lists(st.sampled_from(ids), min_size=1, max_size=3, unique=True))
            mentions.append(Mention(start, end, mention_type, tuple(group)))
    used = sorted({entity for mention in mentions for entity in mention.entities})
    relations: dict[tuple[str, str, str], Relation] = {}
    if len(used) > 1:
        pairs = st.lists(st.sampled_from(used), min_size=2, max_size=2, unique=True)
        for head, tail in draw(st.lists(pairs, max_size=4)):
            relation = Relation(head, draw(st.sampled_from(RELATION_TYPES)), tail, draw(st.sampled_from(STATUSES)))
            relations.setdefault((relation.head, relation.type, relation.tail), relation)
    return Document("doc 1/ü", text, tuple(mentions), tuple(relations.values()))


@st.composite
def spans(draw: st.DrawFn, length: int) -> list[tuple[int, int]]:
    """Return distinct spans within a length, of which no two cross."""
    if length == 0:
        return []
    chosen: list[tuple[int, int]] = []
    for _ in range(draw(st.integers(0, 8))):
        start = draw(st.integers(0, length - 1))
        end = draw(st.integers(start + 1, min(length, start + 12)))
        if (start, end) not in chosen and not any(s < start < e < end or start < s < end < e for s, e in chosen):
            chosen.append((start, end))
    return chosen
