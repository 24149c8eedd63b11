"""Documents against documents: golden cases worked by hand, and plain-loop references on random documents."""

from __future__ import annotations

import itertools
import random
from dataclasses import astuple, replace
from typing import Any

import pytest

from relex.alignment import Pair, digest_document
from relex.assessment import assess
from relex.comparison import compare_reports
from relex.document import Document, Evidence, Mention, Relation
from relex.errors import InputError, SchemaError
from relex.evaluation import choose_schema, compare, evaluate, evaluate_seeds
from relex.levels import SCORERS, count_pair
from relex.metrics import LEVELS, UNSEEN, Counts
from relex.schema import MentionType, RelationType, Schema, builtin_schema

TEXT = (
    "Georgian President Nino Beridze met Jan Novak of the Czech Embassy in Georgia in May. "
    "The two countries signed a charter, and the charter covers energy. Prague may sell arms to Georgia."
)


def mention(surface: str, type: str, ids: str, *, nth: int = 0) -> Mention:
    """The mention of the nth occurrence of a surface; several ids are joined by '+'."""
    start = -1
    for _ in range(nth + 1):
        start = TEXT.index(surface, start + 1)
    return Mention(start, start + len(surface), type, tuple(ids.split("+")))


def relation(fact: str) -> Relation:
    head, type, tail, *status = fact.split()
    return Relation(head, type, tail, *status)


def document(*mentions: Mention, facts: tuple[str, ...] = (), id: str = "d") -> Document:
    return Document(id, TEXT, mentions, tuple(map(relation, facts)))


GE = mention("Georgian", "GPE", "ge")
GE_AGAIN = mention("Georgia", "GPE", "ge", nth=1)
GE_LAST = mention("Georgia", "GPE", "ge", nth=2)
NINO = mention("Nino Beridze", "PERSON", "nino")
JAN = mention("Jan Novak", "PERSON", "jan")
EMBASSY = mention("Czech Embassy in Georgia", "ORG", "embassy")
CZ = mention("Czech", "GPE", "cz")
CZ_AGAIN = mention("Prague", "GPE", "cz")
BOTH = mention("two countries", "GPE", "ge+cz")
CHARTER = mention("charter", "AGREEMENT", "charter")
CHARTER_AGAIN = mention("charter", "AGREEMENT", "charter", nth=1)
ENERGY = mention("energy", "SECTOR", "energy")

MENTIONS = (GE, GE_AGAIN, GE_LAST, NINO, JAN, EMBASSY, CZ, CZ_AGAIN, BOTH, CHARTER, CHARTER_AGAIN, ENERGY)
FACTS = (
    "nino represents ge",
    "jan represents embassy",
    "embassy represents cz",
    "embassy located-in ge",
    "nino met-with jan",
    "ge signed charter",
    "cz signed charter",
    "charter covers energy",
    "ge cooperates-with cz",
    "cz provides-to ge planned",
)
GOLD = document(*MENTIONS, facts=FACTS)


def without(*dropped: Mention) -> tuple[Mention, ...]:
    return tuple(m for m in MENTIONS if m not in dropped)


def rename(source: Document, names: dict[str, str]) -> Document:
    """The document with other entity ids."""
    mentions = [replace(m, entities=tuple(names.get(e, e) for e in m.entities)) for m in source.mentions]
    relations = [replace(r, head=names.get(r.head, r.head), tail=names.get(r.tail, r.tail)) for r in source.relations]
    return Document(source.id, source.text, tuple(mentions), tuple(relations))


def score(gold: Document, predicted: Document, level: str) -> Counts:
    return evaluate([gold], [predicted]).micro(level)


COUNTED = [level.name for level in LEVELS if not level.parts and level.name != UNSEEN]


