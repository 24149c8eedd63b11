"""The doctor: every check finds what it is for, counts it right, and says where and what to do."""

from __future__ import annotations

import json
import random
import unicodedata
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

import strategies
from command_line import invoke
from relex.doctor import CHECKS, Diagnosis, Finding, Limits, diagnose
from relex.doctor.overlap import SHINGLE, cut_shingles, find_near
from relex.doctor.shape import depths, robust_z
from relex.document import Document, Mention, Relation
from relex.errors import InputError
from relex.formats.rlx import parse
from relex.levels.unseen import list_facts
from relex.places import Places
from relex.schema import MentionType, RelationType, Schema, builtin_schema

ALPHABET = [f"word{i}" for i in range(15)]
GPE = frozenset(["GPE"])


def state(markup: str, *facts: str) -> str:
    """Return a markup with relation lines."""
    return "\n".join([markup, "#rel", *facts])


def read(markup: str, *, id: str = "d") -> Document:
    """Return the document that a markup is, with or without relations."""
    body = markup if "#rel" in markup else f"{markup}\n#rel"
    (document,) = parse(f"#doc {id}\n{body}\n")
    return document


def examine(
    splits: Mapping[str, list[str]], *, schema: Schema | None = None, limits: Limits | None = None
) -> Diagnosis:
    """Examine documents given as markup, whose ids are the name of their split and a number."""
    parts = {name: [read(own, id=f"{name}-{i}") for i, own in enumerate(texts)] for name, texts in splits.items()}
    return diagnose(parts, schema=schema, limits=limits)


def count(check: str, *texts: str, schema: Schema | None = None, limits: Limits | None = None) -> tuple[int, int]:
    """Return how many a check finds in a corpus of one split, and of how many."""
    finding = examine({"train": list(texts)}, schema=schema, limits=limits).of(check, "train")
    return finding.n, finding.of


def notes(finding: Finding) -> list[str]:
    return [str(example) for example in finding.examples]


def words(first: int, stop: int) -> str:
    """Return a text of numbered words."""
    return " ".join(f"w{i}" for i in range(first, stop))


