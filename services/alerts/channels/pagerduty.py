"""Alerts as events of PagerDuty's Events API v2, or of whatever else speaks it."""

from datetime import datetime
from http import HTTPStatus

import orjson

from services.alerts.channels.post import Post
from services.alerts.delivery import Delivery, Outcome


class PagerDuty:
    """Posts under the alert's id, so that what opens also resolves; the key is added only when it is sent."""

    def __init__(self, name: str, url: str, routing_key: str, *, allow_private: bool) -> None:
        self.name, self.routing_key = name, routing_key
        # Events API v2: "Do not retry this request" (400, an event that breaks its rules); all else is tried again.
        self.post = Post(
            url,
            f"[[channels]] {name}: allow_private",
            allow_private=allow_private,
            refusing=frozenset({HTTPStatus.BAD_REQUEST}),
        )

    async def send(self, delivery: Delivery, now: datetime) -> Outcome:
        """Post once."""
        event = {"routing_key": self.routing_key, **orjson.loads(delivery.payload)}
        return await self.post.send(orjson.dumps(event), {}, now)

    async def close(self) -> None:
        """Close connections that were kept open."""
        await self.post.close()
