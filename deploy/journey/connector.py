"""A connector with nothing but its own credentials: sends EVENTS events over NATS, and tries what it may not do."""

import asyncio
import json
import os
from datetime import datetime, timedelta

import nats

NAME, EVENTS, BEFORE = os.environ["NAME"], int(os.environ["EVENTS"]), datetime.fromisoformat(os.environ["BEFORE"])
PER_MESSAGE = 100
PAUSE = 0.03


def event(number: int) -> dict[str, object]:
    """Return the same event for the same number, always."""
    return {
        "specversion": "1.0",
        "type": "attune.touchpoint.v1",
        "source": f"{NAME}/mail",
        "id": f"mail-{number}",
        "time": (BEFORE - timedelta(minutes=3 * number)).isoformat(),
        "data": {
            "kind": "email",
            "direction": ("inbound", "outbound")[number % 2],
            "people": [{"address": f"person{number % 50}@corp.example"}],
        },
    }


async def overheard(_: Exception) -> None:
    """Keep the client from logging what is meant to fail."""


async def main() -> None:
    """Publish, each message until it is acknowledged."""
    client = await nats.connect(os.environ["NATS_URL"], inbox_prefix=f"_INBOX.{NAME}", error_cb=overheard)
    jetstream = client.jetstream()
    for first in range(0, EVENTS, PER_MESSAGE):
        batch = [event(number) for number in range(first, min(first + PER_MESSAGE, EVENTS))]
        await jetstream.publish(f"touchpoints.in.{NAME}", json.dumps(batch).encode(), timeout=30)
        await asyncio.sleep(PAUSE)
    try:
        await jetstream.publish("touchpoints.in.somebody-else", b"[]", timeout=2)
        may_speak_for_others = True
    except (nats.errors.Error, TimeoutError):
        may_speak_for_others = False
    await client.close()
    print(json.dumps({"published": EVENTS, "may_speak_for_others": may_speak_for_others}))


asyncio.run(main())
