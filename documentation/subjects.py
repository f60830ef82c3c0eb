"""The subjects, streams and consumers in NATS, from what services declare."""

from datetime import timedelta
from typing import Any

from documentation import markdown
from documentation.markdown import code
from shared.plumbing.jetstream import CONSUMERS, STREAMS
from shared.vocabulary import SUBJECT_ACCEPTED, SUBJECT_ALERTS, SUBJECT_INTAKE, SUBJECT_REJECTED

SUBJECTS = (
    (f"{SUBJECT_INTAKE}.<source>", "a connector", "ingest", "CloudEvents, one or an array of them"),
    (SUBJECT_ACCEPTED, "ingest", "projector", "touchpoints by handle, in columns, up to 2000 a message"),
    (SUBJECT_REJECTED, "ingest, projector", "people, by `attune rejected`", "what was refused, why, and the original"),
    (f"{SUBJECT_REJECTED}.<source>", "projector", "that source, while it listens", "the same without the original"),
    (f"{SUBJECT_ALERTS}.<initiative>.<reason>", "alerts", "whoever wants to know", "what became of an alert"),
)


def page() -> str:
    """Return the page."""
    return markdown.page(
        "Subjects and streams",
        "What travels through NATS JetStream, at least once; acknowledged after what it brought is kept.",
        "## Subjects",
        markdown.table(
            ["Subject", "Published by", "Taken by", "Holds"], [(code(first), *rest) for first, *rest in SUBJECTS]
        ),
        "## Streams",
        markdown.table(["Stream", "Subjects", "Kept", "When full"], map(_stream, STREAMS)),
        "Copies of each are set by `ATTUNE_STREAM_REPLICAS`.",
        "## Durable consumers",
        markdown.table(
            ["Stream", "Consumer", "Given again after", "Unacknowledged at most"],
            [
                (stream, code(its.durable_name), f"{its.ack_wait:g} s", its.max_ack_pending)
                for stream, its in CONSUMERS.items()
            ],
        ),
    )


def _stream(stream: Any) -> tuple[str, ...]:
    subjects = ", ".join(code(subject) for subject in stream.subjects)
    kept = f"{timedelta(seconds=stream.max_age).days} days" if stream.max_age else "until it is taken"
    full = (
        "refuses what is new"
        if str(stream.discard) == "DiscardPolicy.NEW" or stream.discard == "new"
        else "lets the oldest go"
    )
    return stream.name, subjects, kept, full