class TestOverlap:
    def test_equal_texts_differ_at_most_in_case_space_and_punctuation(self):
        found = examine({"train": ["One, two three.", "One two"], "dev": ["one two  three", "three two one"]})
        assert (found.of("equal-texts", "train → dev").n, found.of("equal-texts", "train → dev").of) == (1, 2)
        assert notes(found.of("equal-texts", "train → dev")) == ["train-0, dev-0"]
        assert found.of("equal-texts", "train").n == found.of("equal-texts", "dev").n == 0

    def test_every_copy_beyond_the_first_is_counted(self):
        assert count("equal-texts", "a b", "A b", "a, b", "b a") == (2, 4)

    def test_texts_without_words_are_no_copies(self):
        documents = [Document("a", ""), Document("b", " … "), Document("c", "")]
        assert diagnose({"train": documents}).of("equal-texts", "train").n == 0

    def test_letters_are_equal_however_they_are_composed(self):
        text = "Le président a visité Hanoï"
        parts = {"train": [Document("a", text)], "dev": [Document("b", unicodedata.normalize("NFD", text))]}
        assert diagnose(parts).of("equal-texts", "train → dev").n == 1

    def test_text_without_spaces_is_compared_by_characters(self):
        text = "外交部长王毅在北京会见了越南外交部长双方讨论了经济合作"
        parts = {"train": [Document("a", text)], "dev": [Document("b", text[:-2] + "交流")]}
        assert diagnose(parts).of("near-duplicates", "train → dev").n == 1

    def test_ids_are_compared_within_and_between_splits(self):
        twice, other = Document("a", "one"), Document("b", "two")
        found = diagnose({"train": [twice, Document("a", "three"), other], "dev": [other]})
        assert [found.of("equal-ids", where).n for where in ("train", "dev", "train → dev")] == [1, 0, 1]
        assert notes(found.of("equal-ids", "train")) == ["a"]

    def test_near_duplicates_are_told_with_their_jaccard_index(self):
        # 12 and 13 shingles, of which 12 are shared.
        found = examine({"train": [words(0, 19), "short"], "dev": [words(0, 20), words(50, 70)]})
        near = found.of("near-duplicates", "train → dev")
        assert (near.n, near.of, notes(near)) == (1, 2, ["train-0, dev-0: Jaccard 0.92"])

    def test_the_limit_of_near_duplicates_is_included(self):
        # Shingles 0–9 and 5–14: 5 shared of 15.
        pair = {"train": [words(0, 17)], "dev": [words(5, 22)]}
        assert examine(pair, limits=Limits(near=5 / 15)).of("near-duplicates", "train → dev").n == 1
        assert examine(pair, limits=Limits(near=5.01 / 15)).of("near-duplicates", "train → dev").n == 0

    def test_within_a_split_the_earlier_text_stays(self):
        assert count("near-duplicates", words(0, 30), words(0, 31), words(0, 32), words(60, 90)) == (2, 4)

    def test_what_is_equal_is_not_told_again_as_near(self):
        found = examine({"train": [words(0, 20)], "dev": [words(0, 20).upper()]})
        assert found.of("equal-texts", "train → dev").n == 1
        assert found.of("near-duplicates", "train → dev").n == 0
        assert found.of("shared-paragraphs", "train → dev").n == 0
        beside = examine({"train": [words(0, 20), words(0, 21)], "dev": [words(0, 20)]})
        assert beside.of("near-duplicates", "train → dev").n == 0

    def test_shared_paragraphs_have_eight_words(self):
        footer, short = "Reporting by the team, with files from abroad.", "All rights reserved."
        found = examine(
            {"train": [f"{words(0, 9)}\n{footer}\n{short}"], "dev": [f"{words(20, 29)}\n{footer}\n{short}"]}
        )
        shared = found.of("shared-paragraphs", "train → dev")
        assert (shared.n, shared.of, notes(shared)) == (1, 2, [f"train-0, dev-0: {footer!r}"])

    def test_a_paragraph_twice_in_one_document_is_no_finding(self):
        line = words(0, 8)
        assert count("shared-paragraphs", f"{line}\n{line}", words(9, 20)) == (0, 2)
        assert count("shared-paragraphs", f"{line}\nx", f"{line}\ny", f"z\n{line}") == (2, 3)

    def test_seen_text_counts_shingles_of_the_training_part_alone(self):
        found = examine({"train": [words(0, 10)], "dev": [words(2, 12)], "test": [words(2, 12), words(30, 38)]})
        # Shingles begin at 0–2 in training, at 2–4 in the others.
        assert (found.of("seen-text", "train → dev").n, found.of("seen-text", "train → dev").of) == (1, 3)
        assert (found.of("seen-text", "train → test").n, found.of("seen-text", "train → test").of) == (1, 4)
        assert notes(found.of("seen-text", "train → test")) == ["test-0: 33.3%"]
        made = [finding.where for finding in found.findings if finding.check == "seen-text"]
        assert made == ["train → dev", "train → test"]

    @pytest.mark.parametrize("seed", range(10))
    def test_shingles_equal_plain_sets(self, seed):
        rng = random.Random(seed)
        texts = [rng.choices(ALPHABET[:3], k=rng.randint(1, 40)) for _ in range(8)]
        matrix = cut_shingles(texts).toarray()
        slow = [plain_shingles(text) for text in texts]
        assert matrix.max() == 1
        assert matrix.sum(axis=1).tolist() == [len(own) for own in slow]
        for i, j in combinations(range(len(texts)), 2):
            assert (matrix[i] & matrix[j]).sum() == len(slow[i] & slow[j])

    @pytest.mark.parametrize("least", [0.05, 0.3, 0.5, 2 / 3, 0.9, 1.0])
    @pytest.mark.parametrize("seed", range(5))
    def test_near_pairs_equal_a_plain_loop(self, seed, least):
        rng = random.Random(seed)
        base = [rng.choice(ALPHABET) for _ in range(40)]
        texts = [base[rng.randint(0, 15) : rng.randint(20, 40)] for _ in range(15)]
        texts += [rng.choices(ALPHABET, k=20) + base[-9:] for _ in range(10)]
        texts.append(texts[0])
        slow = [plain_shingles(text) for text in texts]
        expected = {}
        for i, j in combinations(range(len(texts)), 2):
            index = len(slow[i] & slow[j]) / len(slow[i] | slow[j])
            if index >= least:
                expected[i, j] = index
        found = {(i, j): index for i, j, index in find_near(cut_shingles(texts), least)}
        assert found == pytest.approx(expected)
        assert expected

    def test_no_texts_have_no_shingles(self):
        assert list(find_near(cut_shingles([]), 0.5)) == []


