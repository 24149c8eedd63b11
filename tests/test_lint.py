"""Each rule of the linter finds what breaks it, and leaves alone what only looks like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import invoke
from relex.formats.rlx import parse
from relex.lint import RULES, lint, read_exceptions

# By rule: what is right, what is found, and the text that the finding is about.
CASES = {
    "article": [
        ("the [ambassador](PERSON a) of [The Hague](GPE h) read [The Times](ORG t)", "[the ambassador](PERSON a)"),
        ("[Kenya](GPE ke)'s [ministry](ORG m)", "in [its ministry](ORG m)"),
    ],
    "edge": [
        ("In the [U.S.](GPE us), [Kenya](GPE ke)'s aid", "[Kenya's](GPE ke)"),
        ("[Smith Jr.](PERSON s) saw [St. John's](GPE sj).", "[Vilnius,](GPE v)"),
        ("[Ann](PERSON a).", "[Ann.](PERSON a)"),
    ],
    "pronoun": [("the [US](GPE us) told us", "[He](PERSON a)"), ("[Ona](PERSON o)", "[they](GPE a+b)")],
    "title-inside": [
        ("[President](ROLE p) [Ona](PERSON o)", "[President Ona](PERSON o)"),
        ("Mr [Lee](PERSON l)", "[Mr Lee](PERSON l)"),
        ("[[Iranian](GPE ir) leader](PERSON x)", "[[prime minister](ROLE pm) of [Fiji](GPE fj)](PERSON x)"),
        ("Mr [President](PERSON p)", "[King Tupou](PERSON k)"),
    ],
    "role-span": [
        ("[Kenyan](GPE ke) [Minister](ROLE m)", "[Kenyan Minister](ROLE m)"),
        ("[President of [Kenya](GPE ke)](ROLE p)", "[President](ROLE p) of [Kenya](GPE ke)"),
        ("the [minister](ROLE m) to [Kenya](GPE ke)", "[Ambassador](ROLE m) to [Kenya](GPE ke)"),
    ],
    "date-span": [("early [July](DATE d)", "[early July](DATE d)"), ("on [May 7](DATE d)", "[on May 7](DATE d)")],
    "sector-span": [
        ("[energy](SECTOR e) cooperation", "[energy cooperation](SECTOR e)"),
        ("bilateral [trade](SECTOR t)", "[bilateral trade](SECTOR t)"),
    ],
    "group-size": [
        ("[both leaders](PERSON a+b) and [three men](PERSON a+b+c)", "[both leaders](PERSON a)"),
        ("[two states](GPE a+b)", "[two states](GPE a+b+c)"),
    ],
    "country": [
        ("[Russian](GPE ru) troops left the [South China Sea](LOCATION s)", "Russian troops"),
        ("[Michael Jordan](PERSON j) paid US$5 to North American firms", "the [Bank of Kenya](ORG b)"),
        ("[Kenya](GPE ke). [U.S.](GPE us) aid", "aid to Kenya."),
    ],
    "city": [
        ("[[Paris](GPE p) Agreement](AGREEMENT a), [LIMA '95](EVENT e)", "[Paris Agreement](AGREEMENT a)"),
        ("[Sunsari Dam](PROJECT d)", "[Sunsari](GPE s), [Sunsari Dam](PROJECT d)"),
        ("[[Bank of [Port of Spain](GPE p)](ORG b) Tower](ORG t)", "the [Lomé-Accra Road](PROJECT r)"),
        ("[Bank of [Kuala Lumpur](GPE k)](ORG b)", "[Kuala Lumpur Bank](ORG b)"),
    ],
    "title": [
        ("[President](ROLE p) [Ona](PERSON o) and the [president](PERSON o)", "President [Ona](PERSON o)"),
        ("[Deputy Minister](ROLE p) [Ona](PERSON o)", "Foreign Minister [Ona](PERSON o)"),
    ],
    "date": [
        ("on [May 7](DATE d), [Tuesday](DATE t), [2024](DATE y)", "on 7 May"),
        ("he may 7 times; 2,024 men; [COP 2024](EVENT c)", "since Tuesday"),
        ("1850 tonnes", "in 2024."),
    ],
    "sector": [
        ("cooperation in the field of [energy](SECTOR e)", "cooperation in the field of energy."),
        ("cooperation in [Asia](LOCATION a)", "They cooperate in energy, and [Ona](PERSON o) came"),
    ],
    "group": [
        ("the [two countries](GPE a+b)", "the two countries"),
        ("two countries that nobody named", "both leaders"),
    ],
    "acronym": [
        ("the [African Union](ORG au) ([AU](ORG au))", "the [African Union](ORG au) (AU)"),
        ("[Ona](PERSON o) (NATO)", "the [African Union](ORG au) ([AU](ORG x))"),
    ],
    "same-name": [
        ("[Lomé](GPE lome), [Lomé](GPE tg)", "[Oslo Prize](EVENT a), [Oslo Prize](EVENT b)"),
        ("[Ann Lee](PERSON a), [Ann Lee](PERSON b)", "[May](DATE a), [May](DATE b)"),
        ("the [ministry](ORG m), the [ministry](ORG n)", "[trade](SECTOR a), [Trade](SECTOR b)"),
    ],
    "same-country": [
        ("[Kenya](GPE ke), [Kenyan](GPE ke)", "[Kenya](GPE ke), [Kenyan](GPE k)"),
        ("[Fiji](GPE fj), [Fijian](GPE fj), [Suva](GPE suva)", "[Fiji](GPE fj) and [Chad](GPE fj)"),
        ("[Singapore](GPE sg) city, [Singapore](GPE city)", "[Malian](GPE a), [Mali](GPE b)"),
    ],
    "capital": [
        (
            "[Nairobi](GPE ke) [Ona](PERSON o)\n#rel\nke supports o",
            "[Nairobi](GPE na) [Ona](PERSON o)\n#rel\nna supports o",
        ),
        ("[Kenya](GPE ke) met in [Nairobi](GPE nai)", "[Kenya](GPE ke) met in [Nairobi](GPE ke)"),
    ],
    "holder": [
        ("[King](ROLE k) [Ona](PERSON o)\n#rel\no holds-position k", "[King](ROLE k) [Ona](PERSON o)"),
    ],
    "represented": [
        (
            "[Fijian](GPE fj) [King](ROLE k) [Ona](PERSON o)\n#rel\no holds-position k\no represents fj",
            "[Fijian](GPE fj) [King](ROLE k) [Ona](PERSON o)\n#rel\no holds-position k",
        ),
    ],
    "symmetric": [
        (
            "[Ona](PERSON o), [Lee](PERSON l)\n#rel\no met-with l",
            "[Ona](PERSON o), [Lee](PERSON l)\n#rel\no met-with l\nl met-with o",
        ),
        (
            "[Ona](PERSON o), [Lee](PERSON l)\n#rel\no opposes l\nl opposes o",
            "[Fiji](GPE f), [Mali](GPE m)\n#rel\nf cooperates-with m\nm cooperates-with f",
        ),
    ],
}


def rules_found(markup: str, **options: object) -> list[str]:
    """Return the names of the rules that a document breaks."""
    body = markup if "#rel" in markup else f"{markup}\n#rel"
    (document,) = parse(f"#doc d\n{body}\n")
    return [doubt.partition(":")[0] for doubt in lint(document, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize(("rule", "right", "wrong"), [(rule, *case) for rule, cases in CASES.items() for case in cases])
def test_a_rule_finds_what_breaks_it_and_nothing_else(rule: str, right: str, wrong: str) -> None:
    assert rule not in rules_found(right)
    assert rule in rules_found(wrong)


def test_every_rule_has_its_cases_and_says_what_it_finds() -> None:
    assert CASES.keys() == RULES.keys()
    assert all((rule.__doc__ or "").endswith(".") for rule in RULES.values())


def test_an_exception_silences_its_rule_for_its_text_alone() -> None:
    text = "He spoke Russian.\nA Russian ship."
    assert rules_found(text) == ["country", "country"]
    assert rules_found(text, allowed=[("country", "Russian")]) == []
    assert rules_found(text, allowed=[("title", "Russian")])[:2] == ["country", "country"]


def test_an_exception_that_nothing_needs_is_told() -> None:
    (document,) = parse("#doc d\nNothing here.\n#rel\n")
    assert list(lint(document, allowed=[("country", "Mali")])) == [
        'exception country "Mali" matches no finding: take it out'
    ]
    (told,) = lint(document, allowed=[("countries", "Mali")])
    assert "rules: article, edge" in told


def test_exceptions_are_read_by_document() -> None:
    text = '#doc a\n## lint: country "Dutch"\n## lint: edge "Lloyd\'s"\n## a comment\nx\n#rel\n#doc b\ny\n#rel\n'
    assert read_exceptions(text) == {"a": {("country", "Dutch"), ("edge", "Lloyd's")}}


def test_a_finding_shows_its_place() -> None:
    (document,) = parse("#doc d\nA line.\nHe went to Mali on foot.\n#rel\n")
    assert list(lint(document)) == [
        "country: He went to ⟦Mali⟧ on foot. at 19: mark names, adjectives and peoples of countries as GPE"
    ]


def test_the_command_line_lints_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "x.rlx"
    path.write_text("#doc d\nHe spoke Dutch.\n#rel\n", encoding="utf-8")
    assert invoke("check", path).exit_code == 0
    result = invoke("check", path, "--lint")
    assert result.exit_code == 1
    assert "country: He spoke ⟦Dutch⟧." in result.stdout
    path.write_text('#doc d\n## lint: country "Dutch"\nHe spoke Dutch.\n#rel\n', encoding="utf-8")
    assert invoke("check", path, "--lint").exit_code == 0
