"""A channel of your own: each alert becomes a line of a file that a ticket system picks up.

[[channels]]
name = "tickets"
kind = "own"
use = "ticket_channel:Tickets"
options = { path = "/var/spool/tickets.jsonl" }
"""

import json
from datetime import datetime
from pathlib import Path

from services.alerts.delivery import Delivery, Outcome


class Tickets:
    """Appends what it is given; whoever reads the file knows a repetition by its id."""

    def __init__(self, name: str, path: str) -> None:
        self.name, self.path = name, Path(path)

    async def send(self, delivery: Delivery, now: datetime) -> Outcome:
        """Send once; an Outcome with an error is tried again, with growing pauses, for three days."""
        said = json.loads(delivery.payload)
        ticket = {"id": str(delivery.delivery_id), "at": now.isoformat(), "title": said["data"]["summary"]}
        try:
            with self.path.open("a") as file:
                file.write(json.dumps(ticket) + "\n")
        except OSError as error:
            return Outcome(f"{self.path} cannot be written: {error.strerror}")
        return Outcome()

    async def close(self) -> None:
        """Do nothing: the file is closed."""
