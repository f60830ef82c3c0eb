"""`attune import ics`: meetings from calendars, from files or from a subscribed address."""

import re
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, tzinfo
from hashlib import blake2b
from itertools import count
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
import orjson

from services.ingest import calendars
from services.ingest.bring import Brought, bring
from services.ingest.calendars import Remembered
from services.ingest.commands import summary
from services.ingest.commands.dry_run import tell
from services.ingest.commands.mailbox_calendars import MailboxCalendars
from services.ingest.commands.ours import require_ours
from services.ingest.commands.source_name import SOURCE_NAME
from services.ingest.connectors.api import gmail
from services.ingest.connectors.ics import mails
from services.ingest.connectors.ics.changes import Changes, Memory, changes
from services.ingest.connectors.ics.expand import Window
from services.ingest.connectors.ics.mails import Calendar
from services.ingest.connectors.ics.read import Reading, Terms, contents, read
from services.ingest.connectors.items import Item
from services.ingest.fetch import Fetched, fetch, shown, url_of
from services.ingest.judged import policy_now, policy_of
from shared.errors import Refused, Unavailable
from shared.plumbing import clock, jetstream, terminal
from shared.plumbing.settings import Settings, configured, settings

BACK = timedelta(days=731)
AHEAD = timedelta(days=90)
AHEAD_MAX = timedelta(days=3 * 365)
"""Ingest refuses what is planned for later."""
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")
READ_ANEW_AFTER = timedelta(days=1)
"""What has not changed is read again all the same: the window has moved on."""
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
EVERY_MIN = timedelta(seconds=10)
NOTES_MAX = 20


class Choices(NamedTuple):
    """What was asked for."""

    begins_at: datetime | None
    ends_at: datetime | None
    zone: ZoneInfo
    source: str
    calendar: str
    keep_past: bool
    wait: bool

    def terms(self, chosen: Settings) -> Terms:
        """Return by what a calendar is read now."""
        now = clock.now()
        begins_at = max(self.begins_at or now - BACK, EPOCH)
        ends_at = min(self.ends_at or now + AHEAD, now + AHEAD_MAX)
        if begins_at >= ends_at:
            raise click.UsageError(f"--from {begins_at:%Y-%m-%d}: must lie before --to, {ends_at:%Y-%m-%d}")
        return Terms(Window(begins_at, ends_at), self.zone, policy_of(chosen), now)

    def judged(self, terms: Terms) -> Window:
        """Return where a meeting that is gone from the calendar is taken back."""
        begins_at, ends_at = terms.window
        return Window(max(begins_at, terms.now) if self.keep_past else begins_at, ends_at)

    def mark(self, chosen: Settings) -> str:
        """Return a digest of all that decides what a calendar means."""
        said = f"{self.begins_at}{self.ends_at}{self.zone}{sorted(chosen.own_domains)}{sorted(chosen.own_addresses)}"
        return blake2b(said.encode(), digest_size=8).hexdigest()


class Moment(click.ParamType[str]):
    """A date or a moment in ISO 8601; which zone it is in, another option says."""

    name = "moment"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text once it is known to be a moment."""
        try:
            datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no moment such as 2026-11-23 or 2026-11-23T09:00Z", param, ctx)
        return str(value)


class Zone(click.ParamType[ZoneInfo]):
    """A time zone by its name."""

    name = "zone"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> ZoneInfo:
        """Return the zone."""
        try:
            return value if isinstance(value, ZoneInfo) else ZoneInfo(str(value))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.fail(f"{value!r} is no time zone such as Europe/Berlin", param, ctx)


class Every(click.ParamType[timedelta]):
    """A pause as people write it: 30s, 15m, 6h, 1d."""

    name = "span"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the span."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,5})([smhd])", str(value).strip().lower())
        span = timedelta(**{UNITS[found[2]]: int(found[1])}) if found else timedelta(0)
        if span < EVERY_MIN:
            self.fail(f"{value!r} is no span such as 15m, 6h or 1d (ten seconds at least)", param, ctx)
        return span


@click.command(name="ics")
@click.argument("path")
@click.option("--from", "begins", type=Moment(), help="Read meetings from here on.  [default: two years ago]")
@click.option("--to", "ends", type=Moment(), help="Read meetings before this.  [default: in 90 days]")
@click.option("--timezone", "zone", type=Zone(), default="UTC", show_default=True, help="Of times that name none.")
@click.option("--calendar", help="Which calendar this is, wherever it lies.  [default: PATH]")
@click.option("--keep-past", is_flag=True, help="Meetings stay that are over and no longer in the calendar.")
@click.option("--every", type=Every(), help="Read it again and again, so often: 15m, 6h, 1d.")
@click.option("--source", type=SOURCE_NAME, default="ics", show_default=True, help="Import as this source.")
@click.option("--no-wait", is_flag=True, help="Return once all is published, before it is counted.")
@click.option("--dry-run", is_flag=True, help="Publish nothing; with --json print what would be, line by line.")
@terminal.json_option
def ics(
    path: str,
    *,
    begins: str | None,
    ends: str | None,
    zone: ZoneInfo,
    calendar: str | None,
    keep_past: bool,
    every: timedelta | None,
    source: str,
    no_wait: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import the meetings of PATH: an .ics file, a folder of them, or an http(s):// or webcal:// address.

    Where PATH is an mbox, a Maildir, an .eml or a folder of these, Gmail messages as its API returns them (.json,
    .jsonl), or a mailbox such as imaps://bo@mail.us.example, invitations in mails are the meetings, and answers that
    came by mail are the responses. The password of a mailbox comes from ATTUNE_IMAP_PASSWORD, or is asked for.

    A meeting is what people outside were asked to; who is ours, ATTUNE_OWN_DOMAINS and ATTUNE_OWN_ADDRESSES say.
    It counts once it has ended, unless they declined; before that it is a plan.

    Importing again adds nothing. What has moved, or is no longer in the calendar, is taken back: a calendar is known
    by its PATH, or by the name that --calendar gives it. An address is asked for changes only (ETag).

    --from and --to bound which occurrences of a recurring meeting are read, as dates or moments.
    """
    if not is_address(path) and not is_mailbox(path) and not Path(path).exists():
        rule = "is no file, no folder and no http(s):// or imaps:// address"
        raise click.BadParameter(f"{path!r} {rule}", param_hint="PATH")
    moments = [datetime.fromisoformat(text) if text else None for text in (begins, ends)]
    begins_at, ends_at = (m.replace(tzinfo=zone) if m and m.tzinfo is None else m for m in moments)
    known_as = named(calendar or place(path))
    choices = Choices(begins_at, ends_at, zone, source, known_as, keep_past, not no_wait)
    if dry_run:
        foretold(path, choices, as_json)
    elif every:
        keep_reading(path, choices, every, as_json)
    else:
        summary.report(brought(path, choices, settings()), as_json)