def plain_shingles(text: list[str]) -> set[tuple[str, ...]]:
    return {tuple(text[i : i + SHINGLE]) for i in range(max(1, len(text) - SHINGLE + 1))}


class TestNovelty:
    TRAIN = state(
        "[Kenya](GPE ke) [Nairobi](GPE ke) [met](EVENT e) [Mali](GPE ml)", "ke cooperates-with ml", "ke opposes ml"
    )

    def dev(self, markup: str, *, check: str, schema: Schema | None = None) -> Finding:
        return examine({"train": [self.TRAIN], "dev": [markup]}, schema=schema).of(check, "train → dev")

    def test_a_fact_is_seen_under_any_two_names_of_its_ends(self):
        places = "[Niger](GPE ne), [Nairobi](GPE x), [Bamako](GPE y), [Mali](GPE y)"
        seen = self.dev(state(places, "x opposes y", "ne opposes y", "x signed y"), check="seen-facts")
        assert (seen.n, seen.of, dict(seen.figures), notes(seen)) == (1, 3, {"opposes": 1}, ["dev-0: 1"])

    def test_a_symmetric_fact_is_seen_both_ways_round(self):
        turned = state("[Mali](GPE ml), [Kenya](GPE ke)", "ml cooperates-with ke", "ml opposes ke")
        assert self.dev(turned, check="seen-facts").n == 0
        assert self.dev(turned, check="seen-facts", schema=builtin_schema()).n == 1

    def test_groups_name_no_one(self):
        group = state("[Kenya](GPE a+b), [Mali](GPE ml)", "a opposes ml")
        assert self.dev(group, check="seen-facts").n == 0
        assert self.dev(group, check="unseen-names").of == 1

    @given(st.lists(strategies.documents(), min_size=1, max_size=3))
    def test_seen_facts_are_those_that_ign_f1_ignores(self, documents):
        schema = Schema("s", tuple(map(MentionType, strategies.MENTION_TYPES)))
        finding = diagnose({"train": documents, "dev": documents}, schema=schema).of("seen-facts", "train → dev")
        named = [d for d in documents for r in d.relations if list_facts([_alone(d, r)], frozenset())]
        assert (finding.n, finding.of) == (len(named), sum(len(d.relations) for d in documents))

    def test_a_name_is_unseen_unless_training_has_it_with_its_type(self):
        found = self.dev("[Kenya](GPE a), [Kenya](ORG b), [Chad](GPE c), [aid](SECTOR s)", check="unseen-names")
        assert (found.n, found.of, dict(found.figures), notes(found)) == (2, 3, {"ORG": 1, "GPE": 1}, ["dev-0: 2"])

    def test_types_that_training_lacks_are_told(self):
        found = self.dev(state("[Kenya](GPE a), [aid](SECTOR s)", "a cooperates-in s ?"), check="unseen-types")
        # Of GPE, SECTOR, cooperates-in and planned.
        assert (found.n, found.of) == (3, 4)
        assert notes(found) == ["dev-0: mention SECTOR", "dev-0: relation cooperates-in", "dev-0: status planned"]

    def test_one_status_alone_is_no_choice_and_so_no_type(self):
        dev = state("[Kenya](GPE a), [aid](SECTOR s)", "a cooperates-in s")
        found = examine({"train": ["[Chad](GPE c)"], "dev": [dev]}).of("unseen-types", "train → dev")
        assert (found.n, found.of) == (2, 3)

    def test_a_status_that_training_has_is_not_unseen_though_it_is_its_only_one(self):
        markup = "[Kenya](GPE a), [aid](SECTOR s) and [oil](SECTOR o)"
        train, dev = state(markup, "a cooperates-in s"), state(markup, "a cooperates-in s ?", "a cooperates-in o")
        found = examine({"train": [train], "dev": [dev]}).of("unseen-types", "train → dev")
        assert (found.n, found.of, notes(found)) == (1, 5, ["dev-0: status planned"])


def _alone(document: Document, relation: Relation) -> Document:
    return Document(document.id, document.text, document.mentions, (relation,))


