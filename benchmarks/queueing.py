"""Whether the capacity model of docs/scale.md foretells how long touchpoints wait, on this machine.

    python -m benchmarks.queueing [--seconds 10]

At two rates the processor time of each process is taken apart into what a batch costs and what a touchpoint costs. A
simulation of the queues (benchmarks/pipeline.py) is fed with that, foretells latency at these rates and at others, and
stands beside what was measured there. Single events, JetStream's default sync interval, everything on this machine.
"""

import argparse
import asyncio
import statistics
from dataclasses import replace
from typing import NamedTuple

import asyncpg
import nats
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.freshness import PEOPLE, SEEN, at_rate
from benchmarks.pipeline import Cost, Costs, Pipeline, capacity, quantile
from benchmarks.rig import report, rig, services, with_roster
from benchmarks.stream import cpu_seconds
from shared.plumbing import clock
from shared.plumbing.embedded.runtime import Runtime
from shared.plumbing.jetstream import ACCEPTED
from shared.plumbing.sources import register

CALIBRATED = (500, 4_000)
FORETOLD = (1_000, 2_000, 6_000)
PROCESSES = ("load", "nats", "ingest", "projector", "postgres")
SEEDS = range(5)
IDLE_SECONDS = 3.0
LOOK_EVERY = 0.002


class Ran(NamedTuple):
    """What one rate came to."""

    rate: int
    milliseconds: list[float]
    """How long each probe took, in order."""
    cpu: dict[str, float]
    """Seconds of processor by process."""
    batches: dict[str, int]
    """Batches by process."""
    touchpoints: int


async def counts(runtime: Runtime) -> dict[str, int]:
    """Return the envelopes, folds and touchpoints so far."""
    connection = await asyncpg.connect(runtime.database_url)
    folds, logged = await connection.fetchrow("select count(distinct recorded_at), count(*) from projector.log")
    await connection.close()
    client = await nats.connect(runtime.nats_url)
    envelopes = (await client.jetstream().stream_info(ACCEPTED)).state.last_seq
    await client.close()
    return {"envelopes": envelopes, "folds": folds, "touchpoints": logged}


async def idle(runtime: Runtime, pids: dict[str, int]) -> dict[str, float]:
    """Return the processors that each process keeps busy while nothing comes but the question whether it has come."""
    connection = await asyncpg.connect(runtime.database_url)
    before = cpu_seconds(pids)
    for _ in range(int(IDLE_SECONDS / LOOK_EVERY)):
        await connection.fetchval(SEEN, "person-0")
        await asyncio.sleep(LOOK_EVERY)
    await connection.close()
    return {name: (after - before[name]) / IDLE_SECONDS for name, after in cpu_seconds(pids).items()}


async def ran(runtime: Runtime, pids: dict[str, int], rate: int, seconds: float, first: int) -> Ran:
    """Run at one rate, and see what it took."""
    before, cpu = await counts(runtime), cpu_seconds(pids)
    took = await at_rate(runtime, rate, 1, seconds, first)
    spent = {name: after - cpu[name] for name, after in cpu_seconds(pids).items()}
    its = {name: after - before[name] for name, after in (await counts(runtime)).items()}
    batches = dict(zip(PROCESSES, (100 * int(seconds), *[its["envelopes"]] * 2, *[its["folds"]] * 2), strict=True))
    return Ran(rate, took, spent, batches, its["touchpoints"])


def taken_apart(runs: list[Ran], busy: dict[str, float], seconds: float) -> Costs:
    """Return what a batch and a touchpoint cost each process, so that they add up to what was spent at both rates."""
    costs = {}
    for name in PROCESSES:
        pairs = np.array([[run.batches[name], run.touchpoints] for run in runs], dtype=float)
        spent = np.array([max(0.0, run.cpu[name] - busy[name] * seconds) for run in runs])
        batch, touchpoint = np.linalg.solve(pairs, spent)
        # One of the two may come out below nothing, by chance: then the other is all there is.
        costs[name] = Cost(batch, touchpoint) if min(batch, touchpoint) >= 0 else Cost(0.0, spent[-1] / pairs[-1, 1])
    return settled(Costs(**costs, background=sum(busy.values()), waiting=0.0), runs[0])


def settled(costs: Costs, slowest: Ran) -> Costs:
    """Return the costs with as much waiting as makes the median of the lowest rate what it was."""
    measured = quantile([each / 1000 for each in slowest.milliseconds], 0.5)
    return replace(costs, waiting=max(0.0, measured - foretold(costs, slowest.rate, 0.5)) / 1000)


def foretold(costs: Costs, rate: int, share: float, seconds: float = 10.0) -> float:
    """Return the latency, in milliseconds, that a share of all stays under; the median of a few runs."""
    return statistics.median(quantile(Pipeline(costs, rate, seed).run(seconds), share) for seed in SEEDS)


async def measured(seconds: float) -> tuple[list[Ran], dict[str, float]]:
    """Return what every rate came to, and what is busy without any."""
    with rig("2m") as runtime:
        await with_roster(runtime, 2 * PEOPLE)
        with services(runtime) as service_pids:
            client = await nats.connect(runtime.nats_url)
            await register(client.jetstream(), "bench", "token", clock.now())
            await client.close()
            pids = service_pids | runtime.pids
            await ran(runtime, pids, CALIBRATED[0], 3, PEOPLE // 2)  # caches and plans
            busy = await idle(runtime, pids)
            rates = (*CALIBRATED, *FORETOLD)
            starts = range(PEOPLE // 2 + 100, 2 * PEOPLE, 250)
            return [await ran(runtime, pids, rate, seconds, at) for rate, at in zip(rates, starts, strict=False)], busy


async def main(seconds: float) -> None:
    """Run, foretell, print, and write `out/queueing.json`."""
    runs, busy = await measured(seconds)
    costs = taken_apart(runs[: len(CALIBRATED)], busy, seconds)
    table = Table("touchpoints /s", "p50 ms", "foretold", "p99 ms", "foretold", title="how long a touchpoint takes")
    rates = {}
    for run in sorted(runs):
        took = [each / 1000 for each in run.milliseconds]
        told = [value for share in (0.5, 0.99) for value in (quantile(took, share), foretold(costs, run.rate, share))]
        rates[str(run.rate)] = dict(zip(("p50", "p50_foretold", "p99", "p99_foretold"), told, strict=True))
        table.add_row(f"{run.rate:,}{' *' if run.rate in CALIBRATED else ''}", *(f"{value:.0f}" for value in told))
    console = Console()
    console.print(table)
    console.print("* these rates the costs were taken from", style="dim")
    each = {name: getattr(costs, name) for name in PROCESSES}
    for name, cost in each.items():
        console.print(f"{name:<10}{1e6 * cost.batch:8.0f} µs a batch {1e6 * cost.touchpoint:8.1f} µs a touchpoint")
    most = capacity(costs)
    console.print(f"waiting {1000 * costs.waiting:.1f} ms; two cores are full at {most:,.0f} touchpoints/s")
    worst = max(abs(told["p50_foretold"] / told["p50"] - 1) for told in rates.values())
    spent = {name: {"batch_us": 1e6 * its.batch, "touchpoint_us": 1e6 * its.touchpoint} for name, its in each.items()}
    report("queueing", worst, "worst error of a foretold median", {}, rates=rates, costs=spent, capacity=most)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10, help="at each rate")
    asyncio.run(main(parser.parse_args().seconds))
