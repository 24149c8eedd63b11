"""Names for entities and ids made of them."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from relex.document import Mention
from relex.naming import choose_name, make_ids


@pytest.mark.parametrize(
    ("surfaces", "type", "expected"),
    [
        (["Vietnamese", "Vietnam", "Vietnamese"], "GPE", "Vietnam"),
        (["Baku", "Azerbaijani", "Azerbaijan", "Baku"], "GPE", "Azerbaijan"),
        (["Kazakh", "Astana", "Kazakhstan", "Kazakh"], "GPE", "Kazakhstan"),
        (["Nakhchivani", "Nakhchivan"], "GPE", "Nakhchivan"),
        (["Bavarian", "Bavaria"], "GPE", "Bavaria"),
        (["Eritrean", "Asmara", "Asmara"], "GPE", "Eritrean"),
        (["Armenian", "Yerevan", "Republic Square"], "GPE", "Republic Square"),
        (["Armenian", "Tbilisi"], "GPE", "Tbilisi"),
        (["Asmara"], "GPE", "Asmara"),
        (["Yerevan", "Yerevan", "Republic Square"], "GPE", "Yerevan"),
        (["Singapore", "Singaporean"], "GPE", "Singapore"),
        (["Thai"], "GPE", "Thai"),
        (["Aliyev", "Ilham Aliyev", "president"], "PERSON", "Ilham Aliyev"),
        (["Lam", "president of Vietnam", "To Lam"], "PERSON", "To Lam"),
        (["charter", "Strategic Charter", "document"], "AGREEMENT", "Strategic Charter"),
        (["energy"], "SECTOR", "energy"),
        (["ambassador"], "PERSON", "ambassador"),
        (["NB", "Nordic Bank"], "ORG", "Nordic Bank"),
        (["one", "two"], "SECTOR", "one"),
    ],
)
def test_an_entity_is_named_by_its_most_informative_mention(surfaces: list[str], type: str, expected: str) -> None:
    assert choose_name(surfaces, type=type) == expected


@given(
    st.lists(st.text(min_size=1).filter(str.strip), min_size=1, max_size=6),
    st.sampled_from(["GPE", "PERSON", "ORG"]),
)
@example(["of", " to "], "PERSON")
@example(["ese", "ian"], "GPE")
def test_a_name_is_always_one_of_the_mentions(surfaces: list[str], type: str) -> None:
    assert choose_name(surfaces, type=type) in surfaces


def test_ids_are_short_and_readable() -> None:
    names = ["Ilham Aliyev", "Côte d'Ivoire", "U.S.", "東京", "x" * 50, "COP29"]
    assert make_ids(names) == ["ilham-aliyev", "cote-d-ivoire", "u-s", "entity", "x" * 40, "cop29"]


@pytest.mark.parametrize(
    "names", [["Lam", "Lam", "lam"], ["Lam 2", "Lam", "Lam"], ["a", "a-2", "a", "a"], ["", "!", "entity"]]
)
def test_equal_names_get_different_ids(names: list[str]) -> None:
    ids = make_ids(names)
    assert len(set(ids)) == len(names)


@given(st.lists(st.text(max_size=8) | st.sampled_from(["a", "a 2", "A-2", "entity"]), max_size=12))
def test_ids_are_unique_and_fit_a_mention(names: list[str]) -> None:
    ids = make_ids(names)
    assert len(set(ids)) == len(ids) == len(names)
    for own in ids:
        assert re.fullmatch("[a-z0-9-]+", own)
        assert Mention(0, 1, "GPE", (own,)).entities == (own,)
