"""What alerts has done since it started, for `/metrics`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge, Histogram

if TYPE_CHECKING:
    # Whoever works counts, too: importing them here would go in a circle.
    from services.alerts.delivery import Delivery, Step
    from services.alerts.watch import Judged

JUDGED = Counter("attune_alerts_judged", "Relationships judged")
EVENTS = Counter("attune_alerts_events", "Alerts opened, joined and resolved", ["event", "reason"])
ATTEMPTS = Counter("attune_alerts_deliveries", "Attempts to deliver, by outcome", ["channel", "outcome"])
SUPPRESSED = Counter("attune_alerts_suppressed", "What was held back, by reason", ["reason"])
OPEN = Gauge("attune_alerts_open", "Alerts that nobody has resolved, all replicas together", ["reason"])
DUE_SECONDS = Gauge("attune_alerts_oldest_due_seconds", "How long the relationship waits that was due first")
LATENCY = Histogram(
    "attune_alerts_latency_seconds",
    "From an alert's word to its delivery, nights and mutes included",
    ["channel"],
    buckets=(0.5, 1, 2, 5, 15, 60, 300, 3600, 6 * 3600, 24 * 3600),
)
JUDGED_AT = Gauge("attune_alerts_last_pass_seconds", "When nothing was left to judge, in seconds since 1970")


OUTCOMES = ("delivered", "retried", "dead")


def begin(channels: Iterable[str]) -> None:
    """Show what has not happened yet as zero: Prometheus sees no rise in what begins with the first one."""
    for channel in channels:
        for what in OUTCOMES:
            ATTEMPTS.labels(channel, what)


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


def add_latencies(deliveries: "Iterable[Delivery]", steps: "Iterable[Step]") -> None:
    """Add how long what was delivered has taken."""
    for delivery, step in zip(deliveries, steps, strict=True):
        if step.delivered_at and delivery.created_at:
            LATENCY.labels(delivery.channel).observe((step.delivered_at - delivery.created_at).total_seconds())


def set_standing(open_by_reason: Mapping[str, int], due_seconds: float) -> None:
    """Say how many alerts are open, and how far judging is behind."""
    OPEN.clear()
    for reason, number in open_by_reason.items():
        OPEN.labels(reason).set(number)
    DUE_SECONDS.set(due_seconds)


def outcome(step: "Step") -> str:
    """Name what an attempt came to."""
    if step.delivered_at:
        return "delivered"
    return "retried" if step.next_attempt_at else "dead"
