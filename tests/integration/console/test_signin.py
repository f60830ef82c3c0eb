"""Who comes in, what they may do, and what is kept of it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import httpx
import pytest
import uvicorn

from services.console import accounts, attempts, secret
from services.console.app import wired
from services.console.bodies import BYTES_MAX
from services.console.means import Means
from services.console.turns import signing_in
from services.console.visitor import Role
from shared.plumbing.clock import now
from shared.plumbing.embedded import ports
from shared.plumbing.serve import options
from shared.plumbing.signin_link import signin_link
from tests.house import is_ready, until
from tests.integration.console.desk import HOST, PASSWORD, Desk
from tests.integration.console.test_pages import fading

LINK = f"{HOST}/signin/link?token="
NEW = "another horse entirely"
STORM = 30
INSIDE_MAX = signing_in().inside_max


async def audit(desk: Desk) -> list[tuple[str, str, str]]:
    rows = await desk.connection.fetch("select actor, action, outcome from console.audit order by number")
    return [tuple(row) for row in rows]


async def test_a_link_signs_the_owner_in_once(desk: Desk) -> None:
    token = (await signin_link(desk.connection, HOST, now())).removeprefix(LINK)

    scanned = [await desk.client.get("/signin/link", params={"token": token}) for _ in range(2)]
    strange = await desk.client.post("/signin/link", data={"token": token}, headers={"sec-fetch-site": "cross-site"})
    first = await desk.client.post("/signin/link", data={"token": token})
    page = await desk.page("/")
    desk.client.cookies.clear()
    second = await desk.client.post("/signin/link", data={"token": token})

    assert all(token in answer.text and "set-cookie" not in answer.headers for answer in scanned)
    assert strange.status_code == 403
    assert first.status_code == 303
    assert "owner" in page
    assert second.status_code == 403
    assert (await desk.client.get("/")).status_code == 303


async def test_a_link_runs_out(desk: Desk) -> None:
    token = (await signin_link(desk.connection, HOST, now() - timedelta(hours=2))).removeprefix(LINK)

    assert (await desk.client.post("/signin/link", data={"token": token})).status_code == 403


async def test_who_signs_in_ends_the_session_that_the_browser_had(desk: Desk) -> None:
    await desk.sign_in(Role.ADMIN)
    before = desk.client.cookies["attune"]
    await desk.sign_in(Role.VIEWER)
    desk.client.cookies.clear()
    desk.client.cookies.set("attune", before)

    assert (await desk.client.get("/")).status_code == 303
    assert await desk.connection.fetchval("select count(*) from console.sessions") == 1


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


async def test_after_ten_guesses_from_one_address_the_user_still_comes_in_from_another(
    desk: Desk, means: Means
) -> None:
    await desk.user()
    async with browser(means, "192.0.2.1") as stranger:
        guesses = [await tries(stranger, "wrong") for _ in range(attempts.AS_USER_MAX + 1)]
        right = await tries(stranger, PASSWORD)
        other_name = await tries(stranger, "wrong", "nobody")
        await desk.connection.execute("update console.attempts set begun_at = begun_at - interval '16 minutes'")
        later = await tries(stranger, PASSWORD)

    assert guesses == [403] * attempts.AS_USER_MAX + [429]
    assert (right, other_name, later) == (429, 403, 303)
    assert await tries(desk.client, PASSWORD) == 303


async def test_guesses_made_at_once_count_as_well(desk: Desk, means: Means) -> None:
    await desk.user()
    async with browser(means, "192.0.2.1") as stranger:
        answers = await asyncio.gather(*(tries(stranger, "wrong") for _ in range(40)))

    assert answers.count(403) <= attempts.AS_USER_MAX
    assert {*answers} == {403, 429}


async def test_an_address_that_tries_many_names_waits_and_its_network_with_it(desk: Desk, means: Means) -> None:
    await desk.user()
    begun = "insert into console.attempts values ($1, '', now(), $2)"
    await desk.connection.execute(begun, "2001:db8::/64", attempts.FROM_ADDRESS_MAX)
    async with browser(means, "2001:db8::7") as neighbour, browser(means, "2001:db8:1::7") as other:
        assert await tries(neighbour, PASSWORD) == 429
        assert await tries(other, PASSWORD) == 303


async def test_who_comes_in_again_and_again_is_no_guesser(desk: Desk) -> None:
    await desk.user()

    answers = [await tries(desk.client, PASSWORD) for _ in range(attempts.AS_USER_MAX + 2)]

    assert {*answers} == {303}
    left = await desk.connection.fetch("select name, attempts from console.attempts")
    assert [tuple(row) for row in left] == [("", 0)]


async def test_strangers_who_sign_in_all_at_once_keep_nobody_from_the_pages(
    desk: Desk, means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.sign_in()
    done = threading.Event()
    monkeypatch.setattr(secret, "is_password", lambda given, stored: done.wait(20) and given == stored)

    async with browser(means, "192.0.2.1") as stranger:
        storm = [asyncio.create_task(tries(stranger, "wrong", f"user {number}")) for number in range(STORM)]
        await until(lambda: are_turned_away(storm))
        page = await asyncio.wait_for(desk.client.get("/"), 2)
        done.set()
        answers = await asyncio.gather(*storm)

    assert page.status_code == 200
    assert (answers.count(429), answers.count(403)) == (STORM - INSIDE_MAX, INSIDE_MAX)


async def are_turned_away(storm: Sequence[asyncio.Task[int]]) -> bool:
    return sum(task.done() for task in storm) == STORM - INSIDE_MAX


async def tries(client: httpx.AsyncClient, password: str, name: str = "admin") -> int:
    answer = await client.post("/signin", data={"name": name, "password": password})
    return answer.status_code


def browser(means: Means, address: str) -> httpx.AsyncClient:
    """Return a browser at another address."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(wired(means), client=(address, 1)), base_url=HOST)


