"""What the doctor looks for: every check with what it counts, what that means and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Check:
    """Something that a corpus is examined for; `unit` names what is counted, `advice` what to do about it."""

    name: str
    unit: str
    description: str
    advice: str


_CHECKS = (
    Check(
        "equal-ids",
        "documents",
        "the id of another document",
        "rename one: predictions are paired with gold by id",
    ),
    Check(
        "equal-texts",
        "documents",
        "the text of another document, but for case, space and punctuation",
        "drop one, or keep both in one split; if their annotations differ, settle which is right",
    ),
    Check(
        "near-duplicates",
        "texts",
        "nearly the text of another document: word 8-grams with a Jaccard index at or above the limit",
        "keep both in one split, or drop one; a score over them measures memory",
    ),
    Check(
        "shared-paragraphs",
        "paragraphs",
        "paragraphs of eight words or more that another document has too",
        "take standing text out, or put documents of one source and day into one split",
    ),
    Check(
        "seen-text",
        "8-grams",
        "word 8-grams that occur in the training part",
        "look at the documents with the highest share: quotations are harmless, copies are not",
    ),
    Check(
        "seen-facts",
        "facts",
        "facts that the training part states under any two names of their ends",
        "report Ign F1 beside F1, which leaves them out: a model may know them by heart",
    ),
    Check(
        "unseen-names",
        "names",
        "mentions with a capital or a digit that the training part does not have with that type",
        "with few, a lookup does well: report scores on unseen names apart",
    ),
    Check(
        "unseen-types",
        "types",
        "mention types, relation types and statuses that the training part lacks",
        "move documents so that training has each of them, or leave them out of the schema",
    ),
    Check(
        "mixed-types",
        "mentions",
        "mentions whose words are more often annotated with another type",
        "look at the pairs: some words have two meanings, others want a rule in the guide",
    ),
    Check(
        "odd-types",
        "mentions",
        "mentions whose words have one other type nine times in ten, ten times or more",
        "look at each: most are slips",
    ),
    Check(
        "conflicting-mentions",
        "sentences",
        "sentences that occur several times and are not always annotated with the same mentions",
        "annotate equal sentences alike unless the documents around them tell them apart",
    ),
    Check(
        "conflicting-facts",
        "pairs",
        "pairs of names in equal sentences whose relations or statuses are not always the same",
        "state the fact in each document, or in none; a fact stated elsewhere in one document explains the rest",
    ),
    Check(
        "stated-both-ways",
        "facts",
        "facts of a symmetric relation that are written in both directions",
        "keep one of the two: a symmetric relation counts once",
    ),
    Check(
        "undeclared-symmetry",
        "facts",
        "facts written in both directions, of relations that mostly are and that no schema declares symmetric",
        "declare the relation symmetric and write it once, or say in the guide what the direction means",
    ),
    Check(
        "split-ids",
        "entities",
        "entities that are a country or organisation for which the document has another id of the same type",
        "give all its mentions one id, unless the corpus tells a people from its country on purpose",
    ),
    Check(
        "merged-ids",
        "entities",
        "entities whose names mean several countries or organisations",
        "give each its own id, or make the mention a group mention",
    ),
    Check(
        "long-mentions",
        "mentions",
        "mentions with more words than max_span_words, which a model never proposes",
        "raise max_span_words in the recipe, or annotate the name without what is said of it",
    ),
    Check(
        "broken-mentions",
        "mentions",
        "mentions that run over the end of a line, which decoding forbids",
        "join the lines in the text, or end the mention with its line",
    ),
    Check(
        "cut-words",
        "mentions",
        "mentions that begin or end inside a word, which no model can hit",
        "move the border to that of the word, or clean the text (a missing space)",
    ),
    Check(
        "lost-facts",
        "facts",
        "facts with an end all of whose mentions are long, broken or cut",
        "mend the mentions; until then, recall cannot reach 1",
    ),
    Check(
        "beyond-encoder",
        "facts",
        "facts whose nearest mentions fit into no window of the encoder, at one piece a word",
        "raise window_pieces, or accept that the encoder never sees both ends at once",
    ),
    Check(
        "beyond-window",
        "facts",
        "facts whose nearest mentions are farther apart than max_pair_words, so that they are not compared",
        "raise max_pair_words when extracting",
    ),
    Check(
        "forbidden-facts",
        "facts",
        "facts whose relation the schema lacks, or does not allow between such ends; decoding never gives them",
        "mend the annotation, or widen head and tail in the schema",
    ),
    Check(
        "no-mentions",
        "documents",
        "documents without any mention",
        "make sure that they were annotated; true negatives are worth keeping",
    ),
    Check(
        "no-relations",
        "documents",
        "documents with mentions of several entities and no relation",
        "make sure that relations were annotated; true negatives are worth keeping",
    ),
    Check(
        "mention-density",
        "documents",
        "documents of 30 words or more with unusually many or few mentions for their length, by robust z-score",
        "look at both ends: half-annotated documents have too few, tables and lists many",
    ),
    Check(
        "relation-density",
        "documents",
        "documents of 30 words or more with unusually many or few facts for their length, by robust z-score",
        "look at both ends: half-annotated documents have too few, large groups and lists many",
    ),
    Check(
        "nesting",
        "mentions",
        "mentions inside another mention",
        "if there are any, flat taggers miss them: score nested mentions apart",
    ),
    Check(
        "single-mentions",
        "entities",
        "entities with one mention",
        "if nearly all have one, the corpus has no coreference: neither learn nor score it",
    ),
    Check(
        "group-mentions",
        "mentions",
        "mentions that name several entities",
        "look at the largest: each member multiplies the facts of its group",
    ),
    Check(
        "low-support",
        "types",
        "mention types, relation types and statuses with fewer examples than the floor",
        "annotate more of them; until then read their scores with their intervals",
    ),
)

CHECKS: Mapping[str, Check] = MappingProxyType({check.name: check for check in _CHECKS})
"""Every check by name, in the order in which findings are told."""
