"""Microsoft Graph's events: calendarView and events, their delta pages, series masters, exceptions and `@removed`.

https://learn.microsoft.com/graph/api/resources/event
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from services.ingest.connectors.api.entry import Entry, Guest
from services.ingest.connectors.api.found import Found, Removed
from services.ingest.connectors.api.moments import day_of, moment_of, utc_of, zone_of
from services.ingest.connectors.api.pages import Document, entries, inner, rejected, text_of
from services.ingest.connectors.api.recurrence import rule_of
from services.ingest.connectors.items import Dropped, Rejected
from services.ingest.interpret import Policy
from shared.events.address import normal_address
from shared.events.refusal import Refusal, shown

ANSWERS = {
    "accepted": "ACCEPTED",
    "organizer": "ACCEPTED",
    "tentativelyAccepted": "TENTATIVE",
    "declined": "DECLINED",
}
MASTER, INSTANCES = "seriesMaster", frozenset({"occurrence", "exception"})
LENT = ("attendees", "organizer", "showAs", "isAllDay", "isOrganizer", "responseStatus")
"""What an occurrence has from its series where it says nothing itself, as in the delta of a calendar view."""
EXPANDED = "a series: its occurrences are listed"
GLOBAL_ID = "040000008200E00074C5B7101A82E008"


def is_event(found: dict[str, Any]) -> bool:
    """Tell whether the object is an event."""
    return "start" in found or "attendees" in found or "seriesMasterId" in found or "iCalUId" in found


def found_in(documents: Iterable[Document], policy: Policy) -> Iterator[Found | Dropped | Rejected]:
    """Yield what the events of all pages tell."""
    events = [event for document in documents for event in flat(document)]
    masters = {text_of(event.found, "id"): event.found for event in events if text_of(event.found, "type") == MASTER}
    listed = {
        text_of(event.found, "seriesMasterId") for event in events if text_of(event.found, "type") == "occurrence"
    }
    for event in events:
        if "@removed" in event.found:
            yield Removed(text_of(event.found, "id"), event.where)
        elif text_of(event.found, "id") in listed or (text_of(event.found, "type") == MASTER and is_view(event)):
            yield Dropped(EXPANDED, label(event))
        elif event.found.get("isDraft") is True:
            yield Dropped("draft", label(event))
        else:
            yield entry_of(event, masters.get(text_of(event.found, "seriesMasterId"), {}), policy)


def flat(document: Document) -> Iterator[Document]:
    """Yield the event, and the exceptions that stand within it."""
    yield document
    for exception in entries(document.found, "exceptionOccurrences") or ():
        if isinstance(exception, dict):
            series = {"seriesMasterId": document.found.get("id"), "type": "exception"}
            yield Document(document.where, series | exception)


def is_view(document: Document) -> bool:
    """Tell whether the event comes from a view, which holds every occurrence by itself."""
    return "calendarView" in text_of(document.found, "_context")


def entry_of(document: Document, master: dict[str, Any], policy: Policy) -> Entry | Rejected:
    """Return what the event tells, or the rule it breaks."""
    event = {name: master[name] for name in LENT if name in master} | document.found
    if not text_of(event, "id"):
        return wrong(document, "id", event.get("id"), "is required")
    starts, ends = time_at(event, "start"), time_at(event, "end")
    if starts is None:
        return wrong(document, "start", event.get("start"), "must hold a dateTime and a timeZone that is known")
    starts = at_home(event, starts)
    try:
        recurrence = rule_of(event, starts)
    except ValueError as broken:
        return wrong(document, "recurrence", event.get("recurrence"), str(broken))
    return Entry(
        id=text_of(event, "id"),
        uid=uid_of(event, master),
        starts=starts,
        ends=ends,
        slot=slot_of(event, starts) if text_of(event, "type") in INSTANCES else None,
        recurrence=recurrence,
        organizer=text_of(event, "organizer", "emailAddress", "address"),
        guests=tuple(answered(event, list(guests_of(event)), policy)),
        changed_at=utc_of(event.get("lastModifiedDateTime")),
        is_cancelled=event.get("isCancelled") is True,
        is_free=text_of(event, "showAs") == "free",
    )


def uid_of(event: dict[str, Any], master: dict[str, Any]) -> str:
    """Return the UID of the event or of its series, as every calendar knows it."""
    told = text_of(event, "uid") or text_of(master, "uid") or text_of(master, "iCalUId") or text_of(event, "iCalUId")
    if told.upper().startswith(GLOBAL_ID) and text_of(event, "type") in INSTANCES:
        # Outlook writes the day of an occurrence into the UID of its series (MS-OXOCAL 2.2.1.27).
        begin = len(GLOBAL_ID)
        return told[:begin] + "0" * 8 + told[begin + 8 :]
    return told or text_of(event, "seriesMasterId") or text_of(event, "id")


def time_at(event: dict[str, Any], name: str) -> date | datetime | None:
    """Return one of the event's times: a day where it takes whole days."""
    text, zone_name = inner(event, name, "dateTime"), text_of(event, name, "timeZone")
    if event.get("isAllDay") is True:
        return day_of(text)
    moment, zone = moment_of(text), zone_of(zone_name or "UTC")
    if moment is None or (moment.tzinfo is None and zone is None):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def at_home(event: dict[str, Any], starts: date) -> date:
    """Return the start of a series in the zone that it recurs in: Graph tells times in UTC unless asked otherwise."""
    named = text_of(event, "recurrence", "range", "recurrenceTimeZone") or text_of(event, "originalStartTimeZone")
    zone = zone_of(named) if isinstance(event.get("recurrence"), dict) else None
    return starts.astimezone(zone) if zone and isinstance(starts, datetime) else starts


def slot_of(event: dict[str, Any], starts: date | datetime) -> date | datetime:
    """Return which time of its series it is: one that was moved tells when it was to begin."""
    original = utc_of(event.get("originalStart"))
    if original is None:
        return starts
    return original if isinstance(starts, datetime) else original.date()


def guests_of(event: dict[str, Any]) -> Iterator[Guest]:
    """Yield the attendees."""
    for attendee in entries(event, "attendees") or ():
        address = text_of(attendee, "emailAddress", "address")
        answer = ANSWERS.get(text_of(attendee, "status", "response"), "NEEDS-ACTION")
        if address:
            yield Guest(address, answer, is_room=text_of(attendee, "type") == "resource")


def answered(event: dict[str, Any], guests: list[Guest], policy: Policy) -> list[Guest]:
    """Return the guests with the answer of whose calendar it is: only the organiser's copy lists that of everybody."""
    if text_of(event, "responseStatus", "response") != "declined":
        return guests
    ours = [guest for guest in guests if is_ours(guest.address, policy)]
    if len(ours) != 1:
        return guests  # which of us it was, nothing says
    return [guest._replace(answer="DECLINED") if guest in ours else guest for guest in guests]


def is_ours(address: str, policy: Policy) -> bool:
    """Tell whether the address is one of our own people's."""
    try:
        return policy.is_ours(normal_address(address))
    except ValueError:
        return False


def label(document: Document) -> str:
    """Name the event for people."""
    return f"{document.where}: {text_of(document.found, 'id')[-24:] or 'without id'}"


def wrong(document: Document, field: str, value: Any, rule: str) -> Rejected:
    """Say what is wrong with an event."""
    return rejected(label(document), Refusal(field, "missing" if value is None else shown(value), rule))
