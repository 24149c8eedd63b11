"""The assessment: one value that holds what each part of the harness finds out by itself."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

import tiny
from command_line import environment
from disturbed import disturb
from relex.assessment import Assessment, assess
from relex.attribution import attribute_documents
from relex.contrast import judge_contrast
from relex.document import Document, Relation
from relex.errors import FormatError, InputError, SchemaError
from relex.evaluation import evaluate
from relex.formats.rlx import parse
from relex.invariance import CHANGES, Invariance, check_invariance
from relex.ladder import RUNGS, Ladder
from relex.reliability import judge_scores
from relex.slices import SLICED_LEVELS, slice_documents

GOLD = tiny.DOCUMENTS
PREDICTED = tuple(disturb(document, i) for i, document in enumerate(GOLD))
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


def climbed(gold: tuple[Document, ...] = GOLD) -> Ladder:
    """A ladder on which every rung has fewer errors than the one below."""
    rates = (0.6, 0.3, 0.1, 0.0)
    return Ladder(tuple(evaluate(gold, [disturb(d, 1, rate=rate) for d in gold]) for rate in rates))


def checked(gold: tuple[Document, ...] = GOLD) -> Invariance:
    """The answers of a reader that finds nothing."""
    return check_invariance(
        lambda texts: [Document("d", text) for text in texts], [document.text for document in gold], changes=CHANGES[:2]
    )


def scored(*scores: float | None) -> list[Document]:
    """The gold documents with other scores of their relations, the last of them from some place on."""
    given = iter(scores)
    last = scores[-1]
    return [
        replace(document, relations=tuple(replace(r, score=next(given, last)) for r in document.relations))
        for document in GOLD
    ]


class TestParts:
    def test_each_is_what_its_own_function_gives(self) -> None:
        found = assess(GOLD, PREDICTED, window_words=3, genre=len_of)
        assert found.report.to_dict() == evaluate(GOLD, PREDICTED).to_dict()
        alone = attribute_documents(GOLD, PREDICTED, window_words=3)
        assert found.attribution.to_dict() == alone.to_dict()
        assert [own.level for own in found.slices] == list(SLICED_LEVELS)
        for own in found.slices:
            assert own.to_dict() == slice_documents(GOLD, PREDICTED, level=own.level, genre=len_of).to_dict()
        assert found.reliability is not None
        assert found.reliability.to_dict() == judge_scores(GOLD, PREDICTED).to_dict()

    def test_documents_may_come_one_by_one(self) -> None:
        found = assess(iter(GOLD), iter(PREDICTED), seen=iter(GOLD), contrast=(iter(CONTRAST), iter(ANSWERS)))
        whole = assess(GOLD, PREDICTED, seen=GOLD, contrast=(CONTRAST, ANSWERS))
        assert found.to_dict() == whole.to_dict()

    def test_training_documents_count_for_scores_and_slices(self) -> None:
        found = assess(GOLD, PREDICTED, seen=GOLD)
        assert found.report.micro("relation-unseen").tp == 0
        assert {"names", "pairs"} <= found.slices[0].reports.keys()

    def test_contrast_sets_are_judged_and_their_errors_attributed(self) -> None:
        found = assess(GOLD, PREDICTED, contrast=(CONTRAST, ANSWERS))
        assert found.contrast is not None
        assert found.contrast.to_dict() == judge_contrast(CONTRAST, ANSWERS).to_dict()
        assert found.contrast_attribution is not None
        assert [(e.document, e.cause) for e in found.contrast_attribution.facts] == [("voice-01b", "direction")] * 2

    def test_without_contrast_sets_or_a_ladder_there_are_none(self) -> None:
        found = assess(GOLD, PREDICTED)
        assert found.contrast is found.contrast_attribution is found.ladder is None

    def test_a_ladder_is_taken_as_it_is(self) -> None:
        ladder = climbed()
        assert assess(GOLD, PREDICTED, ladder=ladder).ladder is ladder

    def test_a_ladder_of_other_documents_is_refused(self) -> None:
        with pytest.raises(InputError, match="the ladder was climbed on other documents"):
            assess(GOLD, PREDICTED, ladder=climbed(GOLD[:2]))

    def test_invariance_is_taken_as_it_is(self) -> None:
        found = checked()
        assert assess(GOLD, PREDICTED, invariance=iter([found])).invariance == (found,)
        assert assess(GOLD, PREDICTED).invariance == ()

    def test_invariance_of_other_texts_is_refused(self) -> None:
        with pytest.raises(InputError, match="invariance was checked on other texts"):
            assess(GOLD, PREDICTED, invariance=[checked(GOLD[:2])])

    def test_what_evaluation_refuses_is_refused(self) -> None:
        with pytest.raises(InputError, match="without a gold document"):
            assess(GOLD[:1], PREDICTED)
        with pytest.raises(SchemaError):
            assess(GOLD, PREDICTED, schema=tiny.PLAIN_SCHEMA)

    @pytest.mark.parametrize(
        ("gold", "options", "error"),
        [
            (GOLD, {"schema": tiny.PLAIN_SCHEMA}, SchemaError),
            (GOLD, {"genre": {}}, InputError),
            (GOLD, {"contrast": (GOLD[:1] * 2, ())}, InputError),
            (GOLD[:1] * 2, {}, InputError),
        ],
    )
    def test_what_is_wrong_with_gold_is_told_before_a_model_reads_it(
        self, gold: tuple[Document, ...], options: dict[str, Any], error: type[Exception]
    ) -> None:
        predicted = iter(PREDICTED)
        with pytest.raises(error):
            assess(gold, predicted, **options)
        assert list(predicted) == list(PREDICTED)


class TestReliability:
    @pytest.mark.parametrize("scores", [(None,), (0.5,), (0.5, None)])
    def test_scores_that_are_missing_or_say_nothing_are_not_judged(self, scores: tuple[float | None, ...]) -> None:
        assert assess(GOLD, scored(*scores)).reliability is None

    def test_how_many_relations_lack_a_score_is_logged_once(self, caplog: pytest.LogCaptureFixture) -> None:
        predicted = scored(0.5, 0.25, None)
        n_relations = sum(len(document.relations) for document in predicted)
        assert assess(GOLD, predicted, contrast=(CONTRAST, ANSWERS)).reliability is None
        (told,) = (own.getMessage() for own in caplog.records if own.name == "relex.assessment")
        assert told.startswith(f"{n_relations - 2} of {n_relations} predicted relations have no score, so reliability")

    @pytest.mark.parametrize("outside", [3.2, -1.0])
    def test_scores_that_are_no_probabilities_are_not_judged_and_that_is_logged(
        self, outside: float, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert assess(GOLD, scored(outside, 0.5)).reliability is None
        (told,) = (own.getMessage() for own in caplog.records if own.name == "relex.assessment")
        assert told.startswith("1 of ")
        assert "have a score outside 0 to 1" in told

    @pytest.mark.parametrize("scores", [(None,), (0.25, 0.75)])
    def test_where_all_or_none_have_a_score_nothing_is_logged(
        self, scores: tuple[float | None, ...], caplog: pytest.LogCaptureFixture
    ) -> None:
        assess(GOLD, scored(*scores))
        assert not [own for own in caplog.records if own.name == "relex.assessment"]

    def test_scores_that_differ_are(self) -> None:
        found = assess(GOLD, scored(0.25, 0.75)).reliability
        assert found is not None
        assert set(found.scores) == {0.25, 0.75}

    def test_predictions_without_relations_have_none(self) -> None:
        assert assess(GOLD, [replace(document, relations=()) for document in GOLD]).reliability is None


class TestShowing:
    @pytest.fixture(scope="class")
    def whole(self) -> Assessment:
        return assess(GOLD, PREDICTED, contrast=(CONTRAST, ANSWERS), ladder=climbed(), invariance=[checked()])

    def test_as_a_dictionary_the_report_is_at_the_top(self, whole: Assessment) -> None:
        value = json.loads(json.dumps(whole.to_dict(), allow_nan=False))
        report = json.loads(json.dumps(whole.report.to_dict()))
        assert {name: value.pop(name) for name in report} == report
        assert list(value) == ["attribution", "slices", "reliability", "contrast", "ladder", "invariance"]
        assert list(value["slices"]) == list(SLICED_LEVELS)
        assert value["contrast"]["attribution"]["facts"]["n_errors"] == 2
        assert value["invariance"] == {"unchanged": json.loads(json.dumps(checked().to_dict()))}

    def test_what_is_missing_has_no_key(self) -> None:
        value = assess(GOLD, GOLD).to_dict()
        assert not value.keys() & {"reliability", "contrast", "ladder", "invariance"}

    def test_markdown_has_every_table_with_its_signature(self, whole: Assessment) -> None:
        chapters = whole.to_markdown().split("### ")[1:]
        titles = [chapter.split("\n")[0] for chapter in chapters]
        assert titles[0] == "Scores"
        assert titles[-4:-1] == ["Reliability of scores", "Contrast sets", "Oracle ladder"]
        assert titles[-1] == "Answers kept, against unchanged"
        assert len(titles) == 3 + len(SLICED_LEVELS) + 4
        for chapter in chapters:
            assert "\n| ---" in chapter
            assert "|relex:" in chapter
        for part in (whole.report, whole.attribution.fact_breakdown, *whole.slices):
            assert part.to_markdown() in whole.to_markdown()

    def test_a_gain_of_the_ladder_is_a_comparison_of_two_rungs(self, whole: Assessment) -> None:
        ladder = whole.ladder
        assert ladder is not None
        told = ladder.to_dict()
        assert told[RUNGS[0]]["relation"]["gain"] is None
        for below, above in pairwise(RUNGS):
            gain = told[above]["relation"]["gain"]
            assert gain["difference"] == pytest.approx(ladder.f1()[above] - ladder.f1()[below])
            assert gain["interval"][0] <= gain["difference"] <= gain["interval"][1]


def test_without_matplotlib_there_is_no_page_and_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in sys.modules if name.startswith("relex.page")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(FormatError, match=r"pip install 'relex\[plots\]'"):
        assess(GOLD, GOLD).to_html()


def test_assessing_loads_neither_torch_nor_matplotlib() -> None:
    code = (
        "import sys, relex; d = [relex.Document('d', 'x')]; relex.assess(d, d).to_markdown(); "
        "print(*{'torch', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True)
    assert done.stdout.split() == []


def len_of(document: Document) -> str:
    """A genre: long or short."""
    return "long" if len(document.text) > 150 else "short"


def test_relations_of_the_fixture_have_scores() -> None:
    assert all(isinstance(r, Relation) and r.score is not None for d in PREDICTED for r in d.relations)
