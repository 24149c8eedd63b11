"""Contrast sets: what is flipped between their texts, and who sees it; worked by hand and by plain loops."""

from __future__ import annotations

import itertools
import json
import random
import re
from dataclasses import replace

import pytest
from rich.console import Console

from relex.contrast import MEASURES, Contrast, JudgedText, judge_contrast
from relex.contrast.matching import match_entities
from relex.document import Document, Mention, Relation
from relex.errors import InputError
from relex.formats.rlx import parse
from relex.schema import builtin_schema

GOLD = parse(
    """
#doc voice-01a
[Omani](GPE om) [envoy](ROLE envoy) [Salma Haddad](PERSON salma) invited [Ana Lima](PERSON ana).
#rel
salma holds-position envoy
salma represents om
salma invited ana

#doc voice-01b
[Omani](GPE om) [envoy](ROLE envoy) [Salma Haddad](PERSON salma) was invited by [Ana Lima](PERSON ana).
#rel
salma holds-position envoy
salma represents om
ana invited salma

#doc meeting-01a
[Peru](GPE pe) has signed the [Lima Pact](AGREEMENT pact).
#rel
pe signed pact

#doc meeting-01b
[Peru](GPE pe) will sign the [Lima Pact](AGREEMENT pact).
#rel
pe signed pact ?

#doc meeting-01c
[Peru](GPE pe) has read the [Lima Pact](AGREEMENT pact).
#rel
"""
)
BY_ID = {document.id: document for document in GOLD}


def said(id: str, *facts: str) -> Document:
    """The gold document of that id with other facts, each written as head, type, tail and status."""
    return replace(BY_ID[id], relations=tuple(Relation(*fact.split()) for fact in facts))


def judge(*predicted: Document) -> Contrast:
    """Judge predictions for some texts; all others are read as in gold."""
    changed = {document.id: document for document in predicted}
    return judge_contrast(GOLD, [changed.get(document.id, document) for document in GOLD])


def judged(contrast: Contrast, id: str) -> JudgedText:
    return next(text for own in contrast.sets for text in own.texts if text.id == id)


def test_how_many_texts_were_not_read_is_told(caplog: pytest.LogCaptureFixture) -> None:
    judge_contrast(GOLD, GOLD[:4])
    assert "1 of 5 gold documents have no prediction and count as empty, 'meeting-01c' first" in caplog.text


