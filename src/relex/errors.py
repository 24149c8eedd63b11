"""The errors that relex raises on purpose; every message says what, where and what to do.

```
RelexError
├── DocumentError       a document that breaks a rule of the format
├── SchemaError         a schema that is wrong, or does not fit documents or weights
├── ConfigError         a setting or recipe that is wrong
├── FormatError         a file that cannot be read or written as asked
├── InputError          a text or argument that cannot be used
├── ModelError          a model that cannot be found, loaded or run
│   └── WeightsError    encoder weights that are missing or altered
└── TrainingError       training that cannot start or learns nothing
```
"""

from __future__ import annotations


class RelexError(Exception):
    """Root of every error that relex raises on purpose."""


class DocumentError(RelexError, ValueError):
    """A document, mention or relation that breaks a rule of the format."""


class SchemaError(RelexError, ValueError):
    """A schema that is wrong in itself, or that does not fit documents or weights."""


class ConfigError(RelexError, ValueError):
    """A setting or a recipe with an unknown key or a value out of range."""


class FormatError(RelexError, ValueError):
    """A file that cannot be read or written in the format asked for."""


class InputError(RelexError, ValueError):
    """A text or an argument that cannot be used."""


class ModelError(RelexError):
    """A model that cannot be found, loaded or run."""


class WeightsError(ModelError):
    """Encoder weights that are missing, truncated or altered."""


class TrainingError(RelexError):
    """Training that cannot start, or that learns nothing."""


def known(names: object) -> str:
    """Return the names sorted and joined by commas, for the tail of an error message."""
    return ", ".join(sorted(str(name) for name in names)) or "none"  # type: ignore[attr-defined]
