"""`attune migrate`: bring the database up to this code, once, before services start."""

from pathlib import Path

import click

from services.cli.house import migrated
from shared.plumbing import rights, terminal
from shared.plumbing.postgres import session
from shared.plumbing.settings import content, settings


@click.command
@click.option(
    "--login",
    "logins",
    multiple=True,
    metavar="SERVICE=FILE",
    help="Make a login that may do only what SERVICE must (projector, alerts, console); may be given again. FILE holds "
    "the address that SERVICE gets as ATTUNE_DATABASE_URL: its user is made, or given its password.",
)
@terminal.json_option
def migrate(logins: tuple[str, ...], as_json: bool) -> None:
    """Apply the migrations that are missing, and put the default model in force where there is none.

    `attune run` does it by itself; a team runs it as a one-shot before the services.
    """
    given = [told(login) for login in logins]
    url = settings().database_url.get_secret_value()
    terminal.run(migrated(url))
    made = terminal.run(admitted(url, given))
    lines = [f"{name} may do what {service} must, and nothing else" for service, name in made]
    facts = {"up_to_date": True, "logins": [{"service": service, "name": name} for service, name in made]}
    terminal.answer("\n".join([*lines, "the database is up to date"]), facts, as_json)


def told(login: str) -> tuple[str, str]:
    """Return the service and the address that its file holds."""
    service, equals, path = login.partition("=")
    if not service or not equals or not Path(path).is_file():
        raise click.BadParameter(f"{login} is not SERVICE=FILE with a file that is there", param_hint="--login")
    return service, content("--login", path)


async def admitted(url: str, given: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Make the logins, and return for which service each is."""
    async with session(url, "migrate") as connection:
        return [(service, await rights.admit(connection, service, address)) for service, address in given]
