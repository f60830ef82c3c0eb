"""`attune plan …` against a real database."""

import asyncio
import ctypes
import os
import tempfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import icalendar
import orjson
import pytest
from click.testing import CliRunner, Result

from services.planner.commands.plan import plan
from shared.errors import Refused
from shared.planning.ask import HOURS_MAX
from shared.planning.plan import Plan
from shared.planning.propose import propose
from shared.plumbing.queries import query
from tests.integration.alerts.story import Story

EVA = "eva@us.example"


@pytest.fixture(autouse=True)
def environment(database: str, nats_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"DIRECTORY": tmp_path, "DATABASE_URL": database, "NATS_URL": nats_url, "HANDLE_KEY": "a key for tests"}
    for name, value in told.items():
        monkeypatch.setenv(f"ATTUNE_{name}", str(value))


@pytest.fixture
async def story(connection: asyncpg.Connection) -> Story:
    """Eva's ana, ben and carl have faded; dora is somebody else's."""
    story = Story(connection)
    await story.model()
    for name, owner, function in (("ana", EVA, "IT"), ("ben", EVA, "IT"), ("carl", EVA, "HR"), ("dora", "kim", "HR")):
        await story.person(name, owner=owner, function=function)
        for day in (-40, -35, -30):
            await story.happens(day, name, duration_minutes=60)
    return story


async def run(*words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, plan, words)


async def planned(*words: str) -> dict[str, Any]:
    answer = await run("--owner", EVA, "--hours", "3", "--json", *words)
    assert answer.exit_code == 0, answer.exception or answer.output
    found: dict[str, Any] = orjson.loads(answer.output)
    return found


def met(found: dict[str, Any]) -> set[str]:
    return {name for line in found["lines"] for name in line["stakeholders"]}


@pytest.mark.usefixtures("story")
async def test_an_owner_is_told_whom_to_meet_when_and_why() -> None:
    found = await planned()

    assert met(found) == {"ana", "ben", "carl"}
    assert 0 < found["minutes"] <= 180
    assert sum(line["minutes"] for line in found["lines"]) == found["minutes"]
    assert all(line["why"] and line["days"] >= 0 and line["at"][:10] <= line["latest_day"] for line in found["lines"])
    assert found["worth"] > 0
    assert found["gap"] < 1e-6
    assert {"worth", "people"} == set(found["one_more_hour"])


async def test_who_is_booked_is_not_proposed(story: Story) -> None:
    await story.plans(3, "ana")

    found = await planned()

    assert met(found) == {"ben", "carl"}
    assert [(its["stakeholder"], its["reason"]) for its in found["left_out"]] == [("ana", "booked")]


async def test_nothing_is_planned_into_what_is_booked(story: Story) -> None:
    begins = (await planned())["lines"][0]["at"]
    await story.connection.execute(
        "insert into planner.plans (proposed_at, owner, hours, until, worth, solver, gap)"
        " values ($1, $2, 1, $1, 0, 'exact', 0)",
        story.start,
        EVA,
    )
    await story.connection.execute(
        "insert into planner.lines select 1, 1, relationship_id, $1, 'call', 60, $2::text::timestamptz,"
        " current_date + 30, 0, null, now() from roster.stakeholders join roster.people using (person_id)"
        " where stakeholder = 'dora'",
        EVA,
        begins,
    )

    assert begins not in [line["at"] for line in (await planned())["lines"]]


async def test_a_meeting_in_progress_is_booked(story: Story) -> None:
    await story.plans(3, "ana")
    await story.connection.execute(
        "update projector.log set occurred_at = now() - interval '20 minutes', minutes = 30 where planned"
    )

    found = await planned()

    assert met(found) == {"ben", "carl"}