@pytest.mark.parametrize(("trusted", "believed"), [((), False), (("127.0.0.0/8",), True), (("192.0.2.0/24",), False)])
async def test_only_a_trusted_proxy_is_believed_about_where_a_request_comes_from(
    desk: Desk, means: Means, trusted: tuple[str, ...], believed: bool
) -> None:
    address = f"127.0.0.1:{ports.free()}"
    config = uvicorn.Config(lambda: wired(means), **options(address, trusted) | {"lifespan": "off", "loop": "asyncio"})
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await until(lambda: is_ready(address))
    async with httpx.AsyncClient(base_url=f"http://{address}") as client:
        await client.post("/signin", data={"name": "x", "password": "y"}, headers={"x-forwarded-for": "198.51.100.7"})
    server.should_exit = True
    await serving

    audited = await desk.connection.fetchval("select address from console.audit")
    assert audited == ("198.51.100.7" if believed else "127.0.0.1")


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


async def test_what_holds_a_null_character_is_refused_by_everyone(desk: Desk) -> None:
    await fading(desk)
    alert_id = await desk.connection.fetchval("select alert_id from alerts.alerts")
    unknown = await desk.client.post("/signin", data={"name": "a\x00b", "password": "\x00"})
    parts = await desk.client.post("/signin", files={"name": (None, "a\x00b")})
    await desk.sign_in()
    csrf = await desk.csrf()

    answers = [
        await desk.client.post(path, data={"csrf": csrf, "name": "a\x00b", "note": "x\x00"})
        for path in (f"/alerts/{alert_id}/comment", f"/alerts/{alert_id}/%00", "/access/users", "/access/users/disable")
    ]
    shown = await desk.client.get("/initiatives?name=%00")

    assert (unknown.status_code, parts.status_code, shown.status_code) == (400, 400, 400)
    assert {answer.status_code for answer in answers} <= {400, 422}


async def test_an_action_that_is_none_is_neither_counted_nor_audited(desk: Desk) -> None:
    await fading(desk)
    alert_id = await desk.connection.fetchval("select alert_id from alerts.alerts")
    await desk.sign_in()

    answer = await desk.client.post(f"/alerts/{alert_id}/explode", data={"csrf": await desk.csrf()})

    assert answer.status_code == 422
    assert "explode" not in str(await audit(desk))
    assert "explode" not in (await desk.client.get("/metrics")).text


async def test_a_user_gets_another_password_and_whoever_came_in_by_the_old_one_is_out(desk: Desk) -> None:
    robot = await desk.token(Role.VIEWER)
    await desk.sign_in(Role.VIEWER)
    whose = await desk.connection.fetchval("select user_id from console.users where name = 'viewer'")
    theirs = await accounts.begin_session(desk.connection, whose, now())
    link = await accounts.grant(desk.connection, whose, "signin", now(), timedelta(hours=1))
    await accounts.grant(desk.connection, whose, "api", now(), None)
    other = await desk.user(Role.OPERATOR)
    of_other = await accounts.begin_session(
        desk.connection,
        await desk.connection.fetchval("select user_id from console.users where name = $1", other),
        now(),
    )
    form = {"csrf": await desk.csrf(), "current": PASSWORD, "password": NEW, "again": NEW}

    wrong = [
        await desk.client.post("/account/password", data=form | change)
        for change in ({"current": "a guess"}, {"again": "another"}, {"password": PASSWORD, "again": PASSWORD})
    ]
    short = await desk.client.post("/account/password", data=form | {"password": "short", "again": "short"})
    by_token = await desk.client.post("/account/password", data=form, headers=robot)
    before = await accounts.of_session(desk.connection, theirs, now())
    done = await desk.client.post("/account/password", data=form)

    assert [answer.status_code for answer in (*wrong, short, by_token, done)] == [403] * 5 + [303]
    assert "That is not your password as it is now." in wrong[0].text
    assert "Password: must be 12 to" in short.text
    assert before is not None
    assert "Your password is another one now" in await desk.page(done.headers["location"])
    assert await accounts.of_session(desk.connection, theirs, now()) is None
    assert await accounts.of_session(desk.connection, of_other, now()) is not None
    assert await accounts.of_token(desk.connection, link, "signin", now()) is None
    assert await desk.connection.fetchval("select count(*) from console.tokens where user_id = $1", whose) == 1
    assert [row for row in await audit(desk) if row[1] == "change password"] == [
        *[("viewer", "change password", "refused")] * 4,
        ("viewer", "change password", "done"),
    ]
    tried = [await desk.client.post("/signin", data={"name": "viewer", "password": word}) for word in (PASSWORD, NEW)]
    assert [answer.status_code for answer in tried] == [403, 303]


