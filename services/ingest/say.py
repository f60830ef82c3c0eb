"""What ingest writes into its log about a batch: how much of what, where it went, and what was refused."""

import logging
from collections import Counter
from collections.abc import Sequence
from itertools import islice

from services.ingest.report import Report
from shared.plumbing.logs import safe

log = logging.getLogger("ingest")

REFUSALS_MAX = 20
"""Told one by one; `attune rejected list` has them all."""


def say(reports: Sequence[Report], stored: Sequence[str]) -> None:
    """Write a line for the batch if asked to, and one for each of the first refusals; values stay in REJECTED."""
    if log.isEnabledFor(logging.DEBUG):
        outcomes = Counter(outcome.word for _, outcome in reports)
        sources = sorted({source for source, _ in reports})
        log.debug("taken in", extra={"sources": sources, "outcomes": dict(outcomes), "stored": list(stored)})
    for source, outcome in islice((report for report in reports if report.outcome.refusal), REFUSALS_MAX):
        if refusal := outcome.refusal:
            told = {"field": safe(refusal.field), "rule": safe(refusal.rule), "event_id": safe(outcome.event_id)}
            log.info("refused", extra={"source": source, **told})
