"""Sends on what interpretation gave: few large envelopes, and each refusal with its reason."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from nats.js import JetStreamContext

from services.ingest.interpret import Outcome, Policy
from services.ingest.report import Report
from services.ingest.say import say
from services.ingest.withhold import withheld
from shared.events.accepted import Accepted, Retraction, pack
from shared.plumbing.outgoing import Message, publish_all
from shared.plumbing.rejections import rejection
from shared.vocabulary import SUBJECT_ACCEPTED, SUBJECT_REJECTED

ROWS_MAX = 2_000
"""Touchpoints per envelope: about 400 kB."""
BYTES_MAX = 2_000_000
"""Where names are long: far under the server's limit, even with the largest event on top."""


async def publish(
    reports: Sequence[Report], received_at: datetime, jetstream: JetStreamContext, policy: Policy
) -> None:
    """Return once everything is stored; raise Unavailable otherwise, and repeating is safe."""
    say(reports, await publish_all(jetstream, outgoing(reports, received_at, policy)))


def outgoing(reports: Sequence[Report], received_at: datetime, policy: Policy) -> Iterator[Message]:
    """Yield the messages in which the reports leave: the accepted together, each refusal by itself."""
    yield from _accepted(reports, policy.key_id)
    yield from _rejected(reports, received_at, policy)


def _accepted(reports: Sequence[Report], key_id: str | None) -> Iterator[tuple[str, bytes]]:
    touchpoints: list[Accepted] = []
    retractions: list[Retraction] = []
    size = 0
    for _, outcome in reports:
        touchpoints.extend(outcome.touchpoints)
        if outcome.retraction:
            retractions.append(outcome.retraction)
        size += _size(outcome)
        if len(touchpoints) + len(retractions) >= ROWS_MAX or size >= BYTES_MAX:
            yield _envelope(touchpoints, retractions, key_id)
            touchpoints, retractions, size = [], [], 0
    if touchpoints or retractions:
        yield _envelope(touchpoints, retractions, key_id)


def _size(outcome: Outcome) -> int:
    """Return roughly how many bytes the outcome takes: only these three can be long."""
    if not outcome.touchpoints:
        return 0
    first = outcome.touchpoints[0]
    return len(outcome.touchpoints) * (200 + len(first.event_id) + len(first.event_source) + len(first.details or ""))


def _envelope(touchpoints: list[Accepted], retractions: list[Retraction], key_id: str | None) -> tuple[str, bytes]:
    first = (touchpoints or retractions)[0]
    return SUBJECT_ACCEPTED, pack(touchpoints, retractions, f"{first.event_key}-{len(touchpoints)}", key_id)


def _rejected(reports: Sequence[Report], received_at: datetime, policy: Policy) -> Iterator[tuple[str, bytes]]:
    for source, outcome in reports:
        kept = withheld(outcome, policy)
        if kept.refusal:
            yield SUBJECT_REJECTED, rejection(kept.refusal, source, kept.event_id, kept.original, received_at)
