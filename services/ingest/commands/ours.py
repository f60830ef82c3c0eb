"""Who is ours must be known before anybody counts as outside."""

import click

from shared.errors import Refused
from shared.plumbing.settings import Settings

NOBODY_IS_OURS = (
    "who of them is ours? Set ATTUNE_OWN_DOMAINS (acme.example, acme.org) or ATTUNE_OWN_ADDRESSES: "
    "everybody else counts as outside"
)


def require_ours(chosen: Settings, dry_run: bool = False) -> None:
    """Raise Refused where nobody is ours, which a dry run only mentions."""
    if chosen.own_domains or chosen.own_addresses:
        return
    if not dry_run:
        raise Refused(NOBODY_IS_OURS)
    click.echo(f"attune: {NOBODY_IS_OURS}", err=True)
