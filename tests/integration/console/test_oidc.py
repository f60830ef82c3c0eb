"""Signing in by OpenID Connect, against a provider in a process of its own."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
import pytest
from joserfc.jwk import KeySet, RSAKey

from services.console import accounts, oidc
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


async def test_who_was_added_twice_in_letters_of_other_cases_comes_in_as_one(desk: Desk, offered: Means) -> None:
    del offered
    for name in ("alice@us.example", "Alice@us.example"):
        await accounts.add_user(desk.connection, name, Role.OPERATOR, now())

    assert [(await vouched(desk, "alice")).status_code for _ in range(2)] == [303, 303]
    assert (
        await desk.connection.fetchval("select name from console.users where identity is not null")
        == "alice@us.example"
    )


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

    assert provider._vouched(token, keys, attempt, moment).email == "alice@us.example"  # noqa: SLF001
    for told, by, at in (
        (Attempt(), provider, moment),
        (attempt, other_client, moment),
        (attempt, provider, moment + timedelta(days=2)),
    ):
        with pytest.raises(Refused):
            by._vouched(token, keys, told, at)  # noqa: SLF001
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


@pytest.mark.parametrize("kept", ["35", "5b5d", "5b312c322c332c345d", "zz", "226122"])
async def test_a_cookie_that_holds_no_attempt_is_refused(desk: Desk, offered: Means, kept: str) -> None:
    del offered
    desk.client.cookies.set("attune-signin", kept)

    assert (await desk.client.get("/signin/oidc/back?code=x&state=y")).status_code == 403


@asynccontextmanager
async def pretended(answers: Mapping[str, bytes | None]) -> AsyncIterator[str]:
    """Run a provider that answers so by path; None: it takes the question and never answers."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        body = answers.get(path, b"{}")
        if body is None:
            await reader.read()  # until whoever asked has gone
        else:
            writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


KEY = b'{"keys": [{"kty": "RSA", "n": "%b", "e": "AQAB"}]}' % (b"w" * 342)


@pytest.mark.parametrize(
    ("about", "keys", "said"),
    [
        (b"<html>", b"{}", "no JSON object"),
        (b"[]", b"{}", "no JSON object"),
        (b'{"issuer": "ISSUER"}', b"{}", "lacks jwks_uri"),
        (b'{"issuer": "ISSUER", "jwks_uri": "ISSUER/k"}', b'{"keys": null}', "no keys"),
        (b'{"issuer": "ISSUER", "jwks_uri": "ISSUER/k"}', b'{"keys": [1]}', "no keys"),
        (b'{"issuer": "ISSUER", "jwks_uri": "ISSUER/k"}', KEY, "lacks authorization_endpoint"),
    ],
)
async def test_a_provider_that_answers_nonsense_is_named(
    desk: Desk, means: Means, about: bytes, keys: bytes, said: str
) -> None:
    answers = {"/k": keys}
    async with pretended(answers) as issuer:
        answers["/.well-known/openid-configuration"] = about.replace(b"ISSUER", issuer.encode())
        means.provider = Provider(issuer, "attune", "", BACK)

        answer = await desk.client.get("/signin/oidc")

    assert answer.status_code == 400
    assert said in answer.text


async def test_a_provider_that_is_silent_keeps_nobody_from_the_pages(
    desk: Desk, means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.sign_in()
    monkeypatch.setattr(oidc, "WITHIN_SECONDS", 2.0)
    async with pretended({"/.well-known/openid-configuration": None}) as issuer:
        means.provider = Provider(issuer, "attune", "", BACK)
        kept = orjson.dumps(["state", "nonce", "verifier", "/"]).hex()
        back = "/signin/oidc/back?code=x&state=state"
        cookie = {"cookie": f"attune-signin={kept}"}
        waiting = [asyncio.create_task(desk.client.get(back, headers=cookie)) for _ in range(10)]
        await asyncio.sleep(0.3)
        page = await asyncio.wait_for(desk.client.get("/"), 1.5)
        answers = await asyncio.gather(*waiting)

    assert page.status_code == 200
    assert {answer.status_code for answer in answers} == {503}


async def test_a_key_that_the_provider_changed_to_is_asked_for_once(desk: Desk, offered: Means) -> None:
    await accounts.add_user(desk.connection, "alice@us.example", Role.OPERATOR, now())
    assert (await vouched(desk, "alice")).status_code == 303
    provider = offered.provider
    assert provider is not None
    about, _ = await provider._about(now())  # noqa: SLF001 -- what the provider changed cannot be reached from outside
    old = KeySet([RSAKey.generate_key(2048)])

    provider._known = (now() - timedelta(minutes=1), about, old)  # noqa: SLF001
    changed = await vouched(desk, "alice")
    provider._known = (now(), about, old)  # noqa: SLF001
    at_once = await vouched(desk, "alice")

    assert (changed.status_code, at_once.status_code) == (303, 403)
    assert "its key is not among" in at_once.text
