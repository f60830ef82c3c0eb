"""The `attune` command: names every subcommand, imports none of them before it is asked for."""

import os
import sys
import traceback
from importlib import import_module
from typing import NoReturn

import click

from shared.errors import Refused, Unavailable

FOUND_A_PROBLEM = 1
OUT_OF_REACH = 3
INTERRUPTED = 130

COMMANDS = {
    "run": ("services.cli.commands.run:run", "Run everything: servers, services, and the demo if asked."),
    "stop": ("services.cli.commands.stop:stop", "Stop the attune that runs here."),
    "status": ("services.cli.commands.status:status", "Show where everything is and how far it has come."),
    "top": ("services.cli.commands.top:top", "Watch all of that live, in the terminal."),
    "migrate": ("services.cli.commands.migrate:migrate", "Bring the database up to this code."),
    "demo": ("services.cli.commands.demo:demo", "Play a twelve-week transformation through the broker."),
    "source": ("services.ingest.commands.source:source", "Add and list the connectors that may report."),
    "publish": ("services.ingest.commands.publish:publish", "Publish touchpoints from a JSON Lines file."),
    "import": ("services.ingest.commands.import_:import_", "Import touchpoints from mail, calendars, CSV."),
    "follow": ("services.ingest.commands.follow:follow", "Follow a calendar at Microsoft or Google."),
    "rejected": ("services.ingest.commands.rejected:rejected", "List, show and retry what was refused."),
    "roster": ("services.roster.commands.roster:roster", "Import and export who an initiative needs."),
    "people": ("services.roster.commands.people:people", "Say who is who: merge, part, see who is missing or twice."),
    "export": ("services.roster.commands.export:export", "Print all that is held of a person, for that person."),
    "privacy": ("services.roster.commands.privacy:privacy", "Block and allow people and domains."),
    "key": ("services.roster.commands.key:key", "Check or rotate the key that handles are made with."),
    "reader": ("services.roster.commands.reader:reader", "Say who may query Postgres, and which initiatives."),
    "forget": ("services.roster.commands.forget:forget", "Forget a person, with proof, and keep them out."),
    "alignment": ("services.cli.commands.alignment:alignment", "Show each relationship's alignment."),
    "explain": ("services.cli.commands.explain:explain", "Show why a score is what it is, and what would help."),
    "drifting": ("services.cli.commands.drifting:drifting", "Show who will cross a line, when and why."),
    "plan": ("services.planner.commands.plan:plan", "Show where the next hours do the most good."),
    "alerts": ("services.alerts.commands.alerts:alerts", "See alerts, and say what you do about them."),
    "console": ("services.console.commands:console", "Say who may sign in to the console."),
    "commitments": (
        "services.alerts.commands.commitments:commitments",
        "List what was promised.",
    ),
    "digest": ("services.alerts.commands.digest:digest", "Show what a digest would say right now."),
    "backtest": ("services.cli.commands.backtest:backtest", "Judge models by what they would have foretold."),
    "risk": ("services.cli.commands.risk:risk", "Compute the risk of silence for a CSV of events."),
    "model": ("services.cli.commands.model:model", "Show the model, fit or try another one, switch to it."),
    "check": ("services.projector.commands.check:check", "Verify the states against the log."),
    "backup": ("services.cli.commands.backup:backup", "Keep all that attune knows in one directory."),
    "restore": ("services.cli.commands.backup:restore", "Put a backup into an empty attune."),
    "rebuild": ("services.projector.commands.rebuild:rebuild", "Fold every state anew from the log."),
}


class Lazy(click.Group):
    """A group whose commands are imported when they are called, so that `--help` is instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every command, in the order one meets them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the one command that is wanted."""
        del ctx
        return imported(COMMANDS[cmd_name][0]) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from their one line each, without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in COMMANDS.items()])


def imported(address: str) -> click.Command:
    """Import `module:attribute`."""
    module, _, attribute = address.partition(":")
    command: click.Command = getattr(import_module(module), attribute)
    return command


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="attune", prog_name="attune")
def attune() -> None:
    """Keep people aligned: a live, explainable, forecastable reading of every relationship.

    Exit codes: 0 fine, 1 found a problem, 2 wrong usage, 3 a service cannot be reached.
    """


def main() -> NoReturn:
    """Run one command and leave with the exit code that its outcome deserves."""
    try:
        # Not click's own standalone mode: it would take Ctrl-C for a problem found.
        code = attune.main(prog_name="attune", standalone_mode=False)
    except click.exceptions.Exit as leaving:
        code = leaving.exit_code
    except (KeyboardInterrupt, click.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        code = nobody_reads()
    except Exception as error:  # noqa: BLE001 -- the last place that can turn a bug into a sentence
        code = report(error)
    sys.exit(code if isinstance(code, int) else 0)


def report(error: Exception) -> int:
    """Say what went wrong in a sentence, and return the exit code."""
    match error:
        case click.ClickException():
            error.show()
            return error.exit_code
        case Refused():
            return say(str(error), FOUND_A_PROBLEM)
        case Unavailable():
            return say(str(error), OUT_OF_REACH)
        case _ if is_out_of_reach(error):
            what = str(error) or type(error).__name__
            return say(f"a server cannot be reached ({what}): see `attune status`", OUT_OF_REACH)
        case _:
            return own_up(error)


def is_out_of_reach(error: Exception) -> bool:
    """Tell whether Postgres or NATS did not answer."""
    if isinstance(error, ConnectionError):
        return True
    # Loaded only if the command that failed had loaded them.
    postgres, nats = sys.modules.get("asyncpg"), sys.modules.get("nats.errors")
    unreachable = (postgres.CannotConnectNowError, postgres.PostgresConnectionError) if postgres else ()
    silent = (nats.NoServersError, nats.ConnectionClosedError, nats.TimeoutError) if nats else ()
    return isinstance(error, (*unreachable, *silent))


def own_up(error: Exception) -> int:
    """Admit a bug; the traceback is for those who ask."""
    if os.environ.get("ATTUNE_DEBUG") == "1":
        traceback.print_exception(error)
        return FOUND_A_PROBLEM
    summary = "".join(traceback.format_exception_only(error)).strip().replace("\n", " ")
    return say(f"this is a bug: {summary} (set ATTUNE_DEBUG=1 to see where)", FOUND_A_PROBLEM)


def say(message: str, code: int) -> int:
    """Write to stderr, so that `--json` on stdout stays clean."""
    click.echo(f"attune: {message}", err=True)
    return code


def nobody_reads() -> int:
    """Leave quietly when `| head` has seen enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    main()
