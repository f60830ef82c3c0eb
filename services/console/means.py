"""What every request works with."""

from dataclasses import dataclass, field
from typing import Any

import nats.errors
from nats.aio.client import Client
from nats.js import JetStreamContext

from services.console.oidc import Provider
from services.console.store import Models
from services.console.turns import Turns, planning, signing_in
from shared.errors import Unavailable
from shared.plumbing.settings import Settings


@dataclass
class Means:
    """Connections and what is known once and for all."""

    settings: Settings
    pool: Any = None
    nats: Client | None = None
    provider: Provider | None = None
    """Who signs people in besides ourselves, if anyone."""
    models: Models = field(default_factory=Models)
    signing_in: Turns = field(default_factory=signing_in)
    planning: Turns = field(default_factory=planning)

    @property
    def is_secure(self) -> bool:
        """Tell whether people reach the console by HTTPS."""
        return self.settings.console_url.startswith("https://")

    def jetstream(self) -> JetStreamContext:
        """Return the streams; raise Unavailable while NATS is away."""
        if self.nats is None or not self.nats.is_connected:
            raise Unavailable("NATS does not answer")
        return self.nats.jetstream()


AWAY = (nats.errors.Error, OSError, TimeoutError)
"""What calling NATS raises when it does not answer."""
