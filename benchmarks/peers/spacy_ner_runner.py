"""spaCy's own named entity recogniser on a blank English pipeline, without transformer; mentions only."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import spacy
from runner import Answers, Predict, Runner, Settings, Text, main
from spacy.tokens import DocBin
from spacy.training import Example
from spacy.util import compounding, fix_random_seed, minibatch


def train(data: Path, out: Path, settings: Settings) -> None:
    """Train on a `.spacy` file with the optimiser, dropout and batch sizes of spaCy's own examples."""
    fix_random_seed(settings.seed)
    nlp = spacy.blank("en")
    nlp.add_pipe("ner")
    docs = list(DocBin().from_disk(data).get_docs(nlp.vocab))
    examples = [Example(nlp.make_doc(doc.text), doc) for doc in docs]
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = settings.rate
    sizes = compounding(4.0, 32.0, 1.001)
    for epoch in range(settings.epochs):
        random.shuffle(examples)
        losses: dict[str, float] = {}
        for batch in minibatch(examples, size=sizes):
            nlp.update(batch, drop=0.1, losses=losses, sgd=optimizer)
        print(f"epoch {epoch + 1} of {settings.epochs}: loss {losses['ner']:.1f}", flush=True)
    with nlp.use_params(optimizer.averages):
        nlp.to_disk(out)


def load(model: Path) -> Predict:
    """Return a function that gives a `Doc` of each text."""
    nlp = spacy.load(model)

    def predict(texts: Sequence[Text]) -> Answers:
        return list(nlp.pipe([text.text for text in texts]))

    return predict


def write(texts: Sequence[Text], answers: Answers, path: Path) -> None:
    """Write the `Doc`s to one `.spacy` file, each with the id of its text."""
    docs = DocBin(store_user_data=True)
    for text, doc in zip(texts, answers, strict=True):
        doc.user_data["relex"] = {"id": text.id}
        docs.add(doc)
    docs.to_disk(path)


if __name__ == "__main__":
    main(Runner(train, load, write))
