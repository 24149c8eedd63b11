"""The `transformers` Trainer, fed by word pieces instead of rows, and scored on documents."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from torch import Tensor
from torch.utils.data import DataLoader, Sampler
from transformers import (
    PrinterCallback,
    ProgressCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from relex.batch import Batch, collate
from relex.config import Recipe
from relex.document import Document
from relex.errors import TrainingError
from relex.evaluation import evaluate
from relex.extractor import Extractor, Reader
from relex.loss import Targets
from relex.model import RelexModel
from relex.pairs import Reading
from relex.training.calibration import analyse_documents, best_threshold, list_candidates
from relex.training.examples import gather, load_example
from relex.training.objective import WEIGHTS, compute_losses


class PieceSampler(Sampler[list[int]]):
    """Batches of documents of one set of heads and of like length, filled up to a number of word pieces.

    Every epoch has the same number of batches and is a function of the seed and the epoch's number alone.

    Args:
        pieces: the length of each document.
        heads: the set of heads of each document.
        weights: how often an epoch sees each document; a fraction sees it in some epochs only.
    """

    def __init__(
        self, pieces: Sequence[int], heads: Sequence[str], weights: Sequence[float], *, batch_pieces: int, seed: int
    ) -> None:
        self.pieces, self.heads, self.weights = np.array(pieces), np.array(heads), np.array(weights)
        self.batch_pieces, self.seed, self.epoch = batch_pieces, seed, 0
        self.n_batches = len(self._fill(0))

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch that is drawn next."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.n_batches

    def __iter__(self) -> Iterator[list[int]]:
        batches = self._fill(self.epoch)
        # Chance may fill a batch more or less than in the first epoch; the schedule counts on one length.
        yield from (batches[i % len(batches)] for i in range(self.n_batches))

    def _fill(self, epoch: int) -> list[list[int]]:
        random = np.random.default_rng([self.seed, epoch])
        times = np.floor(self.weights).astype(int)
        times += random.random(len(times)) < self.weights - times
        if not times.any():
            # Few documents of small weight: an epoch has at least the weightiest.
            times[self.weights.argmax()] = 1
        drawn = np.repeat(np.arange(len(times)), times)
        batches: list[list[int]] = []
        for head in sorted(set(self.heads.tolist())):
            own = drawn[self.heads[drawn] == head]
            # Lengths are blurred so that neighbours differ from epoch to epoch.
            order = own[np.argsort(self.pieces[own] * random.uniform(0.8, 1.25, len(own)), kind="stable")]
            batch: list[int] = []
            longest = 0
            for i in order.tolist():
                longest = max(longest, int(self.pieces[i]))
                if batch and longest * (len(batch) + 1) > self.batch_pieces:
                    batches.append(batch)
                    batch, longest = [], int(self.pieces[i])
                batch.append(i)
            if batch:
                batches.append(batch)
        return [batches[i] for i in random.permutation(len(batches))]


class LogCallback(TrainerCallback):  # type: ignore[misc]
    """Writes what is logged to standard error, a line at a time."""

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Write a line."""
        self.write(str({name: value for name, value in (logs or {}).items() if name != "total_flos"}))

    def write(self, line: str) -> None:
        """Write a line to standard error."""
        print(line, file=sys.stderr)


class BarCallback(LogCallback, ProgressCallback):  # type: ignore[misc]
    """The same above a progress bar."""

    def write(self, line: str) -> None:
        """Write a line above the bar."""
        self.training_bar.write(line, file=sys.stderr)


