import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.ingest import interpret, pages
from shared.events import asyncapi
from shared.events.schema import published, schemas

PUBLISHED = Path(__file__).parents[3] / "docs" / "schemas"


def test_the_published_schemas_are_those_that_ingest_validates_with() -> None:
    for name, schema in published().items():
        assert json.loads((PUBLISHED / name).read_text()) == schema, "run `python -m shared.events.schema docs/schemas`"


def test_a_schema_names_the_eight_kinds() -> None:
    mapping = schemas()["attune.touchpoint.v1.json"]["properties"]["data"]["discriminator"]["mapping"]

    assert sorted(mapping) == sorted(
        ["meeting", "email", "call", "message", "disclosure", "commitment", "setback", "pulse"],
    )


def references(found: Any) -> Iterator[str]:
    match found:
        case {"$ref": str(reference)}:
            yield reference
        case dict():
            for value in found.values():
                yield from references(value)
        case list():
            for value in found:
                yield from references(value)


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = asyncapi.document()

    followed = set(references(document))

    assert len(followed) > 20
    for reference in followed:
        found: Any = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


def test_the_asyncapi_document_tells_the_limits_that_hold() -> None:
    messages = asyncapi.document()["components"]["messages"]

    assert messages["batch"]["payload"]["maxItems"] == interpret.EVENTS_MAX
    assert messages["httpBatch"]["payload"]["maxItems"] == pages.EVENTS_MAX
    assert (messages["touchpoint"]["contentType"], messages["httpBatch"]["contentType"]) == (pages.SINGLE, pages.BATCH)


def test_the_asyncapi_document_names_every_field_of_a_touchpoint() -> None:
    fields = asyncapi.document()["components"]["schemas"]["Commitment"]["properties"]

    assert {"people", "commitment", "initiative", "thread", "note", "by", "breadth"} <= fields.keys()
