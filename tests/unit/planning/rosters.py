"""Rows as Postgres gives them and calendars as people keep them, for whole proposals."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from shared.alignment.model import default_model
from shared.alignment.reading import DAY_SECONDS
from shared.hours import Hours
from shared.planning.ask import Ask
from shared.planning.calendar import Busy, working
from shared.planning.plan import Plan
from shared.planning.propose import propose

MODEL = default_model()
NOW = datetime(2026, 12, 21, 8, 40, tzinfo=UTC)
"""A Monday before holidays."""
OWNERS = ("eva@us.example", "kim", "")
CALENDARS = (
    Hours(),
    Hours(time_zone="Europe/Berlin", holidays="DE-BE", quiet=(time(12, 20), time(12, 45))),
    Hours(time_zone="America/New_York", quiet=(time(15), time(11)), working_days=("mon", "tue", "sat")),
    Hours(time_zone="Pacific/Auckland"),
)


class House(NamedTuple):
    """Whom there is to plan for, and when their owners have time."""

    rows: list[dict[str, Any]]
    calendars: dict[str, Hours]
    busy: dict[str, list[Busy]]

    def hours_of(self, owner: str) -> Hours:
        """Return the owner's working hours."""
        return working(self.calendars[owner])


def row(number: int, **facts: Any) -> dict[str, Any]:
    """Return a relationship that was warm and fades, with what is said of it."""
    met = NOW.timestamp() - 5 * DAY_SECONDS
    usual = {
        "relationship_id": 100 + number,
        "person_id": number,
        "initiative": "change",
        "stakeholder": f"p{number}",
        "name": f"P{number}",
        "function": None,
        "level": None,
        "role": None,
        "owner": OWNERS[0],
        "importance": 1.0,
        "overrides": {},
        "as_of": met,
        "contact": 1.4,
        "dialogue": 1.4,
        "depth": 0.3,
        "accord": 0.0,
        "strain": 0.0,
        "touch_days": 5,
        "evidence": 5.0,
        "first_touch_at": met - 35 * DAY_SECONDS,
        "last_touch_at": met,
        "pace_fast": 1.5,
        "pace": 3.0,
        "pace_slow": 4.0,
        "longest_gap": 9,
        "booked_at": None,
    }
    return usual | facts


def house(seed: int, people: int, most_busy: int = 12) -> House:
    """Draw people of three owners in two initiatives, some booked, some on both, some never met."""
    random = np.random.default_rng(seed)
    rows = [drawn(random, number) for number in range(people)]
    also = [one | {"relationship_id": 1000 + one["person_id"], "initiative": "other"} for one in rows[::7]]
    busy = {owner.lower(): [meeting(random) for _ in range(int(random.integers(0, most_busy)))] for owner in OWNERS}
    calendars = {owner: CALENDARS[int(random.integers(0, len(CALENDARS)))] for owner in OWNERS}
    return House(sorted(rows + also, key=lambda its: (its["initiative"], its["stakeholder"])), calendars, busy)


def drawn(random: np.random.Generator, number: int) -> dict[str, Any]:
    """Draw one person."""
    warm = float(random.gamma(1.5, 0.6)) * float(random.random() > 0.1)
    sums = {"contact": 2 * warm, "dialogue": warm, "depth": 0.5 * warm, "accord": float(random.uniform(0, 0.6))}
    ahead = float(random.uniform(-0.02, 20)) * DAY_SECONDS
    never = {"touch_days": 0, "evidence": 0.0, "first_touch_at": None, "last_touch_at": None} if warm == 0 else {}
    return row(
        number,
        owner=OWNERS[int(random.integers(0, len(OWNERS)))],
        function=(None, "IT", "HR", "Legal")[int(random.integers(0, 4))],
        level=(None, "board", "staff")[int(random.integers(0, 3))],
        importance=float(random.choice([1.0, 2.0, 5.0])),
        booked_at=NOW.timestamp() + ahead if random.random() < 0.2 else None,
        **sums,
        **never,
    )


def meeting(random: np.random.Generator) -> Busy:
    """Draw what takes an owner's time already."""
    begins = NOW + timedelta(minutes=15 * int(random.integers(-4, 4 * 24 * 10)))
    return begins, begins + timedelta(minutes=int(random.integers(10, 200)))


def planned(its: House, ask: Ask) -> Plan:
    """Return the proposal."""
    return propose(its.rows, ask, NOW, MODEL, its.hours_of, its.busy)


houses = st.builds(house, st.integers(0, 10_000), st.integers(1, 40))
asks = st.builds(
    Ask,
    st.integers(1, 80).map(lambda quarters: quarters / 4),
    st.integers(1, 12).map(lambda days: timedelta(days=days)),
    st.sampled_from([None, "eva@us.example", "EVA@US.example", "kim"]),
    st.just("change"),
    st.integers(1, 2),
)
