"""The published JSON Schemas and the AsyncAPI document, generated from the models that ingest validates with.

python -m shared.events.schema docs/schemas
"""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from shared.events import asyncapi
from shared.events.envelope import RetractionEvent, TouchpointEvent

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PUBLISHED: dict[str, type[BaseModel]] = {
    "attune.touchpoint.v1.json": TouchpointEvent,
    "attune.retraction.v1.json": RetractionEvent,
}


def schemas() -> dict[str, dict[str, Any]]:
    """Return each schema by its file's name."""
    return {name: {"$schema": DIALECT, "$id": name, **model.model_json_schema()} for name, model in PUBLISHED.items()}


def published() -> dict[str, dict[str, Any]]:
    """Return everything that is published by its file's name."""
    return {**schemas(), asyncapi.FILE: asyncapi.document()}


def write(directory: Path) -> None:
    """Write what is published, as it is committed."""
    for name, schema in published().items():
        (directory / name).write_text(json.dumps(schema, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
