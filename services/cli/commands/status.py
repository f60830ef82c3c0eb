"""`attune status`: where everything is and how far it has come."""

from typing import Any

import click

from services.cli import status as seen
from shared.plumbing import terminal
from shared.plumbing.settings import settings


@click.command
@terminal.json_option
def status(as_json: bool) -> None:
    """Show where everything is and how far it has come; passwords are left out."""
    found = terminal.run(seen.status(settings()))
    if as_json:
        terminal.show_json(found)
    else:
        terminal.show(list(rows(found)), ["what", "is"])


def rows(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Lay the answer out, one line per fact."""
    lines = [{"what": "database", "is": found["database_url"]}, {"what": "nats", "is": found["nats_url"]}]
    for part in ("http", "lag", "oldest", "counts", "bands", "drifts", "deliveries"):
        lines += [{"what": f"{part} {name}", "is": written(value)} for name, value in found[part].items()]
    return lines


def written(fact: object) -> str:
    """Write a fact, or that there is none yet."""
    return "-" if fact is None else f"{fact:g} s" if isinstance(fact, float) else str(fact)
