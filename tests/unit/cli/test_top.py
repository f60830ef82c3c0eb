from typing import Any

import pytest
from rich.console import Console

from services.cli.top import Sample, picture, rate

FOUND: dict[str, Any] = {
    "database_url": "postgresql://attune@/attune",
    "nats_url": "nats://attune@127.0.0.1",
    "lag": {"ingest": 0, "projector": 1200},
    "oldest": {"ingest": 0.0, "projector": 3.4},
    "taken": {"ingest": 1000, "projector": 40},
    "counts": {"touchpoints": 5000, "relationships": 3, "open_alerts": 2},
    "bands": {"aligned": 2, "misaligned": 1},
    "drifts": {"overdue": 2},
    "deliveries": {"dead": 1, "delivered": 7},
}
BEFORE = Sample(FOUND, 10.0)
NOW = Sample({**FOUND, "taken": {"ingest": 1500, "projector": 40}}, 20.0)


def drawn(*samples: Any, **more: Any) -> str:
    console = Console(width=100)
    with console.capture() as captured:
        console.print(picture(*samples, **more))
    return captured.get()


def test_a_rate_is_what_came_in_between_by_the_time_in_between() -> None:
    assert rate(NOW, BEFORE, "taken", "ingest") == "50"
    assert rate(NOW, BEFORE, "taken", "projector") == "0"


@pytest.mark.parametrize("before", [None, NOW, Sample({**FOUND, "taken": {"ingest": None}}, 1.0)])
def test_a_rate_that_cannot_be_told_is_not_shown(before: Sample | None) -> None:
    assert rate(NOW, before, "taken", "ingest") == ""


def test_lag_states_drifts_and_deliveries_are_all_seen() -> None:
    seen = drawn(NOW, BEFORE)

    assert all(word in seen for word in ("1,200", "3 s", "50", "5,000", "aligned", "overdue", "dead", "delivered"))


def test_before_anything_has_started_there_is_nothing_to_stumble_over() -> None:
    nothing = {part: dict.fromkeys(FOUND[part]) for part in ("lag", "oldest", "taken", "counts")}

    assert "not started" in drawn(Sample({**FOUND, **nothing, "bands": {}, "drifts": {}, "deliveries": {}}, 1.0))


def test_trouble_is_told_beside_what_was_seen_last() -> None:
    assert "NATS does not answer" in drawn(NOW, trouble="NATS does not answer")
