"""JSON Schemas in words."""

from collections.abc import Iterator, Mapping
from typing import Any

from documentation import markdown
from documentation.markdown import code

LIMITS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {}",
    "maxItems": "at most {}",
}
AT_LEAST_ONE = {"minLength": "not empty"}


def objects(schemas: Mapping[str, Any]) -> Iterator[str]:
    """Describe each schema that has fields or words, by its name."""
    for name, schema in sorted(schemas.items()):
        about = schema.get("description", "")
        if "properties" in schema:
            yield f"### {name}"
            yield about
            yield fields(schema)
        elif "enum" in schema:
            yield f"### {name}"
            yield about
            yield ", ".join(code(word) for word in schema["enum"])


def fields(schema: Mapping[str, Any]) -> str:
    """Return the fields of an object as a table."""
    needed = set(schema.get("required", ()))
    rows = [
        (code(name), kind(its), "yes" if name in needed else "", limits(its), its.get("description", ""))
        for name, its in schema["properties"].items()
    ]
    return markdown.table(["Field", "Type", "Needed", "Limits", "Meaning"], rows)


def kind(schema: Mapping[str, Any]) -> str:
    """Name the type of a value."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "const" in schema:
        return code(schema["const"])
    if "enum" in schema:
        return ", ".join(code(word) for word in schema["enum"])
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return " or ".join(dict.fromkeys(kind(one) for one in schema[several]))
    if schema.get("type") == "array":
        return f"list of {kind(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "anything")


def limits(schema: Mapping[str, Any]) -> str:
    """Say what a value must keep to, and what it is when left out."""
    parts = [schema, *schema.get("anyOf", ())]
    found = [
        AT_LEAST_ONE[key] if key in AT_LEAST_ONE and part[key] == 1 else text.format(part[key])
        for part in parts
        for key, text in LIMITS.items()
        if key in part
    ]
    if schema.get("default") is not None:
        found.append(f"default {code(schema['default'])}")
    return ", ".join(found)
