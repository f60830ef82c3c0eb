"""Holds the tables against one another: what no constraint can see, and how to mend it."""

from dataclasses import dataclass
from typing import Any

from services.projector.store import PACKAGE, Connection
from shared.plumbing.queries import query


@dataclass(frozen=True, slots=True)
class Law:
    """What must hold of the tables; `sql/sound_<name>.sql` returns everything that breaks it, as text."""

    name: str
    broken: str
    mend: str
    is_problem: bool = True
    """Otherwise nothing is wrong with what is kept: somebody has still to do something."""


SHOWN = 5
LAWS = (
    Law(
        "suppressed",
        "something is kept of a handle of which nothing may be kept",
        "forget or block that person once more: `attune forget`, `attune privacy block`",
    ),
    Law(
        "retracted",
        "an event was taken back, and its touchpoints still count",
        "tell us how it came to that, it is a bug; then take the event back once more and `attune rebuild`",
    ),
    Law(
        "forms",
        "a touchpoint is of a form that nobody knows, so that it feeds nothing",
        "bring attune up to the version that wrote it, then `attune rebuild`",
    ),
    Law(
        "alert_lives",
        "an alert's status is not what its history says",
        "`attune alerts show` it, and resolve it: what still holds opens another one",
    ),
    Law(
        "alert_states",
        "an alert is open about somebody who was never judged",
        "start alerts again, or resolve it: what still holds opens another one",
    ),
    Law(
        "delivery_order",
        "a later message of an alert arrived before an earlier one",
        "nothing is lost; tell us how it came to that, it is a bug",
    ),
    Law(
        "unjudged",
        "a state changed minutes ago and was not judged",
        "see that alerts runs: `attune status`",
        is_problem=False,
    ),
    Law(
        "overdue",
        "a message should have been sent minutes ago",
        "see that alerts runs: `attune status`",
        is_problem=False,
    ),
    Law(
        "dead_letters",
        "a message could not be delivered and was given up",
        "see `attune alerts deliveries`, then `attune alerts resend --all`",
        is_problem=False,
    ),
)


async def unsound(connection: Connection) -> list[dict[str, Any]]:
    """Return each law that is broken, how often, where (a few), and how to mend it."""
    found = []
    for law in LAWS:
        rows = await connection.fetch(query(PACKAGE, f"sound_{law.name}"))
        if rows:
            found.append(
                {
                    "law": law.name,
                    "broken": law.broken,
                    "count": len(rows),
                    "where": [row["at"] for row in rows[:SHOWN]],
                    "mend": law.mend,
                    "is_problem": law.is_problem,
                }
            )
    return found
