"""Who is told, from the settings: NATS always, the webhook that they name, and whatever the alerts file adds."""

from typing import NamedTuple

from pydantic import ValidationError

from services.alerts.policy import NatsChannel, Policy, WebhookChannel, read_policy
from services.alerts.secrets import RULE, can_sign, shape
from shared.errors import Refused
from shared.plumbing.settings import Settings


class Audience(NamedTuple):
    """Who is told, how and when."""

    console_url: str
    policy: Policy


def audience(chosen: Settings) -> Audience:
    """Return the audience; raise Refused when the alerts file breaks a rule."""
    written = read_policy(chosen.alerts_file) if chosen.alerts_file else Policy()
    policy = written.model_copy(update={"channels": (*written.channels, *_usual(written, chosen))})
    if lacking := policy.lacking():
        raise Refused(f"ATTUNE_ALERTS_FILE: to: {lacking!r} is told nowhere: ATTUNE_WEBHOOK_URL is not set")
    return Audience(chosen.console_url, policy)


def _usual(written: Policy, chosen: Settings) -> list[NatsChannel | WebhookChannel]:
    names = {channel.name for channel in written.channels}
    usual: list[NatsChannel | WebhookChannel] = []
    if "nats" not in names:
        usual.append(NatsChannel(kind="nats", name="nats"))
    if "webhook" not in names and chosen.webhook_url:
        usual.append(_webhook(chosen))
    return usual


def _webhook(chosen: Settings) -> WebhookChannel:
    """Return the webhook of the settings; several secrets stand side by side, the newest first."""
    secret = chosen.webhook_secret.get_secret_value() if chosen.webhook_secret else ""
    if not secret.split():
        raise Refused(f"ATTUNE_WEBHOOK_SECRET: is missing or empty — {RULE}")
    for number, each in enumerate(secret.split(), 1):
        if not can_sign(each):
            raise Refused(f"ATTUNE_WEBHOOK_SECRET: secret {number} {shape(each)} — {RULE}")
    written = {"url": chosen.webhook_url, "secrets": secret.split(), "allow_private": chosen.webhook_allow_private}
    try:
        return WebhookChannel.model_validate({"kind": "webhook", "name": "webhook", **written})
    except ValidationError:
        raise Refused("ATTUNE_WEBHOOK_URL must be a URL such as https://ops.us.example/attune") from None
