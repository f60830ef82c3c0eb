"""Lets what takes long be done a few at a time, beside the pages; who comes when many wait is sent away."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from services.console.answers import TooMany

Result = TypeVar("Result")


class Turns:
    """So many at once, and so many that wait or are at it."""

    def __init__(self, at_once: int, inside_max: int, refusal: str) -> None:
        self.inside_max = inside_max
        self._turns = asyncio.Semaphore(at_once)
        self._inside = 0
        self._refusal = refusal

    async def take(self, think: Callable[[], Result]) -> Result:
        """Return what was thought; raise TooMany when too many are inside already."""
        if self._inside >= self.inside_max:
            raise TooMany(self._refusal)
        self._inside += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(think)
        finally:
            self._inside -= 1


def signing_in() -> Turns:
    """Return the turns for looking at passwords: each takes a tenth of a second and 64 MB, and strangers may ask."""
    return Turns(2, 20, "too many people sign in at this moment: try again in a few seconds")


def planning() -> Turns:
    """Return the turns for making plans: each takes up to seconds of one core."""
    return Turns(1, 6, "many plans are being made at this moment: try again in a few seconds")