class TestTexts:
    def test_gold_is_right_and_states_nothing_false(self):
        contrast = judge()
        for measure, level in itertools.product(MEASURES, ("relation", "relation+status")):
            assert contrast.share(measure, level=level).point == (measure != "false-positive")

    def test_flipped_is_what_the_texts_of_a_set_do_not_share(self):
        meeting, voice = judge().sets
        assert (voice.id, voice.phenomenon, voice.n_flipped) == ("voice-01", "voice", 2)
        assert (meeting.id, meeting.phenomenon, meeting.n_flipped) == ("meeting-01", "meeting", 1)
        assert [text.id for text in meeting.texts] == ["meeting-01a", "meeting-01b", "meeting-01c"]

    def test_facts_that_all_texts_share_count_in_the_strict_measure_alone(self):
        text = judged(judge(said("voice-01b", "ana invited salma", "om opposes ana")), "voice-01b")
        for verdict in text.verdicts.values():
            assert verdict.right
            assert not verdict.strict

    def test_the_wrong_direction_is_a_wrong_text_and_a_false_positive(self):
        verdict = judged(judge(said("voice-01b", "salma invited ana")), "voice-01b").verdicts["relation"]
        assert (verdict.right, verdict.chances, verdict.false) == (False, 1, 1)

    def test_both_directions_at_once_are_wrong_too(self):
        verdict = judged(judge(said("voice-01b", "ana invited salma", "salma invited ana")), "voice-01b")
        assert not verdict.verdicts["relation"].right
        assert verdict.verdicts["relation"].false == 1

    def test_a_flipped_fact_that_is_missed_is_no_false_positive(self):
        verdict = judged(judge(said("voice-01b")), "voice-01b").verdicts["relation"]
        assert (verdict.right, verdict.false) == (False, 0)

    def test_a_wrong_status_is_wrong_only_where_the_status_counts(self):
        verdicts = judged(judge(said("meeting-01b", "pe signed pact actual")), "meeting-01b").verdicts
        assert verdicts["relation"].right
        assert verdicts["relation"].strict
        assert verdicts["relation"].chances == 0
        assert not verdicts["relation+status"].right
        assert (verdicts["relation+status"].chances, verdicts["relation+status"].false) == (1, 1)

    def test_any_wrong_status_is_a_false_positive(self):
        verdicts = judged(judge(said("meeting-01b", "pe signed pact negated")), "meeting-01b").verdicts
        assert verdicts["relation+status"].false == 1

    @pytest.mark.parametrize("status", ["actual", "planned", "negated"])
    def test_a_fact_that_is_not_stated_is_false_with_any_status(self, status):
        verdicts = judged(judge(said("meeting-01c", f"pe signed pact {status}")), "meeting-01c").verdicts
        assert [(own.right, own.chances, own.false) for own in verdicts.values()] == [(False, 1, 1)] * 2

    def test_what_no_other_text_states_is_no_chance(self):
        # All that the others say of the fact is that they do not state it.
        gold = [BY_ID["meeting-01a"], BY_ID["meeting-01c"]]
        text = judged(judge_contrast(gold, gold), "meeting-01a")
        assert [own.chances for own in text.verdicts.values()] == [0, 0]

    def test_a_text_without_prediction_misses_what_it_states(self):
        contrast = judge_contrast(GOLD, [])
        assert contrast.share("text").point == pytest.approx(1 / 5)
        assert contrast.share("strict-text").point == pytest.approx(1 / 5)
        assert contrast.share("false-positive").point == 0

    def test_an_entity_is_found_by_alignment_whatever_its_id(self):
        renamed = [
            replace(
                own,
                mentions=tuple(replace(m, entities=tuple(f"x-{e}" for e in m.entities)) for m in own.mentions),
                relations=tuple(replace(r, head=f"x-{r.head}", tail=f"x-{r.tail}") for r in own.relations),
            )
            for own in GOLD
        ]
        assert judge(*renamed).to_dict() == judge().to_dict()