class TestWhole:
    @pytest.mark.parametrize("level", COUNTED)
    def test_gold_against_itself_is_perfect(self, level):
        counts = score(GOLD, GOLD, level)
        assert counts.f1 == 1
        assert counts.gold > 0

    @pytest.mark.parametrize("level", COUNTED)
    def test_the_names_of_entities_do_not_matter(self, level):
        swapped = rename(GOLD, {"ge": "cz", "cz": "ge", "nino": "x", "charter": "c"})
        assert score(GOLD, swapped, level).f1 == 1

    @pytest.mark.parametrize("level", COUNTED)
    def test_no_prediction_misses_everything(self, level):
        missing = evaluate([GOLD], []).micro(level)
        assert missing == Counts(0, 0, score(GOLD, GOLD, level).gold)
        assert missing == score(GOLD, document(), level)

    @pytest.mark.parametrize("level", COUNTED)
    def test_everything_predicted_on_empty_gold_is_wrong(self, level):
        assert score(document(), GOLD, level) == Counts(0, score(GOLD, GOLD, level).predicted, 0)

    @pytest.mark.parametrize("level", COUNTED)
    def test_nothing_against_nothing_counts_nothing(self, level):
        assert score(document(), document(), level) == Counts(0, 0, 0)

    @pytest.mark.parametrize("level", COUNTED)
    def test_one_document_twice_scores_like_once(self, level):
        predicted = document(*without(CZ, NINO), facts=("jan represents embassy", "ge signed charter"))
        twins = [[replace(side, id=name) for name in "ab"] for side in (GOLD, predicted)]
        once, twice = score(GOLD, predicted, level), evaluate(*twins).micro(level)
        assert twice == once + once
        assert twice.f1 == once.f1

    def test_the_mean_of_levels_lies_between_none_and_all(self):
        assert evaluate([GOLD], [GOLD]).rates("coreference").f1 == 1
        assert evaluate([GOLD], []).rates("coreference").f1 == 0

    def test_every_level_has_a_scorer(self):
        assert list(SCORERS) == COUNTED


class TestMentions:
    def test_strict_needs_span_and_type(self):
        predicted = document(GE, replace(NINO, type="ORG"), mention("Novak", "PERSON", "jan"))
        assert score(GOLD, predicted, "mention") == Counts(1, 3, 12)

    def test_boundary_needs_the_span_alone(self):
        predicted = document(GE, replace(NINO, type="ORG"), mention("Novak", "PERSON", "jan"))
        assert score(GOLD, predicted, "boundary") == Counts(2, 3, 12)

    def test_named_leaves_out_mentions_without_capital_or_digit_on_both_sides(self):
        # Gold: all but "two countries", "charter" twice and "energy"; "arms" is a false mention, but no name.
        predicted = document(GE, CHARTER, mention("arms", "SECTOR", "arms"), mention("May", "DATE", "may"))
        assert score(GOLD, predicted, "named") == Counts(1, 2, 8)

    def test_digits_make_a_name(self):
        gold = Document("d", "in 2025 or later", (Mention(3, 7, "DATE", ("year",)), Mention(11, 16, "DATE", ("x",))))
        assert score(gold, gold, "named") == Counts(1, 1, 1)

    def test_nested_mentions_with_a_common_start_are_two(self):
        gold = document(EMBASSY, CZ)
        assert score(gold, gold, "mention") == Counts(2, 2, 2)
        assert score(gold, document(EMBASSY), "mention") == Counts(1, 1, 2)
        assert score(gold, document(CZ), "mention") == Counts(1, 1, 2)

    def test_by_type(self):
        report = evaluate([GOLD], [document(GE, replace(CZ, type="ORG"), JAN)])
        counts = report.per_type("mention")
        assert counts["GPE"] == Counts(1, 1, 6)
        assert counts["ORG"] == Counts(0, 1, 1)
        assert counts["PERSON"] == Counts(1, 1, 2)
        assert counts["SECTOR"] == Counts(0, 0, 1)

    def test_macro_is_the_mean_over_types_with_gold_support(self):
        gold = document(GE, CZ, NINO)
        predicted = document(GE, NINO, mention("May", "DATE", "may"))
        macro = evaluate([gold], [predicted]).macro("mention")
        assert macro.precision == 1
        assert macro.recall == 0.75
        assert macro.f1 == pytest.approx((2 / 3 + 1) / 2)


