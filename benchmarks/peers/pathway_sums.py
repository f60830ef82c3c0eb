"""The same decayed sums by Pathway: JetStream in, one sum per person and channel, a snapshot in Postgres out.

    .venv-peers/bin/python benchmarks/peers/pathway_sums.py NATS_URL HOST PORT DATABASE USER PASSWORD COMMIT_MS

No log, no deduplication, no strict validation, no privacy: what a stream processor does by itself. Runs in an
environment of its own (`make peers`).
"""

import json
import math
import sys
from datetime import datetime

import pathway as pw

RATE = math.log(2) / (30 * 86_400)


@pw.udf
def events(data: bytes) -> list[tuple[str, float, float]]:
    """Return person, decayed contact and decayed dialogue of each event of the message."""
    return [touched(event) for event in json.loads(data)]


def touched(event: dict) -> tuple[str, float, float]:
    """Weigh one event as of the start of 2026."""
    data = event["data"]
    elapsed = datetime.fromisoformat(event["time"]).timestamp() - 1_767_225_600
    weight = data.get("duration_minutes", 10) / 30 * math.exp(RATE * elapsed)
    return data["people"][0]["address"], weight, weight if data.get("direction") == "inbound" else 0.0


def main(nats_url: str, host: str, port: str, database: str, user: str, password: str, commit_ms: str) -> None:
    """Run until killed."""
    messages = pw.io.nats.read(
        nats_url,
        "pathway.in",
        format="raw",
        jetstream_stream_name="PATHWAY",
        autocommit_duration_ms=int(commit_ms),
    )
    flat = messages.select(event=events(pw.this.data)).flatten(pw.this.event)
    touches = flat.select(person=pw.this.event.get(0), contact=pw.this.event.get(1), dialogue=pw.this.event.get(2))
    sums = touches.groupby(pw.this.person).reduce(
        pw.this.person,
        contact=pw.reducers.sum(pw.this.contact),
        dialogue=pw.reducers.sum(pw.this.dialogue),
        touches=pw.reducers.count(),
    )
    pw.io.postgres.write(
        sums,
        {"host": host, "port": port, "dbname": database, "user": user, "password": password},
        "pathway_sums",
        output_table_type="snapshot",
        primary_key=[sums.person],
        init_mode="create_if_not_exists",
    )
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)


if __name__ == "__main__":
    main(*sys.argv[1:8])
