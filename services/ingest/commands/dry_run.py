"""`--dry-run` of an import: say what would be published, item by item."""

from collections.abc import Iterable

import click
import orjson

from services.ingest.bring import Brought
from services.ingest.commands import summary
from services.ingest.commands.policy import policy_if_possible
from services.ingest.connectors.items import Doomed, Dropped, Item, Rejected
from services.ingest.judged import judged
from shared.plumbing import clock

SOURCE = "dry run"
"""Which source it would be makes no difference to what is taken in."""


def tell(items: Iterable[Item], as_json: bool) -> None:
    """Print the summary for people, or for programs one line per item; leave with 1 when one is rejected."""
    summary.report(foretold(items, as_json), as_json, printed=as_json)


def foretold(items: Iterable[Item], as_json: bool) -> Brought:
    """Count what would be published and what not, printing each for programs."""
    brought = Brought()
    for item in judged(items, SOURCE, clock.now(), policy_if_possible()):
        match item:
            case Dropped() | Rejected():
                brought.note(item)
            case Doomed():
                brought.foresee(item)
                brought.published += 1
            case _:
                brought.published += 1
        if as_json:
            click.echo(orjson.dumps(line(item)))
    return brought


def line(item: Item) -> object:
    """Return what programs are told of one item."""
    match item:
        case Dropped(reason, text):
            return {"dropped": reason, "item": text}
        case Rejected(reason, _, text):
            return {"rejected": reason, "item": text}
        case Doomed(event, reason):
            return {"rejected": reason, "item": event.decode(errors="replace")}
        case bytes():
            return orjson.Fragment(item)
        case _:
            return item
