"""Signing in by OpenID Connect, against a provider in a process of its own."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import KeySet, RSAKey

from services.console import accounts
from services.console.means import Means
from services.console.oidc import Attempt, Provider
from services.console.visitor import Role
from shared.errors import Refused
from shared.plumbing.clock import now
from shared.plumbing.embedded import ports
from tests.house import until
from tests.integration.console.desk import HOST, Desk

BACK = f"{HOST}/signin/oidc/back"
ALICE = {"sub": "alice", "email": "alice@us.example", "email_verified": True, "name": "Alice"}


@pytest.fixture(scope="module")
async def issuer() -> AsyncIterator[str]:
    """A provider that lets Alice in, and whoever else says who they are."""
    port = ports.free()
    process = subprocess.Popen(  # noqa: ASYNC220 -- it is there for the whole module
        [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "oidc_provider_mock",
            "--port",
            str(port),
            "--user-claims",
            json.dumps(ALICE),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    issuer = f"http://127.0.0.1:{port}"

    async def answers() -> bool:
        try:
            async with httpx.AsyncClient() as client:
                return (await client.get(f"{issuer}/.well-known/openid-configuration")).is_success
        except httpx.TransportError:
            return False

    try:
        await until(answers)
        yield issuer
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def offered(means: Means, issuer: str) -> Means:
    """The console, where people may sign in with the provider."""
    means.provider = Provider(issuer, "attune", "a secret of the client", BACK)
    return means


async def vouched(desk: Desk, subject: str) -> httpx.Response:
    """Go to the provider, say who one is, and come back."""
    away = await desk.client.get("/signin/oidc?then=/stakeholders")
    assert away.status_code == 303, away.text
    async with httpx.AsyncClient() as client:
        back = await client.post(away.headers["location"], data={"sub": subject})
    assert back.headers["location"].startswith(BACK), back.text
    return await desk.client.get(back.headers["location"].removeprefix(HOST))


async def test_whom_an_admin_has_added_by_address_comes_in_and_is_known_again(desk: Desk, offered: Means) -> None:
    del offered
    await accounts.add_user(desk.connection, "alice@us.example", Role.OPERATOR, now())

    first = await vouched(desk, "alice")
    page = await desk.page("/")
    again = await vouched(desk, "alice")

    assert (first.status_code, first.headers["location"]) == (303, "/stakeholders")
    assert "alice@us.example" in page
    assert again.status_code == 303
    assert await desk.connection.fetchval("select count(*) from console.users") == 1


async def test_a_stranger_is_let_in_only_where_the_settings_say_so(desk: Desk, offered: Means) -> None:
    refused = await vouched(desk, "alice")
    offered.settings = offered.settings.model_copy(update={"oidc_role": "viewer"})
    welcome = await vouched(desk, "alice")

    assert refused.status_code == 403
    assert "is no user of attune" in refused.text
    assert welcome.status_code == 303
    assert await desk.connection.fetchval("select role from console.users") == "viewer"


async def test_an_answer_to_another_attempt_is_refused(desk: Desk, offered: Means) -> None:
    del offered
    await accounts.add_user(desk.connection, "alice@us.example", Role.OPERATOR, now())
    begun = parse_qs(urlsplit((await desk.client.get("/signin/oidc")).headers["location"]).query)

    for query in (f"code=x&state={begun['state'][0]}", "code=x&state=other", "error=access_denied", ""):
        answer = await desk.client.get(f"/signin/oidc/back?{query}")
        assert answer.status_code == 403, query

    desk.client.cookies.clear()
    assert (await desk.client.get(f"/signin/oidc/back?code=x&state={begun['state'][0]}")).status_code == 403


async def test_what_was_meant_for_another_attempt_another_client_or_another_time_does_not_hold(
    desk: Desk, offered: Means
) -> None:
    del desk
    provider, moment, attempt = offered.provider, now(), Attempt()
    assert provider is not None
    token = await _id_token(provider, attempt)
    _, keys = await provider._about(moment)  # noqa: SLF001 -- what cannot be reached from outside
    other_client = Provider(provider.issuer, "other", "", BACK)
    other_key = KeySet([RSAKey.generate_key(2048)])

    assert provider._vouched(token, keys, attempt, moment).email == "alice@us.example"  # noqa: SLF001
    for told, by, its_keys, at in (
        (Attempt(), provider, keys, moment),
        (attempt, other_client, keys, moment),
        (attempt, provider, other_key, moment),
        (attempt, provider, keys, moment + timedelta(days=2)),
    ):
        with pytest.raises(Refused):
            by._vouched(token, its_keys, told, at)  # noqa: SLF001
    with pytest.raises(Refused):
        provider._vouched("nonsense", keys, attempt, moment)  # noqa: SLF001


async def _id_token(provider: Provider, attempt: Attempt) -> str:
    async with httpx.AsyncClient() as client:
        back = await client.post(await provider.address(attempt, now()), data={"sub": "alice"})
        code = parse_qs(urlsplit(back.headers["location"]).query)["code"][0]
        answer = await client.post(
            f"{provider.issuer}/oauth2/token",
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": BACK,
                "code_verifier": attempt.verifier,
            },
            auth=(provider.client_id, provider.client_secret),
        )
    return str(answer.json()["id_token"])
