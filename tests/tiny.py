"""A small world for the tests: four annotated documents, and an encoder that knows their words by heart.

Nothing here needs torch; see `models.py` for what does.
"""

from __future__ import annotations

import json
import string
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing

from relex.document import Document, Mention, Relation
from relex.schema import MentionType, RelationType, Schema
from relex.words import split_words

WIDTH = 32
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def annotate(name: str, text: str, mentions: str, facts: str = "") -> Document:
    """Build a document from lists: `surface | TYPE id` in the order of their starts, and `head type tail status`."""
    found = []
    place = 0
    for line in filter(None, map(str.strip, mentions.splitlines())):
        surface, _, label = line.partition(" | ")
        mention_type, ids = label.split()
        place = text.index(surface, place)
        if found and (found[-1].start, found[-1].end) == (place, place + len(surface)):
            place = text.index(surface, place + 1)
        found.append(Mention(place, place + len(surface), mention_type, tuple(ids.split("+"))))
    relations = [Relation(*line.split()) for line in filter(None, map(str.strip, facts.splitlines()))]
    return Document(name, text, tuple(found), tuple(relations))


# Between them the documents hold nested and group mentions, all statuses, a symmetric relation, aliases and
# a fact over several sentences.
DOCUMENTS = (
    annotate(
        "prague",
        "Georgian President Nino Beridze visited Prague in May 2024. Beridze met Czech leader Jan Novak there. "
        "The two countries signed a trade charter. The charter covers energy.",
        """
        Georgian | GPE ge
        President | ROLE pres
        Nino Beridze | PERSON nino
        Prague | GPE prague
        May 2024 | DATE may-2024
        Beridze | PERSON nino
        Czech | GPE cz
        Jan Novak | PERSON jan
        two countries | GPE ge+cz
        trade charter | AGREEMENT charter
        charter | AGREEMENT charter
        energy | SECTOR energy
        """,
        """
        nino holds-position pres
        nino represents ge
        nino visited prague
        nino met-with jan
        jan represents cz
        ge signed charter
        cz signed charter
        charter covers energy
        """,
    ),
    annotate(
        "oslo",
        "Norway's Prime Minister Kari Lund will visit Kenya in June. "
        "She did not criticise the Nordic Bank (NB). NB, based in Oslo, is a company of Norway.",
        """
        Norway | GPE no
        Prime Minister | ROLE pm
        Kari Lund | PERSON kari
        Kenya | GPE ke
        June | DATE june
        Nordic Bank | ORG nb
        NB | ORG nb
        NB | ORG nb
        Oslo | GPE oslo
        Norway | GPE no
        """,
        """
        kari holds-position pm
        kari represents no
        kari visited ke planned
        kari opposes nb negated
        nb located-in oslo
        nb part-of no
        """,
    ),
    annotate(
        "embassy",
        "The Czech Embassy in Georgia opened on 7 March. Ambassador Petr Dvorak said both states support the "
        "Blue Corridor. Georgia will invest in the Blue Corridor.",
        """
        Czech Embassy in Georgia | ORG embassy
        Czech | GPE cz
        Georgia | GPE ge
        7 March | DATE march
        Ambassador | ROLE ambassador
        Petr Dvorak | PERSON petr
        both states | GPE ge+cz
        Blue Corridor | PROJECT corridor
        Georgia | GPE ge
        Blue Corridor | PROJECT corridor
        """,
        """
        embassy represents cz
        embassy located-in ge
        petr holds-position ambassador
        petr represents embassy
        ge supports corridor
        cz supports corridor
        ge invests-in corridor planned
        """,
    ),
    annotate(
        "summit",
        "Peru and Chile met at the Lima Summit in 2023. Peru sells copper to Chile. "
        "Chile has not signed the Lima Accord of 2023, which Peru supports.",
        """
        Peru | GPE pe
        Chile | GPE cl
        Lima Summit | EVENT summit
        Lima | GPE lima
        2023 | DATE y2023
        Peru | GPE pe
        Chile | GPE cl
        Chile | GPE cl
        Lima Accord of 2023 | AGREEMENT accord
        Lima | GPE lima
        Peru | GPE pe
        """,
        """
        pe met-with cl
        pe participated-in summit
        cl participated-in summit
        summit dated y2023
        pe provides-to cl
        cl signed accord negated
        pe supports accord
        """,
    ),
)

