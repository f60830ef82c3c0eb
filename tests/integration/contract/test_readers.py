"""Readers of some initiatives only: each view and function as such a role, with somebody else's data beside theirs."""

import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

from tests.integration.contract.test_roles import GRANTED, READER_FUNCTIONS, refused, whole
from tests.integration.projector.history import join, live, prepare, touch

KEPT_OUT = {"sources", "disabled"}
"""Of no initiative: what all connectors bring, and which of everybody's addresses want nothing more."""
VIEWS = sorted({*GRANTED["attune"].split()} - KEPT_OUT)
CALLS = (
    "alignment_at(now())",
    "drifting('9999 days')",
    "explain('ours', 'ana', now())",
    "trajectory('ours', 'ana', now() - interval '9 days', now(), '1 day')",
)
NOT_THEIRS = (
    "explain('theirs', 'bo', now())",
    "explain('theirs', 'ana', now())",
    "trajectory('theirs', 'bo', now() - interval '9 days', now(), '1 day')",
)
FOREIGN = re.compile(r"\bbo\b|theirs|foreign")
LOGINS = ("test_ours", "test_both", "test_none")


async def some_of_everything(connection: asyncpg.Connection, initiative: str, who: str, word: str) -> None:
    """Put a row for a relationship into every view; the word stands wherever text is free."""
    relationship = await connection.fetchval(
        "select relationship_id from roster.stakeholders join roster.people using (person_id) "
        "where initiative = $1 and stakeholder = $2",
        initiative,
        who,
    )
    await connection.execute((ROWS.replace("{r}", str(relationship))).replace("{w}", word).replace("{i}", initiative))


ROWS = """
    insert into alerts.watches (relationship_id, judged_at, drifts_at, drift_reason, forecasts)
        values ({r}, now(), now() + interval '3 days', '{w}',
            jsonb_build_array(jsonb_build_object('reason', '{w}', 'begins_at', now() + interval '3 days')));
    insert into alerts.mutes (initiative, starts_at, ends_at, author, note, created_at)
        values ('{i}', now(), now() + interval '1 day', 'me', '{w}', now());
    with alert as (
        insert into alerts.alerts (alert_id, relationship_id, status, severity, reason, reasons, drifts_at, summary, opened_at)
        values (gen_random_uuid(), {r}, 'open', 'alert', 'fading', '[]', now(), '{w}', now()) returning alert_id
    ), history as (
        insert into alerts.history (alert_id, event, actor, happened_at, cause, note)
        select alert_id, 'opened', 'me', now(), '[]', '{w}' from alert
    ), suppression as (
        insert into alerts.suppressions (alert_id, relationship_id, event, reason, note, happened_at)
        select alert_id, {r}, 'opened', 'quiet', '{w}', now() from alert
    )
    insert into alerts.deliveries (delivery_id, alert_id, event, channel, destination, payload, created_at, next_attempt_at)
        select gen_random_uuid(), alert_id, 'opened', 'mail', '{w}', '', now(), now() from alert;
    with plan as (
        insert into planner.plans (proposed_at, hours, until, worth, solver, gap)
        values (now(), 1, now(), 1, 'test', 0) returning plan
    )
    insert into planner.lines (plan, line, relationship_id, kind, minutes, at, latest_day, days_bought, why)
        select plan, 1, {r}, 'meeting', 30, now(), current_date, 1, '{w}' from plan;
"""


def promise(number: int, who: str, ref: str, **data: Any) -> dict[str, Any]:
    return touch(number, who, 2, "commitment", commitment={"ref": ref, "state": "made", "by": "us"}, **data)


