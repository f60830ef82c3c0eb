"""The console's API, from its OpenAPI description."""

from collections.abc import Iterator
from typing import Any, cast

from documentation import json_schema, markdown
from documentation.markdown import code
from services.console.api.routes import application
from services.console.means import Means

ABOUT = """
For programs, under `/api/v1` of the console; a running one describes itself in `/api/v1/openapi.json`. What is
refused comes as `application/problem+json` (RFC 9457) with 400, 401, 403, 404, 409, 422, 429 or 503."""


def page() -> str:
    """Return the page."""
    # Describing asks nothing of what answers: no means are needed.
    document = application(cast(Means, None)).openapi()
    return markdown.page(
        "API",
        ABOUT,
        document["info"]["description"],
        *_operations(document),
        "## Documents",
        *json_schema.objects(
            {name: its for name, its in document["components"]["schemas"].items() if name != "Problem"}
        ),
    )


def _operations(document: dict[str, Any]) -> Iterator[str]:
    yield "## Operations"
    for path, operations in document["paths"].items():
        for verb, operation in operations.items():
            yield f"### {verb.upper()} {path}"
            yield operation.get("description") or operation.get("summary", "")
            yield markdown.table(
                ["Parameter", "In", "Type", "Limits", "Meaning"], map(_parameter, operation.get("parameters", ()))
            )
            yield " ".join([*_takes(operation), *_gives(operation)])


def _parameter(its: dict[str, Any]) -> tuple[str, str, str, str, str]:
    schema = its["schema"]
    return (
        code(its["name"]),
        its["in"],
        json_schema.kind(schema),
        json_schema.limits(schema),
        its.get("description", ""),
    )


def _takes(operation: dict[str, Any]) -> Iterator[str]:
    for schema in operation.get("requestBody", {}).get("content", {}).values():
        yield f"Takes {json_schema.kind(schema['schema'])}."


def _gives(operation: dict[str, Any]) -> Iterator[str]:
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            kinds = [
                f"{json_schema.kind(its.get('schema', {}))} ({media})"
                for media, its in answer.get("content", {}).items()
            ]
            yield f"Answers {status}: {', '.join(kinds) or 'nothing'}."
