"""The broker's edge of ingest: interpret a batch and return once everything it brought is stored further on."""

from dataclasses import dataclass

from nats.aio.msg import Msg
from nats.js import JetStreamContext

from services.ingest.counts import count
from services.ingest.interpret import Outcome, Policy, interpret
from services.ingest.publish import publish
from services.ingest.report import Report
from shared.events.refusal import Refusal
from shared.plumbing import clock, failpoint
from shared.plumbing.sources import Sources, is_registered


@dataclass
class Subscriber:
    """Takes touchpoints in from every source; a message is acknowledged only after `receive` returned."""

    policy: Policy
    sources: Sources
    jetstream: JetStreamContext

    async def receive(self, messages: list[Msg]) -> None:
        """Interpret the messages and send on what they brought; raise Unavailable if that was not stored."""
        received_at = clock.now()
        reports = []
        for message in messages:
            source = message.subject.rpartition(".")[2]
            if source in self.sources.digests or await is_registered(self.jetstream, source):
                outcomes = interpret(message.data, source, received_at, self.policy)
            else:
                outcomes = [_unknown(source, message.data)]
            reports += [Report(source, outcome) for outcome in outcomes]
        failpoint.reach("ingest.before_publish")
        await publish(reports, received_at, self.jetstream, self.policy)
        failpoint.reach("ingest.after_publish")
        count(reports)


def _unknown(source: str, original: bytes) -> Outcome:
    rule = f"is not registered: add it with `attune source add {source}`, then use `attune rejected retry`"
    return Outcome(None, refusal=Refusal("source", repr(source), rule), original=original)
