import json
from pathlib import Path

from shared.events.schema import schemas

PUBLISHED = Path(__file__).parents[3] / "docs" / "schemas"


def test_the_published_schemas_are_those_that_ingest_validates_with() -> None:
    for name, schema in schemas().items():
        assert json.loads((PUBLISHED / name).read_text()) == schema, "run `python -m shared.events.schema docs/schemas`"


def test_a_schema_names_the_eight_kinds() -> None:
    mapping = schemas()["attune.touchpoint.v1.json"]["properties"]["data"]["discriminator"]["mapping"]

    assert sorted(mapping) == sorted(
        ["meeting", "email", "call", "message", "disclosure", "commitment", "setback", "pulse"],
    )
