import asyncpg

from shared.plumbing.roster import put
from shared.roster import Entry
from tests.integration.projector.history import NOW, POLICY, live, prepare, states, touch


async def test_a_touchpoint_feeds_its_own_initiative_or_else_all_that_the_person_is_on(
    connection: asyncpg.Connection,
) -> None:
    await prepare(connection, [])
    await put(
        connection,
        [Entry(name, ("ana@corp.example",), stakeholder="ana") for name in ("one", "two")],
        POLICY.handle_key,
        NOW,
    )

    await live(connection, [touch(1, days_ago=1), touch(2, days_ago=2, initiative="two")])

    days = {who: state["touch_days"] for who, state in (await states(connection)).items()}
    assert days == {"one/ana": 1, "two/ana": 2}