class TestConflicts:
    def test_a_surface_with_several_types(self):
        texts = ["[Paris](PERSON a), [Paris](PERSON b)", "[Paris](GPE c), [paris](ORG d), [Oslo](GPE e)"]
        found = examine({"train": texts}).of("mixed-types", "train")
        assert (found.n, found.of) == (1, 5)
        assert notes(found) == ["train-1: 'Paris' PERSON 2, GPE 1"]

    def test_what_is_mixed_most_comes_first(self):
        texts = ["[A](GPE a), [A](ORG b)", "[B](GPE a), [B](ORG b), [B](ORG c), [B](GPE d)"]
        assert [note.split("'")[1] for note in notes(examine({"train": texts}).of("mixed-types", "train"))] == [
            "B",
            "A",
        ]

    @pytest.mark.parametrize(("n_usual", "n_odd", "n_found"), [(9, 1, 0), (10, 1, 1), (18, 2, 2), (17, 2, 0)])
    def test_an_odd_type_is_one_in_ten_or_rarer(self, n_usual, n_odd, n_found):
        texts = ["[Oslo](GPE a)"] * n_usual + ["[Oslo](ORG a)"] * n_odd
        assert count("odd-types", *texts)[0] == n_found

    def test_equal_sentences_with_other_mentions(self):
        texts = [
            "[Ann](PERSON a)  left [Oslo](GPE o). Yes.",
            "[Ann](PERSON x) left [Oslo](GPE y). No.",
            "Ann [left](EVENT l) [Oslo](GPE o). Yes.",
        ]
        found = examine({"train": texts}).of("conflicting-mentions", "train")
        # "Yes." has no mentions anywhere and does not count.
        assert (found.n, found.of) == (1, 3)
        assert notes(found) == ["train-0, train-2: 'Ann left Oslo.' − 'Ann' PERSON, + 'left' EVENT"]

    def test_equal_words_marked_at_another_place_are_another_annotation(self):
        assert count("conflicting-mentions", "[a](SECTOR x) and a.", "a and [a](SECTOR x).") == (1, 2)

    def test_equal_sentences_with_other_relations_or_statuses(self):
        line = "[Ann](PERSON a) met [Bo](PERSON b) in [Rome](GPE r)."
        texts = [
            state(line, "a met-with b", "a visited r"),
            state(line, "a met-with b ?", "a visited r"),
            f"{line} Yes.",
        ]
        found = examine({"train": texts}).of("conflicting-facts", "train")
        # Ann and Bo three ways, Ann and Rome one of three times not; pairs without a fact do not count.
        assert (found.n, found.of) == (3, 6)
        assert "train-0, train-1: 'Ann' and 'Bo': met-with (actual) or met-with (planned)" in notes(found)
        assert "train-0, train-2: 'Ann' and 'Rome': visited (actual) or nothing" in notes(found)

    def test_a_symmetric_relation_is_the_same_in_either_order(self):
        line = "[Bo](PERSON b) met [Ann](PERSON a)."
        texts = [state(line, "a met-with b"), state(line, "b met-with a")]
        assert count("conflicting-facts", *texts, schema=builtin_schema()) == (0, 2)
        texts.append(state(line, "b met-with a ?"))
        assert count("conflicting-facts", *texts, schema=builtin_schema()) == (1, 3)
        directed = [state(line, "a visited b"), state(line, "b visited a")]
        assert count("conflicting-facts", *directed, schema=builtin_schema()) == (2, 4)

    def test_a_group_speaks_for_its_members(self):
        line = "[both](GPE a+b) and [NATO](ORG n)."
        texts = [state(f"{line} [A](GPE a) [B](GPE b)", "b member-of n"), state(f"{line} [B](GPE b)", "a member-of n")]
        assert count("conflicting-facts", *texts) == (0, 2)

    def test_a_symmetric_relation_in_both_directions(self):
        facts = ("a cooperates-with b", "b cooperates-with a", "a opposes b", "b opposes a")
        text = state("[A](GPE a), [B](GPE b)", *facts)
        assert count("stated-both-ways", text, schema=builtin_schema()) == (2, 2)
        assert count("stated-both-ways", text) == (0, 0)

    def test_symmetry_that_no_schema_declares(self):
        mostly, half = ("a vs b", "b vs a", "a vs c"), ("a opposes b", "b opposes a", "a opposes c", "b opposes c")
        text = state("[A](GPE a), [B](GPE b), [C](GPE c)", *mostly, *half, "c supports a")
        found = examine({"train": [text]}).of("undeclared-symmetry", "train")
        assert (found.n, found.of, notes(found)) == (2, 8, ["train-0: vs: 2 of 3 facts"])
        declared = Schema("s", (MentionType("GPE"),), (RelationType("vs", GPE, GPE, symmetric=True),))
        assert count("undeclared-symmetry", text, schema=declared) == (0, 5)

    def test_one_country_or_organisation_with_two_ids(self):
        texts = [
            "[Kenya](GPE ke), [Kenyan](GPE k2), [Fiji](GPE fj), [Fijian](GPE fj)",
            "[UN](ORG a) and [United Nations](ORG b), [Kenya](GPE ke)",
            "[Kenyan](GPE-X x) in [Kenya](GPE y), [Singapore](GPE c) in [Singapore](GPE d), the [Kenyans](GPE e+f)",
        ]
        found = examine({"train": texts}).of("split-ids", "train")
        # Cities that are countries, other types and groups are not compared.
        assert (found.n, found.of) == (2, 8)
        assert notes(found) == [
            "train-0: Kenya: 'ke' 'Kenya', 'k2' 'Kenyan'",
            "train-1: United Nations: 'a' 'UN', 'b' 'United Nations'",
        ]

    def test_one_id_for_two_countries(self):
        found = examine({"train": ["[Kenya](GPE x), [Malian](GPE x), [Fiji](GPE fj)"]}).of("merged-ids", "train")
        assert (found.n, found.of, notes(found)) == (1, 2, ["train-0: 'x' is Kenya and Mali"])


