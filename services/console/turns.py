"""Lets what takes seconds of thinking be done one after the other, beside the pages."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from services.console.answers import TooMany

WAITING_MAX = 6

Result = TypeVar("Result")


class Turns:
    """One at a time; who comes when many wait already is sent away."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._inside = 0

    async def take(self, think: Callable[[], Result]) -> Result:
        """Return what was thought; raise TooMany when many think already."""
        if self._inside >= WAITING_MAX:
            raise TooMany("many plans are being made at this moment: try again in a few seconds")
        self._inside += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(think)
        finally:
            self._inside -= 1
