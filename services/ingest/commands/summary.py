"""How an import tells what it did."""

import sys

import click

from services.ingest.bring import Brought
from shared.plumbing import terminal

FOUND_A_PROBLEM = 1


def report(brought: Brought, as_json: bool, printed: bool = False) -> None:
    """Print the summary unless the items are `printed`, and leave with 1 when something was rejected or refused."""
    for reason in brought.reasons:
        click.echo(reason, err=True)
    if brought.unexplained:
        click.echo(f"and {brought.unexplained} more", err=True)
    if as_json and not printed:
        terminal.show_json(figures(brought))
    elif not as_json:
        terminal.show(lines(brought), ["what", "items"])
    if brought.refused:
        click.echo(f"{brought.refused} refused: see `attune rejected list`", err=True)
    if brought.rejected or brought.refused:
        sys.exit(FOUND_A_PROBLEM)


def figures(brought: Brought) -> dict[str, object]:
    """Return the summary for programs."""
    return {
        "read": brought.read,
        "accepted": brought.accepted,
        "dropped": dict(brought.dropped),
        "rejected": dict(brought.rejected),
        "refused": brought.refused,
    }


def lines(brought: Brought) -> list[dict[str, object]]:
    """Return the summary for people."""
    rows: list[dict[str, object]] = [
        {"what": "read", "items": brought.read},
        {"what": "accepted", "items": brought.accepted},
    ]
    rows += [{"what": f"dropped: {reason}", "items": n} for reason, n in brought.dropped.most_common()]
    return rows + [{"what": f"rejected: {rule}", "items": n} for rule, n in brought.rejected.most_common()]
