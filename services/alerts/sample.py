"""A made-up alert: what `attune alerts test` sends, and what templates are tried on."""

from datetime import UTC, datetime
from typing import Any

from services.alerts.announce import About, Announcement, derived, document
from shared.vocabulary import Reason

MADE_UP_AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def sample(now: datetime) -> Announcement:
    """Return an announcement about nobody."""
    reasons = [{"reason": Reason.FADING, "since": now, "score": 38.0, "line": 40.0}]
    return Announcement(
        derived("test", now),
        None,
        "test",
        "warning",
        Reason.FADING,
        reasons,
        38.0,
        now,
        "This is a test of attune: nobody is fading.",
        now,
        About(initiative="test", stakeholder="nobody", name="Nobody"),
        band="misaligned",
        note="sent by `attune alerts test`",
    )


SAMPLE: dict[str, Any] = document(sample(MADE_UP_AT), "http://attune.example")
