"""`attune source check`: what a connector author asks before going live."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

from services.ingest.commands.policy import policy_if_possible
from services.ingest.commands.source_name import SOURCE_NAME
from services.ingest.conform import Conformance, Verdict, is_broken
from services.ingest.connectors import plain
from services.ingest.interpret import Policy
from services.ingest.judged import policy_now
from shared.errors import Refused
from shared.plumbing import clock, jetstream, sources, terminal
from shared.plumbing.settings import Settings, settings
from shared.vocabulary import SUBJECT_INTAKE

FOUND_A_PROBLEM = 1
LOOK_EVERY = 0.1
FILE = click.Path(dir_okay=False, exists=True, allow_dash=True, path_type=Path)


@click.command
@click.argument("path", required=False, type=FILE)
@click.option("--again", type=FILE, help="A second reading of the same: are its ids the same?")
@click.option("--source", type=SOURCE_NAME, help="Listen to this source instead of reading a file.")
@click.option("--seconds", type=terminal.Within(0.1, 86_400), default=60.0, show_default=True, help="Listen so long.")
@click.option("--messages", type=click.IntRange(1), help="Stop listening after so many messages.")
@terminal.json_option
def check(
    path: Path | None, again: Path | None, source: str | None, seconds: float, messages: int | None, as_json: bool
) -> None:
    """Check that a connector keeps the rules, one verdict per rule: kept, doubtful, broken or not seen.

    PATH holds what it sends, one message per line: an event or a JSON array of them (gzip too; `-` reads what is piped
    in). With --source NAME its own stream is listened to, as it comes in; nothing is taken from it.

    Leaves with 1 when a rule is broken, or when nothing came. The rules: docs/connectors.md.
    """
    if (path is None) == (source is None) or (again and path is None):
        raise click.UsageError("name a file (and --again another one), or listen to --source NAME")
    if path:
        verdicts = of_file(path, again, policy_if_possible())
    else:
        verdicts = terminal.run(of_stream(settings(), str(source), seconds, messages))
    tell(verdicts, as_json)
    if not any(verdict.seen for verdict in verdicts):
        click.echo("nothing was heard" if source else "nothing was there to check", err=True)
        sys.exit(FOUND_A_PROBLEM)
    sys.exit(FOUND_A_PROBLEM if is_broken(verdicts) else 0)


def of_file(path: Path, again: Path | None, policy: Policy) -> list[Verdict]:
    """Judge what a file holds."""
    conformance = Conformance("check", policy)
    for place, message in lines(path):
        conformance.take(place, message, clock.now())
    for place, message in lines(again) if again else ():
        conformance.again(place, message)
    return conformance.report()


def lines(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every line that is not blank under its name."""
    with plain.opened(path) as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield f"line {number}", line.strip()


async def of_stream(chosen: Settings, source: str, seconds: float, messages: int | None) -> list[Verdict]:
    """Judge what passes by; ingest takes it all the same."""
    heard = 0
    until = time.monotonic() + seconds
    client = await jetstream.connect(chosen.nats_url.get_secret_value(), "check")
    try:
        conformance = Conformance(source, await policy_now(chosen, client.jetstream()))
        if not await sources.is_registered(client.jetstream(), source):
            raise Refused(
                f"{source!r} is no source: see `attune source list`, or add it with `attune source add {source}`"
            )
        subscription = await client.subscribe(f"{SUBJECT_INTAKE}.{source}")
        click.echo(f"listening to {SUBJECT_INTAKE}.{source} for {seconds:g} s", err=True)
        while time.monotonic() < until and (messages is None or heard < messages):
            try:
                message = await subscription.next_msg(timeout=min(LOOK_EVERY, seconds))
            except TimeoutError:
                continue
            heard += 1
            conformance.take(f"message {heard}", message.data, clock.now())
    finally:
        await client.close()
    return conformance.report(is_stream=True)


def tell(verdicts: list[Verdict], as_json: bool) -> None:
    """Print the verdicts, and what they are about."""
    rows = [verdict.as_row() for verdict in verdicts]
    terminal.show(rows, ("rule", "verdict", "seen", "broken", "doubtful", "is"), as_json)
    if not as_json:
        for verdict in verdicts:
            for example in verdict.examples:
                click.echo(f"{verdict.rule}: {example}")
