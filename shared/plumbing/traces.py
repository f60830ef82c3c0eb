"""Traces across the broker (OpenTelemetry): where a batch's time went, and which events were in it.

Off unless ATTUNE_TRACES_URL names a collector; then nothing of OpenTelemetry is even imported, and each function here
costs a comparison with None. A batch has one span of its own that *links* to the contexts of what it holds: it has no
single parent. Contexts travel as `traceparent` (W3C Trace Context): in a CloudEvent's extension attribute or a NATS
header from the connector, and in a NATS header between services.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from nats.aio.msg import Msg

from shared.errors import Refused

HEADER = "traceparent"
LINKS_MAX = 128
"""What OpenTelemetry keeps of one span's links, unless told otherwise."""
IN_EVENT = re.compile(rb'"traceparent"\s*:\s*"(00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})"')
CONTEXT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

_tracer: Any = None


def arm(service: str, url: str | None) -> None:
    """Send spans to the collector's OTLP address from now on; None or nothing, as by default, sends none."""
    if not url:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 -- an extra
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 -- an extra
    except ImportError:
        raise Refused("ATTUNE_TRACES_URL is set: traces need `pip install 'attune[traces]'`") from None
    arm_with(service, BatchSpanProcessor(OTLPSpanExporter(f"{url.rstrip('/')}/v1/traces")))


def arm_with(service: str, processor: Any) -> None:
    """Give every span to a span processor from now on; None ends it."""
    global _tracer  # noqa: PLW0603 -- one process is one service
    if processor is None:
        _tracer = None
        return
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 -- an extra
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 -- an extra

    provider = TracerProvider(resource=Resource.create({"service.name": f"attune-{service}"}))
    provider.add_span_processor(processor)
    _tracer = provider.get_tracer("attune")


def are_on() -> bool:
    """Tell whether anybody wants traces."""
    return _tracer is not None


@contextmanager
def span(name: str, contexts: Iterable[str] = (), **attributes: str | int) -> Iterator[None]:
    """Trace the block as a span of its own that links to these contexts."""
    if _tracer is None:
        yield
        return
    from opentelemetry.context import Context  # noqa: PLC0415 -- an extra

    links = [link for context in dict.fromkeys(contexts) if (link := _link(context))][:LINKS_MAX]
    named = {f"attune.{key}": value for key, value in attributes.items()}
    with _tracer.start_as_current_span(name, context=Context(), links=links, attributes=named):
        yield


def note(**attributes: str | int) -> None:
    """Add what came of it to the span that is open."""
    if _tracer is not None:
        from opentelemetry import trace  # noqa: PLC0415 -- an extra

        trace.get_current_span().set_attributes({f"attune.{key}": value for key, value in attributes.items()})


def context() -> str | None:
    """Return the context of the span that is open, as `traceparent` has it."""
    if _tracer is None:
        return None
    from opentelemetry import trace  # noqa: PLC0415 -- an extra

    its = trace.get_current_span().get_span_context()
    return f"00-{its.trace_id:032x}-{its.span_id:016x}-{int(its.trace_flags):02x}" if its.is_valid else None


def headers() -> dict[str, str] | None:
    """Return what a message is to carry, or None."""
    return {HEADER: its} if (its := context()) else None


def ids() -> Mapping[str, str]:
    """Return the trace that a line of a log belongs to."""
    return {"trace_id": its.split("-")[1]} if (its := context()) else {}


def carried(messages: Iterable[Msg]) -> list[str]:
    """Return the contexts that messages carry: in their headers, and in the events they hold."""
    if _tracer is None:
        return []
    return [its for message in messages for its in carried_by(message.data, message.headers or {})]


def carried_by(body: bytes, named: Mapping[str, str]) -> list[str]:
    """Return the contexts of a message or a request, of which headers and body are given."""
    if _tracer is None:
        return []
    return [*filter(None, [named.get(HEADER)]), *(found.decode() for found in IN_EVENT.findall(body))]


def _link(context: str) -> Any:
    from opentelemetry.trace import Link, SpanContext, TraceFlags  # noqa: PLC0415 -- an extra

    if not CONTEXT.fullmatch(context):
        return None
    _, trace_id, span_id, flags = context.split("-")
    its = SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))
    return Link(its) if its.is_valid else None
