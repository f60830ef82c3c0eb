"""`attune import`: touchpoints from the files people have; one module per format."""

import click

from services.ingest.commands.import_csv import csv_
from services.ingest.commands.import_gcal import gcal_
from services.ingest.commands.import_gmail import gmail_
from services.ingest.commands.import_graph import graph_
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
import_.add_command(graph_)
import_.add_command(gmail_)
import_.add_command(gcal_)
