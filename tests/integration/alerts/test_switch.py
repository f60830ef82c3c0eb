from datetime import timedelta

import orjson
import pytest

from services.projector.alert_changes import alert_changes
from services.projector.build import build, put_in_force
from shared.alignment.model import Model, default_model
from shared.plumbing.models import live_model
from tests.integration.alerts.story import Story

DEFAULT = default_model()
STRICT = DEFAULT.model_copy(update={"lines": DEFAULT.lines.model_copy(update={"fading": 70.0})})
"""Under it people drift days earlier."""
MINUTE = timedelta(minutes=1)
"""A story is judged so long after its moments."""


async def switches(story: Story, day: float, model: Model) -> None:
    version = await build(story.connection, model, story.at(day), lambda _: None)
    await put_in_force(story.connection, version, story.at(day))


async def test_a_model_switch_opens_no_alert_about_the_past_and_drift_after_it_does(story: Story) -> None:
    await story.person("ana")
    await story.becomes_warm("ana")
    await story.person("bo")
    await story.becomes_warm("bo")
    await story.judged(0)
    await story.becomes_warm("bo", 38)
    await story.judged(38)

    await switches(story, 40, STRICT)
    at_once = await story.judged(40)
    later = await story.judged_daily(41, 90)

    [bo_falls] = await story.connection.fetch("select * from attune.alerts")
    assert not at_once
    assert [(event, reason) for _, event, reason in later] == [
        ("opened", "cooling"),
        ("raised", "cooling"),
        ("joined", "cooling"),
    ]
    assert (bo_falls["stakeholder"], bo_falls["drifts_at"] > story.at(40)) == ("bo", True)


async def test_everybody_is_judged_anew_by_the_model_that_took_over(story: Story) -> None:
    await story.person()
    await story.becomes_warm()
    await story.judged(0)
    before = await story.watch()

    await switches(story, 40, STRICT)
    await story.judged(40)

    after = await story.watch()
    assert not before["reasons"]
    assert after["reasons"] == ["fading"]
    assert after["drifts_at"] < before["drifts_at"]


async def test_an_alert_resolves_when_nothing_holds_under_the_new_model(story: Story) -> None:
    await story.model(STRICT)
    await story.person()
    await story.becomes_warm()
    opened = [event for _, event, _ in await story.judged_daily(0, 39)]

    await switches(story, 40, DEFAULT)
    told = [its.event for its in await story.judged(40)]

    assert (opened, told) == (["opened", "raised"], ["resolved"])


async def test_what_was_foreseen_before_the_switch_and_not_told_yet_is_told(story: Story) -> None:
    await story.person()
    await story.becomes_warm()
    await story.judged(0)

    # Alerts was down when the line was crossed, and comes back after the switch.
    await switches(story, 80, DEFAULT)
    told = [(str(its.event), str(its.reason)) for its in await story.judged(80)]

    assert told == [("opened", "fading")]


async def test_what_was_folded_before_a_switch_and_judged_only_after_it_is_told_once(story: Story) -> None:
    for name in ("ana", "bo"):
        await story.person(name)
        await story.becomes_warm(name)
    await story.judged(0)
    await story.judged(38)

    # Both are under the line of the model that takes over; only Ana has just been let down.
    await story.happens(40, kind="setback", severity=1)
    await switches(story, 40, STRICT)
    told = [(its.about.stakeholder, str(its.event)) for its in await story.judged(40)]
    await story.connection.execute("update projector.states set wake_at = $1", story.at(40))
    later = await story.judged(40.1)

    assert told == [("ana", "opened")]
    assert not later
    assert await story.connection.fetchval("select count(*) from projector.untold") == 0
    [alert] = await story.alerts()
    assert "shaken" in [because["reason"] for because in orjson.loads(alert["reasons"])]


