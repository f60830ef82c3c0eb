"""Relationships as Postgres gives them, a row each, and what of them arithmetic takes. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from shared.alignment.model import Model
from shared.alignment.reading import DAY_SECONDS, Floats, faded
from shared.alignment.risk import NEVER, Surroundings, TouchDays
from shared.planning.ask import Ask
from shared.planning.silence import Silence

Row = Mapping[str, Any]


def is_meant(row: Row, ask: Ask) -> bool:
    """Say whether the relationship is one that the hours are for."""
    is_theirs = ask.owner is None or owner_of(row).lower() == ask.owner.lower()
    return is_theirs and ask.initiative in {None, row["initiative"]}


def owner_of(row: Row) -> str:
    """Return the owner; nobody is one as well, when a whole initiative is planned."""
    return row["owner"] or ""


def cells_of(row: Row) -> tuple[tuple[str, str, str] | None, tuple[str, str, str] | None]:
    """Return the relationship's function and level, None where the roster names none."""
    function = (row["initiative"], "function", row["function"]) if row["function"] else None
    return function, (row["initiative"], "level", row["level"]) if row["level"] else None


def silence_of(rows: Sequence[Row], model: Model) -> Silence:
    """Return the touch days as risk takes them: sums as of the midnight of the last one."""
    first, last, as_of = (column(rows, name) for name in ("first_touch_at", "last_touch_at", "as_of"))
    touched, midnight = ~np.isnan(last), np.floor(last / DAY_SECONDS) * DAY_SECONDS

    def numbers(moments: Floats) -> Any:
        return np.where(touched, np.nan_to_num(moments // DAY_SECONDS), NEVER).astype(np.int64)

    def pace(name: str, horizons: float) -> Floats:
        elapsed = np.where(touched, midnight - as_of, 0.0)
        return np.maximum(1.0, faded(column(rows, name), elapsed, horizons * model.horizon.days))

    fast, middle, slow = model.horizon.paces
    gaps = column(rows, "longest_gap").astype(np.int64)
    days = TouchDays(
        numbers(first), numbers(last), gaps, pace("pace_fast", fast), pace("pace", middle), pace("pace_slow", slow)
    )
    if model.risk.initiative_pace == 0 and model.risk.initiative_trend == 0:
        return Silence(days)
    initiatives = np.unique([row["initiative"] for row in rows], return_inverse=True)[1].astype(np.int64)
    return Silence(days, Surroundings.of(days, initiatives, model.horizon.days, model.horizon.paces))


def column(rows: Sequence[Row], name: str) -> Floats:
    """Return one column, nan where it is null."""
    return np.array([row[name] for row in rows], dtype=np.float64)
