"""The broker's edge of ingest: pull a batch, interpret it, send it on, and only then acknowledge."""

import logging

from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.message import NatsBatchMessage
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from services.ingest.counts import count
from services.ingest.interpret import Outcome, Policy, interpret
from services.ingest.publish import Report, publish
from shared.errors import Unavailable
from shared.events.refusal import Refusal
from shared.plumbing import clock
from shared.plumbing.jetstream import INTAKE
from shared.plumbing.sources import Sources, is_registered
from shared.vocabulary import SUBJECT_INTAKE

log = logging.getLogger("ingest")

PULL_WITHIN = 0.01
"""Seconds to fill a batch: what a touchpoint may wait for company."""
RETRY_AFTER = 1.0


async def undecoded(message: NatsBatchMessage) -> list[Msg]:
    """Leave decoding to interpret: one undecodable message must not poison its batch."""
    messages: list[Msg] = message.raw_message
    return messages


def subscribe(broker: NatsBroker, policy: Policy, sources: Sources, batch_size: int) -> None:
    """Take touchpoints in from every source."""

    @broker.subscriber(
        f"{SUBJECT_INTAKE}.*",
        stream=JStream(INTAKE, declare=False),
        durable="ingest",
        pull_sub=PullSub(batch_size=batch_size, timeout=PULL_WITHIN, batch=True),
        ack_policy=AckPolicy.MANUAL,
        decoder=undecoded,
    )
    async def receive(messages: list[Msg], message: NatsBatchMessage) -> None:
        jetstream = broker.config.connection_state.stream
        try:
            await take_in(messages, policy, sources, jetstream)
        except Unavailable as error:
            log.warning("gives the batch back: %s", error)
            await message.nack(delay=RETRY_AFTER)
            return
        await message.ack()


async def take_in(
    messages: list[Msg],
    policy: Policy,
    sources: Sources,
    jetstream: JetStreamContext,
) -> None:
    """Interpret the messages and return once everything they brought is stored further on."""
    received_at = clock.now()
    reports = []
    for message in messages:
        source = message.subject.rpartition(".")[2]
        if source in sources.digests or await is_registered(jetstream, source):
            outcomes = interpret(message.data, source, received_at, policy)
        else:
            outcomes = [_unknown(source, message.data)]
        reports += [Report(source, outcome) for outcome in outcomes]
    await publish(reports, received_at, jetstream)
    count(reports)


def _unknown(source: str, original: bytes) -> Outcome:
    rule = (
        f"is not a registered source: add it with `attune source add {source}`, then `attune rejected retry`"
    )
    return Outcome(None, refusal=Refusal("source", repr(source), rule), original=original)
