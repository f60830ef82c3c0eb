"""What the browser finds: an initiative in which everything has happened to somebody."""

from datetime import timedelta
from typing import Any

from services.console import accounts, standings, store
from services.console.visitor import Role
from shared.plumbing.clock import now
from tests.integration.alerts.story import Story

PASSWORD = "correct horse battery"  # noqa: S105 -- opens nothing
PEOPLE = {"ana": "Finance", "bob": "Finance", "cyd": "Sales", "dan": "Sales", "eve": "IT", "fay": "IT"}
MET = {"ana": 0, "bob": 0, "cyd": 75, "dan": 70, "eve": 60}
"""Since when they are warm, in days from the story's begin; Fay was never met."""
SPAN = 80


async def told(connection: Any) -> None:
    """Tell eleven weeks, let alerts look at them, and let three users in."""
    story = Story(connection, now() - timedelta(days=SPAN))
    for name, function in PEOPLE.items():
        id_ = await story.person(name, owner="me@us.example", cadence_days=None)
        await connection.execute(
            "update roster.stakeholders set function = $2, level = 'executive', added_at = $3 where relationship_id = $1",
            id_,
            function,
            story.at(-30),
        )
    for name, day in MET.items():
        await story.becomes_warm(name, day)
    await story.happens(72, "dan", kind="setback", severity=0.4)
    await story.happens(71, "dan", kind="commitment", commitment={"ref": "budget", "state": "made", "by": "us"})
    await story.plans(SPAN + 5, "cyd")
    await connection.execute("update projector.model_states set wake_at = $1", story.at(0))
    await story.judged(0)
    await story.happens(SPAN - 0.1, "somebody")
    await story.judged(SPAN)
    await connection.execute(
        "select alerts.mute(author => 'ben', at => $1::timestamptz, ends_at => $1 + interval '90 days', initiative => 'elsewhere')",
        story.at(SPAN),
    )
    for role in Role:
        await accounts.add_user(connection, role.value, role, now(), password=PASSWORD)
    await store.prepare(connection)
    for refresh in (standings.standings, standings.coverage, standings.sources):
        await refresh(connection, now())
