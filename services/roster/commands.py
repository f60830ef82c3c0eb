"""`attune roster`: who an initiative needs."""

import csv
import sys
from pathlib import Path
from typing import Any

import click

from services.roster import read, store
from shared.errors import Refused
from shared.plumbing import clock, terminal
from shared.plumbing.postgres import session
from shared.plumbing.roster import Put, put, tried
from shared.plumbing.settings import Settings, settings
from shared.roster import Entry


@click.group
def roster() -> None:
    """Import and export who an initiative needs."""


@roster.command(name="import")
@click.argument("path", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only tell what would change.")
@terminal.json_option
def import_(path: Path, dry_run: bool, as_json: bool) -> None:
    """Enter the people of a CSV file; what the log holds of them counts at once.

    Columns: initiative, addresses (separated by ; or space), and if you like name, function, level, role,
    organisation, owner, importance, cadence_days, desired_band, stakeholder (what SQL and commands call the
    person; the first address if empty). An empty cell keeps what is known. All lines are entered or none.
    """
    entries = read.read(lines(path))
    done = terminal.run(entered(settings(), entries, dry_run))
    report(done, dry_run, as_json)


@roster.command
@click.option("--initiative", help="Only this one.")
@terminal.json_option
def export(initiative: str | None, as_json: bool) -> None:
    """Print the roster as CSV that can be imported again."""
    rows = terminal.run(exported(settings(), initiative))
    if as_json:
        terminal.show_json(rows)
        return
    writer = csv.DictWriter(sys.stdout, read.COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(row | {"addresses": ";".join(row["addresses"])})


def lines(path: Path) -> list[str]:
    """Read the file; a roster is small."""
    try:
        return path.read_text("utf-8-sig").splitlines(keepends=True)
    except UnicodeDecodeError as error:
        raise Refused(f"{path}: must be UTF-8, and byte {error.start} is not: save it as CSV UTF-8") from None


async def entered(chosen: Settings, entries: list[Entry], dry_run: bool) -> Put:
    """Enter the entries."""
    async with session(chosen.database_url.get_secret_value(), "roster") as connection:
        if dry_run:
            return await tried(connection, entries, chosen.handle_secret())
        return await put(connection, entries, chosen.handle_secret(), clock.now())


async def exported(chosen: Settings, initiative: str | None) -> list[dict[str, Any]]:
    """Fetch the roster."""
    async with session(chosen.database_url.get_secret_value(), "roster") as connection:
        return await store.entries(connection, initiative)


def report(done: Put, dry_run: bool, as_json: bool) -> None:
    """Tell what changed."""
    if as_json:
        terminal.show_json(
            {"dry_run": dry_run}
            | {
                what: [{"initiative": initiative, "stakeholder": stakeholder} for initiative, stakeholder in rows]
                for what, rows in done._asdict().items()
            }
        )
        return
    would = "would be " if dry_run else ""
    click.echo(", ".join(f"{len(rows)} {would}{what}" for what, rows in done._asdict().items()))
