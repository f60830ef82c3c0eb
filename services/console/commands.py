"""`attune console`: who may sign in, and the link that opens it on this machine."""

import sys
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

import click

from services.console import accounts
from services.console.visitor import Role
from shared.errors import Refused
from shared.plumbing import clock, terminal
from shared.plumbing.actor import os_user
from shared.plumbing.postgres import session
from shared.plumbing.settings import Settings, settings
from shared.plumbing.signin_link import signin_link

USERS = ("name", "role", "initiatives", "has_password", "has_identity", "tokens", "seen_at", "disabled_at")
TOKENS = ("number", "name", "use", "label", "created_at", "used_at", "expires_at")

Result = TypeVar("Result")


@click.group
def console() -> None:
    """Say who may sign in to the console, and get a link that opens it."""


@console.command
@terminal.json_option
def link(as_json: bool) -> None:
    """Print an address that signs you in as the owner of this machine: once, within the hour."""
    chosen = settings()
    url = _with(chosen, lambda connection: signin_link(connection, chosen.console_url, clock.now()))
    terminal.answer(url, {"url": url}, as_json)


@console.command("users")
@terminal.json_option
def list_users(as_json: bool) -> None:
    """List who may sign in."""
    terminal.show(_with(settings(), accounts.users), USERS, as_json)


@console.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.VIEWER.value, show_default=True)
@click.option("--initiative", "initiatives", multiple=True, help="Limit them to it; may be given again.")
@click.option("--without-password", is_flag=True, help="They sign in by OpenID Connect, with NAME as their address.")
@terminal.json_option
def add_user(name: str, role: str, initiatives: tuple[str, ...], without_password: bool, as_json: bool) -> None:
    """Let NAME sign in. The password is asked for, or read from the first line of a pipe."""
    password = None if without_password else _password()

    async def adding(connection: Any) -> None:
        async with connection.transaction():
            now = clock.now()
            await accounts.add_user(
                connection, name, Role(role), now, initiatives=initiatives or None, password=password
            )
            await accounts.audit(connection, now, os_user(), "add user", name, role=role, initiatives=initiatives)

    _with(settings(), adding)
    facts = {"name": name, "role": role, "initiatives": initiatives or None}
    terminal.answer(f"{name} may sign in as {role}", facts, as_json)


@console.command("password")
@click.argument("name")
@terminal.json_option
def set_password(name: str, as_json: bool) -> None:
    """Give NAME another password; their sessions and tokens end: `revoke` ends one."""
    given = _password()

    async def setting(connection: Any) -> None:
        async with connection.transaction():
            await accounts.set_password(connection, name, given)
            await accounts.audit(connection, clock.now(), os_user(), "set password", name)

    _with(settings(), setting)
    terminal.answer(f"{name} has another password", {"name": name}, as_json)


@console.command("disable")
@click.argument("name")
@terminal.json_option
def disable_user(name: str, as_json: bool) -> None:
    """Let NAME in no more; sessions and tokens end at once."""

    async def disabling(connection: Any) -> None:
        async with connection.transaction():
            await accounts.disable(connection, name, clock.now())
            await accounts.audit(connection, clock.now(), os_user(), "disable user", name)

    _with(settings(), disabling)
    terminal.answer(f"{name} may not sign in any more", {"name": name, "is_disabled": True}, as_json)


@console.command("enable")
@click.argument("name")
@terminal.json_option
def enable_user(name: str, as_json: bool) -> None:
    """Let NAME in again, with the password they had; tokens are granted anew."""

    async def enabling(connection: Any) -> None:
        async with connection.transaction():
            await accounts.enable(connection, name)
            await accounts.audit(connection, clock.now(), os_user(), "enable user", name)

    _with(settings(), enabling)
    terminal.answer(f"{name} may sign in again", {"name": name, "is_disabled": False}, as_json)


@console.command("change")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--initiative", "initiatives", multiple=True, help="Limit them to it; without any they see everything.")
@terminal.json_option
def change_user(name: str, role: str, initiatives: tuple[str, ...], as_json: bool) -> None:
    """Give NAME another role and other limits, from their next request on."""

    async def changing(connection: Any) -> None:
        async with connection.transaction():
            await accounts.change(connection, name, Role(role), initiatives or None)
            await accounts.audit(
                connection, clock.now(), os_user(), "change user", name, role=role, initiatives=initiatives
            )

    _with(settings(), changing)
    sentence = f"{name} is {role}" + (f", limited to {', '.join(initiatives)}" if initiatives else "")
    terminal.answer(sentence, {"name": name, "role": role, "initiatives": initiatives or None}, as_json)


@console.command("token")
@click.argument("name")
@click.option("--label", default="", help="What it is for.")
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="How long it lasts.")
@terminal.json_option
def grant_token(name: str, label: str, days: int, as_json: bool) -> None:
    """Print a token with which programs ask the API as NAME, in the header `Authorization: Bearer`."""

    async def granting(connection: Any) -> str:
        row = next((row for row in await accounts.users(connection) if row["name"] == name), None)
        if row is None or row["disabled_at"] is not None:
            raise Refused(f"name: {name!r} — is no user who may sign in: see `attune console users`")
        now = clock.now()
        async with connection.transaction():
            await accounts.audit(connection, now, os_user(), "grant token", name, label=label)
            return await accounts.grant(connection, row["user_id"], "api", now, timedelta(days=days), label)

    token = _with(settings(), granting)
    terminal.answer(token, {"name": name, "token": token}, as_json)


@console.command("tokens")
@click.argument("name", required=False)
@terminal.json_option
def list_tokens(name: str | None, as_json: bool) -> None:
    """List tokens and sign-in links that were not used yet: whose, what for, and when each was used last."""
    found = _with(settings(), lambda connection: accounts.tokens(connection, clock.now(), name))
    terminal.show(found, TOKENS, as_json)


@console.command("revoke")
@click.argument("number", type=int)
@terminal.json_option
def revoke_token(number: int, as_json: bool) -> None:
    """Let one token or link open nothing any more, at once; NUMBER is what `attune console tokens` calls it."""

    async def revoking(connection: Any) -> str:
        async with connection.transaction():
            name = await accounts.revoke(connection, number)
            await accounts.audit(connection, clock.now(), os_user(), "revoke token", name, number=number)
            return name

    name = _with(settings(), revoking)
    sentence = f"token {number} of {name} opens nothing any more"
    terminal.answer(sentence, {"number": number, "name": name}, as_json)


def _password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


def _with(chosen: Settings, work: Callable[[Any], Coroutine[Any, Any, Result]]) -> Result:
    """Do some work on a connection of its own."""

    async def working() -> Result:
        async with session(chosen.database_url.get_secret_value(), "console") as connection:
            return await work(connection)

    return terminal.run(working())
