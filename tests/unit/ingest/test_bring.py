import asyncio

import pytest

from services.ingest.bring import Brought, told_if_interrupted


def test_who_interrupts_an_import_is_told_how_far_it_came_and_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    brought = Brought()
    brought.acknowledge(200)

    with pytest.raises(asyncio.CancelledError), told_if_interrupted(brought, "the roster is not entered"):
        raise asyncio.CancelledError

    assert capsys.readouterr().err == (
        "attune: interrupted after 200 events; the roster is not entered"
        " — run the same command again, nothing counts twice\n"
    )
