"""The API: the same data and actions, for programs."""

import asyncio
import csv
import io
from dataclasses import dataclass, field

import httpx
import pytest
from starlette.types import ASGIApp, Message

from services.console import store
from services.console.api.sheet import cell
from services.console.app import wired
from services.console.bodies import BYTES_MAX
from services.console.means import Means
from services.console.visitor import Role
from shared.alignment.model import Model, default_model
from tests.integration.console.conftest import CONNECTIONS
from tests.integration.console.desk import HOST, Desk
from tests.integration.console.test_pages import fading

API = "/api/v1"


async def test_a_program_reads_what_the_pages_show(desk: Desk) -> None:
    await fading(desk)
    await desk.refresh()
    token = await desk.token(Role.VIEWER)

    me = (await desk.client.get(f"{API}/me", headers=token)).json()
    [row] = (await desk.client.get(f"{API}/relationships", headers=token)).json()["items"]
    one = (await desk.client.get(f"{API}/relationships/{row['relationship_id']}", headers=token)).json()
    curve = (
        await desk.client.get(f"{API}/relationships/{row['relationship_id']}/trajectory?what_if=meeting", headers=token)
    ).json()
    why = (await desk.client.get(f"{API}/relationships/{row['relationship_id']}/why", headers=token)).json()
    [alert] = (await desk.client.get(f"{API}/alerts", headers=token)).json()["items"]

    assert me == {"name": "robot viewer", "role": "viewer", "initiatives": None}
    assert one.items() <= row.items()
    assert curve["with_touch_score"] > row["score"]
    assert abs(sum(why["parts"].values()) - row["score"]) < 0.3
    assert alert["stakeholder"] == "ana"


async def test_a_program_reads_of_an_alert_and_of_a_person_what_their_pages_show(desk: Desk) -> None:
    await fading(desk)
    await desk.story.happens(79, kind="commitment", commitment={"ref": "budget", "state": "made", "by": "us"})
    viewer, operator = await desk.token(Role.VIEWER), await desk.token(Role.OPERATOR)
    row = await desk.connection.fetchrow("select alert_id, relationship_id from alerts.alerts")
    path, of_person = f"{API}/alerts/{row['alert_id']}", f"{API}/relationships/{row['relationship_id']}"
    mute = {"initiative": "change", "ends_at": desk.story.at(90).isoformat()}

    alert = (await desk.client.get(path, headers=viewer)).json()
    full = (await desk.client.get(path, headers=operator)).json()
    [promise] = (await desk.client.get(f"{of_person}/commitments", headers=viewer)).json()
    before = (await desk.client.get(f"{API}/recovered", headers=viewer)).json()
    act = {"action": "resolve", "note": "we met"}
    await desk.client.post(f"{path}/actions", json=act, headers=operator)
    assert (await desk.client.post(f"{API}/mutes", json=mute, headers=operator)).status_code == 201
    [told] = (await desk.client.get(f"{of_person}/alerts", headers=viewer)).json()
    [better] = (await desk.client.get(f"{API}/recovered", headers=viewer)).json()
    held = (await desk.client.get(f"{API}/held", headers=viewer)).json()

    assert [touch["kind"] for touch in alert["behind"]["touches"]][:1] == ["commitment"]
    assert [help_["words"] for help_ in alert["behind"]["ahead"]["helps"]][:1] == ["a 30-minute meeting"]
    assert {delivery["channel"] for delivery in alert["deliveries"]} == {"nats", "webhook"}
    assert {delivery["destination"] for delivery in alert["deliveries"]} == {None}
    assert None not in {delivery["destination"] for delivery in full["deliveries"]}
    assert (promise["ref"], promise["state"], promise["is_late"]) == ("budget", "made", False)
    assert [event["event"] for event in told["history"]] == ["opened", "resolved"]
    assert (before, better["id"], better["name"]) == ([], str(row["alert_id"]), "Ana")
    assert {one["channel"] for one in held["under_way"]} <= {"nats", "webhook"}
    assert held["counted"] == []


async def test_a_program_reads_how_the_system_is_and_which_model_is_in_force(desk: Desk) -> None:
    changed = default_model().model_dump() | {"name": "stricter"}
    changed["bands"] = changed["bands"] | {"aligned_min": 61.0}
    await desk.story.model(Model.model_validate(changed))
    await desk.story.person("ana")
    await desk.story.happens(-1)
    await desk.refresh()
    token = await desk.token(Role.VIEWER)

    found = (await desk.client.get(f"{API}/system", headers=token)).json()

    assert (found["relationships"], found["touchpoints"], found["nats"], found["waiting"]) == (1, 1, None, None)
    assert found["postgres"].split(".")[0].isdecimal()
    assert (found["model"]["name"], found["before"]["version"]) == ("stricter", found["model"]["version"] - 1)
    assert {"field": "bands.aligned_min", "was": 60.0, "now": 61.0} in found["changes"]