class TestReach:
    def test_mentions_longer_than_the_model_takes(self):
        limits = Limits(max_span_words=3)
        assert count("long-mentions", "[a b c](ORG x)-[a b c](ORG z)-, [a b-c](ORG y)", limits=limits) == (1, 3)
        assert notes(examine({"train": ["[a b-c](ORG y)"]}, limits=limits).of("long-mentions", "train")) == [
            "train-0: 'a b-c' at 0, 4 words"
        ]

    def test_the_limits_are_those_of_a_model(self):
        long = " ".join(["a"] * 33)
        assert count("long-mentions", f"[{long}](ORG x), [{long[2:]}](ORG y)") == (1, 2)

    def test_mentions_over_the_end_of_a_line(self):
        document = Document(
            "d", "Ann\nLee met Bo", (Mention(0, 7, "PERSON", ("a",)), Mention(12, 14, "PERSON", ("b",)))
        )
        finding = diagnose({"train": [document]}).of("broken-mentions", "train")
        assert (finding.n, finding.of, notes(finding)) == (1, 2, ["d: 'Ann Lee' at 0"])

    def test_a_line_that_is_only_wrapped_breaks_no_mention(self):
        text = (
            "The President of the Republic of Azerbaijan met on Monday with the\n"
            "foreign ministers of the three states and discussed trade with the\n"
            "members of the European Union and the World Bank and the United\n"
            "nations of the region and others."
        )
        start = text.index("United")
        document = Document(
            "d", text, (Mention(4, 13, "ROLE", ("p",)), Mention(start, start + len("United\nnations"), "ORG", ("un",)))
        )
        assert diagnose({"train": [document]}).of("broken-mentions", "train").n == 0

    @pytest.mark.parametrize(
        ("markup", "n"),
        [
            ("pro-[Kenya](GPE x)", 0),
            ("Euro[Asia](GPE x)n", 1),
            ("eur[asia](GPE x)", 1),
            ("[EU](GPE x)R", 1),
            ("[x ](GPE x)y", 1),
            ("[7](GPE x)th", 0),
        ],
    )
    def test_mentions_that_cut_words(self, markup, n):
        assert count("cut-words", markup) == (n, 1)

    def test_facts_whose_end_cannot_be_found_are_lost(self):
        places = "Pan[Asia](GPE x)n, [Asia](GPE x), Pan[Asia](GPE y)n, [Mali](GPE z)"
        text = state(places, "x opposes z", "z opposes y", "y opposes x")
        found = examine({"train": [text]}).of("lost-facts", "train")
        assert (found.n, found.of, notes(found)) == (2, 3, ["train-0: z opposes y", "train-0: y opposes x"])

    def test_facts_that_no_window_holds_or_whose_ends_are_not_compared(self):
        text = state(f"[A](GPE a) {words(0, 3)} [B](GPE b)", "a opposes b")
        # "A w 0 w 1 w 2 B" are eight words, of which seven lie from one start to the other.
        far = [count("beyond-encoder", text, limits=Limits(encoder_words=n)) for n in (7, 8)]
        assert far == [(1, 1), (0, 1)]
        apart = [count("beyond-window", text, limits=Limits(max_pair_words=n)) for n in (6, 7)]
        assert apart == [(1, 1), (0, 1)]

    def test_the_nearest_mentions_count_and_groups_are_mentions(self):
        near = state(f"[A](GPE a) {words(0, 9)} [B](GPE b) [A](GPE a)", "a opposes b")
        group = state(f"[A](GPE a) {words(0, 9)} [B](GPE b). [both](GPE a+b)", "a opposes b")
        limits = Limits(encoder_words=3, max_pair_words=2)
        assert count("beyond-encoder", near, group, limits=limits) == (0, 2)
        assert count("beyond-window", near, group, limits=limits) == (0, 2)

    def test_facts_that_the_schema_forbids(self):
        facts = ("a represents m", "d opposes m", "m likes a", "a supports d")
        text = state("[Ann](PERSON a), [Mali](GPE m), [May](DATE d)", *facts)
        found = examine({"train": [text]}, schema=builtin_schema()).of("forbidden-facts", "train")
        assert (found.n, found.of) == (3, 4)
        assert notes(found) == [
            "train-0: d opposes m: joins DATE to GPE",
            "train-0: m likes a: no such relation",
            "train-0: a supports d: joins PERSON to DATE",
        ]
        assert "forbidden-facts" not in {finding.check for finding in examine({"train": [text]}).findings}


