"""An error on the page: what it says of itself, and the passage that it is shown in."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import tiny
from html_page import Page
from relex.assessment import assess
from relex.document import Document, Mention, Relation
from relex.page import draw_page
from relex.page.errors import find_ranges
from strategies import documents


def errors_of(gold: Document, predicted: Document) -> dict[str, list[dict[str, Any]]]:
    """The errors on the page of one document."""
    errors: dict[str, list[dict[str, Any]]] = Page(draw_page(assess([gold], [predicted]))).data()["errors"]
    return errors


class TestErrors:
    def test_what_it_was_confused_with_is_told(self) -> None:
        gold = tiny.annotate("d", "Oman met Peru.", "Oman | GPE om\nPeru | GPE pe", "om opposes pe planned")
        predicted = replace(gold, relations=(Relation("om", "supports", "pe", "negated", 0.7654),))
        missed, spurious = sorted(errors_of(gold, predicted)["facts"], key=lambda error: error["kind"])
        assert (missed["cause"], missed["detail"]) == ("relation-type", "supports")
        assert missed["other"] == ["Oman", "supports", "Peru", "negated"]
        assert "score" not in missed
        assert (spurious["other"], spurious["score"]) == (["Oman", "opposes", "Peru", "planned"], 0.765)

    def test_offsets_count_as_scripts_do(self) -> None:
        gold = tiny.annotate("d", "😀 Oman 😀 met Peru.", "Oman | GPE om\nPeru | GPE pe", "om met-with pe")
        (error,) = errors_of(gold, replace(gold, relations=()))["facts"]
        units = gold.text.encode("utf-16-le")
        names = [units[2 * start : 2 * end].decode("utf-16-le") for start, end, *_ in error["ends"]]
        assert names == ["Oman", "Peru"]
        assert error["ranges"] == [[0, len(units) // 2]]

    def test_a_score_is_told_if_there_is_one(self) -> None:
        gold = tiny.annotate("d", "Oman met Peru.", "Oman | GPE om\nPeru | GPE pe")
        for score, told in ((0.12345, 0.123), (None, None)):
            predicted = replace(gold, relations=(Relation("om", "met-with", "pe", score=score),))
            (error,) = errors_of(gold, predicted)["facts"]
            assert error.get("score") == told

    @given(documents(), st.data())
    def test_passages_hold_the_spans_in_order_and_do_not_overlap(self, document: Document, data: st.DataObject) -> None:
        spans = [(m.start, m.end) for m in document.mentions]
        if spans:
            chosen = data.draw(st.lists(st.sampled_from(spans), min_size=1, max_size=2))
            ranges = find_ranges(document, chosen)
            for start, end in chosen:
                assert sum(a <= start and end <= b for a, b in ranges) == 1
            assert all(a < b for a, b in ranges)
            assert all(b < c for (_, b), (c, _) in pairwise(ranges))

    def test_a_passage_is_the_sentences_of_the_ends_and_no_more(self) -> None:
        text = "Oman met Peru. Nobody spoke. It rained. It snowed. It thawed. Chile left."
        mentions = "Oman | GPE om\nPeru | GPE pe\nChile | GPE cl"
        gold = tiny.annotate("d", text, mentions)
        oman, peru, chile = ((m.start, m.end) for m in gold.mentions)
        assert [text[a:b] for a, b in find_ranges(gold, [peru, oman])] == ["Oman met Peru."]
        assert [text[a:b] for a, b in find_ranges(gold, [chile, oman])] == ["Oman met Peru.", "Chile left."]

    def test_of_a_long_sentence_it_is_the_part_around(self) -> None:
        text = f"{'so ' * 300}Oman met Peru{' and on' * 300}."
        at = text.index("Oman")
        gold = Document("d", text, (Mention(at, at + 4, "GPE", ("om",)),))
        ((start, end),) = find_ranges(gold, [(at, at + 4)])
        assert end - start < 600
        assert text[start - 1] == " "
        assert text[end] == " "
