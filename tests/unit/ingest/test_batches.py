"""A batch is taken apart byte by byte, whatever its events hold."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.interpret import DETAILS_BYTES_MAX, EVENTS_MAX, TOO_MANY, Outcome, Policy, interpret

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
POLICY = Policy(b"a key for tests", keep_notes=True)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8
)


def outcomes_of(message: bytes) -> list[Outcome]:
    return interpret(message, "acme", NOW, POLICY)


@given(events=st.lists(values, min_size=1, max_size=5), indent=st.sampled_from([None, 2]))
def test_each_event_of_a_batch_is_refused_with_its_own_bytes(events: list[Any], indent: int | None) -> None:
    parts = [json.dumps(event, indent=indent).encode() for event in events]

    outcomes = outcomes_of(b" [ " + b" ,\n".join(parts) + b" ] ")

    assert [outcome.original for outcome in outcomes] == parts
    assert {outcome.word for outcome in outcomes} == {"rejected"}


@given(message=st.binary(max_size=40))
def test_any_bytes_at_all_come_to_an_outcome(message: bytes) -> None:
    for batch in (message, b"[" + message, b"[" + message + b"]"):
        outcomes = outcomes_of(batch)

        assert outcomes
        assert all(outcome.refusal for outcome in outcomes)


@pytest.mark.parametrize("message", [b"[1", b"[1,", b"[[1]", b'["]', b"[1]]", b"[1] 2", b'["\\"]', b"[" * 300_000])
def test_what_does_not_end_like_an_array_is_refused_whole(message: bytes) -> None:
    (outcome,) = outcomes_of(message)

    assert outcome.original == message
    assert outcome.refusal
    assert outcome.refusal.field == "message"


def test_too_many_events_are_refused_as_one() -> None:
    most, more = (b"[" + b"0," * count + b"0]" for count in (EVENTS_MAX - 1, EVENTS_MAX))

    assert len(outcomes_of(most)) == EVENTS_MAX
    (outcome,) = outcomes_of(more)
    assert outcome.refusal
    assert outcome.refusal.rule == TOO_MANY


def test_a_long_note_to_many_people_is_refused_before_it_is_kept_for_each() -> None:
    event = {
        "specversion": "1.0",
        "id": "event-1",
        "source": "mail/inbox",
        "type": "attune.touchpoint.v1",
        "time": NOW.isoformat(),
        "data": {
            "kind": "email",
            "direction": "inbound",
            "people": [{"address": f"{i}@corp.example"} for i in range(DETAILS_BYTES_MAX // 10_000)],
            "note": "n" * 10_000,
        },
    }

    (outcome,) = outcomes_of(json.dumps(event).encode())

    assert outcome.refusal
    assert outcome.refusal.field == "data.note"
