"""What the demo's connectors report: real envelopes, one per thing that happened."""

import hashlib
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from services.cli.demo.cast import Person
from shared.vocabulary import TYPE_TOUCHPOINT

CALENDAR, MAIL, NOTES = "demo-calendar", "demo-mail", "demo-notes"
DAYS = 84


class Told(NamedTuple):
    """One event and the source that reports it; `day` 0 is the story's first, DAYS - 1 its last."""

    source: str
    day: int
    minute: int
    """Of the day."""
    name: str
    """What the event is called, the same whenever the demo is played."""
    data: dict[str, Any]

    def envelope(self, ends_at: datetime) -> dict[str, Any]:
        """Return it as the connector would send it, in a story whose last day ends at `ends_at`."""
        moment = ends_at + timedelta(days=self.day - DAYS, minutes=self.minute)
        return {
            "specversion": "1.0",
            "type": TYPE_TOUCHPOINT,
            "source": f"demo/{self.source}",
            # Ids are kept in the log as they come: no address may hide in one.
            "id": hashlib.blake2b(self.name.encode(), digest_size=8).hexdigest(),
            "time": moment.isoformat(),
            "data": self.data,
        }


def meeting(person: Person, day: int, minutes: int, **more: Any) -> Told:
    """Tell of a meeting of two."""
    data = {
        "kind": "meeting",
        "people": [{"address": person.address, "response": "accepted"}],
        "duration_minutes": minutes,
        "by": person.owner,
    }
    return Told(CALENDAR, day, 10 * 60, f"meeting/{person.address}/{day}", data | more)


def together(people: list[tuple[Person, str]], day: int, minutes: int, by: str) -> Told:
    """Tell of a meeting of many, each with what they answered."""
    data = {
        "kind": "meeting",
        "people": [{"address": person.address, "response": response} for person, response in people],
        "duration_minutes": minutes,
        "by": by,
    }
    return Told(CALENDAR, day, 14 * 60, f"meeting/{by}/{day}", data)


def email(person: Person, day: int, direction: str, breadth: int = 1) -> Told:
    """Tell of a mail, from them or to them and others."""
    data: dict[str, Any] = {
        "kind": "email",
        "people": [{"address": person.address}],
        "direction": direction,
        "by": person.owner,
    }
    if breadth > 1:
        data["breadth"] = breadth
    minute = 8 * 60 + 30 if direction == "outbound" else 16 * 60
    return Told(MAIL, day, minute, f"email/{direction}/{person.address}/{day}", data)


def note(person: Person, day: int, kind: str, **facts: Any) -> Told:
    """Tell of what a person of ours wrote down: a disclosure, a commitment, a setback, a pulse."""
    data = {"kind": kind, "people": [{"address": person.address}], "by": person.owner} | facts
    return Told(NOTES, day, 17 * 60, f"{kind}/{person.address}/{day}", data)


def commitment(person: Person, day: int, ref: str, state: str, by: str = "us") -> Told:
    """Tell what became of an expectation."""
    promise = {"ref": ref, "state": state, "by": by}
    told = note(person, day, "commitment", direction="mutual", commitment=promise)
    return told._replace(name=f"{told.name}/{state}")
