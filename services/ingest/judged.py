"""What readers find, judged as ingest will judge it, so that an import says what counts and not only what was sent."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

import orjson
from nats.js import JetStreamContext

from services.ingest.connectors.items import Doomed, Dropped, Envelope, Item, Rejected
from services.ingest.interpret import Policy, interpret
from shared.plumbing import handle_key, privacy_lists, retention
from shared.plumbing.settings import Settings


def judged(items: Iterable[Item], source: str, now: datetime, policy: Policy) -> Iterator[Item]:
    """Yield each item, with the reason in place of an envelope that ingest would drop or refuse.

    What comes as JSON already is somebody's own: if ingest is to refuse it, it goes there all the same.
    """
    for item in items:
        match item:
            case dict():
                yield verdict(item, source, now, policy)
            case bytes():
                yield foreseen(item, source, now, policy)
            case _:
                yield item


def verdict(envelope: Envelope, source: str, now: datetime, policy: Policy) -> Item:
    """Return the envelope, or why it comes to nothing."""
    (outcome,) = interpret(orjson.dumps(envelope), source, now, policy)
    if outcome.dropped:
        return Dropped(outcome.dropped, str(envelope["id"]))
    if outcome.refusal:
        field, _, rule = outcome.refusal
        return Rejected(f"{envelope['id']}: {outcome.refusal}", f"{field} {rule}", str(envelope["id"]))
    return envelope


def foreseen(event: bytes, source: str, now: datetime, policy: Policy) -> Item:
    """Return the event, with the reason if ingest will refuse it, or why it is no touch."""
    (outcome,) = interpret(event, source, now, policy)
    if outcome.refusal:
        return Doomed(event, f"{outcome.event_id or 'an event without an id'}: {outcome.refusal}")
    return Dropped(outcome.dropped, outcome.event_id or "") if outcome.dropped else event


def policy_of(chosen: Settings) -> Policy:
    """Return what interpretation must know, from the settings; any key will do where no handle is kept."""
    return Policy(
        chosen.handle_key.get_secret_value().encode() or b"dry run",
        frozenset(chosen.own_domains),
        frozenset(chosen.own_addresses),
        keep_notes=chosen.keep_notes,
        spelling=chosen.spelling(),
        lists=chosen.lists(),
    )


async def policy_now(chosen: Settings, jetstream: JetStreamContext) -> Policy:
    """Return the same with what every ingest follows: the age limit, and the lists where their people's key is known.

    Raises Refused when it is another key than what waits in NATS is made with.
    """
    policy = replace(policy_of(chosen), retention=await retention.told(jetstream))
    if chosen.handle_key.get_secret_value():
        await handle_key.verify_in_nats(jetstream, policy.handle_key)
        for entry in await privacy_lists.entries(jetstream):
            (policy.lists.blocked if entry["rule"] == "blocked" else policy.lists.allowed).add(entry["entry"])
    return policy
