"""`attune model`: the rules that everything is read by, and what others would change."""

import sys
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import click
import orjson

from services.projector.build import drop_all, put_in_force
from services.projector.commands.building import building, built, live
from services.projector.compare import Changes, changes
from services.projector.verify import relationships
from shared.alignment.model import Model, default_model, parse_model
from shared.alignment.written import written
from shared.errors import Refused
from shared.plumbing import clock, terminal
from shared.plumbing.postgres import session
from shared.plumbing.settings import Settings, settings

FILE = click.Path(dir_okay=False, exists=True, path_type=Path)
TABLES = {
    "settings": ("setting", "from", "to"),
    "bands": ("initiative", "stakeholder", "from_band", "to_band", "from_score", "to_score"),
    "alerts": ("change", "initiative", "stakeholder", "part", "reasons", "score"),
}

SIDES = {"from", "to"}


@click.group
def model() -> None:
    """Show the model in force, try another one, and switch to it."""


@model.command
@click.option("--default", "shipped", is_flag=True, help="The model that ships with attune, with its reasons.")
@terminal.json_option
def show(shipped: bool, as_json: bool) -> None:
    """Print the model in force, as a file that `diff` and `apply` take."""
    if shipped:
        show_default(as_json)
        return
    found = terminal.run(in_force(settings()))
    if as_json:
        terminal.show_json(found)
        return
    click.echo(f"# Version {found['version']}, in force, applied at {found['applied_at']:%Y-%m-%d %H:%M} UTC.")
    click.echo(written(Model.model_validate(found["definition"])))


@model.command
@click.argument("path", metavar="FILE", type=FILE)
@terminal.json_option
def diff(path: Path, as_json: bool) -> None:
    """Fold the model in FILE beside the live one, list what it would change, and take it away again."""
    would = terminal.run(compared(settings(), read(path), keep=False))
    if as_json:
        terminal.show_json(would._asdict())
    else:
        report(would)


@model.command
@click.argument("path", metavar="FILE", type=FILE)
@click.option("--yes", is_flag=True, help="Do not ask.")
@terminal.json_option
def apply(path: Path, yes: bool, as_json: bool) -> None:
    """Build the model in FILE beside the live one while traffic goes on, list what changes, ask, and switch.

    Alerts judge everybody anew, and keep quiet about what crossed a line before the switch. Interrupted, it
    goes on where it stopped when it is called again.
    """
    if not yes and (as_json or not sys.stdin.isatty()):
        raise click.UsageError("nobody is there to be asked: say --yes")
    candidate = read(path)
    would = terminal.run(compared(settings(), candidate, keep=True))
    if not as_json:
        report(would)
    applied = bool(would.settings) and (yes or wanted())
    terminal.run(switched(settings(), candidate) if applied else taken_away(settings()))
    version = terminal.run(in_force(settings()))["version"]
    if as_json:
        terminal.show_json({"applied": applied, "version": version} | would._asdict())
    else:
        click.echo(f"Version {version} is in force." if applied else "Nothing was changed.")


@model.command
@terminal.json_option
def drop(as_json: bool) -> None:
    """Take away a build that was interrupted."""
    dropped = terminal.run(taken_away(settings()))
    if as_json:
        terminal.show_json({"dropped": dropped})
    else:
        click.echo("\n".join(f"Dropped {sentence}." for sentence in dropped) or "Nothing stands beside.")


def read(path: Path) -> Model:
    """Read a model's file; raise Refused naming the file, the field and the rule."""
    try:
        return parse_model(path.read_text("utf-8"))
    except UnicodeDecodeError:
        raise Refused(f"{path}: not text in UTF-8: a model is TOML, see `attune model show`") from None
    except Refused as error:
        raise Refused(f"{path}: {error}") from None


def show_default(as_json: bool) -> None:
    """Print the shipped model, without any server."""
    if as_json:
        terminal.show_json({"name": default_model().name, "definition": default_model().model_dump(mode="json")})
    else:
        click.echo(files("shared.alignment").joinpath("model.toml").read_text("utf-8"), nl=False)


async def in_force(chosen: Settings) -> dict[str, Any]:
    """Fetch the model everyone reads by."""
    async with session(chosen.database_url.get_secret_value(), "model") as connection:
        version, _ = await live(connection)
        row = await connection.fetchrow(
            "select version, name, applied_at, definition from projector.models where version = $1", version
        )
        return dict(row) | {"definition": orjson.loads(row["definition"])}


async def compared(chosen: Settings, candidate: Model, keep: bool) -> Changes:
    """Return what the candidate would change; what was built for it is kept or goes."""
    async with building(chosen, keep) as connection:
        now = await live(connection)
        if now[1] == candidate:
            return Changes([], [], [])
        beside = await built(connection, candidate), candidate
        with terminal.progress("Judging under both", len(await relationships(connection, None))) as bar:
            advance = partial(bar.advance, bar.task_ids[0])
            return await changes(connection, now, beside, clock.now(), advance)


async def switched(chosen: Settings, candidate: Model) -> None:
    """Put the candidate in force; what stands beside already has not to be built again."""
    async with building(chosen, keep=True) as connection:
        await put_in_force(connection, await built(connection, candidate), clock.now())


def wanted() -> bool:
    """Ask; Ctrl-C is a no."""
    try:
        return click.confirm("Switch to it?", err=True)
    except click.Abort:
        return False


async def taken_away(chosen: Settings) -> list[str]:
    """Drop whatever stands beside the model in force."""
    async with building(chosen, keep=True) as connection:
        return [its.sentence() for its in await drop_all(connection)]


def report(would: Changes) -> None:
    """Tell a person."""
    for name, columns in TABLES.items():
        rows = would._asdict()[name]
        click.echo(f"{name.capitalize()}: {len(rows) or 'no'} {'change' if len(rows) == 1 else 'changes'}")
        if rows:
            # Coefficients differ in their third digit: settings are written as the file has them.
            terminal.show([row | {side: str(row[side]) for side in SIDES & row.keys()} for row in rows], columns)
            click.echo()
    if any(row["change"] == "opens" for row in would.alerts):
        click.echo("What would open only by the switch is noted with the relationship, and told to nobody.")
