"""The ways to cut: into which bin of each slicing a fact or a mention of a document falls."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Generic, TypeVar

from relex.alignment import digest_document
from relex.document import STATUSES, Document, Entity, Mention, Relation
from relex.levels.mentions import is_named
from relex.levels.unseen import NamedFact, list_facts
from relex.metrics import digest
from relex.places import Places

Thing = TypeVar("Thing", Relation, Mention)

SEEN, GENRE = "seen", "genre"
"""What a scene must be told for some slicings."""


@dataclass(frozen=True)
class Seen:
    """What the documents that a system was trained on hold.

    Attributes:
        names: the type and surface of every mention.
        facts: every fact under any two names of its ends, as the level `relation-unseen` has them.
        pairs: the names of the ends of these, both ways round.
        digest: the digest of the documents.
    """

    names: frozenset[tuple[str, str]]
    facts: frozenset[NamedFact]
    pairs: frozenset[tuple[str, str]]
    digest: str

    @classmethod
    def gather(cls, documents: Iterable[Document], *, symmetric: frozenset[str]) -> Seen:
        """Gather names and facts from documents; `symmetric` are the relation types without direction."""
        documents = tuple(documents)
        facts = list_facts(documents, symmetric)
        return cls(
            names=frozenset((m.type, d.text[m.start : m.end]) for d in documents for m in d.mentions),
            facts=facts,
            pairs=frozenset(pair for _, head, tail in facts for pair in ((head, tail), (tail, head))),
            digest=digest(sorted(map(digest_document, documents))),
        )


_NOTHING = Seen(frozenset(), frozenset(), frozenset(), "")


@dataclass(frozen=True, eq=False)
class Scene:
    """One side of a pair of documents, with what some slicings must be told of it."""

    document: Document
    seen: Seen | None = None
    genre: str | None = None

    @cached_property
    def places(self) -> Places:
        """Where things stand in the document."""
        return Places(self.document)

    @cached_property
    def known(self) -> Seen:
        """What was seen; nothing unless told."""
        return self.seen or _NOTHING

    def surface(self, mention: Mention) -> str:
        """Return the text of a mention."""
        return self.document.text[mention.start : mention.end]


@dataclass(frozen=True, slots=True)
class Slicing(Generic[Thing]):
    """A way to cut: the one bin of every fact, or of every mention, of a scene.

    `bins` are in the order to show them; without any, the corpus names them. `needs` is what a scene must be told.
    """

    name: str
    description: str
    bins: tuple[str, ...]
    place: Callable[[Scene, Thing], str]
    needs: str = ""


def _label(edges: Sequence[int]) -> tuple[str, ...]:
    """Return the names of the ranges that begin at 0 and at each edge."""
    starts = (0, *edges)
    inner = [
        str(start) if end == start + 1 else f"{start}–{end - 1}" for start, end in zip(starts, edges, strict=False)
    ]
    return (*inner, f"{edges[-1]}+")


_WORDS = (1, 5, 10, 20, 50)
_LENGTHS = (100, 200, 400, 800)
_DISTANCE_BINS, _LENGTH_BINS = _label(_WORDS), _label(_LENGTHS)


def _distance(scene: Scene, relation: Relation) -> str:
    words = scene.places.carriers(relation).words
    return _DISTANCE_BINS[bisect_right(_WORDS, words)]


def _sentences(scene: Scene, relation: Relation) -> str:
    return "across" if scene.places.carriers(relation).sentences else "within"


def _nesting(scene: Scene, relation: Relation) -> str:
    carriers = scene.places.carriers(relation)
    head, tail = carriers.head, carriers.tail
    if head == tail:
        return "one mention"
    # Mentions of one document nest or are apart.
    return "nested" if head.start < tail.end and tail.start < head.end else "apart"


def _wording(scene: Scene, relation: Relation) -> str:
    carriers = scene.places.carriers(relation)
    words = {_mention_wording(scene, mention) for mention in (carriers.head, carriers.tail)}
    return next(word for word in reversed(_WORDINGS) if word in words)


def _names(scene: Scene, relation: Relation) -> str:
    ends = [scene.document.entity(end) for end in (relation.head, relation.tail)]
    return _NOVELTIES[sum(not _is_known(scene, end) for end in ends)]


def _is_known(scene: Scene, entity: Entity) -> bool:
    return entity.name in _surfaces(scene, entity) and (entity.type, entity.name) in scene.known.names


def _pairs(scene: Scene, relation: Relation) -> str:
    ends = [scene.document.entity(end) for end in (relation.head, relation.tail)]
    surfaces = list(product(*(_surfaces(scene, end) for end in ends)))
    if any((relation.type, *pair) in scene.known.facts for pair in surfaces):
        return "fact seen"
    return "pair seen" if any(pair in scene.known.pairs for pair in surfaces) else "pair unseen"


def _surfaces(scene: Scene, entity: Entity) -> set[str]:
    # As at the level `relation-unseen`, a group mention is the name of none.
    return {scene.surface(mention) for mention in entity.mentions if not mention.is_group}


def _length(scene: Scene, thing: Relation | Mention) -> str:
    return _LENGTH_BINS[bisect_right(_LENGTHS, scene.places.n_words)]


def _genre(scene: Scene, thing: Relation | Mention) -> str:
    return scene.genre or ""


def _status(scene: Scene, relation: Relation) -> str:
    return relation.status


def _depth(scene: Scene, mention: Mention) -> str:
    return _DEPTH_BINS[min(scene.places.depth(mention), len(_DEPTH_BINS) - 1)]


def _mention_wording(scene: Scene, mention: Mention) -> str:
    if mention.is_group:
        return "group"
    return "named" if is_named(scene.document, mention) else "description"


def _novelty(scene: Scene, mention: Mention) -> str:
    return "seen" if (mention.type, scene.surface(mention)) in scene.known.names else "unseen"


_WORDINGS = ("named", "description", "group")
_NOVELTIES = ("both seen", "one seen", "neither seen")
_DEPTH_BINS = ("0", "1", "2+")

FACT_SLICINGS: tuple[Slicing[Relation], ...] = (
    Slicing("distance", "words between the mentions that carry the fact", _DISTANCE_BINS, _distance),
    Slicing(
        "sentences",
        "whether the mentions that carry the fact stand in one sentence",
        ("within", "across"),
        _sentences,
    ),
    Slicing("nesting", "how the mentions that carry the fact lie", ("apart", "nested", "one mention"), _nesting),
    Slicing("wording", "the less telling of the mentions that carry the fact", _WORDINGS, _wording),
    Slicing("status", "what the text says of the fact", STATUSES, _status),
    Slicing("names", "how many ends have a name that training had of their type", _NOVELTIES, _names, SEEN),
    Slicing(
        "pairs",
        "whether training related the ends, under any of their names",
        ("fact seen", "pair seen", "pair unseen"),
        _pairs,
        SEEN,
    ),
    Slicing("length", "words of the document", _LENGTH_BINS, _length),
    Slicing("genre", "the genre of the document", (), _genre, GENRE),
)
"""The slicings of facts."""

MENTION_SLICINGS: tuple[Slicing[Mention], ...] = (
    Slicing("depth", "how many mentions hold the mention", _DEPTH_BINS, _depth),
    Slicing("wording", "a name has an upper-case letter or a digit", _WORDINGS, _mention_wording),
    Slicing("names", "whether training had the surface under the type", ("seen", "unseen"), _novelty, SEEN),
    Slicing("length", "words of the document", _LENGTH_BINS, _length),
    Slicing("genre", "the genre of the document", (), _genre, GENRE),
)
"""The slicings of mentions."""
