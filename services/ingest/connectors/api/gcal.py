"""Google Calendar's events.list: pages, single events and changes since a sync token, instances expanded or not.

https://developers.google.com/calendar/api/v3/reference/events
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from services.ingest.connectors.api.entry import Entry, Guest
from services.ingest.connectors.api.found import Found, Removed
from services.ingest.connectors.api.moments import day_of, moment_of, utc_of, zone_of
from services.ingest.connectors.api.pages import Document, entries, inner, rejected, text_of
from services.ingest.connectors.items import Rejected
from shared.events.refusal import Refusal, shown

ANSWERS = {"accepted": "ACCEPTED", "tentative": "TENTATIVE", "declined": "DECLINED"}
NOBODY = ("calendar.google.com",)
"""Calendars that organise events are no people."""
CANCELLED = "cancelled"


def events(document: Document) -> Iterator[Document]:
    """Yield the events of a page, or the one that the document is."""
    listed = entries(document.found, "items")
    if listed is None:
        yield document
        return
    zone = text_of(document.found, "timeZone")
    for event in listed:
        whole = {"_zone": zone, **event} if isinstance(event, dict) else {}
        yield Document(document.where, whole)


def found_of(document: Document) -> Found | Rejected:
    """Return what the event tells, or the rule it breaks."""
    event = document.found
    event_id = text_of(event, "id")
    if not event_id:
        return wrong(document, "id", event.get("id"), "is required")
    if text_of(event, "status") == CANCELLED and "start" not in event and "recurringEventId" not in event:
        return Removed(event_id, document.where)
    starts, slot = time_at(event, "start"), time_at(event, "originalStartTime")
    if starts is None and not (slot and text_of(event, "status") == CANCELLED):
        return wrong(document, "start", event.get("start"), "must hold a date, or a dateTime with its offset")
    return Entry(
        id=event_id,
        uid=text_of(event, "iCalUID") or f"{text_of(event, 'recurringEventId') or event_id}@google.com",
        starts=starts,
        ends=time_at(event, "end"),
        slot=slot if "recurringEventId" in event else None,
        recurrence=tuple(str(line) for line in entries(event, "recurrence") or ()),
        organizer=organizer_of(event),
        guests=tuple(guests_of(event)),
        sequence=sequence if isinstance(sequence := event.get("sequence"), int) else 0,
        changed_at=utc_of(event.get("updated")),
        is_cancelled=text_of(event, "status") == CANCELLED,
        is_free=text_of(event, "transparency") == "transparent",
    )


def time_at(event: dict[str, Any], name: str) -> date | datetime | None:
    """Return one of the event's times; a moment is in the zone that it names, as its offset tells."""
    told = event.get(name)
    if not isinstance(told, dict):
        return None
    if "dateTime" not in told:
        return day_of(told.get("date")) if "date" in told else None
    moment = moment_of(told["dateTime"])
    zone = zone_of(text_of(told, "timeZone") or text_of(event, "_zone"))
    if moment is None or (moment.tzinfo is None and zone is None):
        return None
    try:
        return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone or moment.tzinfo)
    except OverflowError:
        return None


def organizer_of(event: dict[str, Any]) -> str:
    """Return who called it; empty where that is a calendar."""
    address = text_of(event, "organizer", "email")
    return "" if address.endswith(NOBODY) else address


def guests_of(event: dict[str, Any]) -> Iterator[Guest]:
    """Yield the attendees."""
    for attendee in entries(event, "attendees") or ():
        address = text_of(attendee, "email")
        answer = ANSWERS.get(text_of(attendee, "responseStatus"), "NEEDS-ACTION")
        if address and not address.endswith("@group.calendar.google.com"):
            yield Guest(address, answer, is_room=inner(attendee, "resource") is True)


def wrong(document: Document, field: str, value: Any, rule: str) -> Rejected:
    """Say what is wrong with an event."""
    label = f"{document.where}: {text_of(document.found, 'id') or 'without id'}"
    return rejected(label, Refusal(field, "missing" if value is None else shown(value), rule))
