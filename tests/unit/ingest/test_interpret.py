"""What a report means, and what a connector author is told when it means nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.interpret import EVENT_BYTES_MAX, INTERNAL, Outcome, Policy, interpret
from shared.events.address import Spelling
from shared.events.lists import Lists

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
POLICY = Policy(b"a key for tests", own_domains=frozenset({"us.example"}))
WHOLE: dict[str, dict[str, Any]] = {
    "meeting": {"duration_minutes": 45},
    "email": {"direction": "outbound"},
    "call": {"duration_minutes": 10, "direction": "inbound"},
    "message": {"direction": "inbound"},
    "disclosure": {"direction": "inbound", "depth": 0.5, "facet": "empathy"},
    "commitment": {
        "direction": "mutual",
        "commitment": {"ref": "pilot", "state": "made", "by": "us", "due_at": "2026-12-01T00:00:00Z"},
    },
    "setback": {"direction": "inbound", "severity": 1},
    "pulse": {"direction": "inbound", "rating": -0.4},
}


def event(kind: str = "email", /, at: datetime = NOW, **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "event-1",
        "source": "mail/inbox",
        "type": "attune.touchpoint.v1",
        "time": at.isoformat(),
        "data": {"kind": kind, "people": [{"address": "ana@corp.example"}], **WHOLE.get(kind, {}), **data},
    }


def outcome_of(report: Any) -> Outcome:
    (outcome,) = interpret(orjson.dumps(report), "acme", NOW, POLICY)
    return outcome


def without(report: dict[str, Any], field: str) -> dict[str, Any]:
    *path, last = field.split(".")
    part = report
    for name in path:
        part = part[name]
    del part[last]
    return report


def test_every_kind_is_accepted_with_its_own_facts() -> None:
    for kind in WHOLE:
        outcome = outcome_of(event(kind))

        assert [t.event_id for t in outcome.touchpoints] == ["event-1"], kind
        assert outcome.refusal is None


@pytest.mark.parametrize(
    ("report", "field", "value"),
    [
        ({**event(), "time": "2026-11-20T10:00:00"}, "time", "'2026-11-20T10:00:00'"),
        ({**event(), "time": "0001-01-01T00:00:00Z"}, "time", "'0001-01-01T00:00:00+00:00'"),
        (event(at=NOW + timedelta(minutes=6)), "time", "'2026-11-23T12:06:00+00:00'"),
        (
            event("meeting", at=NOW + timedelta(days=2000), planned=True),
            "time",
            "'2032-05-15T12:00:00+00:00'",
        ),
        (
            event("commitment", commitment={"ref": "r", "state": "made", "by": "us", "due_at": "9999-12-31T00:00:00Z"}),
            "data.commitment.due_at",
            "'9999-12-31T00:00:00Z'",
        ),
        ({**event(), "type": "attune.lunch.v1"}, "type", "'attune.lunch.v1'"),
        ({**event(), "id": ""}, "id", "''"),
        ({**event(), "id": "a\0b"}, "id", "'a\\x00b'"),
        ({**event(), "specversion": "0.3"}, "specversion", "'0.3'"),
        (without(event(), "time"), "time", "missing"),
        (without(event(), "source"), "source", "missing"),
        (without(event(), "data"), "data", "missing"),
        (without(event(), "data.kind"), "data.kind", "missing"),
        (without(event(), "data.people"), "data.people", "missing"),
        (without(event(), "data.direction"), "data.direction", "missing"),
        (without(event("setback"), "data.severity"), "data.severity", "missing"),
        (event("lunch"), "data.kind", "'lunch'"),
        (event(people=[]), "data.people", "[]"),
        (event(people=[{"address": "nobody"}]), "data.people.0.address", "'nobody'"),
        (
            event(people=[{"address": "a@b.example", "response": "maybe"}]),
            "data.people.0.response",
            "'maybe'",
        ),
        (event(direction="sideways"), "data.direction", "'sideways'"),
        (event(subject="Re: salary"), "data.subject", "'Re: salary'"),
        (event("meeting", duration_minutes=1441), "data.duration_minutes", "1441"),
        (event("meeting", duration_minutes="60"), "data.duration_minutes", "'60'"),
        (event("email", duration_minutes=5), "data.duration_minutes", "5"),
        (event("disclosure", depth=1.1), "data.depth", "1.1"),
        (event("setback", severity=-0.1), "data.severity", "-0.1"),
        (event("pulse", rating=2), "data.rating", "2"),
        (event(initiative="a\0b"), "data.initiative", "'a\\x00b'"),
        (
            event("commitment", commitment={"ref": "x", "state": "lost", "by": "us"}),
            "data.commitment.state",
            "'lost'",
        ),
        (7, "event", "7"),
    ],
)
def test_a_refusal_names_the_field_the_value_and_the_rule(report: Any, field: str, value: str) -> None:
    refusal = outcome_of(report).refusal

    assert refusal is not None
    assert (refusal.field, refusal.value) == (field, value)
    assert refusal.rule


@pytest.mark.parametrize("message", [b"", b"{", b"[{]", b"\xff\xfe", b"[" * 5000, b"[]", b"null"])
def test_what_is_no_event_is_refused_whole_with_its_bytes(message: bytes) -> None:
    (outcome,) = interpret(message, "acme", NOW, POLICY)

    assert outcome.refusal is not None
    assert outcome.original == message


def test_an_event_may_lie_five_minutes_ahead_because_clocks_differ() -> None:
    assert outcome_of(event(at=NOW + timedelta(minutes=5))).refusal is None


def test_a_planned_meeting_may_lie_ahead() -> None:
    (touchpoint,) = outcome_of(event("meeting", at=NOW + timedelta(days=30), planned=True)).touchpoints

    assert touchpoint.planned


def test_an_event_beyond_the_size_limit_is_refused_and_its_neighbours_pass() -> None:
    crowd = [{"address": f"{'x' * 300}{i}@corp.example"} for i in range(500)]
    heavy = event(people=crowd, note="n" * 9_000, thread="t" * 500)
    heavier = {**heavy, "extension": "e" * EVENT_BYTES_MAX}

    big, small = interpret(orjson.dumps([heavier, event()]), "acme", NOW, POLICY)

    assert big.refusal is not None
    assert "bytes" in big.refusal.rule
    assert small.touchpoints


def test_one_bad_event_in_500_harms_no_neighbour() -> None:
    batch = [{**event(), "id": f"event-{i}"} for i in range(500)]
    batch[250]["time"] = "yesterday"

    outcomes = interpret(orjson.dumps(batch), "acme", NOW, POLICY)

    assert [i for i, outcome in enumerate(outcomes) if outcome.refusal] == [250]
    assert orjson.loads(outcomes[250].original) == batch[250]
    assert sum(len(outcome.touchpoints) for outcome in outcomes) == 499


def test_a_meeting_fans_out_to_its_outside_people_who_did_not_decline() -> None:
    people = [
        {"address": "Ana@Corp.example"},
        {"address": "mailto:ana@corp.example"},
        {"address": "bo@corp.example", "response": "declined"},
        {"address": "me@us.example"},
        {"address": "cy@corp.example", "response": "tentative"},
    ]

    touchpoints = outcome_of(event("meeting", people=people)).touchpoints

    assert [t.handle for t in touchpoints] == [POLICY.handle_of(f"{n}@corp.example") for n in ("ana", "cy")]
    assert [t.ordinal for t in touchpoints] == [0, 1]
    assert {t.breadth for t in touchpoints} == {5}


@pytest.mark.parametrize(
    ("people", "reason"),
    [
        ([{"address": "me@us.example"}], "internal"),
        ([{"address": "ana@corp.example", "response": "declined"}], "declined"),
    ],
)
def test_what_touches_nobody_outside_is_dropped_with_its_reason(people: list[Any], reason: str) -> None:
    assert outcome_of(event("meeting", people=people)).dropped == reason


def test_an_address_never_leaves_interpretation() -> None:
    outcome = outcome_of(event(by="me@us.example", thread="<77@mail.corp.example>"))

    assert "corp.example" not in repr(outcome.touchpoints)
    assert "us.example" not in repr(outcome.touchpoints)


@pytest.mark.parametrize(
    ("report", "field"),
    [
        (event() | {"id": "visit-Ana@corp.example-2"}, "id"),
        (event() | {"source": "crm/ana@corp.example"}, "source"),
        (event(initiative="about ana@corp.example"), "data.initiative"),
        (
            event("commitment", by="me@us.example", commitment={"ref": "me@us.example", "state": "kept", "by": "us"}),
            "data.commitment.ref",
        ),
    ],
)
def test_what_is_kept_as_it_came_must_not_hold_an_address_of_its_people(report: dict[str, Any], field: str) -> None:
    refusal = outcome_of(report).refusal

    assert refusal is not None
    assert (refusal.field, "digest" in refusal.rule) == (field, True)


def test_an_address_of_its_people_is_known_in_its_other_spellings() -> None:
    report = event(people=[{"address": "ana@bücher.example"}]) | {"id": "visit:ana@Bücher.example"}

    refusal = outcome_of(report).refusal

    assert refusal is not None
    assert refusal.field == "id"


@pytest.mark.parametrize("own", ["old.example", "us.example"])
def test_we_are_ourselves_by_each_of_our_names(own: str) -> None:
    spelling = Spelling(aliases={"old.example": "us.example"})
    policy = Policy(b"a key for tests", own_domains=frozenset({own}), spelling=spelling)

    assert policy.is_ours("uli@old.example")
    assert policy.why_not("uli@old.example") == INTERNAL
    assert not policy.is_ours("ana@corp.example")


def test_an_id_with_an_address_of_nobody_there_is_taken_in_as_message_ids_are() -> None:
    assert outcome_of(event() | {"id": "77@mail.corp.example"}).touchpoints


def test_a_note_is_kept_only_when_notes_are_switched_on() -> None:
    report = orjson.dumps(event("disclosure", note="she told me"))
    keeping = Policy(b"a key for tests", keep_notes=True)

    (silent,) = interpret(report, "acme", NOW, POLICY)
    (kept,) = interpret(report, "acme", NOW, keeping)

    assert "she told me" not in repr(silent)
    assert "she told me" in repr(kept.touchpoints)


def test_the_same_words_again_are_the_same_content_and_other_words_are_not() -> None:
    first, again = outcome_of(event()), outcome_of({**event(), "extension": "trace"})
    other = outcome_of(event(direction="inbound"))

    (one,), (two,), (three,) = first.touchpoints, again.touchpoints, other.touchpoints
    assert one.event_key == two.event_key == three.event_key
    assert one.content == two.content
    assert one.content != three.content


def test_a_retraction_has_the_key_of_what_it_takes_back() -> None:
    taken = outcome_of(event()).touchpoints[0]
    report = {
        "specversion": "1.0",
        "id": "event-2",
        "source": "mail/other",
        "type": "attune.retraction.v1",
        "data": {"source": "mail/inbox", "id": "event-1"},
    }

    retraction = outcome_of(report).retraction

    assert retraction is not None
    assert retraction.event_key == taken.event_key


def test_two_sources_never_share_an_identity() -> None:
    (one,) = interpret(orjson.dumps(event()), "acme", NOW, POLICY)
    (two,) = interpret(orjson.dumps(event()), "other", NOW, POLICY)

    assert one.touchpoints[0].event_key != two.touchpoints[0].event_key


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@given(field=st.sampled_from(["specversion", "id", "source", "type", "time", "data"]), value=json_values)
def test_whatever_stands_in_a_field_there_is_exactly_one_outcome(field: str, value: Any) -> None:
    try:
        report = orjson.dumps({**event(), field: value})
    except TypeError:  # an integer beyond 64 bits is not JSON that orjson writes
        return

    (outcome,) = interpret(report, "acme", NOW, POLICY)

    assert outcome.word in {"accepted", "rejected"}


@given(field=st.sampled_from(["people", "direction", "breadth", "by", "thread", "initiative"]), value=json_values)
def test_whatever_stands_in_the_data_there_is_exactly_one_outcome(field: str, value: Any) -> None:
    try:
        report = orjson.dumps(event(**{field: value}))
    except TypeError:
        return

    (outcome,) = interpret(report, "acme", NOW, POLICY)

    assert outcome.word in {"accepted", "rejected"}


@given(st.binary(max_size=200))
def test_no_bytes_make_interpretation_crash(message: bytes) -> None:
    for outcome in interpret(message, "acme", NOW, POLICY):
        assert outcome.refusal is not None


def test_people_in_another_order_say_the_same() -> None:
    ana, bo = {"address": "ana@corp.example"}, {"address": "bo@corp.example", "response": "tentative"}

    one = outcome_of(event("meeting", people=[ana, bo]))
    other = outcome_of(event("meeting", people=[bo, ana]))

    assert one.touchpoints[0].content == other.touchpoints[0].content


def test_another_of_our_people_is_another_content() -> None:
    one, other = outcome_of(event(by="me@us.example")), outcome_of(event(by="you@us.example"))

    assert one.touchpoints[0].content != other.touchpoints[0].content


def test_our_own_settings_do_not_change_what_was_said() -> None:
    report = orjson.dumps(event("meeting", note="she told me", people=[{"address": "ana@corp.example"}]))
    keeping = Policy(b"a key for tests", keep_notes=True)

    (one,), (other,) = interpret(report, "acme", NOW, POLICY), interpret(report, "acme", NOW, keeping)

    assert one.touchpoints[0].content == other.touchpoints[0].content


def test_what_a_fast_clock_puts_ahead_has_happened_on_receipt() -> None:
    (ahead,) = outcome_of(event(at=NOW + timedelta(minutes=4))).touchpoints

    assert ahead.occurred_at == NOW.timestamp()


def test_a_role_or_a_blocked_person_is_nobody_to_keep_in_touch_with() -> None:
    policy = Policy(b"a key for tests", lists=Lists(blocked={"gone.example", "cy@corp.example"}))

    def told(*addresses: str) -> str | None:
        report = event(people=[{"address": address} for address in addresses])
        [outcome] = interpret(orjson.dumps(report), "acme", NOW, policy)
        return outcome.dropped or str(len(outcome.touchpoints))

    assert told("info@corp.example") == "role address"
    assert told("bo@eu.gone.example", "Cy@corp.example") == "blocked"
    assert told("info@corp.example", "ana@corp.example") == "1"


def test_an_allow_list_keeps_everybody_else_out_and_can_change() -> None:
    lists = Lists(allowed={"corp.example"})
    policy = Policy(b"a key for tests", lists=lists)
    assert policy.outside("bo@home.example") is None
    assert policy.outside("bo@eu.corp.example")

    lists.allowed.add(policy.handle_of("bo@home.example"))
    policy.look_again()

    assert policy.outside("bo@home.example")


def test_other_spellings_of_an_address_are_one_handle() -> None:
    policy = Policy(b"a key for tests", spelling=Spelling(without_tags=True, aliases={"old.example": "corp.example"}))

    assert policy.outside("ana+x@old.example") == policy.outside("ana@corp.example")
