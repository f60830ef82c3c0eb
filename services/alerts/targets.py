"""What the outbox calls the place that a channel talks to: never more than a host, because a path may be a secret."""

from urllib.parse import urlsplit

from services.alerts.policy import AppriseChannel, Channel, PagerDutyChannel, WebhookChannel


def host_of(channel: Channel) -> str:
    """Return the host, or the kind where there is none to name."""
    match channel:
        case WebhookChannel() | PagerDutyChannel():
            return urlsplit(channel.url).hostname or channel.name
        case AppriseChannel():
            return urlsplit(channel.url.get_secret_value()).scheme or channel.name
        case _:
            return channel.name
