"""A plan as a calendar file, for whoever accepts it: names and times, no addresses. Pure."""

from datetime import datetime, timedelta

import icalendar

from shared.planning.propose import Plan


def calendar(plan: Plan, now: datetime) -> bytes:
    """Return one tentative entry per line; the same line of the same plan has the same UID."""
    found = icalendar.Calendar()
    found.add("prodid", "-//attune//plan//EN")
    found.add("version", "2.0")
    for line in plan.lines:
        event = icalendar.Event()
        event.add("uid", f"{line.at:%Y%m%dT%H%MZ}-{'-'.join(map(str, line.relationships))}@attune.plan")
        event.add("dtstamp", now)
        event.add("dtstart", line.at)
        event.add("dtend", line.at + timedelta(minutes=line.minutes))
        event.add("summary", f"{line.kind.capitalize()} with {', '.join(line.people)}")
        event.add("description", line.why)
        event.add("status", "TENTATIVE")
        found.add_component(event)
    return bytes(found.to_ical())
