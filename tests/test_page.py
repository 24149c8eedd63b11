"""The page of an assessment: every error and signature is on it, nothing breaks out, nothing comes from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

import tiny
from disturbed import disturb
from html_page import Element, Page
from relex.assessment import Assessment, assess
from relex.attribution import CAUSES, MENTION_CAUSES
from relex.document import Document, Mention, Relation
from relex.evaluation import evaluate
from relex.formats.rlx import parse
from relex.invariance import CHANGES, check_invariance
from relex.ladder import Ladder
from relex.metrics import LEVELS, UNSEEN
from relex.page import draw_page, wording
from relex.page.plots import MOST_TYPES, plot_causes

GOLD = tiny.DOCUMENTS
PREDICTED = tuple(disturb(document, i, rate=0.5) for i, document in enumerate(GOLD))
CONTRAST = parse(
    """
#doc voice-01a
[Oman](GPE om) invited [Peru](GPE pe).
#rel
om invited pe

#doc voice-01b
[Oman](GPE om) was invited by [Peru](GPE pe).
#rel
pe invited om
"""
)
ANSWERS = [CONTRAST[0], replace(CONTRAST[1], relations=CONTRAST[0].relations)]
TEXTS = [document.text for document in GOLD]
_CAPITAL = re.compile(r"\b[A-Z][a-z]+\b")


PLACES = tiny.annotate("d", "Oman met Peru.", "Oman | GPE om\nPeru | GPE pe")


def ladder_of(*rates: float) -> Ladder:
    return Ladder(tuple(evaluate(GOLD, [disturb(d, 1, rate=rate) for d in GOLD]) for rate in rates))


def read_capitals(texts: Sequence[str]) -> list[Document]:
    """Find the words in small letters after a capital: nothing in a text of one case."""
    return [
        Document(
            "d", own, tuple(Mention(*word.span(), "GPE", (f"e{word.start()}",)) for word in _CAPITAL.finditer(own))
        )
        for own in texts
    ]


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    return assess(
        GOLD,
        PREDICTED,
        seen=GOLD[:1],
        contrast=(CONTRAST, ANSWERS),
        ladder=ladder_of(0.6, 0.3, 0.1, 0),
        invariance=[check_invariance(read_capitals, TEXTS)],
    )


@pytest.fixture(scope="module")
def html(assessment: Assessment) -> str:
    return draw_page(assessment, title="a <b> & c")


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def section_of(element: Element) -> str | None:
    return next((own.attributes["id"] for own in element.parents if own.tag == "section"), None)


def rows(page: Page, section: str) -> list[Element]:
    """The rows of the tables of a section, their headings not among them."""
    bodies = ("tbody", "tfoot")
    return [e for e in page.all("tr") if section_of(e) == section and e.parents[-1].tag in bodies]


class TestFile:
    def test_loads_nothing(self, html: str, page: Page) -> None:
        for element in page.elements:
            assert not element.attributes.keys() & {"src", "srcset", "data", "action", "ping"}
            assert element.tag not in {"link", "img", "iframe", "object", "embed", "base"}
            assert (element.attributes.get("href") or "#").startswith("#")
            for value in element.attributes.values():
                assert "://" not in (value or "")
                assert re.search(r"url\((?!#)", value or "") is None
        (style,) = page.all("style")
        assert "@import" not in style.text
        assert "url(" not in style.text

    def test_allows_its_own_style_and_script_alone(self, page: Page) -> None:
        (policy,) = [e.attributes["content"] for e in page.all("meta") if "http-equiv" in e.attributes]
        assert policy is not None
        assert policy.startswith("default-src 'none'")
        style, script = page.all("style")[0].text, page.all("script")[-1].text
        for kind, source in (("style", style), ("script", script)):
            digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
            assert f"{kind}-src 'sha256-{digest}'" in policy

    def test_has_no_styles_or_handlers_that_the_policy_forbids(self, page: Page) -> None:
        for element in page.elements:
            assert "style" not in element.attributes
            assert not any(name.startswith("on") for name in element.attributes)

    def test_gives_no_id_twice(self, page: Page) -> None:
        ids = Counter(e.attributes["id"] for e in page.elements if "id" in e.attributes)
        assert [name for name, n in ids.items() if n > 1] == []

    def test_says_what_was_scored(self, page: Page) -> None:
        assert [page.all(tag)[0].text for tag in ("title", "h1")] == ["a <b> & c"] * 2

    def test_text_cannot_break_out(self) -> None:
        bad = "</script><script>alert(1)</script><b>&amp;\u2028 A signed B."
        at = bad.index(" A ") + 1
        mentions = (Mention(at, at + 1, "GPE", ("a",)), Mention(at + 9, at + 10, "AGREEMENT", ("b",)))
        gold = Document("<i>&", bad, mentions, (Relation("a", "signed", "b"),))
        page = Page(draw_page(assess([gold], [Document("<i>&", bad)]), title="</title><script>"))
        assert len(page.all("script")) == 2
        assert not page.all("b", "i")
        (told,) = page.data()["documents"]
        assert (told["id"], told["text"]) == ("<i>&", bad)

    def test_leads_only_to_what_is_there(self, page: Page) -> None:
        ids = {e.attributes.get("id") for e in page.elements}
        errors = page.data()["errors"]
        for link in page.all("a"):
            target, _, query = (link.attributes["href"] or "").removeprefix("#").partition("?")
            assert target in ids
            chosen = {name: value for name, (value,) in parse_qs(query).items() if name != "text"}
            if chosen.keys() & {"cause", "kind"}:
                of = errors[chosen.pop("of")]
                assert any(chosen.items() <= error.items() for error in of)


class TestNumbers:
    def test_every_level_has_a_row(self, page: Page) -> None:
        names = [row.text for row in rows(page, "levels")]
        for own, level in zip(names, LEVELS, strict=True):
            assert own.startswith(level.name)
            assert own.endswith(level.description)

    def test_every_type_has_a_row_and_all_stay_at_the_foot(self, assessment: Assessment, page: Page) -> None:
        for section, level in (("mentions", "mention"), ("relations", "relation")):
            *own, total = rows(page, section)
            assert len(own) == len(assessment.report.types(level))
            assert total.parents[-1].tag == "tfoot"

    def test_figures_are_those_of_the_report(self, assessment: Assessment, page: Page) -> None:
        (row,) = [row for row in rows(page, "levels") if row.text.startswith("relation+status")]
        interval = assessment.report.interval("relation+status")
        assert f"{interval.point:.3f}" in row.text
        assert f"{interval.low:.3f}–{interval.high:.3f}" in row.text
        assert row.attributes["title"] == interval.signature

    def test_every_number_has_a_signature_and_all_are_listed_at_the_foot(self, page: Page) -> None:
        told = set()
        for cell in page.all("td", "num"):
            title = cell.attributes.get("title") or cell.parents[-1].attributes.get("title")
            if cell.text:
                assert title is not None
                assert "|relex:" in title
                told.add(title)
        listed = [e.text for e in page.all("li") if section_of(e) == "signatures"]
        assert len(listed) == len(set(listed))
        assert told <= set(listed)

    def test_numbers_are_sorted_by_their_value_and_not_by_their_text(self, page: Page) -> None:
        for cell in page.all("td", "num"):
            if cell.text and cell.text[0].isdigit() and "–" not in cell.text and "/" not in cell.text:
                value = float(cell.text.rstrip("%")) / (100 if cell.text.endswith("%") else 1)
                # The sums at the foot are not sorted.
                if cell.parents[-2].tag == "tbody":
                    assert float(cell.attributes["data-v"] or "") == pytest.approx(value, abs=6e-4)

    def test_a_single_document_has_no_interval_to_show(self) -> None:
        page = Page(draw_page(assess(GOLD[:1], PREDICTED[:1])))
        assert [row for row in rows(page, "levels") if "–" in row.text.split("relations")[0]] == []

    def test_a_level_that_needs_training_documents_is_left_out_without_them(self) -> None:
        page = Page(draw_page(assess(GOLD, GOLD)))
        assert not any(row.text.startswith(UNSEEN) for row in rows(page, "levels"))


class TestSections:
    def test_what_was_not_asked_for_is_not_there(self) -> None:
        page = Page(draw_page(assess(GOLD, GOLD)))
        ids = {e.attributes["id"] for e in page.all("section")}
        assert not ids & {"ladder", "contrast", "invariance"}
        assert not page.all("svg", "plot")
        assert "No errors." in next(e.text for e in page.all("section") if e.attributes["id"] == "causes")
        assert "nothing to judge" in next(e.text for e in page.all("section") if e.attributes["id"] == "reliability")

    @pytest.mark.parametrize("gold", [Document("d", ""), Document("d", "No mention here."), PLACES])
    def test_documents_with_little_in_them_have_a_page(self, gold: Document) -> None:
        for predicted in (gold, Document("d", gold.text)):
            page = Page(draw_page(assess([gold], [predicted])))
            assert len(page.data()["errors"]["mentions"]) == len(gold.mentions) - len(predicted.mentions)
            assert page.data()["errors"]["facts"] == []

    def test_what_was_asked_for_is(self, page: Page) -> None:
        plots = {section_of(e) for e in page.all("svg", "plot")}
        assert plots == {"causes", "ladder", "reliability", "contrast"}
        assert all(e.attributes["aria-label"] for e in page.all("svg", "plot"))

    def test_contrast_sets_have_a_row_a_phenomenon(self, page: Page) -> None:
        assert [row.text.split("1")[0] for row in rows(page, "contrast")] == ["voice", "all"] * 2

    def test_answers_kept_have_a_row_a_change(self, assessment: Assessment, page: Page) -> None:
        (found,) = assessment.invariance
        names = [change.name for change in found.changes]
        assert [e.text for e in page.all("h3") if section_of(e) == "invariance"] == ["Answers kept, against unchanged"]
        told = rows(page, "invariance")
        assert [row.text.startswith(name) for row, name in zip(told, names, strict=True)] == [True] * len(names)
        share = found.share("upper-case", "mention")
        (row,) = (row for row in told if row.text.startswith("upper-case"))
        assert f"{share.point:.3f}{share.low:.3f}–{share.high:.3f}" in row.text

    def test_what_was_not_found_has_an_empty_cell(self) -> None:
        found = check_invariance(lambda texts: [Document("d", own) for own in texts], TEXTS, changes=CHANGES[:1])
        (row,) = rows(Page(draw_page(assess(GOLD, PREDICTED, invariance=[found]))), "invariance")
        assert row.text == f"{CHANGES[0].name}{CHANGES[0].description}{len(TEXTS)}1.000"

    def test_a_gain_within_the_noise_is_called_that(self) -> None:
        page = Page(draw_page(assess(GOLD, PREDICTED, ladder=ladder_of(0.3, 0.3, 0.3, 0.3))))
        first, *others = rows(page, "ladder")
        assert "better" not in first.text
        assert all("not distinguishable" in row.text for row in others)

    def test_causes_are_counted_by_kind(self, assessment: Assessment, page: Page) -> None:
        breakdown = assessment.attribution.fact_breakdown
        told = {row.text: row for row in rows(page, "causes")}
        missed, spurious = breakdown.by_cause(kind="missed"), breakdown.by_cause(kind="spurious")
        for cause in CAUSES:
            counts = f"{missed[cause] or ''}{spurious[cause] or ''}{missed[cause] + spurious[cause]}"
            shown = [text for text in told if text.startswith(cause + wording.FACT_CAUSES[cause].description + counts)]
            assert len(shown) == bool(missed[cause] + spurious[cause])


class TestErrors:
    def test_every_error_is_there_once(self, assessment: Assessment, page: Page) -> None:
        data = page.data()
        contrast = assessment.contrast_attribution
        assert contrast is not None
        for of, errors in (
            ("facts", assessment.attribution.facts),
            ("mentions", assessment.attribution.mentions),
            ("contrast", contrast.facts),
        ):
            told = [
                (data["documents"][e["document"]]["id"], e["kind"], e["cause"], e["type"]) for e in data["errors"][of]
            ]
            assert told == [(e.document, e.kind, e.cause, e.type) for e in errors]
            assert told

    def test_ends_are_marked_in_the_passage(self, assessment: Assessment, page: Page) -> None:
        data = page.data()
        for told, error in zip(data["errors"]["facts"], assessment.attribution.facts, strict=True):
            spans = [tuple(end[:2]) for end in told["ends"]]
            assert spans == [error.head, error.tail]
            assert all(any(a <= start and end <= b for a, b in told["ranges"]) for start, end in spans)
            side = PREDICTED if error.kind == "spurious" else GOLD
            own = next(d for d in side if d.id == error.document)
            assert [end[3] for end in told["ends"]] == [
                own.entity(e).name for e in (error.relation.head, error.relation.tail)
            ]


class TestWording:
    def test_every_cause_has_words_and_a_look_of_its_own(self) -> None:
        for looks, causes in ((wording.FACT_CAUSES, CAUSES), (wording.MENTION_CAUSES, MENTION_CAUSES)):
            assert set(looks) == set(causes)
            assert len({(look.colour, look.level) for look in looks.values()}) == len(causes)


class TestPlots:
    def test_have_the_colours_of_the_page_alone(self, page: Page) -> None:
        plots = [e for e in page.elements if any("plot" in own.classes for own in e.parents)]
        colours = {e.attributes.get(side) for e in plots for side in ("fill", "stroke")} - {None}
        assert {
            c for c in colours if c is not None and not re.match(r"none|var\(--|rgb\(var\(--c|currentcolor", c)
        } == set()

    def test_refer_only_to_their_own_parts(self, page: Page) -> None:
        ids = {e.attributes.get("id") for e in page.elements}
        parts = [e for e in page.elements if any("plot" in own.classes for own in e.parents)]
        named = [value for e in parts for value in e.attributes.values() if value and re.match(r"#|url\(#", value)]
        assert named
        assert {re.sub(r"^url\(|[#)]", "", value) for value in named} <= ids

    def test_tell_each_part_of_a_bar(self, assessment: Assessment, page: Page) -> None:
        breakdown = assessment.attribution.fact_breakdown
        told = [e.text for e in page.all("title") if section_of(e) == "causes"]
        parts = {(kind, cause) for cause, kind, _ in breakdown.counts} | {(type, c) for c, _, type in breakdown.counts}
        assert len(told) == len(parts)

    def test_names_of_types_are_no_formulas(self) -> None:
        gold = tiny.annotate("d", "Oman met Peru.", "Oman | GPE om\nPeru | GPE pe", "om $x^2$&<y> pe")
        picture = plot_causes(assess([gold], [replace(gold, relations=())]).attribution.fact_breakdown)
        assert ">$x^2$&amp;&lt;y&gt;<" in picture

    def test_draw_the_types_with_most_errors(self) -> None:
        names = [f"r{i:02}" for i in range(MOST_TYPES + 5)]
        gold = tiny.annotate("d", "Oman met Peru.", "Oman | GPE om\nPeru | GPE pe")
        facts = replace(gold, relations=tuple(Relation("om", name, "pe") for name in names))
        picture = plot_causes(assess([facts], [gold]).attribution.fact_breakdown)
        assert sum(f">{name}<" in picture for name in names) == MOST_TYPES
        assert "5 types with fewer errors are not drawn" in picture
