"""`attune import csv`: a table of interactions, and the roster it implies."""

from datetime import datetime, timedelta
from pathlib import Path

import click

from services.ingest import store
from services.ingest.bring import Brought, bring
from services.ingest.commands import summary
from services.ingest.commands.dry_run import tell
from services.ingest.commands.source_name import SOURCE_NAME
from services.ingest.connectors import csv, mapped
from services.ingest.connectors.mapping import Mapping
from services.ingest.interpret import event_key
from shared.errors import Refused
from shared.plumbing import clock, terminal
from shared.plumbing.postgres import session
from shared.plumbing.roster import put
from shared.plumbing.settings import Settings, settings
from shared.roster import Entry

SECOND = timedelta(seconds=1)


@click.command(name="csv")
@click.argument("path", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option(
    "--mapping",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="Read another table (CSV or JSON Lines) by this TOML file: see docs/mapping.md.",
)
@click.option("--initiative", help="Every row is of this initiative, and its people go on its roster.")
@click.option("--initiative-from", type=click.Choice(["ego"]), help="The same, each ego being an initiative.")
@click.option("--shift-to-now", is_flag=True, help="Move the whole history so that it ends now.")
@click.option("--source", type=SOURCE_NAME, default="csv", show_default=True, help="Import as this source.")
@click.option("--no-wait", is_flag=True, help="Return once all is published, before it is counted.")
@click.option("--dry-run", is_flag=True, help="Publish nothing; with --json print what would be, line by line.")
@terminal.json_option
def csv_(
    path: Path,
    *,
    mapping: Path | None,
    initiative: str | None,
    initiative_from: str | None,
    shift_to_now: bool,
    source: str,
    no_wait: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import `ego,stakeholder,occurred_at,direction,kind` (gzip too), or any table with --mapping; ego is our person.

    direction is in, out or none, or as in events inbound, outbound or mutual. kind is meeting, email, email_group,
    email_broadcast, call, message, sms, commit or purchase. Ids that are no mail addresses become addresses such as
    id:e114.

    A row is known by what it holds: a second import of it counts nothing. A file that was moved by
    --shift-to-now keeps that shift when it is imported again, so that it counts nothing then either.

    With --mapping it reads any table of disclosures, commitments, setbacks, pulses or whatever else, by what the
    mapping says of its columns; --initiative then names the initiative of rows that name none, and no roster.
    """
    if mapping and (initiative_from or shift_to_now):
        raise click.UsageError("--mapping goes neither with --initiative-from nor with --shift-to-now")
    if mapping:
        found = mapped.items(path, understood(mapping), initiative)
        if dry_run:
            tell(found, as_json)
        else:
            summary.report(terminal.run(bring(found, settings(), source, None, wait=not no_wait)), as_json)
        return
    if initiative and initiative_from:
        raise click.UsageError("--initiative and --initiative-from exclude each other")
    initiative_of = csv.from_ego if initiative_from else csv.always(initiative)
    if dry_run:
        shift = shift_to(clock.now(), csv.survey(path, initiative_of)) if shift_to_now else timedelta(0)
        tell(csv.items(path, initiative_of, shift), as_json)
    else:
        work = imported(settings(), path, initiative_of, source, shift_to_now=shift_to_now, wait=not no_wait)
        summary.report(terminal.run(work), as_json)


def understood(path: Path) -> Mapping:
    """Return the mapping of the file; one that is wrong is wrong usage."""
    try:
        return mapped.mapping_in(path)
    except Refused as refused:
        raise click.BadParameter(str(refused), param_hint="--mapping") from refused


async def imported(
    chosen: Settings,
    path: Path,
    initiative_of: csv.InitiativeOf,
    source: str,
    *,
    shift_to_now: bool,
    wait: bool,
) -> Brought:
    """Publish the rows, then enter the roster: nobody is judged by half a history."""
    found = csv.survey(path, initiative_of)
    shift = await shift_once(chosen, source, found, initiative_of) if shift_to_now else timedelta(0)
    entries = roster_of(found)
    undone = "the roster is not entered" if entries else ""
    items = csv.items(path, initiative_of, shift)
    brought = await bring(items, chosen, source, found.rows, wait=wait, undone=undone)
    if entries:
        async with session(chosen.database_url.get_secret_value(), "import") as connection:
            done = await put(connection, entries, chosen.handle_secret(), clock.now(), spelling=chosen.spelling())
        added, changed, unchanged = (len(part) for part in done)
        click.echo(f"roster: {added} added, {changed} changed, {unchanged} unchanged", err=True)
    return brought


async def shift_once(chosen: Settings, source: str, found: csv.Survey, initiative_of: csv.InitiativeOf) -> timedelta:
    """Return the shift that the log knows this file by, or else the one that makes it end now."""
    if found.last is None:
        return timedelta(0)
    key = event_key(source, csv.EVENT_SOURCE, found.last.id(initiative_of(found.last.cells[0])))
    async with session(chosen.database_url.get_secret_value(), "import") as connection:
        logged_at = await store.occurred_at(connection, key)
    return logged_at - found.last.occurred_at if logged_at else shift_to(clock.now(), found)


def shift_to(now: datetime, found: csv.Survey) -> timedelta:
    """Return the whole seconds after which the last row lies within the last one."""
    return timedelta(seconds=(now - found.last.occurred_at) // SECOND) if found.last else timedelta(0)


def roster_of(found: csv.Survey) -> list[Entry]:
    """Return who is on which roster by this file; who has most to do with them owns the relationship."""
    return [
        Entry(
            initiative=tie.initiative,
            addresses=(tie.stakeholder,),
            suggested=found.names[tie.stakeholder],
            owner=egos.most_common(1)[0][0],
        )
        for tie, egos in found.ties.items()
        if tie.initiative is not None
    ]