class TestShape:
    def test_documents_without_mentions_or_relations(self):
        texts = ["Nothing.", "[Ann](PERSON a) and [Ann](PERSON a)", "[Ann](PERSON a), [Bo](PERSON b)"]
        assert count("no-mentions", *texts) == (1, 3)
        # One entity alone can have no relation.
        assert count("no-relations", *texts) == (1, 3)

    def test_documents_of_odd_density(self):
        usual = [f"{'[A](GPE a) ' * n} {words(0, 100 - n)}" for n in (4, 5, 6, 5, 4, 6, 5)]
        found = examine({"train": [*usual, "[A](GPE a) " * 40 + words(0, 60), "[A](GPE a)"]}).of(
            "mention-density", "train"
        )
        # The short document is left out. Median 5, median deviation 1: (40 - 5) / 1.4826.
        assert (found.n, found.of) == (1, 8)
        assert notes(found) == ["train-7: 40.0, z +23.6"]
        assert found.figures["median per 100 words"] == 5

    def test_density_counts_facts_too(self):
        text = f"[A](GPE a) [B](GPE b) {words(0, 48)}"
        found = examine({"train": [text] * 3 + [state(text, "a opposes b")]}).of("relation-density", "train")
        # Three without and one with 2 per 100 words: z is 3.2.
        assert (found.n, found.of, found.figures["maximum per 100 words"]) == (0, 4, 2)

    def test_robust_scores_worked_by_hand(self):
        # Median 3, absolute deviations 2 1 0 1 97, their median 1.
        assert robust_z([1, 2, 3, 4, 100]) == pytest.approx(np.array([-2, -1, 0, 1, 97]) / 1.4826)
        # Where most are equal, the mean deviation decides.
        assert robust_z([0, 0, 0, 2])[-1] == pytest.approx(2 / (1.2533 * 0.5))
        assert robust_z([5, 5, 5]).tolist() == [0, 0, 0]
        assert robust_z([]).tolist() == []

    def test_nesting(self):
        text = "[Bank of [[South](LOCATION s) Mali](GPE m)](ORG b) in [Mali](GPE m)"
        found = examine({"train": [text]}).of("nesting", "train")
        assert (found.n, found.of) == (2, 4)
        assert found.figures == {"depth 0": 2, "depth 1": 1, "depth 2": 1}
        assert notes(found) == ["train-0: depth 2: 'South'"]

    @given(strategies.documents())
    def test_depths_equal_a_plain_count(self, document):
        assert depths(document) == [Places(document).depth(mention) for mention in document.mentions]

    def test_sizes_of_entities(self):
        text = "[A](GPE a) " * 4 + "[B](GPE b), [C](GPE c), [both](GPE b+c), [D](GPE d)"
        found = examine({"train": [text]}).of("single-mentions", "train")
        assert (found.n, found.of) == (1, 4)
        assert found.figures == {"1 mentions": 1, "2 mentions": 2, "3–5 mentions": 1}
        assert notes(found) == ["train-0: 'a' 'A': 4 mentions"]

    def test_sizes_of_groups(self):
        found = examine({"train": ["[A](GPE a), [both](GPE a+b), [all](GPE a+b+c)", "[X](GPE x)"]}).of(
            "group-mentions", "train"
        )
        assert (found.n, found.of, notes(found)) == (2, 4, ["train-0: 'all': 3 members"])
        assert found.figures == {"2 members": 1, "3 members": 1}

    def test_types_with_few_examples(self):
        text = state("[A](GPE a), [B](GPE b), [C](ORG c)", "a opposes b", "b opposes a ?")
        found = examine({"train": [text]}, limits=Limits(support=2)).of("low-support", "train")
        assert (found.n, found.of) == (3, 5)
        assert found.figures == {"mention ORG": 1, "status actual": 1, "status planned": 1}

    def test_types_that_only_the_schema_has_have_no_support(self):
        schema = Schema("s", (MentionType("GPE"), MentionType("ORG")), (RelationType("opposes", GPE, GPE),))
        found = examine({"train": ["[A](GPE a), [B](GPE b)"]}, schema=schema, limits=Limits(support=1)).of(
            "low-support", "train"
        )
        assert (found.n, found.of, dict(found.figures)) == (2, 3, {"mention ORG": 0, "relation opposes": 0})
        assert notes(found) == []


