"""Every alert is found, says what it rests on and what would help, and can be muted by who may."""

import re
from datetime import timedelta

from services.console import wording
from services.console.visitor import Role
from shared.plumbing.clock import now
from tests.integration.console.desk import Desk
from tests.integration.console.test_pages import fading

API = "/api/v1"
MANY = 120


async def many(desk: Desk) -> None:
    """Let there be more alerts than a page shows: every third holds, the others are foreseen; some are resolved."""
    await desk.connection.execute("insert into roster.initiatives values ('change')")
    await desk.connection.execute(
        """
        insert into alerts.alerts (
            alert_id, initiative, part, status, severity, reason, reasons, drifts_at, summary, opened_at, resolved_at
        )
        select
            gen_random_uuid(), 'change', 'part ' || n, case when n % 10 = 0 then 'resolved' else 'open' end,
            case when n % 3 = 0 then 'alert' else 'warning' end, 'uncovered', '[]', now(), 'x',
            now() - n * interval '1 hour', case when n % 10 = 0 then now() end
        from generate_series(1, $1::integer) as n
        """,
        MANY,
    )


async def test_every_alert_is_met_once_and_what_holds_comes_first(desk: Desk) -> None:
    await many(desk)
    await desk.sign_in(Role.VIEWER)
    assert 'href="/alerts">All of them' in await desk.page("/")
    seen, path = list[str](), "/alerts?status=all"
    while path:
        page = await desk.page(path)
        seen += re.findall(r'href="/alerts/([0-9a-f-]{36})"', page)
        more = re.search(r'href="(/alerts\?[^"]*cursor=[^"]*)"', page)
        path = more[1].replace("&amp;", "&") if more else ""

    expected = await desk.connection.fetch(
        "select alert_id::text as id from alerts.alerts order by severity = 'alert' desc, opened_at desc"
    )
    assert seen == [row["id"] for row in expected]
    assert len(seen) == MANY


async def test_a_resolved_alert_is_found_by_name(desk: Desk) -> None:
    await many(desk)
    await desk.sign_in(Role.VIEWER)

    page = await desk.page("/alerts?status=resolved&search=PART+110")

    assert re.findall(r">(part \d+)</a>", page) == ["part 110"]
    for path in ("/alerts?cursor=x", "/alerts?cursor=1_x_y", "/alerts?status=x", "/alerts?search=%00"):
        assert (await desk.client.get(path)).status_code in {400, 422}, path


async def test_an_alert_is_found_by_whom_it_is_about_and_by_where(desk: Desk) -> None:
    await fading(desk)
    await desk.refresh()
    await desk.sign_in(Role.VIEWER)
    (alert_id,) = re.findall(r'href="/alerts/([0-9a-f-]{36})"', await desk.page("/alerts"))

    for word, found in (("ANA", [alert_id]), ("chang", [alert_id]), ("bob", []), ("%25", [])):
        page = await desk.page(f"/alerts?search={word}")

        assert re.findall(r'href="/alerts/([0-9a-f-]{36})"', page) == found, word


async def test_an_alert_says_what_it_rests_on_where_silence_leads_and_what_would_help(desk: Desk) -> None:
    await fading(desk, overrides={"fading": 35})
    await desk.sign_in(Role.VIEWER)
    alert_id = await desk.connection.fetchval("select alert_id from alerts.alerts")

    page = await desk.page(f"/alerts/{alert_id}")

    behind = page.split("The touches behind it")[1].split("</section>")[0]
    assert behind.count("<li>") == 5
    assert "Meeting" in behind
    assert "stays under 35" in page
    assert "A 30-minute meeting</b> <span>would bring it to" in page
    assert "Mute" not in page


async def test_what_an_alert_is_about_is_muted_from_its_page_and_told_of_again_from_the_list(desk: Desk) -> None:
    await fading(desk)
    await desk.sign_in(Role.OPERATOR, ["change"])
    alert_id = await desk.connection.fetchval("select alert_id from alerts.alerts")
    form = {"csrf": await desk.csrf(), "what": "person", "for_days": "7", "note": "on leave"}

    nothing = await desk.client.post(f"/alerts/{alert_id}/mute", data=form | {"what": "everything"})
    muted = await desk.client.post(f"/alerts/{alert_id}/mute", data=form, headers={"hx-request": "true"})
    held = await desk.page("/held")
    row = await desk.connection.fetchrow("select * from attune.mutes")
    ended = await desk.client.post(f"/mutes/{row['id']}/end", data=form)
    after = await desk.page("/held")

    assert nothing.status_code == 400
    assert "Muted Ana" in muted.text
    assert (row["initiative"], row["stakeholder"], row["author"]) == ("change", "ana", "operator")
    assert row["ends_at"] - now() > timedelta(days=6)
    assert "on leave" in held
    assert ended.status_code == 303
    assert "Nothing is muted" in after
    audited = await desk.connection.fetch(
        "select action from console.audit where subject like 'mute %' order by number"
    )
    assert [row["action"] for row in audited] == ["mute", "unmute"]