@pytest.fixture
async def shared(connection: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """Two initiatives: ana is on both, bo on theirs only, and someone nobody knows is reported for each."""
    await prepare(connection, ["ana"], "ours")
    await prepare(connection, ["ana", "bo"], "theirs")
    thread: dict[str, Any] = {"thread": "t", "direction": "outbound"}
    await live(
        connection,
        [touch(i, "ana", i + 1, "meeting") for i in range(6)],
        [touch(10, "ana", 3, "email", initiative="ours", thread="t"), touch(11, "ana", 4, **thread, initiative="ours")],
        [touch(12, "bo", 3, "email", thread="t"), touch(13, "bo", 4, **thread)],
        [
            promise(14, "ana", "own", initiative="ours"),
            promise(15, "ana", "foreign", initiative="theirs"),
            promise(16, "bo", "foreign"),
        ],
        # For ours, by whom only they know; for theirs; and by whom nobody knows.
        [touch(20, "bo", 2, initiative="ours"), touch(21, "ana", 2, initiative="theirs"), touch(22, "stranger", 2)],
    )
    await some_of_everything(connection, "ours", "ana", "own")
    await some_of_everything(connection, "theirs", "ana", "foreign")
    await some_of_everything(connection, "theirs", "bo", "foreign")
    for login in LOGINS:
        await connection.execute(f"drop role if exists {login}; create role {login} in role attune_initiative_reader")
    await connection.execute(
        "insert into roster.readers values ('test_ours', 'ours'), ('test_both', 'ours'), ('test_both', 'theirs')"
    )
    yield connection
    everybody = ", ".join(LOGINS)
    await connection.execute(f"reset role; drop owned by {everybody}; drop role {everybody}")


async def test_each_view_has_its_like_for_readers_of_some_initiatives(connection: asyncpg.Connection) -> None:
    columns = await connection.fetch("""
        select table_schema as schema, table_name as name, array_agg(column_name::text order by column_name) as columns
        from information_schema.columns where table_schema in ('attune', 'mine') group by 1, 2
    """)
    ours = {row["name"]: row["columns"] for row in columns if row["schema"] == "mine"}

    assert {*ours} == {*VIEWS, "initiatives"}
    for row in columns:
        if row["schema"] == "attune" and row["name"] not in KEPT_OUT:
            assert ours[row["name"]] == row["columns"]


async def test_no_condition_of_a_reader_is_tried_on_a_row_that_is_not_theirs(connection: asyncpg.Connection) -> None:
    open_ = await connection.fetch(
        "select relname from pg_class where relnamespace = 'mine'::regnamespace and relkind = 'v' "
        "and not coalesce(reloptions, '{}') @> '{security_barrier=true}'"
    )

    assert open_ == []


@pytest.mark.parametrize("login", LOGINS)
async def test_a_reader_sees_its_own_initiatives_and_nothing_of_another(shared: asyncpg.Connection, login: str) -> None:
    await shared.execute(f"set role {login}")

    for name in [*(f"mine.{view}" for view in VIEWS), *(f"mine.{call}" for call in CALLS)]:
        told = await whole(shared, name)
        assert bool(told) == (login != "test_none"), name
        if login != "test_both":
            assert not FOREIGN.search(told), f"{name}: {told}"
    for call in NOT_THEIRS:
        assert bool(await whole(shared, f"mine.{call}")) == (login == "test_both"), call


async def test_who_may_read_all_initiatives_reads_them_in_either_schema(shared: asyncpg.Connection) -> None:
    counts = {view: await shared.fetchval(f"select count(*) from attune.{view}") for view in VIEWS}
    await shared.execute("set role test_both")

    told = {view: await shared.fetchval(f"select count(*) from mine.{view}") for view in VIEWS}

    assert min(told.values()) > 1
    # All but whom nobody knows, of no initiative.
    assert told == counts | {"touchpoints": counts["touchpoints"] - 1}


async def test_a_touchpoint_of_somebody_elses_person_is_counted_and_not_named(shared: asyncpg.Connection) -> None:
    await shared.execute("set role test_ours")

    told = dict(await shared.fetch("select id, stakeholder from mine.touchpoints where id = any($1)",
        ["event-10", "event-12", "event-20", "event-21", "event-22"]))  # fmt: skip

    assert told == {"event-10": "ana", "event-20": None}


async def test_a_reader_of_some_initiatives_is_refused_all_else(shared: asyncpg.Connection) -> None:
    named = await shared.fetch("""
        select format('select 1 from %I.%I', nspname, relname) as statement
        from pg_class join pg_namespace on pg_namespace.oid = relnamespace
        where relkind in ('r', 'p', 'v', 'm', 'f', 'S') and nspname !~ '^pg_' and nspname not in ('information_schema', 'mine')
    """)
    await shared.execute("set role test_ours")
    tried = [row["statement"] for row in named]
    called = [f"select * from attune.{call}" for call in (*CALLS, *NOT_THEIRS)]
    changed = ["insert into mine.initiatives values ('theirs')", "delete from mine.mutes", "create table mine.own ()"]

    assert await refused(shared, [*tried, *called, *changed]) == []


async def test_a_reader_of_some_initiatives_calls_only_the_functions_of_their_schema(
    connection: asyncpg.Connection,
) -> None:
    callable_ = await connection.fetch("""
        select nspname, proname from pg_proc join pg_namespace on pg_namespace.oid = pronamespace
        where nspname !~ '^pg_' and nspname <> 'information_schema'
          and has_schema_privilege('attune_initiative_reader', pronamespace, 'usage')
    """)

    assert {tuple(row) for row in callable_} == {("mine", name) for name in READER_FUNCTIONS}


async def test_a_readers_own_function_is_shown_no_row_that_is_not_theirs(shared: asyncpg.Connection) -> None:
    await shared.execute("set role test_ours")
    seen: list[str] = []
    shared.add_log_listener(lambda _, message: seen.append(message.message))
    await shared.execute(
        "create function pg_temp.peek(text) returns boolean language plpgsql cost 0.0001 as "
        "$$ begin raise notice '%', $1; return true; end $$"
    )

    await shared.fetch("select 1 from mine.alignment where pg_temp.peek(initiative || ' ' || name)")
    await shared.fetch("select 1 from mine.alerts where pg_temp.peek(summary)")
    await shared.fetch("select 1 from mine.deliveries where pg_temp.peek(destination)")

    assert set(seen) == {"ours ana", "own"}


async def test_who_reads_one_relationship_has_no_other_read(shared: asyncpg.Connection) -> None:
    for number in range(50):
        await join(shared, f"p{number}", "ours")
    await shared.execute("analyze roster.stakeholders, roster.people, projector.model_states; set role test_ours")

    plan = await shared.fetchval(
        "explain (analyze, format json) select score from mine.alignment where initiative = 'ours' and stakeholder = 'ana'"
    )

    states = [node for node in nodes(orjson.loads(plan)[0]["Plan"]) if node.get("Relation Name") == "model_states"]
    assert sum(node["Actual Loops"] * node["Actual Rows"] for node in states) == 1


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every node of a plan."""
    yield node
    for below in node.get("Plans", ()):
        yield from nodes(below)


def attune(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.cli.app", "reader", *words],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip


async def test_a_login_that_a_command_made_reads_its_initiative_until_it_is_removed(
    shared: asyncpg.Connection, database: str, nats_url: str, home: Path
) -> None:
    told = {"DATABASE_URL": database, "NATS_URL": nats_url, "DIRECTORY": str(home)}
    environment = os.environ | {f"ATTUNE_{name}": value for name, value in told.items()}

    added = json.loads(attune(environment, "add", "test_dana", "--initiative", "ours", "--json").stdout)
    refused = [
        attune(environment, *words).stderr
        for words in (
            ("add", "test_dana"),
            ("add", "Dana; drop"),
            ("add", "test_eve", "--initiative", "none"),
            ("remove", "attune"),
        )
    ]
    login = await asyncpg.connect(database, user=added["user"], password=added["password"])
    seen = await login.fetchval(f"select array_agg(initiative || ' ' || stakeholder) from {added['schema']}.alignment")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await login.fetch("select * from attune.alignment")
    await login.close()
    listed = json.loads(attune(environment, "list", "--json").stdout)
    removed = attune(environment, "remove", "test_dana")

    assert seen == ["ours ana"]
    for said, why in zip(refused, ("already", "use a to z", "on no roster", "no reader"), strict=True):
        assert why in said
    assert {"name": "test_dana", "initiatives": ["ours"]} in listed
    assert removed.returncode == 0
    assert not await shared.fetchval("select exists (select from roster.readers where role = 'test_dana')")
    assert not await shared.fetchval("select exists (select from pg_roles where rolname = 'test_dana')")