@pytest.mark.usefixtures("story")
async def test_the_same_person_or_owner_is_accepted_for_one_thing_at_a_time(story: Story) -> None:
    first, second = await planned("--save"), await planned("--save")
    [line, *_] = first["lines"]
    number, other = str(first["plan"]), str(second["plan"])

    once = await run("accept", number, str(line["line"]))
    twice = await run("accept", number, str(line["line"]))
    same = await run("accept", other, str(line["line"]))
    everything = await run("accept", other)
    await story.connection.execute("update planner.lines set owner = 'somebody else' where plan = $1", second["plan"])
    person = await run("accept", other, str(line["line"]))
    await story.connection.execute(
        "update planner.lines set owner = $2, relationship_id = (select relationship_id from roster.stakeholders"
        " join roster.people using (person_id) where stakeholder = 'dora') where plan = $1 and line = $3",
        second["plan"],
        EVA,
        line["line"],
    )
    owner = await run("accept", other, str(line["line"]))
    accepted = await story.connection.fetchval(
        "select count(distinct plan) from planner.lines where accepted_at is not null"
    )

    assert (once.exit_code, twice.exit_code) == (0, 0)
    for refused in (same, everything, person, owner):
        assert isinstance(refused.exception, Refused)
        assert f"is taken then: line {line['line']} of plan {number} was accepted for" in str(refused.exception)
    # Whoever is booked by the first plan is not met once more by the second.
    others = sorted(its["line"] for its in second["lines"] if not {*its["people"]} & {*line["people"]})
    if others:
        assert f"without them it can be accepted: {' '.join(map(str, others))}" in str(everything.exception)
    assert accepted == 1


async def test_what_is_past_or_booked_meanwhile_is_not_accepted(story: Story) -> None:
    found = await planned("--save")
    plan, [line, *_] = found["plan"], found["lines"]
    move = "update planner.lines set at = $2 where plan = $1 and line = $3"
    number, which = str(plan), str(line["line"])

    await story.connection.execute(move, plan, story.at(-0.01), line["line"])
    past = await run("accept", number, which)
    await story.connection.execute(move, plan, story.at(3), line["line"])
    await story.plans(3, "dora")
    give = "update planner.lines set owner = $2 where plan = $1"
    await story.connection.execute(give, plan, "kim")
    owner = await run("accept", number, which)
    await story.connection.execute(give, plan, "somebody else")
    await story.plans(3, line["stakeholders"][0])
    person = await run("accept", number, which)
    accepted = await story.connection.fetchval("select count(*) from planner.lines where accepted_at is not null")

    assert "is past" in str(past.exception)
    assert "kim is taken then: a meeting is booked for" in str(owner.exception)
    assert f"{line['people'][0]} is taken then: a meeting is booked for" in str(person.exception)
    assert accepted == 0


async def test_a_meeting_reported_as_the_owners_own_keeps_a_line_from_being_accepted(story: Story) -> None:
    found = await planned("--save")
    [line, *_] = found["lines"]
    move = "update planner.lines set at = $2 where plan = $1 and line = $3"
    await story.connection.execute(move, found["plan"], story.at(3), line["line"])
    await story.happens(3, "somebody.else", planned=True, by=EVA)

    refused = await run("accept", str(found["plan"]), str(line["line"]))

    assert f"{EVA} is taken then: a meeting is booked for" in str(refused.exception)


async def test_what_is_reported_as_an_owners_own_is_found_without_reading_the_whole_log(story: Story) -> None:
    await story.connection.execute("set enable_seqscan = off")
    told = await story.connection.fetch(
        f"explain {query('shared.plumbing', 'plan_busy')}", story.start, story.at(14), [EVA], [uuid4()]
    )

    assert any("log_planned_by" in line for [line] in told)


async def kept_by_hand(story: Story, *lines: tuple[int, str, float]) -> None:
    """Keep a plan of ten days ago with these lines: number, person, day."""
    await story.connection.execute(
        "insert into planner.plans (proposed_at, owner, hours, until, worth, solver, gap)"
        " values ($1, $2, 1, $1, 0, 'exact', 0)",
        story.at(-10),
        EVA,
    )
    for number, name, day in lines:
        await story.connection.execute(
            "insert into planner.lines select 1, $1, relationship_id, $2, 'call', 15, $3, ($3 at time zone 'UTC')::date, 0"
            " from roster.stakeholders join roster.people using (person_id) where stakeholder = $4",
            number,
            EVA,
            story.at(day),
            name,
        )


