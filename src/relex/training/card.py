"""Writes the model card from what was recorded in training."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from relex.config import ModelConfig, Recipe
from relex.report import Report


def write_card(
    model: ModelConfig, recipe: Recipe, report: Report, metrics: Mapping[str, Any], *, directory: str | Path
) -> str:
    """Return the text of a model's `README.md`.

    Args:
        model: the settings of the model, which name its encoder by hash.
        report: the scores on the development documents, with the schema.
        metrics: what `metrics.json` holds.
        directory: where the model is written, as the user gave it; of an absolute path the card tells the last part.
    """
    schema = report.schema
    place = Path(directory).name if Path(directory).is_absolute() else str(directory)
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
    kept, chosen = f" at most, best epoch {metrics['best_epoch']}", "Epoch, thresholds"
    if recipe.keep == "last":
        kept, chosen = ", the last kept", "Thresholds"
    how = f"{recipe.epochs} epochs{kept}, seed {recipe.seed}"
    if recipe.average:
        how = "not; the mean of the weights of the models below"
    shares = ", ".join(f"{name} {100 * share:.0f} %" for name, share in recipe.changes.items())
    changed = f"\n| changed | documents, in a share of the epochs: {shares} |" if shares and not recipe.average else ""
    return f"""# {recipe.name}

A relex model: it reads a text and gives back mentions, entities and relations with status, score and evidence.
Schema `{schema.name}`: {len(schema.mention_types)} mention types, {len(schema.relation_types)} relation types.

```python
import relex

document = relex.load({json.dumps(place, ensure_ascii=False)})("Text of an article.")
```

| | |
|---|---|
| encoder | `{model.encoder}`, SHA-256 `{model.encoder_sha256[:16]}…`, not inside |
| adaptation | {adapted}; merged into the encoder when the model is loaded |
| trained | {how}, relex {metrics["relex"]} |
| started from | {" and ".join(recipe.average) or recipe.init or "the encoder"} |{changed}

## Data

| stage | corpus | heads | documents | weight | SHA-256 |
|---|---|---|---|---|---|
{rows}

The recipe is in `recipe.toml`; the texts are not inside.

## Development figures

On {metrics["n_dev"]} documents. {chosen} and calibration were chosen on these documents, so the figures are
what was reached there and not a forecast. With thresholds and calibration chosen on other documents of the set
(five folds), relation F1 is {threshold:.3f}.

{report.to_markdown()}
"""