async def test_news_of_all_who_were_due_at_a_switch_is_told_however_many_they_are(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.projector.untold.TOGETHER", 1)
    names = ("ana", "bo", "cy")
    for name in names:
        await story.person(name)
        await story.becomes_warm(name)
    await story.judged(0)

    for name in names:
        await story.happens(5, name, kind="setback", severity=1)
    await switches(story, 5, STRICT)
    told = await story.judged(5)

    assert {its.about.stakeholder for its in told} == {*names}


async def test_who_was_judged_by_the_old_model_while_the_switch_waited_is_told_of_nothing_by_the_new_one(
    story: Story,
) -> None:
    await story.person()
    await story.becomes_warm()
    await story.judged(0)
    version = await build(story.connection, STRICT, story.at(40), lambda _: None)

    # The switch is wanted at a moment, and waits for alerts to end; both may take a while.
    await story.connection.execute("update projector.states set wake_at = $1", story.at(40))
    await story.judged(40)
    await put_in_force(story.connection, version, story.at(40))

    assert not await story.judged(40.1)
    assert (await story.watch())["reasons"] == ["fading"]


async def test_what_is_held_back_beside_what_is_told_after_a_switch_is_told_in_its_time(story: Story) -> None:
    await story.person()
    await story.becomes_warm()
    await story.judged(0)
    await story.judged(20)

    await story.plans(19.9)
    await story.happens(20, kind="setback", severity=1)
    await switches(story, 20, DEFAULT)
    [at_once] = await story.judged(20)
    # Nobody reports of the meeting that spoke for her.
    [later] = await story.judged(21)

    assert (at_once.event, [its["reason"] for its in at_once.reasons]) == ("opened", ["shaken"])
    assert (later.event, [its["reason"] for its in later.reasons]) == ("joined", ["fading"])
    assert await story.connection.fetchval("select count(*) from projector.untold") == 0


async def test_what_was_on_its_way_when_the_model_was_switched_is_told_and_what_held_before_is_not(
    story: Story,
) -> None:
    for name in ("ana", "bo"):
        await story.person(name)
        await story.becomes_warm(name)
    await story.judged(0)
    await story.judged(38)

    await switches(story, 40, STRICT)
    # It had happened before and came in after, as did a mail of Bo's; both are under the new line since days ago.
    await story.happens(39.99, kind="setback", severity=1)
    await story.happens(39.99, "bo", kind="email")
    await story.connection.execute(
        "update projector.log set recorded_at = $1 where occurred_at > $1::timestamptz - interval '1 day'",
        story.at(40.0001),
    )
    told = [(its.about.stakeholder, str(its.event)) for its in await story.judged(40)]
    later = [its for day in (40.1, 41) for its in await story.judged(day)]

    assert told == [("ana", "opened")]
    assert not later
    [alert] = await story.alerts()
    assert [because["reason"] for because in orjson.loads(alert["reasons"])] == ["shaken"]


async def test_what_comes_late_about_the_time_before_a_switch_is_told_once_the_model_has_judged(story: Story) -> None:
    await story.person()
    await story.becomes_warm()
    await story.judged(0)
    await switches(story, 5, DEFAULT)
    assert not await story.judged(5)

    await story.happens(4.9, kind="setback", severity=1)
    [told] = await story.judged(5.1)

    assert told.event == "opened"
    assert "shaken" in [because["reason"] for because in told.reasons]
    assert not await story.judged(5.2)


async def test_what_another_model_makes_of_a_pattern_is_no_news(story: Story) -> None:
    lines = DEFAULT.lines.model_copy(update={"shallow_contact_min": 99.0, "one_sided_contact_min": 99.0})
    await story.model(DEFAULT.model_copy(update={"lines": lines}))
    await story.person()
    await story.person("met")
    await story.happens(-1, "met", duration_minutes=60)
    for day in range(-40, 0, 2):
        await story.happens(day, kind="email", direction="outbound")
    assert await story.judged(0) == []

    await switches(story, 1, DEFAULT)

    assert await story.judged(1) == []
    assert "shallow" in (await story.watch())["reasons"]


async def reasons(story: Story) -> dict[str, set[str]]:
    """Return what holds for whom, by the last judgement."""
    rows = await story.connection.fetch(
        "select stakeholder, reasons from alerts.watches join roster.stakeholders using (relationship_id)"
        " join roster.people using (person_id)"
    )
    return {row["stakeholder"]: set(row["reasons"]) for row in rows}


async def test_what_is_foretold_of_a_switch_is_what_alerts_then_makes_of_it(story: Story) -> None:
    quick = DEFAULT.lines.model_copy(update={"shallow_contact_min": 20.0, "fading": 1.0})
    patient = DEFAULT.lines.model_copy(update={"shallow_contact_min": 99.0, "one_sided_contact_min": 99.0})
    candidate = DEFAULT.model_copy(update={"lines": patient, "cadence_days": {"sponsor": 5.0}})
    await story.model(DEFAULT.model_copy(update={"lines": quick}))
    for name, cadence_days in (("mailed", None), ("silent", 10), ("met", None)):
        await story.person(name, role="sponsor", cadence_days=cadence_days)
    await story.becomes_warm("silent", 6)
    await story.becomes_warm("met", 15)
    for day in range(21):
        await story.happens(day, "mailed", kind="email", direction="outbound")
        await story.judged(day)
    held, alerted = await reasons(story), {row["stakeholder"] for row in await story.alerts()}

    version = await build(story.connection, candidate, story.at(21), lambda _: None)
    live, judged = await live_model(story.connection), list[int]()
    assert live
    foretold = await alert_changes(story.connection, live, (version, candidate), story.at(21) + MINUTE, judged.append)
    await put_in_force(story.connection, version, story.at(21))
    told = await story.judged(21)

    holds = await reasons(story)
    opens = {row["stakeholder"]: set(row["reasons"]) for row in foretold if row["change"] == "opens"}
    closes = [(row["stakeholder"], set(row["reasons"])) for row in foretold if row["change"] == "closes"]
    assert (alerted, judged) == ({"mailed", "silent"}, [3])
    assert opens == {"met": holds["met"] - held["met"]} == {"met": {"overdue"}}
    assert closes == [("mailed", held["mailed"])]
    assert [(its.about.stakeholder, its.event) for its in told] == [("mailed", "resolved")]


async def a_function_that_nobody_aligned_is_in(story: Story) -> None:
    await story.person("ana", function="Finance")
    for day in (-1, -2):
        await story.happens(day, kind="call", duration_minutes=5)


async def test_what_is_missing_when_a_model_takes_over_is_still_told_when_its_time_is_up(story: Story) -> None:
    await a_function_that_nobody_aligned_is_in(story)
    await story.person("new")
    await story.looked(0)
    await story.judged(0)

    await switches(story, 5, DEFAULT)

    assert [await story.looked(day) for day in (5.1, 6.9, 7.1)] == [0, 0, 1]
    assert [
        (day, event, reason) for day, event, reason in await story.judged_daily(5, 40) if reason == "never_met"
    ] == [(30, "opened", "never_met")]


async def test_what_a_part_lacks_only_by_another_model_is_never_news(story: Story) -> None:
    lax = DEFAULT.model_copy(
        update={"bands": DEFAULT.bands.model_copy(update={"aligned_min": 1.0, "cooling_min": 0.5})}
    )
    await story.model(lax)
    await a_function_that_nobody_aligned_is_in(story)
    await story.looked(0)

    await switches(story, 1, DEFAULT)
    # Alerts was down meanwhile; a rebuild puts the same model in force once more.
    said = await story.looked(2)
    await switches(story, 3, DEFAULT)

    assert [said, *[await story.looked(day) for day in (3.1, 9, 30)]] == [0, 0, 0, 0]
    assert await story.connection.fetchval("select count(*) from alerts.wholes") == 1


async def test_what_is_foretold_of_parts_is_what_alerts_then_makes_of_them(story: Story) -> None:
    # Under the candidate people are aligned sooner, and who was in touch is forgotten sooner.
    horizon = DEFAULT.horizon.model_copy(update={"days": 7.0})
    bands = DEFAULT.bands.model_copy(update={"aligned_min": 2.0, "cooling_min": 1.0})
    candidate = DEFAULT.model_copy(update={"horizon": horizon, "bands": bands})
    await a_function_that_nobody_aligned_is_in(story)
    for name, by, day in (("bo", "me@us.example", -1), ("cy", "eva@us.example", -50)):
        await story.person(name, function="Sales")
        for kind in ("meeting", "disclosure"):
            more = {"depth": 1.0} if kind == "disclosure" else {"duration_minutes": 60}
            for number in range(6):
                await story.happens(day - number, name, kind=kind, by=by, **more)
    await story.happens(-1, "cy", duration_minutes=60, by="me@us.example")
    opened = [await story.looked(day) for day in (0, 7.1)]

    version = await build(story.connection, candidate, story.at(8), lambda _: None)
    live = await live_model(story.connection)
    assert live
    foretold = await alert_changes(story.connection, live, (version, candidate), story.at(8), lambda _: None)
    await put_in_force(story.connection, version, story.at(8))

    assert opened == [0, 1]
    assert [(row["change"], row["part"], row["reasons"]) for row in foretold if row["part"]] == [
        ("closes", "function Finance", ["uncovered"]),
        ("opens", "function Sales", ["single_threaded"]),
    ]
    assert [await story.looked(day) for day in (8.1, 26)] == [1, 0]
    assert [(row["part"], row["status"]) for row in await story.alerts()] == [("function Finance", "resolved")]
    assert [tuple(row) for row in await story.connection.fetch("select part, reason from alerts.wholes")] == [
        ("function Sales", "single_threaded")
    ]
