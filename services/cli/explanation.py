"""Why a relationship reads as it does, when it will drift, and what a touch would change."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np

from services.cli.reading import Row, rows
from shared.alignment.counterfactual import Touch, with_touch
from shared.alignment.forecast import falls_under
from shared.alignment.model import Model
from shared.alignment.reading import States, points
from shared.errors import Refused
from shared.plumbing import clock
from shared.plumbing.models import live_model
from shared.plumbing.postgres import session
from shared.plumbing.relationships import lines_of
from shared.plumbing.settings import Settings


async def who(chosen: Settings, name: str, initiative: str | None) -> Row:
    """Return the one relationship that is meant; raise Refused when it is none or several."""
    found = await rows(chosen, "who", [name, initiative])
    if not found:
        raise Refused(f"nobody on a roster is called {name!r}: `attune alignment` lists everyone")
    if len(found) > 1:
        choices = ", ".join(f"{row['stakeholder']} in {row['initiative']}" for row in found)
        raise Refused(f"{name!r} may be {choices}: name the stakeholder, or add --initiative")
    return found[0]


async def explain(chosen: Settings, relationship: Row, at: datetime | None, touch: Touch | None) -> dict[str, Any]:
    """Return the reading at the moment, its contributions, the forecast, and the counterfactual if one is asked.

    Without a moment it is now, and the forecast has each reason that holds or will.
    """
    moment = at or clock.now()
    where = [relationship["initiative"], relationship["stakeholder"], moment]
    reasons = {} if at else {"reasons": await rows(chosen, "forecasts", where[:2])}
    [standing] = await rows(chosen, "standing", where)
    [state] = await rows(chosen, "state", [relationship["relationship_id"], moment])
    async with session(chosen.database_url.get_secret_value(), "cli") as connection:
        live = await live_model(connection)
    if live is None:
        raise Refused("no model is in force yet: start `attune run` once")
    return {
        "alignment": standing,
        "contributions": await rows(chosen, "explain", where),
        "forecast": forecast(state, live[1], lines_of(relationship, live[1]).fading, moment, touch) | reasons,
    }


def forecast(
    state: Mapping[str, Any], model: Model, line: float, moment: datetime, touch: Touch | None
) -> dict[str, Any]:
    """Return when silence alone brings the score under the line, without and with the touch at the moment."""
    before = States(*(np.array([state[name]], dtype=np.float64) for name in States._fields))
    told = {"line": line, "fading_at": _fading_at(before, line, model, moment)}
    if touch is None:
        return told
    after = with_touch(before, touch, moment.timestamp(), model)
    return told | {
        "with_touch_score": float(points(after, moment.timestamp(), model)[0]),
        "with_touch_fading_at": _fading_at(after, line, model, moment),
    }


def _fading_at(states: States, line: float, model: Model, moment: datetime) -> datetime | None:
    [second] = falls_under(states, line, np.array([moment.timestamp()]), model)
    return None if np.isnan(second) else datetime.fromtimestamp(float(second), UTC)
