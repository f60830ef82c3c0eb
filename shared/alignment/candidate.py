"""A candidate: the text of a model with other coefficients of risk, its comments kept where they are."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict

from shared.alignment.model import Model, parse_model
from shared.alignment.risk import Coefficients, Paces
from shared.errors import Refused

_SECTION = re.compile(r"\s*\[+\s*([\w.]+)\s*\]+")
_PAIR = re.compile(r"(\s*(\w+)\s*=\s*)([^#]*?)(\s*(?:#.*)?)$")


def candidate(text: str, name: str, horizon_days: float, coefficients: Coefficients, origin: str, paces: Paces) -> str:
    """Return a model's TOML with a new name, horizon, half-lives of pace and [risk]; `origin` says where they are from.

    Raise Refused if the text is laid out in a way that cannot be edited line by line.
    """
    rounded = {key: round(value, 4) for key, value in asdict(coefficients).items()}
    horizon = dict(zip(("days", "pace_fast", "pace", "pace_slow"), (horizon_days, *paces), strict=True))
    written = {key: f"{value:.12g}" for key, value in horizon.items()}
    changes = {"": {"name": f'"{name}"'}, "horizon": written, "risk": rounded}
    edited = _described(_edited(text, changes), origin)
    if parse_model(edited) != changed(parse_model(text), name, horizon, rounded):
        raise Refused("the model's name, [horizon] and [risk] must be plain `key = value` lines, as in model.toml")
    return edited


def changed(model: Model, name: str, horizon: Mapping[str, float], risk: Mapping[str, float]) -> Model:
    """Return the model with these parts replaced."""
    parts = {"name": name, "horizon": dict(horizon), "risk": dict(risk)}
    return Model.model_validate(model.model_dump() | parts)


def _edited(text: str, changes: Mapping[str, Mapping[str, object]]) -> str:
    section, lines = "", list[str]()
    for line in _completed(text, changes).splitlines():
        if opened := _SECTION.match(line):
            section = opened[1]
        pair = _PAIR.match(line)
        value = changes.get(section, {}).get(pair[2]) if pair else None
        lines.append(line if value is None or pair is None else f"{pair[1]}{value}{pair[4]}")
    return "\n".join(lines) + "\n"


def _completed(text: str, changes: Mapping[str, Mapping[str, object]]) -> str:
    """Give each section the keys that it leaves to their defaults."""
    known: Mapping[str, object] = tomllib.loads(text)
    for section, values in changes.items():
        there = known.get(section)
        missing = [
            f"{key} = {value}\n" for key, value in values.items() if isinstance(there, dict) and key not in there
        ]
        text = re.sub(rf"(?m)^(\s*\[{section}\].*\n)", r"\1" + "".join(missing), text)
    return text


def _described(text: str, origin: str) -> str:
    """Put the origin where the comment above [risk] tells another."""
    comment = "".join(f"# {line}\n" for line in origin.splitlines())
    return re.sub(r"(?m)^(?:#.*\n)*(?=\[risk\])", lambda _: comment, text, count=1)
