"""The gazetteer: every name in it means one country, capital or organisation, however it is spelled."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pycountry
import pytest

import relex
from relex.gazetteer import Country, capital_code, countries, country, country_code, former_state, organisation

DATA = Path(relex.__file__).parent / "data"

# Names that two countries have and that therefore mean neither.
SHARED = {"Congolese", "Dominican", "Dominicans"}


def rows(table: str) -> list[dict[str, str]]:
    header, *lines = (line.split("\t") for line in (DATA / f"{table}.tsv").read_text(encoding="utf-8").splitlines())
    return [dict(zip(header, line, strict=True)) for line in lines]


def forms(row: dict[str, str], *columns: str) -> list[str]:
    return [form for column in columns for form in row[column].split("|") if form]


COUNTRY_FORMS = [
    (form, row["code"])
    for row in rows("countries")
    for form in forms(row, "name", "adjective", "people", "other_names")
]


class TestCodes:
    def test_are_those_of_iso_3166_and_kosovo(self) -> None:
        assert {c.code for c in countries()} == {c.alpha_2 for c in pycountry.countries} | {"XK"}

    def test_stand_once_and_in_order(self) -> None:
        codes = [c.code for c in countries()]
        assert codes == sorted(set(codes))

    @pytest.mark.parametrize("entry", pycountry.countries, ids=lambda entry: entry.alpha_2)
    def test_fit_the_names_of_iso_3166(self, entry: Any) -> None:
        names = {getattr(entry, field, entry.name) for field in ("name", "common_name", "official_name")}
        # The standard turns names around for sorting ("Korea, Republic of") and qualifies some in brackets.
        names |= {" ".join(reversed(name.split(", "))) for name in names}
        names |= {name.partition(" (")[0] for name in names}
        assert {country_code(name) for name in names} - {None} == {entry.alpha_2}


class TestCountryForms:
    def test_mean_their_own_country_and_no_other(self) -> None:
        wrong = [(form, code, country_code(form)) for form, code in COUNTRY_FORMS if country_code(form) != code]
        assert {form for form, _, _ in wrong} == SHARED
        assert all(found is None for _, _, found in wrong)

    def test_shared_names_are_really_shared(self) -> None:
        owners = Counter(form for form, _ in COUNTRY_FORMS)
        assert all(owners[form] > 1 for form in SHARED)

    @pytest.mark.parametrize("place", countries(), ids=lambda place: place.code)
    def test_name_and_adjective_come_back(self, place: Country) -> None:
        name, adjective, code = place.name, place.adjective, place.code
        assert country_code(name) == code
        assert not adjective or adjective in SHARED or country_code(adjective) == code

    def test_stand_once_in_a_row(self) -> None:
        for row in rows("countries"):
            own = forms(row, "people", "other_names")
            assert len(own) == len(set(own)), row["code"]

    def test_have_no_outer_spaces(self) -> None:
        for table in ("countries", "organisations", "former_states"):
            for row in rows(table):
                assert all(cell == cell.strip() for cell in row.values()), row

    def test_survive_case_article_and_possessive(self) -> None:
        for form, code in COUNTRY_FORMS:
            if form in SHARED or form in {"US", "CAR"}:
                continue
            for written in (form.upper(), form.lower(), f"the {form}", f"The {form}", f"{form}'s", f"{form}’s"):
                assert country_code(written) == code, written


class TestCountryCode:
    @pytest.mark.parametrize(
        ("surface", "code"),
        [
            ("Azerbaijan", "AZ"),
            ("Azerbaijani", "AZ"),
            ("Azerbaijanis", "AZ"),
            ("Azeri", "AZ"),
            ("Vietnam", "VN"),
            ("Viet Nam", "VN"),
            ("Vietnamese", "VN"),
            ("Socialist Republic of Vietnam", "VN"),
            ("US", "US"),
            ("U.S.", "US"),
            ("U.S", "US"),
            ("the US", "US"),
            ("the U.S.’s", "US"),
            ("USA", "US"),
            ("usa", "US"),
            ("United States'", "US"),
            ("American", "US"),
            ("UK", "GB"),
            ("U.K.", "GB"),
            ("Great Britain", "GB"),
            ("British", "GB"),
            ("Briton", "GB"),
            ("Britons", "GB"),
            ("UAE", "AE"),
            ("Emirati", "AE"),
            ("DPRK", "KP"),
            ("North Korean", "KP"),
            ("ROK", "KR"),
            ("South Koreans", "KR"),
            ("PRC", "CN"),
            ("People’s Republic of China", "CN"),
            ("Sino", "CN"),
            ("Taiwan", "TW"),
            ("Hong Kong", "HK"),
            ("Russian", "RU"),
            ("Russians", "RU"),
            ("Russian Federation", "RU"),
            ("Türkiye", "TR"),
            ("Turkiye", "TR"),
            ("Turkey", "TR"),
            ("Turkish", "TR"),
            ("Turks", "TR"),
            ("Turks and Caicos Islands", "TC"),
            ("Burma", "MM"),
            ("Swaziland", "SZ"),
            ("Ivory Coast", "CI"),
            ("Cote d'Ivoire", "CI"),
            ("Côte d’Ivoire", "CI"),
            ("Holland", "NL"),
            ("Dutch", "NL"),
            ("Macedonia", "MK"),
            ("Palestinian", "PS"),
            ("Kosovar", "XK"),
            ("Holy See", "VA"),
            ("Vatican", "VA"),
            ("Vatican City", "VA"),
            ("DR Congo", "CD"),
            ("DRC", "CD"),
            ("Democratic Republic of the Congo", "CD"),
            ("Congo-Kinshasa", "CD"),
            ("Republic of the Congo", "CG"),
            ("Congo (Brazzaville)", "CG"),
            ("Congo–Brazzaville", "CG"),
            ("Guinea", "GN"),
            ("Guinea Bissau", "GW"),
            ("Equatorial Guinea", "GQ"),
            ("Papua New Guinea", "PG"),
            ("Niger", "NE"),
            ("Nigerien", "NE"),
            ("Nigerian", "NG"),
            ("Sudanese", "SD"),
            ("South Sudanese", "SS"),
            ("CAR", "CF"),
            ("St. Lucia", "LC"),
            ("Saint Lucia", "LC"),
            ("Trinidad & Tobago", "TT"),
            ("Swiss", "CH"),
            ("Czech Republic", "CZ"),
            ("The Gambia", "GM"),
            ("Timor-Leste", "TL"),
            ("East Timor", "TL"),
            ("Kyrgyz", "KG"),
            ("Iran (Islamic Republic of)", "IR"),
        ],
    )
    def test_knows(self, surface: str, code: str) -> None:
        assert country_code(surface) == code

    @pytest.mark.parametrize(
        "surface",
        [
            "us",
            "car",
            "it",
            "IT",
            "AZ",
            "no",
            "Korea",
            "Korean",
            "Congo",
            "Congolese",
            "Dominican",
            "Virgin Islands",
            "Soviet Union",
            "USSR",
            "Czechoslovakia",
            "Persia",
            "England",
            "Scottish",
            "Kurdish",
            "Europe",
            "Washington",
            "Moscow",
            "Baku",
            "Kremlin",
            "European Union",
            "countries",
            "",
            " ",
            "the",
            "'s",
            ".",
        ],
    )
    def test_leaves_alone(self, surface: str) -> None:
        assert country_code(surface) is None


class TestCapitalCode:
    @pytest.mark.parametrize(
        ("surface", "code"),
        [
            ("Washington", "US"),
            ("Washington, D.C.", "US"),
            ("Washington, DC", "US"),
            ("Moscow", "RU"),
            ("Moscow's", "RU"),
            ("Beijing", "CN"),
            ("Baku", "AZ"),
            ("Hanoi", "VN"),
            ("The Hague", "NL"),
            ("Amsterdam", "NL"),
            ("Brussels", "BE"),
            ("Kyiv", "UA"),
            ("Kiev", "UA"),
            ("Astana", "KZ"),
            ("Nur-Sultan", "KZ"),
            ("Naypyitaw", "MM"),
            ("Nay Pyi Taw", "MM"),
            ("Sucre", "BO"),
            ("La Paz", "BO"),
            ("Sana’a", "YE"),
            ("Sanaa", "YE"),
            ("St. John's", "AG"),
            ("Chisinau", "MD"),
            ("Ulaanbaatar", "MN"),
            ("Pretoria", "ZA"),
            ("Dar es Salaam", "TZ"),
            ("Kingston", "JM"),
        ],
    )
    def test_knows(self, surface: str, code: str) -> None:
        assert capital_code(surface) == code

    @pytest.mark.parametrize("surface", ["Kremlin", "White House", "New York", "Istanbul", "Geneva", "Russia", ""])
    def test_leaves_alone(self, surface: str) -> None:
        assert capital_code(surface) is None

    def test_no_two_countries_share_a_capital(self) -> None:
        for row in rows("countries"):
            for form in forms(row, "capital", "other_capitals"):
                assert capital_code(form) == row["code"], form

    def test_a_capital_named_as_a_country_is_of_that_country(self) -> None:
        for row in rows("countries"):
            for form in forms(row, "capital", "other_capitals"):
                assert country_code(form) in (None, row["code"]), form


class TestCountry:
    def test_has_its_facts(self) -> None:
        azerbaijan = country("AZ")
        assert azerbaijan is not None
        assert (azerbaijan.name, azerbaijan.adjective, azerbaijan.capital) == ("Azerbaijan", "Azerbaijani", "Baku")
        assert azerbaijan.wikidata == "Q227"

    @pytest.mark.parametrize("code", ["", "az", "XX", "SU", "AZE"])
    def test_unknown_codes_are_none(self, code: str) -> None:
        assert country(code) is None

    def test_cannot_be_changed(self) -> None:
        with pytest.raises(FrozenInstanceError):
            countries()[0].name = "Elsewhere"  # type: ignore[misc]

    def test_every_sovereign_capital_is_known(self) -> None:
        without = {c.code for c in countries() if not c.capital}
        territories = {"AQ", "BQ", "BV", "CX", "HK", "HM", "IO", "MO", "NF", "TF", "TK", "UM"}
        assert without == territories


class TestWikidata:
    """Items that a reader can check, and a shape that all keep."""

    @pytest.mark.parametrize(
        ("code", "item"),
        [("US", "Q30"), ("RU", "Q159"), ("CN", "Q148"), ("VN", "Q881"), ("GB", "Q145"), ("TR", "Q43"), ("XK", "Q1246")],
    )
    def test_of_countries(self, code: str, item: str) -> None:
        found = country(code)
        assert found is not None
        assert found.wikidata == item

    def test_no_item_stands_for_two_things(self) -> None:
        items = [row["wikidata"] for t in ("countries", "organisations", "former_states") for row in rows(t)]
        items = [item for item in items if item]
        assert all(re.fullmatch(r"Q[1-9]\d*", item) for item in items)
        assert [item for item, n in Counter(items).items() if n > 1] == []

    def test_every_country_has_one(self) -> None:
        assert all(c.wikidata for c in countries())


class TestOrganisation:
    @pytest.mark.parametrize(
        ("surface", "item"),
        [
            ("UN", "Q1065"),
            ("U.N.", "Q1065"),
            ("the United Nations", "Q1065"),
            ("UN Security Council", "Q37470"),
            ("United Nations Security Council", "Q37470"),
            ("UNSC", "Q37470"),
            ("EU", "Q458"),
            ("European Union’s", "Q458"),
            ("European Commission", "Q8880"),
            ("EU Commission", "Q8880"),
            ("Council of the EU", "Q8896"),
            ("European Council", "Q8886"),
            ("Council of Europe", "Q8908"),
            ("NATO", "Q7184"),
            ("Nato", "Q7184"),
            ("North Atlantic Treaty Organisation", "Q7184"),
            ("OSCE", "Q81299"),
            ("Organisation for Security and Cooperation in Europe", "Q81299"),
            ("OIC", "Q47543"),
            ("Organization of Islamic Cooperation", "Q47543"),
            ("ASEAN", "Q7768"),
            ("African Union", "Q7159"),
            ("ECOWAS", "Q193272"),
            ("GCC", "Q217172"),
            ("SCO", "Q485207"),
            ("BRICS", "Q243630"),
            ("CIS", "Q7779"),
            ("Eurasian Economic Union", "Q4173083"),
            ("OPEC", "Q7795"),
            ("IMF", "Q7804"),
            ("World Bank", "Q7164"),
            ("IAEA", "Q41984"),
            ("WHO", "Q7817"),
            ("WTO", "Q7825"),
            ("UNESCO", "Q7809"),
            ("OECD", "Q41550"),
            ("G7", "Q1764511"),
            ("G-20", "Q19771"),
            ("Arab League", "Q7172"),
            ("Non-Aligned Movement", "Q83201"),
            ("APEC", "Q170481"),
            ("EBRD", "Q488981"),
            ("Asian Development Bank", "Q188822"),
            ("AIIB", "Q18109843"),
            ("ICC", "Q47488"),
            ("ICJ", "Q7801"),
            ("UN Development Program", "Q161718"),
            ("International Labor Organization", "Q54129"),
            ("United Nations Children’s Fund", "Q740308"),
            ("Organization of Turkic States", "Q596850"),
        ],
    )
    def test_knows(self, surface: str, item: str) -> None:
        found = organisation(surface)
        assert found is not None
        assert found.wikidata == item

    @pytest.mark.parametrize(
        "surface",
        [
            "who",
            "un",
            "eco",
            "Guam",
            "pace",
            "Nam",
            "government",
            "Foreign Ministry",
            "Vietnam",
            "Security Council",
            "",
        ],
    )
    def test_leaves_alone(self, surface: str) -> None:
        assert organisation(surface) is None

    def test_every_form_means_its_own(self) -> None:
        for row in rows("organisations"):
            for form in forms(row, "name", "acronym", "other_names"):
                found = organisation(form)
                assert found is not None, form
                assert found.name == row["name"], form

    def test_without_a_checked_item_it_still_has_its_name(self) -> None:
        found = organisation("the Quad")
        assert found is not None
        assert (found.name, found.acronym, found.wikidata) == ("Quadrilateral Security Dialogue", "QUAD", "")

    def test_none_is_named_as_a_country(self) -> None:
        shared = [
            form
            for row in rows("organisations")
            for form in forms(row, "name", "acronym", "other_names")
            if country_code(form)
        ]
        assert shared == ["GUAM"]  # the organisation in capitals, the island in any case


class TestFormerState:
    @pytest.mark.parametrize(
        ("surface", "item"),
        [
            ("Soviet Union", "Q15180"),
            ("USSR", "Q15180"),
            ("Soviet", "Q15180"),
            ("Yugoslavia", "Q36704"),
            ("Czechoslovak", "Q33946"),
            ("GDR", "Q16957"),
            ("Ottoman", "Q12560"),
        ],
    )
    def test_knows(self, surface: str, item: str) -> None:
        assert former_state(surface) == item

    def test_is_no_country_of_today(self) -> None:
        for row in rows("former_states"):
            for form in forms(row, "name", "other_names"):
                assert former_state(form) == row["wikidata"], form
                assert country_code(form) is None, form

    def test_leaves_alone(self) -> None:
        assert former_state("Russia") is None
