"""Who comes in, what they may do, and what is kept of it."""

from datetime import timedelta

from services.console import accounts
from services.console.visitor import Role
from shared.plumbing.clock import now
from shared.plumbing.signin_link import signin_link
from tests.integration.console.desk import HOST, PASSWORD, Desk
from tests.integration.console.test_pages import fading


async def audit(desk: Desk) -> list[tuple[str, str, str]]:
    rows = await desk.connection.fetch("select actor, action, outcome from console.audit order by number")
    return [tuple(row) for row in rows]


async def test_a_link_signs_the_owner_in_once(desk: Desk) -> None:
    link = (await signin_link(desk.connection, HOST, now())).removeprefix(HOST)

    first = await desk.client.get(link)
    page = await desk.page("/")
    desk.client.cookies.clear()
    second = await desk.client.get(link)

    assert first.status_code == 303
    assert "owner" in page
    assert second.status_code == 403
    assert (await desk.client.get("/")).status_code == 303


async def test_a_link_runs_out(desk: Desk) -> None:
    link = (await signin_link(desk.connection, HOST, now() - timedelta(hours=2))).removeprefix(HOST)

    assert (await desk.client.get(link)).status_code == 403


async def test_no_secret_is_stored_in_plain(desk: Desk) -> None:
    await desk.sign_in()
    session = desk.client.cookies["attune"]

    kept = [
        str(dict(row))
        for table in ("users", "sessions", "tokens")
        for row in await desk.connection.fetch(f"table console.{table}")
    ]

    assert not [row for row in kept if session in row or PASSWORD in row]
    assert "$argon2id$" in kept[0]


async def test_the_cookie_is_for_this_site_and_no_script(desk: Desk) -> None:
    await desk.user()

    answer = await desk.client.post("/signin", data={"name": "admin", "password": PASSWORD})

    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


async def test_a_wrong_password_and_an_unknown_name_are_told_alike(desk: Desk) -> None:
    await desk.user()

    wrong = await desk.client.post("/signin", data={"name": "admin", "password": "wrong"})
    unknown = await desk.client.post("/signin", data={"name": "nobody", "password": "wrong"})

    assert wrong.status_code == unknown.status_code == 403
    assert wrong.text.replace("admin", "X") == unknown.text.replace("nobody", "X")
    assert [row[1:] for row in await audit(desk)] == [("sign in", "refused")] * 2


async def test_after_ten_failures_even_the_right_password_waits(desk: Desk) -> None:
    await desk.user()
    for _ in range(accounts.FAILURES_MAX):
        await accounts.audit(desk.connection, now(), "admin", "sign in", "console", done=False, address="192.0.2.1")

    soon = await desk.client.post("/signin", data={"name": "admin", "password": PASSWORD})
    await desk.connection.execute("update console.audit set happened_at = happened_at - interval '16 minutes'")
    later = await desk.client.post("/signin", data={"name": "admin", "password": PASSWORD})

    assert soon.status_code == 429
    assert later.status_code == 303


async def test_nobody_is_sent_to_another_host_after_signing_in(desk: Desk) -> None:
    await desk.user()
    for then in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        answer = await desk.client.post("/signin", data={"name": "admin", "password": PASSWORD, "then": then})
        assert answer.headers["location"] == "/"


async def test_a_session_ends_by_idleness_by_age_and_by_signing_out(desk: Desk) -> None:
    await desk.sign_in()
    for change in ("seen_at = seen_at - interval '13 hours'", "expires_at = now() - interval '1 second'"):
        await desk.connection.execute(f"update console.sessions set {change}")
        assert (await desk.client.get("/")).status_code == 303
        await desk.connection.execute(
            "update console.sessions set seen_at = now(), expires_at = now() + interval '1 day'"
        )
    assert (await desk.client.get("/")).status_code == 200

    await desk.client.post("/signout", data={"csrf": await desk.csrf()})

    assert await desk.connection.fetchval("select count(*) from console.sessions") == 0


async def test_who_is_disabled_is_out_at_once(desk: Desk) -> None:
    await desk.sign_in()
    await accounts.disable(desk.connection, "admin", now())

    assert (await desk.client.get("/")).status_code == 303
    assert (await desk.client.post("/signin", data={"name": "admin", "password": PASSWORD})).status_code == 403


async def test_an_action_needs_the_role_the_form_and_our_own_site_and_is_audited(desk: Desk) -> None:
    await fading(desk)
    alert_id = await desk.connection.fetchval("select alert_id from alerts.alerts")
    act = f"/alerts/{alert_id}/acknowledge"
    await desk.sign_in(Role.OPERATOR)
    csrf = await desk.csrf()

    without = await desk.client.post(act)
    foreign = await desk.client.post(act, data={"csrf": csrf}, headers={"origin": "https://evil.example"})
    right = await desk.client.post(act, data={"csrf": csrf})
    again = await desk.client.post(act, data={"csrf": csrf}, headers={"hx-request": "true"})

    assert (without.status_code, foreign.status_code, right.status_code) == (403, 403, 303)
    assert "Somebody was faster" in again.text
    done = [row for row in await audit(desk) if row[1] == "acknowledge"]
    assert done == [("operator", "acknowledge", "done"), ("operator", "acknowledge", "refused")]
    history = await desk.connection.fetchval("select actor from alerts.history where event = 'acknowledged'")
    assert history == "operator"

    await desk.sign_in(Role.VIEWER)
    viewer = await desk.client.post(f"/alerts/{alert_id}/comment", data={"csrf": await desk.csrf(), "note": "hm"})
    assert viewer.status_code == 403
    assert "Acknowledge" not in await desk.page("/")
    assert (await desk.client.get("/access")).status_code == 403


async def test_who_is_limited_cannot_let_anybody_in(desk: Desk) -> None:
    await desk.story.person("ana")
    await desk.sign_in(Role.ADMIN)
    form = {"csrf": await desk.csrf(), "name": "eve", "role": "admin", "initiatives": "change", "password": PASSWORD}
    limited = await desk.client.post("/access/users", data=form)
    await desk.connection.execute("update console.users set initiatives = array['change']")

    seen = await desk.client.get("/access")
    added = await desk.client.post("/access/users", data=form | {"initiatives": ""})

    assert limited.status_code == 400
    assert (seen.status_code, added.status_code) == (403, 403)
    assert await desk.connection.fetchval("select count(*) from console.users") == 1


async def test_an_admin_adds_a_user_who_then_sees_one_initiative(desk: Desk) -> None:
    await desk.story.person("ana")
    await desk.story.person("bob", initiative="other")
    await desk.refresh()
    await desk.sign_in()
    form = {"csrf": await desk.csrf(), "name": "eve", "role": "viewer", "password": PASSWORD, "initiatives": "other"}

    short = await desk.client.post("/access/users", data=form | {"password": "short"})
    wrong = await desk.client.post("/access/users", data=form | {"initiatives": "nothing"})
    added = await desk.client.post("/access/users", data=form)
    twice = await desk.client.post("/access/users", data=form)
    page = await desk.page("/access")
    await desk.client.post("/signin", data={"name": "eve", "password": PASSWORD})

    assert (short.status_code, wrong.status_code, added.status_code, twice.status_code) == (400, 400, 303, 400)
    assert "add user: eve" in page
    shown = await desk.page("/stakeholders")
    assert "Bob" in shown
    assert "Ana" not in shown
