"""`attune import mbox|maildir|eml`: mails from the files that mail programs and archives leave."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from services.ingest.bring import Brought, bring
from services.ingest.commands import summary
from services.ingest.commands.dry_run import tell
from services.ingest.commands.ours import require_ours
from services.ingest.commands.source_name import SOURCE_NAME
from services.ingest.connectors import eml, maildir, mbox
from services.ingest.connectors.api import gmail
from services.ingest.connectors.ics.mails import are_mails
from services.ingest.connectors.items import Item
from services.ingest.connectors.mail import Mailbox
from services.ingest.connectors.mail_drop import CALENDAR
from services.ingest.connectors.mail_identity import EVENT_SOURCE
from services.ingest.judged import policy_of
from shared.plumbing import clock, terminal
from shared.plumbing.settings import Settings, configured, settings

Reader = Callable[[Path, Mailbox], Iterator[Item]]


def options(command: Any) -> Any:
    """Add what every import of mail takes."""
    for option in (
        terminal.json_option,
        click.option("--dry-run", is_flag=True, help="Publish nothing; with --json print what would be, line by line."),
        click.option("--no-wait", is_flag=True, help="Return once all is published, before it is counted."),
        click.option("--source", type=SOURCE_NAME, default=EVENT_SOURCE, show_default=True, help="As this source."),
    ):
        command = option(command)
    return command


@click.command(name="mbox")
@click.argument("path", type=click.Path(dir_okay=False, exists=True, allow_dash=True, path_type=Path))
@options
def mbox_(path: Path, **asked: Any) -> None:
    """Import the mails of an mbox file (gzip too; `-` reads what is piped in).

    Each mail between us and somebody outside is a touchpoint: what we wrote touches everybody outside whom it was
    addressed to, what came in touches its sender. Newsletters, automatic replies, bounces, no-reply senders,
    invitations, drafts and internal mails are dropped, each with its reason. Subjects and bodies are never kept.

    Who we are is set by ATTUNE_OWN_DOMAINS and ATTUNE_OWN_ADDRESSES. A mail is known by its Message-ID: importing it
    again, from whatever file, adds nothing. Interrupted? Run the same command again.
    """
    bring_mails(mbox.items, path, **asked)


@click.command(name="maildir")
@click.argument("path", type=click.Path(file_okay=False, exists=True, path_type=Path))
@options
def maildir_(path: Path, **asked: Any) -> None:
    """Import the mails of a Maildir and of the folders in it; drafts by flag are dropped.

    What counts and what is dropped, and who we are: see `attune import mbox --help`.
    """
    bring_mails(maildir.items, path, **asked)


@click.command(name="eml")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@options
def eml_(path: Path, **asked: Any) -> None:
    """Import one mail from a file, or every `.eml` of a folder and the folders in it.

    What counts and what is dropped, and who we are: see `attune import mbox --help`.
    """
    bring_mails(eml.items, path, **asked)


def bring_mails(read: Reader, path: Path, *, source: str, no_wait: bool, dry_run: bool, as_json: bool) -> None:
    """Publish what the reader finds, or tell what would be published."""
    if dry_run:
        tell(read(path, mailbox_of(configured(), dry_run=True)), as_json)
    else:
        chosen = settings()
        items = read(path, mailbox_of(chosen))
        done = terminal.run(bring(items, chosen, source, None, wait=not no_wait))
        if are_mails(path) or gmail.are_messages(path):
            point_to_meetings(done, str(path))
        summary.report(done, as_json)


def point_to_meetings(done: Brought, where: str) -> None:
    """Say how the invitations and answers that were dropped become meetings and responses."""
    if done.dropped[CALENDAR]:
        click.echo(
            f"{done.dropped[CALENDAR]} invitations and answers: `attune import ics {where}` reads them", err=True
        )


def mailbox_of(chosen: Settings, dry_run: bool = False) -> Mailbox:
    """Return what reading mail needs to know; raise Refused where nobody is ours, which a dry run only mentions."""
    require_ours(chosen, dry_run)
    return Mailbox(policy_of(chosen).is_ours, clock.now())
