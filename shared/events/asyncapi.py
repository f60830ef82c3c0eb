"""The AsyncAPI 3 document for who writes a connector, generated from the models that ingest validates with."""

from typing import Any

from pydantic.json_schema import models_json_schema

from shared.events.envelope import RetractionEvent, TouchpointEvent
from shared.vocabulary import SUBJECT_INTAKE, TYPE_RETRACTION, TYPE_TOUCHPOINT

FILE = "attune.asyncapi.json"
REF = "#/components/schemas/{model}"
SINGLE, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
NATS_BATCH_MAX, HTTP_BATCH_MAX = 50_000, 1_000
SOURCE = "The connector's name, as `attune source add` was told; its user may publish to this subject only."


def document() -> dict[str, Any]:
    """Return the whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "attune intake",
            "version": "1.0.0",
            "description": "How a connector reports touchpoints: CloudEvents 1.0 over NATS JetStream or HTTP. "
            "An event is known by its proven source, its `source` and its `id`; sent again it counts once. "
            "Acknowledged means stored. What is refused later is listed by `attune rejected list`.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": servers(),
        "channels": channels(),
        "operations": operations(),
        "components": {"schemas": schemas(), "messages": messages(), "securitySchemes": security()},
    }


def servers() -> dict[str, Any]:
    """Return where a connector connects to; `attune source add` prints the real addresses."""
    return {
        "nats": {
            "host": "127.0.0.1:4222",
            "protocol": "nats",
            "description": "JetStream; wait for the PubAck. Set the client's inbox prefix to `_INBOX.<source>`.",
            "security": [ref("securitySchemes", "user")],
        },
        "http": {
            "host": "127.0.0.1:8471",
            "protocol": "http",
            "description": "202 means that everything is stored; 503 that the same is to be sent again.",
            "security": [ref("securitySchemes", "token")],
        },
    }


def channels() -> dict[str, Any]:
    """Return the two ways in."""
    both = {name: ref("messages", name) for name in ("touchpoint", "retraction")}
    return {
        "intake": {
            "address": f"{SUBJECT_INTAKE}.{{source}}",
            "title": "A source's own subject",
            "parameters": {"source": {"description": SOURCE}},
            "servers": [{"$ref": "#/servers/nats"}],
            "messages": {**both, "batch": ref("messages", "batch")},
        },
        "events": {
            "address": "/events",
            "title": "POST /events",
            "servers": [{"$ref": "#/servers/http"}],
            "messages": {**both, "httpBatch": ref("messages", "httpBatch")},
        },
    }


def operations() -> dict[str, Any]:
    """Return what attune does with them."""
    return {
        "takeIn": {
            "action": "receive",
            "channel": {"$ref": "#/channels/intake"},
            "summary": "Take in one event or a JSON array of them.",
        },
        "takeInOverHttp": {
            "action": "receive",
            "channel": {"$ref": "#/channels/events"},
            "summary": "Take in one event or a batch, and answer with what became of each.",
            "bindings": {"http": {"method": "POST"}},
        },
    }


def schemas() -> dict[str, Any]:
    """Return the schemas of everything that an event may hold."""
    _, found = models_json_schema([(TouchpointEvent, "validation"), (RetractionEvent, "validation")], ref_template=REF)
    defined: dict[str, Any] = without_discriminator(found["$defs"])
    events = {"oneOf": [ref("schemas", "TouchpointEvent"), ref("schemas", "RetractionEvent")]}
    return {**defined, "Event": events}


def without_discriminator(found: Any) -> Any:
    """Return the schema without what only OpenAPI knows in this form: `oneOf` and the constants say the same."""
    match found:
        case dict():
            named = found.get("discriminator")
            return {
                name: without_discriminator(value)
                for name, value in found.items()
                if name != "discriminator" or not isinstance(named, dict) or "propertyName" not in named
            }
        case list():
            return [without_discriminator(each) for each in found]
        case _:
            return found


def messages() -> dict[str, Any]:
    """Return what may be sent."""
    return {
        "touchpoint": message(TYPE_TOUCHPOINT, "Something happened between us and people.", "TouchpointEvent"),
        "retraction": message(TYPE_RETRACTION, "It did not happen, or not so: for good.", "RetractionEvent"),
        "batch": batch("events in one NATS message", "application/json", NATS_BATCH_MAX),
        "httpBatch": batch("events in one request", BATCH, HTTP_BATCH_MAX),
    }


def message(name: str, summary: str, schema: str) -> dict[str, Any]:
    """Return a message of one event."""
    return {"name": name, "summary": summary, "contentType": SINGLE, "payload": ref("schemas", schema)}


def batch(what: str, content_type: str, items_max: int) -> dict[str, Any]:
    """Return a message of many events."""
    payload = {"type": "array", "items": ref("schemas", "Event"), "minItems": 1, "maxItems": items_max}
    return {"name": "batch", "summary": f"Many {what}.", "contentType": content_type, "payload": payload}


def security() -> dict[str, Any]:
    """Return how a source proves who it is."""
    return {
        "user": {"type": "userPassword", "description": "The source's NATS user and password."},
        "token": {"type": "http", "scheme": "bearer", "description": "The source's HTTP token."},
    }


def ref(kind: str, name: str) -> dict[str, str]:
    """Return a reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}
