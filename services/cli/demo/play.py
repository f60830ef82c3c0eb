"""Plays the story as connectors would: with their own credentials, over the broker, in real formats."""

import asyncio
import csv
import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from services.cli import reading
from services.cli.demo import story
from services.cli.demo.cast import INITIATIVE
from services.cli.demo.events import Told
from shared.errors import Unavailable
from shared.plumbing import credentials, jetstream
from shared.plumbing.counted import counted
from shared.plumbing.credentials import Credentials
from shared.plumbing.publisher import Publisher
from shared.plumbing.settings import Settings

JUDGED_WITHIN_SECONDS = 30.0
LOOK_AGAIN_SECONDS = 0.1

Published = Callable[[int], None]
Moved = Callable[[float, float], None]


async def is_played(chosen: Settings) -> bool:
    """Tell whether the demo's people are on the roster already."""
    return bool(await reading.alignment(chosen, INITIATIVE))


def today(now: datetime) -> datetime:
    """Return the midnight that ends the story's last day: whole days keep everyone's working hours."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


async def publish(chosen: Settings, now: datetime, published: Published, moved: Moved) -> None:
    """Tell the whole story and return once it is counted."""
    told = story.story()
    async with jetstream.connected(chosen.nats_url.get_secret_value(), "demo") as stream:
        for source in sorted({event.source for event in told}):
            granted = await credentials.grant(stream, chosen, source, now)
            await report(chosen, granted, [event for event in told if event.source == source], now, published)
        await counted(stream, moved)


async def report(chosen: Settings, granted: Credentials, told: list[Told], now: datetime, published: Published) -> None:
    """Publish one source's part, as that source if this NATS knows its user."""
    own = chosen.nats_url.get_secret_value()
    url, prefix = (granted.nats_url, granted.inbox_prefix) if credentials.is_embedded(chosen) else (own, "_INBOX")
    async with (
        jetstream.connected(url, granted.name, prefix) as stream,
        Publisher(stream, granted.name, published) as publisher,
    ):
        for event in told:
            await publisher.publish(event.envelope(today(now)))


def enter_roster() -> None:
    """Import the roster through the command that everybody uses; all of the story counts at once.

    After the story, so that nobody is judged by the first half of it.
    """
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "roster.csv"
        path.write_text(roster_csv())
        command = [sys.executable, "-m", "services.cli.app", "roster", "import", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- ourselves
    if done.returncode:
        raise Unavailable(f"the demo's roster was not imported: {done.stderr.strip()}")


def roster_csv() -> str:
    """Return the roster as a file that people would write."""
    rows = story.roster()
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


async def judged(chosen: Settings) -> bool:
    """Wait until alerts has judged everyone; return whether it did within reason."""
    give_up_at = time.monotonic() + JUDGED_WITHIN_SECONDS
    while await reading.unjudged(chosen, INITIATIVE):
        if time.monotonic() > give_up_at:
            return False
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    return True