async def test_an_admins_program_says_who_may_sign_in_and_reads_the_audit(desk: Desk) -> None:
    await desk.story.person("ana")
    token = await desk.token(Role.ADMIN)

    async def asked(path: str, **body: object) -> httpx.Response:
        return await desk.client.post(API + path, json=body, headers=token)

    added = await asked("/users", name="eve", role="viewer", initiatives=["change"], password="correct horse battery")  # noqa: S106 -- opens nothing
    answers = [
        await asked("/users", name="eve"),
        await asked("/users", name="zoe", password="short"),  # noqa: S106 -- opens nothing
        await asked("/users", name="zoe", role="viewer", initiatives=[]),
        await asked("/users/change", name="robot admin", role="viewer"),
        await asked("/users/disable", name="robot admin"),
        await asked("/users/enable", name="eve"),
    ]
    changed = await asked("/users/change", name="eve", role="operator")
    disabled = await asked("/users/disable", name="eve")
    enabled = await asked("/users/enable", name="eve")
    users = (await desk.client.get(f"{API}/users", headers=token)).json()
    [robot] = (await desk.client.get(f"{API}/tokens", headers=token)).json()
    page = (await desk.client.get(f"{API}/audit?limit=3", headers=token)).json()
    rest = (await desk.client.get(f"{API}/audit?before={page['next']}", headers=token)).json()
    revoked = await asked(f"/tokens/{robot['number']}/revoke")

    assert (added.status_code, added.json()["initiatives"]) == (201, ["change"])
    assert [answer.status_code for answer in answers] == [400, 400, 422, 400, 400, 400]
    assert (changed.json()["role"], changed.json()["initiatives"]) == ("operator", None)
    assert (disabled.json()["disabled_at"] is None, enabled.json()["disabled_at"]) == (False, None)
    assert [user["name"] for user in users] == ["eve", "robot admin"]
    assert [row["action"] for row in page["items"]] == ["enable user", "disable user", "change user"]
    assert [(row["action"], row["subject"]) for row in rest["items"]] == [("add user", "eve")]
    assert (rest["next"], revoked.status_code) == (None, 204)
    assert (await desk.client.get(f"{API}/users", headers=token)).status_code == 401
    assert "password_hash" not in str(users)


async def test_errors_are_problems(desk: Desk) -> None:
    token = await desk.token(Role.VIEWER)
    asked = [
        (401, "/me", {}),
        (401, "/me", {"authorization": "Bearer nonsense"}),
        (404, "/relationships/1", token),
        (404, "/alerts/7d5e2a6e-0c5b-5f0e-9a5e-61747475b2e5", token),
        (404, "/nothing", token),
        (422, "/relationships?sort=nonsense", token),
        (400, "/relationships?cursor=nonsense", token),
        (400, "/relationships?search=%00", token),
        (503, "/rejected", token),
    ]
    for status, path, headers in asked:
        answer = await desk.client.get(API + path, headers=headers)

        assert answer.status_code == status, path
        assert answer.headers["content-type"] == "application/problem+json", path
        assert answer.json()["status"] == status, path


