"""What a roster may lack or hold twice: suggestions, and nothing happens by itself."""

from datetime import datetime
from typing import Any, NamedTuple

from services.roster.likeness import Person, alike
from services.roster.store import PACKAGE
from shared.plumbing.queries import query

Row = dict[str, Any]


class Suggestions(NamedTuple):
    """People nobody has named yet, counted; and people who may be one and the same."""

    strangers: list[Row]
    duplicates: list[Row]


async def suggest(connection: Any, since: datetime) -> Suggestions:
    """Return what can be suggested, of activity since a moment."""
    strangers = [dict(row) for row in await connection.fetch(query(PACKAGE, "strangers"), since)]
    people = [
        Person(**{**row, "addresses": tuple(row["addresses"])})
        for row in await connection.fetch(query(PACKAGE, "people"))
    ]
    found = alike(people)
    ids = [pair.one.person_id for pair in found], [pair.other.person_id for pair in found]
    rows = await connection.fetch(query(PACKAGE, "together"), *ids)
    return Suggestions(
        strangers,
        [
            {
                "stakeholder": pair.one.stakeholder,
                "other": pair.other.stakeholder,
                "evidence": [*pair.evidence, *company(row["together"], row["companions"])],
                "together": row["together"],
                "companions": row["companions"],
            }
            for pair, row in zip(found, rows, strict=True)
        ],
    )


def company(together: int, companions: int) -> list[str]:
    """Say what the company that two keep tells about them."""
    told = [f"{companions} others were with both"] if companions else []
    return [*told, f"against it: {together} events had both" if together else "never in one event"]
