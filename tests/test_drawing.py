"""The picture of a graph: nothing overlaps, all is named, and the same document gives the same picture."""

from __future__ import annotations

import re

import numpy as np
import pytest

from relex.document import Document, Mention, Relation
from relex.drawing import MAX_NODES, Drawing, draw_graph
from relex.layout import place
from relex.lettering import MAX_LINES, escape_visibly, measure, wrap


def document(*facts: str) -> Document:
    """A document that names every entity of facts such as `a signed b ?` once, all of type ORG."""
    marks = {"?": "planned", "!": "negated"}
    parts = [fact.split() for fact in facts]
    names = list(dict.fromkeys(name for part in parts for name in (part[0], part[2])))
    text, mentions = "", []
    for name in names:
        mentions.append(Mention(len(text), len(text) + len(name), "ORG", (name,)))
        text += f"{name} "
    relations = [Relation(p[0], p[1], p[2], marks[p[3]] if len(p) > 3 else "actual") for p in parts]
    return Document("d", text, tuple(mentions), tuple(relations))


def draw(*facts: str) -> Drawing:
    drawing = draw_graph(document(*facts), colour=lambda _: "c0", symmetric=["met-with"])
    assert drawing is not None
    return drawing


def overlaps(centres: np.ndarray, sizes: np.ndarray) -> int:
    apart = np.abs(centres[:, None] - centres[None]) - (sizes[:, None] + sizes[None]) / 2
    return int((apart < 0).all(axis=2).sum() - len(centres)) // 2