class TestEntities:
    def test_worked_by_hand(self):
        # Georgia has 4 mentions in gold, 2 of them found: 2 * 2 / (4 + 2). The person is whole.
        gold = document(GE, GE_AGAIN, GE_LAST, BOTH, CZ, NINO)
        predicted = document(GE, GE_AGAIN, NINO)
        assert astuple(score(gold, predicted, "entity")) == pytest.approx((2 * 2 / 6 + 1, 2, 3, 2 * 2 / 6 + 1))

    def test_a_group_mention_counts_for_each_of_its_entities(self):
        gold = document(GE, CZ, BOTH)
        predicted = document(GE, CZ, replace(BOTH, entities=("ge",)))
        assert astuple(score(gold, predicted, "entity")) == pytest.approx((1 + 2 * 1 / 3, 2, 2, 1 + 2 * 1 / 3))

    def test_a_split_entity_is_matched_once(self):
        gold = document(GE, GE_AGAIN, GE_LAST)
        predicted = document(GE, GE_AGAIN, replace(GE_LAST, entities=("other",)))
        assert astuple(score(gold, predicted, "entity")) == pytest.approx((2 * 2 / 5, 2, 1, 2 * 2 / 5))

    def test_types_do_not_matter(self):
        assert score(document(GE), document(replace(GE, type="ORG")), "entity") == Counts(1, 1, 1)

    def test_the_best_assignment_is_not_the_greedy_one(self):
        # The merged guess is most like Georgia, 2 * 2 / (3 + 3), but then nothing is left for the other two.
        gold, predicted = self.merged()
        assert score(gold, predicted, "entity").tp == pytest.approx(2 * 1 / (3 + 1) + 2 * 1 / (1 + 3))

    def test_the_alignment_for_relations_is_one_to_one_and_not_greedy(self):
        assert Pair(*self.merged(), frozenset()).aligned == {"x": "cz", "y": "ge"}

    @pytest.mark.parametrize("ids", itertools.permutations(["p", "q", "r"]))
    def test_entities_that_only_groups_name_are_told_apart_by_their_facts(self, ids: tuple[str, str, str]):
        # Which of the three a reader calls what is no matter of its mentions: the annotations are equal.
        a, b, c = ids
        all_three = replace(BOTH, entities=("p", "q", "r"))
        gold = document(all_three, NINO, facts=("p opposes q planned", "nino represents r", "q opposes r"))
        facts = (f"{a} opposes {b} planned", f"nino represents {c}", f"{b} opposes {c}")
        pair = Pair(gold, document(all_three, NINO, facts=facts), frozenset())
        assert pair.aligned == {a: "p", b: "q", c: "r", "nino": "nino"}
        assert score(gold, pair.predicted, "relation+status") == Counts(3, 3, 3)

    def test_of_twins_one_may_stand_for_nothing(self):
        # One side sees two countries behind the words, the other one; its fact says which.
        two = document(BOTH, NINO, facts=("nino visits cz",))
        one = document(replace(BOTH, entities=("x",)), NINO, facts=("nino visits x",))
        assert Pair(two, one, frozenset()).aligned == {"x": "cz", "nino": "nino"}
        assert Pair(one, two, frozenset()).aligned == {"cz": "x", "nino": "nino"}

    @pytest.mark.parametrize("fact", ["q opposes r", "r opposes q", "p opposes r"])
    def test_both_ends_of_a_fact_may_have_to_change_places(self, fact: str):
        all_three = replace(BOTH, entities=("p", "q", "r"))
        gold, predicted = document(all_three, facts=("p opposes q",)), document(all_three, facts=(fact,))
        assert score(gold, predicted, "relation") == Counts(1, 1, 1)

    def test_where_twins_are_many_two_change_places_as_long_as_it_helps(self):
        ids = tuple("abcdefgh")
        all_eight = replace(BOTH, entities=ids)
        gold = document(all_eight, NINO, facts=tuple(f"nino visits {own}" for own in ids[:4]))
        predicted = document(all_eight, NINO, facts=tuple(f"nino visits {own}" for own in ids[4:]))
        assert score(gold, predicted, "relation") == Counts(4, 4, 4)

    @pytest.mark.parametrize("group", ["ge+cz", "cz+ge"])
    def test_how_a_group_lists_its_members_aligns_nothing(self, group: str):
        # Every two share the group alone, and as much of it; the adjective and the name within the embassy decide.
        gold = document(GE, CZ, mention("two countries", "GPE", group), NINO, facts=("nino visits ge",))
        wide = (mention("Georgian President", "GPE", "ge"), mention("the Czech", "GPE", "cz"))
        predicted = document(*wide, BOTH, NINO, facts=("nino visits ge",))
        assert Pair(gold, predicted, frozenset()).aligned == {"ge": "ge", "cz": "cz", "nino": "nino"}
        assert digest_document(gold) == digest_document(document(*gold.mentions, facts=("nino visits ge",)))

    def test_facts_do_not_align_what_mentions_tell_apart(self):
        gold = document(GE, CZ, NINO, facts=("nino visits ge",))
        predicted = document(GE, CZ, NINO, facts=("nino visits cz",))
        assert Pair(gold, predicted, frozenset()).aligned == {"ge": "ge", "cz": "cz", "nino": "nino"}

    def merged(self) -> tuple[Document, Document]:
        merged = [replace(m, entities=("x",)) for m in (GE, GE_AGAIN, CZ)]
        return document(GE, GE_AGAIN, GE_LAST, CZ), document(*merged, replace(GE_LAST, entities=("y",)))


