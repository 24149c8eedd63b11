"""The extractor: any text in, a document that keeps its promises out, in order, lazily, one encoder pass a window."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

import tiny
from models import disturb, eager, extractor_of, make_model
from relex.config import DecodeConfig
from relex.document import STATUSES, Document
from relex.errors import DocumentError, InputError, ModelError
from relex.extractor import Extractor
from relex.loading import load
from relex.schema import builtin_schema
from strategies import HARD_CHARACTERS

TEXTS = [document.text for document in tiny.DOCUMENTS]
BAD_INPUTS = {
    "empty": "",
    "blank": " \t\r\n\u00a0\u2028",
    "nul": "\x00",
    "nul inside": TEXTS[0].replace("met", "m\x00et").replace(" ", "\x00 "),
    "controls": "".join(map(chr, range(32))) + TEXTS[0] + "\x7f\x85",
    "emoji": "👩‍👩‍👧‍👦 Kari Lund 🇳🇴 will visit Kenya 🎉 in June 😀" * 3,
    "right to left": "التقى الرئيس Nino Beridze في Prague مع Jan Novak \u202eyrartnoc\u202c שלום",
    "other scripts": "习近平访问 Oslo。Встреча в Праге прошла. ประเทศไทย हिन्दी ქართული",
    "crlf": "\r\n".join(TEXTS),
    "old mac": "\r".join(TEXTS),
    "trailing newline": TEXTS[0] + "\n",
    "tabs": TEXTS[0].replace(" ", "\t"),
    "zero width": "\u200b".join(TEXTS[0]),
    "byte order mark": "\ufeff" + TEXTS[0],
    "combining": "e\u0301" * 50 + " Zalgo\u0301\u0302\u0303\u0304 " + "\u0301" * 20,
    "long word": "a" * 5000,
    "long word among others": TEXTS[0] + " " + "Abc" * 300 + " " + TEXTS[1],
    "long digits": "1" * 5000,
    "one mark": "." * 500,
    "no spaces": TEXTS[0].replace(" ", ""),
    "one sentence": " ".join(TEXTS * 6).replace(".", ""),
    "upper case": TEXTS[0].upper(),
    "markup": "<p>Kari &amp; Lund</p> [[Oslo]] {x} \\n %s ${y}",
}


@pytest.fixture(scope="module")
def able(learnt: Path) -> Extractor:
    """An extractor that knows the four documents by heart."""
    return load(learnt, precision="float32")


@pytest.fixture(scope="module")
def wild(encoder: Path) -> Extractor:
    """An extractor that learnt nothing and finds much, so that every path is walked."""
    model = make_model(encoder, window_pieces=256, window_overlap=32)
    disturb(model, size=0.3)
    eager(model, logit=1.0)
    model.head("main").mentions.group[-1].bias.data.fill_(-0.5)  # type: ignore[operator]
    return extractor_of(model, encoder, relation_threshold=0.2, max_pair_words=50)


def check(found: Document, text: str) -> None:
    """Assert everything that is promised of any output."""
    assert found.text == text
    schema = builtin_schema()
    assert schema.problems(found) == []
    for mention in found.mentions:
        surface = text[mention.start : mention.end]
        assert surface == surface.strip() != ""
        assert mention.score is not None
        assert 0 < mention.score <= 1
        # No mention begins or ends inside a run of letters that is not cut by case.
        before, after = text[max(mention.start - 1, 0) : mention.start], text[mention.end : mention.end + 1]
        for outside, inside in ((before, surface[0]), (after, surface[-1])):
            if outside.isalpha() and inside.isalpha() and outside.islower() == inside.islower():
                assert _run_length(text, mention.start, mention.end) > 64
    spans = {(m.start, m.end): m for m in found.mentions}
    for relation in found.relations:
        assert relation.status in STATUSES
        assert relation.score is not None
        assert 0 <= relation.score <= 1
        assert 1 <= len(relation.evidence) <= 3
        for pair in relation.evidence:
            assert relation.head in spans[pair.head].entities
            assert relation.tail in spans[pair.tail].entities
    scores = [relation.score or 0.0 for relation in found.relations]
    assert scores == sorted(scores, reverse=True)
    assert all(entity.name for entity in found.entities)
    assert Document.from_dict(found.to_dict()).to_dict() == found.to_dict()


def _run_length(text: str, start: int, end: int) -> int:
    while start > 0 and text[start - 1].isalpha():
        start -= 1
    while end < len(text) and text[end].isalpha():
        end += 1
    return end - start


class TestAnyText:
    @pytest.mark.parametrize("text", BAD_INPUTS.values(), ids=BAD_INPUTS)
    def test_gives_a_sound_document(self, text: str, able: Extractor, wild: Extractor) -> None:
        for extractor in (able, wild):
            check(extractor(text), text)

    @pytest.mark.parametrize("text", ["", " ", "\n\n", "\x00", "\u200b\u200b"])
    def test_without_words_is_a_document_without_layers(self, text: str, wild: Extractor) -> None:
        assert wild(text) == Document("text-1", text)

    @settings(max_examples=60)
    @given(st.lists(st.text(alphabet=HARD_CHARACTERS, max_size=20) | st.sampled_from(TEXTS), max_size=4).map("".join))
    @example("\x00Oslo\ufeff\u2028NB")
    def test_random(self, wild: Extractor, text: str) -> None:
        check(wild(text), text)

    @pytest.mark.parametrize("text", ["abc\ud800", "\udfff", "\udcff bytes read with surrogateescape"])
    def test_with_a_lone_surrogate_is_refused(self, text: str, able: Extractor) -> None:
        with pytest.raises(DocumentError, match=r"lone surrogate at offset \d+; decode the source as UTF-8"):
            able(text)

    @pytest.mark.parametrize("value", [b"bytes", None, 3, 2.5, ["text"], {"text": "x"}, object(), True])
    def test_is_a_string_or_a_document(self, value: Any, able: Extractor) -> None:
        with pytest.raises(InputError, match=rf"text 1 is {type(value).__name__}, not a string"):
            able(value)

    def test_may_be_a_document_of_which_the_layers_are_read_anew(self, able: Extractor) -> None:
        # What is said of gold relations is not said of those that are found.
        own = replace(tiny.DOCUMENTS[0], meta={"date": "2024-06-01", "relations": "mentions"})
        found = able(own)
        assert (found.id, found.text, dict(found.meta)) == (own.id, own.text, {"date": "2024-06-01"})
        assert all(mention.score for mention in found.mentions)

    def test_gives_the_same_every_time(self, wild: Extractor) -> None:
        one, other = (wild(TEXTS[0]).to_dict() for _ in range(2))
        assert one == other


class TestWhatIsFound:
    def test_mentions_entities_and_relations(self, able: Extractor) -> None:
        found = able(TEXTS[0])
        ids = "georgian president nino-beridze prague may-2024 czech jan-novak trade-charter energy"
        assert [entity.id for entity in found.entities] == ids.split()
        facts = {(found.entity(r.head).name, r.type, found.entity(r.tail).name, r.status) for r in found.relations}
        assert ("Nino Beridze", "visited", "Prague", "actual") in facts
        assert ("trade charter", "covers", "energy", "actual") in facts
        assert {m.entities for m in found.mentions if m.is_group}

    def test_all_equal_mentions(self, able: Extractor) -> None:
        found = able(TEXTS[3])
        assert [found.text[m.start : m.end] for m in found.mentions].count("Peru") == 3

    def test_statuses(self, able: Extractor) -> None:
        assert {r.status for text in TEXTS for r in able(text).relations} == set(STATUSES)

    def test_links_to_the_world(self, able: Extractor) -> None:
        links = {entity.name: entity.link for entity in able(TEXTS[1]).entities}
        assert links["Norway"] is not None
        assert links["Norway"].iso3166 == "NO"

    def test_far_into_a_long_text(self, able: Extractor) -> None:
        filler = "the and of to a in . " * 400
        text = filler + TEXTS[3]
        found = able(text)
        surfaces = [text[m.start : m.end] for m in found.mentions if m.start >= len(filler)]
        assert {"Peru", "Chile"} <= set(surfaces)

    def test_what_is_not_compared_is_counted_and_told(self, able: Extractor, caplog: pytest.LogCaptureFixture) -> None:
        document, encoded, words = _prepared(able, TEXTS[3])
        able.analyse(document, encoded, words)
        assert caplog.messages == []
        config = replace(able.config, max_pair_mentions=3)
        few = Extractor(able.model, able.reader, head="main", config=config)
        n = len(few.analyse(document, encoded, words).spans)
        pairs, compared = n * (n - 1) // 2, 3 * (n - 3) + 3
        (message,) = caplog.messages
        assert message.startswith(
            f"d: {pairs - compared} of {pairs} pairs of mentions near each other were not compared"
        )
        assert "raise max_pair_mentions" in message

    def test_thresholds_are_the_users_to_choose(self, able: Extractor) -> None:
        analysis = able.analyse(*_prepared(able, TEXTS[0]))
        document = Document("d", TEXTS[0])
        few = able.build(document, analysis, config=DecodeConfig(relation_threshold=0.999999))
        many = able.build(document, analysis, config=DecodeConfig(relation_threshold=1e-6))
        assert len(few.relations) < len(able.build(document, analysis).relations) < len(many.relations)
        for found in (few, many):
            check(found, TEXTS[0])


def _prepared(extractor: Extractor, text: str) -> tuple[Any, ...]:
    document = Document("d", text)
    encoded = extractor.reader.encode(document)
    return document, encoded, *extractor.represent([encoded])


class TestPipe:
    @pytest.mark.parametrize("batch_size", [None, 1, 50, 200, 100_000])
    def test_gives_what_single_calls_give_in_order(
        self, batch_size: int | None, wild: Extractor, able: Extractor
    ) -> None:
        odd = [text for text in BAD_INPUTS.values() if len(text) < 1000]
        texts = [*odd, *TEXTS] if batch_size in (None, 200) else TEXTS
        for extractor in (wild, able):
            found = list(extractor.pipe(texts, batch_size=batch_size))
            assert [document.text for document in found] == texts
            assert [document.id for document in found] == [f"text-{i}" for i in range(1, len(texts) + 1)]
            for document in found:
                assert document == extractor(document.text)

    def test_takes_any_iterable_of_texts_and_documents(self, able: Extractor) -> None:
        mixed = (x for x in (TEXTS[0], tiny.DOCUMENTS[1], Document("bare", "")))
        found = list(able.pipe(mixed))
        assert [document.id for document in found] == ["text-1", "oslo", "bare"]
        assert list(able.pipe([])) == []

    def test_a_stream_is_read_one_text_for_the_first_result_and_never_more_than_64_ahead(self, wild: Extractor) -> None:
        taken = 0

        def endless() -> Iterator[str]:
            nonlocal taken
            while True:
                taken += 1
                yield "Oslo ."

        results = wild.pipe(endless())
        assert taken == 0
        next(results)
        assert taken == 1
        for n in range(2, 300):
            next(results)
            assert taken < 2 * n
            assert taken - n < 64
        assert taken > 290

    @pytest.mark.parametrize("place", [0, 10, 63])
    def test_a_long_text_holds_no_other_back(
        self, place: int, wild: Extractor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read: list[list[int]] = []
        represent = wild.represent
        monkeypatch.setattr(
            wild, "represent", lambda own, **_: read.append([e.n_words for e in own]) or represent(own, **_)
        )
        texts = ["Oslo."] * 70
        texts[place] = "Oslo" + " " * 19_000 + "." * 1000
        results = wild.pipe(texts)
        for _ in range(place):
            next(results)
        assert all(max(words) == 2 for words in read)
        next(results)
        assert read[-1] == [1001]
        list(results)
        assert read[-1] == [2] * ((69 - place) % 64)

    def test_a_stream_of_middling_texts_is_cut_by_their_characters(self, wild: Extractor) -> None:
        taken = 0

        def endless() -> Iterator[str]:
            nonlocal taken
            while True:
                taken += 1
                yield "Oslo" + " " * 19_900

        results = wild.pipe(endless())
        for n in range(1, 60):
            next(results)
            assert taken - n <= 10

    def test_runs_the_encoder_once_a_window(self, wild: Extractor) -> None:
        rows: list[tuple[int, int]] = []
        hook = wild.model.encoder.register_forward_pre_hook(
            lambda module, args, kwargs: rows.append(tuple(kwargs["inputs_embeds"].shape[:2])), with_kwargs=True
        )
        texts = [*TEXTS, " ".join(TEXTS * 5), ""]
        try:
            list(wild.pipe(texts))
        finally:
            hook.remove()
        windows = [wild.reader.encode(Document("d", text)).windows for text in texts]
        assert max(map(len, windows)) > 2
        assert sum(n for n, _ in rows) == sum(map(len, windows))

    def test_keeps_its_batches_within_bounds(self, wild: Extractor) -> None:
        sizes: list[int] = []
        hook = wild.model.encoder.register_forward_pre_hook(
            lambda module, args, kwargs: sizes.append(kwargs["inputs_embeds"].shape[:2].numel()), with_kwargs=True
        )
        try:
            list(wild.pipe([" ".join(TEXTS * 30)], batch_size=600))
        finally:
            hook.remove()
        assert len(sizes) > 5
        assert max(sizes) <= 600

    @pytest.mark.parametrize("texts", ["a single text", b"bytes", None, 5, Document("d", "text")])
    def test_refuses_what_is_no_iterable_of_texts(self, texts: Any, able: Extractor) -> None:
        with pytest.raises(InputError, match="pipe takes an iterable of texts; for a single text call the extractor"):
            able.pipe(texts)

    @pytest.mark.parametrize("size", [0, -1])
    def test_refuses_an_empty_batch(self, size: int, able: Extractor) -> None:
        with pytest.raises(InputError, match=f"batch_size must be positive, not {size}"):
            able.pipe(TEXTS, batch_size=size)

    @pytest.mark.parametrize("size", ["4", 4.0, True, [4]])
    def test_refuses_a_batch_size_that_is_no_whole_number(self, size: Any, able: Extractor) -> None:
        with pytest.raises(InputError, match="batch_size must be a whole number of word pieces, not"):
            able.pipe(TEXTS, batch_size=size)

    @pytest.mark.parametrize("wrap", [list, iter])
    def test_gives_what_was_read_before_an_error_and_tells_which_text_is_none(
        self, wrap: Callable[..., Any], able: Extractor
    ) -> None:
        results = able.pipe(wrap([TEXTS[0], TEXTS[1], None, TEXTS[2]]))
        assert [next(results).text for _ in range(2)] == TEXTS[:2]
        with pytest.raises(InputError, match="text 3 is NoneType, not a string; decode bytes first"):
            next(results)

    def test_gives_what_was_read_before_an_error_of_the_source(self, able: Extractor) -> None:
        def torn() -> Iterator[str]:
            yield from TEXTS[:3]
            raise ConnectionError("gone")

        results = able.pipe(torn())
        assert [next(results).text for _ in range(3)] == TEXTS[:3]
        with pytest.raises(ConnectionError, match="gone"):
            next(results)

    def test_does_not_give_an_id_again_that_a_document_before_it_has(self, able: Extractor) -> None:
        mixed = [Document("text-2", "a"), "b", Document("text-4", "c"), "d", "e"]
        ids = [document.id for document in able.pipe(mixed)]
        assert ids == ["text-2", "text-2-2", "text-4", "text-4-2", "text-5"]

    def test_shows_progress_on_standard_error_only_if_asked(
        self, able: Extractor, capsys: pytest.CaptureFixture[str]
    ) -> None:
        list(able.pipe(TEXTS))
        assert capsys.readouterr() == ("", "")
        assert len(list(able.pipe(TEXTS, progress=True))) == 4
        out, err = capsys.readouterr()
        assert out == ""
        assert "reading" in err


class TestDamage:
    @pytest.mark.parametrize(
        "weight",
        ["spans.start_bias", "mentions.group.2", "coreference.out.4", "relations.relation", "relations.status"],
    )
    def test_weights_that_are_no_numbers_are_told(self, weight: str, encoder: Path) -> None:
        model = make_model(encoder)
        disturb(model, size=0.3)
        eager(model, logit=2.0)
        with torch.no_grad():
            model.head("main").get_submodule(weight).bias.fill_(float("nan"))  # type: ignore[operator]
        with pytest.raises(ModelError, match="scores are not finite; the weights are damaged"):
            extractor_of(model, encoder)(TEXTS[0])


PEAK = """
import resource, sys
from pathlib import Path
import relex
def peak():
    # The peak of this program alone; getrusage may still know that of the process it was forked from.
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
extractor = relex.load(sys.argv[1], precision="float32")
unit = sys.argv[2]
def read(n):
    text = (unit * (n // len(unit) + 1))[:n]
    found = extractor(text)
    assert found.text == text and len(found.mentions) > n // 1000, len(found.mentions)
    return peak()
base = read(2_000)
print(base, *(read(int(n)) - base for n in sys.argv[3:]))
"""


def measure_memory(model: Path, unit: str, *sizes: int) -> list[float]:
    """Return the peaks in MiB, above what a short text takes, for so many characters of repetitions of a unit."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", PEAK, str(model), unit, *map(str, sizes)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    base, *peaks = map(float, done.stdout.split())
    print(f"above {base:.0f} MiB: {peaks} MiB for {sizes} characters")
    return peaks


def test_memory_grows_with_the_length_of_a_text_and_not_with_its_square(learnt: Path) -> None:
    # A known sentence now and then, among words that say nothing.
    unit = TEXTS[3] + " " + "and the of to a in , " * 30
    quarter, whole = measure_memory(learnt, unit, 125_000, 500_000)
    # Four times the text takes four times as much; the square would be sixteen times.
    assert whole < 12 * max(quarter, 100)
    assert whole < 2048


def test_memory_of_a_text_of_little_but_names_is_bounded(learnt: Path) -> None:
    (peak,) = measure_memory(learnt, "Peru, Chile, ", 12_000)
    assert peak < 512
