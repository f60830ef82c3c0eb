"""Alerts on NATS: subject `alerts.<initiative>.<reason>`, kept in the stream ALERTS."""

from datetime import datetime

import nats.errors
import nats.js.errors
from nats.js import JetStreamContext

from services.alerts.delivery import Delivery, Outcome
from shared.plumbing import traces

STORED_WITHIN = 5.0


class Nats:
    """Publishes and waits until the stream has stored it."""

    def __init__(self, jetstream: JetStreamContext, name: str = "nats") -> None:
        self.jetstream, self.name = jetstream, name

    async def send(self, delivery: Delivery, now: datetime) -> Outcome:
        """Publish under the delivery's id, which the stream knows again."""
        del now
        try:
            await self.jetstream.publish(
                delivery.destination,
                delivery.payload.encode(),
                timeout=STORED_WITHIN,
                headers={"Nats-Msg-Id": str(delivery.delivery_id), **(traces.headers() or {})},
            )
        except (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError) as error:
            return Outcome(f"NATS did not store it: {error!r}")
        return Outcome()

    async def close(self) -> None:
        """Do nothing: the connection is the service's."""