class TestGroups:
    def test_a_group_must_name_the_right_set(self):
        gold = document(GE, CZ, BOTH)
        assert score(gold, document(GE, CZ, BOTH), "group") == Counts(1, 1, 1)
        assert score(gold, document(GE, CZ, replace(BOTH, entities=("cz", "ge"))), "group") == Counts(1, 1, 1)
        assert score(gold, document(GE, CZ, JAN, replace(BOTH, entities=("ge", "y"))), "group") == Counts(0, 1, 1)
        assert score(gold, document(GE, CZ, replace(BOTH, entities=("ge",))), "group") == Counts(0, 0, 1)

    def test_a_superset_is_wrong(self):
        other = mention("Georgia", "GPE", "other", nth=1)
        gold = document(GE, CZ, other, BOTH)
        predicted = document(GE, CZ, other, replace(BOTH, entities=("ge", "cz", "other")))
        assert score(gold, predicted, "group") == Counts(0, 1, 1)

    def test_the_span_must_be_right(self):
        shifted = mention("The two countries", "GPE", "ge+cz")
        assert score(document(GE, CZ, BOTH), document(GE, CZ, shifted), "group") == Counts(0, 1, 1)


class TestDigest:
    def test_it_covers_all_that_figures_rest_on(self):
        gold = document(GE, GE_AGAIN, NINO, facts=("nino visits ge",))
        told = [
            replace(gold, relations=(replace(gold.relations[0], evidence=(Evidence((NINO.start, NINO.end), span),)),))
            for span in ((GE.start, GE.end), (GE_AGAIN.start, GE_AGAIN.end))
        ]
        of_mentions = replace(told[0], meta={"relations": "mentions"})
        assert len({digest_document(own) for own in (gold, *told, of_mentions)}) == 4
        scored = replace(gold, relations=(replace(gold.relations[0], score=0.5),), meta={"source": "x"})
        assert digest_document(scored) == digest_document(gold)


class TestRelations:
    def test_what_is_said_both_ways_round_counts_once(self):
        both = document(NINO, JAN, facts=("nino met-with jan", "jan met-with nino planned"))
        once = document(NINO, JAN, facts=("jan met-with nino",))
        for level in ("relation", "relation-cluster", "relation-mention", "relation-boundary", "relation-undirected"):
            assert score(both, once, level) == score(once, both, level) == Counts(1, 1, 1), level

    def test_whole_entities_that_only_a_group_names_have_facts_of_their_own(self):
        gold = document(BOTH, ENERGY, facts=("ge cooperates-in energy", "cz cooperates-in energy"))
        one = document(BOTH, ENERGY, facts=("ge cooperates-in energy",))
        assert score(gold, one, "relation-cluster") == Counts(1, 1, 2)
        assert score(gold, gold, "relation-cluster") == Counts(2, 2, 2)

    def test_gold_pairs_never_proposed_are_missed(self):
        # No mention of the charter is found, so no pair with it can even be formed.
        predicted = document(*without(CHARTER, CHARTER_AGAIN), facts=("nino represents ge", "nino met-with jan"))
        assert score(GOLD, predicted, "relation") == Counts(2, 2, 10)

    def test_nested_entities_with_a_common_start_keep_their_own_relations(self):
        # "Czech Embassy in Georgia" and "Czech" both begin at one offset and are both heads.
        gold = document(EMBASSY, CZ, GE, facts=("embassy located-in ge", "cz cooperates-with ge"))
        predicted = document(EMBASSY, CZ, GE, facts=("cz located-in ge", "embassy cooperates-with ge"))
        assert score(gold, gold, "relation") == Counts(2, 2, 2)
        assert score(gold, predicted, "relation") == Counts(0, 2, 2)

    def test_documents_without_relations_are_scored(self):
        empty = replace(GOLD, id="empty", relations=())
        wrong = replace(empty, relations=(relation("jan invited nino"),))
        report = evaluate([GOLD, empty], [GOLD, wrong])
        assert report.micro("relation") == Counts(10, 11, 10)
        assert len(report.documents) == 2

    def test_the_order_of_the_arguments_matters(self):
        predicted = document(*MENTIONS, facts=("ge provides-to cz",))
        assert score(GOLD, predicted, "relation") == Counts(0, 1, 10)

    def test_symmetric_relations_hold_either_way(self):
        predicted = document(*MENTIONS, facts=("jan met-with nino", "cz cooperates-with ge"))
        assert score(GOLD, predicted, "relation") == Counts(2, 2, 10)

    @pytest.mark.parametrize("doubled", ["gold", "predicted"])
    def test_a_symmetric_relation_stated_both_ways_counts_once(self, doubled):
        once = document(NINO, JAN, facts=("nino met-with jan",))
        twice = document(NINO, JAN, facts=("nino met-with jan", "jan met-with nino"))
        gold, predicted = (twice, once) if doubled == "gold" else (once, twice)
        assert score(gold, predicted, "relation") == Counts(1, 1, 1)
        assert score(gold, predicted, "relation+status") == Counts(1, 1, 1)

    @pytest.mark.parametrize("order", [1, -1])
    def test_of_two_ways_round_what_is_done_goes_before_what_is_planned(self, order):
        both = ("nino met-with jan planned", "jan met-with nino actual")[::order]
        gold = document(NINO, JAN, facts=("nino met-with jan actual",))
        assert score(gold, document(NINO, JAN, facts=both), "relation+status") == Counts(1, 1, 1)

    def test_the_status_counts_only_where_it_is_asked_for(self):
        predicted = document(*MENTIONS, facts=("cz provides-to ge", "ge signed charter planned", "cz signed charter"))
        assert score(GOLD, predicted, "relation") == Counts(3, 3, 10)
        assert score(GOLD, predicted, "relation+status") == Counts(1, 3, 10)

    def test_the_type_must_agree(self):
        predicted = document(*MENTIONS, facts=("nino supports jan",))
        assert score(GOLD, predicted, "relation") == Counts(0, 1, 10)

    def test_an_end_found_under_another_type_is_not_the_entity(self):
        organisation = replace(NINO, type="ORG")
        predicted = document(organisation, JAN, facts=("nino met-with jan",))
        assert score(GOLD, predicted, "relation") == Counts(0, 1, 10)

    def test_an_entity_is_found_by_any_of_its_mentions(self):
        predicted = document(GE_LAST, CZ_AGAIN, facts=("cz provides-to ge planned",))
        assert score(GOLD, predicted, "relation+status") == Counts(1, 1, 10)

    def test_an_entity_with_no_mention_in_gold_is_not_the_gold_entity_of_that_name(self):
        predicted = document(mention("May", "GPE", "ge"), CZ, facts=("cz provides-to ge",))
        assert score(GOLD, predicted, "relation") == Counts(0, 1, 10)

    def test_a_split_entity_carries_its_facts_once(self):
        gold = document(GE, GE_AGAIN, GE_LAST, NINO, facts=("nino represents ge",))
        stray = replace(GE_LAST, entities=("stray",))
        facts = ("nino represents ge", "nino represents stray")
        assert score(gold, document(GE, GE_AGAIN, stray, NINO, facts=facts), "relation") == Counts(1, 2, 1)

    def test_by_type(self):
        predicted = document(*MENTIONS, facts=("nino represents ge", "jan represents cz", "jan invited nino"))
        counts = evaluate([GOLD], [predicted]).per_type("relation")
        assert counts["represents"] == Counts(1, 2, 3)
        assert counts["invited"] == Counts(0, 1, 0)
        assert counts["covers"] == Counts(0, 0, 1)

    def test_macro_over_relations(self):
        gold = document(*MENTIONS, facts=("nino represents ge", "ge signed charter"))
        predicted = document(*MENTIONS, facts=("nino represents ge", "jan invited nino"))
        assert evaluate([gold], [predicted]).macro("relation").f1 == 0.5


