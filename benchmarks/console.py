"""How long the console takes for each page over a large house: `python -m benchmarks.console [--quick]`.

100 000 relationships and 2 000 000 touchpoints (a tenth of both with `--quick`), written by SQL as a fold would have
left them; with `--home DIRECTORY` the house is built there once and kept. One browser asks page after page, each time
somewhere else. *Server* is the time in the server until it answers, by its own word (the header Server-Timing), *until
there* what the driver waits for the whole answer, and *processor* what console and Postgres spend on the processor for
one request, which a busy machine does not lengthen by making it wait.
"""

import argparse
import asyncio
import gzip
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import asyncpg
import httpx

from benchmarks import processor
from benchmarks.house import Size, built, home
from benchmarks.rig import ROOT, report
from services.console import accounts
from services.console.gate import cookie_name
from services.console.means import Means
from services.console.visitor import Role
from shared.plumbing import clock
from shared.plumbing.embedded import ports
from shared.plumbing.embedded.runtime import Runtime
from shared.plumbing.settings import Settings

WARM = 5
"""The first few open connections and plan statements."""
MEDIAN_MS, P99_MS, PAGE_KB = 100.0, 300.0, 150.0

Pages = dict[str, Callable[[], str]]
Spent = tuple[float, float]
"""Seconds on the processor: the console's, and Postgres' with everything that it does beside."""


class Request(NamedTuple):
    """What one request took, in milliseconds."""

    server: float
    until_there: float
    console: float
    postgres: float


class Timed(NamedTuple):
    """One kind of page: its requests, and the largest answer, gzipped."""

    name: str
    requests: list[Request]
    bytes_gzipped: int

    def quantile(self, what: str, share: float) -> float:
        """Return the milliseconds that a share of the requests do not exceed."""
        took = sorted(getattr(request, what) for request in self.requests)
        return float(took[min(len(took) - 1, int(share * len(took)))])


@contextmanager
def console(runtime: Runtime) -> Iterator[tuple[str, int]]:
    """Serve the console as the process that it is in production."""
    address = f"127.0.0.1:{ports.free()}"
    told = {"DATABASE_URL": runtime.database_url, "NATS_URL": runtime.nats_url, "CONSOLE_HTTP": address}
    process = subprocess.Popen(
        [sys.executable, "-m", "services.console"],
        cwd=ROOT,
        env=os.environ | {f"ATTUNE_{name}": value for name, value in told.items()},
    )
    try:
        yield f"http://{address}", process.pid
    finally:
        process.terminate()
        process.wait(20)


async def session(runtime: Runtime) -> dict[str, str]:
    """Return the cookie of somebody who has signed in."""
    connection = await asyncpg.connect(runtime.database_url)
    name = f"bench {clock.now():%Y-%m-%d %H:%M:%S.%f}"  # a house that stays knows those of earlier runs
    user_id = await accounts.add_user(connection, name, Role.ADMIN, clock.now())
    secret = await accounts.begin_session(connection, user_id, clock.now())
    await connection.close()
    return {cookie_name(Means(Settings())): secret}


def paths(relationships: int, alerts: list[str]) -> Pages:
    """Return the pages, each somewhere else every time."""
    chance = random.Random(1)

    def someone() -> int:
        return chance.randrange(1, relationships + 1)

    def sort() -> str:
        return chance.choice(["drift", "score", "-score", "touch", "name"])

    return {
        "Today": lambda: "/",
        "Stakeholders": lambda: f"/stakeholders?sort={sort()}",
        "Stakeholders, narrowed": lambda: f"/stakeholders?band=cooling&function=f{chance.randrange(12)}&sort={sort()}",
        "Stakeholders, searched": lambda: f"/stakeholders?search=person+{someone()}",
        "One stakeholder": lambda: f"/stakeholders/{someone()}",
        "What if": lambda: f"/stakeholders/{someone()}/curve?what_if=meeting&minutes=60",
        "As of": lambda: f"/stakeholders/{someone()}/curve?ago=30&knew=then",
        "Alert": lambda: f"/alerts/{chance.choice(alerts)}",
        "Alerts": lambda: "/alerts?status=all",
        "Alerts, searched": lambda: f"/alerts?status=all&search=person+{someone()}",
        "Held back": lambda: "/held",
        "Plan, before it is drawn": lambda: "/plan",
        "Initiative": lambda: "/initiatives",
        "Sources": lambda: "/sources",
        "System": lambda: "/system",
        "API, 50 relationships": lambda: f"/api/v1/relationships?sort={sort()}",
    }


