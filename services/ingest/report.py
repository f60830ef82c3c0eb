"""One event's outcome and who reported it."""

from typing import NamedTuple

from services.ingest.interpret import Outcome


class Report(NamedTuple):
    """One event's outcome and the source that reported it."""

    source: str
    outcome: Outcome
