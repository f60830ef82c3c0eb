"""`attune import graph`: mails and meetings as Microsoft Graph returns them."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import click

from services.ingest.bring import Brought, bring
from services.ingest.commands import summary
from services.ingest.commands.calendar_api import Asked, brought, calendar_options, told
from services.ingest.commands.dry_run import foretold
from services.ingest.commands.import_mail import mailbox_of
from services.ingest.commands.source_name import SOURCE_NAME
from services.ingest.connectors.api import graph, graph_calendar, graph_mail
from services.ingest.connectors.api.found import collect
from services.ingest.connectors.api.pages import Document
from services.ingest.connectors.ics.changes import EVENT_SOURCE as CALENDAR
from services.ingest.connectors.items import Item
from services.ingest.connectors.mail import Mailbox
from services.ingest.connectors.mail_identity import EVENT_SOURCE as MAIL
from services.ingest.judged import policy_of
from shared.plumbing import terminal
from shared.plumbing.settings import Settings, configured, settings


@click.command(name="graph")
@click.argument("path", type=click.Path(exists=True, allow_dash=True, path_type=Path))
@click.option("--source", type=SOURCE_NAME, help="Import as this source.  [default: mail for messages, ics for events]")
@calendar_options
def graph_(path: Path, source: str | None, **asked: Any) -> None:
    """Import Microsoft Graph messages and events as the API returns them, delta pages included.

    PATH is a file or a folder of files: pages, single items, or one JSON document per line (gzip too). Ask for messages
    with $select=…,internetMessageHeaders: without it newsletters cannot be told from mails. Ask for events by
    calendarView, or give a series with all its exceptions.

    What counts and what is dropped, and who we are: see `attune import mbox --help` and `attune import ics --help`. The
    same mail in an mbox, or meeting in an .ics file, counts once.
    """
    chosen = configured() if asked["dry_run"] else settings()
    kept = Kept()
    done = messages_brought(kept.messages(path, mailbox_of(chosen, dry_run=asked["dry_run"])), chosen, source, asked)
    if kept.without_header:
        click.echo(f"{kept.without_header} messages came in without internetMessageHeaders: lists among them", err=True)
        click.echo("cannot be told from mails; ask for them with $select", err=True)
    if kept.events:
        collected = collect(graph_calendar.found_in(kept.events, policy_of(chosen)))
        wanted = Asked.of(str(path), source or CALENDAR, asked)
        done += (
            told(collected, wanted, chosen, asked["as_json"])
            if asked["dry_run"]
            else brought(collected, wanted, chosen)
        )
    summary.report(done, asked["as_json"], printed=asked["dry_run"] and asked["as_json"])


class Kept:
    """What is noted while messages pass by."""

    def __init__(self) -> None:
        self.events: list[Document] = []
        self.without_header = 0

    def messages(self, path: Path, mailbox: Mailbox) -> Iterator[Item]:
        """Yield one item per message of the files; keep the events, which only together tell what they are."""
        for document in graph.found(path):
            if not isinstance(document, Document):
                yield document
            elif graph.is_event(document):
                self.events.append(document)
            else:
                item = graph_mail.item(document, mailbox)
                is_from_them = isinstance(item, dict) and item["data"]["direction"] == "inbound"
                self.without_header += is_from_them and graph_mail.lacks_header(document.found)
                yield item


def messages_brought(found: Iterator[Item], chosen: Settings, source: str | None, asked: dict[str, Any]) -> Brought:
    """Bring in the messages, or tell what they would become; without any, nothing is registered."""
    if asked["dry_run"]:
        return foretold(found, asked["as_json"])
    first = next(found, None)
    if first is None:
        return Brought()
    items = chain([first], found)
    return terminal.run(bring(items, chosen, source or MAIL, None, wait=not asked["no_wait"]))