class TestSets:
    def test_a_set_is_right_if_all_its_texts_are(self):
        contrast = judge(said("meeting-01c", "pe signed pact actual"))
        assert contrast.share("text").point == pytest.approx(4 / 5)
        assert contrast.share("set").point == pytest.approx(1 / 2)
        assert contrast.share("strict-set").point == pytest.approx(1 / 2)
        assert contrast.share("false-positive", level="relation").point == pytest.approx(1 / 3)
        assert contrast.share("false-positive", level="relation+status").point == pytest.approx(1 / 5)

    def test_one_answer_to_all_texts_gets_no_set(self):
        contrast = judge(said("voice-01b", "salma invited ana"), said("meeting-01b", "pe signed pact"))
        assert contrast.share("set").point == 0
        assert contrast.share("set", level="relation").point == pytest.approx(1 / 2)

    def test_by_phenomenon(self):
        contrast = judge(said("voice-01b", "salma invited ana"))
        assert contrast.phenomena == ("meeting", "voice")
        assert contrast.share("text", phenomenon="voice").point == 0.5
        assert contrast.share("text", phenomenon="meeting").point == 1

    def test_the_interval_is_over_sets(self):
        # One set right and one wrong: a sample has 0, 1 or 2 right ones, and 5 texts, 4 or 6.
        wrong = [said("meeting-01a"), said("meeting-01b"), said("meeting-01c", "pe signed pact")]
        share = judge(*wrong).share("text")
        assert (share.low, share.point, share.high) == (0, pytest.approx(2 / 5), 1)
        alone = judge().share("text", phenomenon="voice")
        # One set, and it is right: a rare fault could well be hidden.
        assert (alone.low, alone.point, alone.high) == (pytest.approx(0.025), 1, 1)

    def test_where_nothing_can_be_falsely_stated_there_is_no_share_of_it(self):
        pair = [BY_ID["meeting-01a"], BY_ID["meeting-01b"]]
        contrast = judge_contrast(pair, pair)
        assert "false-positive" not in contrast.measures(level="relation")
        assert contrast.measures(level="relation+status") == MEASURES
        with pytest.raises(InputError, match="no text has a chance of a false-positive at level 'relation'"):
            contrast.share("false-positive", level="relation")
        assert "false-positive" not in contrast.to_dict()["levels"]["relation"]["all"]
        assert contrast.to_markdown("relation").splitlines()[2].endswith("|  | 1.0000 |")

    @pytest.mark.parametrize("id", ["voice-01", "voice-a", "voice01a", "voice-01ab", "-01a"])
    def test_an_id_that_names_no_set_is_refused(self, id):
        with pytest.raises(InputError, match="in no contrast set; ids are <phenomenon>-<number><letter>"):
            judge_contrast([replace(BY_ID["voice-01a"], id=id)], [])

    def test_a_phenomenon_may_have_a_hyphen(self):
        gold = [replace(own, id=f"near-{own.id}") for own in GOLD]
        assert judge_contrast(gold, []).phenomena == ("near-meeting", "near-voice")

    def test_a_set_in_which_nothing_is_flipped_is_refused(self):
        twin = replace(BY_ID["voice-01a"], id="voice-01b")
        with pytest.raises(InputError, match="contrast set 'voice-01': in gold its 2 texts do not differ"):
            judge_contrast([BY_ID["voice-01a"], twin], [])
        with pytest.raises(InputError, match="in gold its 1 texts do not differ"):
            judge_contrast([BY_ID["voice-01a"]], [])

    def test_no_sets_are_refused(self):
        with pytest.raises(InputError, match="no contrast sets to judge"):
            judge_contrast([], [])

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"measure": "accuracy"}, "measures: text, set, false-positive, strict-text, strict-set"),
            ({"measure": "text", "level": "mention"}, r"levels: relation, relation\+status"),
            ({"measure": "text", "phenomenon": "irony"}, "there are sets about meeting, voice"),
            ({"measure": "text", "n_samples": 0}, "n_samples must be at least 1"),
        ],
    )
    def test_unknown_choices_are_refused_with_the_known_ones(self, options, message):
        with pytest.raises(InputError, match=message):
            judge().share(**options)


class TestGrouping:
    def test_signatures_tell_how_texts_are_put_together_in_sets(self):
        texts = [
            replace(BY_ID[own], id=f"voice-{own}") for own in ("meeting-01a", "meeting-01b", "voice-01a", "voice-01b")
        ]
        signatures = set()
        for order in (texts, [texts[0], texts[2], texts[1], texts[3]]):
            named = [replace(own, id=f"voice-0{i // 2}{'ab'[i % 2]}") for i, own in enumerate(order)]
            signatures.add(judge_contrast(named, named, schema=builtin_schema()).share("set").signature)
        assert len(signatures) == 2