async def test_of_two_touches_with_somebody_each_is_done_by_one_of_its_own(story: Story) -> None:
    await kept_by_hand(
        story, *((line, name, day) for name in ("ana", "ben", "carl") for line, day in ((1, -8), (2, 2)))
    )
    for name, day in (("ana", -8), ("ben", -1), ("carl", -8), ("carl", -7)):
        await story.happens(day, name, kind="call")

    rows = await story.connection.fetch("select stakeholder, status from attune.plan order by stakeholder, line")

    assert [tuple(row) for row in rows] == [
        ("ana", "done"),
        ("ana", "proposed"),
        ("ben", "missed"),
        ("ben", "done"),
        ("carl", "done"),
        ("carl", "done"),
    ]


async def test_a_plan_on_which_nothing_is_says_so(story: Story) -> None:
    await kept_by_hand(story)

    accepted, listed = await run("accept", "1"), await run("list", "1", "--json")

    assert "plan 1 has no lines" in str(accepted.exception)
    assert (listed.exit_code, orjson.loads(listed.output)) == (0, [])


async def test_an_accepted_line_is_as_good_as_booked_and_shows_what_came_of_it(story: Story) -> None:
    first = await planned("--save")
    [line, *_] = first["lines"]

    accepted = await run("accept", str(first["plan"]), str(line["line"]))
    again = await planned()
    await story.happens(0.01, line["stakeholders"][0], kind="call")
    kept = orjson.loads((await run("list", "--json")).output)

    assert accepted.exit_code == 0
    assert not set(line["stakeholders"]) & met(again)
    done = {row["stakeholder"] for row in kept if row["status"] == "done"}
    assert done == {line["stakeholders"][0]}


@pytest.mark.usefixtures("story")
async def test_an_accepted_line_that_is_withdrawn_is_free_again_and_can_be_accepted_again(
    connection: asyncpg.Connection,
) -> None:
    found = await planned("--save")
    plan, line, others = str(found["plan"]), str(found["lines"][0]["line"]), found["lines"][1:]

    early = await run("withdraw", plan)
    await run("accept", plan, line)
    half = await run("withdraw", plan, line, str(others[0]["line"]))
    done = await run("withdraw", plan, line)
    rows = orjson.loads((await run("list", plan, "--json")).output)
    history = await connection.fetchrow("select withdrawn_at, accepted_at from attune.plan where line = $1", int(line))
    free = await planned()
    again = await run("accept", plan, line)
    everything = await run("withdraw", plan)
    await run("accept", plan, line, str(others[0]["line"]))
    await connection.execute("update planner.lines set at = now() - interval '1 minute' where line = $1", int(line))
    ahead = await run("withdraw", plan)
    past = await run("withdraw", plan, line)

    assert f"plan {plan}: nothing of it is accepted and lies ahead" in str(early.exception)
    assert f"nothing was withdrawn: not accepted, or past, is line {others[0]['line']}" in str(half.exception)
    assert ahead.output == f"plan {plan}: withdrawn line {others[0]['line']}\n"
    assert "nothing of it is accepted and lies ahead" in str(past.exception)
    assert (done.exit_code, done.output) == (0, f"plan {plan}: withdrawn line {line}\n")
    assert [row["status"] for row in rows if row["line"] == int(line)] == ["withdrawn"] * len(
        found["lines"][0]["stakeholders"]
    )
    assert history["withdrawn_at"] is not None
    assert history["accepted_at"] is None
    assert met(free) == {"ana", "ben", "carl"}
    assert (again.exit_code, everything.exit_code) == (0, 0)


