"""How long the console takes for each page over a large house: `python -m benchmarks.console [--quick]`.

100 000 relationships and 2 000 000 touchpoints (a tenth of both with `--quick`), written by SQL as a fold would have
left them. One browser asks page after page, each time somewhere else; time is until the whole answer is there.
"""

import argparse
import asyncio
import gzip
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any, NamedTuple

import asyncpg
import httpx

from benchmarks.rig import ROOT, report, rig, with_roster
from services.console import accounts, standings, store
from services.console.gate import cookie_name
from services.console.means import Means
from services.console.visitor import Role
from shared.plumbing import clock
from shared.plumbing.embedded import ports
from shared.plumbing.embedded.runtime import Runtime
from shared.plumbing.queries import query
from shared.plumbing.settings import Settings

PACKAGE = "benchmarks"
MEDIAN_MS, P99_MS, PAGE_KB = 100.0, 300.0, 150.0


class Timed(NamedTuple):
    """One kind of page: milliseconds in order, and the largest answer, gzipped."""

    name: str
    took: list[float]
    bytes_gzipped: int

    @property
    def p99(self) -> float:
        """Return what one in a hundred exceeds."""
        return self.took[min(len(self.took) - 1, int(0.99 * len(self.took)))]


async def filled(runtime: Runtime, relationships: int, touchpoints: int) -> dict[str, float]:
    """Write the house, and return how long its refreshes take, in seconds."""
    await with_roster(runtime, relationships)
    connection = await asyncpg.connect(runtime.database_url, command_timeout=3600)
    await store.prepare(connection)
    for name, arguments in (("console_log", [touchpoints]), ("console_fold", []), ("console_alerts", [])):
        print(f"  {name} …", flush=True)
        await connection.execute(query(PACKAGE, name), *arguments)
        await connection.execute("analyze")
    await connection.execute("vacuum analyze")
    took = {}
    for refresh in (standings.standings, standings.coverage, standings.sources):
        began = time.perf_counter()
        await refresh(connection, clock.now())
        took[refresh.__name__] = time.perf_counter() - began
    await connection.execute("vacuum analyze console.standings")
    await connection.close()
    return took


@contextmanager
def console(runtime: Runtime) -> Any:
    """Serve the console as the process that it is in production."""
    address = f"127.0.0.1:{ports.free()}"
    told = {"DATABASE_URL": runtime.database_url, "NATS_URL": runtime.nats_url, "CONSOLE_HTTP": address}
    process = subprocess.Popen(
        [sys.executable, "-m", "services.console"],
        cwd=ROOT,
        env=os.environ | {f"ATTUNE_{name}": value for name, value in told.items()},
    )
    try:
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(20)


async def session(runtime: Runtime) -> dict[str, str]:
    """Return the cookie of somebody who has signed in."""
    connection = await asyncpg.connect(runtime.database_url)
    user_id = await accounts.add_user(connection, "bench", Role.ADMIN, clock.now())
    secret = await accounts.begin_session(connection, user_id, clock.now())
    await connection.close()
    return {cookie_name(Means(Settings())): secret}


def paths(relationships: int, alerts: list[str]) -> dict[str, Callable[[], str]]:
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


async def measured(url: str, cookies: dict[str, str], pages: dict[str, Callable[[], str]], rounds: int) -> list[Timed]:
    """Ask every kind of page again and again."""
    timed = []
    async with httpx.AsyncClient(base_url=url, cookies=cookies, timeout=60) as client:
        while not await is_ready(client):
            await asyncio.sleep(0.1)
        for name, path in pages.items():
            took, largest = [], 0
            for number in range(rounds + 3):
                began = time.perf_counter()
                answer = await client.get(path())
                milliseconds = 1000 * (time.perf_counter() - began)
                answer.raise_for_status()
                if number >= 3:  # the first few open connections and plan statements
                    took.append(milliseconds)
                largest = max(largest, len(gzip.compress(answer.content)))
            timed.append(Timed(name, sorted(took), largest))
    return timed


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


async def main(relationships: int, touchpoints: int, rounds: int) -> None:
    """Fill, measure, print, write."""
    with rig() as runtime:
        refreshes = await filled(runtime, relationships, touchpoints)
        connection = await asyncpg.connect(runtime.database_url)
        alerts = [str(row[0]) for row in await connection.fetch("select alert_id from alerts.alerts limit 1000")]
        await connection.close()
        with console(runtime) as url:
            timed = await measured(url, await session(runtime), paths(relationships, alerts), rounds)
            shared = await assets(url)
    print(f"\n{relationships:,} relationships, {touchpoints:,} touchpoints, {rounds} requests each\n")
    print(f"{'page':<26}{'median ms':>10}{'p99 ms':>9}{'KB gzipped':>12}")
    for one in timed:
        median, size = statistics.median(one.took), (one.bytes_gzipped + shared) / 1024
        missed = " !" if median > MEDIAN_MS or one.p99 > P99_MS or size > PAGE_KB else ""
        print(f"{one.name:<26}{median:>10.1f}{one.p99:>9.1f}{size:>12.1f}{missed}")
    print("refreshes: " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in refreshes.items()))
    pages = {one.name: {"median_ms": statistics.median(one.took), "p99_ms": one.p99} for one in timed}
    slowest = max(timed, key=lambda one: one.p99)
    report(
        "console",
        slowest.p99,
        "ms p99 of the slowest page",
        {"wanted": P99_MS},
        relationships=relationships,
        touchpoints=touchpoints,
        pages=pages,
        refreshes=refreshes,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    parser.add_argument("--rounds", type=int, default=100)
    chosen = parser.parse_args()
    share = 10 if chosen.quick else 1
    asyncio.run(main(100_000 // share, 2_000_000 // share, chosen.rounds))
