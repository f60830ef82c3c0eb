"""What people do about an alert, in SQL as console and commands do it."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from services.roster.forget import forget
from services.roster.identity import known
from tests.integration.alerts.story import Story

ACT = "select * from alerts.act($1, $2, $3, $4, $5, $6)"


async def alerted(story: Story) -> Any:
    await story.person(cadence_days=7, owner="eva")
    await story.becomes_warm(day=-8)
    await story.judged(0)
    [alert] = await story.alerts()
    return alert["id"]


async def act(
    story: Story, alert: Any, action: str, day: float = 1, until: float | None = None, note: str | None = None
) -> Any:
    until_at = None if until is None else story.at(until)
    return await story.connection.fetchrow(ACT, alert, action, "ben", story.at(day), until_at, note)


async def history(story: Story, alert: Any) -> list[tuple[str, str]]:
    rows = await story.connection.fetch(
        "select event, actor from attune.alert_history where alert_id = $1 order by number", alert
    )
    return [tuple(row) for row in rows]


async def test_who_acknowledges_is_in_the_history_and_nobody_can_twice(story: Story) -> None:
    alert = await alerted(story)

    row = await act(story, alert, "acknowledge")

    assert (row["status"], row["acknowledged_at"]) == ("acknowledged", story.at(1))
    assert await history(story, alert) == [("opened", "attune"), ("acknowledged", "ben")]
    with pytest.raises(asyncpg.PostgresError, match="acknowledged already") as refused:
        await act(story, alert, "acknowledge")
    assert refused.value.sqlstate == "AT001"


async def test_a_snooze_always_ends_and_lies_ahead(story: Story) -> None:
    alert = await alerted(story)

    row = await act(story, alert, "snooze", until=4)

    assert (row["status"], row["snoozed_until"]) == ("snoozed", story.at(4))
    for until in (None, 0.5, 400):
        with pytest.raises(asyncpg.PostgresError, match="until_at") as refused:
            await act(story, alert, "snooze", until=until)
        assert refused.value.sqlstate == "AT003"


async def test_who_resolves_says_why_and_what_is_resolved_stays_so(story: Story) -> None:
    alert = await alerted(story)
    with pytest.raises(asyncpg.PostgresError, match="note: is missing"):
        await act(story, alert, "resolve")

    row = await act(story, alert, "resolve", note="met her at the fair")

    assert (row["status"], row["resolved_at"]) == ("resolved", story.at(1))
    for action in ("acknowledge", "snooze", "resolve", "assign"):
        with pytest.raises(asyncpg.PostgresError, match="is resolved since") as refused:
            await act(story, alert, action, until=9, note="x")
        assert refused.value.sqlstate == "AT001"
    await act(story, alert, "comment", note="she said thanks")
    assert [event for event, _ in await history(story, alert)] == ["opened", "resolved", "commented"]


async def test_an_alert_is_handed_over_with_its_history(story: Story) -> None:
    alert = await alerted(story)

    row = await act(story, alert, "assign", note="kim")

    assert (row["assignee"], row["owner"], row["status"]) == ("kim", "eva", "open")


async def test_what_cannot_be_meant_is_refused_by_name(story: Story) -> None:
    alert = await alerted(story)
    nobody = "00000000-0000-0000-0000-000000000000"

    with pytest.raises(asyncpg.PostgresError, match="action: 'close' is none"):
        await act(story, alert, "close")
    with pytest.raises(asyncpg.PostgresError, match="there is no alert") as refused:
        await act(story, nobody, "acknowledge")
    assert refused.value.sqlstate == "AT002"
    with pytest.raises(asyncpg.PostgresError, match="actor: is missing"):
        await story.connection.fetch(ACT, alert, "acknowledge", " ", story.at(1), None, None)


async def test_a_mute_has_an_author_a_scope_and_an_end(story: Story) -> None:
    mute = "select alerts.mute($1, $2, $3, initiative => $4, note => 'fair week')"
    start, end = story.at(0), story.at(5)

    await story.connection.fetchval(mute, "ben", start, end, "change")

    [row] = await story.connection.fetch("select * from attune.mutes")
    assert (row["initiative"], row["author"], row["ends_at"], row["note"]) == ("change", "ben", end, "fair week")
    for author, ends_at, initiative, wrong in (
        ("", end, "change", "author"),
        ("ben", start, "change", "ends_at"),
        ("ben", end, None, "nothing"),
    ):
        with pytest.raises(asyncpg.PostgresError, match=wrong):
            await story.connection.fetchval(mute, author, start, ends_at, initiative)
    await story.connection.execute("select alerts.unmute($1, $2)", row["id"], start + timedelta(hours=1))
    assert (await story.connection.fetchval("select ends_at from attune.mutes")) == start + timedelta(hours=1)


async def test_commitments_show_who_promised_and_how_it_stands(story: Story) -> None:
    await story.person()
    due = story.at(9)
    for day, state, by, due_at in (
        (-5, "made", "us", due),
        (-3, "renegotiated", "us", None),
        (-2, "kept", "them", None),
    ):
        ref = "plan" if by == "us" else "budget"
        promise = {"ref": ref, "state": state, "by": by} | ({"due_at": due_at.isoformat()} if due_at else {})
        await story.happens(day, kind="commitment", commitment=promise)

    rows = await story.connection.fetch("select * from attune.commitments order by ref")

    budget, plan = rows
    assert (budget["state"], budget["by"], budget["is_open"], budget["kept_at"]) == (
        "kept",
        "them",
        False,
        story.at(-2),
    )
    assert (plan["state"], plan["by"], plan["is_open"], plan["due_at"]) == ("renegotiated", "us", True, due)
    assert not plan["is_past_due"]


async def test_an_alert_outlives_that_its_owner_is_forgotten(story: Story) -> None:
    alert = await alerted(story)
    eva = await story.person("eva")
    person = await story.connection.fetchval(
        "select person_id from roster.stakeholders where relationship_id = $1", eva
    )

    await forget(story.connection, await known(story.connection, person), story.at(1), "ben")

    [left] = await story.alerts()
    assert (left["id"], left["status"], left["assignee"], left["owner"]) == (alert, "open", None, None)


async def test_nothing_that_was_sent_keeps_anybody_from_being_forgotten(story: Story) -> None:
    alert = await alerted(story)
    await story.connection.execute(
        "update alerts.deliveries set attempts = 1, payload = 'Ana drifts' where alert_id = $1 and channel = 'nats'",
        alert,
    )
    ana = await story.connection.fetchval("select person_id from roster.people")

    await forget(story.connection, await known(story.connection, ana), story.at(1), "ben")

    assert not await story.connection.fetch("select from alerts.deliveries")
