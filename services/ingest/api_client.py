"""Fetches what has changed in a calendar from Microsoft Graph or Google Calendar: all pages, or those since a mark."""

from collections.abc import Callable, Iterator
from datetime import datetime
from http import HTTPStatus
from typing import Any, NamedTuple

import httpx
import orjson

from services.ingest.connectors.api.pages import Document
from services.ingest.connectors.ics.expand import Window
from shared.errors import Refused, Unavailable

SECONDS_MAX = 30.0
PAGES_MAX = 2_000
GRAPH, GOOGLE = "https://graph.microsoft.com/v1.0/me", "https://www.googleapis.com/calendar/v3/calendars/primary"
LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
DENIED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})

Fetch = Callable[[str, str, str | None, Window], "Fetched"]


class Stale(Exception):  # noqa: N818 -- it says what to do, and never leaves this module
    """The mark is too old: everything must be fetched anew."""


class Fetched(NamedTuple):
    """What the API returned."""

    pages: list[Document]
    mark: str
    """Where to go on the next time."""
    is_whole: bool
    """True when it is everything in the window, and not what has changed in it."""


def graph(base: str, token: str, mark: str | None, window: Window) -> Fetched:
    """Return the occurrences in the window, or those changed since the mark (a delta link)."""
    span = {"startDateTime": _written(window.begins_at), "endDateTime": _written(window.ends_at)}
    first = httpx.URL(f"{base}/calendarView/delta", params=span)
    headers = {"prefer": 'outlook.timezone="UTC", odata.maxpagesize=100'}

    def walk(client: httpx.Client, since: str | None) -> Fetched:
        pages = list(_linked(client, httpx.URL(since) if since else first))
        return Fetched(pages, str(pages[-1].found.get("@odata.deltaLink") or ""), since is None)

    return _fetched(base, token, mark, walk, headers)


def gcal(base: str, token: str, mark: str | None, window: Window) -> Fetched:
    """Return the instances in the window, or those changed since the mark (a sync token)."""
    span = {"timeMin": _written(window.begins_at), "timeMax": _written(window.ends_at)}

    def walk(client: httpx.Client, since: str | None) -> Fetched:
        asked = {"singleEvents": "true", "maxResults": "250", **({"syncToken": since} if since else span)}
        pages = list(_numbered(client, httpx.URL(f"{base}/events"), asked))
        return Fetched(pages, str(pages[-1].found.get("nextSyncToken") or ""), since is None)

    return _fetched(base, token, mark, walk, {})


def _fetched(
    base: str,
    token: str,
    mark: str | None,
    walk: Callable[[httpx.Client, str | None], Fetched],
    headers: dict[str, str],
) -> Fetched:
    headers = {"authorization": f"Bearer {token}", "accept": "application/json", "user-agent": "attune", **headers}
    try:
        with httpx.Client(timeout=SECONDS_MAX, headers=headers, trust_env=False) as client:
            try:
                return walk(client, mark)
            except Stale:
                return walk(client, None)
    except (httpx.HTTPError, OSError) as error:
        raise Unavailable(f"{httpx.URL(base).host} cannot be asked: {error!r}") from error


def _linked(client: httpx.Client, url: httpx.URL) -> Iterator[Document]:
    origin = _place(url)
    for _ in range(PAGES_MAX):
        page = _page(client, url)
        yield Document("calendarView", page)
        following = page.get("@odata.nextLink")
        if not isinstance(following, str):
            return
        url = httpx.URL(following)
        # The token must not go anywhere else, whatever a page says.
        if _place(url) != origin:
            raise Refused(f"{url.host}: a page of {origin[1]} leads to another server, which gets no token")
    raise Refused(f"{origin[1]} has more than {PAGES_MAX} pages")


def _numbered(client: httpx.Client, url: httpx.URL, asked: dict[str, str]) -> Iterator[Document]:
    for _ in range(PAGES_MAX):
        page = _page(client, url.copy_with(params=asked))
        yield Document("events", page)
        if not (following := page.get("nextPageToken")):
            return
        asked = {**asked, "pageToken": str(following)}
    raise Refused(f"{url.host} has more than {PAGES_MAX} pages")


def _page(client: httpx.Client, url: httpx.URL) -> dict[str, Any]:
    response = client.get(url)
    said = f"{url.host} answers {response.status_code} {response.reason_phrase}".strip()
    if response.status_code == HTTPStatus.GONE:
        raise Stale
    if response.status_code in DENIED:
        raise Refused(f"{said}: is the access token of today, and may it read calendars?")
    if response.is_server_error or response.status_code in LATER:
        raise Unavailable(said)
    if not response.is_success:
        raise Refused(said)
    try:
        found = orjson.loads(response.content)
    except orjson.JSONDecodeError as error:
        raise Unavailable(f"{said}, which is no JSON ({error.msg})") from error
    if not isinstance(found, dict):
        raise Unavailable(f"{said}, which is no page")
    return found


def _place(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
