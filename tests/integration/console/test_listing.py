"""Paging: whoever is on the list is met exactly once, in order, in every order."""

import asyncio
import re

import pytest

from services.console import relationships, standings, store
from services.console.listing import ORDERS, wanted
from shared.plumbing.queries import query
from tests.house import until
from tests.integration.console.desk import Desk

NAMES = ("ana", "bob", "cyd", "dan", "eve", "fay", "gus")


@pytest.fixture
async def crowd(desk: Desk) -> Desk:
    """Seven people, of whom two were never met and some stand alike."""
    for name in NAMES:
        await desk.story.person(name)
    for day, name in ((-5, "ana"), (-30, "bob"), (-31, "cyd"), (-60, "dan"), (-90, "eve")):
        await desk.story.becomes_warm(name, day)
    await desk.story.judged(0)
    await desk.refresh()
    await store.prepare(desk.connection)
    return desk


async def test_pages_of_two_bring_everyone_once_and_in_order_whatever_the_order(crowd: Desk) -> None:
    for sort in ORDERS:
        whole = await store.page(crowd.connection, wanted(None, {"sort": sort}))

        seen = await in_pages_of_two(crowd, sort)

        assert seen == whole.ids, sort
        assert len(set(seen)) == len(NAMES), sort


async def in_pages_of_two(crowd: Desk, sort: str) -> list[int]:
    seen: list[int] = []
    page = await store.page(crowd.connection, wanted(None, {"sort": sort}, limit=2))
    while page.next:
        seen += page.ids
        page = await store.page(crowd.connection, wanted(None, {"sort": sort, "cursor": page.next}, limit=2))
    return seen + page.ids


async def test_who_falls_short_and_who_was_never_met_are_read_in_order_by_index(crowd: Desk) -> None:
    await crowd.connection.execute("set enable_seqscan = off; set enable_sort = off")
    for name in ("falls_short", "never_met"):
        plan = await crowd.connection.fetch(f"explain {query(store.PACKAGE, name)}", "change", 50)

        assert "Index Scan" in plan[1][0], name
        assert not [row for row in plan if "Sort" in row[0]], name


async def test_a_page_of_one_band_is_read_in_order_by_index(crowd: Desk) -> None:
    await crowd.connection.execute("set enable_seqscan = off; set enable_sort = off; set enable_bitmapscan = off")
    for sort in ("drift", "score", "-score", "touch"):
        order = ORDERS[sort]
        way = "desc" if order.is_descending else "asc"
        rows = await crowd.connection.fetch(
            f"explain select relationship_id from console.standings where band = 'cooling' "
            f"order by {order.expression} {way}, relationship_id {way} limit 31"
        )
        plan = "\n".join(row[0] for row in rows)

        assert "Index Scan using standings_of_band" in plan, sort
        assert "Filter" not in plan, sort
        assert "Sort" not in plan, sort


async def test_the_risk_of_a_list_is_that_of_each_by_itself(crowd: Desk) -> None:
    now = crowd.story.at(1)
    ids = [row[0] for row in await crowd.connection.fetch("select relationship_id from roster.stakeholders")]

    found = await store.standing(crowd.connection, ids, now)
    each = dict(
        await crowd.connection.fetch(
            "select relationship_id, projector.risk(states, $1) from projector.model_states as states", now
        )
    )

    assert {id_: row["risk"] for id_, row in found.items()} == {id_: pytest.approx(risk) for id_, risk in each.items()}
    assert sum(risk is None for risk in each.values()) == 2


async def test_what_is_asked_by_ids_is_planned_once_and_lists_anew(crowd: Desk) -> None:
    for _ in range(2):
        await relationships.listing(crowd.connection, store.Models(), wanted(None, {}), crowd.story.at(0))

    planned = {
        row["name"]: (row["generic_plans"], row["custom_plans"])
        for row in await crowd.connection.fetch(
            "select split_part(statement, ' ', 2) as name, generic_plans, custom_plans from pg_prepared_statements"
        )
    }

    assert planned["How"] == planned["What"] == (2, 0)  # how they stand, what each brought
    assert planned["One"] == (0, 2)  # one page
    assert await crowd.connection.fetchval("show enable_seqscan") == "on"


