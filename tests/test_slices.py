"""Scores cut by slice: every bin worked by hand, each thing in exactly one bin, sums equal to the whole."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from disturbed import disturb
from relex.alignment import Pair
from relex.comparison import compare_reports
from relex.document import Document, Evidence, Relation
from relex.errors import InputError
from relex.evaluation import evaluate
from relex.formats.rlx import parse
from relex.levels import count_pair
from relex.levels.unseen import list_facts
from relex.metrics import Counts, rates
from relex.resampling import bounds
from relex.slices import SLICED_LEVELS, Seen, SliceReport, list_slicings, slice_documents, slice_pair
from strategies import documents

SYMMETRIC = frozenset({"met-with", "cooperates-with"})

TEXT = """#doc d
[Georgian](GPE ge) President [Nino Beridze](PERSON nino) met [Jan Novak](PERSON jan) \
of the [[Czech](GPE cz) Embassy](ORG embassy) in May.
[Prague](GPE cz) sells arms to [Georgia](GPE ge), said the [ambassador](PERSON jan).
The [two countries](GPE ge+cz) signed a [charter](AGREEMENT charter) on [energy](SECTOR energy).
#rel
"""


def read(text: str, *facts: str) -> Document:
    (document,) = parse(text + "\n".join(facts) + "\n")
    return document


def cut(slicing: str, gold: Document, predicted: Document, **options: Any) -> dict[str, Counts]:
    return slice_pair(Pair(gold, predicted, SYMMETRIC), **options)[slicing]


def place(slicing: str, *facts: str, text: str = TEXT, **options: Any) -> dict[str, list[str]]:
    """The facts, each stated alone, by the bin that they fall into."""
    bins: dict[str, list[str]] = {}
    for fact in facts:
        (bin,) = cut(slicing, read(text, fact), read(text), **options)
        bins.setdefault(bin, []).append(fact)
    return bins


class TestBinsOfFacts:
    def test_distance_in_words_between_the_mentions_that_carry_a_fact(self):
        facts = ("embassy represents cz", "ge opposes nino", "cz provides-to ge", "nino opposes embassy")
        assert place("distance", *facts, "nino supports charter") == {
            "0": ["embassy represents cz"],
            "1–4": ["ge opposes nino", "cz provides-to ge"],
            "5–9": ["nino opposes embassy"],
            "20–49": ["nino supports charter"],
        }

    @pytest.mark.parametrize(
        ("n_words", "bin"),
        [
            (0, "0"),
            (1, "1–4"),
            (4, "1–4"),
            (5, "5–9"),
            (9, "5–9"),
            (10, "10–19"),
            (19, "10–19"),
            (49, "20–49"),
            (50, "50+"),
        ],
    )
    def test_the_edges_of_distances(self, n_words, bin):
        text = f"#doc d\n[Oslo](GPE a) {'x ' * n_words}[Kyiv](GPE b)\n#rel\n"
        assert place("distance", "a opposes b", text=text) == {bin: ["a opposes b"]}

    def test_sentences(self):
        assert place("sentences", "nino invited jan", "jan opposes ge", "nino supports energy") == {
            "within": ["nino invited jan", "jan opposes ge"],
            "across": ["nino supports energy"],
        }

    def test_nesting(self):
        text = "#doc d\nThe [two countries](GPE a+b) met. The [[Oslo](GPE o) Bank](ORG c) lent.\n#rel\n"
        assert place("nesting", "c part-of o", "o located-in c", "b opposes c", "a met-with b", text=text) == {
            "nested": ["c part-of o", "o located-in c"],
            "apart": ["b opposes c"],
            "one mention": ["a met-with b"],
        }

    def test_wording_is_that_of_the_less_telling_mention(self):
        assert place(
            "wording", "nino invited jan", "nino supports charter", "charter covers energy", "ge signed charter"
        ) == {
            "named": ["nino invited jan"],
            "description": ["nino supports charter", "charter covers energy", "ge signed charter"],
        }
        text = "#doc d\n[Ann](PERSON ann) left the [two countries](GPE a+b).\n#rel\n"
        assert place("wording", "ann visited a", text=text) == {"group": ["ann visited a"]}

    def test_evidence_goes_before_what_is_close(self):
        near = read("#doc d\n[Ann](PERSON a) saw [Bo](PERSON b). [Ann](PERSON a) left.\n#rel\n", "a opposes b")
        _, bo, again = near.mentions
        far = Relation("a", "opposes", "b", evidence=(Evidence((again.start, again.end), (bo.start, bo.end)),))
        carried = replace(near, relations=(far,))
        assert [list(cut("sentences", gold, read("#doc d\n" + near.text + "\n"))) for gold in (near, carried)] == [
            ["within"],
            ["across"],
        ]

    def test_status(self):
        assert place("status", "cz provides-to ge", "ge opposes cz ?", "nino invited jan !") == {
            "actual": ["cz provides-to ge"],
            "planned": ["ge opposes cz ?"],
            "negated": ["nino invited jan !"],
        }

    def test_names_seen_in_training_under_their_type(self):
        # An entity goes by its most telling name: Georgia, not Georgian.
        seen = gather("[Georgian](GPE x), [Jan Novak](PERSON j), [Czech](GPE p) and [Nino Beridze](ORG y)\n#rel\n")
        assert place("names", "jan opposes cz", "nino invited jan", "nino opposes ge", seen=seen) == {
            "both seen": ["jan opposes cz"],
            "one seen": ["nino invited jan"],
            "neither seen": ["nino opposes ge"],
        }

    def test_pairs_seen_in_training(self):
        names = "[Georgia](GPE g), [Nino Beridze](PERSON n), [Prague](GPE p), [energy](SECTOR e)\n#rel\n"
        seen = gather(names, "p provides-to g", "n represents g", "p cooperates-with g")
        stated = (
            "cz provides-to ge",
            "ge cooperates-with cz",
            "ge provides-to cz",
            "nino supports ge",
            "ge opposes nino",
            "ge opposes energy",
        )
        assert place("pairs", *stated, seen=seen) == {
            "fact seen": ["cz provides-to ge", "ge cooperates-with cz"],
            "pair seen": ["ge provides-to cz", "nino supports ge", "ge opposes nino"],
            "pair unseen": ["ge opposes energy"],
        }

    def test_a_group_mention_is_the_name_of_none(self):
        for ids in ("a+b", "a"):
            seen = gather(f"The [two countries](GPE {ids}) signed a [charter](AGREEMENT c)\n#rel\n", "a signed c")
            assert place("pairs", "ge signed charter", seen=seen) == {"pair unseen": ["ge signed charter"]}

    def test_length_and_genre(self):
        assert place("length", "nino invited jan") == {"0–99": ["nino invited jan"]}
        assert place("genre", "nino invited jan", genre="readout") == {"readout": ["nino invited jan"]}


def gather(text: str, *facts: str) -> Seen:
    return Seen.gather([read(f"#doc t\n{text}", *facts)], symmetric=SYMMETRIC)


class TestBinsOfMentions:
    def cut(self, slicing: str, text: str = TEXT, **options: Any) -> dict[str, int]:
        """How many mentions are in each bin, the prediction being right."""
        counts = cut(slicing, read(text), read(text), level="mention", **options)
        assert all(own == Counts(own.gold, own.gold, own.gold) for own in counts.values())
        return {bin: own.gold for bin, own in counts.items()}

    def test_depth(self):
        text = "#doc d\n[[[Oslo](GPE a) Bank](ORG c) Office](ORG d) in [Kyiv](GPE b)\n#rel\n"
        assert self.cut("depth", text) == {"0": 2, "1": 1, "2+": 1}

    def test_wording(self):
        assert self.cut("wording") == {"named": 7, "description": 3, "group": 1}

    def test_names_are_seen_as_they_stand_and_under_their_type(self):
        seen = gather("[Georgia](GPE x), [Prague](ORG y) and [Charter](AGREEMENT c)\n#rel\n")
        assert self.cut("names", seen=seen) == {"seen": 1, "unseen": 10}

    @pytest.mark.parametrize(
        ("n_words", "bin"), [(2, "0–99"), (99, "0–99"), (100, "100–199"), (799, "400–799"), (800, "800+")]
    )
    def test_length(self, n_words, bin):
        text = f"#doc d\n[Oslo](GPE a) [Kyiv](GPE b){' x' * (n_words - 2)}\n#rel\n"
        assert self.cut("length", text) == {bin: 2}

    def test_genre(self):
        assert self.cut("genre", genre="news") == {"news": 11}


class TestRule:
    # Gold has both ends in one sentence, the prediction has not.
    GOLD = "#doc d\n[Oslo](GPE a) met [Kyiv](GPE b).\n[Oslo](GPE a) left.\n#rel\n"
    PREDICTED = "#doc d\nOslo met [Kyiv](GPE b).\n[Oslo](GPE a) left.\n#rel\n"

    def test_what_is_right_stays_with_the_gold_that_it_matches(self):
        counts = cut("sentences", read(self.GOLD, "a opposes b"), read(self.PREDICTED, "a opposes b"))
        assert counts == {"within": Counts(1, 1, 1)}

    def test_what_is_wrong_is_placed_by_the_prediction(self):
        counts = cut("sentences", read(self.GOLD, "a opposes b"), read(self.PREDICTED, "b opposes a"))
        assert counts == {"within": Counts(0, 0, 1), "across": Counts(0, 1, 0)}

    def test_a_status_that_is_not_asked_for_is_that_of_gold(self):
        sides = read(TEXT, "cz provides-to ge ?"), read(TEXT, "cz provides-to ge")
        assert cut("status", *sides) == {"planned": Counts(1, 1, 1)}
        assert cut("status", *sides, level="relation+status") == {"planned": Counts(0, 0, 1), "actual": Counts(0, 1, 0)}

    def test_a_mention_is_right_by_span_and_type(self):
        gold = read("#doc d\nThe [[Oslo](GPE a) Bank](ORG c)\n#rel\n")
        predicted = read("#doc d\nThe [Oslo](GPE a) [Bank](ORG c)\n#rel\n")
        # Without the outer mention, "Oslo" would be flat.
        assert cut("depth", gold, predicted, level="mention") == {"0": Counts(0, 1, 1), "1": Counts(1, 1, 1)}


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    gold = draw(documents(any_text=True))
    return Pair(gold, disturb(gold, draw(st.integers(0, 999)), rate=0.5), frozenset({"met-with"}))


@pytest.mark.parametrize("level", SLICED_LEVELS)
def test_each_thing_is_in_exactly_one_bin(level):
    @given(pairs(), documents())
    def check(pair, training):
        seen = Seen.gather([training], symmetric=pair.symmetric)
        sliced = slice_pair(pair, level=level, seen=seen, genre="news")
        whole = sum((c for (name, _), c in count_pair(pair).items() if name == level), Counts())
        alone = slice_pair(Pair(pair.gold, pair.gold, pair.symmetric), level=level, seen=seen, genre="news")
        slicings = list_slicings(level, seen=True, genre=True)
        assert list(sliced) == [slicing.name for slicing in slicings]
        for slicing in slicings:
            bins = sliced[slicing.name]
            assert sum(bins.values(), Counts()) == whole
            assert bins.keys() <= set(slicing.bins or ("news",))
            # Where gold is placed does not depend on what is predicted.
            assert {bin: own.gold for bin, own in alone[slicing.name].items()} == {
                bin: own.gold for bin, own in bins.items() if own.gold
            }

    check()


@given(pairs(), documents())
def test_facts_seen_are_those_that_the_unseen_level_leaves_out(pair, training):
    counts = count_pair(pair, seen=list_facts([training, pair.gold], pair.symmetric))
    levels = {
        level: sum((c for (name, _), c in counts.items() if name == level), Counts())
        for level in ("relation", "relation-unseen")
    }
    seen = Seen.gather([training, pair.gold], symmetric=pair.symmetric)
    found = slice_pair(pair, seen=seen)["pairs"].get("fact seen", Counts())
    assert found.tp == levels["relation"].predicted - levels["relation-unseen"].predicted


class TestReport:
    FACTS = (
        "nino met-with jan",
        "cz provides-to ge ?",
        "ge signed charter",
        "charter covers energy",
        "jan opposes nino !",
    )

    def corpus(self, n_documents: int = 8) -> tuple[list[Document], list[Document]]:
        gold = [replace(read(TEXT, *self.FACTS), id=f"doc-{i}") for i in range(n_documents)]
        return gold, [disturb(document, i, rate=0.4) for i, document in enumerate(gold)][: n_documents - 1]

    def slice(self, **options: Any) -> SliceReport:
        return slice_documents(*self.corpus(), **options)

    @pytest.mark.parametrize("level", SLICED_LEVELS)
    def test_bins_sum_to_the_score_of_the_level(self, level):
        report = self.slice(level=level, seen=self.corpus()[0], genre=lambda document: document.id[-1])
        whole = evaluate(*self.corpus()).micro(level)
        for slicing in report.slicings:
            assert sum((own.counts for own in report.bins(slicing.name)), Counts()) == whole

    def test_slicings_that_need_more_are_left_out_without_it(self):
        names = [slicing.name for slicing in self.slice().slicings]
        assert names == ["distance", "sentences", "nesting", "wording", "status", "length"]
        assert {"names", "pairs"} <= self.slice(seen=[]).reports.keys()
        assert "genre" in self.slice(genre=dict.fromkeys((f"doc-{i}" for i in range(8)), "news")).reports

    def test_bins_come_in_their_order_and_empty_ones_are_left_out(self):
        assert [own.name for own in self.slice().bins("status")] == ["actual", "planned", "negated"]
        assert [own.name for own in self.slice().bins("length")] == ["0–99"]

    def test_bins_that_the_corpus_names_come_by_support(self):
        report = self.slice(genre=lambda document: "few" if document.id in ("doc-0", "doc-1") else "many")
        assert [(own.name, own.counts.gold, own.n_documents) for own in report.bins("genre")] == [
            ("many", 30, 6),
            ("few", 10, 2),
        ]

    def test_intervals_are_those_of_a_score_where_no_draw_is_empty(self):
        report = self.slice()
        (own,) = report.bins("length")
        whole = evaluate(*self.corpus()).interval("relation")
        assert (own.f1.point, own.f1.low, own.f1.high) == (whole.point, whole.low, whole.high)
        assert 0 < own.f1.low < own.f1.point < own.f1.high < 1

    def test_a_bin_keeps_its_f1_in_draws_that_leave_it_empty(self):
        gold, predicted = self.corpus()
        names = {"doc-0": "two", "doc-1": "two", "doc-2": "one"}
        report = slice_documents(gold, predicted, genre=lambda document: names.get(document.id, "rest"))
        two, one = (next(own for own in report.bins("genre") if own.name == name) for name in ("two", "one"))
        assert one.n_documents == 1
        assert one.f1.low == one.f1.high == one.f1.point
        draws = np.random.default_rng(1).multinomial(8, [1 / 8] * 8, size=1000)[:, :2].astype(float)
        counts = [evaluate(gold[i : i + 1], predicted[i : i + 1]).array("relation").sum(axis=1)[0] for i in range(2)]
        is_empty = ~draws.any(axis=1)
        assert is_empty.any()
        f1 = np.where(is_empty, two.f1.point, rates(draws @ np.array(counts))[:, 2])
        assert (two.f1.low, two.f1.high) == pytest.approx(bounds(f1))

    def test_one_draw_that_is_empty_leaves_the_point(self):
        report = self.slice(genre=lambda document: document.id)
        for own in report.bins("genre", n_samples=1):
            assert own.f1.low <= own.f1.point <= own.f1.high

    def test_two_systems_are_compared_within_a_bin(self):
        gold, predicted = self.corpus()
        a, b = (slice_documents(gold, system).reports["status"] for system in (predicted, gold))
        assert compare_reports(a, b).difference > 0

    def test_the_order_of_documents_changes_nothing(self):
        gold, predicted = self.corpus()
        assert slice_documents(gold[::-1], predicted[::-1]) == slice_documents(iter(gold), iter(predicted))

    def test_signatures_name_level_slice_bin_training_and_data(self):
        report = self.slice(seen=self.corpus()[0])
        data = evaluate(*self.corpus()).signature
        data = data[data.index("|labels:") : data.index("|relex:")]
        (own, *_) = report.bins("names", n_samples=50, seed=3)
        assert report.seen is not None
        assert own.f1.signature.startswith(
            f"relation|match:entity|status:ignored|slice:names|bin:{own.name}|seen:{report.seen[:12]}|empty:kept{data}"
            "|bs:50|seed:3|relex:"
        )
        assert "|seen:" not in report.sign("distance")
        assert report.seen != self.slice(seen=self.corpus()[0][:1]).seen

    def test_plain_values(self):
        value = json.loads(json.dumps(self.slice(level="mention").to_dict()))
        assert value["level"] == "mention"
        wording = value["slicings"]["wording"]
        assert wording["bins"]["group"]["gold"] == 8
        assert wording["bins"]["group"]["n_documents"] == 8
        assert set(wording) == {"description", "bins", "signature"}

    def test_tables_fit_80_columns_and_hold_every_bin(self):
        report = self.slice(seen=self.corpus()[0], genre=lambda document: document.id)
        console = Console(width=80)
        with console.capture() as capture:
            console.print(report.table())
        shown = capture.get()
        assert max(map(len, shown.splitlines())) <= 80
        for slicing in report.slicings:
            assert slicing.name in shown
            for own in report.bins(slicing.name):
                assert own.name in shown
                assert f"| {slicing.name} | {own.name} | {own.counts.precision:.4f} |" in report.to_markdown()

    def test_one_document_shows_no_interval(self):
        report = slice_documents([read(TEXT, *self.FACTS)], [])
        console = Console(width=80)
        with console.capture() as capture:
            console.print(report.table())
        assert "0.0000–0.0000" not in capture.get()

    def test_a_level_that_cannot_be_sliced_is_refused(self):
        with pytest.raises(
            InputError, match=r"level 'entity' cannot be sliced; levels: relation, relation\+status, mention"
        ):
            self.slice(level="entity")

    def test_a_slicing_that_is_not_there_is_refused(self):
        with pytest.raises(InputError, match="no slicing 'names' here; slicings: distance, length"):
            self.slice().bins("names")

    def test_signatures_tell_which_document_has_which_genre(self):
        few = (["doc-0"], ["doc-0", "doc-1"])
        found = [self.slice(genre=lambda own, ids=ids: "few" if own.id in ids else "many") for ids in few]
        assert len({own.sign("genre") for own in found}) == len({own.sign() for own in found}) == 2
        assert len({own.sign("length") for own in found}) == 1

    def test_a_genre_that_is_no_string_is_refused(self):
        with pytest.raises(InputError, match="the genre of document 'doc-0' is None; give every document one"):
            self.slice(genre=lambda document: document.meta.get("genre"))

    def test_a_document_without_genre_is_refused(self):
        with pytest.raises(InputError, match="document 'doc-0' has no genre in the mapping given; it has doc-1"):
            self.slice(genre={"doc-1": "news"})
