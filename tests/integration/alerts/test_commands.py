"""`attune alerts …` against a real database."""

import asyncio
import re
from pathlib import Path
from typing import Any

import asyncpg
import click
import orjson
import pytest
from click.testing import CliRunner, Result

from services.alerts.channels.webhook import Webhook
from services.alerts.commands.alerts import alerts
from services.alerts.commands.commitments import commitments
from services.alerts.commands.digest import digest
from services.alerts.notify import notify
from shared.plumbing import clock
from tests.integration.alerts.collector import Collector
from tests.integration.alerts.conftest import SECRET
from tests.integration.alerts.story import Story


@pytest.fixture(autouse=True)
def environment(
    database: str, nats_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, collector: Collector
) -> None:
    told = {"DIRECTORY": tmp_path, "DATABASE_URL": database, "NATS_URL": nats_url}
    told |= {"WEBHOOK_URL": collector.url, "WEBHOOK_SECRET": SECRET}
    for name, value in told.items():
        monkeypatch.setenv(f"ATTUNE_{name}", str(value))


async def run(command: click.Command, *words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, command, words)


async def alerted(story: Story) -> str:
    await story.person(cadence_days=7, owner="eva")
    await story.becomes_warm(day=-8)
    await story.judged(0)
    [row] = orjson.loads((await run(alerts, "list", "--json")).output)
    return str(row["short_id"])


async def status(story: Story) -> str:
    [alert] = await story.alerts()
    return str(alert["status"])


async def test_an_alert_is_lived_through_by_the_beginning_of_its_id(story: Story) -> None:
    prefix = await alerted(story)

    said = [
        await run(alerts, "ack", prefix, "--by", "eva"),
        await run(alerts, "comment", prefix, "called her office"),
        await run(alerts, "assign", prefix, "kim"),
        await run(alerts, "snooze", prefix[:4], "--until", "3d"),
        await run(alerts, "resolve", prefix, "--note", "met", "--json"),
    ]
    shown = orjson.loads((await run(alerts, "show", prefix, "--json")).output)

    assert [its.exit_code for its in said] == [0] * 5
    assert orjson.loads(said[4].output)["status"] == "resolved"
    of_kim = orjson.loads((await run(alerts, "list", "--status", "all", "--assignee", "kim", "--json")).output)
    assert [its["short_id"] for its in of_kim] == [prefix]
    assert "in the hands of kim" in said[3].output
    events = [its["event"] for its in shown["history"]]
    assert events == ["opened", "acknowledged", "commented", "assigned", "snoozed", "resolved"]
    assert await status(story) == "resolved"


async def test_what_cannot_be_done_is_refused_in_a_sentence(story: Story) -> None:
    prefix = await alerted(story)
    await run(alerts, "resolve", prefix, "--note", "met")

    assert "is resolved since" in str((await run(alerts, "ack", prefix)).exception)
    assert "no id" in str((await run(alerts, "ack", "xyz")).exception)
    assert (await run(alerts, "snooze", prefix)).exit_code == 2
    for until in ("3x", "0001-01-01T00:00+10:00"):
        said = await run(alerts, "snooze", prefix, "--until", until)
        assert (said.exit_code, f"{until!r} is no span such as 3d" in said.output) == (2, True)


async def test_mutes_are_made_listed_and_ended(story: Story) -> None:
    await story.person()
    made = await run(alerts, "mute", "--initiative", "change", "--for", "2d", "--by", "eva", "--note", "fair")

    [row] = orjson.loads((await run(alerts, "mutes", "--json")).output)
    ended = await run(alerts, "unmute", str(row["id"]), "--json")

    assert orjson.loads(ended.output)["id"] == row["id"]
    assert made.exit_code == ended.exit_code == 0
    assert (row["initiative"], row["author"], row["note"]) == ("change", "eva", "fair")
    assert orjson.loads((await run(alerts, "mutes", "--json")).output) == []
    for nobody, code in (("99", 1), ("99999999999", 2), ("0", 2)):
        assert (await run(alerts, "unmute", nobody)).exit_code == code
    assert "nothing to mute" in str((await run(alerts, "mute", "--for", "2d")).exception)


