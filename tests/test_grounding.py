"""Grounding: which entities of a document get a link, and which must not."""

from __future__ import annotations

import pytest

from relex.document import Document, Link, Mention
from relex.grounding import ground

UN = Link(wikidata="Q1065")


def document(*mentions: tuple[str, str, str], date: str = "") -> Document:
    """Return a document whose words are the mentions (surface, type, entity ids), one after the other."""
    text, found = "", []
    for surface, kind, entities in mentions:
        start = len(text)
        text += surface + " , "
        found.append(Mention(start, start + len(surface), kind, tuple(entities.split("+"))))
    return Document("d", text, tuple(found), meta={"date": date} if date else {})


def read(text: str, surface: str, kind: str, date: str = "") -> Link | None:
    """Return the link of the one mention of a text."""
    start = text.index(surface)
    mention = Mention(start, start + len(surface), kind, ("x",))
    return ground(Document("d", text, (mention,), meta={"date": date} if date else {})).get("x")


class TestCountries:
    def test_a_country_has_its_code_and_item(self) -> None:
        links = ground(document(("Azerbaijan", "GPE", "az"), ("Vietnamese", "GPE", "vn")))
        assert links == {"az": Link("AZ", "Q227"), "vn": Link("VN", "Q881")}

    def test_a_capital_alone_is_a_city(self) -> None:
        assert ground(document(("Baku", "GPE", "baku"), ("Washington", "GPE", "dc"))) == {}

    def test_a_capital_that_stands_for_a_country_is_that_country(self) -> None:
        assert ground(document(("Washington", "GPE", "us"), ("US", "GPE", "us")))["us"].iso3166 == "US"

    def test_a_description_beside_the_name_does_no_harm(self) -> None:
        links = ground(document(("country", "GPE", "az"), ("Azerbaijani", "GPE", "az"), ("neighbour", "GPE", "az")))
        assert links["az"].iso3166 == "AZ"

    def test_a_shared_name_is_decided_by_a_full_one(self) -> None:
        assert ground(document(("Korean", "GPE", "kr"))) == {}
        assert ground(document(("Korean", "GPE", "kr"), ("South Korea", "GPE", "kr")))["kr"].iso3166 == "KR"

    def test_names_of_two_countries_leave_an_entity_alone(self) -> None:
        assert ground(document(("Iran", "GPE", "x"), ("Iraq", "GPE", "x"))) == {}

    def test_places_below_the_state_have_no_code(self) -> None:
        assert ground(document(("Nakhchivan", "GPE", "nx"), ("Scotland", "GPE", "sc"), ("New York", "GPE", "ny"))) == {}

    def test_a_group_mention_names_none_of_its_members(self) -> None:
        links = ground(document(("two countries", "GPE", "a+b"), ("Russian", "GPE", "a+b"), ("Peru", "GPE", "b")))
        assert links == {"b": Link("PE", "Q419")}

    def test_a_former_state_has_an_item_and_no_code(self) -> None:
        assert ground(document(("Soviet", "GPE", "su"), ("USSR", "GPE", "su"))) == {"su": Link(wikidata="Q15180")}

    def test_a_former_state_and_a_present_one_are_two(self) -> None:
        assert ground(document(("Soviet", "GPE", "x"), ("Russian", "GPE", "x"))) == {}


class TestOrganisations:
    def test_an_organisation_has_its_item(self) -> None:
        links = ground(document(("UN", "ORG", "un"), ("United Nations", "ORG", "un"), ("NATO", "ORG", "nato")))
        assert links == {"un": UN, "nato": Link(wikidata="Q7184")}

    def test_a_city_that_stands_for_a_body_is_the_body(self) -> None:
        assert ground(document(("Brussels", "ORG", "eu"), ("EU", "ORG", "eu"))) == {"eu": Link(wikidata="Q458")}

    def test_names_of_two_bodies_leave_an_entity_alone(self) -> None:
        assert ground(document(("UN", "ORG", "x"), ("Security Council", "ORG", "x"), ("UNSC", "ORG", "x"))) == {}

    def test_other_bodies_have_none(self) -> None:
        assert ground(document(("Foreign Ministry", "ORG", "mfa"), ("SOCAR", "ORG", "socar"))) == {}

    def test_an_organisation_without_a_checked_item_has_no_link(self) -> None:
        assert ground(document(("Quad", "ORG", "quad"))) == {}

    def test_a_country_named_as_an_organisation_is_none(self) -> None:
        assert ground(document(("Azerbaijan", "ORG", "az"))) == {}


