"""Append and projection of the same touchpoints: our projector beside the `eventsourcing` library on the same Postgres.

    make peers && .venv/bin/python -m benchmarks.peer_eventsourcing [--events 2000]

Ours logs, deduplicates and folds eight sums in batches of 2000; theirs appends an event per touchpoint to its aggregate
and projects one sum of it exactly once, as its documentation does.
"""

import argparse
import asyncio
import subprocess
from urllib.parse import urlsplit

import asyncpg

from benchmarks.baselines import PEERS
from benchmarks.fold import PEOPLE, accepted, timed_fold
from benchmarks.rig import ROOT, report, rig, with_roster
from services.ingest.interpret import Policy
from services.projector import store
from shared.alignment.model import default_model
from shared.plumbing import clock
from shared.plumbing.embedded.runtime import Runtime
from shared.plumbing.models import ensure_model

BATCH, BATCHES = 2000, 10


async def ours(runtime: Runtime) -> float:
    """Return touchpoints a second."""
    await with_roster(runtime, PEOPLE)
    connection = await asyncpg.connect(runtime.database_url, server_settings=store.CONNECTION_SETTINGS)
    await ensure_model(connection, default_model(), clock.now())
    whole = accepted(BATCH * BATCHES, "peer", Policy(runtime.handle_key.encode()))
    seconds = await timed_fold(connection, [whole[i : i + BATCH] for i in range(0, len(whole), BATCH)])
    await connection.close()
    return len(whole) / seconds


def theirs(runtime: Runtime, events: int) -> float:
    """Return events a second."""
    at = urlsplit(runtime.database_url_tcp)
    program = str(ROOT / "benchmarks/peers/eventsourcing_sums.py")
    command = [str(PEERS), program, str(at.hostname), str(at.port), at.path.strip("/"), str(at.username)]
    command += [str(at.password), str(PEOPLE), str(events)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure(events: int) -> None:
    """Run, print and write `out/peer_eventsourcing.json`."""
    if not PEERS.exists():
        print("skipped: the peers are not installed; `make peers` does that")
        return
    with rig() as runtime:
        their_rate = theirs(runtime, events)
        our_rate = asyncio.run(ours(runtime))
    print(
        f"attune {our_rate:,.0f}/s, eventsourcing {their_rate:,.0f}/s: {our_rate / their_rate:,.0f} times (wanted 30)"
    )
    report("peer_eventsourcing", our_rate, "touchpoints/s", {"eventsourcing": their_rate})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=2000, help="that the peer appends and projects")
    measure(parser.parse_args().events)
