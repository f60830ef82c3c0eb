import asyncio
from typing import Any

import pytest

from services.alerts.policy import WebhookChannel
from services.alerts.repeat import Round, repeat


def channel(**bounds: Any) -> WebhookChannel:
    return WebhookChannel.model_validate(
        {"kind": "webhook", "name": "w", "url": "http://u", "secrets": ["whsec_" + 32 * "c"], **bounds}
    )


@pytest.mark.parametrize(
    ("bounds", "at_once"),
    [
        ({}, 50),
        ({"concurrency": 200}, 200),
        ({"per_second": 5}, 5),
        ({"per_second": 0.2}, 1),
        ({"concurrency": 3, "per_second": 9}, 3),
    ],
)
def test_no_more_go_out_at_once_than_a_second_allows(bounds: dict[str, Any], at_once: int) -> None:
    assert channel(**bounds).at_once == at_once


def test_what_was_found_is_followed_by_the_rest_that_it_costs() -> None:
    assert Round(_five, per_second=10).rest(5) == 0.5
    assert Round(_five).rest(5) == 0


async def test_a_rest_ends_when_the_service_stops() -> None:
    stopping = asyncio.Event()
    working = asyncio.create_task(repeat(Round(_five, per_second=0.01), stopping))
    await asyncio.sleep(0.05)
    stopping.set()

    async with asyncio.timeout(5):
        await working


async def _five() -> int:
    return 5
