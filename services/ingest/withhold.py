"""Whoever is kept out is kept out of what is refused, too. Pure."""

from collections.abc import Iterator

import orjson

from services.ingest.interpret import Outcome, Policy
from shared.events.address import addresses_in
from shared.events.lists import BLOCKED, NOT_ALLOWED
from shared.events.refusal import Refusal

HIDDEN = "not shown"
WHY = "the original is not kept: it names somebody of whom nothing is taken in"


def withheld(outcome: Outcome, policy: Policy) -> Outcome:
    """Return a refusal as it may be kept: the reason alone where the event names somebody the lists keep out."""
    lists, refusal = policy.lists, outcome.refusal
    if refusal is None or not (lists.blocked or lists.allowed):
        return outcome
    if not any(policy.why_not(address) in {BLOCKED, NOT_ALLOWED} for address in named_in(outcome.original)):
        return outcome
    # A field that nobody knows, and what a rule quotes, may be an address as well.
    field, rule = (HIDDEN if "@" in text else text for text in (refusal.field, refusal.rule))
    return Outcome(None, refusal=Refusal(field, HIDDEN, f"{rule} ({WHY})"))


def named_in(original: bytes) -> set[str]:
    """Return every address that the bytes hold, whatever they are, in normal spelling."""
    return {address for text in texts_of(original) for address in addresses_in(text)}


def texts_of(original: bytes) -> Iterator[str]:
    """Yield every text of a JSON document, names of fields too; or else all of it as one."""
    try:
        waiting = [orjson.loads(original)]
    except orjson.JSONDecodeError:
        yield original.decode(errors="replace")
        return
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text
            case dict() as fields:
                waiting += [*fields, *fields.values()]
            case list() as parts:
                waiting += parts