async def test_nobody_guesses_a_password_at_a_browser_left_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.sign_in(Role.OPERATOR)
    form = {"csrf": await desk.csrf(), "password": NEW, "again": NEW}
    monkeypatch.setattr(secret, "is_password", lambda given, _: given == PASSWORD)

    guessed = [
        (await desk.client.post("/account/password", data=form | {"current": f"guess {number}"})).status_code
        for number in range(attempts.AS_USER_MAX + 1)
    ]
    known = await desk.client.post("/account/password", data=form | {"current": PASSWORD})

    assert guessed == [403] * attempts.AS_USER_MAX + [429]
    assert known.status_code == 429


async def test_who_signs_in_without_a_password_is_told_so(desk: Desk) -> None:
    await desk.sign_in(Role.VIEWER)
    await desk.connection.execute("update console.users set password_hash = null")
    csrf = await desk.csrf()

    answer = await desk.client.post("/account/password", data={"csrf": csrf, "password": NEW, "again": NEW})

    assert answer.status_code == 403
    assert "there is none to change" in answer.text
    assert "attune console password viewer" in await desk.page("/account")


async def test_an_admin_lets_a_user_in_no_more_in_again_and_otherwise(desk: Desk) -> None:
    await desk.story.person("ana")
    await desk.user(Role.VIEWER)
    await desk.sign_in(Role.ADMIN)
    form = {"csrf": await desk.csrf(), "name": "viewer"}

    async def asked(what: str, **more: str) -> int:
        return (await desk.client.post(f"/access/users/{what}", data=form | more)).status_code

    assert await asked("disable") == 303
    assert "Let in again" in await desk.page("/access")
    assert await asked("enable") == 303
    assert await asked("enable") == 400
    assert await asked("change", role="operator", initiatives="change") == 303
    assert await asked("change", role="admin", initiatives="change") == 400
    assert await asked("change", role="emperor") == 422
    assert await asked("change", role="viewer", name="admin") == 400
    row = await desk.connection.fetchrow("select * from console.users where name = 'viewer'")
    assert (row["role"], row["initiatives"], row["disabled_at"]) == ("operator", ["change"], None)
    assert [row for row in await audit(desk) if row[1] == "change user"] == [("admin", "change user", "done")]


async def test_an_admin_alone_revokes_a_token_and_it_opens_nothing_at_once(desk: Desk) -> None:
    robot = await desk.token(Role.OPERATOR)
    number = await desk.connection.fetchval("select token_id from console.tokens")
    revoke = f"/access/tokens/{number}/revoke"
    await desk.sign_in(Role.OPERATOR)
    refused = await desk.client.post(revoke, data={"csrf": await desk.csrf()})
    await desk.sign_in(Role.ADMIN)
    csrf = await desk.csrf()
    listed = f'action="{revoke}"' in await desk.page("/access")

    unsent = await desk.client.post(revoke)
    before = (await desk.client.get("/api/v1/me", headers=robot)).status_code
    done = await desk.client.post(revoke, data={"csrf": csrf})
    again = await desk.client.post(revoke, data={"csrf": csrf})
    after = (await desk.client.get("/api/v1/me", headers=robot)).status_code

    assert (refused.status_code, unsent.status_code, done.status_code, again.status_code) == (403, 403, 303, 400)
    assert (listed, before, after) == (True, 200, 401)
    assert f'action="{revoke}"' not in await desk.page("/access")
    assert ("admin", "revoke token", "done") in await audit(desk)


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


async def test_nobody_fills_the_memory(desk: Desk) -> None:
    large = "x" * (BYTES_MAX + 1)

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(BYTES_MAX // 1024 + 1):
            yield b"x" * 1024

    form = {"content-type": "application/x-www-form-urlencoded"}
    answers = [
        await desk.client.post("/signin", data={"name": large}),
        await desk.client.post("/signin", content=chunks(), headers=form),
        await desk.client.post("/api/v1/mutes", content=large, headers={"content-type": "application/json"}),
        await desk.client.post("/signin", content=b"", headers=form | {"content-length": "-1"}),
    ]

    assert {answer.status_code for answer in answers} <= {400, 413}
    assert (answers[0].status_code, answers[2].status_code) == (413, 413)