async def measured(client: httpx.AsyncClient, pages: Pages, rounds: int, spent: Callable[[], Spent]) -> list[Timed]:
    """Ask every kind of page again and again."""
    timed = []
    for name, path in pages.items():
        requests, largest = [], 0
        for number in range(rounds + WARM):
            answer, request = await asked(client, path(), spent)
            if number >= WARM:
                requests.append(request)
            largest = max(largest, len(gzip.compress(answer.content)))
        timed.append(Timed(name, requests, largest))
        print(f"  {name} …", flush=True)
    return timed


async def asked(client: httpx.AsyncClient, path: str, spent: Callable[[], Spent]) -> tuple[httpx.Response, Request]:
    """Ask once."""
    before, began = spent(), time.perf_counter()
    answer = await client.get(path)
    until_there, after = time.perf_counter() - began, spent()
    answer.raise_for_status()
    server = float(answer.headers["server-timing"].removeprefix("total;dur="))
    console, postgres = (1000 * (late - early) for late, early in zip(after, before, strict=True))
    return answer, Request(server, 1000 * until_there, console, postgres)


async def is_ready(client: httpx.AsyncClient) -> bool:
    """Ask whether the console takes requests."""
    try:
        return (await client.get("/readyz")).is_success
    except httpx.TransportError:
        return False


async def assets(url: str) -> int:
    """Return the bytes of scripts and styles, gzipped: what a first visit adds to a page."""
    async with httpx.AsyncClient(base_url=url) as client:
        page = (await client.get("/signin")).text
        names = [part.split('"')[0] for part in page.split('="/static/')[1:]]
        return sum([len(gzip.compress((await client.get(f"/static/{name}")).content)) for name in names])


async def main(size: Size, rounds: int, directory: Path | None, only: str) -> None:
    """Build, measure, print, write."""
    with home(directory) as runtime:
        refreshes = await built(runtime, size)
        connection = await asyncpg.connect(runtime.database_url)
        alerts = [str(row[0]) for row in await connection.fetch("select alert_id from alerts.alerts limit 1000")]
        await connection.close()
        load = os.getloadavg()[0]
        with console(runtime) as (url, pid):
            async with httpx.AsyncClient(base_url=url, cookies=await session(runtime), timeout=60) as client:
                while not await is_ready(client):
                    await asyncio.sleep(0.1)

                def spent() -> Spent:
                    return processor.seconds([pid]), processor.seconds([runtime.pids["postgres"]])

                pages = {name: path for name, path in paths(size.relationships, alerts).items() if only in name}
                timed = await measured(client, pages, rounds, spent)
            shared = await assets(url)
    told(
        timed, shared, f"{size.relationships:,} relationships, {size.touchpoints:,} touchpoints, {rounds} requests each"
    )
    print("refreshes: " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in refreshes.items()))
    print(f"load average: {load:.1f} before, {os.getloadavg()[0]:.1f} after")
    kept(timed, size, refreshes)


def told(timed: list[Timed], shared: int, what: str) -> None:
    """Print the table; an exclamation mark where a mark is missed."""
    print(f"\n{what}; milliseconds\n")
    print(f"{'':<26}{'server':>15}{'until there':>16}{'processor, median':>22}{'KB':>8}")
    print(f"{'page':<26}{'median':>8}{'p99':>7}{'median':>9}{'p99':>7}{'console':>11}{'Postgres':>11}{'gzipped':>8}")
    for one in timed:
        median, p99 = one.quantile("server", 0.5), one.quantile("server", 0.99)
        size = (one.bytes_gzipped + shared) / 1024
        missed = " !" if median > MEDIAN_MS or p99 > P99_MS or size > PAGE_KB else ""
        there = f"{one.quantile('until_there', 0.5):>9.1f}{one.quantile('until_there', 0.99):>7.1f}"
        spent = f"{one.quantile('console', 0.5):>11.1f}{one.quantile('postgres', 0.5):>11.1f}"
        print(f"{one.name:<26}{median:>8.1f}{p99:>7.1f}{there}{spent}{size:>8.1f}{missed}")


def kept(timed: list[Timed], size: Size, refreshes: dict[str, float]) -> None:
    """Write what was found."""
    pages = {
        one.name: {"median_ms": one.quantile("server", 0.5), "p99_ms": one.quantile("server", 0.99)} for one in timed
    }
    report(
        "console",
        max(page["p99_ms"] for page in pages.values()),
        "ms p99 of the slowest page, in the server",
        {"wanted": P99_MS},
        relationships=size.relationships,
        touchpoints=size.touchpoints,
        pages=pages,
        refreshes=refreshes,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    parser.add_argument("--rounds", type=int, default=200, help="requests of each page")
    parser.add_argument("--home", type=Path, help="build the house here, once, and keep it")
    parser.add_argument("--only", default="", help="the pages whose name holds this")
    chosen = parser.parse_args()
    share = 10 if chosen.quick else 1
    asyncio.run(main(Size(100_000 // share, 2_000_000 // share), chosen.rounds, chosen.home, chosen.only))
