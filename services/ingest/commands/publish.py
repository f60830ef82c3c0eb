"""`attune publish`: send envelopes from a file, or see what each would become."""

from pathlib import Path

import click
import orjson

from services.ingest.bring import Brought, bring
from services.ingest.commands import summary
from services.ingest.commands.policy import policy_if_possible
from services.ingest.commands.source_name import SOURCE_NAME
from services.ingest.connectors import jsonl
from services.ingest.connectors.items import Dropped, Rejected
from services.ingest.foretell import Foretold, foretell
from services.ingest.interpret import Policy
from shared.plumbing import clock, terminal
from shared.plumbing.settings import settings


@click.command
@click.argument("path", type=click.Path(dir_okay=False, exists=True, allow_dash=True, path_type=Path))
@click.option("--source", type=SOURCE_NAME, default="file", show_default=True, help="Publish as this source.")
@click.option("--dry-run", is_flag=True, help="Publish nothing; tell what each line would become.")
@click.option("--wait", is_flag=True, help="Return only once everything is counted.")
@terminal.json_option
def publish(path: Path, source: str, dry_run: bool, wait: bool, as_json: bool) -> None:
    """Publish the CloudEvents in a JSON Lines file, one per line (gzip too; `-` reads what is piped in).

    A line that is no JSON object is reported with its number, and the others still go. What is no touch is dropped
    with its reason. What ingest is to refuse is named, and goes there all the same: `attune rejected list` keeps it.
    `--dry-run` shows what each event would become, with --json as one line per event.
    """
    if dry_run:
        summary.report(foretold(path, source, policy_if_possible(), as_json), as_json, printed=as_json)
    else:
        items = (item for _, item in jsonl.read(path))
        summary.report(terminal.run(bring(items, settings(), source, None, wait=wait)), as_json)


def foretold(path: Path, source: str, policy: Policy, as_json: bool) -> Brought:
    """Count what the lines would become, printing each for programs."""
    brought = Brought()
    for line in foretell(jsonl.read(path), source, clock.now(), policy):
        if as_json:
            click.echo(orjson.dumps(line))
        add(brought, line)
    return brought


def add(brought: Brought, line: Foretold) -> None:
    """Count one line."""
    match line["result"]:
        case "rejected":
            brought.note(Rejected(line["reason"], line["rule"], ""))
        case "dropped":
            brought.note(Dropped(line["reason"], ""))
        case _:
            brought.published += 1
