"""Fetches a file by HTTP from a server that we do not trust: bounded in time and size, and never inside our network."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

import httpx

from shared.errors import Refused, Unavailable
from shared.plumbing.public_address import checked

SECONDS_MAX = 60.0
CONNECT_SECONDS_MAX = 10.0
BYTES_MAX = 50_000_000
REDIRECTS_MAX = 5
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
PERMIT = "ATTUNE_CALENDAR_ALLOW_PRIVATE"
DENIED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


class Fetched(NamedTuple):
    """What a server answered."""

    body: bytes | None
    """None where it has not changed since."""
    validators: dict[str, str]
    """What to tell the server next time, so that it sends only what has changed."""


def url_of(text: str) -> httpx.URL:
    """Return the URL; raise Refused where it is none that can be fetched."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise Refused(f"PATH: begins like an address and is no URL ({error})") from None
    if url.scheme in {"webcal", "webcals"}:
        url = url.copy_with(scheme="https")
    if url.scheme not in {"http", "https"} or not url.host:
        raise Refused(f"{shown(url)}: must be an http:// or https:// URL with a host")
    return url


def shown(url: httpx.URL) -> str:
    """Return as much of a URL as may be printed: the rest of a calendar's is often its only secret."""
    return f"{url.scheme}://{url.host}{f':{url.port}' if url.port else ''}/…"


async def fetch(url: httpx.URL, validators: Mapping[str, str], *, allow_private: bool) -> Fetched:
    """Return the file behind the URL; raise Refused when it may not be had, Unavailable when it may be had later."""
    # Without proxies and netrc from the environment: the address checked is the address called.
    limits = httpx.Timeout(SECONDS_MAX, connect=CONNECT_SECONDS_MAX)
    try:
        # httpx bounds each read, not the whole: a server that trickles would hold us for ever.
        async with asyncio.timeout(SECONDS_MAX), httpx.AsyncClient(timeout=limits, trust_env=False) as client:
            return await _followed(client, url, validators, allow_private)
    except (httpx.HTTPError, OSError, TimeoutError) as error:
        why = str(error) or f"no answer in {SECONDS_MAX:g} s"
        raise Unavailable(f"{shown(url)} cannot be fetched: {why}") from error


async def _followed(
    client: httpx.AsyncClient, url: httpx.URL, validators: Mapping[str, str], allow_private: bool
) -> Fetched:
    origin = url
    for _ in range(REDIRECTS_MAX + 1):
        request = await _request(client, url, origin, validators, allow_private)
        response = await client.send(request, stream=True, auth=_login(url, origin))
        try:
            if not response.has_redirect_location:
                return await _answer(response, url, validators)
            target = url.join(response.headers["location"])
        finally:
            await response.aclose()
        if url.scheme == "https" and target.scheme != "https":
            raise Refused(f"{shown(url)} redirects to {shown(target)}: from https to https only")
        url = url_of(str(target))
    raise Refused(f"{shown(origin)} redirects more than {REDIRECTS_MAX} times")


async def _request(
    client: httpx.AsyncClient, url: httpx.URL, origin: httpx.URL, validators: Mapping[str, str], allow_private: bool
) -> httpx.Request:
    # Who writes localhost means it; a server that redirects there, or a name that resolves to it, does not decide that.
    is_meant = origin.host in LOOPBACK and _place(url) == _place(origin)
    target = url if allow_private or is_meant else await checked(url, PERMIT)
    headers = {"accept": "text/calendar, */*;q=0.5", "user-agent": "attune", **validators}
    headers["host"] = url.netloc.decode()
    target = target.copy_with(userinfo=b"")
    return client.build_request("GET", target, headers=headers, extensions={"sni_hostname": url.host})


def _place(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _login(url: httpx.URL, origin: httpx.URL) -> httpx.BasicAuth | None:
    """Return the name and password of the URL, for its own server only."""
    if not origin.userinfo or _place(url) != _place(origin):
        return None
    return httpx.BasicAuth(origin.username, origin.password)


async def _answer(response: httpx.Response, url: httpx.URL, validators: Mapping[str, str]) -> Fetched:
    if response.status_code == HTTPStatus.NOT_MODIFIED and validators:
        return Fetched(None, dict(validators))
    if not response.is_success:
        raise _refusal(response, url)
    told = {"if-none-match": "etag", "if-modified-since": "last-modified"}
    kept = {asked: response.headers[header] for asked, header in told.items() if header in response.headers}
    return Fetched(await _body(response, url), kept)


def _refusal(response: httpx.Response, url: httpx.URL) -> Refused | Unavailable:
    said = f"{shown(url)} answers {response.status_code} {response.reason_phrase}".strip()
    if response.status_code in DENIED:
        return Refused(f"{said}: give the calendar's secret address, or user:password@ in the URL")
    if response.is_server_error or response.status_code in LATER:
        return Unavailable(said)
    return Refused(said)


async def _body(response: httpx.Response, url: httpx.URL) -> bytes:
    body = bytearray()
    async for part in response.aiter_bytes():
        body += part
        if len(body) > BYTES_MAX:
            raise Refused(f"{shown(url)} sends more than {BYTES_MAX} bytes")
    return bytes(body)
