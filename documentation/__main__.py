"""Writes docs/reference from the code: `python -m documentation`."""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

import asyncpg

from documentation import api, cli, events, metrics, published_sql, settings, subjects
from shared.plumbing.embedded import servers
from shared.plumbing.migrate import migrate

ROOT = Path(__file__).resolve().parents[1] / "docs" / "reference"
PAGES = {
    "events.md": events.page,
    "subjects.md": subjects.page,
    "api.md": api.page,
    "commands.md": cli.page,
    "settings.md": settings.page,
    "metrics.md": metrics.page,
}


async def reference(connection: Any) -> dict[str, str]:
    """Return each page by its file's name; the connection is to a migrated database."""
    return {**{name: page() for name, page in PAGES.items()}, "sql.md": await published_sql.page(connection)}


async def write(database_url: str, directory: Path) -> None:
    """Write every page."""
    connection = await asyncpg.connect(database_url)
    try:
        await migrate(connection)
        for name, page in (await reference(connection)).items():
            (directory / name).write_text(page)
    finally:
        await connection.close()


def main() -> None:
    """Write the reference, with a database that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="attune-") as home, servers.running(Path(home)) as runtime:
        asyncio.run(write(runtime.database_url, Path(sys.argv[1]) if sys.argv[1:] else ROOT))


if __name__ == "__main__":
    main()
