"""`attune import gcal`: meetings as Google Calendar's API returns them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from services.ingest.commands import summary
from services.ingest.commands.calendar_api import Asked, brought, calendar_options, told
from services.ingest.commands.source_name import SOURCE_NAME
from services.ingest.connectors.api import gcal
from services.ingest.connectors.api.found import Found, collect
from services.ingest.connectors.api.pages import error_of, read
from services.ingest.connectors.ics.changes import EVENT_SOURCE
from services.ingest.connectors.items import Rejected
from shared.plumbing.settings import configured, settings


@click.command(name="gcal")
@click.argument("path", type=click.Path(exists=True, allow_dash=True, path_type=Path))
@click.option("--source", type=SOURCE_NAME, default=EVENT_SOURCE, show_default=True, help="Import as this source.")
@calendar_options
def gcal_(path: Path, source: str, **asked: Any) -> None:
    """Import Google Calendar events as events.list returns them, pages of changes (syncToken) included.

    PATH is a file or a folder of files: pages, single events, or one JSON document per line (gzip too). Ask with
    singleEvents=true, or else give a series with all its exceptions.

    What counts as a meeting, and what happens to one that was moved or cancelled: see `attune import ics --help`. The
    same meeting in an .ics file and here counts once.
    """
    collected, wanted = collect(found(path)), Asked.of(str(path), source, asked)
    if asked["dry_run"]:
        done = told(collected, wanted, configured(), asked["as_json"])
    else:
        done = brought(collected, wanted, settings())
    summary.report(done, asked["as_json"], printed=asked["dry_run"] and asked["as_json"])


def found(path: Path) -> Iterator[Found | Rejected]:
    """Yield what the events of the files tell."""
    for document in read(path):
        if isinstance(document, Rejected):
            yield document
        elif problem := error_of(document):
            yield problem
        else:
            for event in gcal.events(document):
                yield gcal.found_of(event)
