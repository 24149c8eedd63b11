"""The HTML view: everything is on the page, nothing breaks out of its place, and nothing comes from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from html_page import Element, Page
from relex.document import Document, Evidence, Link, Mention, Relation
from relex.errors import FormatError, InputError
from relex.schema import MentionType, RelationType, Schema
from relex.show import View, show
from strategies import documents

TEXT = (
    "The Communist Party of Vietnam met Ilham Aliyev in Baku. He may visit Hanoi.\n"
    "The two countries did not sign the pact.\n\n"
    "A second paragraph."
)


def mention(surface: str, type: str, *entities: str, score: float | None = None) -> Mention:
    at = TEXT.index(surface)
    return Mention(at, at + len(surface), type, entities, score)


PARTY = mention("Communist Party of Vietnam", "ORG", "cpv", score=0.91)
VIETNAM = mention("Vietnam", "GPE", "vn")
ALIYEV = mention("Ilham Aliyev", "PERSON", "aliyev")
BAKU, HANOI = mention("Baku", "GPE", "az"), mention("Hanoi", "GPE", "hanoi")
BOTH, PACT = mention("two countries", "GPE", "az", "vn"), mention("pact", "AGREEMENT", "pact")
MENTIONS = (PARTY, VIETNAM, ALIYEV, BAKU, HANOI, BOTH, PACT)
MET = Relation("cpv", "met-with", "aliyev", "actual", 0.97, (Evidence((4, 30), (35, 47)),))
VISITED = Relation("aliyev", "visited", "hanoi", "planned", 0.5)
SIGNED = Relation("az", "signed", "pact", "negated")


def document(**fields: Any) -> Document:
    return Document(**({"id": "d1", "text": TEXT, "mentions": MENTIONS, "relations": (MET, VISITED, SIGNED)} | fields))


def page(*shown: Document, **options: Any) -> Page:
    return Page(show(shown[0] if len(shown) == 1 else shown, **options).html)


def marks(shown: Page) -> list[Element]:
    return [e for e in shown.all("mark") if "data-m" in e.attributes]


class TestText:
    def test_has_a_mark_for_each_mention_with_its_surface(self) -> None:
        own = document()
        assert [e.text for e in marks(page(own))] == [own.text[m.start : m.end] for m in own.mentions]

    def test_nests_marks_as_the_mentions_nest(self) -> None:
        party, vietnam = marks(page(document()))[:2]
        assert party in vietnam.parents
        assert "n1" in party.classes
        assert "n0" in vietnam.classes

    def test_keeps_paragraphs(self) -> None:
        (text,) = page(document()).all("section", "text")
        assert [line for line in text.text.split("\n") if line] == [line for line in TEXT.split("\n") if line]
        shown = page(document()).all("p")
        assert sum(any("text" in parent.classes for parent in e.parents) for e in shown) == 3

    def test_tells_name_type_id_and_score_without_a_script(self) -> None:
        party = marks(page(document()))[0]
        assert party.attributes["title"] == "Communist Party of Vietnam · ORG · cpv · 0.91"

    def test_marks_group_mentions_and_lists_their_members(self) -> None:
        (group,) = [e for e in marks(page(document())) if "group" in e.classes]
        assert group.text == "two countries"
        assert group.attributes["data-n"] == "2"
        assert group.attributes["title"] == "Baku, Vietnam · GPE · az+vn"

    def test_gives_each_type_one_colour_and_a_place_in_the_legend(self) -> None:
        shown = page(document())
        legend = {e.attributes["data-t"]: e for e in shown.all("button", "type")}
        assert list(legend) == ["PERSON", "GPE", "ORG", "AGREEMENT"]
        colours = {name: next(c for c in e.classes if re.fullmatch(r"c\d+", c)) for name, e in legend.items()}
        assert len(set(colours.values())) == 4
        for own, element in zip(document().mentions, marks(shown), strict=True):
            assert colours[own.type] in element.classes

    def test_wraps_sentences_so_that_they_can_be_lit(self) -> None:
        assert [e.text for e in page(document()).all("span", "s")] == [
            "The Communist Party of Vietnam met Ilham Aliyev in Baku.",
            "He may visit Hanoi.",
            "The two countries did not sign the pact.",
            "A second paragraph.",
        ]

    def test_keeps_a_mention_whole_that_runs_over_sentences_and_lines(self) -> None:
        text = "One. Two\nthree. Four."
        own = Document("d", text, (Mention(0, 15, "EVENT", ("e",)), Mention(5, 8, "GPE", ("g",))))
        shown = page(own)
        assert [e.text for e in marks(shown)] == ["One. Two\nthree.", "Two"]
        assert [e.text for e in shown.all("span", "s")] == ["One. Two\nthree.", "Four."]

    @given(documents(any_text=True))
    def test_shows_every_document_whole(self, own: Document) -> None:
        shown = page(own)
        (text,) = shown.all("section", "text")
        visible = {**{i: 0x2400 + i for i in range(32)}, 0x7F: 0x2421, 13: None, 11: 32, 12: 32, 9: 9, 10: 10}
        visible |= dict.fromkeys(range(128, 160), 65533) | {0x85: 32}
        surfaces = [own.text[m.start : m.end].translate(visible) for m in own.mentions]
        assert [e.text for e in marks(shown)] == surfaces
        if own.text.strip():
            assert "".join(text.text.split()) == "".join(own.text.translate(visible).split())


class TestRelations:
    def test_are_grouped_by_type_with_counts(self) -> None:
        groups = page(document(relations=(VISITED, MET, replace(MET, head="az", tail="vn", evidence=())))).all(
            "details"
        )
        assert [re.split(r"(?<=\d)(?=\D)", g.text)[0] for g in groups] == ["met-with2", "visited1"]
        assert all("open" in group.attributes for group in groups)

    def test_name_head_and_tail_and_the_direction(self) -> None:
        ends = [e.text for e in page(document()).all("span", "ends")]
        assert ends == ["Communist Party of Vietnam ↔ Ilham Aliyev", "Ilham Aliyev → Hanoi", "Baku → pact"]

    def test_show_their_status(self) -> None:
        rows = page(document()).all("li", "rel")
        assert [row.classes - {"rel"} for row in rows] == [{"actual"}, {"planned"}, {"negated"}]
        badges = page(document()).all("span", "badge")
        assert [badge.text for badge in badges] == ["planned", "negated"]

    def test_show_their_score_as_number_and_bar(self) -> None:
        shown = page(document())
        assert [e.text for e in shown.all("span", "score")] == ["0.97", "0.50"]
        bars = [e for e in shown.all("rect") if e.parents[-1].classes == {"bar"} and not e.classes]
        assert [bar.attributes["width"] for bar in bars] == ["34.9", "18.0"]

    def test_link_to_the_mention_that_carries_them(self) -> None:
        shown = page(document())
        links = [str(e.attributes["href"]) for e in shown.all("a") if "rel" in e.parents[-1].classes]
        targets = {f"#{e.attributes['id']}": e.text for e in marks(shown)}
        assert [targets[link] for link in links] == ["Communist Party of Vietnam", "Ilham Aliyev", "Baku"]

    def test_of_entities_of_one_name_show_their_ids(self) -> None:
        text = "President Aliyev met President Lam."
        mentions = (
            Mention(0, 9, "ROLE", ("pres-az",)),
            Mention(10, 16, "PERSON", ("aliyev",)),
            Mention(21, 30, "ROLE", ("pres-vn",)),
        )
        relation = Relation("aliyev", "holds-position", "pres-az")
        (end,) = page(Document("d", text, mentions, (relation,))).all("span", "ends")
        assert end.text == "Aliyev → President pres-az"

    def test_carry_their_evidence_for_the_script(self) -> None:
        (data,) = page(document()).data()
        met, visited, _ = data["relations"]
        assert met["evidence"] == [{"head": [4, 30], "tail": [35, 47]}]
        assert "closest" not in met
        # Without evidence the closest mentions are shown, and called so.
        assert visited["closest"] is True
        (pair,) = visited["evidence"]
        assert [TEXT[slice(*pair[end])] for end in ("head", "tail")] == ["Ilham Aliyev", "Hanoi"]

    def test_evidence_always_names_mentions_of_the_page(self) -> None:
        (data,) = page(document()).data()
        spans = [[m["start"], m["end"]] for m in data["mentions"]]
        for relation in data["relations"]:
            for pair in relation["evidence"]:
                assert pair["head"] in spans
                assert pair["tail"] in spans

    def test_without_direction_are_those_of_the_schema_given(self) -> None:
        both = frozenset({"ORG", "PERSON"})
        schema = Schema("s", (MentionType("ORG"), MentionType("PERSON")), (RelationType("met-with", both, both),))
        (end,) = page(document(relations=(MET,)), schema=schema).all("span", "ends")
        assert end.text == "Communist Party of Vietnam → Ilham Aliyev"


class TestEscaping:
    HARD = "</script><script>alert(1)</script> & <b>\"q\" 'q' <!-- \u2028 ]]> -->"

    def hard(self) -> Document:
        first, second = Mention(0, 9, "A<b>", ("</script>",)), Mention(9, 17, "B&'\"", ("<!--",))
        relation = Relation("</script>", "<i>&", "<!--", "negated", 0.1)
        return Document(self.HARD, self.HARD, (first, second), (relation,), {"title": self.HARD, "source": self.HARD})

    def test_lets_no_text_become_markup(self) -> None:
        shown = page(self.hard())
        assert len(shown.all("script")) == 2
        assert shown.all("b") == shown.all("i") == []
        (text,) = shown.all("section", "text")
        assert text.text.strip() == self.HARD
        assert shown.all("title")[0].text == self.HARD

    def test_keeps_ids_and_types_in_the_data(self) -> None:
        (data,) = page(self.hard()).data()
        assert [entity["id"] for entity in data["entities"]] == ["</script>", "<!--"]
        assert data["relations"][0]["type"] == "<i>&"

    def test_leaves_nothing_in_the_data_that_could_end_it(self) -> None:
        embedded = re.search(r'id="relex-data">(.*?)</script>', show(self.hard()).html, re.DOTALL)
        assert embedded is not None
        assert not set(embedded.group(1)) & set("<>&\u2028\u2029")

    def test_follows_only_web_addresses(self) -> None:
        links = [
            page(document(meta={"url": url})).all("a") for url in ("https://example.org/?a&b", "javascript:alert(1)")
        ]
        web, other = [[e.attributes["href"] for e in own if e.text == "original"] for own in links]
        assert web == ["https://example.org/?a&b"]
        assert other == []

    def test_shows_control_characters_as_pictures(self) -> None:
        html = show(Document("\x00", "a\x00b\x1b", (Mention(0, 2, "ORG", ("\x00",)),))).html
        assert "a␀" in html
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f]", html)


class TestPage:
    def test_loads_nothing(self) -> None:
        shown = page(document(links={"vn": Link(iso3166="VN", wikidata="Q881")}))
        loading = ("link", "img", "iframe", "object", "embed", "image", "use")
        assert not [e for e in shown.elements if e.tag in loading or "src" in e.attributes]
        (style,) = shown.all("style")
        assert not re.search(r"url\(|@import|https?:", style.text)

    def test_lets_only_its_own_script_and_style_run(self) -> None:
        shown = page(document())
        (policy,) = [str(e.attributes["content"]) for e in shown.all("meta") if e.attributes.get("http-equiv")]
        assert "default-src 'none'" in policy
        own = [e.text for e in shown.elements if e.tag == "style" or (e.tag == "script" and not e.attributes)]
        for source in own:
            assert base64.b64encode(hashlib.sha256(source.encode()).digest()).decode() in policy
        # Such a policy also bars style attributes.
        assert not [e for e in shown.elements if "style" in e.attributes]

    def test_has_ids_that_occur_once(self) -> None:
        ids = [e.attributes["id"] for e in page(document(), document(id="d2")).elements if "id" in e.attributes]
        assert len(ids) == len(set(ids))

    def test_resolves_every_link_inside_it(self) -> None:
        shown = page(document(), document(id="d2"))
        ids = {e.attributes.get("id") for e in shown.elements}
        links = [str(e.attributes["href"]) for e in shown.all("a")]
        assert all(link[1:] in ids for link in links if link.startswith("#"))

    def test_has_the_graph_of_entities(self) -> None:
        (graph,) = page(document()).all("svg", "graph")
        assert graph.attributes["aria-label"]
        assert "met-with" in graph.text

    def test_carries_links_for_the_card(self) -> None:
        (data,) = page(document(links={"vn": Link(iso3166="VN", wikidata="Q881")})).data()
        assert {"iso3166": "VN", "wikidata": "Q881"} in [entity.get("link") for entity in data["entities"]]

    def test_is_the_same_for_the_same_document(self) -> None:
        assert show(document()).html == show(document()).html

    def test_is_titled_by_the_document_or_as_asked(self) -> None:
        assert show(document()).title == "d1"
        assert show(document(meta={"title": "Talks"})).title == "Talks"
        assert [e.text for e in page(document(), title="My talks").all("h1")] == ["My talks"]

    def test_of_several_documents_lists_them(self) -> None:
        shown = page(document(), document(id="d2"))
        assert len(shown.all("article")) == 2
        (nav,) = shown.all("nav")
        assert nav.text == "d1d2"

    @pytest.mark.parametrize("shown", [Document("e", ""), Document("e", " \n\n "), []])
    def test_of_nothing_says_so(self, shown: Document | list[Document]) -> None:
        assert Page(show(shown).html).all("p", "empty")

    def test_gives_unknown_types_colours_too(self) -> None:
        text = "abcdefghijklmnopqrst"
        own = Document("d", text, tuple(Mention(i, i + 1, f"T{i}", (f"e{i}",)) for i in range(20)))
        shown = page(own)
        assert all(any(re.fullmatch(r"c\d+", c) for c in e.classes) for e in marks(shown))
        assert len(shown.all("button", "type")) == 20

    def test_of_a_long_text_is_made_in_seconds(self) -> None:
        sentence = "Baku met Hanoi again. "
        text = sentence * 4500
        spans = [(i * len(sentence) + o, n) for i in range(0, 4500, 10) for o, n in ((0, 4), (9, 5))]
        own = Document("d", text, tuple(Mention(s, s + n, "GPE", (f"e{n}",)) for s, n in spans))
        assert len(marks(page(own))) == 900

    @pytest.mark.parametrize("wrong", ["a text", 3, None, ["a text"], [None]])
    def test_refuses_what_is_no_document(self, wrong: Any) -> None:
        with pytest.raises(InputError, match="document"):
            show(wrong)

    def test_refuses_a_schema_by_name(self) -> None:
        with pytest.raises(InputError, match=r"must be a relex\.Schema, not 'diplomatic'"):
            show(document(), schema="diplomatic")  # type: ignore[arg-type]


class TestView:
    def test_is_saved_as_utf_8(self, tmp_path: Path) -> None:
        view = show(document(meta={"title": "Əliyev 🇻🇳"}))
        path = view.save(tmp_path / "page.html")
        assert path.read_text(encoding="utf-8") == view.html

    def test_says_that_it_cannot_be_saved(self, tmp_path: Path) -> None:
        with pytest.raises(FormatError, match="cannot write"):
            show(document()).save(tmp_path / "missing" / "page.html")

    def test_displays_itself_in_a_frame_of_its_own(self) -> None:
        view = show(document())
        (frame,) = Page(view._repr_html_()).all("iframe")
        assert frame.attributes["srcdoc"] == view.html
        assert "allow-same-origin" not in str(frame.attributes["sandbox"])

    def test_has_a_short_repr(self) -> None:
        assert repr(show(document())) == "View(title='d1')"

    def test_is_what_show_returns(self) -> None:
        assert isinstance(show([document()]), View)
        assert unescape(show(document()).html).startswith("<!doctype html>")
