import json
import subprocess
import sys

import asyncpg
import pytest

from documentation import published_sql, settings
from documentation.__main__ import PAGES, ROOT
from shared.plumbing.settings import Settings

STALE = "the reference is not what the code says: run `make reference`"


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """The pages as a process writes them that has done nothing else: click remembers how a command was asked first."""
    program = (
        "import json; from documentation.__main__ import PAGES; print(json.dumps({n: p() for n, p in PAGES.items()}))"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    written: dict[str, str] = json.loads(said.stdout)
    return written


@pytest.mark.parametrize("name", PAGES)
def test_the_reference_is_what_the_code_says(name: str, pages: dict[str, str]) -> None:
    assert (ROOT / name).read_text() == pages[name], STALE


async def test_the_reference_of_sql_is_what_the_database_says(connection: asyncpg.Connection) -> None:
    assert (ROOT / "sql.md").read_text() == await published_sql.page(connection), STALE


def test_every_page_of_the_reference_is_generated() -> None:
    assert {path.name for path in ROOT.iterdir()} == {*PAGES, "sql.md"}


def test_every_setting_says_what_it_means() -> None:
    assert set(settings.meanings()) >= set(Settings.model_fields)


async def test_every_view_that_is_promised_says_what_it_is(connection: asyncpg.Connection) -> None:
    without = await connection.fetch(
        "select c.relname from pg_class c where c.relnamespace = 'attune'::regnamespace and c.relkind = 'v'"
        " and obj_description(c.oid, 'pg_class') is null"
    )

    assert [row["relname"] for row in without] == []
