"""`attune source`: who may report touchpoints."""

from dataclasses import asdict

import click

from shared.errors import Refused
from shared.plumbing import clock, credentials, jetstream, sources, terminal
from shared.plumbing.credentials import Credentials
from shared.plumbing.settings import Settings, settings
from shared.vocabulary import SUBJECT_INTAKE


@click.group
def source() -> None:
    """Add and list the connectors that may report touchpoints."""


@source.command
@click.argument("name")
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
    """List the sources that may report."""
    rows = [
        {"name": name, "subject": f"{SUBJECT_INTAKE}.{name}", "added_at": added_at}
        for name, added_at in terminal.run(registered(settings()))
    ]
    terminal.show(rows, ["name", "subject", "added_at"], as_json)


async def granted_once(chosen: Settings, name: str, rotate: bool) -> Credentials:
    """Grant `name` the right to report; refuse to void a known source's secrets unless that is meant."""
    sources.check_name(name)
    async with jetstream.connected(chosen.nats_url.get_secret_value(), "source") as stream:
        if not rotate and await sources.is_registered(stream, name):
            raise Refused(
                f"name: {name!r} — is a source already; its secrets were shown when it was added. "
                f"Take another name, or give it new secrets with `attune source add {name} --rotate`"
            )
        return await credentials.grant(stream, chosen, name, clock.now())


async def registered(chosen: Settings) -> list[tuple[str, object]]:
    """Return the sources by name."""
    async with jetstream.connected(chosen.nats_url.get_secret_value(), "source") as stream:
        return list(await sources.registered(stream))


def introduce(granted: Credentials, is_embedded: bool) -> None:
    """Tell a person what to do with it."""
    for name, value in asdict(granted).items():
        click.echo(f"{name:<14} {value}")
    click.echo("\nKeep the password and the token: they are not shown again.")
    if not is_embedded:
        click.echo("\nThis NATS is your own: add this user to the `users` of its authorization, and reload it.")
        click.echo(credentials.authorization(granted))
