"""What an occurrence in a calendar is to us: a meeting with people outside, or a reason why it is none."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from icalendar.cal import Component

from services.ingest.connectors.ics.component import listed, parameter, word
from services.ingest.connectors.ics.expand import Occurrence
from services.ingest.interpret import Policy
from shared.events.address import normal_address
from shared.events.refusal import Refusal
from shared.vocabulary import Response

PEOPLE_MAX = 500
ADDRESS_MAX = 320
DAY = timedelta(days=1)
MEETS = frozenset({"", "PUBLISH", "REQUEST", "ADD", "CANCEL"})
"""What a calendar may be sent for; replies and counter-proposals are no meetings."""

RESPONSES = {
    "ACCEPTED": Response.ACCEPTED,
    "TENTATIVE": Response.TENTATIVE,
    "DECLINED": Response.DECLINED,
    "DELEGATED": Response.DECLINED,  # whom they sent is an attendee too
}
ROOMS = frozenset({"ROOM", "RESOURCE"})
CANCELLED = "cancelled"
NOBODY = frozenset({"unknownorganizer@calendar.google.com"})


class Attendee(NamedTuple):
    """Somebody who was asked to come, or who asks."""

    address: str | None
    """None where it names no one address, as for groups."""
    response: Response
    is_ours: bool


def meeting(occurrence: Occurrence, method: str, policy: Policy, now: datetime) -> dict[str, Any] | str | Refusal:
    """Return the time and data of its touchpoint, in words why it is no touch, or the rule it breaks."""
    event = occurrence.event
    if reason := _why_not(occurrence, method):
        return reason
    attending = list(_attending(event, policy))
    outside = [attendee for attendee in attending if attendee.address and not attendee.is_ours]
    if not outside:
        return "all-day" if occurrence.is_all_day else "nobody outside"
    if _all_declined(outside) or _all_declined([attendee for attendee in attending if attendee.is_ours]):
        return "declined"
    if len(outside) > PEOPLE_MAX:
        return Refusal("ATTENDEE", f"{len(outside)} people", f"must be {PEOPLE_MAX} people outside at most")
    if occurrence.starts_at.timestamp() < 0:
        return Refusal("DTSTART", f"{occurrence.starts_at:%Y-%m-%d}", "must not lie before 1970")
    return {"time": f"{occurrence.starts_at:%Y-%m-%dT%H:%M:%SZ}", "data": _data(occurrence, attending, outside, now)}


def _why_not(occurrence: Occurrence, method: str) -> str | None:
    event = occurrence.event
    if method == "CANCEL" or word(event, "STATUS") == "CANCELLED":
        return CANCELLED
    if method not in MEETS:
        return "a reply"
    # Days are entered as transparent by most programs, whoever comes.
    if word(event, "TRANSP") == "TRANSPARENT" and not occurrence.is_all_day:
        return "transparent"
    return None


def _data(occurrence: Occurrence, attending: list[Attendee], outside: list[Attendee], now: datetime) -> dict[str, Any]:
    people = [_person(attendee) for attendee in outside]
    data: dict[str, Any] = {"kind": "meeting", "people": people}
    length = occurrence.ends_at - occurrence.starts_at
    # Nobody sits in a meeting for days: what is entered so says when, not how long.
    if not occurrence.is_all_day and timedelta(0) < length <= DAY:
        data["duration_minutes"] = length / timedelta(minutes=1)
    if len(attending) > len(people):
        data["breadth"] = len(attending)
    ours = [attendee.address for attendee in attending if attendee.is_ours and not _declines(attendee)]
    if ours:
        data["by"] = ours[0]
    if occurrence.ends_at > now:
        data["planned"] = True
    return data


def _person(attendee: Attendee) -> dict[str, str]:
    assert attendee.address  # noqa: S101 -- who is outside is known by an address
    if attendee.response == Response.NONE:
        return {"address": attendee.address}
    return {"address": attendee.address, "response": attendee.response.value}


def _declines(attendee: Attendee) -> bool:
    return attendee.response == Response.DECLINED


def _all_declined(attendees: list[Attendee]) -> bool:
    return bool(attendees) and all(_declines(attendee) for attendee in attendees)


def _attending(event: Component, policy: Policy) -> Iterator[Attendee]:
    """Yield everybody once: who organises first, then as listed; neither rooms nor who is only informed."""
    seen: dict[str, Attendee] = {}
    unnamed = []
    for value in listed(event, "ATTENDEE"):
        if parameter(value, "CUTYPE") in ROOMS or parameter(value, "ROLE") == "NON-PARTICIPANT":
            continue
        address = None if parameter(value, "CUTYPE") == "GROUP" else address_of(value)
        attendee = _attendee(address, RESPONSES.get(parameter(value, "PARTSTAT"), Response.NONE), policy)
        if address:
            seen.setdefault(address, attendee)
        else:
            unnamed.append(attendee)
    # Without anybody asked it is an entry, and who wrote it met nobody.
    for value in listed(event, "ORGANIZER")[: len(seen) + len(unnamed) and 1]:
        organizer = address_of(value)
        if organizer and organizer not in NOBODY:
            # Who calls a meeting comes, unless they say otherwise.
            called = _attendee(organizer, Response.NONE, policy)
            yield seen.pop(organizer, called)
    yield from seen.values()
    yield from unnamed


def _attendee(address: str | None, response: Response, policy: Policy) -> Attendee:
    return Attendee(address, response, bool(address) and policy.is_ours(str(address)))


def address_of(value: Any) -> str | None:
    """Return the address of an ATTENDEE or ORGANIZER; None where it names nobody whom mail could reach."""
    for written in (str(value), str(getattr(value, "params", {}).get("EMAIL", ""))):
        if "@" not in written and not written.lower().startswith("tel:"):
            continue
        try:
            address = normal_address(written)
        except ValueError:
            continue
        if len(address) <= ADDRESS_MAX and "\0" not in address:
            return address
    return None
