"""How many servers keep a stream: tests/faults/test_cluster.py has three, here is one."""

import pytest

from shared.errors import Refused
from shared.plumbing.jetstream import connected, declare


async def test_one_server_is_not_asked_for_three_copies_in_silence(nats_url: str) -> None:
    async with connected(nats_url, "test") as jetstream:
        with pytest.raises(Refused, match="ATTUNE_STREAM_REPLICAS is 3, but NATS says"):
            await declare(jetstream, 3)
