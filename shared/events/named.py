"""Whom bytes name, whatever they are; and a refusal that says so no more. Pure."""

from collections.abc import Iterator

import orjson

from shared.events.address import addresses_in, addresses_within
from shared.events.refusal import Refusal

HIDDEN = "not shown"
WHY = "the original is not kept: it names somebody of whom nothing is taken in"


def unnamed(refusal: Refusal) -> Refusal:
    """Return the refusal without what it quotes of the event."""
    # A field that nobody knows, and what a rule quotes, may be an address as well.
    field, rule = (HIDDEN if "@" in text else text for text in (refusal.field, refusal.rule))
    return Refusal(field, HIDDEN, f"{rule} ({WHY})")


def named_in(original: bytes) -> set[str]:
    """Return every address that the bytes hold, whatever they are, in normal spelling."""
    return {address for text in texts_of(original) for address in addresses_in(text)}


def named_within(original: bytes) -> set[str]:
    """Return the same, and what may be one where an address runs into other words: to be looked up, not believed."""
    return {address for text in texts_of(original) for address in addresses_within(text)}


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
