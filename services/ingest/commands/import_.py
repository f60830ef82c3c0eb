"""`attune import`: touchpoints from the files people have; one module per format."""

import click

from services.ingest.commands.import_csv import csv_
from services.ingest.commands.import_ics import ics
from services.ingest.commands.import_imap import imap_
from services.ingest.commands.import_mail import eml_, maildir_, mbox_


@click.group
def import_() -> None:
    """Import touchpoints from files; importing the same file again adds nothing."""


import_.add_command(csv_)
import_.add_command(ics)
import_.add_command(mbox_)
import_.add_command(maildir_)
import_.add_command(eml_)
import_.add_command(imap_)
