"""Writes the model card from what was recorded in training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relex.config import Recipe
from relex.report import Report
from relex.schema import Schema


def write_card(recipe: Recipe, schema: Schema, report: Report, metrics: Mapping[str, Any]) -> str:
    """Return the text of a model's `README.md`.

    Args:
        report: the scores on the development documents.
        metrics: what `metrics.json` holds.
    """
    model = recipe.model
    adapted = (
        f"LoRA of rank {model.lora_rank} on all linear layers" if model.adaptation == "lora" else "full fine-tuning"
    )
    stages = [*metrics.get("stages", ())]
    if not recipe.average:
        stages.append({"name": recipe.name, "data": metrics["data"]})
    rows = "\n".join(
        f"| {stage['name']} | {data['path']} | {data['head']} | {data['n_documents']} | {data['weight']} | "
        f"`{data['sha256'][:12]}` |"
        for stage in stages
        for data in stage["data"]
    )
    threshold = metrics["cross_fitted_relation_f1"]
    how = f"{recipe.epochs} epochs at most, best epoch {metrics['best_epoch']}, seed {recipe.seed}"
    if recipe.average:
        how = "not; the mean of the weights of the models below"
    return f"""# {recipe.name}

A relex model: it reads a text and gives back mentions, entities and relations with status, score and evidence.
Schema `{schema.name}`: {len(schema.mention_types)} mention types, {len(schema.relation_types)} relation types.

```python
import relex

document = relex.load("{recipe.name}")("Text of an article.")
```

| | |
|---|---|
| encoder | `{model.encoder}`, SHA-256 `{model.encoder_sha256[:16] or "not fixed"}…`, not inside |
| adaptation | {adapted}; merged into the encoder when the model is loaded |
| trained | {how}, relex {metrics["relex"]} |
| started from | {" and ".join(recipe.average) or recipe.init or "the encoder"} |

## Data

| stage | corpus | heads | documents | weight | SHA-256 |
|---|---|---|---|---|---|
{rows}

The recipe is in `recipe.toml`; the texts are not inside.

## Development figures

On {metrics["n_dev"]} documents. Epoch, thresholds and calibration were chosen on these documents, so the figures are
what was reached there and not a forecast. With thresholds and calibration chosen on other documents of the set
(five folds), relation F1 is {threshold:.3f}.

{report.to_markdown()}
"""
