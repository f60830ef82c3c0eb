"""How relationships stand, put together from their states and their histories, for pages and API alike."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import isnan
from typing import Any, NamedTuple

import numpy as np

from services.console import curve, helping, store
from services.console.helping import Help, Rules
from services.console.listing import Wanted
from services.console.picture import spark
from services.console.store import Models, Row
from shared.alignment.model import CHANNELS, Model
from shared.alignment.reading import States, read

SPARK_DAYS, SPARK_AHEAD, SPARK_STEP = 90, 30, 5
TREND_DAYS = 30
EVER = timedelta(days=36_500)


class Listing(NamedTuple):
    """One page of relationships, and where the next begins."""

    rows: list[Row]
    next: str | None


async def listing(connection: Any, models: Models, wanted: Wanted, now: datetime) -> Listing:
    """Return one page with everything that is shown of each."""
    version, model = await models.live(connection)
    page = await store.page(connection, wanted)
    async with store.planned_once(connection):
        standing = await store.standing(connection, page.ids, now)
        doses = await store.doses(connection, page.ids, version, now - store.LOOKS_BACK, now)
    # A relationship that went away since the last refresh has no standing any more.
    ids = [id_ for id_ in page.ids if id_ in standing]
    known = [curve.ordered(doses.get(id_)) for id_ in ids]
    return Listing(with_pasts([standing[id_] for id_ in ids], known, model, now), page.next)


def with_pasts(rows: Sequence[Row], known: Sequence[curve.Doses], model: Model, now: datetime) -> list[Row]:
    """Return the rows with their small pictures, rhythms and trends."""
    days = range(-SPARK_DAYS, SPARK_AHEAD + 1, SPARK_STEP)
    moments = np.array([now.timestamp() + 86_400.0 * day for day in days], dtype=np.float64)
    scores = read(curve.states_of(known, moments, model), moments, model).score
    drawn = [[None if isnan(score) else score for score in line] for line in scores.tolist()]
    return [_with_past(row, doses, line, model, now) for row, doses, line in zip(rows, known, drawn, strict=True)]


def _with_past(row: Row, known: curve.Doses, scores: list[float | None], model: Model, now: datetime) -> Row:
    past = SPARK_DAYS // SPARK_STEP + 1
    before = scores[past - 1 - TREND_DAYS // SPARK_STEP]
    is_known = row["score"] is not None and before is not None
    return row | {
        "reasons": list(dict.fromkeys(row["reasons"])),
        "spark": spark(scores, past, model.lines_for(row["role"], row["overrides"]).fading),
        "rhythm_days": curve.rhythm_days(known, now.timestamp()),
        "trend": row["score"] - before if is_known else None,
    }


async def one(connection: Any, id_: int, scope: Sequence[str] | None, now: datetime) -> Row | None:
    """Return how one relationship stands, if it is there and within the scope."""
    async with store.planned_once(connection):
        row = (await store.standing(connection, [id_], now)).get(id_)
    if row is None or (scope is not None and row["initiative"] not in scope):
        return None
    return row | {"reasons": list(dict.fromkeys(row["reasons"]))}


async def stories(connection: Any, ids: list[Any]) -> dict[Any, list[Row]]:
    """Return what became of each alert, in order, by its id."""
    told: dict[Any, list[Row]] = {id_: [] for id_ in ids}
    for row in await store.rows(connection, "alert_history", ids):
        told[row["alert_id"]].append(row)
    return told


class Past(NamedTuple):
    """Everything that happened between us and one person within one initiative."""

    version: int
    model: Model
    history: list[Row]
    """What each touchpoint brought, those that were taken back included."""
    touches: list[Row]
    """What each was, the latest first, planned ones included."""
    rules: Rules

    @property
    def line(self) -> float:
        """Return the score under which it fades."""
        return self.rules.line

    def fact(self, event_key: Any, ordinal: int) -> Row | None:
        """Return what a touchpoint was."""
        return next((row for row in self.touches if (row["event_key"], row["ordinal"]) == (event_key, ordinal)), None)


async def past(connection: Any, models: Models, id_: int, until: datetime) -> Past:
    """Return a relationship's whole history."""
    version, model = await models.live(connection)
    async with store.planned_once(connection):
        history = (await store.histories(connection, [id_], version, until - EVER, until))[id_]
        judged = await store.one(connection, "judged", [id_])
        touches = await store.rows(connection, "touches", id_)
    return Past(version, model, history, touches, _rules(judged, model) if judged else Rules(model.lines.fading, None))


async def helps(connection: Any, models: Models, reasons: Mapping[int, str], now: datetime) -> dict[int, Help | None]:
    """Return by relationship what would mend the reason that it is told of."""
    if not reasons:
        return {}
    _, model = await models.live(connection)
    async with store.planned_once(connection):
        rows = await store.rows(connection, "judged", list(reasons))
    ids = [row["relationship_id"] for row in rows]
    states = States(*(np.array([row[name] for row in rows], dtype=np.float64) for name in States._fields))
    rules = [_rules(row, model) for row in rows]
    return dict(zip(ids, helping.enough(states, rules, [reasons[id_] for id_ in ids], model, now), strict=True))


def _rules(row: Row, model: Model) -> Rules:
    return Rules(model.lines_for(row["role"], row["overrides"]).fading, row["cadence_days"])


def reading_at(known: curve.Doses, moment: datetime, model: Model) -> Row:
    """Return the reading as of a moment, from its history."""
    found = curve.readings(known, np.array([moment.timestamp()]), model)
    score = float(found.score[0])
    shares = {channel: float(getattr(found, channel)[0]) for channel in CHANNELS}
    return {"score": None if np.isnan(score) else score, "band": str(found.band[0]), **shares}
