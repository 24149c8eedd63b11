"""Calendar expressions: what news writes, and what ISO 8601 writes for it."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relex.dates import parse_date

FRIDAY = date(2025, 5, 9)
PART = r"(?:\d{4}(?:-\d\d(?:-\d\d)?)?|--\d\d(?:-\d\d)?)"


@pytest.mark.parametrize(
    ("surface", "expected"),
    [
        ("2025", "2025"),
        ("in 2025", "2025"),
        ("early 2025", "2025"),
        ("1950s", "1950/1959"),
        ("the 1990s", "1990/1999"),
        ("1950's", "1950/1959"),
        ("1950s–1960s", "1950/1969"),
        ("July 2024", "2024-07"),
        ("July, 2024", "2024-07"),
        ("July of 2024", "2024-07"),
        ("mid-July 2024", "2024-07"),
        ("May 2025", "2025-05"),
        ("May 7, 2025", "2025-05-07"),
        ("MAY 7, 2025", "2025-05-07"),
        ("May 7 2025", "2025-05-07"),
        ("7 May 2025", "2025-05-07"),
        ("7th of May 2025", "2025-05-07"),
        ("the 7th of May, 2025", "2025-05-07"),
        ("Sept. 3rd, 2024", "2024-09-03"),
        ("Wednesday, May 7, 2025", "2025-05-07"),
        ("29 February 2024", "2024-02-29"),
        ("2025-05-07", "2025-05-07"),
        ("2024-07", "2024-07"),
        ("07.05.2025", "2025-05-07"),
        ("25/12/2025", "2025-12-25"),
        ("12/25/2025", "2025-12-25"),
    ],
)
def test_a_full_date_needs_no_context(surface: str, expected: str) -> None:
    assert parse_date(surface) == expected
    assert parse_date(surface, written=FRIDAY) == expected


@pytest.mark.parametrize(
    ("surface", "expected"),
    [
        ("10–11 February 2026", "2026-02-10/2026-02-11"),
        ("10-11 February 2026", "2026-02-10/2026-02-11"),
        ("February 10–11, 2026", "2026-02-10/2026-02-11"),
        ("10 to 11 February 2026", "2026-02-10/2026-02-11"),
        ("May 9 and 10, 2025", "2025-05-09/2025-05-10"),
        ("July 23 to July 25, 2025", "2025-07-23/2025-07-25"),
        ("from July 23 through July 25, 2025", "2025-07-23/2025-07-25"),
        ("May 30 – June 2, 2025", "2025-05-30/2025-06-02"),
        ("May 30, 2025 – June 2", "2025-05-30/2025-06-02"),
        ("December 30 – January 2, 2026", "2025-12-30/2026-01-02"),
        ("December 30, 2025 – January 2", "2025-12-30/2026-01-02"),
        ("July–August 2024", "2024-07/2024-08"),
        ("July and August 2024", "2024-07/2024-08"),
        ("from July 2023 to May 2024", "2023-07/2024-05"),
        ("2021–2025", "2021/2025"),
        ("2021–25", "2021/2025"),
        ("2021/22", "2021/2022"),
        ("1998–2002", "1998/2002"),
        ("2010-12", "2010/2012"),
        ("between 2021 and 2024", "2021/2024"),
        ("2023 and 2024", "2023/2024"),
    ],
)
def test_a_span_is_an_interval_with_both_ends_in_full(surface: str, expected: str) -> None:
    assert parse_date(surface) == expected


@pytest.mark.parametrize(
    ("surface", "expected"),
    [
        ("May 7", "--05-07"),
        ("7 May", "--05-07"),
        ("Feb. 10", "--02-10"),
        ("Tuesday, May 6", "--05-06"),
        ("29 February", "--02-29"),
        ("July", "--07"),
        ("May 9 and 10", "--05-09/--05-10"),
        ("10–11 February", "--02-10/--02-11"),
        ("November to March", "--11/--03"),
        ("December 30 – January 2", "--12-30/--01-02"),
    ],
)
def test_without_a_year_or_a_day_of_the_report_the_year_stays_open(surface: str, expected: str) -> None:
    assert parse_date(surface) == expected


@pytest.mark.parametrize(
    ("surface", "written", "expected"),
    [
        ("May 7", FRIDAY, "2025-05-07"),
        ("May 20", FRIDAY, "2025-05-20"),
        ("July", FRIDAY, "2025-07"),
        ("December", FRIDAY, "2024-12"),
        ("May", FRIDAY, "2025-05"),
        ("December 28", date(2026, 1, 5), "2025-12-28"),
        ("January 5", date(2025, 12, 28), "2026-01-05"),
        ("29 February", FRIDAY, "2024-02-29"),
        ("10–11 February", FRIDAY, "2025-02-10/2025-02-11"),
        ("December 30 – January 2", date(2026, 1, 5), "2025-12-30/2026-01-02"),
        ("November to March", FRIDAY, "2024-11/2025-03"),
    ],
)
def test_the_day_of_the_report_gives_the_nearest_year(surface: str, written: date, expected: str) -> None:
    assert parse_date(surface, written=written) == expected


@pytest.mark.parametrize(
    ("surface", "expected"),
    [
        ("Friday", "2025-05-09"),
        ("on Friday", "2025-05-09"),
        ("Thursday", "2025-05-08"),
        ("Saturday", "2025-05-03"),
        ("Tues.", "2025-05-06"),
        ("last Friday", "2025-05-02"),
        ("last Thursday", "2025-05-08"),
        ("next Friday", "2025-05-16"),
        ("next Saturday", "2025-05-10"),
        ("Tuesday and Wednesday", "2025-05-06/2025-05-07"),
        ("Monday to Wednesday", "2025-05-05/2025-05-07"),
        ("Thursday and Friday", "2025-05-08/2025-05-09"),
    ],
)
def test_a_weekday_is_the_last_one_before_the_report(surface: str, expected: str) -> None:
    assert parse_date(surface, written=FRIDAY) == expected
    assert parse_date(surface) is None


@pytest.mark.parametrize(
    ("surface", "expected"),
    [
        ("next May", "2026-05"),
        ("last May", "2024-05"),
        ("next May 8", "2026-05-08"),
        ("last May 10", "2024-05-10"),
        ("every July", "--07"),
        ("each May 28", "--05-28"),
        ("every Friday", None),
    ],
)
def test_a_leading_word_says_which(surface: str, expected: str | None) -> None:
    assert parse_date(surface, written=FRIDAY) == expected


@pytest.mark.parametrize(
    "surface",
    [
        "",
        " ",
        "-",
        "and",
        "to",
        "May 9 and 12",
        "9, 10 and 11 May",
        "2007 and 2012",
        "31 June",
        "30 February 2024",
        "29 February 2025",
        "May 0",
        "May 32",
        "2025-13-01",
        "5/7/2025",
        "10",
        "999",
        "3000",
        "20250507",
        "yesterday",
        "this week",
        "Ramadan",
        "summer",
        "May 7 8",
        "July 25 to 23, 2025",
        "2025 to 2021",
        "2020 to 2021 to 2022",
        "May 7 –",
        "'90s",
    ],
)
def test_what_is_no_date_or_cannot_be_placed_is_none(surface: str) -> None:
    assert parse_date(surface) is None
    assert parse_date(surface, written=FRIDAY) is None


@given(st.dates(date(1000, 1, 1), date(2999, 12, 31)))
def test_every_day_comes_back_however_it_is_written(day: date) -> None:
    for form in (
        f"{day:%B} {day.day}, {day:%Y}",
        f"{day.day} {day:%b} {day:%Y}",
        f"{day:%A}, {day:%B} {day.day} {day:%Y}",
    ):
        assert parse_date(form) == day.isoformat()


@given(st.dates(date(1001, 1, 1), date(2998, 12, 31)), st.integers(-180, 180))
def test_a_day_near_the_report_gets_its_own_year(written: date, days: int) -> None:
    day = written + timedelta(days)
    if (day.month, day.day) != (2, 29):
        assert parse_date(f"{day:%B} {day.day}", written=written) == day.isoformat()


@given(st.text(), st.none() | st.dates())
def test_any_text_gives_a_date_or_none(text: str, written: date | None) -> None:
    value = parse_date(text, written=written)
    assert value is None or re.fullmatch(f"{PART}(?:/{PART})?", value)


WORDS = [
    "May",
    "9",
    "31",
    "2025",
    "and",
    "-",
    "to",
    "Monday",
    "1950s",
    "next",
    "every",
    "between",
    ",",
    "0",
    "February",
]


@given(st.lists(st.sampled_from(WORDS), max_size=7), st.none() | st.dates())
def test_any_jumble_of_date_words_gives_a_date_or_none(words: list[str], written: date | None) -> None:
    value = parse_date(" ".join(words), written=written)
    assert value is None or re.fullmatch(f"{PART}(?:/{PART})?", value)
