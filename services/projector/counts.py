"""What the projector has done since it started, for `/metrics`."""

from prometheus_client import Counter, Histogram

from services.projector.batch import Batch
from services.projector.project import Projected

EVENTS = Counter("attune_projector_events", "Events projected, by outcome", ["outcome"])
for _outcome in ("fresh", "duplicate", "retracted", "conflict", "naming", "too_old", "withheld", "unreadable"):
    # As zero: Prometheus sees no rise in what begins with the first one.
    EVENTS.labels(_outcome)
FOLD_SECONDS = Histogram("attune_projector_fold_seconds", "Time of one transaction, from lock to COMMIT")


def add(projected: Projected, batch: Batch) -> None:
    """Add what one batch came to."""
    EVENTS.labels("fresh").inc(projected.events)
    EVENTS.labels("duplicate").inc(projected.duplicates)
    EVENTS.labels("retracted").inc(projected.retractions)
    EVENTS.labels("conflict").inc(len(projected.conflicts))
    EVENTS.labels("naming").inc(len(projected.named))
    EVENTS.labels("too_old").inc(len(projected.old))
    EVENTS.labels("withheld").inc(projected.withheld)
    EVENTS.labels("unreadable").inc(len(batch.unreadable))
