"""`attune source`: who may report touchpoints."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import click

from services.ingest import store
from services.ingest.commands.source_check import check
from services.ingest.commands.source_name import SOURCE_NAME
from shared.errors import Refused
from shared.plumbing import clock, credentials, jetstream, sources, terminal
from shared.plumbing.credentials import Credentials
from shared.plumbing.postgres import session
from shared.plumbing.settings import Settings, settings
from shared.vocabulary import SUBJECT_INTAKE

COLUMNS = ("name", "last_event_at", "events_per_day", "rejected", "usual_gap", "stale_since", "subject", "added_at")
ROUND_FROM = 100


@click.group
def source() -> None:
    """Add, list and check the connectors that may report touchpoints."""


@source.command
@click.argument("name", type=SOURCE_NAME)
@click.option("--rotate", is_flag=True, help="Give a known source new secrets; its old ones end at once.")
@terminal.json_option
def add(name: str, rotate: bool, as_json: bool) -> None:
    """Let NAME report, and print what it needs: subject, NATS user, HTTP token.

    The secrets are shown once and never again: only their digests are kept.
    """
    chosen = settings()
    granted = terminal.run(granted_once(chosen, name, rotate))
    if as_json:
        terminal.show_json(asdict(granted))
    else:
        introduce(granted, credentials.is_embedded(chosen))


@source.command(name="list")
@terminal.json_option
def list_(as_json: bool) -> None:
    """List the sources that may report, and how each does.

    usual_gap (seconds in --json): of its silences so far, 19 of 20 were no longer. stale_since: since when it is
    silent for far longer than it ever is.
    """
    rows = terminal.run(listed(settings()))
    if not as_json:
        rows = [row | {"usual_gap": gap_of(row), "events_per_day": rate_of(row)} for row in rows]
    terminal.show(rows, COLUMNS, as_json)


async def granted_once(chosen: Settings, name: str, rotate: bool) -> Credentials:
    """Grant `name` the right to report; refuse to void a known source's secrets unless that is meant."""
    async with jetstream.connected(chosen.nats_url.get_secret_value(), "source") as stream:
        if not rotate and await sources.is_registered(stream, name):
            raise Refused(
                f"name: {name!r} — is a source already; its secrets were shown when it was added. "
                f"Take another name, or give it new secrets with `attune source add {name} --rotate`"
            )
        return await credentials.grant(stream, chosen, name, clock.now())


async def listed(chosen: Settings) -> list[dict[str, Any]]:
    """Return the sources by name, each with its health as far as it was ever heard."""
    async with jetstream.connected(chosen.nats_url.get_secret_value(), "source") as stream:
        registered = await sources.registered(stream)
    async with session(chosen.database_url.get_secret_value(), "source") as connection:
        healths = {health["source"]: health for health in await store.source_health(connection, clock.now())}
    return [
        {"name": name, "subject": f"{SUBJECT_INTAKE}.{name}", "added_at": added_at, **health_of(healths.get(name, {}))}
        for name, added_at in registered
    ]


def health_of(health: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is shown of a source's health; one that was never heard has brought nothing yet."""
    gap = health.get("usual_gap")
    return {
        "last_event_at": health.get("last_event_at"),
        "events_per_day": health.get("events_per_day", 0.0),
        "rejected": health.get("rejected", 0),
        "usual_gap": gap and gap.total_seconds(),
        "stale_since": health.get("stale_since"),
    }


def gap_of(row: Mapping[str, Any]) -> str | None:
    """Write the usual gap for a person."""
    seconds = row["usual_gap"]
    return None if seconds is None else str(timedelta(seconds=round(seconds)))


def rate_of(row: Mapping[str, Any]) -> str:
    """Write how many events come in a day, with as many digits as tell something."""
    return f"{row['events_per_day']:,.3g}" if row["events_per_day"] < ROUND_FROM else f"{row['events_per_day']:,.0f}"


def introduce(granted: Credentials, is_embedded: bool) -> None:
    """Tell a person what to do with it."""
    for name, value in asdict(granted).items():
        click.echo(f"{name:<16} {value}")
    click.echo("\nKeep the password and the token: they are not shown again.")
    if not is_embedded:
        click.echo("\nThis NATS is your own: add this user to the account SOURCES (docs/security.md), and reload it.")
        click.echo(credentials.authorization(granted))


source.add_command(check)
