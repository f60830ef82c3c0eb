"""`attune digest`: what a digest would say right now."""

from datetime import timedelta

import click

from services.alerts.audience import audience
from services.alerts.commands.names import known
from services.alerts.commands.rows import connected
from services.alerts.digest import gathered
from services.alerts.render import digest as rendered
from shared.plumbing import clock, terminal
from shared.plumbing.settings import settings


@click.command
@click.option("--preview", is_flag=True, required=True, help="Print it; digests are sent by alerts, as its file says.")
@click.option("--owner", help="Of this person; default: of everybody.")
@click.option("--html", is_flag=True, help="The HTML part.")
@terminal.json_option
def digest(preview: bool, owner: str | None, html: bool, as_json: bool) -> None:
    """Show what a digest would say right now: what is open, what is near, what was held back in a day."""
    del preview
    said = terminal.run(_said(owner))
    if as_json:
        terminal.show_json(said)
    else:
        click.echo(said["html"] if html else f"Subject: {said['subject']}\n\n{said['text']}")


async def _said(owner: str | None) -> dict[str, str]:
    to, now = audience(settings()), clock.now()
    async with connected() as connection:
        if owner is not None and not to.policy.names(owner):
            await known(connection, owner=owner)
        facts = await gathered(connection, to, owner, now - timedelta(days=1), now)
    wanted = to.policy.digest_of(owner) if owner else to.policy.digest
    return rendered(facts, to.policy.templates_of(wanted.channel))