def is_address(path: str) -> bool:
    """Say whether it is to be fetched."""
    return re.match(r"(?:https?|webcals?)://", path, re.IGNORECASE) is not None


def is_mailbox(path: str) -> bool:
    """Say whether it is a mailbox on a server."""
    return re.match(r"imaps?://", path, re.IGNORECASE) is not None


def place(path: str) -> str:
    """Return where the calendar lies, in one spelling."""
    if is_mailbox(path):
        return path
    return str(url_of(path)) if is_address(path) else str(Path(path).resolve())


def named(text: str) -> str:
    """Return what a calendar is kept under: its address may be a secret."""
    return blake2b(text.encode(errors="replace"), digest_size=8).hexdigest()


def foretold(path: str, choices: Choices, as_json: bool) -> None:
    """Tell what an import would publish and take back."""
    chosen = configured()
    require_ours(chosen, dry_run=True)
    fetched = terminal.run(_fetch(path, chosen, {})) if is_address(path) else None
    terms = choices.terms(chosen)
    box = mailbox_of(path, choices, chosen)
    if box:
        box.look(terms.now, from_start=True)
    reading = _read(path, fetched, box, terms)
    mine, others = parted(recalled_if_possible(choices), choices.calendar)
    tell(items(changes(reading, mine.memory, others, choices.judged(terms))), as_json)


def keep_reading(path: str, choices: Choices, every: timedelta, as_json: bool) -> None:
    """Read it again and again; what goes wrong may be well the next time, unless it is wrong from the start."""
    for turn in count():
        try:
            done = brought(path, choices, settings())
        except (Unavailable, Refused) as error:
            if turn == 0 and isinstance(error, Refused):
                raise
            click.echo(f"attune: {error}", err=True)
        else:
            report = {"at": clock.now().isoformat(timespec="seconds")} | summary.figures(done)
            click.echo(orjson.dumps(report) if as_json else ", ".join(f"{name} {n}" for name, n in report.items()))
        time.sleep(every.total_seconds())


def brought(path: str, choices: Choices, chosen: Settings) -> Brought:
    """Bring in what has changed in the calendar since the last time."""
    require_ours(chosen)
    terms = choices.terms(chosen)
    mine, others = parted(terminal.run(recall(chosen, choices)), choices.calendar)
    fetched = None
    if is_address(path):
        fetched = terminal.run(_fetch(path, chosen, validators(mine, choices.mark(chosen), terms.now)))
        if fetched.body is None:
            click.echo(f"{shown(url_of(path))} has not changed", err=True)
            return Brought()
    box = mailbox_of(path, choices, chosen)
    if box and not box.look(terms.now).calendars:
        click.echo("no invitation and no answer is new", err=True)
    # Reading is not awaited: the alarm clock that ends hostile recurrences belongs to the main thread alone.
    reading = _read(path, fetched, box, terms)
    changed = changes(reading, mine.memory, others, choices.judged(terms))
    read_so = read_mark(fetched, choices.mark(chosen), reading, terms.now)
    done = terminal.run(publish(changed, mine, chosen, choices, read_so))
    if box:
        box.remember(reading, terms)
    return done


