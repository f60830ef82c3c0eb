"""`attune rejected`: what ingest and projector refused, why, and a second chance."""

from datetime import datetime
from typing import Any

import click

from services.ingest.commands.source_name import SOURCE_NAME
from shared.errors import Refused
from shared.plumbing import rejected as kept
from shared.plumbing import terminal
from shared.plumbing.jetstream import connected
from shared.plumbing.settings import Settings, settings

COLUMNS = ("id", "received_at", "source", "event_id", "reason")


@click.group
def rejected() -> None:
    """List, show and retry what was refused."""


@rejected.command(name="list")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="The latest so many.")
@click.option("--source", type=SOURCE_NAME, help="Only what this source reported.")
@terminal.json_option
def list_(limit: int, source: str | None, as_json: bool) -> None:
    """List the latest refused events, newest last."""
    rows = terminal.run(latest(settings(), limit, source))
    if not as_json:
        rows = [row | {"received_at": datetime.fromisoformat(row["received_at"])} for row in rows]
    terminal.show(rows, COLUMNS, as_json)


@rejected.command
@click.argument("id_", metavar="ID", type=click.IntRange(1))
@terminal.json_option
def show(id_: int, as_json: bool) -> None:  # noqa: ARG001 -- JSON is the one form that shows an original as it came
    """Show one refused event whole, with the original as it came; in JSON, with --json and without."""
    terminal.show_json(terminal.run(one(settings(), id_)))


@rejected.command
@click.argument("ids", metavar="ID...", nargs=-1, type=click.IntRange(1))
@click.option("--all", "every", is_flag=True, help="Everything that can be retried.")
@terminal.json_option
def retry(ids: tuple[int, ...], every: bool, as_json: bool) -> None:
    """Publish the originals again, as their source; what is still wrong comes back under a new ID."""
    if bool(ids) == every:
        raise click.UsageError("name the IDs to retry, or say --all")
    retried = terminal.run(again(settings(), ids))
    if as_json:
        terminal.show_json(retried._asdict())
        return
    click.echo(f"{len(retried.published)} published again")
    if retried.conflicts:
        numbers = ", ".join(map(str, retried.conflicts))
        click.echo(f"not retried: {numbers} (the first event of that id stays: publish under a new id)")
    if retried.cut:
        numbers = ", ".join(map(str, retried.cut))
        click.echo(f"not retried: {numbers} (not kept whole: too large, too old, or it names somebody who is blocked)")


async def latest(chosen: Settings, limit: int, source: str | None) -> list[dict[str, Any]]:
    """Fetch the newest rejections, of one source or of all."""
    async with connected(chosen.nats_url.get_secret_value(), "rejected") as jetstream:
        if source is None:
            return await kept.latest(jetstream, limit)
        return [row for row in await kept.latest(jetstream, None) if row["source"] == source][-limit:]


async def one(chosen: Settings, id_: int) -> dict[str, Any]:
    """Fetch one rejection."""
    async with connected(chosen.nats_url.get_secret_value(), "rejected") as jetstream:
        return await kept.one(jetstream, id_)


async def again(chosen: Settings, ids: tuple[int, ...]) -> kept.Retried:
    """Retry those named, or all."""
    async with connected(chosen.nats_url.get_secret_value(), "rejected") as jetstream:
        if not ids:
            return await kept.retry(jetstream, await kept.latest(jetstream, None))
        rejections = [await kept.one(jetstream, id_) for id_ in ids]
        if stuck := [rejection["id"] for rejection in rejections if kept.is_conflict(rejection)]:
            raise Refused(
                f"{', '.join(map(str, stuck))} cannot be retried: an event of that id is counted already and "
                "stays; publish the other one under an id of its own"
            )
        return await kept.retry(jetstream, rejections)