async def test_a_mute_of_what_does_not_exist_is_refused_unless_it_is_meant_in_advance(story: Story) -> None:
    await story.person(function="Finance")
    await story.hears("acme", 0, 1)
    wrong = {
        "--initiative": "no initiative 'nosuch'; there are change (--in-advance",
        "--function": "no function 'nosuch'; there are Finance (",
        "--stakeholder": "no stakeholder 'nosuch'; `attune alignment` names them (",
        "--source": "no source 'nosuch'; there are acme (",
    }

    for option, said in wrong.items():
        refused = await run(alerts, "mute", "--stakeholder", "ana", option, "nosuch", "--for", "2d")
        assert said in str(refused.exception)
    await story.person("ben", function="Legal")
    refused = await run(alerts, "mute", "--stakeholder", "ana", "--function", "Legal", "--for", "2d")
    assert "nobody is all of that together (--in-advance" in str(refused.exception)
    assert orjson.loads((await run(alerts, "mutes", "--json")).output) == []

    made = [
        await run(alerts, "mute", "--initiative", "nosuch", "--for", "2d", "--in-advance"),
        await run(
            alerts, "mute", "--stakeholder", "ana", "--function", "Finance", "--source", "acme", "--for", "2d", "--json"
        ),
    ]

    assert [its.exit_code for its in made] == [0, 0]
    mutes = orjson.loads((await run(alerts, "mutes", "--json")).output)
    assert orjson.loads(made[1].output)["id"] in [its["id"] for its in mutes]


async def test_an_empty_list_is_never_that_of_a_name_that_nothing_bears(story: Story) -> None:
    await story.person(owner="eva")
    for command, words in (
        (alerts, ["list", "--initiative", "nosuch"]),
        (commitments, ["--initiative", "nosuch"]),
        (alerts, ["list", "--assignee", "kim"]),
        (digest, ["--preview", "--owner", "kim"]),
    ):
        said = await run(command, *words)
        assert f"{words[-1]!r}; there are" in str(said.exception), words
        assert (await run(command, *words[:-1], "eva" if words[-1] == "kim" else "change")).exit_code == 0


async def test_dead_letters_are_sent_again_under_their_id(
    story: Story, pool: Any, webhook: Webhook, collector: Collector
) -> None:
    prefix = await alerted(story)
    collector.answers += [(410, {})]
    await notify(pool, webhook, lambda: story.at(0.1))
    dead = orjson.loads((await run(alerts, "deliveries", "--json")).output)

    said = await run(alerts, "resend", prefix)
    await notify(pool, webhook, clock.now)

    assert [its["channel"] for its in dead] == ["webhook"]
    assert said.output.startswith("1 message")
    assert "'pigeon' is no channel; there are nats, webhook" in str(
        (await run(alerts, "resend", prefix, "--channel", "pigeon")).exception
    )
    assert orjson.loads((await run(alerts, "resend", prefix, "--json")).output) == {"messages": 0}
    first, second = collector.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert orjson.loads((await run(alerts, "deliveries", "--json")).output) == []
    assert (await run(alerts, "resend")).exit_code == 2


async def test_a_test_takes_the_way_of_a_real_alert(
    story: Story, pool: Any, webhook: Webhook, collector: Collector, connection: asyncpg.Connection
) -> None:
    await story.person()
    await connection.execute("insert into alerts.disabled values ('webhook', '127.0.0.1', now(), 'answered 410 Gone')")
    sending = asyncio.create_task(run(alerts, "test", "webhook"))
    for _ in range(200):
        if sending.done():
            break
        await notify(pool, webhook, clock.now)
        await asyncio.sleep(0.05)

    said = await sending

    assert said.output == "webhook: delivered to 127.0.0.1\n", said.exception
    assert orjson.loads(collector.requests[0].body)["type"] == "attune.alert.test.v1"
    assert not await connection.fetch("select from attune.disabled")
    assert "is no channel" in str((await run(alerts, "test", "pigeon")).exception)


