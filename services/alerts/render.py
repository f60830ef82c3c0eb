"""Writes messages for people: Jinja2 templates in a sandbox, ours or those of a directory of your own."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from services.alerts.wording import clause
from shared.errors import Refused

log = logging.getLogger("alerts")

TEMPLATES = ("mail_subject.txt.j2", "mail.txt.j2", "mail.html.j2", "message.txt.j2")
"""Those that may be of one's own."""
SUBJECT_MAX = 200
PAGER_SUMMARY_MAX = 1024
HEADINGS = {
    "warning": {"opened": "Warning", "raised": "Alert"},
    "alert": {"opened": "Alert", "raised": "Alert"},
}
ENDS = {"resolved": "Resolved", "returned": "Back", "escalated": "Escalated", "reminded": "Still open", "test": "Test"}

Said = Mapping[str, Any]
Templates = tuple[Path, ...]
"""Directories, the first that has a template wins; ours come last."""


def mail(said: Said, templates: Templates = ()) -> dict[str, str]:
    """Return subject, plain text and HTML; the same figures in both."""
    facts = _facts(said)
    subject = " ".join(_render("mail_subject.txt.j2", facts, templates).split())
    text, html = (_render(f"mail.{kind}.j2", facts, templates) for kind in ("txt", "html"))
    return {"subject": subject[:SUBJECT_MAX], "text": text, "html": html}


def apprise_message(said: Said, templates: Templates = ()) -> dict[str, str]:
    """Return title and body for whatever apprise speaks to."""
    facts = _facts(said)
    title = " ".join(_render("mail_subject.txt.j2", facts, templates).split())
    return {"title": title[:SUBJECT_MAX], "body": _render("message.txt.j2", facts, templates)}


def digest(facts: Mapping[str, Any], templates: Templates = ()) -> dict[str, str]:
    """Return a digest as a mail."""
    count = len(facts["alerts"])
    text = _render("digest.txt.j2", facts, templates).strip() + "\n"
    nothing = "nothing open for you" if facts["soon"] or facts["held"] else "all clear"
    subject = f"attune: {count} open for you" if count else f"attune: {nothing}"
    return {"subject": subject, "text": text, "html": _render("digest.html.j2", {"text": text}, templates)}


def pagerduty(said: Said) -> dict[str, Any]:
    """Return an event for the Events API v2; the key that routes it is added when it is sent."""
    data, event = said["data"], said["type"].split(".")[2]
    action = {"resolved": "resolve", "acknowledged": "acknowledge", "snoozed": "acknowledge"}.get(event, "trigger")
    return {
        "event_action": action,
        "dedup_key": data["id"],
        "client": "attune",
        "client_url": data["link"],
        "links": [{"href": data["link"], "text": "attune"}],
        "payload": {
            "summary": data["summary"][:PAGER_SUMMARY_MAX],
            "source": data["source"] or data["initiative"] or "attune",
            "severity": "warning" if data["severity"] == "warning" else "error",
            "timestamp": said["timestamp"],
            "component": data["stakeholder"] or data["part"],
            "group": data["initiative"],
            "class": data["reason"],
            "custom_details": {name: data[name] for name in ("reasons", "score", "drifts_at", "mute")},
        },
    }


def shown(alert: Said) -> str:
    """Return an alert with all that is known of it, for a terminal; what others wrote commands it nothing."""
    clauses = [clause(because["reason"], because) for because in alert["reasons"]]
    text = _render("show.txt.j2", {"alert": alert, "clauses": clauses}, ()).strip()
    return "".join(its if its.isprintable() or its == "\n" else "\N{REPLACEMENT CHARACTER}" for its in text)


def check(templates: Templates, said: Said) -> None:
    """Raise Refused where a template of one's own does not work, before anybody waits for its mail."""
    for name in TEMPLATES:
        try:
            _environment(templates).get_template(name).render(_facts(said))
        except Exception as error:  # a template can fail in whatever way it likes
            raise Refused(f"templates: {named(templates)}: {name}: {type(error).__name__} {error}") from error


def named(templates: Templates) -> str:
    """Return the directories as a sentence has them."""
    return ", ".join(map(str, templates))


def day(moment: datetime | str | None) -> str:
    """Return a date as people write it."""
    if moment is None:
        return "never"
    return f"{datetime.fromisoformat(moment) if isinstance(moment, str) else moment:%-d %B %Y}"


def moment(at: datetime | str | None) -> str:
    """Return a moment as lists show it."""
    if at is None:
        return "never"
    return f"{(datetime.fromisoformat(at) if isinstance(at, str) else at).astimezone(UTC):%Y-%m-%d %H:%M}"


def _facts(said: Said) -> dict[str, Any]:
    data, event = said["data"], said["type"].split(".")[2]
    heading = ENDS.get(event) or HEADINGS[data["severity"]].get(event, "Alert")
    clauses = [clause(because["reason"], because) for because in data["reasons"]]
    defaults: dict[str, Any] = {"touches": [], "what_if": [], "forecast": None}
    # What a night or a mute holds back is read later than it was written.
    return {"event": event, "heading": heading, "clauses": clauses, "data": defaults | data, "at": said["timestamp"]}


def _render(name: str, facts: Mapping[str, Any], templates: Templates) -> str:
    try:
        return _environment(templates).get_template(name).render(facts)
    except Exception as error:
        if not templates:
            raise
        # It works for the sample, and not for this alert: an alert in our words beats none at all.
        where = named(templates)
        log.warning("the template %s in %s fails, ours is used: %s %s", name, where, type(error).__name__, error)
        return _render(name, facts, ())


@lru_cache(maxsize=64)
def _environment(templates: Templates) -> ImmutableSandboxedEnvironment:
    ours: list[BaseLoader] = [PackageLoader("services.alerts")]
    environment = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([*map(FileSystemLoader, templates), *ours]),
        autoescape=lambda name: name is not None and ".html" in name,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(day=day, moment=moment)
    return environment
