"""`attune export`: all that is held of a person, for that person."""

from typing import Any

import click
import orjson

from services.roster import listed, streams
from services.roster.identity import find, namesakes
from services.roster.store import PACKAGE
from services.roster.streams import Search
from shared.plumbing import clock, terminal
from shared.plumbing.jetstream import connected
from shared.plumbing.postgres import session
from shared.plumbing.queries import query
from shared.plumbing.settings import Settings, settings


@click.command
@click.argument("who")
@terminal.json_option
def export(who: str, as_json: bool) -> None:
    """Print all that is held of WHO (stakeholder, name or address) as one JSON document: a subject access request.

    Every row of every table that refers to the person, their relationships, alerts or handles, their readings, what the
    lists say of them, the messages that the broker keeps for a while, and how many rows of others speak of them.
    """
    del as_json  # it is JSON anyway
    terminal.show_json(terminal.run(exported(settings(), who)))


async def exported(chosen: Settings, name: str) -> dict[str, Any]:
    """Collect everything."""
    spelling = chosen.spelling()
    async with (
        connected(chosen.nats_url.get_secret_value(), "export") as jetstream,
        session(chosen.database_url.get_secret_value(), "export") as connection,
    ):
        who = await find(connection, name, chosen.handle_secret(), spelling)
        shared = await namesakes(connection, who)
        held: dict[str, list[Any]] = {}
        for row in await connection.fetch(query(PACKAGE, "holdings"), who.person_id, list(who.handles)):
            held.setdefault(row["relation"], []).append(orjson.loads(row["held"]))
        readings = await connection.fetch("select * from attune.alignment where stakeholder = $1", who.stakeholder)
        mentions = await connection.fetch(query(PACKAGE, "mentions"), who.pattern(shared))
        lists = await listed.standing(jetstream, who.handles)
        messages = await streams.speaking(jetstream, Search.of(who, shared, spelling))
    return {
        "of": name,
        "as_of": clock.now(),
        "addresses": who.addresses,
        "handles": who.handles,
        "held": held,
        "readings": [dict(row) for row in readings],
        "rows_that_mention_them": {row["relation"]: row["rows"] for row in mentions},
        "lists": lists,
        "messages": [
            {"stream": m.stream, "sequence": m.sequence, "said": m.data.decode(errors="replace")} for m in messages
        ],
    }
