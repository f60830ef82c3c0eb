"""One HTTP POST to an address that was agreed on: checked when it is called, bounded in time, never redirected."""

import asyncio
import email.utils
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus

import httpx

from services.alerts.delivery import Outcome
from shared.errors import Refused
from shared.plumbing.public_address import checked

ANSWERED_WITHIN = 10.0
RETRY_AFTER_MAX = timedelta(days=1)


class Post:
    """Posts to one URL; a redirect is not followed, because the address behind it was not agreed on."""

    def __init__(self, url: str, permit: str, *, allow_private: bool, refusing: frozenset[int] = frozenset()) -> None:
        self.url, self.permit, self.allow_private = httpx.URL(url), permit, allow_private
        self.refusing = refusing
        """Answers by which this receiver says that it will never take the message."""
        # Without proxies and netrc from the environment: the address checked is the address called.
        # How many go out side by side is the channel's to say: waiting for a connection is not the receiver's fault.
        self.client = httpx.AsyncClient(
            timeout=ANSWERED_WITHIN, follow_redirects=False, trust_env=False, limits=httpx.Limits(max_connections=None)
        )

    async def send(self, content: bytes, headers: Mapping[str, str], now: datetime) -> Outcome:
        """Post once and read the answer."""
        try:
            # httpx bounds each read, not the whole: a receiver that trickles would hold the lease for ever.
            async with asyncio.timeout(ANSWERED_WITHIN):
                request = await self._request(content, headers)
                response = await self.client.send(request, stream=True)
                await response.aclose()
        except Refused as refused:
            return Outcome(str(refused))
        except (httpx.HTTPError, OSError, TimeoutError) as error:
            return Outcome(f"no answer: {type(error).__name__} {error}".strip())
        return outcome_of(response, now)._replace(is_refused=response.status_code in self.refusing)

    async def close(self) -> None:
        """Close connections that were kept open."""
        await self.client.aclose()

    async def _request(self, content: bytes, headers: Mapping[str, str]) -> httpx.Request:
        url = self.url if self.allow_private else await checked(self.url, self.permit)
        usual = {"content-type": "application/json", "user-agent": "attune", "host": self.url.netloc.decode()}
        return self.client.build_request(
            "POST", url, content=content, headers=usual | dict(headers), extensions={"sni_hostname": self.url.host}
        )


def outcome_of(response: httpx.Response, now: datetime) -> Outcome:
    """Read an answer: 2xx took it, 410 wants no more, anything else may be tried again.

    4xx too, as Standard Webhooks has it: 401, 403 and 404 are mostly a receiver that was set up wrongly for some hours,
    and whoever is told once, and not again every few hours as by Alertmanager, would lose the alert.
    """
    if response.is_success:
        return Outcome()
    reason = f"answered {response.status_code} {response.reason_phrase}".strip()
    is_gone = response.status_code == HTTPStatus.GONE
    return Outcome(reason, retry_after(response.headers.get("retry-after"), now), is_gone=is_gone)


def retry_after(value: str | None, now: datetime) -> timedelta:
    """Return the pause asked for, as seconds or as a date, at most a day; nonsense asks for nothing."""
    if value is None:
        return timedelta(0)
    try:
        asked = timedelta(seconds=int(value)) if value.isdecimal() else email.utils.parsedate_to_datetime(value) - now
    except (ValueError, TypeError, OverflowError):
        return timedelta(0)
    return min(max(asked, timedelta(0)), RETRY_AFTER_MAX)
