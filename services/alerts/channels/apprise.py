"""Alerts through whatever else people use: everything that apprise speaks to."""

import asyncio
from datetime import datetime
from typing import Any

import orjson

from services.alerts.delivery import Delivery, Outcome
from shared.errors import Refused

TAKEN_WITHIN = 20.0


class Apprise:
    """Sends through one apprise URL."""

    def __init__(self, name: str, url: str) -> None:
        self.name, self.sender = name, _sender(name, url)

    async def send(self, delivery: Delivery, now: datetime) -> Outcome:
        """Send once."""
        del now
        said = orjson.loads(delivery.payload)
        try:
            async with asyncio.timeout(TAKEN_WITHIN):
                is_taken = await self.sender.async_notify(body=said["body"], title=said["title"])
        except (OSError, TimeoutError, TypeError) as error:
            return Outcome(f"apprise could not send it: {type(error).__name__} {error}")
        return Outcome() if is_taken else Outcome("apprise says that it was not taken")

    async def close(self) -> None:
        """Do nothing: apprise keeps no connection."""


def _sender(name: str, url: str) -> Any:
    try:
        import apprise  # noqa: PLC0415 -- an extra that only those install who use it
    except ImportError as error:
        raise Refused(f"channels: {name} needs apprise: pip install 'attune[apprise]'") from error
    sender = apprise.Apprise()
    if not sender.add(url):
        raise Refused(f"channels: {name}: url is none that apprise knows")
    return sender
