"""Names that a person wrote: an unknown one is refused, for an empty answer would look as if all were well."""

from collections.abc import Iterable
from typing import Any

from services.alerts.commands.rows import PACKAGE
from shared.errors import Refused
from shared.plumbing.queries import query

NAMED_MAX = 20
FOUND_BY = {
    "initiative": "see `attune roster import`",
    "function": "see the column `function` of `attune roster export`",
    "stakeholder": "`attune alignment` names them",
    "source": "see `attune source add`",
    "owner": "see the column `owner` of `attune roster export`",
}


async def known(connection: Any, *names: str | None, owner: str | None = None, hint: str = "") -> None:
    """Raise Refused where nothing bears one of the names; `hint` is what to do about it otherwise.

    They are of an initiative, a function, a stakeholder and a source, in this order; those left out do not matter.
    """
    given = [*names, *[None] * (len(FOUND_BY) - 1 - len(names)), owner]
    if any(name is not None for name in given):
        for row in await connection.fetch(query(PACKAGE, "unknown_names"), *given):
            raise Refused(unknown(row["kind"], row["name"], row["instead"] or ()) + hint)


def unknown(kind: str, name: str, instead: Iterable[str]) -> str:
    """Say what there is instead."""
    others = list(instead)
    if not others:
        return f"no {kind} {name!r}; {FOUND_BY[kind]}"
    more = " and more" if len(others) > NAMED_MAX else ""
    return f"no {kind} {name!r}; there are {', '.join(others[:NAMED_MAX])}{more}"