# Another way to tag, for a second set of heads.
PLAIN_SCHEMA = Schema(
    "plain",
    (MentionType("PER"), MentionType("PLACE")),
    (RelationType("lives-in", frozenset({"PER"}), frozenset({"PLACE"})),),
)
PLAIN_DOCUMENTS = (
    annotate("a", "Kari Lund lives in Oslo.", "Kari Lund | PER kari\nOslo | PLACE oslo", "kari lives-in oslo"),
    annotate(
        "b", "Petr Dvorak of Prague met Nino.", "Petr Dvorak | PER p\nPrague | PLACE c\nNino | PER n", "p lives-in c"
    ),
    annotate("c", "Lima is where Jan Novak lives.", "Lima | PLACE lima\nJan Novak | PER jan", "jan lives-in lima"),
)

WITHOUT_RELATIONS = Schema("mentions-only", (MentionType("NAME"),))


def write_encoder(directory: Path, *, seed: int = 0) -> Path:
    """Write a BERT of two layers with random weights and its tokenizer; return the directory."""
    directory.mkdir(parents=True, exist_ok=True)
    tokenizer = make_tokenizer()
    tokenizer.save(str(directory / "tokenizer.json"))
    config = {
        "model_type": "bert",
        "architectures": ["BertModel"],
        "vocab_size": tokenizer.get_vocab_size(),
        "hidden_size": WIDTH,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 2 * WIDTH,
        "max_position_embeddings": 512,
        "type_vocab_size": 2,
        "pad_token_id": 0,
    }
    (directory / "config.json").write_text(json.dumps(config))
    save_file(_random_weights(config, np.random.default_rng(seed)), directory / "model.safetensors", {"format": "pt"})
    return directory


def make_tokenizer() -> Tokenizer:
    """Return an uncased WordPiece tokenizer of the documents' words, single letters, digits and marks."""
    words = {d.text[s:e].lower() for d in (*DOCUMENTS, *PLAIN_DOCUMENTS) for s, e in split_words(d.text)}
    marks = [c for c in string.punctuation + "–—“”’…" if c not in words]
    letters = [prefix + c for c in string.ascii_lowercase + string.digits for prefix in ("", "##")]
    vocabulary = list(dict.fromkeys([*SPECIAL, *letters, *marks, *sorted(words)]))
    ids = {piece: i for i, piece in enumerate(vocabulary)}
    tokenizer = Tokenizer(WordPiece(ids, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    frame = [(piece, ids[piece]) for piece in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=frame)
    return tokenizer


def _random_weights(config: dict[str, object], random: np.random.Generator) -> dict[str, np.ndarray]:
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings": (int(str(config["vocab_size"])), WIDTH),
        "embeddings.position_embeddings": (512, WIDTH),
        "embeddings.token_type_embeddings": (2, WIDTH),
        "pooler.dense": (WIDTH, WIDTH),
    }
    norms = ["embeddings.LayerNorm"]
    for layer in (f"encoder.layer.{i}" for i in range(2)):
        shapes |= {f"{layer}.attention.self.{name}": (WIDTH, WIDTH) for name in ("query", "key", "value")}
        shapes |= {
            f"{layer}.attention.output.dense": (WIDTH, WIDTH),
            f"{layer}.intermediate.dense": (2 * WIDTH, WIDTH),
            f"{layer}.output.dense": (WIDTH, 2 * WIDTH),
        }
        norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
    weights = {f"{name}.weight": random.normal(0, 0.15, shape) for name, shape in shapes.items()}
    weights["embeddings.position_embeddings.weight"] *= 0.2
    weights |= {f"{name}.bias": np.zeros(shape[0]) for name, shape in shapes.items() if "_embeddings" not in name}
    weights |= {f"{name}.weight": np.ones(WIDTH) for name in norms}
    weights |= {f"{name}.bias": np.zeros(WIDTH) for name in norms}
    return {name: weight.astype(np.float32) for name, weight in weights.items()}
