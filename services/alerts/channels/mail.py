"""Alerts by mail, plain text and HTML side by side."""

import asyncio
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib
import orjson

from services.alerts.delivery import Delivery, Outcome
from services.alerts.policy import MailChannel

TAKEN_WITHIN = 20.0


class Mail:
    """Sends one message per person through one server."""

    def __init__(self, channel: MailChannel) -> None:
        self.channel, self.name = channel, channel.name

    async def send(self, delivery: Delivery, now: datetime) -> Outcome:
        """Send once; the Message-ID is the delivery's, so that a mailbox shows a repeated one once."""
        try:
            # aiosmtplib bounds each step; the lease must outlast the whole.
            async with asyncio.timeout(TAKEN_WITHIN):
                await self._send(message(delivery, self.channel.sender, now))
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            return Outcome(f"the mail server did not take it: {type(error).__name__} {error}")
        return Outcome()

    async def _send(self, mail: EmailMessage) -> None:
        its = self.channel
        await aiosmtplib.send(
            mail,
            hostname=its.host,
            port=its.port,
            username=its.user,
            password=its.password.get_secret_value() if its.password else None,
            use_tls=its.security == "tls",
            start_tls=its.security == "starttls",
            timeout=TAKEN_WITHIN,
        )

    async def close(self) -> None:
        """Do nothing: each message has a connection of its own."""


def message(delivery: Delivery, sender: str, now: datetime) -> EmailMessage:
    """Return the mail; answers by machines are not wanted."""
    said = orjson.loads(delivery.payload)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, delivery.destination, said["subject"]
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{delivery.delivery_id}@attune>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(said["text"])
    mail.add_alternative(said["html"], subtype="html")
    return mail
