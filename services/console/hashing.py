"""Looks at passwords a few at a time: each takes a tenth of a second and 64 MB, and strangers may ask for it."""

import asyncio

from services.console import secret
from services.console.answers import TooMany

AT_ONCE = 2
WAITING_MAX = 20
"""So many at once or waiting; they are through within seconds, and further ones are sent away."""


class Hashing:
    """The one place where a password is compared."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._inside = 0

    async def is_password(self, given: str, stored: str | None) -> bool:
        """Tell whether this is the password; raise TooMany when too many ask at once."""
        if self._inside >= WAITING_MAX:
            raise TooMany("too many people sign in at this moment: try again in a few seconds")
        self._inside += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(secret.is_password, given, stored)
        finally:
            self._inside -= 1
