"""The events that connectors send, from their JSON Schemas."""

from collections.abc import Iterator

from documentation import json_schema, markdown
from shared.events.schema import schemas

ABOUT = """
Every event is a [CloudEvent 1.0](https://cloudevents.io) in JSON. What ingest validates with is published
as JSON Schema ([touchpoint](../schemas/attune.touchpoint.v1.json), [retraction](../schemas/attune.retraction.v1.json))
and as [AsyncAPI 3](../schemas/attune.asyncapi.json); [writing a connector](../connectors.md) says how to send them.
Unknown fields of `data` are refused by name; extension attributes of the envelope are ignored, save `traceparent`
([traces](../observability.md))."""


def page() -> str:
    """Return the page."""
    return markdown.page("Events", ABOUT, *_events())


def _events() -> Iterator[str]:
    of_both = {}
    for name, schema in schemas().items():
        yield f"## {name.removesuffix('.json')}"
        yield schema.get("description", "")
        yield json_schema.fields(schema)
        of_both.update(schema["$defs"])
    yield "## Their parts"
    yield from json_schema.objects(of_both)
