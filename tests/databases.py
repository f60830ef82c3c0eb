"""Making and dropping databases on the servers of the session."""

from urllib.parse import urlsplit, urlunsplit

import asyncpg

from shared.plumbing.embedded.runtime import Runtime


async def create(servers: Runtime, name: str, template: str) -> None:
    """Copy a database, file by file: ten megabytes need no log."""
    await execute(servers, f"create database {name} template {template} strategy file_copy")


async def execute(servers: Runtime, statement: str) -> None:
    """Run one statement outside every test database."""
    connection = await asyncpg.connect(servers.database_url)
    await connection.execute(statement)
    await connection.close()


def renamed(url: str, database: str) -> str:
    """Point an address at another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
