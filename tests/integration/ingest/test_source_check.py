"""`attune source check --source`: a connector's own stream, judged while ingest takes it."""

import asyncio
import json

import pytest

from shared.plumbing.credentials import Credentials
from tests.house import House
from tests.integration.ingest.intake import Intake
from tests.integration.ingest.reports import report

SECONDS = "20"


async def test_a_stream_is_judged_as_it_comes_in_and_nothing_is_taken_from_it(
    attune: House, acme: Credentials, intake: Intake
) -> None:
    good = report()
    command = ["source", "check", "--source", acme.name, "--seconds", SECONDS, "--messages", "3", "--json"]
    listening = asyncio.create_task(asyncio.to_thread(attune.attune, *command))
    while not listening.done():
        await intake.send([good])
        await asyncio.sleep(0.1)

    verdicts = {row["rule"]: row for row in json.loads(await listening)}

    assert verdicts["ids"]["verdict"] == "kept"
    assert verdicts["envelope"]["seen"] == 3
    await intake.settled()
    assert await intake.logged([good["id"]]) == [good["id"]]


def test_nobody_listens_to_a_source_that_is_none(attune: House) -> None:
    with pytest.raises(AssertionError, match="'nosuch' is no source"):
        attune.attune("source", "check", "--source", "nosuch", "--seconds", "1")


def test_a_source_that_says_nothing_is_not_taken_for_a_good_one(attune: House) -> None:
    attune.source("silent")

    with pytest.raises(AssertionError, match="nothing was heard"):
        attune.attune("source", "check", "--source", "silent", "--seconds", "0.5")
