"""`attune import`: touchpoints from the files people have; one module per format."""

import click

from services.ingest.commands.import_csv import csv_


@click.group
def import_() -> None:
    """Import touchpoints from files; importing the same file again adds nothing."""


import_.add_command(csv_)