async def test_nobody_is_booked_twice_by_two_plans_that_did_not_know_of_each_other(story: Story) -> None:
    first, second = await planned("--save", "--touches", "1"), await planned("--save", "--touches", "1")
    one, other = str(first["plan"]), str(second["plan"])
    [line, *_] = first["lines"]
    # The second plan has everybody on other days.
    await story.connection.execute(
        "update planner.lines set at = at + interval '3 days 7 hours' where plan = $1", second["plan"]
    )
    await story.connection.execute("update planner.plans set until = until + interval '30 days'")

    await run("accept", one, str(line["line"]))
    twice = await run("accept", other, str(line["line"]))
    await run("withdraw", one)
    once = await run("accept", other, str(line["line"]))
    await run("withdraw", other)
    await story.plans(5, line["stakeholders"][0])
    booked = await run("accept", one, str(line["line"]))

    name = line["people"][0]
    assert f"{name} is booked already: line {line['line']} of plan {one} was accepted for" in str(twice.exception)
    assert once.exit_code == 0
    assert f"{name} is booked already, for" in str(booked.exception)


async def test_both_touches_of_one_plan_are_accepted_one_after_the_other(story: Story) -> None:
    await kept_by_hand(story, (1, "ana", 2), (2, "ana", 5))
    await story.connection.execute("update planner.plans set until = $1", story.at(14))

    first = await run("accept", "1", "1")
    await story.plans(2, "ana")
    second = await run("accept", "1", "2")

    assert (first.exit_code, second.exit_code) == (0, 0)


async def test_plans_are_listed_a_page_at_a_time(story: Story) -> None:
    for _ in range(3):
        await kept_by_hand(story)
    await story.connection.execute(
        "insert into planner.lines select plan, 1, relationship_id, null, 'call', 15, now(), current_date, 0"
        " from planner.plans cross join (select min(relationship_id) as relationship_id from roster.stakeholders) as one"
    )

    latest = await run("list", "--limit", "2", "--json")
    told = await run("list", "--limit", "2")
    older = await run("list", "--before", "2", "--json")

    assert [row["plan"] for row in orjson.loads(latest.output)] == [3, 2]
    assert "older ones: attune plan list --before 2" in told.output
    assert [row["plan"] for row in orjson.loads(older.output)] == [1]


@pytest.mark.usefixtures("story")
async def test_the_calendar_file_holds_every_touch(tmp_path: Path) -> None:
    path = tmp_path / "plan.ics"

    found = await planned("--ics", str(path))

    events = icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    assert len(events) == len(found["lines"])
    assert all(str(event["summary"]) for event in events)


