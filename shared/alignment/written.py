"""Writes a model as the TOML it can be read from."""

import json
import re
from collections.abc import Iterator
from typing import Any

from shared.alignment.model import Model

BARE = re.compile(r"[A-Za-z0-9_-]+")


def written(model: Model) -> str:
    """Return a text from which `parse_model` makes the same model."""
    document = model.model_dump(mode="json", exclude={"weights"})
    weights = [row.model_dump(mode="json", exclude_defaults=True) for row in model.weights]
    return "\n".join([*_table("", document), *(line for row in weights for line in ("[[weights]]", *_plain(row), ""))])


def _table(name: str, table: dict[str, Any]) -> Iterator[str]:
    """Yield a table's own values and then the tables within, as TOML wants them."""
    within = {key: value for key, value in table.items() if isinstance(value, dict)}
    own = {key: value for key, value in table.items() if key not in within}
    if name and (own or not within):
        yield f"[{name}]"
    yield from _plain(own)
    if own:
        yield ""
    for key, value in within.items():
        yield from _table(f"{name}.{_key(key)}" if name else _key(key), value)


def _plain(values: dict[str, Any]) -> Iterator[str]:
    for key, value in values.items():
        yield f"{_key(key)} = {_text(value) if isinstance(value, str) else json.dumps(value)}"


def _key(key: str) -> str:
    return key if BARE.fullmatch(key) else _text(key)


def _text(value: str) -> str:
    # A string of TOML is one of JSON, but for the one character that JSON leaves as it is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
