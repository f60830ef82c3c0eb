"""`attune key`: the secret that handles are made with."""

import os
import secrets as random
import sys

import click

from services.roster.rekey import copy_lists, end_old_key, grown, rekey
from shared.events.handle import key_id
from shared.plumbing import clock, terminal
from shared.plumbing.embedded import secrets
from shared.plumbing.handle_key import verify
from shared.plumbing.jetstream import connected
from shared.plumbing.postgres import session
from shared.plumbing.settings import Settings, settings

NEW = "ATTUNE_HANDLE_KEY_NEW"


@click.group
def key() -> None:
    """Check the handle key, or change it for another."""


@key.command
@terminal.json_option
def check(as_json: bool) -> None:
    """Verify that ATTUNE_HANDLE_KEY is the key that the database is written with."""
    chosen = settings()
    terminal.run(verified(chosen))
    its = key_id(chosen.handle_secret())
    terminal.answer(f"the key {its} is the right one", {"key_id": its}, as_json)


@key.command
@click.option("--yes", is_flag=True, help="Do not ask; nobody is asked who is not at a terminal.")
@terminal.json_option
def rotate(yes: bool, as_json: bool) -> None:
    """Hash every handle once more with a new key: log, address book, suppressions and lists together.

    The new ATTUNE_HANDLE_KEY is the old one and the new one in a chain, `OLD~>NEW`; who has only the old one can
    tell nobody in the log any more. It is written down first: in the directory's secrets.json where that holds the
    key, else you are shown it and must keep it before anything changes. To choose the new part yourself, set
    ATTUNE_HANDLE_KEY_NEW. Folding waits meanwhile, some 20 seconds per million touchpoints; afterwards start
    attune's services again with the new value. Nothing that arrives meanwhile is lost.
    """
    chosen = settings()
    old, new = chosen.handle_secret(), os.environ.get(NEW, "").encode() or random.token_urlsafe(32).encode()
    chain = grown(old, new)
    terminal.run(verified(chosen))
    is_ours = (chosen.directory / "secrets.json").exists() and (
        secrets.kept(chosen.directory).handle_key.encode() == old
    )
    if is_ours:
        secrets.keep_next_key(chosen.directory, chain.decode())
    else:
        click.echo(f"ATTUNE_HANDLE_KEY={chain.decode()}", err=as_json)
    if not yes and sys.stdin.isatty():
        click.confirm("Is the new key kept where it cannot be lost? Re-key now?", abort=True)
    terminal.run(rekeyed(chosen, old, new))
    if is_ours:
        secrets.take_next_key(chosen.directory)
    sentence = f"re-keyed to {key_id(chain)}: start attune again" + ("" if is_ours else " with this ATTUNE_HANDLE_KEY")
    kept = {"kept_in": str(chosen.directory)} if is_ours else {"handle_key": chain.decode()}
    terminal.answer(sentence, {"key_id": key_id(chain), **kept}, as_json)


async def verified(chosen: Settings) -> None:
    """Raise Refused when it is another key."""
    async with session(chosen.database_url.get_secret_value(), "key") as connection:
        await verify(connection, chosen.handle_secret())


async def rekeyed(chosen: Settings, old: bytes, new: bytes) -> None:
    """Re-key Postgres, and tell NATS."""
    now = clock.now()
    async with (
        connected(chosen.nats_url.get_secret_value(), "key") as jetstream,
        session(chosen.database_url.get_secret_value(), "key") as connection,
    ):
        before = await copy_lists(jetstream, new)
        chain = await rekey(connection, old, new, now)
        await end_old_key(jetstream, chain, before)