async def test_what_nobody_foresaw_is_a_problem_and_a_page_and_counted(
    desk: Desk, means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.sign_in()

    async def fails(*_: object) -> None:
        raise RuntimeError("the secret of postgresql://host")

    monkeypatch.setattr(store, "rows", fails)
    transport = httpx.ASGITransport(wired(means), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=HOST, cookies=desk.client.cookies) as client:
        problem, shown = await client.get(f"{API}/initiatives"), await client.get("/")
        part = await client.get("/today/alerts", headers={"hx-request": "true"})
        large = await client.post(f"{API}/mutes", content=b"x" * (BYTES_MAX + 1))
        wrong = await client.put(f"{API}/mutes")
        counted = (await client.get("/metrics")).text

    told = [(answer.status_code, answer.headers["content-type"]) for answer in (problem, large, wrong)]
    assert told == [(status, "application/problem+json") for status in (500, 413, 405)]
    assert (shown.status_code, part.status_code) == (500, 500)
    assert "<h1>Something went wrong here</h1>" in shown.text
    assert part.headers["content-type"].startswith("text/plain")
    assert all("content-security-policy" in answer.headers for answer in (problem, shown, part))
    assert "secret" not in problem.text + shown.text + part.text
    assert 'attune_console_request_seconds_count{route="/today/alerts",status="500"}' in counted


async def test_what_has_not_changed_is_not_sent_again(desk: Desk) -> None:
    await fading(desk, cadence_days=20)
    token = await desk.token()
    alert = f"{API}/alerts/{await desk.connection.fetchval('select alert_id from alerts.alerts')}"
    tag = {"if-none-match": (await desk.client.get(alert, headers=token)).headers["etag"]}
    assert (await desk.client.get(alert, headers=token | tag)).status_code == 304
    first = await desk.client.get(f"{API}/me", headers=token)

    again = await desk.client.get(f"{API}/me", headers=token | {"if-none-match": first.headers["etag"]})
    other = await desk.client.get(f"{API}/me", headers=token | {"if-none-match": '"other"'})

    assert again.status_code == 304
    assert again.content == b""
    assert other.status_code == 200


async def test_a_program_acts_and_a_viewer_may_not(desk: Desk) -> None:
    await fading(desk)
    alert_id = await desk.connection.fetchval("select alert_id from alerts.alerts")
    act = f"{API}/alerts/{alert_id}/actions"
    operator, viewer = await desk.token(Role.OPERATOR), await desk.token(Role.VIEWER)

    refused = await desk.client.post(act, json={"action": "acknowledge"}, headers=viewer)
    done = await desk.client.post(act, json={"action": "acknowledge"}, headers=operator)
    again = await desk.client.post(act, json={"action": "acknowledge"}, headers=operator)
    endless = await desk.client.post(act, json={"action": "snooze"}, headers=operator)
    unknown = await desk.client.post(act, json={"action": "acknowledge", "why": "x"}, headers=operator)

    assert (refused.status_code, done.status_code, again.status_code) == (403, 200, 409)
    assert (endless.status_code, unknown.status_code) == (400, 422)
    assert [event["event"] for event in done.json()["history"]] == ["opened", "acknowledged"]


async def test_alerts_come_page_by_page(desk: Desk) -> None:
    await fading(desk)
    await desk.connection.execute(
        "insert into alerts.alerts (alert_id, initiative, part, status, severity, reason, reasons, drifts_at, summary, opened_at) "
        "select gen_random_uuid(), 'change', n::text, 'open', 'alert', 'uncovered', '[]', now(), 'x', now() from generate_series(1, 5) n"
    )
    token = await desk.token()
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = (await desk.client.get(f"{API}/alerts", params={"limit": 2, "cursor": cursor}, headers=token)).json()
        seen += [alert["id"] for alert in page["items"]]
        cursor = page["next"]

    assert len(seen) == len(set(seen)) == 6


async def test_no_cell_of_the_sheet_is_a_formula(desk: Desk) -> None:
    await desk.story.person("ana")
    await desk.connection.execute("update roster.people set name = '=cmd|''/C calc''!A0'")
    await desk.refresh()
    token = await desk.token()

    answer = await desk.client.get(f"{API}/relationships.csv", headers=token)

    [row] = csv.DictReader(io.StringIO(answer.text))
    assert row["name"] == "'=cmd|'/C calc'!A0"
    for beginning in "=+-@\t\r\uff1d":
        assert cell(f"{beginning}1") == f"'{beginning}1"
    assert cell("a;=1+1\n+2") == "a;'=1+1\n'+2"
    assert cell("Sales - EMEA; a=b") == "Sales - EMEA; a=b"
    assert cell(-1.5) == -1.5
    assert all(field.startswith('"') for field in answer.text.split(",")[:3])


async def test_who_reads_a_sheet_slowly_holds_no_connection(
    desk: Desk, means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        await desk.story.person(f"p{number}")
    await desk.refresh()
    token = await desk.token()
    monkeypatch.setattr(store, "EXPORTED", 1)
    goes_on = asyncio.Event()

    readers = [SlowReader(token["authorization"], goes_on) for _ in range(CONNECTIONS + 1)]
    reading = [asyncio.create_task(reader.reads(wired(means))) for reader in readers]
    try:
        await asyncio.wait_for(asyncio.gather(*(reader.has_begun.wait() for reader in readers)), 20)
        meanwhile = await asyncio.wait_for(desk.client.get(f"{API}/me", headers=token), 4)
        free = means.pool.get_idle_size() == means.pool.get_size()
    finally:
        goes_on.set()
    await asyncio.gather(*reading)

    assert (meanwhile.status_code, free) == (200, True)
    assert {reader.got.count(b"\n") for reader in readers} == {4}  # a heading, and three people


@dataclass
class SlowReader:
    """Takes the first bytes of a sheet, and nothing more until it may."""

    authorization: str
    goes_on: asyncio.Event
    has_begun: asyncio.Event = field(default_factory=asyncio.Event)
    got: bytes = b""
    is_asked: bool = False

    async def reads(self, app: ASGIApp) -> None:
        url, header = f"{API}/relationships.csv", (b"authorization", self.authorization.encode())
        scope = {"type": "http", "http_version": "1.1", "method": "GET", "path": url, "raw_path": url.encode()}
        more = {"query_string": b"", "root_path": "", "headers": [header], "scheme": "http", "server": ("x", 1)}
        await app({**scope, **more, "client": ("192.0.2.1", 1)}, self.asks, self.takes)

    async def asks(self) -> Message:
        if self.is_asked:
            await asyncio.sleep(60)
        self.is_asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def takes(self, message: Message) -> None:
        self.got += message.get("body", b"")
        if self.got:
            self.has_begun.set()
            await self.goes_on.wait()


async def test_the_sheet_holds_everyone_however_many(desk: Desk) -> None:
    for number in range(7):
        await desk.story.person(f"p{number}")
    await desk.refresh()
    token = await desk.token()

    answer = await desk.client.get(f"{API}/relationships.csv?sort=name&limit=2", headers=token)

    assert [row["name"] for row in csv.DictReader(io.StringIO(answer.text))] == [f"P{number}" for number in range(7)]
    assert await desk.connection.fetchval("select action from console.audit") == "export"
