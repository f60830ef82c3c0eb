"""`attune privacy`: of whom nothing is taken in."""

import sys
from datetime import datetime
from typing import Any, NamedTuple

import click

from services.roster import block as blocking
from services.roster import expire as expiry
from services.roster import listed as on_lists
from services.roster import streams
from services.roster.block import Removed
from services.roster.expire import Expired
from services.roster.identity import address_of, find
from services.roster.sift import Sifted, sift
from services.roster.store import PACKAGE
from shared.events.address import normal_domain
from shared.events.handle import handle_of, is_handle
from shared.events.lists import Lists, domains
from shared.plumbing import clock, privacy_lists, retention, terminal
from shared.plumbing.actor import os_user
from shared.plumbing.handle_key import verify
from shared.plumbing.jetstream import connected
from shared.plumbing.postgres import session
from shared.plumbing.queries import query
from shared.plumbing.settings import Settings, settings

DAYS_MIN = 90
"""Less, and the readings lose what they look back on: trend, explanations, what made an alert."""
BY = click.option("--by", metavar="WHO", help="Who says so; the user of this machine if left out.")


@click.group
def privacy() -> None:
    """Block and allow people and domains; see also `attune forget` and `attune export`."""


@privacy.command
@click.argument("what", metavar="ADDRESS|DOMAIN")
@BY
@terminal.json_option
def block(what: str, by: str | None, as_json: bool) -> None:
    """Take in nothing of an address or a domain (and its subdomains) from now on, and remove what is held.

    Removed is what the address book knows: of people on no roster the log has handles, and no handle tells its
    domain, so that a domain removes nothing of them. Name their addresses to remove these too.
    """
    removed = terminal.run(blocked(settings(), what, by or os_user()))
    if as_json:
        terminal.show_json(removed._asdict())
        return
    click.echo(f"{what} is blocked; removed: " + ", ".join(f"{n} {name}" for name, n in removed._asdict().items()))


@privacy.command
@click.argument("what", metavar="ADDRESS|DOMAIN|HANDLE")
@terminal.json_option
def unblock(what: str, as_json: bool) -> None:
    """Take an address or domain in again that was blocked, or an address that was forgotten.

    With a domain come those who were blocked because of it; who was blocked or forgotten by name does not. Of whom no
    address is known any more, `attune privacy list` shows the handle.
    """
    people, still, was_listed = terminal.run(lifted(settings(), what))
    if still:
        click.echo(f"{what} is still blocked: unblock {', '.join(still)}", err=True)
        raise click.exceptions.Exit(1)
    facts = {"entry": what, "was_listed": was_listed, "people": people}
    if not people and not was_listed:
        terminal.answer(f"{what} was neither blocked nor forgotten", facts, as_json)
        return
    among = f", with {people} of its addresses" if people and not is_person(what) else ""
    terminal.answer(f"{what} is taken in again{among}", facts, as_json)


@privacy.command
@click.argument("what", metavar="ADDRESS|DOMAIN")
@BY
@terminal.json_option
def allow(what: str, by: str | None, as_json: bool) -> None:
    """Put an address or a domain on the allow list. As long as it holds anything, nobody else is taken in.

    What is held of others goes by `attune privacy apply`, once the list is whole.
    """
    terminal.run(allowed(settings(), what, by or os_user()))
    sentence = f"{what} is on the allow list; whoever is not is no longer taken in"
    terminal.answer(sentence, {"entry": what, "allowed": True}, as_json)


@privacy.command
@click.argument("what", metavar="ADDRESS|DOMAIN|HANDLE")
@terminal.json_option
def disallow(what: str, as_json: bool) -> None:
    """Take an address, a domain, or a handle as `attune privacy list` shows it, off the allow list, and no other."""
    was_listed = terminal.run(disallowed(settings(), what))
    sentence = f"{what} is not on the allow list{'' if was_listed else ', and was not'}"
    terminal.answer(sentence, {"entry": what, "allowed": False, "was_listed": was_listed}, as_json)