async def test_a_digest_is_previewed(story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await alerted(story)
    (tmp_path / "alerts.toml").write_text("[owners.kim]")
    monkeypatch.setenv("ATTUNE_ALERTS_FILE", str(tmp_path / "alerts.toml"))

    said = await run(digest, "--preview", "--owner", "eva")
    nobody = await run(digest, "--preview", "--owner", "kim")
    html = await run(digest, "--preview", "--html")

    assert re.search(r'<a href="http://127\.0\.0\.1:8474/alerts/[0-9a-f-]{36}"', html.output)
    assert "Subject: attune: 1 open for you" in said.output
    assert "is overdue: last touch 8 days ago" in said.output
    assert "All clear" in nobody.output


async def test_commitments_are_listed_the_soonest_due_first(story: Story) -> None:
    await story.person()
    for ref, days in (("late", 9), ("soon", 3)):
        promise = {"ref": ref, "state": "made", "by": "us", "due_at": story.at(days).isoformat()}
        await story.happens(-1, kind="commitment", commitment=promise)

    rows = orjson.loads((await run(commitments, "--json")).output)

    assert [row["ref"] for row in rows] == ["soon", "late"]
    assert orjson.loads((await run(commitments, "--past-due", "--json")).output) == []


async def test_one_alert_is_shown_with_all_that_is_behind_it(story: Story) -> None:
    prefix = await alerted(story)
    await story.connection.execute(
        "insert into alerts.suppressions (alert_id, event, channel, recipient, reason, note, happened_at)"
        " select id, 'opened', 'mail', 'eva', 'budget', 'eva has got 1 today', now() from attune.alerts"
    )
    await run(alerts, "comment", prefix, "she is \x1b[31maway", "--by", "ben")
    await story.connection.execute(
        "update alerts.deliveries set held_for = 'quiet', next_attempt_at = null, withdrawn_at = now(),"
        " gave_up_at = now(), last_error = 'withdrawn: snoozed while it was held back' where channel = 'webhook'"
    )

    said = (await run(alerts, "show", prefix)).output
    shown = orjson.loads((await run(alerts, "show", prefix, "--json")).output)

    for wanted in (
        "is overdue: last touch 8 days ago, agreed is every 7 days",
        "meeting, mutual",
        "What comes next: without a touch the score falls under the line on",
        "a 30-minute meeting this week ends the drift until",
        "a 15-minute call this week",
        f"Look at it:  {shown['link']}",
        "Mute it:     attune alerts mute --stakeholder ana --for 7d",
        "commented by ben: she is \ufffd[31maway",
        "opened for eva, budget: eva has got 1 today",
        "opened to alerts.change.overdue by nats, pending",
        "by webhook, withdrawn: snoozed while it was held back",
    ):
        assert wanted in said
    assert [len(shown[name]) for name in ("touches", "what_if", "suppressions")] == [5, 3, 1]
    assert shown["link"] == f"http://127.0.0.1:8474/alerts/{shown['id']}"
    assert shown["mute"] == "attune alerts mute --stakeholder ana --for 7d"
    assert shown["forecast"].startswith("without a touch")


async def test_an_alert_about_a_function_is_shown_too(story: Story) -> None:
    for name in ("ana", "ben"):
        await story.person(name, function="Finance")
        await story.becomes_warm(name, day=-200)
    await story.looked(0)
    await story.looked(8)
    prefix = str((await story.alerts())[0]["id"])

    said = (await run(alerts, "show", prefix)).output

    assert "has nobody aligned since" in said
    assert "attune alerts mute --initiative change --function Finance --for 7d" in said


async def test_an_alert_shows_what_held_it_back_before_it_opened(story: Story) -> None:
    await story.person(cadence_days=9)
    await story.becomes_warm(day=-8)
    await story.plans(0.5)
    assert await story.judged(0) == []
    await story.judged(1.6)
    prefix = str((await story.alerts())[0]["id"])

    assert "opened, planned: a meeting on" in (await run(alerts, "show", prefix)).output
