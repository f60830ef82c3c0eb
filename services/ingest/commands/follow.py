"""`attune follow graph|gcal`: a calendar at Microsoft or Google, asked again and again for what has changed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import click
import nats.errors
import orjson

from services.ingest import api_client
from services.ingest.api_client import Fetch, Fetched
from services.ingest.bring import Brought
from services.ingest.calendars import Remembered
from services.ingest.commands import summary
from services.ingest.commands.calendar_api import DUE, UTC, Asked, brought
from services.ingest.commands.import_ics import Choices, Every, is_address, named, recall
from services.ingest.commands.ours import require_ours
from services.ingest.commands.source_name import SOURCE_NAME
from services.ingest.connectors.api import gcal, graph, graph_calendar
from services.ingest.connectors.api.found import Collected, collect
from services.ingest.connectors.api.pages import Document
from services.ingest.connectors.ics.changes import EVENT_SOURCE
from services.ingest.connectors.ics.expand import Window
from services.ingest.judged import policy_of
from services.ingest.webhooks import SUBJECT_NUDGE
from shared.errors import Refused, Unavailable
from shared.plumbing import clock, jetstream, terminal
from shared.plumbing.settings import Settings, configured, settings

BACK, AHEAD = timedelta(days=31), timedelta(days=90)
LISTED_ANEW_AFTER = timedelta(days=1)
"""The window has moved on, and a mark of changes keeps to the window that it began with."""
MARK, LISTED_AT = "mark", "listed_at"


class Followed(NamedTuple):
    """A calendar that is followed."""

    kind: str
    url: str
    source: str
    token_file: Path | None

    @property
    def calendar(self) -> str:
        """Return what it is kept under."""
        return named(self.url)


@click.group
def follow() -> None:
    """Follow a calendar at Microsoft or Google: fetch what has changed, at once when a webhook says so."""


def options(command: Any) -> Any:
    """Add what both take."""
    every = "Go on for ever, asking so often, and at once when nudged: 15m, 6h, 1d."
    for option in (
        terminal.json_option,
        click.option("--every", type=Every(), help=every),
        click.option("--token-file", type=click.Path(dir_okay=False, path_type=Path), help="Holds the access token."),
        click.option("--source", type=SOURCE_NAME, default=EVENT_SOURCE, show_default=True, help="As this source."),
    ):
        command = option(command)
    return command


@follow.command(name="graph")
@click.argument("url", default=api_client.GRAPH)
@options
def graph_(url: str, source: str, token_file: Path | None, every: timedelta | None, as_json: bool) -> None:
    """Follow the calendar of URL, a user at Microsoft Graph.

    The access token comes from ATTUNE_GRAPH_TOKEN, or from --token-file, which is read anew each time so that whoever
    renews tokens can write it. A subscription at Graph for /me/events that names <attune>/webhooks/graph as its
    notificationUrl and the source's HTTP token as its clientState makes changes come in at once.
    """
    followed(Followed("graph", url, source, token_file), every, as_json)


@follow.command(name="gcal")
@click.argument("url", default=api_client.GOOGLE)
@options
def gcal_(url: str, source: str, token_file: Path | None, every: timedelta | None, as_json: bool) -> None:
    """Follow the calendar of URL at Google Calendar.

    The access token comes from ATTUNE_GOOGLE_TOKEN, or from --token-file, which is read anew each time so that whoever
    renews tokens can write it. A channel (events.watch) with <attune>/webhooks/gcal as its address and the source's
    HTTP token as its token makes changes come in at once.
    """
    followed(Followed("gcal", url, source, token_file), every, as_json)


def followed(what: Followed, every: timedelta | None, as_json: bool) -> None:
    """Bring in what has changed, once or for ever."""
    require_ours(configured())
    if not is_address(what.url):
        raise click.UsageError(f"URL: {what.url!r} — must be an https:// address such as {api_client.GRAPH}")
    if not every:
        summary.report(once(what, settings()), as_json)
        return
    while True:
        try:
            done = once(what, settings())
        except (Unavailable, Refused) as error:
            click.echo(f"attune: {error}", err=True)
        else:
            figures = {"at": clock.now().isoformat(timespec="seconds")} | summary.figures(done)
            click.echo(orjson.dumps(figures) if as_json else ", ".join(f"{name} {n}" for name, n in figures.items()))
        terminal.run(nudged(settings(), what.source, every))


def once(what: Followed, chosen: Settings) -> Brought:
    """Bring in what has changed since the last time, or all where a day has passed or a plan has come true."""
    now = clock.now()
    window = Window(now - BACK, now + AHEAD)
    choices = Choices(*window, UTC, what.source, what.calendar, keep_past=True, wait=False)
    mine = terminal.run(recall(chosen, choices)).get(what.calendar, Remembered())
    since = mark_of(mine.read, now)
    fetch: Fetch = api_client.graph if what.kind == "graph" else api_client.gcal
    found = fetch(what.url.rstrip("/"), token_of(what, chosen), since, window)
    listed_at = now.isoformat() if found.is_whole else mine.read.get(LISTED_AT, "")
    due = {} if found.is_whole else {name: mine.read[name] for name in (DUE,) if name in mine.read}
    marks = {**due, MARK: found.mark, LISTED_AT: listed_at}
    return brought(collected(what, found, chosen), Asked(choices, found.is_whole), chosen, marks)


def mark_of(read: dict[str, str], now: datetime) -> str | None:
    """Return where to go on; None where everything is to be listed anew."""
    listed_at, due_at = read.get(LISTED_AT), read.get(DUE)
    if not listed_at or now - datetime.fromisoformat(listed_at) > LISTED_ANEW_AFTER:
        return None
    if due_at and datetime.fromisoformat(due_at) <= now:
        return None
    return read.get(MARK) or None


def collected(what: Followed, found: Fetched, chosen: Settings) -> Collected:
    """Return the events of the pages."""
    if what.kind == "gcal":
        return collect(gcal.found_of(event) for page in found.pages for event in gcal.events(page))
    return collect(graph_calendar.found_in(events_of(found.pages), policy_of(chosen)))


def events_of(pages: list[Document]) -> Iterator[Document]:
    """Yield the events of Graph's pages; a view tells every occurrence by itself."""
    for page in pages:
        for event in graph.objects(page):
            yield Document(event.where, {**event.found, "_context": "calendarView"})


def token_of(what: Followed, chosen: Settings) -> str:
    """Return the access token; raise Refused where there is none."""
    try:
        told = what.token_file.read_text().strip() if what.token_file else ""
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"--token-file: {what.token_file}: cannot be read ({error})") from error
    told = told or (chosen.graph_token if what.kind == "graph" else chosen.google_token).get_secret_value()
    if not told:
        name = "ATTUNE_GRAPH_TOKEN" if what.kind == "graph" else "ATTUNE_GOOGLE_TOKEN"
        raise Refused(f"no access token: set {name}, or name a --token-file")
    return told


async def nudged(chosen: Settings, source: str, every: timedelta) -> None:
    """Return when a webhook says that something has changed, or after that time.

    What changes while we fetch may be missed by both: the next interval finds it.
    """
    client = await jetstream.connect(chosen.nats_url.get_secret_value(), "follow")
    try:
        subscription = await client.subscribe(f"{SUBJECT_NUDGE}.{source}")
        await subscription.next_msg(timeout=every.total_seconds())
    except (TimeoutError, nats.errors.Error):
        pass
    finally:
        await client.close()
