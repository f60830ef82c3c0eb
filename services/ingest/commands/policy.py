"""By what a command judges that publishes nothing: as every ingest does, where it can be asked."""

import click

from services.ingest.interpret import Policy
from services.ingest.judged import policy_now, policy_of
from shared.errors import Unavailable
from shared.plumbing import jetstream, terminal
from shared.plumbing.settings import Settings, configured, settings


def policy_if_possible() -> Policy:
    """Return what every ingest goes by; without NATS what the settings alone say, which is told.

    Raises Refused where an import would be: when people on the lists are known by another key.
    """
    try:
        return terminal.run(asked(settings(without_database=True)))
    except Unavailable:
        click.echo("NATS does not answer: judged without the lists and the age limit of `attune privacy`", err=True)
        return policy_of(configured())


async def asked(chosen: Settings) -> Policy:
    """Ask NATS."""
    async with jetstream.connected(chosen.nats_url.get_secret_value(), "dry-run") as stream:
        return await policy_now(chosen, stream)
