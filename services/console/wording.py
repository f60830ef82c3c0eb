"""How figures, moments and reasons read. Pure: the moment it is now comes as an argument."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from shared.judging import own

REASONS = {
    "fading": "Fading",
    "overdue": "Overdue",
    "cooling": "Cooling",
    "shallow": "Contact without depth",
    "one_sided": "One-sided",
    "unkept": "Promise not kept",
    "shaken": "Shaken by a setback",
    "never_met": "Never met",
    "uncovered": "Nobody aligned here",
    "single_threaded": "Hangs on one of us",
    "stale": "Source fell silent",
} | {reason: its.title for reason, its in own.reasons().items()}
EXPLAINED = {
    "fading": "The score is under the line",
    "overdue": "Past the rhythm that was agreed",
    "cooling": "Well under their own pace",
    "shallow": "Much contact, little depth",
    "one_sided": "Little comes back from them",
    "unkept": "A commitment is past due or broken",
    "shaken": "A setback has not been repaired",
    "never_met": "Nobody has been in touch yet",
    "uncovered": "A function or level without an aligned stakeholder",
    "single_threaded": "Only one of us is in touch",
    "stale": "A connector has brought nothing for a while",
} | {reason: its.explained for reason, its in own.reasons().items()}
HELD = {
    "planned": "A meeting is booked before it",
    "stale": "Its source fell silent",
    "muted": "Muted",
    "snoozed": "Snoozed",
    "acknowledged": "Somebody has it in hand",
    "quiet": "Outside their hours",
    "budget": "They were told enough that day",
    "unrouted": "Nobody to tell there",
    "resolved": "Over before it was told",
    "overtaken": "Something newer was told",
    "disabled": "The receiver wants nothing more",
    "late": "Came with history: listed only",
}
"""Why something was not told, or not at once."""
STANDS = {
    "delivered": "Delivered",
    "pending": "Waits for its turn",
    "held": "Held back",
    "dead": "Given up",
    "withdrawn": "Over before it was told",
}
"""How far a delivery has come."""
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
NONE = "–"  # noqa: RUF001 -- an en dash is what is meant


def score(value: float | None) -> str:
    """Return whole points."""
    return NONE if value is None else f"{value:.0f}"


def points(value: float) -> str:
    """Return a part of a score, with its sign where it takes."""
    return f"{value:.1f}".replace("-", "\N{MINUS SIGN}")


def percent(value: float | None) -> str:
    """Return a probability."""
    return NONE if value is None else f"{100 * value:.0f}\N{NARROW NO-BREAK SPACE}%"


def read(value: str) -> datetime:
    """Return a moment that JSON holds as text."""
    return datetime.fromisoformat(value)


def second(value: float) -> datetime:
    """Return the moment of a second since 1970."""
    return datetime.fromtimestamp(value, UTC)


def count(value: float) -> str:
    """Return a number with its thousands apart."""
    return f"{value:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def reason(value: str) -> str:
    """Return a reason as people say it."""
    return REASONS.get(value, value.replace("_", " ").capitalize())


def explained(value: str) -> str:
    """Return what a reason means."""
    return EXPLAINED.get(value, reason(value))


def held_for(value: str) -> str:
    """Return why something was held back, as people say it."""
    return HELD.get(value, reason(value))


def stands(delivery: Mapping[str, Any]) -> str:
    """Return how far a delivery has come."""
    if delivery["status"] == "held" and delivery["held_for"]:
        return f"Held back: {held_for(delivery['held_for']).lower()}"
    if delivery["status"] in {"pending", "dead"} and delivery["attempts"]:
        times = "once" if delivery["attempts"] == 1 else f"{delivery['attempts']} times"
        return f"Tried {times}, {'will be again' if delivery['status'] == 'pending' else 'given up'}"
    return STANDS.get(delivery["status"], str(delivery["status"]))


def word(value: str | None) -> str:
    """Return one of our words as a label."""
    return NONE if value is None else value.replace("_", " ").capitalize()


def utc(moment: datetime) -> str:
    """Return a moment for machines and for hovering."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def iso(moment: datetime) -> str:
    """Return a moment as HTML wants it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def day(moment: datetime | None) -> Markup:
    """Return a day, which the browser shows in its own zone; UTC on hover."""
    return _time(moment, "day", lambda known: f"{known:%-d %b %Y}")


def moment(value: datetime | None) -> Markup:
    """Return a moment, which the browser shows in its own zone; UTC on hover."""
    return _time(value, "moment", lambda known: f"{known:%-d %b %Y, %H:%M} UTC")


def since(value: datetime | None, now: datetime) -> Markup:
    """Return how long ago or how far ahead."""
    return _time(value, "", lambda known: span(known - now))


def _time(value: datetime | None, kind: str, written: Callable[[datetime], str]) -> Markup:
    if value is None:
        return Markup('<span class="none">{}</span>').format(NONE)
    # Figures and words of our own need no escaping, which took most of the time: a page has hundreds of moments.
    shown = f' data-as="{kind}"' if kind else ""
    at = value.astimezone(UTC)
    return Markup(f'<time datetime="{iso(at)}" title="{utc(at)}"{shown}>{written(at)}</time>')  # noqa: S704


def span(ahead: timedelta) -> str:
    """Return a span from now in words."""
    seconds = abs(ahead.total_seconds())
    if seconds < MINUTE:
        return "just now"
    for unit, size, until in (("min", MINUTE, HOUR), ("h", HOUR, 2 * DAY), ("days", DAY, 60 * DAY)):
        if seconds < until:
            return _turned(f"{seconds // size:.0f} {unit}", is_ahead=ahead > timedelta(0))
    return _turned(f"{seconds / (30.44 * DAY):.0f} months", is_ahead=ahead > timedelta(0))


def _turned(text: str, *, is_ahead: bool) -> str:
    return f"in {text}" if is_ahead else f"{text} ago"


def days(value: float | None) -> str:
    """Return a number of days."""
    return NONE if value is None else f"{value:.0f} day{'' if round(value) == 1 else 's'}"


def every(value: float) -> str:
    """Return a rhythm."""
    return "every day" if round(value) <= 1 else f"every {days(value)}"


def hours(value: float) -> str:
    """Return a span of hours as people say it."""
    return days(value / 24) if value >= 48 else f"{max(value, 1):.0f} h"  # noqa: PLR2004 -- two days read as hours


def queried(filters: Mapping[str, Any], **more: Any) -> str:
    """Return a query string of what is chosen, changed by `more`; None takes away."""
    chosen = {name: value for name, value in (dict(filters) | more).items() if value not in (None, "")}
    return f"?{urlencode(chosen)}" if chosen else "?"


WORDS = (score, points, percent, count, reason, explained, held_for, stands, word, days, every, hours, queried)
MOMENTS = (utc, iso, day, moment, since, read, second)
FILTERS: dict[str, Callable[..., Any]] = {function.__name__: function for function in (*WORDS, *MOMENTS)}
"""What templates call them by."""
