"""`attune reader`: who may query Postgres."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import click

from services.roster import readers
from shared.plumbing import terminal
from shared.plumbing.postgres import session
from shared.plumbing.settings import settings


@click.group
def reader() -> None:
    """Make, list and remove logins of Postgres for people who query it."""


@reader.command
@click.argument("name")
@click.option("--initiative", "initiatives", multiple=True, help="Limit NAME to it; may be given again.")
@terminal.json_option
def add(name: str, initiatives: tuple[str, ...], as_json: bool) -> None:
    """Let NAME log in to Postgres and read, and print how.

    Without --initiative NAME reads all, in the schema `attune`. With it, NAME finds the same views and functions in
    the schema `mine`, cut to these initiatives, and nothing else. The password is shown once.
    """
    granted = introduced(name, _with(lambda connection: readers.add(connection, name, initiatives)), initiatives)
    if as_json:
        terminal.show_json(granted)
        return
    for what, value in granted.items():
        click.echo(f"{what:<12} {value}")
    click.echo("\nKeep the password: it is not shown again.")


@reader.command(name="list")
@terminal.json_option
def list_(as_json: bool) -> None:
    """List who may log in and read; no initiatives stand beside who reads all."""
    terminal.show(_with(readers.readers), ("name", "initiatives"), as_json)


@reader.command
@click.argument("name")
@terminal.json_option
def remove(name: str, as_json: bool) -> None:
    """Take the login NAME away; sessions that are open stay so until they end."""
    _with(lambda connection: readers.remove(connection, name))
    terminal.answer(f"{name} may not read any more", {"removed": name}, as_json)


def introduced(name: str, password: str, initiatives: tuple[str, ...]) -> dict[str, str]:
    """Return what a reader's tool asks for."""
    address = urlsplit(settings().database_url.get_secret_value())
    return {
        "user": name,
        "password": password,
        "database": address.path.lstrip("/"),
        "schema": "mine" if initiatives else "attune",
        "initiatives": ", ".join(initiatives) or "all",
    }


def _with(work: Callable[[Any], Awaitable[Any]]) -> Any:
    async def done() -> Any:
        async with session(settings().database_url.get_secret_value(), "reader") as connection:
            return await work(connection)

    return terminal.run(done())