class TestPairing:
    def corpus(self) -> tuple[list[Document], list[Document]]:
        gold = [replace(GOLD, id=f"doc-{i}", relations=GOLD.relations[: i + 3]) for i in range(6)]
        predicted = [replace(g, relations=g.relations[i % 3 :], mentions=MENTIONS) for i, g in enumerate(gold)]
        return gold, predicted[:5]

    @pytest.mark.parametrize("seed", range(3))
    def test_the_order_of_documents_changes_nothing(self, seed):
        gold, predicted = self.corpus()
        report = evaluate(gold, predicted)
        shuffle = random.Random(seed).shuffle
        shuffle(gold)
        shuffle(predicted)
        again = evaluate(gold, predicted)
        assert again == report
        assert again.signature == report.signature
        assert again.interval("relation") == report.interval("relation")

    def test_documents_may_come_from_generators(self):
        gold, predicted = self.corpus()
        assert evaluate(iter(gold), iter(predicted)) == evaluate(gold, predicted)

    def test_the_order_of_relations_changes_nothing(self):
        backwards = replace(GOLD, relations=GOLD.relations[::-1])
        assert evaluate([backwards], [GOLD]) == evaluate([GOLD], [backwards])

    def test_the_signature_follows_every_layer_of_gold_and_nothing_else(self):
        signature = evaluate([GOLD], []).signature
        changed = [
            Document("d", TEXT + "!", GOLD.mentions, GOLD.relations),
            document(*MENTIONS, mention("May", "DATE", "may"), facts=FACTS),
            document(*without(BOTH), replace(BOTH, entities=("ge", "cz", "other")), facts=FACTS),
            document(*MENTIONS, facts=FACTS[:-1]),
            document(*MENTIONS, facts=(*FACTS[:-1], "cz provides-to ge negated")),
        ]
        assert len({signature, *(evaluate([gold], []).signature for gold in changed)}) == 6
        scored = replace(GOLD, mentions=[replace(m, score=0.5) for m in MENTIONS], meta={"source": "own"})
        assert evaluate([scored], [GOLD]).signature == signature
        assert evaluate([replace(GOLD, id="renamed")], []).signature == signature

    def test_a_prediction_without_gold_is_refused(self):
        with pytest.raises(InputError, match="predicted stray without a gold document"):
            evaluate([GOLD], [GOLD, replace(GOLD, id="stray")])

    def test_how_many_have_no_prediction_is_told_once(self, caplog):
        gold = [replace(GOLD, id=f"doc-{i}") for i in range(3)]
        assess(gold, gold[:1])
        told = "2 of 3 gold documents have no prediction and count as empty, 'doc-1' first; predict all of them"
        assert caplog.messages == [told]
        evaluate(gold, [])
        assert caplog.messages[1].startswith("3 of 3 gold documents have no prediction")
        evaluate(gold, gold)
        assert len(caplog.records) == 2

    @pytest.mark.parametrize("side", ["gold", "predicted"])
    def test_an_id_given_twice_is_refused(self, side):
        sides = {"gold": [GOLD], "predicted": [GOLD]} | {side: [GOLD, GOLD]}
        with pytest.raises(InputError, match=f"two {side} documents have the id 'd'"):
            evaluate(sides["gold"], sides["predicted"])

    @pytest.mark.parametrize(
        ("text", "offset"), [("One day.", 4), ("One two. And more", 8), ("One", 3), ("", 0), ("one two.", 0)]
    )
    def test_other_texts_are_refused_at_the_first_difference(self, text, offset):
        with pytest.raises(InputError, match=f"document 'd': .* at offset {offset}: "):
            evaluate([Document("d", "One two.")], [Document("d", text)])

    def test_no_documents_are_refused(self):
        with pytest.raises(InputError, match="no documents to score"):
            evaluate([], [])


