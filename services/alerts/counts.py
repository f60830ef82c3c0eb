"""What alerts has done since it started, for `/metrics`."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge

if TYPE_CHECKING:
    # Whoever works counts, too: importing them here would go in a circle.
    from services.alerts.delivery import Step
    from services.alerts.watch import Judged

JUDGED = Counter("attune_alerts_judged", "Relationships judged")
EVENTS = Counter("attune_alerts_events", "Alerts opened, joined and resolved", ["event", "reason"])
ATTEMPTS = Counter("attune_alerts_deliveries", "Attempts to deliver, by outcome", ["channel", "outcome"])
SUPPRESSED = Counter("attune_alerts_suppressed", "What was held back, by reason", ["reason"])
JUDGED_AT = Gauge("attune_alerts_last_pass_seconds", "When nothing was left to judge, in seconds since 1970")


def add_judged(judged: "Judged") -> None:
    """Add what one pass came to."""
    JUDGED.inc(judged.relationships)
    for announcement in judged.announcements:
        EVENTS.labels(announcement.event, announcement.reason).inc()


def add_suppressed(reasons: Iterable[str]) -> None:
    """Add what was held back."""
    for reason in reasons:
        SUPPRESSED.labels(reason).inc()


def add_attempts(channel: str, steps: "Sequence[Step]") -> None:
    """Add what attempts on one channel came to."""
    for step in steps:
        ATTEMPTS.labels(channel, outcome(step)).inc()


def outcome(step: "Step") -> str:
    """Name what an attempt came to."""
    if step.delivered_at:
        return "delivered"
    return "retried" if step.next_attempt_at else "dead"
