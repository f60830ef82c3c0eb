"""`attune run`: everything on this machine, until it is told to stop."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType
from typing import Any, NoReturn

import click

from services.cli.house import opened
from services.cli.services import console_url
from services.cli.status import without_password
from shared.plumbing import clock, terminal
from shared.plumbing.embedded import processes
from shared.plumbing.embedded.runtime import Runtime
from shared.plumbing.embedded.servers import made
from shared.plumbing.postgres import session
from shared.plumbing.settings import Settings, configured
from shared.plumbing.signin_link import signin_link

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
READY = "ready"


class Asked(BaseException):
    """Somebody wants us to stop; no `except Exception` may swallow that."""


@click.command
@click.option("--demo", "with_demo", is_flag=True, help="Play the demo once everything is ready.")
@click.option("--detach", is_flag=True, help="Return once everything is ready; `attune stop` ends it.")
@click.option("--ready-fd", type=int, hidden=True, help="Where to say that everything is ready.")
@terminal.json_option
def run(with_demo: bool, detach: bool, ready_fd: int | None, as_json: bool) -> None:
    """Run everything: servers, migrations, services.

    Postgres and NATS are started under ./.attune/ unless ATTUNE_DATABASE_URL and ATTUNE_NATS_URL name
    servers of your own. Whatever dies is started again. Ctrl-C, `attune stop` or closing the terminal
    ends it in order.
    """
    chosen = configured()
    if detach:
        run_detached(chosen, ["--demo"] if with_demo else [], as_json)
    else:
        run_here(chosen, with_demo, ready_fd, as_json)


def run_here(chosen: Settings, with_demo: bool, ready_fd: int | None, as_json: bool) -> None:
    """Run until asked to stop, which is a fine end."""
    say = partial(tell, err=as_json)
    with suppress(Asked), stoppable(), opened(chosen, say) as (runtime, supervisor):
        introduce(runtime, chosen, as_json)
        if ready_fd is not None:
            os.write(ready_fd, READY.encode())
            os.close(ready_fd)
        demo = play(["--json"] if as_json else []) if with_demo else None
        try:
            supervisor.keep()
        finally:
            deaf()
            say("stopping")
            if demo:
                processes.stop(demo, (signal.SIGTERM, 5))


@contextmanager
def stoppable() -> Iterator[None]:
    """Let a signal end the block from the outside, whatever it waits for."""
    for stopping in STOPPING:
        # `nohup` asks us to outlive the terminal.
        if stopping is not signal.SIGHUP or signal.getsignal(stopping) is not signal.SIG_IGN:
            signal.signal(stopping, ask)
    try:
        yield
    finally:
        deaf()


def ask(_: int, __: FrameType | None) -> NoReturn:
    """Stop once; impatience must not interrupt the stopping."""
    deaf()
    raise Asked


def deaf() -> None:
    """Hear no further wish to stop."""
    for stopping in STOPPING:
        signal.signal(stopping, signal.SIG_IGN)


def play(options: list[str]) -> subprocess.Popen[bytes]:
    """Play the demo beside us, on our terminal."""
    command = [sys.executable, "-m", "services.cli.app", "demo", *options]
    return processes.launch(command, log=None, death_signal=signal.SIGTERM)


def run_detached(chosen: Settings, options: list[str], as_json: bool) -> None:
    """Start ourselves in the background and return once ready, or with the reason why not."""
    log = processes.opened(made(chosen.directory) / "logs" / "run.log")
    reading, writing = os.pipe()
    with log.open("ab") as output:
        begins_at = output.tell()
        background = subprocess.Popen(  # noqa: S603 -- ourselves
            [sys.executable, "-m", "services.cli.app", "run", "--ready-fd", str(writing), *options],
            pass_fds=[writing],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    os.close(writing)
    with os.fdopen(reading) as ready:
        is_ready = ready.read() == READY
    said = log.read_bytes()[begins_at:].decode(errors="replace")
    click.echo(said, nl=False, err=as_json or not is_ready)
    if not is_ready:
        sys.exit(background.wait())
    if as_json and (runtime := Runtime.read(chosen.directory)):
        introduce(runtime, chosen, as_json)


def introduce(runtime: Runtime, chosen: Settings, as_json: bool) -> None:
    """Say where everything is."""
    where: dict[str, Any] = {
        "http": {service: f"http://{address}" for service, address in runtime.http.items()},
        "database_url": without_password(runtime.database_url),
        "nats_url": without_password(runtime.nats_url),
        "logs": str(chosen.directory / "logs"),
        "console": asyncio.run(opening(runtime, console_url(chosen, runtime.http["console"]))),
    }
    with suppress(OSError):
        terminal.answer(introduction(**where), where, as_json)


def introduction(http: dict[str, str], database_url: str, nats_url: str, logs: str, console: str) -> str:
    """Return the same for a person."""
    places = http | {"postgres": database_url, "nats": nats_url, "logs": logs}
    lines = [f"  {name:<10} {place}" for name, place in places.items()]
    look = f"Look at it: {console} (once, within the hour; `attune console link` makes another)"
    return "\n".join(["attune is ready", *lines, look])


async def opening(runtime: Runtime, url: str) -> str:
    """Return an address that opens the console."""
    async with session(runtime.database_url, "cli") as connection:
        return await signin_link(connection, url, clock.now())


def tell(message: str, err: bool = False) -> None:
    """Print at once; a terminal that is gone must not keep us from stopping in order."""
    with suppress(OSError):
        click.echo(message, err=err)
