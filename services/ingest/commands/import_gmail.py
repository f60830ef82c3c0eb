"""`attune import gmail`: mails as Gmail's API returns them."""

from pathlib import Path
from typing import Any

import click

from services.ingest.commands.import_mail import bring_mails, options
from services.ingest.connectors.api import gmail


@click.command(name="gmail")
@click.argument("path", type=click.Path(exists=True, allow_dash=True, path_type=Path))
@options
def gmail_(path: Path, **asked: Any) -> None:
    """Import Gmail messages as users.messages.get returns them (format metadata, full or raw).

    PATH is a file or a folder of files: one message, an array, or one JSON document per line (gzip too). With
    format=metadata and metadataHeaders ask for From, To, Cc, Bcc, Date, Message-ID, References, In-Reply-To, List-Id,
    List-Unsubscribe, Precedence, Auto-Submitted and Content-Type: what is not there cannot tell a newsletter.

    What counts and what is dropped, and who we are: see `attune import mbox --help`. The same mail in an mbox and here
    counts once.
    """
    bring_mails(gmail.items, path, **asked)
