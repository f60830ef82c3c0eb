"""No way in is forgotten: every page and every call there is, asked by those who may not."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import NamedTuple

from fastapi.routing import APIRoute

from services.console import api, pages
from services.console.visitor import Role
from tests.integration.console.desk import Desk

API = "/api/v1"
OPEN = {"/signin", "/signin/link", "/signin/oidc", "/signin/oidc/back"}
"""What is there for whoever comes in."""
EVERYBODYS = {"/signout", "/account/password"}
"""What whoever has come in may do."""
VALUES = {"alert_id": "7d5e2a6e-0c5b-5f0e-9a5e-61747475b2e5", "action": "acknowledge"}
OF_ALL = ("/sources", "/system", "/access", "/rejected", "/users", "/tokens", "/audit")
"""What belongs to no initiative."""
MANY = 40
FORMS = {
    "/plan/accept": {"line": "1", "key": "x", "planned_at": "2026-11-23T12:00:00Z", "hours": "6", "within": "14"},
    "/access/users/change": {"role": "viewer"},
}
BODIES = {
    f"{API}/plan": {"hours": 6, "owner": "me@us.example"},
    f"{API}/mutes": {"initiative": "change", "ends_at": "2099-01-01T00:00:00Z"},
    f"{API}/alerts/{{alert_id}}/actions": {"action": "acknowledge"},
    f"{API}/plan/{{number}}/accept": {"lines": []},
}


class Way(NamedTuple):
    """One method of one path."""

    method: str
    pattern: str

    @property
    def path(self) -> str:
        names = (word.split("}")[0] for word in self.pattern.split("{")[1:])
        return self.pattern.format_map({name: VALUES.get(name, "1") for name in names})


def ways() -> Iterator[Way]:
    for package, prefix in ((pages, ""), (api, API)):
        for found in iter_modules(package.__path__, f"{package.__name__}."):
            router = getattr(import_module(found.name), "router", None)
            for route in router.routes if router else ():
                if isinstance(route, APIRoute):
                    yield from (Way(method, prefix + route.path) for method in route.methods or ())


CLOSED = sorted({way for way in ways() if way.pattern not in OPEN})
ACTS = [way for way in CLOSED if way.method != "GET" and way.pattern not in EVERYBODYS]


async def refused(desk: Desk) -> list[tuple[str, str]]:
    """Return what the audit holds of people who are known and may not do what they tried, the first first."""
    rows = await desk.connection.fetch(
        "select action, subject from console.audit where outcome = 'refused' and details ? 'why' order by number"
    )
    return [tuple(row) for row in rows]


async def test_nobody_gets_anywhere_before_signing_in(desk: Desk) -> None:
    assert len(CLOSED) > MANY
    for way in CLOSED:
        answer = await desk.client.request(way.method, way.path, json=BODIES.get(way.pattern))

        if way.pattern.startswith(API):
            assert answer.status_code == 401, way
        else:
            assert (answer.status_code, answer.headers["location"][:7]) == (303, "/signin"), way


async def test_a_viewer_may_do_nothing_but_look(desk: Desk) -> None:
    token = await desk.token(Role.VIEWER)
    await desk.sign_in(Role.VIEWER)
    csrf = await desk.csrf()
    assert len(ACTS) > len(FORMS) + len(BODIES)
    for way in ACTS:
        if way.pattern.startswith(API):
            answer = await desk.client.request(way.method, way.path, headers=token, json=BODIES.get(way.pattern))
        else:
            answer = await desk.client.request(way.method, way.path, data=FORMS.get(way.pattern, {}) | {"csrf": csrf})

        assert answer.status_code == 403, way
        assert "takes the role" in answer.text, way
    assert await refused(desk) == [(way.method, way.path) for way in ACTS]


async def test_not_even_an_admin_acts_by_what_another_site_made_their_browser_send(desk: Desk) -> None:
    await desk.sign_in(Role.ADMIN)
    ways = [way for way in CLOSED if way.method != "GET"]
    assert len(ways) == len(ACTS) + len(EVERYBODYS)
    for way in ways:
        form = None if way.pattern.startswith(API) else FORMS.get(way.pattern, {"csrf": "guessed"})
        answer = await desk.client.request(way.method, way.path, json=BODIES.get(way.pattern), data=form)

        assert answer.status_code == 403, way
        assert "load the page again" in answer.text, way
    assert await refused(desk) == [(way.method, way.path) for way in ways]


async def test_who_is_limited_meets_nothing_that_belongs_to_no_initiative(desk: Desk) -> None:
    await desk.story.person("ana")
    token = await desk.token(Role.OPERATOR, ["change"])
    of_all = [way for way in CLOSED if any(word in way.pattern for word in OF_ALL)]
    assert len(of_all) > len(OF_ALL)
    for way in of_all:
        answer = await desk.client.request(way.method, way.path, headers=token)

        assert answer.status_code == 403, way