class TestSchema:
    def foreign(self, *facts: str) -> Document:
        return document(replace(NINO, type="Person"), replace(JAN, type="Person"), facts=facts)

    def test_documents_of_the_built_in_types_are_scored_by_the_built_in_schema(self):
        assert choose_schema([GOLD]) == builtin_schema()
        assert choose_schema([document()]) == builtin_schema()

    def test_other_relations_are_scored_by_an_inferred_schema_without_symmetry(self):
        gold = self.foreign("nino knows jan")
        assert choose_schema([gold]).relation_names == ("knows",)
        assert score(gold, self.foreign("jan knows nino"), "relation") == Counts(0, 1, 1)

    def test_predictions_do_not_choose_the_schema(self):
        gold = document(NINO, JAN, facts=("nino met-with jan",))
        predicted = document(NINO, JAN, facts=("jan met-with nino", "jan knows nino"))
        report = evaluate([gold], [predicted])
        assert report.micro("relation") == Counts(1, 2, 1)
        assert report.signature == evaluate([gold], []).signature

    def test_known_relations_over_other_mention_types_keep_their_symmetry(self):
        assert score(self.foreign("nino met-with jan"), self.foreign("jan met-with nino"), "relation").tp == 1

    def test_a_schema_given_says_what_is_symmetric(self):
        person = frozenset({"Person"})
        knows = RelationType("knows", person, person, symmetric=True)
        schema = Schema("social", (MentionType("Person"),), (knows,))
        gold, predicted = self.foreign("nino knows jan"), self.foreign("jan knows nino")
        assert evaluate([gold], [predicted], schema=schema).micro("relation") == Counts(1, 1, 1)

    def test_gold_types_that_the_schema_lacks_are_refused(self):
        with pytest.raises(SchemaError, match="gold document 'd' has mention type Person, which schema 'diplomatic'"):
            evaluate([self.foreign()], [], schema=builtin_schema())
        with pytest.raises(SchemaError, match="relation type knows"):
            evaluate([document(NINO, JAN, facts=("nino knows jan",))], [], schema=builtin_schema())


# -- slow truth beside the fast path ----------------------------------------------------------------------

SPANS = [(0, 3), (0, 9), (4, 9), (10, 14), (15, 30), (15, 20), (21, 30), (31, 35), (36, 40), (41, 50), (43, 46)]
TYPES = ("GPE", "ORG", "PERSON")