async def test_what_was_held_back_is_shown_with_its_reason(desk: Desk) -> None:
    await fading(desk)
    await desk.connection.execute(
        "insert into alerts.suppressions (alert_id, event, channel, reason, note, happened_at) "
        "select alert_id, 'opened', 'mail', 'budget', 'over the budget of three', now() from alerts.alerts"
    )
    await desk.sign_in(Role.VIEWER)
    alert_id = await desk.connection.fetchval("select alert_id from alerts.alerts")

    for path in ("/held", f"/alerts/{alert_id}"):
        assert "over the budget of three" in await desk.page(path)


async def test_programs_mute_within_what_they_see(desk: Desk) -> None:
    await fading(desk)
    await desk.story.person("bob", initiative="other")
    limited, viewer = await desk.token(Role.OPERATOR, ["change"]), await desk.token(Role.VIEWER)
    wanted = {"initiative": "change", "ends_at": (now() + timedelta(days=2)).isoformat()}

    async def asked(token: dict[str, str], **more: object) -> int:
        return (await desk.client.post(f"{API}/mutes", json=wanted | more, headers=token)).status_code

    answers = [
        await asked(viewer),
        await asked(limited),
        await asked(limited, initiative="other"),
        await asked(limited, initiative=None, function="IT"),
        await asked(limited, ends_at="2020-01-01T00:00:00Z"),
        await asked(limited, ends_at="0001-01-01T00:00:00+14:00"),
        await asked(limited, note="\x00"),
        await asked(limited, why="x"),
    ]
    await desk.connection.execute(
        "select alerts.mute(author => 'ben', at => now(), ends_at => now() + interval '1 day', initiative => 'other')"
    )
    [mine] = (await desk.client.get(f"{API}/mutes", headers=limited)).json()
    all_of_them = (await desk.client.get(f"{API}/mutes", headers=viewer)).json()
    foreign = max(row["id"] for row in all_of_them)
    ends = [
        (await desk.client.post(f"{API}/mutes/{number}/end", headers=limited)).status_code
        for number in (foreign, mine["id"], mine["id"])
    ]
    held = await desk.client.get(f"{API}/suppressions", headers=limited)

    assert answers == [403, 201, 403, 403, 400, 400, 400, 422]
    assert (mine["initiative"], len(all_of_them)) == ("change", 2)
    assert ends == [404, 204, 404]
    assert held.status_code == 200


async def test_what_history_brought_is_said_to_be_and_by_name(desk: Desk) -> None:
    await fading(desk)
    alert_id = await desk.connection.fetchval("update alerts.alerts set is_late = true returning alert_id")
    await desk.connection.execute(
        """
        insert into alerts.suppressions (alert_id, event, channel, recipient, reason, note, happened_at)
        values ($1, 'opened', 'mail', 'me@us.example', 'late', 'it held before', now())
        """,
        alert_id,
    )
    await desk.sign_in(Role.VIEWER)

    today, list_, one, held = [await desk.page(path) for path in ("/", "/alerts", f"/alerts/{alert_id}", "/held")]
    [told] = (await desk.client.get(f"{API}/alerts")).json()["items"]
    [suppressed] = (await desk.client.get(f"{API}/suppressions")).json()["items"]

    assert "It held before attune could see it: history brought it" in today
    assert "from history" in list_
    assert "history brought it" in one
    assert held.count("Came with history: listed only") == 2  # counted, and in the list
    assert ">Ana</a>" in held
    assert told["is_late"] is True
    assert (suppressed["name"], suppressed["reason"]) == ("Ana", "late")
    await desk.connection.execute("update alerts.alerts set is_late = false")
    assert "history brought" not in await desk.page("/")


async def test_every_reason_to_hold_back_has_its_words(desk: Desk) -> None:
    rule = await desk.connection.fetchval(
        "select pg_get_constraintdef(oid) from pg_constraint where conname = 'suppressions_reason_check'"
    )

    assert set(re.findall(r"'([a-z]+)'", rule)) == set(wording.HELD)


async def test_what_a_channel_has_still_to_send_is_counted_for_those_who_see_it(desk: Desk) -> None:
    await fading(desk)
    await desk.connection.execute("insert into roster.initiatives values ('other')")
    alert_id = await desk.connection.fetchval("select alert_id from alerts.alerts")
    waits = "next_attempt_at = now() + interval '1 hour', delivered_at = null"
    await desk.connection.execute(f"update alerts.deliveries set {waits}, attempts = 2 where channel = 'webhook'")
    await desk.connection.execute(f"update alerts.deliveries set {waits}, attempts = 0 where channel = 'nats'")
    await desk.sign_in(Role.VIEWER, ["change"])

    seen, one = await desk.page("/held"), await desk.page(f"/alerts/{alert_id}")
    await desk.connection.execute("update console.users set initiatives = array['other']")
    unseen = await desk.page("/held")

    assert "<b>nats</b> <span>1 waiting for their turn</span>" in seen
    assert "<b>webhook</b> <span>1 failed, to be tried again</span>" in seen
    assert "Tried 2 times, will be again" in one
    assert "Waits for its turn" in one
    assert "Under way" not in unseen