class TestMatching:
    def numbers(self, text: str) -> list[dict[str, int]]:
        return match_entities(parse(text))

    def test_entities_are_one_by_type_and_surface_whatever_their_ids(self):
        first, second = self.numbers("#doc a\n[Ana](PERSON x) [Chad](GPE y)\n#doc b\n[Chad](GPE x) [Ana](PERSON z)")
        assert (second["z"], second["x"]) == (first["x"], first["y"])

    def test_a_surface_of_another_type_is_another_entity(self):
        first, second = self.numbers("#doc a\n[Chad](GPE x)\n#doc b\n[Chad](PERSON x)")
        assert first["x"] != second["x"]

    def test_any_common_surface_is_enough(self):
        first, second = self.numbers("#doc a\n[Ana Lima](PERSON x), [Lima](PERSON x)\n#doc b\n[LIMA](PERSON y)")
        assert first["x"] == second["y"]

    def test_a_country_is_one_by_its_name_and_its_adjective(self):
        first, second = self.numbers("#doc a\n[Bhutan](GPE bt)\n#doc b\n[Bhutanese](GPE x)")
        assert first["bt"] == second["x"]

    def test_two_entities_of_one_text_stay_two(self):
        first, second = self.numbers("#doc a\n[Lima](PERSON x)\n#doc b\n[Lima](PERSON y), [Lima](PERSON z)")
        assert second["y"] != second["z"]
        assert first["x"] in second.values()

    def test_the_match_with_more_surfaces_in_common_is_taken(self):
        first, second = self.numbers(
            "#doc a\n[Ana Lima](PERSON x), [Lima](PERSON x)\n"
            "#doc b\n[Lima](PERSON y), [Ana Lima](PERSON z), [Lima](PERSON z)"
        )
        assert first["x"] == second["z"]

    def test_equal_titles_are_told_apart_by_who_holds_them(self):
        texts = []
        for id, (first, second) in (("a", ("Ana", "Lima")), ("b", ("Lima", "Ana"))):
            titled = " met ".join(f"[President](ROLE of-{own}) [{own}](PERSON {own})" for own in (first, second))
            texts.append(
                f"#doc {id}\n{titled}\n#rel\n" + "".join(f"{own} holds-position of-{own}\n" for own in (first, second))
            )
        first, second = self.numbers("\n".join(texts))
        assert first == second

    def test_a_group_is_the_name_of_none_of_its_members(self):
        first, second = self.numbers(
            "#doc a\n[Chad](GPE x) [Peru](GPE y) [both states](GPE x+y)\n"
            "#doc b\n[Mali](GPE x) [Fiji](GPE y) [both states](GPE x+y)"
        )
        assert not set(first.values()) & set(second.values())

    def test_a_text_without_entities_matches_nothing(self):
        assert self.numbers("#doc a\n[Chad](GPE x)\n#doc b\nNothing.\n#doc c\n[Chad](GPE z)") == [
            {"x": 0},
            {},
            {"z": 0},
        ]

    def test_facts_about_what_a_text_does_not_mention_are_no_chance(self):
        gold = parse(
            "#doc v-1a\n[Ana](PERSON a) saw [Chad](GPE c).\n#rel\na visited c\n"
            "#doc v-1b\n[Ana](PERSON a) saw [Peru](GPE c).\n#rel\na visited c\n"
        )
        contrast = judge_contrast(gold, gold)
        assert contrast.sets[0].n_flipped == 2
        assert [text.verdicts["relation"].chances for text in contrast.sets[0].texts] == [0, 0]

    def test_a_symmetric_fact_is_one_either_way_round(self):
        gold = parse(
            "#doc v-1a\n[Ana](PERSON a) met [Eva](PERSON e).\n#rel\na met-with e\n"
            "#doc v-1b\n[Eva](PERSON e) met [Ana](PERSON a).\n#rel\ne met-with a\n"
            "#doc v-1c\n[Ana](PERSON a) saw [Eva](PERSON e).\n#rel\n"
        )
        contrast = judge_contrast(gold, gold)
        assert contrast.sets[0].n_flipped == 1
        assert contrast.share("text").point == 1
        assert [text.verdicts["relation"].chances for text in contrast.sets[0].texts] == [0, 0, 1]


# -- slow truth beside the fast path ----------------------------------------------------------------------

NAMES = ("Chad", "Peru", "Oman")
STATUSES = ("actual", "planned", "negated", None)