class RelexTrainer(Trainer):  # type: ignore[misc]
    """Trains a `RelexModel` by a recipe and scores it on development documents after every epoch."""

    def __init__(
        self,
        model: RelexModel,
        arguments: TrainingArguments,
        *,
        recipe: Recipe,
        dataset: Dataset,
        reader: Reader,
        dev: Sequence[Document],
        extractor: Extractor,
        precision: torch.dtype,
    ) -> None:
        super().__init__(model, arguments, data_collator=self._collate, train_dataset=dataset, eval_dataset=dataset)
        self.recipe, self.reader, self.dev, self.extractor, self.precision = recipe, reader, dev, extractor, precision
        self.part_losses: dict[str, list[float]] = {}
        # Those of transformers write to standard output, where results belong.
        for theirs, own in ((PrinterCallback, LogCallback), (ProgressCallback, BarCallback)):
            if self.pop_callback(theirs) is not None:
                self.add_callback(own)
        # What is not trained is in no checkpoint, and nobody need be told that it is missing there.
        model._keys_to_ignore_on_save = sorted(model.state_dict().keys() - model.trained_state().keys())

    def get_train_dataloader(self) -> DataLoader[Any]:
        """Return the batches of an epoch."""
        sampler = PieceSampler(
            self.train_dataset["n_pieces"], self.train_dataset["head"], self.train_dataset["weight"],
            batch_pieces=self.recipe.batch_pieces, seed=self.recipe.seed,
        )  # fmt: skip
        loader: DataLoader[Any] = DataLoader(self.train_dataset, batch_sampler=sampler, collate_fn=self._collate)
        prepared: DataLoader[Any] = self.accelerator.prepare(loader)
        return prepared

    def compute_loss(
        self,
        model: RelexModel,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Tensor:
        """Return the weighed sum of the losses of a batch."""
        batch: Batch = inputs["batch"]
        reading: Reading = inputs["reading"]
        targets: Targets = inputs["targets"]
        # The pair scorers see the model's own mistakes once it has learnt to find mentions at all.
        mix = 0.25 if (self.state.epoch or 0.0) >= 0.15 * self.recipe.epochs else 0.0
        device = batch.pieces.device.type
        with torch.autocast(device, dtype=torch.bfloat16, enabled=self.precision is torch.bfloat16):
            losses = compute_losses(model, batch, reading, targets, head=inputs["head"], mix=mix)
        for name, loss in losses.items():
            self.part_losses.setdefault(name, []).append(loss.item())
        return torch.stack([WEIGHTS[name] * loss for name, loss in losses.items()]).sum()

    def training_step(
        self, model: RelexModel, inputs: dict[str, Any], num_items_in_batch: Tensor | int | None = None
    ) -> Tensor:
        """Do one step; raise `TrainingError` if the first one moves nothing."""
        loss: Tensor = super().training_step(model, inputs, num_items_in_batch)
        if self.state.global_step == 0 and not any(
            p.grad is not None and bool(p.grad.abs().sum() > 0) for p in model.parameters() if p.requires_grad
        ):
            raise TrainingError("no weight receives a gradient: nothing would be learnt; are the corpora annotated?")
        return loss

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """Return AdamW with the recipe's rates, low for the encoder and high for the heads."""
        self.optimizer: torch.optim.Optimizer | None
        if self.optimizer is None:
            groups = []
            for is_encoder, rate in ((True, self.recipe.encoder_rate), (False, self.recipe.head_rate)):
                own = [
                    (name, p) for name, p in self.model.named_parameters()
                    if p.requires_grad and (name.startswith("encoder.") == is_encoder)
                ]  # fmt: skip
                decayed = [p for _, p in own if p.ndim > 1]
                others = [p for _, p in own if p.ndim <= 1]
                groups.append({"params": decayed, "lr": rate, "weight_decay": self.recipe.weight_decay})
                groups.append({"params": others, "lr": rate, "weight_decay": 0.0})
            self.optimizer = torch.optim.AdamW([group for group in groups if group["params"]], fused=True)
        return self.optimizer

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """Score the development documents; relation F1 is the one at the best common threshold."""
        self.model.eval()
        metrics = {f"loss_{name}": float(np.mean(values)) for name, values in self.part_losses.items()}
        self.part_losses = {}
        metrics |= score_documents(self.dev, self.extractor)
        metrics = {f"eval_{name}": round(value, 4) for name, value in metrics.items()}
        self.log(metrics)
        self.control: TrainerControl = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        if self.recipe.stop_after and round(self.state.epoch or 0) >= self.recipe.stop_after:
            self.control.should_training_stop = True
        return metrics

    def _collate(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        examples = [load_example(row) for row in rows]
        reading, targets = gather(examples)
        batch = collate(reading.encoded, special=self.reader.special, pad=self.reader.pad)
        return {"batch": batch, "reading": reading, "targets": targets, "head": examples[0].head}


def score_documents(dev: Sequence[Document], extractor: Extractor) -> dict[str, float]:
    """Return mention F1, entity CEAF-e, the best relation F1 and their mean `score`, relations counting double."""
    analyses = analyse_documents(dev, extractor)
    predicted = [extractor.build(document, analysis) for document, analysis in zip(dev, analyses, strict=True)]
    report = evaluate(dev, predicted, schema=extractor.schema)
    candidates = list_candidates(dev, extractor, analyses)
    threshold, relation = best_threshold(
        1 / (1 + np.exp(-candidates.logits)), candidates.right, int(candidates.n_gold.sum())
    )
    mention, entity = report.micro("mention").f1, report.micro("entity").f1
    parts = {"mention": mention, "entity": entity, "relation": relation}
    return {**parts, "threshold": threshold, "score": (mention + entity + 2 * relation) / 4}


def training_arguments(recipe: Recipe, output: Path, *, progress: bool) -> TrainingArguments:
    """Return the Trainer's arguments for a recipe: a checkpoint an epoch; the best one is kept, or the last."""
    return TrainingArguments(
        output_dir=str(output),
        num_train_epochs=recipe.epochs,
        lr_scheduler_type="linear",
        warmup_steps=recipe.warmup,
        max_grad_norm=recipe.max_grad_norm,
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=1,
        load_best_model_at_end=recipe.keep == "best",
        metric_for_best_model="eval_score",
        greater_is_better=True,
        logging_strategy="steps",
        logging_steps=10,
        seed=recipe.seed,
        data_seed=recipe.seed,
        report_to=[],
        remove_unused_columns=False,
        label_names=[],
        disable_tqdm=not progress,
        use_cpu=not torch.cuda.is_available(),
        dataloader_pin_memory=False,
    )
