"""A candidate: the text of a model with other coefficients of risk, its comments kept where they are."""

import re
from collections.abc import Mapping
from dataclasses import asdict

from shared.alignment.model import Model, parse_model
from shared.alignment.risk import Coefficients
from shared.errors import Refused

_SECTION = re.compile(r"\s*\[+\s*([\w.]+)\s*\]+")
_PAIR = re.compile(r"(\s*(\w+)\s*=\s*)([^#]*?)(\s*(?:#.*)?)$")


def candidate(text: str, name: str, horizon_days: float, coefficients: Coefficients, origin: str) -> str:
    """Return a model's TOML with a new name, horizon and [risk]; `origin` says where they are from.

    Raise Refused if the text is laid out in a way that cannot be edited line by line.
    """
    rounded = {key: round(value, 4) for key, value in asdict(coefficients).items()}
    changes = {"": {"name": f'"{name}"'}, "horizon": {"days": f"{horizon_days:.12g}"}, "risk": rounded}
    edited = _described(_edited(text, changes), origin)
    if parse_model(edited) != changed(parse_model(text), name, horizon_days, rounded):
        raise Refused("the model's name, [horizon] and [risk] must be plain `key = value` lines, as in model.toml")
    return edited


def changed(model: Model, name: str, horizon_days: float, risk: Mapping[str, float]) -> Model:
    """Return the model with these parts replaced."""
    parts = {"name": name, "horizon": {"days": horizon_days}, "risk": dict(risk)}
    return Model.model_validate(model.model_dump() | parts)


def _edited(text: str, changes: Mapping[str, Mapping[str, object]]) -> str:
    section, lines = "", list[str]()
    for line in text.splitlines():
        if opened := _SECTION.match(line):
            section = opened[1]
        pair = _PAIR.match(line)
        value = changes.get(section, {}).get(pair[2]) if pair else None
        lines.append(line if value is None or pair is None else f"{pair[1]}{value}{pair[4]}")
    return "\n".join(lines) + "\n"


def _described(text: str, origin: str) -> str:
    """Put the origin where the comment above [risk] tells another."""
    comment = "".join(f"# {line}\n" for line in origin.splitlines())
    return re.sub(r"(?m)^(?:#.*\n)*(?=\[risk\])", lambda _: comment, text, count=1)
