"""Alerts by HTTP POST, signed as https://www.standardwebhooks.com says."""

from collections.abc import Sequence
from datetime import datetime

from standardwebhooks import Webhook as Signer

from services.alerts.channels.post import Post
from services.alerts.delivery import Delivery, Outcome

PERMIT = "ATTUNE_WEBHOOK_ALLOW_PRIVATE"


class Webhook:
    """Posts to one URL under the delivery's id, signed with every secret that is in use."""

    def __init__(
        self, url: str, secrets: Sequence[str], *, allow_private: bool, name: str = "webhook", permit: str = PERMIT
    ) -> None:
        self.name = name
        self.post = Post(url, permit, allow_private=allow_private)
        # Several while a secret is exchanged: a receiver accepts what any one of them has signed.
        self.signers = [Signer(secret) for secret in secrets]

    async def send(self, delivery: Delivery, now: datetime) -> Outcome:
        """Post under the delivery's id, signed for this moment."""
        name = str(delivery.delivery_id)
        headers = {
            "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signer.sign(name, now, delivery.payload) for signer in self.signers),
        }
        return await self.post.send(delivery.payload.encode(), headers, now)

    async def close(self) -> None:
        """Close connections that were kept open."""
        await self.post.close()
