import asyncio

import orjson
import pytest

from services.ingest.bring import NAMED_MAX, Brought, told_if_interrupted
from services.ingest.commands import summary
from services.ingest.connectors.items import Doomed, Rejected


def test_who_interrupts_an_import_is_told_how_far_it_came_and_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    brought = Brought()
    brought.acknowledge(200)

    with pytest.raises(asyncio.CancelledError), told_if_interrupted(brought, "the roster is not entered"):
        raise asyncio.CancelledError

    assert capsys.readouterr().err == (
        "attune: interrupted after 200 events; the roster is not entered"
        " — run the same command again, nothing counts twice\n"
    )


def test_of_what_is_refused_the_first_are_named_and_the_others_counted(capsys: pytest.CaptureFixture[str]) -> None:
    brought = Brought()
    for number in range(NAMED_MAX):
        brought.note(Rejected(f"line {number}: wrong", "wrong", ""))
        brought.foresee(Doomed(b"{}", f"event-{number}: wrong"))

    with pytest.raises(SystemExit) as left:
        summary.report(brought, as_json=True)

    said = capsys.readouterr()
    assert left.value.code == 1
    assert orjson.loads(said.out)["refused"] == NAMED_MAX
    assert said.err.splitlines()[NAMED_MAX - 1 :] == [
        "event-9: wrong",
        "and 20 more",
        "20 refused: see `attune rejected list`",
    ]
