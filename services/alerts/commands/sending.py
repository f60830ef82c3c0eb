"""Sends again, and tries a channel out: both take the way that a real alert takes, through the outbox."""

import asyncio
from typing import Any
from uuid import UUID

import click

from services.alerts import outbox
from services.alerts.addressees import addressee
from services.alerts.audience import audience
from services.alerts.commands.acting import by_option
from services.alerts.commands.rows import PACKAGE, Row, connected, fetch, identified
from services.alerts.plan import Facts, Planned, plan
from services.alerts.policy import Target
from services.alerts.release import Release
from services.alerts.sample import sample
from shared.errors import Refused
from shared.plumbing import clock, terminal
from shared.plumbing.postgres import session
from shared.plumbing.queries import query
from shared.plumbing.settings import settings

PATIENCE = 30.0
LOOK_EVERY = 0.25
STATUSES = ("dead", "held", "pending", "delivered", "withdrawn", "all")
COLUMNS = ("channel", "destination", "event", "status", "attempts", "created_at", "last_error")


@click.command
@click.argument("alert_id", metavar="[ID]", required=False)
@click.option("--all", "is_all", is_flag=True, help="Every dead letter of every alert.")
@click.option("--channel", help="Only on this channel.")
@click.option("--again", is_flag=True, help="What was delivered as well, under the same ids.")
@by_option
@terminal.json_option
def resend(alert_id: str | None, is_all: bool, channel: str | None, again: bool, by: str, as_json: bool) -> None:
    """Send dead letters of an alert once more, under the same ids; a disabled destination is tried again."""
    if (alert_id is None) != is_all:
        raise click.UsageError("name an alert, or say --all")
    count = terminal.run(_resend(alert_id, channel, again, by))
    if as_json:
        terminal.show_json({"messages": count})
        return
    click.echo(f"{count} {'message is' if count == 1 else 'messages are'} on the way again")


@click.command
@click.option("--status", type=click.Choice(STATUSES), default="dead", show_default=True, help="Which messages.")
@terminal.json_option
def deliveries(status: str, as_json: bool) -> None:
    """List messages, by default those that could not be delivered."""
    terminal.show(terminal.run(fetch("list_deliveries", None if status == "all" else status)), COLUMNS, as_json)


@click.command("test")
@click.argument("target")
@click.option("--no-wait", is_flag=True, help="Only put it into the outbox.")
@terminal.json_option
def test_(target: str, no_wait: bool, as_json: bool) -> None:
    """Send a made-up alert to a channel (`hook`) or to a person on it (`mail:eva@us.example`)."""
    row = terminal.run(_test(target, wait=not no_wait))
    if as_json:
        terminal.show_json(row)
    if row["status"] == "delivered" or no_wait:
        if not as_json:
            click.echo(f"{target}: {row['status']} to {row['destination']}")
        return
    why = row["last_error"] or "does alerts run?"
    raise Refused(f"{target}: {row['status']} after {row['attempts']} attempts: {why}")


async def _resend(prefix: str | None, channel: str | None, again: bool, by: str) -> int:
    async with connected() as connection, connection.transaction():
        await _known_channel(connection, channel)
        alert = await identified(connection, prefix) if prefix else None
        return int(await connection.fetchval(query(PACKAGE, "resend"), alert, channel, again, clock.now(), by))


async def _known_channel(connection: Any, channel: str | None) -> None:
    """Raise Refused where there is no such channel, nor ever was a message for it."""
    if channel is None:
        return
    names = [its.name for its in audience(settings()).policy.channels]
    told = "select exists (select from alerts.deliveries where channel = $1)"
    if channel not in names and not await connection.fetchval(told, channel):
        raise Refused(f"{channel!r} is no channel; there are {', '.join(names)}")


async def _test(written: str, *, wait: bool) -> Row:
    to, target, now = audience(settings()), Target.of(written), clock.now()
    names = [channel.name for channel in to.policy.channels]
    if target.channel not in names:
        raise Refused(f"{target.channel!r} is no channel; there are {', '.join(names)}")
    its = sample(now)
    planned = plan([(its, addressee(its, target, to.policy))], Release(to.policy, (), {}, now), Facts(), to.console_url)
    if not planned.messages:
        raise Refused(f"{written}: {planned.suppressions[0].note}")
    async with session(settings().database_url.get_secret_value(), "commands") as connection:
        return await _sent(connection, planned, wait=wait)


async def _sent(connection: Any, planned: Planned, *, wait: bool) -> Row:
    [message] = planned.messages
    await outbox.put(connection, planned)
    for _ in range(int(PATIENCE / LOOK_EVERY) if wait else 1):
        row = await _delivery(connection, message.delivery_id)
        if row["status"] != "pending" or (row["attempts"] and row["last_error"]) or not wait:
            break
        await asyncio.sleep(LOOK_EVERY)
    return row


async def _delivery(connection: Any, name: UUID) -> Row:
    return dict(await connection.fetchrow("select * from attune.deliveries where id = $1", name))


COMMANDS = (resend, deliveries, test_)
