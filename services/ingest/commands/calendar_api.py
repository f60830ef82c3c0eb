"""What the commands share that bring in an API's calendar."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import click

from services.ingest.bring import Brought
from services.ingest.calendars import Remembered
from services.ingest.commands.dry_run import foretold
from services.ingest.commands.import_ics import (
    Choices,
    Moment,
    items,
    named,
    notes,
    parted,
    place,
    publish,
    recall,
    recalled_if_possible,
)
from services.ingest.commands.ours import require_ours
from services.ingest.connectors.api.entry import calendars
from services.ingest.connectors.api.found import Collected
from services.ingest.connectors.api.removed import remembered, take_back_removed
from services.ingest.connectors.ics.changes import Changes, Memory, changes
from services.ingest.connectors.ics.read import Reading, Terms, read
from shared.plumbing import terminal
from shared.plumbing.settings import Settings

UTC = ZoneInfo("UTC")
DUE = "due_at"


class Asked(NamedTuple):
    """What the options say."""

    choices: Choices
    is_whole: bool

    @classmethod
    def of(cls, path: str, source: str, options: dict[str, Any]) -> "Asked":
        """Return what was asked for of the calendar at the path."""
        begins_at, ends_at = aware(options["begins"]), aware(options["ends"])
        known_as = named(options["calendar"] or place(path))
        wait = not options["no_wait"]
        chosen = Choices(begins_at, ends_at, UTC, source, known_as, options["keep_past"], wait)
        return cls(chosen, options["whole"])


def calendar_options(command: Any) -> Any:
    """Add what every import of an API's calendar takes."""
    for option in (
        terminal.json_option,
        click.option("--dry-run", is_flag=True, help="Publish nothing; with --json print what would be, line by line."),
        click.option("--no-wait", is_flag=True, help="Return once all is published, before it is counted."),
        click.option("--keep-past", is_flag=True, help="Meetings stay that are over and were removed."),
        click.option("--whole", is_flag=True, help="These pages are all there is: a meeting missing in them is gone."),
        click.option("--calendar", help="Whose calendar this is, wherever it lies.  [default: PATH]"),
        click.option("--to", "ends", type=Moment(), help="Read meetings before this.  [default: in 90 days]"),
        click.option("--from", "begins", type=Moment(), help="Read meetings from here on.  [default: two years ago]"),
    ):
        command = option(command)
    return command


def aware(text: str | None) -> datetime | None:
    """Return the moment, in UTC where it names no zone."""
    moment = datetime.fromisoformat(text) if text else None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def told(collected: Collected, asked: Asked, chosen: Settings, as_json: bool) -> Brought:
    """Tell what an import of the calendar would publish and take back."""
    require_ours(chosen, dry_run=True)
    terms = asked.choices.terms(chosen)
    reading = reading_of(collected, terms)
    mine, others = parted(recalled_if_possible(asked.choices), asked.choices.calendar)
    return foretold(items(changed_by(collected, reading, mine, others, asked, terms)), as_json)


def brought(collected: Collected, asked: Asked, chosen: Settings, marks: Mapping[str, str] | None = None) -> Brought:
    """Bring in what has changed in the calendar since the last time; `marks` are kept once all is published."""
    require_ours(chosen)
    terms = asked.choices.terms(chosen)
    mine, others = parted(terminal.run(recall(chosen, asked.choices)), asked.choices.calendar)
    reading = reading_of(collected, terms)
    changed = changed_by(collected, reading, mine, others, asked, terms)
    marks = dict(marks or {})
    due = min(filter(None, (due_of(reading, terms), marks.pop(DUE, ""))), default="")
    read_so = remembered(collected, mine.read) | marks | ({DUE: due} if due else {})
    return terminal.run(publish(changed, mine, chosen, asked.choices, read_so))


def due_of(reading: Reading, terms: Terms) -> str:
    """Return when the first plan will have become a meeting, which no API tells of again; empty without plans."""
    ends = [version.ends_at for version in reading.versions.values() if version.ends_at > terms.now]
    return min(ends).isoformat() if ends else ""


def reading_of(collected: Collected, terms: Terms) -> Reading:
    """Return the meetings of the calendar, judged as those of any other."""
    reading = read((("calendar", sheet) for sheet in calendars(collected.entries.values())), terms)
    reading.others += collected.others
    notes(reading)
    return reading


def changed_by(
    collected: Collected,
    reading: Reading,
    mine: Remembered,
    others: Iterable[Memory],
    asked: Asked,
    terms: Terms,
) -> Changes:
    """Return what is to be published, and what to be taken back."""
    others = list(others)
    changed = changes(reading, mine.memory, others, asked.choices.judged(terms) if asked.is_whole else None)
    since = terms.now.timestamp() if asked.choices.keep_past else None
    take_back_removed(changed, collected, mine.memory, others, remembered(collected, mine.read), since)
    return changed