async def test_a_list_is_narrowed_to_what_is_asked(crowd: Desk) -> None:
    expected: list[tuple[dict[str, str | None], set[str]]] = [
        ({"search": "AN"}, {"Ana", "Dan"}),
        ({"search": "%"}, set()),
        ({"band": "unknown"}, {"Fay", "Gus"}),
        ({"reason": "never_met"}, {"Fay", "Gus"}),
        ({"initiative": "other"}, set()),
    ]
    for filters, names in expected:
        found = await relationships.listing(crowd.connection, store.Models(), wanted(None, filters), crowd.story.at(0))

        assert {row["name"] for row in found.rows} == names, filters


async def test_the_score_shown_is_that_of_the_moment_and_not_of_the_last_refresh(crowd: Desk) -> None:
    later = crowd.story.at(20)

    found = await relationships.listing(crowd.connection, store.Models(), wanted(None, {"search": "ana"}), later)

    kept = await crowd.connection.fetchval("select score from console.standings where name = 'Ana'")
    live = await crowd.connection.fetchval(
        "select reading.score from projector.model_states as states, projector.read(states, $1) as reading "
        "where relationship_id = $2",
        later,
        found.rows[0]["relationship_id"],
    )
    assert found.rows[0]["score"] == pytest.approx(live)
    assert kept > live + 5


async def test_the_next_page_is_a_link(crowd: Desk) -> None:
    await crowd.sign_in()
    for number in range(60):
        await crowd.story.person(f"p{number}")
    await crowd.refresh()

    page = await crowd.page("/stakeholders?sort=name")
    link = re.search(r'href="(/stakeholders\?[^"]*cursor=[^"]*)"', page)
    assert link
    rest = await crowd.page(link[1].replace("&amp;", "&"))

    assert page.count('<th scope="row">') == 30
    assert rest.count('<th scope="row">') == 30
    assert not set(re.findall(r"/stakeholders/\d+", page)) & set(re.findall(r"/stakeholders/\d+", rest))


async def test_a_refresh_writes_only_what_changed(crowd: Desk) -> None:
    now = crowd.story.at(0)
    first = await crowd.connection.fetchval("select console.refresh($1)", now)

    assert first == 0 or await crowd.connection.fetchval("select console.refresh($1)", now) == 0
    await crowd.connection.execute("update roster.people set name = 'Anna' where name = 'Ana'")
    assert await crowd.connection.fetchval("select console.refresh($1)", now) == 1


async def test_who_leaves_the_roster_amid_a_refresh_stops_nothing(crowd: Desk) -> None:
    await crowd.connection.execute("delete from console.standings where name = 'Ana'")  # she joined a moment ago
    leaving = crowd.connection.transaction()
    await leaving.start()
    await crowd.connection.execute("delete from roster.people where name = 'Ana'")
    refreshing = asyncio.create_task(standings.keep_fresh(crowd.pool, standings.standings))
    waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    try:
        await until(lambda: crowd.connection.fetchval(waits))
        await leaving.commit()
        done, _ = await asyncio.wait({refreshing}, timeout=0.5)
    finally:
        refreshing.cancel()

    assert not done, refreshing
    await crowd.refresh()
    assert await crowd.connection.fetchval("select count(*) from console.standings") == len(NAMES) - 1


async def test_a_small_picture_draws_the_line_that_the_person_is_read_by(crowd: Desk) -> None:
    await crowd.connection.execute(
        "update roster.stakeholders set overrides = '{\"fading\": 60}' where relationship_id = "
        "(select relationship_id from console.standings where name = 'Ana')"
    )

    found = await relationships.listing(crowd.connection, store.Models(), wanted(None, {}), crowd.story.at(0))

    lines = {row["name"]: row["spark"].line_y for row in found.rows}
    assert lines["Ana"] < lines["Bob"]
