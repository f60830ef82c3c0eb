"""`attune roster`: who an initiative needs."""

import csv
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from services.roster import read, store
from services.roster import remove as removing
from services.roster.identity import find
from shared.errors import Refused
from shared.plumbing import clock, terminal
from shared.plumbing.actor import os_user
from shared.plumbing.moments import Moment
from shared.plumbing.postgres import session
from shared.plumbing.roster import Put, put, tried
from shared.plumbing.roster_log import Change
from shared.plumbing.settings import Settings, settings
from shared.roster import Entry

BY = click.option("--by", metavar="WHO", help="Who makes the change; the user of this machine if left out.")


@click.group
def roster() -> None:
    """Import and export who an initiative needs, now or as of any moment."""


@roster.command(name="import")
@click.argument("path", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only tell what would change, field by field.")
@BY
@terminal.json_option
def import_(path: Path, dry_run: bool, by: str | None, as_json: bool) -> None:
    """Enter the people of a CSV file; what the log holds of them counts at once.

    Columns: initiative, addresses (separated by ; or space), and if you like name, function, level, role,
    organisation, owner, importance, cadence_days, desired_band, stakeholder (what SQL and commands call the
    person; the first address if empty), overrides (lines of the model that are others for them, such as
    fading=55;warning_days=3, or none). An empty cell keeps what is known. All lines are entered or none.
    Every change is kept, with who made it and when: `attune roster log`.
    """
    chosen = settings()
    entries = read.read(lines(path), chosen.spelling())
    warn_of_ours(entries, chosen)
    if dry_run:
        done, changes = terminal.run(foretold(chosen, entries))
        report(done, changes, as_json)
    else:
        report(terminal.run(entered(chosen, entries, by)), None, as_json)


@roster.command
@click.option("--initiative", help="Only this one.")
@click.option("--at", type=Moment(), help="As it stood at a date or moment (UTC unless it names a zone).")
@terminal.json_option
def export(initiative: str | None, at: datetime | None, as_json: bool) -> None:
    """Print the roster as CSV that can be imported again."""
    rows = terminal.run(exported(settings(), initiative, at))
    if as_json:
        terminal.show_json(rows)
        return
    writer = csv.DictWriter(sys.stdout, read.COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(row | {"addresses": ";".join(row["addresses"]), "overrides": read.written(row["overrides"])})


@roster.command
@click.argument("who")
@click.option("--initiative", help="Only off this one's; off every roster if left out.")
@BY
@terminal.json_option
def remove(who: str, initiative: str | None, by: str | None, as_json: bool) -> None:
    """Take WHO (stakeholder, name or address) off a roster.

    State, alerts and plans of the relationship go, and with the last one the name and addresses. What is logged stays,
    under handles nobody can read, and counts again should they come back. To keep nothing at all: `attune forget`.
    """
    gone = terminal.run(removed(settings(), who, initiative, by or os_user()))
    if as_json:
        terminal.show_json({"removed": gone})
    else:
        click.echo(f"{who} is off the roster of {', '.join(gone)}")


@roster.command
@click.option("--initiative", help="Only this one.")
@click.option("--stakeholder", help="Only this person.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="The latest so many.")
@terminal.json_option
def log(initiative: str | None, stakeholder: str | None, limit: int, as_json: bool) -> None:
    """List the latest changes to rosters: who, when, and what was before and after; newest last."""
    rows = terminal.run(logged(settings(), limit, initiative, stakeholder))
    if not as_json:
        rows = [row | {"what": what(row)} for row in rows]
    terminal.show(rows, ("changed_at", "changed_by", "change", "initiative", "stakeholder", "what"), as_json)


def warn_of_ours(entries: list[Entry], chosen: Settings) -> None:
    """Say where a roster names our own people: they would stand there as never met, for ever."""
    ours = sorted({address for entry in entries for address in entry.addresses if chosen.is_ours(address)})
    if ours:
        click.echo(
            f"{len(ours)} addresses, such as {ours[0]}, are our own (ATTUNE_OWN_DOMAINS, ATTUNE_OWN_ADDRESSES): "
            "what happens with them is internal and is not taken in",
            err=True,
        )


def lines(path: Path) -> list[str]:
    """Read the file; a roster is small."""
    try:
        return path.read_text("utf-8-sig").splitlines(keepends=True)
    except UnicodeDecodeError as error:
        raise Refused(f"{path}: must be UTF-8, and byte {error.start} is not: save it as CSV UTF-8") from None


async def entered(chosen: Settings, entries: list[Entry], by: str | None) -> Put:
    """Enter the entries."""
    async with session(chosen.database_url.get_secret_value(), "roster") as connection:
        return await put(connection, entries, chosen.handle_secret(), clock.now(), by, chosen.spelling())


async def removed(chosen: Settings, who: str, initiative: str | None, by: str) -> list[str]:
    """Take the person off."""
    async with session(chosen.database_url.get_secret_value(), "roster") as connection:
        found = await find(connection, who, chosen.handle_secret(), chosen.spelling())
        return await removing.remove(connection, found, initiative, clock.now(), by)


async def foretold(chosen: Settings, entries: list[Entry]) -> tuple[Put, list[Change]]:
    """Return what entering them would change."""
    async with session(chosen.database_url.get_secret_value(), "roster") as connection:
        return await tried(connection, entries, chosen.handle_secret(), chosen.spelling())


async def exported(chosen: Settings, initiative: str | None, at: datetime | None) -> list[dict[str, Any]]:
    """Fetch the roster."""
    async with session(chosen.database_url.get_secret_value(), "roster") as connection:
        return await store.entries(connection, initiative, at)


async def logged(chosen: Settings, limit: int, initiative: str | None, stakeholder: str | None) -> list[dict[str, Any]]:
    """Fetch the roster's log."""
    async with session(chosen.database_url.get_secret_value(), "roster") as connection:
        return await store.changes(connection, limit, initiative, stakeholder)


def report(done: Put, changes: list[Change] | None, as_json: bool) -> None:
    """Tell what changed, or would: then the changes are given."""
    is_dry = changes is not None
    if as_json:
        parties = {
            what: [{"initiative": initiative, "stakeholder": stakeholder} for initiative, stakeholder in rows]
            for what, rows in done._asdict().items()
        }
        differences = {"differences": [change._asdict() for change in changes]} if changes is not None else {}
        terminal.show_json({"dry_run": is_dry} | parties | differences)
        return
    for change in changes or ():
        click.echo(f"{'~' if change.before else '+'} {change.initiative}: {change.stakeholder}: {difference(change)}")
    would = "would be " if is_dry else ""
    click.echo(", ".join(f"{len(rows)} {would}{what}" for what, rows in done._asdict().items()))


def what(row: dict[str, Any]) -> str:
    """Say what one change of the log was."""
    if row["initiative"] is None:
        return ""
    return difference(Change(row["initiative"], row["stakeholder"], row["before"], row["after"]))


def difference(change: Change) -> str:
    """Say fact by fact what was and what is."""
    if change.after is None:
        return "gone"
    fields = change.fields().items()
    if change.before is None:
        return ", ".join(f"{name} {said(after)}" for name, (_, after) in fields)
    return ", ".join(f"{name} {said(before)} → {said(after)}" for name, (before, after) in fields)


def said(fact: object) -> str:
    """Write one fact for a person."""
    return ";".join(map(str, fact)) if isinstance(fact, list) else "-" if fact is None else str(fact)
