"""`attune backup` and `attune restore`: all that attune knows, in one directory and back."""

from pathlib import Path

import click

from services.cli import backup as kept
from shared.plumbing import clock, terminal
from shared.plumbing.settings import configured, settings


@click.command
@click.argument("directory", type=click.Path(path_type=Path))
@terminal.json_option
def backup(directory: Path, as_json: bool) -> None:
    """Write all that attune knows into DIRECTORY, which must not be there yet; nothing has to stop for it.

    It holds the log, the address book and, where attune keeps it, the handle key: guard it as you guard attune. What
    waits in NATS at that moment is not in it, and you are told how much that is. `attune restore` puts it back.
    """
    about = terminal.run(kept.backup(settings(), directory, clock.now()))
    if as_json:
        terminal.show_json(about)
        return
    click.echo(f"{directory} holds {about['touchpoints']:,} touchpoints as of {about['made_at']}")
    if waiting := sum(about["waiting"].values()):
        click.echo(f"{waiting} messages waited in NATS and are not in it")
    if "secrets.json" not in about["files"]:
        click.echo("Not in it: ATTUNE_HANDLE_KEY, which is yours. Without it a restored log recognises nobody.")


@click.command
@click.argument("directory", type=click.Path(path_type=Path))
@terminal.json_option
def restore(directory: Path, as_json: bool) -> None:
    """Put the backup in DIRECTORY into an empty attune: ATTUNE_DIRECTORY names where, or ATTUNE_*_URL empty servers.

    Start attune and verify it afterwards: `attune run`, `attune check`.
    """
    kept.read(directory)
    with kept.opened(configured(), directory) as chosen:
        about = terminal.run(kept.restore(chosen, directory))
    sentence = f"restored {about['touchpoints']:,} touchpoints as of {about['made_at']}"
    terminal.answer(f"{sentence}: `attune run`, then `attune check`", about, as_json)