class TestDiagnosis:
    SPLITS: ClassVar = {"train": [words(0, 20), "[Kenya](GPE a)"], "dev": [words(0, 20)]}

    def test_every_check_is_made_and_told_in_order(self):
        made = [finding.check for finding in examine(self.SPLITS, schema=builtin_schema()).findings]
        assert list(dict.fromkeys(made)) == list(CHECKS)

    def test_every_check_says_what_it_finds_and_what_to_do(self):
        for check in CHECKS.values():
            assert check.unit
            assert check.description[0].islower()
            assert check.advice
            assert not check.advice.endswith(".")

    @given(st.lists(strategies.documents(any_text=True), min_size=1, max_size=3))
    def test_any_documents_can_be_examined(self, documents):
        found = diagnose({"train": documents, "dev": documents[:1]})
        assert all(0 <= finding.n <= finding.of for finding in found.findings)
        assert json.loads(json.dumps(found.to_dict()))["signature"] == found.signature
        assert str(found)

    def test_examples_are_cut_and_counts_are_not(self):
        found = examine({"train": ["Nothing."] * 9}, limits=Limits(examples=2)).of("no-mentions", "train")
        assert (found.n, len(found.examples)) == (9, 2)

    def test_what_was_found_is_told_with_examples_and_advice(self):
        told = str(examine(self.SPLITS))
        assert "equal-texts" in told.splitlines()[1]
        assert "equal-texts in train → dev: 1 of 1 documents (100.0%)" in told
        assert "  - train-0, dev-0\n  to do: " in told
        (clear,) = [line for line in told.splitlines() if line.startswith("nothing found by: ")]
        assert "near-duplicates" in clear
        assert "equal-texts" not in clear

    def test_plain_values_hold_sizes_limits_and_all_findings(self):
        found = examine(self.SPLITS)
        value = found.to_dict()
        sizes = {"documents": 2, "words": 21, "mentions": 1, "entities": 1, "relations": 0}
        assert value["splits"]["train"] == sizes
        assert value["limits"]["near"] == 0.5
        assert len(value["findings"]) == len(found.findings)
        (equal,) = [v for v in value["findings"] if v["check"] == "equal-texts" and len(v["splits"]) == 2]
        assert (equal["n"], equal["of"], equal["unit"]) == (1, 1, "documents")
        assert equal["examples"] == [{"documents": ["train-0", "dev-0"], "note": ""}]

    def test_the_table_shows_what_was_found(self):
        console = Console(width=100)
        with console.capture() as capture:
            console.print(examine(self.SPLITS).table())
        assert "train: 2 documents, dev: 1 documents" in capture.get()
        assert "equal-texts" in capture.get()
        assert "cut-words" not in capture.get()

    def test_the_signature_follows_limits_and_data_but_not_the_order_of_documents(self):
        plain, turned = examine(self.SPLITS), diagnose({"train": [read("[Kenya](GPE a)"), read(words(0, 20))]})
        assert plain.signature.startswith("doctor|shingle:8|near:0.5|support:20|")
        assert "|n:2+1|" in plain.signature
        assert turned.signature == examine({"train": self.SPLITS["train"]}).signature
        assert examine(self.SPLITS, limits=Limits(near=0.6)).signature != plain.signature
        assert examine({**self.SPLITS, "dev": ["other"]}).signature != plain.signature

    def test_a_finding_that_was_not_made_is_refused(self):
        found = examine(self.SPLITS)
        with pytest.raises(InputError, match="known: beyond-encoder, beyond-window"):
            found.of("leaks", "train")
        with pytest.raises(InputError, match="looked for in dev, train"):
            found.of("cut-words", "test")
        with pytest.raises(InputError, match="no check 'leaks'"):
            Finding("leaks", ("train",), 0, 0)

    @pytest.mark.parametrize(("splits", "message"), [({}, "no documents to examine"), ({"train": []}, "in train;")])
    def test_nothing_to_examine_is_an_error(self, splits, message):
        with pytest.raises(InputError, match=message):
            diagnose(splits)

    @pytest.mark.parametrize("limits", [{"near": 0}, {"near": 1.1}, {"support": -1}, {"examples": -1}])
    def test_limits_that_make_no_sense_are_refused(self, limits):
        with pytest.raises(InputError, match="must"):
            Limits(**limits)


