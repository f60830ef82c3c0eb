"""Judges how a source speaks. Reads nothing, sends nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.judging.relationship import Because
from shared.vocabulary import Reason


@dataclass(frozen=True, slots=True)
class Voice:
    """How a source speaks."""

    source: str
    last_at: datetime
    usual: timedelta | None
    """No silence but the rarest was longer; None where it has no rhythm yet."""
    stale_since: datetime | None
    """When its silence became longer than it ever should."""


def stale(voice: Voice, now: datetime) -> Because | None:
    """Return why a source is not to be trusted, if it has fallen silent; a source without a rhythm never has."""
    if voice.stale_since is None or voice.stale_since > now or voice.usual is None:
        return None
    figures = {"last_at": voice.last_at, "usual_hours": voice.usual / timedelta(hours=1)}
    return Because(Reason.STALE, voice.stale_since, figures)