def mailbox_of(path: str, choices: Choices, chosen: Settings) -> MailboxCalendars | None:
    """Return the mailbox that the path names, if it does."""
    return MailboxCalendars(path, choices.source, choices.mark(chosen), chosen) if is_mailbox(path) else None


def validators(mine: Remembered, mark: str, now: datetime) -> dict[str, str]:
    """Return what to ask by; nothing where the same calendar would mean something else by now."""
    kept = dict(mine.read)
    read_at, due_at, by = kept.pop("read_at", ""), kept.pop("due_at", ""), kept.pop("mark", "")
    if not read_at or by != mark or now - datetime.fromisoformat(read_at) > READ_ANEW_AFTER:
        return {}
    return {} if due_at and datetime.fromisoformat(due_at) <= now else kept


def read_mark(fetched: Fetched | None, mark: str, reading: Reading, now: datetime) -> dict[str, str] | None:
    """Return what to keep of this reading; `due_at` is when the first plan will have become a meeting."""
    if fetched is None:
        return None
    ends = [version.ends_at for version in reading.versions.values() if version.ends_at > now]
    due = {"due_at": min(ends).isoformat()} if ends else {}
    return fetched.validators | due | {"read_at": now.isoformat(), "mark": mark}


def notes(reading: Reading) -> None:
    """Tell what was read in spite of something."""
    found = list(dict.fromkeys(reading.notes))
    for note in found[:NOTES_MAX]:
        click.echo(note, err=True)
    if len(found) > NOTES_MAX:
        click.echo(f"and {len(found) - NOTES_MAX} more", err=True)
    if not reading.is_whole:
        click.echo("nothing is taken back for being gone: what could not be read may still be there", err=True)


def items(changed: Changes) -> Iterator[Item]:
    """Yield everything there is to say of the calendar."""
    yield from changed.retractions
    yield from changed.envelopes
    yield from changed.others


def _read(path: str, fetched: Fetched | None, box: MailboxCalendars | None, terms: Terms) -> Reading:
    found, are_in_mails = _contents(path, fetched, box, terms.zone)
    reading = read(found, terms)
    notes(reading)
    # Mails are thrown away, and the meeting takes place all the same.
    reading.is_whole &= not are_in_mails
    return reading


def _contents(
    path: str, fetched: Fetched | None, box: MailboxCalendars | None, zone: tzinfo
) -> tuple[Iterable[Calendar], bool]:
    """Return the calendars, and whether they came in mails."""
    if fetched is not None:
        return [(url_of(path).host, fetched.body or b"")], False
    if box is not None:
        return mails.with_answers(box.found.calendars, zone), True
    if gmail.are_messages(Path(path)):
        return mails.with_answers(gmail.calendars(Path(path)), zone), True
    if mails.are_mails(Path(path)):
        return mails.contents(Path(path), zone), True
    return contents(Path(path)), False


async def _fetch(path: str, chosen: Settings, told: dict[str, str]) -> Fetched:
    return await fetch(url_of(path), told, allow_private=chosen.calendar_allow_private)


async def recall(chosen: Settings, choices: Choices) -> dict[str, Remembered]:
    """Return what the calendars of the source have brought, by their names."""
    async with jetstream.connected(chosen.nats_url.get_secret_value(), choices.source) as stream:
        return await calendars.recall(stream, choices.source)


def recalled_if_possible(choices: Choices) -> dict[str, Remembered]:
    """Return the same for a dry run, which needs no server and then says what it does not know."""
    try:
        return terminal.run(recall(settings(), choices))
    except (Refused, Unavailable):
        click.echo("NATS does not answer: not compared with what was brought before, all is shown as new", err=True)
        return {}


def parted(known: dict[str, Remembered], calendar: str) -> tuple[Remembered, list[Memory]]:
    """Return what this calendar has brought, and what the others have."""
    others = [remembered.memory for name, remembered in known.items() if name != calendar]
    return known.get(calendar, Remembered()), others


async def publish(
    changed: Changes, mine: Remembered, chosen: Settings, choices: Choices, read_so: dict[str, str] | None
) -> Brought:
    """Publish between two notes: whatever is interrupted, what was published is known, and what was taken back."""
    before, gone = mine.memory, mine.memory.gone | changed.gone
    async with jetstream.connected(chosen.nats_url.get_secret_value(), choices.source) as stream:
        await policy_now(chosen, stream)  # or be refused before anything is written down
        meant = Memory(before.live | changed.live, before.gone)
        await calendars.remember(stream, choices.source, choices.calendar, mine, meant)
        found = list(items(changed))
        done = await bring(found, chosen, choices.source, len(found), wait=choices.wait)
        left = {name: told for name, told in meant.live.items() if name not in changed.gone}
        await calendars.remember(stream, choices.source, choices.calendar, mine, Memory(left, gone))
        if read_so is not None:
            await calendars.remember_read(stream, choices.source, choices.calendar, read_so)
    if changed.retractions:
        click.echo(f"{len(changed.retractions)} taken back", err=True)
    return done
