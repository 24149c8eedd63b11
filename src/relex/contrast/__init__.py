"""Sets of short texts that differ a little in wording and in what they say: does a system see the difference?

A document belongs to a set by its id, `<phenomenon>-<number><letter>`: `voice-07a` and `voice-07b` are members of one
(contrast sets, Gardner et al. 2020, arXiv:2004.02709). Members are compared by the facts that gold does not give to
all of them alike, so that errors in the rest of their annotation do not blur the result.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from relex.alignment import Pair
from relex.contrast.matching import list_ends, match_entities, number_facts
from relex.contrast.summary import CONTRAST_LEVELS, MEASURES, Contrast, ContrastSet, JudgedText, Verdict
from relex.document import Document
from relex.errors import InputError
from relex.evaluation import pair_documents
from relex.metrics import Key
from relex.schema import Schema

__all__ = ["CONTRAST_LEVELS", "MEASURES", "Contrast", "ContrastSet", "JudgedText", "Verdict", "judge_contrast"]

_ID = re.compile(r"(?P<set>(?P<phenomenon>.+)-\d+)[a-z]")
_STATED = "stated"


def judge_contrast(
    gold: Iterable[Document], predicted: Iterable[Document], *, schema: Schema | None = None
) -> Contrast:
    """Judge predictions for contrast sets; documents and schema as in `evaluate`.

    A fact is flipped if the members of its set do not all state it, or not with one status. Entities of two members
    are one if they have their type and a surface, or a country, in common.

    Raises:
        InputError: as `evaluate` does, an id that names no set, and a set without a flipped fact.
    """
    pairs, schema = pair_documents(gold, predicted, schema=schema, tell=True)
    members: dict[tuple[str, str], list[Pair]] = {}
    for pair in sorted(pairs, key=lambda pair: pair.gold.id):
        match = _ID.fullmatch(pair.gold.id)
        if match is None:
            raise InputError(
                f"document {pair.gold.id!r} is in no contrast set; ids are <phenomenon>-<number><letter>, as voice-07a"
            )
        members.setdefault((match["set"], match["phenomenon"]), []).append(pair)
    return Contrast(tuple(_judge_set(*names, own) for names, own in members.items()), schema)


def _judge_set(name: str, phenomenon: str, pairs: Sequence[Pair]) -> ContrastSet:
    numbers = match_entities([pair.gold for pair in pairs])
    facts = [number_facts(pair, own) for pair, own in zip(pairs, numbers, strict=True)]
    given = {fact: {gold.get(fact) for gold, _ in facts} for gold, _ in facts for fact in gold}
    flipped = {fact: statuses for fact, statuses in given.items() if len(statuses) > 1}
    if not flipped:
        raise InputError(
            f"contrast set {name!r}: in gold its {len(pairs)} texts do not differ in what they state; "
            "a set needs members that do"
        )
    texts = []
    for pair, own, (gold, predicted) in zip(pairs, numbers, facts, strict=True):
        entities = set(own.values())
        others = {fact: statuses for fact, statuses in flipped.items() if list_ends(fact) <= entities}
        bare = (dict.fromkeys(gold, _STATED), dict.fromkeys(predicted, _STATED))
        verdicts = {
            "relation": _judge_text(*bare, flipped=flipped.keys(), others={fact: {_STATED} for fact in others}),
            "relation+status": _judge_text(gold, predicted, flipped=flipped.keys(), others=others),
        }
        texts.append(JudgedText(pair.gold.id, pair.digest, verdicts))
    return ContrastSet(name, phenomenon, len(flipped), tuple(texts))


def _judge_text(
    stated: Mapping[Key, str],
    said: Mapping[Key, str],
    *,
    flipped: AbstractSet[Key],
    others: Mapping[Key, AbstractSet[str | None]],
) -> Verdict:
    """Compare what gold states with what a prediction says; `others` is what the set says of the facts within reach."""
    chances = [fact for fact, statuses in others.items() if statuses - {None, stated.get(fact)}]
    return Verdict(
        right=all(said.get(fact) == stated.get(fact) for fact in flipped),
        strict=said == stated,
        chances=len(chances),
        false=sum(said.get(fact) not in (None, stated.get(fact)) for fact in chances),
    )