def random_document(seed: int) -> Document:
    """A document of at most five entities with nested and group mentions; relations of any type and status."""
    rng = random.Random(seed)
    types = {f"e{i}": rng.choice(TYPES) for i in range(rng.randint(0, 5))}
    mentions = []
    for start, end in SPANS:
        if types and rng.random() < 0.7:
            first = rng.choice(sorted(types))
            peers = [e for e in types if types[e] == types[first] and e != first and rng.random() < 0.3]
            mentions.append(Mention(start, end, types[first], (first, *peers)))
    used = sorted({e for m in mentions for e in m.entities})
    facts = {}
    for head, tail in itertools.permutations(used, 2):
        for type in ("met-with", "opposes"):
            if rng.random() < 0.4:
                facts[head, type, tail] = rng.choice(("actual", "planned", "negated"))
    return Document("r", TEXT, tuple(mentions), tuple(Relation(*fact, status) for fact, status in facts.items()))


def spans_of(source: Document) -> dict[str, set[tuple[int, int]]]:
    spans: dict[str, set[tuple[int, int]]] = {}
    for m in source.mentions:
        for e in m.entities:
            spans.setdefault(e, set()).add((m.start, m.end))
    return spans


def best_total(gold: Document, predicted: Document, *, same_type: bool) -> float:
    """The highest total Dice over all one-to-one assignments, by trying every one."""
    left, right = spans_of(gold), spans_of(predicted)

    def similarity(g: str, p: str) -> float:
        if same_type and gold.entity(g).type != predicted.entity(p).type:
            return 0.0
        return 2 * len(left[g] & right[p]) / (len(left[g]) + len(right[p]))

    if len(left) <= len(right):
        ways = (zip(left, chosen, strict=True) for chosen in itertools.permutations(right, len(left)))
    else:
        ways = (zip(chosen, right, strict=True) for chosen in itertools.permutations(left, len(right)))
    return max(sum(similarity(g, p) for g, p in way) for way in ways)


def slow_relations(gold: Document, predicted: Document, aligned: dict[str, str], *, status: bool) -> Counts:
    """Counts of facts by comparing every gold fact with every predicted one; only met-with is symmetric."""

    def once(source: Document) -> list[Relation]:
        kept: list[Relation] = []
        for wanted in ("actual", "planned", "negated"):
            for r in source.relations:
                backwards = [k for k in kept if r.type == k.type == "met-with" and (r.tail, r.head) == (k.head, k.tail)]
                if r.status == wanted and not backwards:
                    kept.append(r)
        return kept

    def same(g: Relation, p: Relation) -> bool:
        ends = aligned.get(p.head), aligned.get(p.tail)
        straight, turned = ends == (g.head, g.tail), g.type == "met-with" and ends == (g.tail, g.head)
        return g.type == p.type and (straight or turned) and (not status or g.status == p.status)

    golds, guesses = once(gold), once(predicted)
    return Counts(sum(same(g, p) for g in golds for p in guesses), len(guesses), len(golds))


def micro(counts: dict[tuple[str, str], Counts], level: str) -> Counts:
    return sum((c for (name, _), c in counts.items() if name == level), Counts())


@pytest.mark.parametrize("seed", range(60))
def test_random_documents_score_as_plain_loops_say(seed):
    gold, predicted = random_document(seed), random_document(seed + 1000)
    pair = Pair(gold, predicted, frozenset({"met-with"}))
    counts = count_pair(pair)

    for level, same in (
        ("mention", lambda g, p: (g.start, g.end, g.type) == (p.start, p.end, p.type)),
        ("boundary", lambda g, p: (g.start, g.end) == (p.start, p.end)),
    ):
        tp = sum(same(g, p) for g in gold.mentions for p in predicted.mentions)
        assert micro(counts, level) == Counts(tp, len(predicted.mentions), len(gold.mentions))

    best = best_total(gold, predicted, same_type=False)
    expected = (best, len(predicted.entities), len(gold.entities), best)
    assert astuple(micro(counts, "entity")) == pytest.approx(expected)

    aligned = pair.aligned
    assert len(set(aligned.values())) == len(aligned)
    assert all(predicted.entity(p).type == gold.entity(g).type for p, g in aligned.items())
    left, right = spans_of(gold), spans_of(predicted)
    total = sum(2 * len(left[g] & right[p]) / (len(left[g]) + len(right[p])) for p, g in aligned.items())
    assert total == pytest.approx(best_total(gold, predicted, same_type=True))

    assert micro(counts, "relation") == slow_relations(gold, predicted, aligned, status=False)
    assert micro(counts, "relation+status") == slow_relations(gold, predicted, aligned, status=True)

    groups = [[m for m in side.mentions if len(m.entities) > 1] for side in (gold, predicted)]
    tp = sum(
        (g.start, g.end) == (p.start, p.end) and set(g.entities) == {aligned.get(e) for e in p.entities}
        for g in groups[0]
        for p in groups[1]
    )
    assert micro(counts, "group") == Counts(tp, len(groups[1]), len(groups[0]))


