"""What an event costs ingest, counted and not timed, so that it fails on any machine or on none."""

import sys
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from services.ingest.counts import count
from services.ingest.interpret import Policy, interpret
from services.ingest.publish import ROWS_MAX, outgoing
from services.ingest.report import Report
from shared.vocabulary import SUBJECT_ACCEPTED

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
POLICY = Policy(b"a key for tests")
KINDS: list[dict[str, Any]] = [
    {"kind": "email", "direction": "inbound"},
    {"kind": "meeting", "duration_minutes": 30},
    {"kind": "disclosure", "direction": "inbound", "depth": 0.5},
]
CALLS_AT_MOST = 70.0
"""Of functions, Python's and C's, for one event in a large message: a tenth more than today."""


def events(number: int) -> list[dict[str, Any]]:
    return [
        {
            "specversion": "1.0",
            "id": f"cost-{i}",
            "source": "mail/inbox",
            "type": "attune.touchpoint.v1",
            "time": "2026-11-20T08:00:00Z",
            "data": {"people": [{"address": f"person-{i % 50}@corp.example"}], **KINDS[i % len(KINDS)]},
        }
        for i in range(number)
    ]


def taken_in(message: bytes) -> list[tuple[str, bytes]]:
    reports = [Report("acme", outcome) for outcome in interpret(message, "acme", NOW, POLICY)]
    count(reports)
    return list(outgoing(reports, NOW, POLICY))


def calls_of(message: bytes) -> int:
    """Count every call of a function that taking the message in makes."""
    seen: Counter[str] = Counter()
    sys.setprofile(lambda _frame, what, _its: seen.update([what]))
    try:
        taken_in(message)
    finally:
        sys.setprofile(None)
    return seen["call"] + seen["c_call"]


def test_an_event_among_many_costs_no_more_calls_than_it_did() -> None:
    few, many = orjson.dumps(events(200)), orjson.dumps(events(1200))
    taken_in(many)  # addresses are looked up once and remembered

    each = (calls_of(many) - calls_of(few)) / 1000

    assert each <= CALLS_AT_MOST


@pytest.mark.parametrize(("number", "envelopes"), [(1, 1), (ROWS_MAX, 1), (3 * ROWS_MAX, 3)])
def test_what_one_pull_brings_leaves_in_as_few_messages_as_hold_it(number: int, envelopes: int) -> None:
    sent = taken_in(orjson.dumps(events(number)))

    assert [subject for subject, _ in sent] == [SUBJECT_ACCEPTED] * envelopes
