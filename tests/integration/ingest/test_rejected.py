from collections.abc import AsyncIterator

import pytest
from nats.js import JetStreamContext

from shared.errors import Refused
from shared.events.refusal import Refusal
from shared.plumbing import rejected
from shared.plumbing.jetstream import INTAKE, REJECTED, connected, declare
from shared.plumbing.rejections import CONFLICT, rejection
from shared.vocabulary import SUBJECT_REJECTED
from tests.integration.projector.history import NOW


@pytest.fixture
async def jetstream(nats_url: str) -> AsyncIterator[JetStreamContext]:
    async with connected(nats_url, "test") as jetstream:
        await declare(jetstream)
        await jetstream.purge_stream(INTAKE)
        await jetstream.purge_stream(REJECTED)
        yield jetstream
        await jetstream.purge_stream(INTAKE)
        await jetstream.purge_stream(REJECTED)


async def refuse(jetstream: JetStreamContext, original: bytes, rule: str = "is required") -> int:
    message = rejection(Refusal("time", "missing", rule), "acme", "7", original, NOW)
    return (await jetstream.publish(SUBJECT_REJECTED, message)).seq


async def test_the_latest_are_listed_oldest_first(jetstream: JetStreamContext) -> None:
    ids = [await refuse(jetstream, b"{}") for _ in range(5)]

    found = await rejected.latest(jetstream, 3)

    assert [rejection["id"] for rejection in found] == ids[2:]
    assert found[0]["reason"] == "time: missing — is required"


async def test_what_was_taken_out_between_does_not_shorten_the_list(jetstream: JetStreamContext) -> None:
    ids = [await refuse(jetstream, b"{}") for _ in range(6)]
    for id_ in ids[2:5]:
        await jetstream.delete_msg(REJECTED, id_)

    found = await rejected.latest(jetstream, 3)

    assert [rejection["id"] for rejection in found] == [ids[0], ids[1], ids[5]]


async def test_an_empty_stream_lists_nothing(jetstream: JetStreamContext) -> None:
    assert await rejected.latest(jetstream, 20) == []


@pytest.mark.parametrize("original", [b'{"id": "7"}', b"\xff\x00 no text"])
async def test_a_retry_sends_the_very_bytes_and_forgets_the_rejection(
    jetstream: JetStreamContext, original: bytes
) -> None:
    id_ = await refuse(jetstream, original)

    done = await rejected.retry(jetstream, [await rejected.one(jetstream, id_)])

    [sent] = [await jetstream.get_last_msg(INTAKE, "touchpoints.in.acme")]
    assert (done.published, done.conflicts) == ([id_], [])
    assert sent.data == original
    with pytest.raises(Refused, match=f"there is no rejected event {id_}"):
        await rejected.one(jetstream, id_)


async def test_a_conflict_is_never_retried(jetstream: JetStreamContext) -> None:
    id_ = await refuse(jetstream, b"{}", CONFLICT)

    done = await rejected.retry(jetstream, await rejected.latest(jetstream, None))

    assert (done.published, done.conflicts) == ([], [id_])
    assert (await jetstream.stream_info(INTAKE)).state.messages == 0


async def test_only_what_a_source_was_refused_since_then_is_counted(jetstream: JetStreamContext) -> None:
    await refuse(jetstream, b"{}")
    before = await rejected.last(jetstream)
    assert await rejected.count_since(jetstream, before, "acme") == 0

    await refuse(jetstream, b"{}")

    assert await rejected.count_since(jetstream, before, "acme") == 1
    assert await rejected.count_since(jetstream, before, "other") == 0
