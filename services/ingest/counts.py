"""What ingest has done since it started, for `/metrics`."""

from collections import Counter as Tally
from collections.abc import Sequence

from prometheus_client import Counter

from services.ingest.report import Report

EVENTS = Counter("attune_ingest_events", "Events taken in, by source and outcome", ["source", "outcome"])
DROPPED = Counter("attune_ingest_dropped", "Events that are no touch, by source and reason", ["source", "reason"])


def count(reports: Sequence[Report]) -> None:
    """Add the reports to the counts, a batch at a time: a counter costs as much as an event."""
    for (source, word), events in Tally((source, outcome.word) for source, outcome in reports).items():
        EVENTS.labels(source, word).inc(events)
    dropped = Tally((source, outcome.dropped) for source, outcome in reports if outcome.dropped)
    for (source, reason), events in dropped.items():
        DROPPED.labels(source, reason).inc(events)