class TestArguments:
    """What is no document is told, whichever way it comes."""

    @pytest.mark.parametrize("wrong", [GOLD, "gold.jsonl", None, 3], ids=["document", "path", "None", "number"])
    def test_several_documents_are_needed(self, wrong: Any):
        for call in (
            lambda: evaluate(wrong, [GOLD]),
            lambda: evaluate([GOLD], wrong),
            lambda: evaluate([GOLD], [GOLD], seen=wrong or 0),
            lambda: compare(wrong, [GOLD], [GOLD]),
            lambda: compare([GOLD], wrong, [GOLD]),
        ):
            with pytest.raises(InputError, match="must be several, such as a list, not"):
                call()

    def test_items_must_be_documents(self):
        with pytest.raises(InputError, match="gold documents: item 0 is str, not Document"):
            evaluate(["a"], ["b"])
        with pytest.raises(InputError, match="predicted documents: item 1 is dict, not Document"):
            evaluate([GOLD], [GOLD, {}])

    def test_a_schema_is_none_by_name(self):
        with pytest.raises(InputError, match=r"a relex\.Schema, not 'diplomatic'; make one with relex\.load_schema"):
            evaluate([GOLD], [GOLD], schema="diplomatic")


class TestCompare:
    def systems(self) -> tuple[list[Document], list[Document], list[Document]]:
        gold = [replace(GOLD, id=f"doc-{i:02}") for i in range(12)]
        weak = [replace(g, relations=g.relations[: 4 + i % 3]) for i, g in enumerate(gold)]
        strong = [replace(g, relations=g.relations[: 8 + i % 2]) for i, g in enumerate(gold)]
        return gold, weak, strong

    def test_the_difference_is_what_the_second_gains(self):
        gold, weak, strong = self.systems()
        found = compare(gold, weak, strong, n_samples=500)
        assert found.a == pytest.approx(evaluate(gold, weak).micro("relation").f1)
        assert found.b == pytest.approx(evaluate(gold, strong).micro("relation").f1)
        assert found.difference == pytest.approx(found.b - found.a)
        assert 0 < found.low <= found.difference <= found.high
        assert found.p_value < 0.01

    def test_swapping_the_systems_turns_the_sign(self):
        gold, weak, strong = self.systems()
        one, other = compare(gold, weak, strong), compare(gold, strong, weak)
        assert other.difference == -one.difference
        assert (other.low, other.high) == pytest.approx((-one.high, -one.low))

    def test_a_system_does_not_differ_from_itself(self):
        gold, weak, _ = self.systems()
        found = compare(gold, weak, weak, level="mention", average="macro")
        assert (found.difference, found.low, found.high, found.p_value) == (0, 0, 0, 1)

    def test_the_seed_decides_and_is_signed(self):
        gold, weak, strong = self.systems()
        found = compare(iter(gold), weak, strong, n_samples=200, seed=5)
        assert found == compare(gold, weak, strong, n_samples=200, seed=5)
        assert found != compare(gold, weak, strong, n_samples=200, seed=6)
        assert "|avg:micro|" in found.signature
        assert "|bs:200|ar:200|seed:5|" in found.signature


class TestWrongUse:
    def test_predictions_of_seeds_are_named(self):
        with pytest.raises(InputError, match=r'not list; give \{"1": documents, "2": documents\}'):
            evaluate_seeds([GOLD], [[GOLD], [GOLD]])

    def test_a_comparison_takes_seeds_by_name_too(self):
        by_name = compare([GOLD], {"1": [GOLD], "2": [GOLD]}, [GOLD], n_samples=10)
        assert by_name == compare([GOLD], [[GOLD], [GOLD]], [GOLD], n_samples=10)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"seed": -1}, "seed must be a whole number"),
            ({"n_samples": 2.5}, "n_samples must be at least 1, and whole"),
        ],
    )
    def test_what_cannot_be_drawn_is_refused(self, options, message):
        with pytest.raises(InputError, match=message):
            compare([GOLD], [GOLD], [GOLD], **options)
        with pytest.raises(InputError, match=message):
            evaluate([GOLD], [GOLD]).interval("relation", **options)

    def test_reports_of_other_ids_are_told_apart_by_these(self):
        reports = [evaluate([own], [own]) for own in (GOLD, replace(GOLD, id="other"))]
        with pytest.raises(InputError, match="documents of other ids, such as 'd' and 'other'"):
            compare_reports(*reports)

    def test_the_name_of_a_schema_is_no_label(self):
        reports = [evaluate([GOLD], [GOLD], schema=replace(builtin_schema(), name=name)) for name in ("a", "b")]
        assert compare_reports(*reports, n_samples=10).difference == 0
