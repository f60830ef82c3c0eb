"""What is to be said about an alert by the clock, if nobody acts: escalation, a reminder, the end of a snooze. Pure."""

from datetime import datetime, timedelta

from services.alerts.announce import Announcement
from services.alerts.policy import Policy

Schedule = tuple[str | None, datetime | None]
"""What, and when; both None where nothing is to be said."""


def schedule(its: Announcement, policy: Policy, told_at: datetime | None = None) -> Schedule:
    """Return the next thing to be said after the announcement, counted from when it reached somebody."""
    if its.status == "snoozed" and its.snoozed_until is not None:
        return "returned", its.snoozed_until
    if its.status != "open":
        return None, None
    told_at = told_at or its.happened_at
    chain = policy.chain(its.about, its.reason, its.severity)
    # A warning is time to act by oneself: only what has come true climbs.
    if its.severity == "alert" and its.step < len(chain):
        return "escalated", told_at + timedelta(hours=chain[its.step].after_hours)
    # Climbing is reminder enough: only at the top of the chain the same people are told again.
    repeat_after = policy.repeat_after()
    return ("reminded", told_at + repeat_after) if repeat_after else (None, None)