class TestCommandLine:
    def write(self, directory: Path, **texts: str) -> list[Path]:
        paths = [directory / f"{name}.rlx" for name in texts]
        for path, text in zip(paths, texts.values(), strict=True):
            path.write_text(f"#doc {path.stem}\n{text}\n#rel\n", encoding="utf-8")
        return paths

    def test_the_doctor_compares_splits_when_asked(self, tmp_path: Path) -> None:
        train, dev = self.write(tmp_path, train="[Kenya](GPE a) [rose](EVENT b).", dev="[Kenya](GPE a) rose.")
        assert "equal-texts" not in invoke("check", train, dev).stdout
        out = tmp_path / "findings.json"
        result = invoke("check", train, dev, "--doctor", "--json", out)
        # Findings are for judging; only faults fail.
        assert result.exit_code == 0
        assert "2 files, 2 documents" in result.stdout
        assert "equal-texts in train → dev: 1 of 1 documents (100.0%)\n" in result.stdout
        assert "doctor|shingle:8|" in result.stdout
        expected = diagnose({"train": parse_file(train), "dev": parse_file(dev)}, schema=builtin_schema()).to_dict()
        assert json.loads(out.read_text(encoding="utf-8")) == json.loads(json.dumps(expected))

    def test_another_schema_or_none_will_do(self, tmp_path: Path) -> None:
        (train,) = self.write(tmp_path, train="[Kenya](THING a)")
        assert invoke("check", train, "--doctor").exit_code == 1
        result = invoke("check", train, "--doctor", "--schema", "none")
        assert result.exit_code == 0
        assert "forbidden-facts" not in result.stdout

    def test_splits_of_one_name_are_told_by_their_paths(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
        paths = [*self.write(tmp_path / "a", x="one"), *self.write(tmp_path / "b", x="one")]
        assert f"{paths[0]} → {paths[1]}: 1 of 1" in invoke("check", *paths, "--doctor").stdout

    @pytest.mark.parametrize("arguments", [["--json", "x.json"], ["a.rlx", "--doctor"], [*"bcdefghij", "--doctor"]])
    def test_wrong_use_is_told(self, tmp_path: Path, arguments: list[str]) -> None:
        result = invoke("check", "a.rlx", *arguments)
        assert result.exit_code == 2
        assert "Usage" in result.stderr


def parse_file(path: Path) -> list[Document]:
    return list(parse(path.read_text(encoding="utf-8")))
