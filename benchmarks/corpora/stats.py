"""Counts of the diplomatic corpus, what its plan asked for, and what is missing.

    python benchmarks/corpora/stats.py

prints Markdown tables; the exit code is 1 if a minimum of the corpus is not reached, or if splits share a story.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import relex
from relex.document import Document, Entity
from relex.gazetteer import country_code

HERE = Path(__file__).parent / "diplomatic"
SPLITS = ("train", "dev", "test")
SCHEMA = relex.load_schema("diplomatic")
MENTIONS = tuple(kind.name for kind in SCHEMA.mention_types)
RELATIONS = tuple(kind.name for kind in SCHEMA.relation_types)

# What the corpus promises; over all splits unless it says otherwise.
N_DOCUMENTS, N_WORDS, N_COUNTRIES = 300, 75_000, 120
N_TRAIN_RELATIONS, N_MENTIONS, N_GROUPS = 150, 400, 500
N_STATUS = {"planned": 800, "negated": 250}
WORDS = (80, 700)
SPLIT_SHARES = {"train": 0.8, "dev": 0.1, "test": 0.1}


@dataclass(frozen=True, slots=True)
class Split:
    """The documents of a split, by id."""

    name: str
    documents: Mapping[str, Document]

    @property
    def words(self) -> int:
        """The number of words, by white space."""
        return sum(map(n_words, self.documents.values()))

    def count(self, things: Callable[[Document], Iterable[str]]) -> Counter[str]:
        """Count what a function names of each document."""
        return Counter(name for document in self.documents.values() for name in things(document))


def read_corpus(directory: Path = HERE) -> list[Split]:
    """Return the splits of the corpus."""
    return [Split(name, {d.id: d for d in relex.read(directory / name)}) for name in SPLITS]


def read_plan(directory: Path = HERE) -> dict[str, dict[str, str]]:
    """Return the rows of the plan by document id."""
    with open(directory / "plan.csv", encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def merge(splits: Iterable[Split]) -> Split:
    """Return the documents of several splits as one."""
    return Split("all", {name: document for split in splits for name, document in split.documents.items()})


def n_words(document: Document) -> int:
    """Return the number of words of a text, by white space."""
    return len(document.text.split())


def mention_types(document: Document) -> Iterator[str]:
    """Yield the type of each mention."""
    return (mention.type for mention in document.mentions)


def relation_types(document: Document) -> Iterator[str]:
    """Yield the type of each relation."""
    return (relation.type for relation in document.relations)


def statuses(document: Document) -> Iterator[str]:
    """Yield the status of each relation."""
    return (relation.status for relation in document.relations)


def groups(document: Document) -> Iterator[str]:
    """Yield the type of each group mention."""
    return (mention.type for mention in document.mentions if mention.is_group)


def principals(document: Document) -> set[str]:
    """Return the ISO 3166-1 codes of the countries that stand in at least two relations."""
    ends = Counter(end for relation in document.relations for end in (relation.head, relation.tail))
    return {
        code
        for entity in document.entities
        if entity.type == "GPE" and ends[entity.id] > 1 and (code := _code(document, entity))
    }


def shortfalls(splits: list[Split], plan: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return what the corpus promises and does not hold, a sentence each."""
    found: list[str] = []

    def ask(what: str, got: int, wanted: int) -> None:
        if got < wanted:
            found.append(f"{what}: {got} of {wanted}")

    whole = merge(splits)
    documents = whole.documents
    ask("documents", len(documents), N_DOCUMENTS)
    ask("words", whole.words, N_WORDS)
    ask("countries", len(set().union(*map(principals, documents.values()))), N_COUNTRIES)
    ask("group mentions", sum(whole.count(groups).values()), N_GROUPS)
    for name in MENTIONS:
        ask(f"{name} mentions", whole.count(mention_types)[name], N_MENTIONS)
    for name in RELATIONS:
        ask(f"{name} in train", splits[0].count(relation_types)[name], N_TRAIN_RELATIONS)
    for status, wanted in N_STATUS.items():
        ask(f"{status} relations", whole.count(statuses)[status], wanted)
    without = sum("visited" not in set(relation_types(document)) for document in documents.values())
    ask("documents without a visit", without, len(documents) // 2)
    for document in documents.values():
        if not WORDS[0] <= n_words(document) <= WORDS[1]:
            found.append(f"{document.id}: {n_words(document)} words")
    for split in splits:
        if abs(len(split.documents) / len(documents) - SPLIT_SHARES[split.name]) > 0.02:
            found.append(f"{split.name}: {len(split.documents)} of {len(documents)} documents")
    found += [f"{name}: planned and not written" for name in plan.keys() - documents.keys()]
    found += [f"{name}: written and not planned" for name in documents.keys() - plan.keys()]
    for name in plan.keys() & documents.keys():
        if plan[name]["visit"] == "no" and "visited" in set(relation_types(documents[name])):
            found.append(f"{name}: a visit that the plan excludes")
    return found


def shared_stories(splits: list[Split]) -> list[str]:
    """Return the persons, agreements, events and projects by name that several splits tell of.

    One full name of a person alone is no story: two that met, or one that stands for a state, in two splits are.
    """
    places: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for split in splits:
        for document in split.documents.values():
            for key in _stories(document):
                places[key].add(split.name)
    return [f"{' and '.join(key)}: in {', '.join(sorted(names))}" for key, names in places.items() if len(names) > 1]


def coverage(splits: list[Split], plan: Mapping[str, Mapping[str, str]]) -> dict[str, tuple[int, int]]:
    """Return how many documents hold what their row of the plan asks for, and how many were asked, by request."""
    documents = merge(splits).documents
    counts: dict[str, list[bool]] = defaultdict(list)
    for name, row in plan.items():
        if name not in documents:
            continue
        document = documents[name]
        found = Counter(relation_types(document))
        counts["words within 20 %"].append(abs(n_words(document) / int(row["words"]) - 1) <= 0.2)
        counts["countries"].append(set(row["countries"].split("+")) <= _countries(document))
        counts["planned"].append(Counter(statuses(document))["planned"] >= int(row["planned"]))
        counts["negated"].append(Counter(statuses(document))["negated"] >= int(row["negated"]))
        counts["groups"].append(len(list(groups(document))) >= int(row["groups"]))
        for relation in row["relations"].split():
            counts[relation].append(found[relation] > 1)
        for mention in row["mentions"].split():
            counts[mention].append(Counter(mention_types(document))[mention] > 2)
    return {name: (sum(values), len(values)) for name, values in counts.items()}


def _countries(document: Document) -> set[str]:
    entities = (entity for entity in document.entities if entity.type == "GPE")
    return {code for entity in entities if (code := _code(document, entity))}


def _code(document: Document, entity: Entity) -> str | None:
    names = (document.text[m.start : m.end] for m in entity.mentions if not m.is_group)
    return next((code for name in names if (code := country_code(name))), None)


def _stories(document: Document) -> Iterator[tuple[str, ...]]:
    named = {e.id: e.name for e in document.entities if " " in e.name and e.name != e.name.lower()}
    types = {e.id: e.type for e in document.entities}
    for entity_id, name in named.items():
        # "Joint Declaration" is a kind of paper and no story; a name of its own has more words.
        if types[entity_id] in ("AGREEMENT", "EVENT", "PROJECT") and len(name.split()) > 2:
            yield (name,)
    for relation in document.relations:
        pair = (relation.head, relation.tail)
        if relation.type in ("met-with", "represents") and types[relation.head] == "PERSON" and set(pair) <= set(named):
            yield tuple(sorted(named[end] for end in pair))


def _table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    first, *others = header
    lines = [(first, *others), ("---", *("---:" for _ in others)), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def main() -> int:
    """Print the tables; return 1 if something promised is missing."""
    splits, plan = read_corpus(), read_plan()
    parts = [*splits, merge(splits)]
    header = [part.name for part in parts]
    sizes: dict[str, list[int]] = {
        "documents": [len(part.documents) for part in parts],
        "words": [part.words for part in parts],
        "mentions": [sum(part.count(mention_types).values()) for part in parts],
        "group mentions": [sum(part.count(groups).values()) for part in parts],
        "entities": [sum(len(d.entities) for d in part.documents.values()) for part in parts],
        "relations": [sum(part.count(relation_types).values()) for part in parts],
        "countries in two or more relations": [
            len(set().union(*map(principals, part.documents.values()))) for part in parts
        ],
        "documents without a visit": [
            sum("visited" not in set(relation_types(d)) for d in part.documents.values()) for part in parts
        ],
    }
    print(_table(["", *header], [(name, *(f"{n:,}" for n in row)) for name, row in sizes.items()]))
    for title, names, things in (
        ("mentions", MENTIONS, mention_types),
        ("relations", RELATIONS, relation_types),
        ("status", relex.document.STATUSES, statuses),
    ):
        counts = [part.count(things) for part in parts]
        print(_table([title, *header], [(name, *(f"{count[name]:,}" for count in counts)) for name in names]))
    for column in ("genre", "decade", "field"):
        counts = [Counter(plan[name][column] for name in part.documents if name in plan) for part in parts]
        print(_table([column, *header], [(name, *(count[name] for count in counts)) for name in sorted(counts[-1])]))
    rows = [(name, got, asked) for name, (got, asked) in coverage(splits, plan).items()]
    print(_table(["asked for by the plan", "documents that have it", "documents asked"], rows))
    missing = [*shortfalls(splits, plan), *shared_stories(splits)]
    print("\n".join(missing) or "Nothing that the corpus promises is missing.")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
