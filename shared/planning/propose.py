"""Puts a plan together: from relationships and free hours to touches with their reasons. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import numpy as np

from shared.alignment.model import Model
from shared.alignment.reading import read
from shared.hours import Hours
from shared.planning.ask import Ask
from shared.planning.beside import left_out, one_hour_more
from shared.planning.calendar import Busy
from shared.planning.choose import choose
from shared.planning.left_out import spent
from shared.planning.lines import lines
from shared.planning.matter import Matter
from shared.planning.offers import offers
from shared.planning.plan import Line, Plan
from shared.planning.rows import Row
from shared.planning.touches import packages


def propose(
    rows: Sequence[Row],
    ask: Ask,
    now: datetime,
    model: Model,
    hours_of: Callable[[str], Hours],
    busy: Mapping[str, Sequence[Busy]],
) -> Plan:
    """Return the touches that are worth most within the hours asked for."""
    return planned(Matter(rows, ask, now, model, hours_of, busy))


def planned(matter: Matter) -> Plan:
    """Choose, and say what and why."""
    menu = packages(len(matter.window.dates), matter.ask.touches_max, matter.model)
    could, minutes = offers(matter.foresight, menu, matter.days), matter.ask.hours * 60
    choice = choose(could, minutes, matter.days)
    its = spent([could[number] for number in choice.taken], minutes, matter.days)
    told, left = lines(matter, its.taken), left_out(matter, could, its)
    return Plan(
        matter.ask,
        matter.until,
        told,
        choice,
        len(could),
        bool(matter.window.free),
        sum(offer.minutes for offer in its.taken),
        left.named,
        left.more,
        one_hour_more(matter, could, its),
        _scores(matter, told),
    )


def _scores(matter: Matter, told: Sequence[Line]) -> dict[int, float | None]:
    wanted = {number for line in told for number in line.relationships}
    scores = read(matter.scope.states, matter.now.timestamp(), matter.model).score.tolist()
    pairs = zip((row["relationship_id"] for row in matter.rows), scores, strict=True)
    return {number: None if np.isnan(score) else score for number, score in pairs if number in wanted}
