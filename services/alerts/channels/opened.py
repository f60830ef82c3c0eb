"""Opens the channels that a policy names."""

from typing import assert_never

from nats.js import JetStreamContext

from services.alerts.channels.apprise import Apprise
from services.alerts.channels.mail import Mail
from services.alerts.channels.nats import Nats
from services.alerts.channels.own import own
from services.alerts.channels.pagerduty import PagerDuty
from services.alerts.channels.webhook import PERMIT, Webhook
from services.alerts.delivery import Channel
from services.alerts.policy import (
    AppriseChannel,
    MailChannel,
    NatsChannel,
    OwnChannel,
    PagerDutyChannel,
    Policy,
    WebhookChannel,
)
from services.alerts.policy import Channel as Written


def opened(policy: Policy, jetstream: JetStreamContext) -> list[Channel]:
    """Return every channel, ready to send; raise Refused where one cannot be."""
    return [_opened(its, jetstream) for its in policy.channels]


def _opened(its: Written, jetstream: JetStreamContext) -> Channel:
    match its:
        case NatsChannel():
            return Nats(jetstream, its.name)
        case WebhookChannel():
            return _webhook(its)
        case MailChannel():
            return Mail(its)
        case PagerDutyChannel():
            return PagerDuty(its.name, its.url, its.routing_key.get_secret_value(), allow_private=its.allow_private)
        case AppriseChannel():
            return Apprise(its.name, its.url.get_secret_value())
        case OwnChannel():
            return own(its.name, its.use, its.options)
        case _:
            assert_never(its)


def _webhook(its: WebhookChannel) -> Webhook:
    secrets = [secret.get_secret_value() for secret in its.secrets]
    is_settings = its.name == "webhook"
    permit = PERMIT if is_settings else f"[[channels]] {its.name}: allow_private"
    return Webhook(its.url, secrets, allow_private=its.allow_private, name=its.name, permit=permit)