@privacy.command
@click.option("--strangers", is_flag=True, help="Also remove people on no roster whom a list of domains may keep out.")
@click.option("--dry-run", is_flag=True, help="Only count.")
@click.option("--yes", is_flag=True, help="Do not ask; nobody is asked who is not at a terminal.")
@terminal.json_option
def apply(strangers: bool, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Remove from the log what is held of whom the lists keep out: it cannot be undone.

    Both lists count, of the settings (ATTUNE_BLOCKED, ATTUNE_ALLOWED) and of `attune privacy block` and `allow`. The
    roster stays as it is. Of people on no roster the log has handles, which tell no domain: where a list names
    domains they stay and are counted, or go with --strangers.
    """
    if not (dry_run or yes or as_json) and sys.stdin.isatty():
        click.confirm("Remove what is held of whom the lists keep out?", abort=True)
    done = terminal.run(sifted(settings(), strangers=strangers, dry_run=dry_run))
    if as_json:
        terminal.show_json(done._asdict() | {"dry_run": dry_run})
        return
    would = "would be " if dry_run else ""
    click.echo(
        f"{done.touchpoints} touchpoints {would}removed, "
        f"of {done.addresses} addresses on rosters and {done.strangers} strangers"
    )
    if done.untold:
        click.echo(
            f"{done.untold} strangers stay: a list names domains, and handles tell none (see --strangers)", err=True
        )


@privacy.command(name="list")
@terminal.json_option
def list_(as_json: bool) -> None:
    """List what is blocked, allowed and forgotten: domains by name, people by handle, because no address is kept.

    Under `domain` stands by whose block somebody is kept out.
    """
    terminal.show(terminal.run(listed(settings())), ("entry", "rule", "since", "by", "domain"), as_json)


@privacy.command
@click.option(
    "--days",
    type=click.IntRange(DAYS_MIN),
    help="How old a touchpoint may become.  [default: ATTUNE_RETENTION_DAYS]",
)
@click.option("--dry-run", is_flag=True, help="Only count.")
@terminal.json_option
def expire(days: int | None, dry_run: bool, as_json: bool) -> None:
    """Remove touchpoints that are older than so many days from the log, for ever.

    What they were worth is carried on as sums, so that nobody's alignment, risk or cadence changes. What happened
    before is not taken in any more, or it would count again. Run it once a day (cron) to keep to a limit.
    """
    chosen = settings()
    days = days or chosen.retention_days
    if days is None:
        raise click.UsageError("say --days, or set ATTUNE_RETENTION_DAYS")
    done = terminal.run(expired(chosen, days, dry_run))
    if as_json:
        terminal.show_json(done._asdict() | {"dry_run": dry_run})
        return
    would = "would be " if dry_run else ""
    click.echo(
        f"{done.touchpoints} touchpoints of {done.people} people from before {done.before_at:%Y-%m-%d} {would}removed"
    )


def is_person(what: str) -> bool:
    """Tell whether an address or a handle is meant, and no domain."""
    return "@" in what or is_handle(what)


def entry_of(what: str, chosen: Settings) -> tuple[str, str | None]:
    """Return what the lists call it, and the address where it is one."""
    if address := address_of(what, chosen.spelling()):
        return handle_of(chosen.handle_secret(), address), address
    try:
        return chosen.spelling().canonical(normal_domain(what)), None
    except ValueError:
        raise click.BadParameter(f"{what!r} is no address and no domain such as corp.example") from None


def entry_to_lift(what: str, chosen: Settings) -> tuple[str, str | None]:
    """Return the same; what stands on a list may be named as it stands there."""
    return (what, None) if is_handle(what) else entry_of(what, chosen)


async def proven(connection: Any, chosen: Settings) -> None:
    """Refuse a key that is known to be another; who names domains alone needs none."""
    if key := chosen.handle_key.get_secret_value():
        await verify(connection, key.encode())


async def blocked(chosen: Settings, what: str, by: str) -> Removed:
    """Block it in every ingest, then remove what is held."""
    (entry, address), key, now = entry_of(what, chosen), chosen.handle_secret(), clock.now()
    async with (
        connected(chosen.nats_url.get_secret_value(), "privacy") as jetstream,
        session(chosen.database_url.get_secret_value(), "privacy") as connection,
    ):
        await verify(connection, key)
        await on_lists.block(jetstream, [entry], now, by)
        if address is None:
            # What ingest took in a moment ago must be logged before it can be removed.
            await streams.sweep(jetstream)
            return await blocking.block_domain(connection, entry, key, now, by)
        who = await find(connection, address, key, chosen.spelling())
        return await blocking.block_address(connection, who, address, key, now, by)


async def allowed(chosen: Settings, what: str, by: str) -> None:
    """Allow it in every ingest."""
    async with (
        connected(chosen.nats_url.get_secret_value(), "privacy") as jetstream,
        session(chosen.database_url.get_secret_value(), "privacy") as connection,
    ):
        await proven(connection, chosen)
        await privacy_lists.enter(jetstream, entry_of(what, chosen)[0], "allowed", clock.now(), by)


class Lifted(NamedTuple):
    """What it came to that no rule is to hold any more."""

    people: int
    """How many it let in again."""
    still: list[str]
    """Domains whose rule holds for it all the same."""
    was_listed: bool


async def lifted(chosen: Settings, what: str) -> Lifted:
    """Let nothing keep it out, in ingest and in Postgres."""
    entry, address = entry_to_lift(what, chosen)
    async with (
        connected(chosen.nats_url.get_secret_value(), "privacy") as jetstream,
        session(chosen.database_url.get_secret_value(), "privacy") as connection,
    ):
        await proven(connection, chosen)
        which = (entry, None) if address is not None or is_handle(entry) else (None, entry)
        people = await connection.fetchval(query(PACKAGE, "unsuppress"), *which)
        rules = {rule["entry"]: rule["rule"] for rule in await privacy_lists.entries(jetstream)}
        if was_listed := rules.get(entry) == "blocked":
            await privacy_lists.lift(jetstream, entry)
            del rules[entry]
    still = [domain for domain in domains(address or f"@{entry}") if rules.get(domain) == "blocked"]
    return Lifted(people, still, was_listed)


async def disallowed(chosen: Settings, what: str) -> bool:
    """Take it off the allow list, and tell whether it stood there; whoever is blocked or forgotten stays so."""
    entry, _ = entry_to_lift(what, chosen)
    async with (
        connected(chosen.nats_url.get_secret_value(), "privacy") as jetstream,
        session(chosen.database_url.get_secret_value(), "privacy") as connection,
    ):
        await proven(connection, chosen)
        stands = {"entry": entry, "rule": "allowed"}
        was_listed = any(stands.items() <= rule.items() for rule in await privacy_lists.entries(jetstream))
        if was_listed:
            await privacy_lists.lift(jetstream, entry)
    return was_listed


async def sifted(chosen: Settings, *, strangers: bool, dry_run: bool) -> Sifted:
    """Apply the lists to what is held."""
    key = chosen.handle_secret()
    async with (
        connected(chosen.nats_url.get_secret_value(), "privacy") as jetstream,
        session(chosen.database_url.get_secret_value(), "privacy") as connection,
    ):
        await verify(connection, key)
        lists = chosen.lists()
        for entry in await privacy_lists.entries(jetstream):
            (lists.blocked if entry["rule"] == "blocked" else lists.allowed).add(entry["entry"])
        if not dry_run:
            # What ingest took in a moment ago must be logged before it can be removed.
            await streams.sweep(jetstream)
        by_handle = Lists(*({named_by(entry, key) for entry in entries} for entries in (lists.blocked, lists.allowed)))
        return await sift(connection, by_handle, clock.now(), strangers=strangers, dry_run=dry_run)


def named_by(entry: str, key: bytes) -> str:
    """Return the handle of an address; domains and handles are what they are."""
    return handle_of(key, entry) if "@" in entry or ":" in entry else entry


async def expired(chosen: Settings, days: int, dry_run: bool) -> Expired:
    """Remove what is too old, or count it."""
    now = clock.now()
    before_at = expiry.midnight(now, days)
    async with (
        connected(chosen.nats_url.get_secret_value(), "privacy") as jetstream,
        session(chosen.database_url.get_secret_value(), "privacy") as connection,
    ):
        if dry_run:
            return await expiry.expiring(connection, before_at)
        done = await expiry.expire(connection, before_at, now)
        # Afterwards: what comes in between, the projector refuses.
        await retention.tell(jetstream, await retention.in_force(connection))
    return done


async def listed(chosen: Settings) -> list[dict[str, Any]]:
    """Fetch the lists of ingest, and who else is kept out of the log."""
    async with (
        connected(chosen.nats_url.get_secret_value(), "privacy") as jetstream,
        session(chosen.database_url.get_secret_value(), "privacy") as connection,
    ):
        entries = await privacy_lists.entries(jetstream)
        known = {entry["entry"] for entry in entries}
        rows = await connection.fetch(query(PACKAGE, "suppressed"))
    kept_out = [dict(row) | {"by": None} for row in rows if row["entry"] not in known]
    return [entry | {"since": datetime.fromisoformat(entry["since"]), "domain": None} for entry in entries] + kept_out