class TestDates:
    @pytest.mark.parametrize(
        ("surface", "expected"),
        [
            ("2025", "2025"),
            ("May 7, 2025", "2025-05-07"),
            ("10–11 February 2026", "2026-02-10/2026-02-11"),
            ("1950s", "1950/1959"),
            ("July 2024", "2024-07"),
            ("May 7", "--05-07"),
        ],
    )
    def test_a_date_is_written_in_iso_8601(self, surface: str, expected: str) -> None:
        assert ground(document((surface, "DATE", "d"))) == {"d": Link(iso8601=expected)}

    def test_the_day_of_the_document_gives_the_year(self) -> None:
        links = ground(document(("May 7", "DATE", "d"), ("Wednesday", "DATE", "w"), date="2025-05-09"))
        assert links == {"d": Link(iso8601="2025-05-07"), "w": Link(iso8601="2025-05-07")}

    @pytest.mark.parametrize("date", ["", "2025", "May 9", "2025-99-99"])
    def test_only_an_iso_day_does(self, date: str) -> None:
        links = ground(document(("May 7", "DATE", "d"), ("Wednesday", "DATE", "w"), date=date))
        assert links == {"d": Link(iso8601="--05-07")}

    def test_a_time_after_the_day_does_no_harm(self) -> None:
        assert ground(document(("May 7", "DATE", "d"), date="2025-05-09T10:00:00Z"))["d"].iso8601 == "2025-05-07"

    def test_a_mention_with_the_year_gives_it_to_the_others(self) -> None:
        mentions = (("May 7", "DATE", "d"), ("May 7, 2019", "DATE", "d"), ("Tuesday", "DATE", "d"))
        assert ground(document(*mentions)) == {"d": Link(iso8601="2019-05-07")}
        assert ground(document(*mentions, date="2025-05-09")) == {"d": Link(iso8601="2019-05-07")}

    def test_a_span_with_the_year_gives_it_to_the_others(self) -> None:
        links = ground(document(("May 9 and 10", "DATE", "d"), ("9–10 May 2019", "DATE", "d"), date="2025-05-09"))
        assert links == {"d": Link(iso8601="2019-05-09/2019-05-10")}

    def test_a_month_is_no_day_of_its_number(self) -> None:
        assert ground(document(("May 7, 2025", "DATE", "d"), ("July", "DATE", "d"))) == {}

    def test_white_space_is_no_date(self) -> None:
        assert ground(Document("d", "A.  ", (Mention(2, 3, "DATE", ("x",)),), meta={"date": "2025-05-09"})) == {}

    def test_different_dates_leave_an_entity_alone(self) -> None:
        assert ground(document(("2019", "DATE", "d"), ("2020", "DATE", "d"))) == {}

    def test_the_word_before_a_date_says_which(self) -> None:
        assert read("They meet every July.", "July", "DATE", "2025-05-09") == Link(iso8601="--07")
        assert read("They met last Friday.", "Friday", "DATE", "2025-05-09") == Link(iso8601="2025-05-02")
        assert read("They meet next Friday.", "Friday", "DATE", "2025-05-09") == Link(iso8601="2025-05-16")
        assert read("Outlast Friday.", "Friday", "DATE", "2025-05-09") == Link(iso8601="2025-05-09")

    @pytest.mark.parametrize(
        ("text", "surface", "expected"),
        [
            ("On Monday the minister will travel to Porto.", "Monday", "2025-05-12"),
            ("She said that on Monday, the two are to meet.", "Monday", "2025-05-12"),
            ("He will arrive on Monday and leave on Thursday.", "Thursday", "2025-05-15"),
            ("They will meet on Friday.", "Friday", "2025-05-09"),
            ("They’ll meet in May.", "May", "2025-05"),
            ("A treaty is expected to be signed in March.", "March", "2026-03"),
            ("The king, whom he invited to visit Oslo in March, accepted.", "March", "2026-03"),
            ("In March they agreed to meet.", "March", "2025-03"),
            ("They will meet last Monday.", "Monday", "2025-05-05"),
            ("Monday's talks will resume.", "Monday", "2025-05-05"),
            ("The pact signed on Monday will bring peace.", "Monday", "2025-05-05"),
            ("The minister, who met him on Monday, will sign.", "Monday", "2025-05-05"),
            ("On Monday, he said that he will resign.", "Monday", "2025-05-05"),
            ("On Monday he arrived and will leave soon.", "Monday", "2025-05-05"),
            ("They met in March and will meet again.", "March", "2025-03"),
            ("He will discuss the pact signed in March.", "March", "2025-03"),
            ("He will take office following his March hearing.", "March", "2025-03"),
        ],
    )
    def test_a_verb_in_the_future_puts_a_date_ahead(self, text: str, surface: str, expected: str) -> None:
        assert read(text, surface, "DATE", "2025-05-09") == Link(iso8601=expected)

    def test_what_is_no_date_has_no_link(self) -> None:
        assert ground(document(("Sunday", "DATE", "a"), ("that week", "DATE", "b"))) == {}


class TestWhole:
    def test_other_types_have_no_links(self) -> None:
        assert ground(document(("Jordan", "PERSON", "p"), ("Georgia", "LOCATION", "l"), ("2025", "EVENT", "e"))) == {}

    def test_a_document_without_entities_has_none(self) -> None:
        assert ground(Document("d", "Nothing here.")) == {}

    def test_links_fit_back_into_the_document_and_its_json(self) -> None:
        plain = document(("US", "GPE", "us"), ("UN", "ORG", "un"), ("2025", "DATE", "d"))
        linked = Document(plain.id, plain.text, plain.mentions, links=ground(plain))
        assert linked == plain
        assert linked.entity("un").link == UN
        assert Document.from_dict(linked.to_dict()).links == linked.links

    def test_the_result_is_read_only(self) -> None:
        with pytest.raises(TypeError):
            ground(document(("UN", "ORG", "un")))["us"] = UN  # type: ignore[index]
