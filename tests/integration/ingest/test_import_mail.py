"""A mailbox through interpretation and fold into Postgres."""

from datetime import timedelta
from pathlib import Path

import asyncpg
import orjson
import pytest

from services.ingest.connectors import mbox
from services.ingest.connectors.mail import Mailbox
from services.ingest.interpret import Policy, interpret
from services.projector import store
from services.projector.batch import gather
from services.projector.project import project
from shared.events.accepted import pack
from shared.plumbing.roster import put
from shared.roster import Entry
from tests.integration.projector.history import NOW
from tests.unit.ingest import mailboxes

OURS = Policy(b"key", frozenset({"acme.example"}))
MAILS = 60


@pytest.fixture(autouse=True)
async def as_projector(connection: asyncpg.Connection) -> None:
    for name, value in store.CONNECTION_SETTINGS.items():
        await connection.execute(f"set {name} = {value}")


@pytest.fixture
def mailbox(tmp_path: Path) -> Path:
    path = tmp_path / "a.mbox"
    path.write_bytes(b"".join(mailboxes.mbox(MAILS, 2)))
    return path


async def take_in(connection: asyncpg.Connection, path: Path) -> None:
    items = [item for item in mbox.items(path, Mailbox(OURS.is_ours, NOW)) if isinstance(item, dict)]
    outcomes = interpret(orjson.dumps(items), "mail", NOW, OURS)
    touchpoints = [touchpoint for outcome in outcomes for touchpoint in outcome.touchpoints]
    assert len(touchpoints) == len(items)
    await project(gather([pack(touchpoints, [], "test")]), connection)


async def test_a_second_import_adds_nothing(connection: asyncpg.Connection, mailbox: Path) -> None:
    await take_in(connection, mailbox)
    before = await connection.fetch("select * from projector.log order by event_key, ordinal")

    await take_in(connection, mailbox)

    assert len(before) == MAILS - MAILS // 10
    assert await connection.fetch("select * from projector.log order by event_key, ordinal") == before


async def test_no_address_of_anybody_is_in_the_log(connection: asyncpg.Connection, mailbox: Path) -> None:
    await take_in(connection, mailbox)

    rows = await connection.fetch("select log::text from projector.log")

    assert not [row for row in rows if "ana" in row["log"] or "bo" in row["log"] or "acme" in row["log"]]


async def test_how_long_an_answer_took_can_be_read_from_the_log(connection: asyncpg.Connection, mailbox: Path) -> None:
    await take_in(connection, mailbox)
    people = [Entry("change", (f"ana{thread}@corp{thread}.example",)) for thread in range(MAILS // 8 + 1)]
    await put(connection, people, OURS.handle_key, NOW)

    took = await connection.fetch("select took from attune.replies")
    await connection.fetch(IN_THE_DOCS)

    assert {row["took"] for row in took} == {timedelta(minutes=7)}
    assert len(took) == sum(answers(number) for number in range(MAILS))


def answers(number: int) -> bool:
    """Tell whether the mail before it is of the same thread, and both count."""
    return number % 8 > 0 and number % 10 > 0 and (number - 1) % 10 > 0


IN_THE_DOCS = (
    (Path(__file__).parents[3] / "docs" / "connectors-mail.md").read_text().partition("```sql\n")[2].partition("```")[0]
)
