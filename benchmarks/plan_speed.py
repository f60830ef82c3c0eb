"""How long a whole proposal takes: `python -m benchmarks.plan --speed`."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from benchmarks.plan_worlds import MODEL, START, drawn, met_weekly
from shared.alignment.reading import DAY_SECONDS
from shared.planning.ask import Ask
from shared.planning.propose import propose
from shared.plumbing.owners_hours import OwnersHours

SPEED = ((200, 6, 1), (200, 40, 1), (2000, 6, 1), (2000, 40, 1), (2000, 40, 20), (2000, 100, 20))
"""Relationships, hours and owners of the plans whose time is taken."""


def measure(count: int, hours: float, owners: int) -> None:
    """Print how long one proposal takes from rows to lines, reasons, who is left out and what one more hour would buy.

    What a command adds to it, starting and fetching the rows, takes about a second more (docs/science.md).
    """
    rows, now = rows_of(count, owners), datetime.fromtimestamp(START, UTC)
    hours_of = OwnersHours().of
    ask = Ask(hours, timedelta(days=14), None, "change")
    begun, begun_cpu = time.perf_counter(), time.process_time()
    found = propose(rows, ask, now, MODEL, hours_of, {})
    ended, ended_cpu = time.perf_counter(), time.process_time()
    print(
        f"{count} relationships, {hours:g} hours, {owners} owners: {ended - begun:.2f} s "
        f"({ended_cpu - begun_cpu:.2f} s of processor), {found.weighed} offers, {found.choice.solver}, "
        f"gap {found.choice.gap:.1e}, worth {found.worth:g}"
    )


def rows_of(count: int, owners: int) -> list[dict[str, Any]]:
    """Return relationships as Postgres gives them."""
    random = np.random.default_rng(0)
    states, weekly = drawn(count, 0.6, random), met_weekly(np.arange(count), count)
    days = {"first_touch_at": weekly.first_day * DAY_SECONDS, "last_touch_at": weekly.last_day * DAY_SECONDS}
    paces = {"pace_fast": weekly.pace_fast, "pace": weekly.pace, "pace_slow": weekly.pace_slow}
    columns = {**states._asdict(), **days, **paces, "longest_gap": weekly.longest_gap}
    return [
        {
            "relationship_id": number,
            "person_id": number,
            "initiative": "change",
            "stakeholder": f"p{number}",
            "name": f"P{number}",
            "function": f"function {random.integers(0, 10)}",
            "level": f"level {random.integers(0, 4)}",
            "role": None,
            "owner": f"owner {random.integers(0, owners)}",
            "importance": float(random.choice([1, 2, 5])),
            "overrides": {},
            "booked_at": None,
            **{name: float(column[number]) for name, column in columns.items()},
        }
        for number in range(count)
    ]