def random_sets(seed: int) -> tuple[list[Document], list[Document]]:
    """Gold and predicted texts of three sets whose entities have the same ids in all texts and on both sides."""
    rng = random.Random(seed)
    text = " ".join(NAMES)
    mentions = tuple(Mention(5 * i, 5 * i + 4, "GPE", (name.lower(),)) for i, name in enumerate(NAMES))
    gold, predicted = [], []
    for number, letter in itertools.product(range(3), "abc"):
        for side in (gold, predicted):
            facts = {ends: rng.choice(STATUSES) for ends in itertools.permutations(map(str.lower, NAMES), 2)}
            relations = tuple(Relation(head, "supports", tail, s) for (head, tail), s in facts.items() if s)
            side.append(Document(f"x-{number}{letter}", text, mentions, relations))
    return gold, predicted


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("level", ["relation", "relation+status"])
def test_equals_plain_loops(seed: int, level: str) -> None:
    gold, predicted = random_sets(seed)

    def facts(document: Document) -> dict[tuple[str, str], str]:
        return {(r.head, r.tail): r.status for r in document.relations}

    counts = dict.fromkeys(("text", "set", "false-positive", "strict-text", "strict-set", "chances"), 0)
    for start in range(0, len(gold), 3):
        truths, guesses = (list(map(facts, side[start : start + 3])) for side in (gold, predicted))
        right, strict = [], []
        for truth, guess in zip(truths, guesses, strict=True):
            wrong_flipped = wrong_any = 0
            for fact in itertools.permutations(map(str.lower, NAMES), 2):
                stated, shown = truth.get(fact), guess.get(fact)
                others = [other.get(fact) for other in truths if other is not truth]
                wrong = stated != shown if level == "relation+status" else (stated is None) != (shown is None)
                wrong_any += wrong
                wrong_flipped += wrong and any(other != stated for other in others)
                if level == "relation":
                    chance = stated is None and any(other is not None for other in others)
                else:
                    chance = any(other not in (None, stated) for other in others)
                counts["chances"] += chance
                counts["false-positive"] += chance and shown is not None and wrong
            right.append(not wrong_flipped)
            strict.append(not wrong_any)
        counts["text"] += sum(right)
        counts["strict-text"] += sum(strict)
        counts["set"] += all(right)
        counts["strict-set"] += all(strict)
    totals = {"text": 9, "strict-text": 9, "set": 3, "strict-set": 3, "false-positive": counts["chances"]}
    contrast = judge_contrast(gold, predicted)
    for measure, total in totals.items():
        assert contrast.share(measure, level=level).point == pytest.approx(counts[measure] / total), measure


class TestShowing:
    def test_signatures_name_measure_facts_level_and_sets(self):
        signature = judge().share("set", phenomenon="voice", n_samples=10, seed=3).signature
        start = (
            "contrast|relation+status|match:entity|status:required|facts:flipped|measure:set|phenomenon:voice|labels:"
        )
        assert signature.startswith(start)
        assert re.search(r"\|n:2\|sets:1\|grouping:[0-9a-f]{8}\|bs:10\|seed:3\|relex:", signature)
        assert "|facts:all|measure:strict-text|" in judge().share("strict-text").signature

    def test_the_order_of_documents_changes_nothing(self):
        wrong = said("voice-01b", "salma invited ana")
        gold, predicted = list(GOLD), [wrong if own.id == wrong.id else own for own in GOLD]
        assert judge_contrast(gold[::-1], predicted[::-1]) == judge_contrast(gold, predicted)

    def test_as_plain_values(self):
        contrast = judge(said("voice-01b", "salma invited ana"))
        value = json.loads(json.dumps(contrast.to_dict()))
        assert (value["n_sets"], value["n_texts"]) == (2, 5)
        assert value["levels"]["relation"]["voice"]["text"]["point"] == 0.5
        assert value["levels"]["relation+status"]["all"]["set"]["signature"] == contrast.share("set").signature
        assert value["texts"][-1]["id"] == "voice-01b"
        assert value["texts"][-1]["relation"] == {"right": False, "strict": False, "chances": 1, "false": 1}

    def test_as_text_with_its_signature(self):
        lines = str(judge()).splitlines()
        assert lines[0].split() == ["phenomenon", "sets", "texts", "text", "set", "95", "%", "interval", "FP", "strict"]
        assert [line.split()[:3] for line in lines[1:4]] == [
            ["meeting", "1", "3"],
            ["voice", "1", "2"],
            ["all", "2", "5"],
        ]
        assert lines[4] == judge().share("set").signature

    @pytest.mark.parametrize("level", ["relation", "relation+status"])
    def test_as_a_table_in_eighty_columns(self, level):
        console = Console(width=80)
        table = judge().table(level)
        with console.capture() as capture:
            console.print(table)
        assert "5 texts in 2 sets" in capture.get()
        assert all(cell in capture.get() for column in table.columns for cell in column.cells)
        assert f"contrast|{level}|" in capture.get()

    def test_is_kept_in_the_order_of_sets(self):
        contrast = judge()
        assert Contrast(contrast.sets[::-1], builtin_schema()) == contrast
