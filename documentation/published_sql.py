"""The published SQL, from a migrated database's own catalogue."""

from itertools import groupby
from typing import Any

from documentation import markdown
from documentation.markdown import code
from shared.plumbing.queries import query

ABOUT = """
What analysts may read, as the role `attune_reader`: the schema `attune`, and nothing else. The comments stand in
the database as well (`\\d+ attune.alignment` in psql shows them). [Query from BI](../query.md) has examples.
Readers of some initiatives (`attune reader add NAME --initiative X`) find the same in the schema `mine`, without
`sources` and `disabled`; there `initiatives` lists theirs."""


async def page(connection: Any) -> str:
    """Return the page, from the database that the connection is to."""
    columns = await connection.fetch(query("documentation", "columns"))
    functions = await connection.fetch(query("documentation", "functions"))
    return markdown.page(
        "SQL",
        ABOUT,
        "## Views",
        *(
            part
            for (name, about), rows in groupby(columns, lambda row: (row["name"], row["about"]))
            for part in _view(name, about, rows)
        ),
        "## Functions",
        *(part for function in functions for part in _function(function)),
    )


def _view(name: str, about: str | None, columns: Any) -> list[str]:
    rows = [(code(its["column"]), its["type"], its["comment"]) for its in columns]
    return [f"### attune.{name}", about or "", markdown.table(["Column", "Type", "Meaning"], rows)]


def _function(its: Any) -> list[str]:
    written = f"attune.{its['name']}({its['arguments']})\n    returns {its['result']}"
    return [f"### attune.{its['name']}()", its["about"] or "", markdown.fenced(written, "text")]
