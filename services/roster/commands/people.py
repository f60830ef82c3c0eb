"""`attune people`: who is who."""

from datetime import timedelta
from typing import Any

import click

from services.roster import merge as merging
from services.roster import store
from services.roster.identity import find
from services.roster.suggest import Suggestions
from services.roster.suggest import suggest as suggested
from shared.plumbing import clock, terminal
from shared.plumbing.actor import os_user
from shared.plumbing.postgres import session
from shared.plumbing.settings import Settings, settings

BY = click.option("--by", metavar="WHO", help="Who says so; the user of this machine if left out.")


@click.group
def people() -> None:
    """Merge people who are one, part them again, and see who may be missing or twice."""


@people.command
@click.argument("who")
@click.argument("other")
@BY
@terminal.json_option
def merge(who: str, other: str, by: str | None, as_json: bool) -> None:
    """Make WHO and OTHER one person: WHO (stakeholder, name or address), with the addresses of both.

    What either has done counts for both from then on, as if it had always been one person. It is kept in the
    roster's log, and `attune people unmerge OTHER` takes it back exactly.
    """
    kept, gone = terminal.run(merged(settings(), who, other, by or os_user()))
    sentence = f"{gone} is {kept} now; `attune people unmerge {gone}` parts them again"
    terminal.answer(sentence, {"stakeholder": kept, "other": gone}, as_json)


@people.command
@click.argument("other")
@BY
@terminal.json_option
def unmerge(other: str, by: str | None, as_json: bool) -> None:
    """Part OTHER (the stakeholder who is gone: see `attune people merges`) from whom they were merged into."""
    kept = terminal.run(parted(settings(), other, by or os_user()))
    terminal.answer(f"{other} and {kept} are two people again", {"stakeholder": kept, "other": other}, as_json)


@people.command
@terminal.json_option
def merges(as_json: bool) -> None:
    """List who was merged into whom."""
    rows = terminal.run(listed(settings()))
    terminal.show(rows, ("stakeholder", "kept", "merged_at", "merged_by", "addresses"), as_json)


@people.command
@click.option("--days", type=click.IntRange(1), default=90, show_default=True, help="Of how many days.")
@terminal.json_option
def suggest(days: int, as_json: bool) -> None:
    """Show how many active people are on no roster, and who on a roster may be one and the same.

    Strangers are counted and never named: the log knows them by handles alone. Nothing is merged by itself.
    """
    found = terminal.run(looked(settings(), days))
    if as_json:
        terminal.show_json(found._asdict())
        return
    terminal.show(found.strangers, ("initiative", "people", "on_5_days_or_more", "touchpoints"))
    if found.duplicates:
        click.echo("\nwho may be one person (attune people merge STAKEHOLDER OTHER):")
        terminal.show(found.duplicates, ("stakeholder", "other", "evidence"))


async def merged(chosen: Settings, who: str, other: str, by: str) -> tuple[str, str]:
    """Merge them and return what they are called."""
    key, spelling = chosen.handle_secret(), chosen.spelling()
    async with session(chosen.database_url.get_secret_value(), "people") as connection:
        kept, gone = await find(connection, who, key, spelling), await find(connection, other, key, spelling)
        await merging.merge(connection, kept, gone, clock.now(), by)
    return kept.stakeholder, gone.stakeholder


async def parted(chosen: Settings, other: str, by: str) -> str:
    """Part them and return who stays."""
    async with session(chosen.database_url.get_secret_value(), "people") as connection:
        return await merging.unmerge(connection, other, clock.now(), by)


async def listed(chosen: Settings) -> list[dict[str, Any]]:
    """Fetch the merges."""
    async with session(chosen.database_url.get_secret_value(), "people") as connection:
        return await store.merges(connection)


async def looked(chosen: Settings, days: int) -> Suggestions:
    """Fetch the suggestions."""
    async with session(chosen.database_url.get_secret_value(), "people") as connection:
        return await suggested(connection, clock.now() - timedelta(days=days))