@pytest.mark.usefixtures("story")
async def test_a_calendar_file_that_cannot_be_written_is_named_after_the_plan_was_shown(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "plan.ics"

    answer = await run("--owner", EVA, "--hours", "1", "--save", "--ics", str(path))

    assert answer.exit_code != 0
    assert isinstance(answer.exception, Refused)
    assert f"--ics {path}: cannot be written: No such file or directory" in str(answer.exception)
    assert "relationship-days" in answer.output


@pytest.mark.usefixtures("story")
async def test_a_whole_initiative_is_planned_with_everyones_hours() -> None:
    answer = await run("--initiative", "change", "--hours", "6", "--json")

    assert met(orjson.loads(answer.output)) == {"ana", "ben", "carl", "dora"}


@pytest.mark.usefixtures("story")
async def test_the_hours_of_several_owners_say_whose_they_are_and_fill_a_calendar_each(tmp_path: Path) -> None:
    path = tmp_path / "plan.ics"

    answer = await run("--initiative", "change", "--hours", "6", "--ics", str(path))
    files = {owner: tmp_path / f"plan.{owner}.ics" for owner in (EVA, "kim")}
    names = [str(event["summary"]) for event in icalendar.Calendar.from_ical(files["kim"].read_bytes()).walk("VEVENT")]

    assert "owner" in answer.output.splitlines()[0]
    assert not path.exists()
    assert f"a calendar file per owner: {files[EVA]}, {files['kim']}" in answer.output.replace("\n", "")
    assert names
    assert all("Dora" in name for name in names)


@pytest.mark.usefixtures("story")
async def test_people_read_the_plan_as_a_table_whose_columns_add_up() -> None:
    answer = await run("--owner", EVA.upper(), "--hours", "1", "--within", "2w")
    found = await planned("--within", "2w")

    assert answer.exit_code == 0
    assert "relationship-days" in answer.output
    assert "One more hour would buy" in answer.output
    assert "owner" not in answer.output.splitlines()[0]
    assert "days  worth  why" in answer.output.splitlines()[0]
    for name in ("days", "worth"):
        assert found[name] == pytest.approx(sum(line[name] for line in found["lines"]))


@pytest.mark.usefixtures("story")
async def test_what_a_library_prints_is_no_part_of_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    libc = ctypes.CDLL(None)

    def loud(*words: object) -> Plan:
        libc.puts(b"a line of HiGHS")
        return propose(*words)  # type: ignore[arg-type]

    monkeypatch.setattr("services.planner.commands.plan.propose", loud)
    with tempfile.TemporaryFile() as heard:
        kept = os.dup(1)
        os.dup2(heard.fileno(), 1)
        try:
            await planned()
            libc.fflush(None)
        finally:
            os.dup2(kept, 1)
            os.close(kept)
        heard.seek(0)
        assert b"HiGHS" not in heard.read()


@pytest.mark.usefixtures("story")
async def test_without_a_model_in_force_there_is_no_plan(connection: asyncpg.Connection) -> None:
    await connection.execute("delete from projector.in_force")

    answer = await run("--owner", EVA, "--hours", "3")

    assert isinstance(answer.exception, Refused)
    assert "no model is in force yet" in str(answer.exception)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--hours", "3"), "whose hours?"),
        (("--owner", EVA), "--hours"),
        (("--owner", EVA, "--hours", "0"), "--hours"),
        (("--owner", EVA, "--hours", "nan"), "--hours"),
        (("--owner", EVA, "--hours", "inf"), "--hours"),
        (("--owner", EVA, "--hours", f"{HOURS_MAX + 1:g}"), "--hours"),
        (("--owner", EVA, "--hours", "3", "--within", "0d"), "is no span"),
        (("--owner", EVA, "--hours", "3", "--within", "9w9"), "is no span"),
        (("--json", "list"), "--json is for making a plan, not for list"),
        (("--owner", EVA, "accept", "1"), "--owner is for making a plan, not for accept"),
        (("accept", "9999999999"), "9999999999 is not in the range"),
        (("withdraw", "1", "9999999999"), "9999999999 is not in the range"),
        (("list", "--limit", "0"), "--limit"),
        (("list", "12", "--before", "3"), "--before is for a list of plans, not for one"),
    ],
)
async def test_nonsense_is_wrong_usage(words: tuple[str, ...], said: str) -> None:
    answer = await run(*words)

    assert answer.exit_code == 2
    assert said in answer.output


@pytest.mark.usefixtures("story")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--owner", "nobody", "--hours", "3"), f"owners are {EVA}, kim"),
        (("--owner", EVA, "--hours", "3", "--initiative", "chnage"), "there are change"),
        (("accept", "77"), "no plan 77"),
        (("accept", "77", "1"), "no plan 77"),
        (("list", "77"), "no plan 77"),
        (("withdraw", "77"), "no plan 77"),
    ],
)
async def test_what_is_unknown_is_refused_with_what_there_is(words: tuple[str, ...], said: str) -> None:
    answer = await run(*words)

    assert isinstance(answer.exception, Refused)
    assert said in str(answer.exception)


async def test_readers_may_read_what_was_proposed(story: Story) -> None:
    await planned("--save")

    await story.connection.execute("set role attune_reader")
    assert await story.connection.fetchval("select count(*) from attune.plan") > 0