class TestPlace:
    @pytest.mark.parametrize("seed", range(4))
    def test_sets_boxes_side_by_side_within_the_picture(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        sizes = np.column_stack([rng.uniform(30, 220, 30), rng.uniform(20, 90, 30)])
        pairs = {(int(min(a, b)), int(max(a, b))): 120.0 for a, b in rng.integers(0, 30, (40, 2)) if a != b}
        centres = place([(w, h) for w, h in sizes], pairs)
        assert overlaps(centres, sizes) == 0
        assert (centres - sizes / 2).min() >= -1e-6

    def test_sets_a_star_around_its_middle(self) -> None:
        centres = place([(60, 30)] * 9, {(0, i): 100.0 for i in range(1, 9)})
        assert np.allclose(centres[0], centres[1:].mean(axis=0), atol=60)

    def test_sets_what_is_joined_together_and_the_rest_apart(self) -> None:
        triangles = {(0, 1): 90.0, (1, 2): 90.0, (0, 2): 90.0, (3, 4): 90.0, (4, 5): 90.0, (3, 5): 90.0}
        centres = place([(40, 20)] * 6, triangles | {(2, 3): 90.0})
        apart = np.linalg.norm(centres[:, None] - centres[None], axis=2)
        joined = [apart[pair] for pair in triangles]
        assert np.mean(joined) < 0.6 * np.mean(apart[:3, 3:])

    def test_gives_the_same_places_again(self) -> None:
        pairs = {(0, 1): 90.0, (1, 2): 90.0, (2, 3): 120.0, (0, 3): 90.0, (3, 4): 90.0}
        assert np.array_equal(place([(50, 20)] * 5, pairs), place([(50, 20)] * 5, pairs))

    @pytest.mark.parametrize(("sizes", "lengths"), [([], {}), ([(10, 10)], {}), ([(10, 10)] * 2, {(0, 1): 50.0})])
    def test_takes_the_smallest_graphs(
        self, sizes: list[tuple[int, int]], lengths: dict[tuple[int, int], float]
    ) -> None:
        assert place(sizes, lengths).shape == (len(sizes), 2)


class TestPicture:
    def test_names_entities_and_relation_types(self) -> None:
        drawing = draw("Nato supports Georgia", "Georgia opposes Mordor")
        assert re.findall(r"<tspan[^>]*>([^<]*)<", drawing.svg) == ["Nato", "Georgia", "Mordor"]
        assert re.findall(r'<text dy=".33em">([^<]*)<', drawing.svg) == ["supports", "opposes"]

    def test_numbers_nodes_and_lines_as_the_document_does(self) -> None:
        svg = draw("a supports b", "b opposes c").svg
        assert re.findall(r'data-e="(\d+)"', svg) == ["0", "1", "2"]
        assert re.findall(r'data-r="([\d ]+)"', svg) == ["0", "1"]

    def test_tells_statuses_apart(self) -> None:
        svg = draw("a signed b", "b signed c ?", "c signed d !").svg
        assert re.findall(r'class="edge (\w+)"', svg) == ["actual", "planned", "negated"]
        assert svg.count('class="strike"') == 1

    def test_gives_arrows_to_directed_relations_alone(self) -> None:
        assert draw("a met-with b").svg.count('class="tip"') == 0
        assert draw("a supports b", "b supports a").svg.count('class="tip"') == 2

    def test_draws_a_symmetric_relation_once(self) -> None:
        assert draw("a met-with b", "b met-with a").svg.count('class="edge') == 1

    def test_puts_entities_with_the_same_relations_into_one_box(self) -> None:
        drawing = draw(
            "az cooperates-in trade", "vn cooperates-in trade", "az cooperates-in space", "vn cooperates-in space"
        )
        # Two pairs, each with the same relations to the other pair: one line says all four.
        assert drawing.n_drawn == 4
        assert re.findall(r'data-r="([\d ]+)"', drawing.svg) == ["0 1 2 3"]
        assert drawing.svg.count('class="box') == 2

    def test_keeps_entities_apart_that_differ_in_a_status(self) -> None:
        assert draw("az cooperates-in trade", "az cooperates-in space ?").svg.count('class="box') == 0

    def test_leaves_out_entities_without_relations(self) -> None:
        text = "Ada met Bob. Cleo slept."
        mentions = tuple(Mention(text.index(n), text.index(n) + len(n), "PERSON", (n,)) for n in ("Ada", "Bob", "Cleo"))
        own = Document("d", text, mentions, (Relation("Ada", "met-with", "Bob"),))
        drawing = draw_graph(own, colour=lambda _: "c0", symmetric=[])
        assert drawing is not None
        assert "Cleo" not in drawing.svg

    def test_is_none_without_relations(self) -> None:
        assert draw_graph(Document("d", "Nothing."), colour=lambda _: "c0", symmetric=[]) is None

    def test_counts_what_is_too_much_for_one_picture(self) -> None:
        chain = [f"n{i} supports n{i + 1}" for i in range(MAX_NODES + 9)]
        drawing = draw(*chain)
        assert (drawing.n_drawn, drawing.n_related) == (MAX_NODES, MAX_NODES + 10)

    def test_leaves_out_entities_whose_partners_are_left_out(self) -> None:
        # The ring fills the picture but for three places, which go to one pair and half of the next.
        ring = [f"r{i} opposes r{(i + 1) % (MAX_NODES - 3)}" for i in range(MAX_NODES - 3)]
        drawing = draw("a supports b", "c supports d", *ring)
        assert drawing.n_drawn == MAX_NODES - 1
        assert ">a</tspan>" in drawing.svg
        assert ">c</tspan>" not in drawing.svg

    def test_is_the_same_again(self) -> None:
        facts = ["a supports b", "b opposes c", "c met-with a ?", "d signed a"]
        assert draw(*facts).svg == draw(*facts).svg

    def test_escapes_names_and_types(self) -> None:
        svg = draw('<a>&" <b>"& </svg>\x00').svg
        assert "<a>" not in svg
        assert "<b>" not in svg
        assert svg.count("</svg>") == 1
        assert "\x00" not in svg


class TestLettering:
    @pytest.mark.parametrize(
        "name", ["Vietnam", "General Secretary of the Communist Party of Vietnam", "w" * 500, "", " "]
    )
    def test_breaks_names_into_few_lines_of_bounded_width(self, name: str) -> None:
        lines = wrap(name, 12)
        assert 1 <= len(lines) <= MAX_LINES
        assert all(measure(line, 12) < 220 for line in lines)

    def test_marks_what_it_leaves_out(self) -> None:
        assert wrap("word " * 60, 12)[-1].endswith("…")
        assert "…" not in "".join(wrap("Friends of Syria meeting", 12))

    def test_loses_no_word_of_a_name_that_fits(self) -> None:
        assert (
            " ".join(wrap("Joint Declaration on Strategic Partnership", 12))
            == "Joint Declaration on Strategic Partnership"
        )

    def test_shows_control_characters(self) -> None:
        assert escape_visibly("a\x00b\x1b\x7f\tc\n") == "a␀b␛␡\tc\n"

    def test_is_wider_for_wide_scripts(self) -> None:
        assert measure("中文", 12) > measure("il", 12)
        assert measure("e\u0301", 12) == measure("e", 12)
