"""Laws of when a message goes out, whatever is muted, quiet or spent."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.alerts.announce import About
from services.alerts.policy import Policy
from services.alerts.release import Decision, Message, Mute, Release

NOW = datetime(2027, 3, 26, 20, tzinfo=UTC)
HOURS = {"time_zone": "Europe/Berlin", "quiet": ["18:00", "08:00"], "working_days": ["mon", "wed"]}
MAIL = {"kind": "mail", "name": "mail", "host": "h", "sender": "s@us.example"}

moments = st.timedeltas(timedelta(0), timedelta(days=60)).map(lambda later: NOW + later)
events = st.sampled_from(["opened", "raised", "joined", "returned", "escalated", "reminded", "assigned", "resolved"])
severities = st.sampled_from(["warning", "alert"])


def policy(**written: Any) -> Policy:
    return Policy.model_validate({"channels": [MAIL], "digest": {"rhythm": "daily"}, **written})


def message(number: int = 1, event: str = "opened", severity: str = "warning", person: str | None = "eva") -> Message:
    return Message(UUID(int=number), event, severity, "open", None, About("crm", "ana"), None, person)


def mute(ends_at: datetime) -> Mute:
    return Mute("crm", None, None, None, ends_at, "kim")


@given(now=moments, ends_at=moments, event=events, severity=severities)
def test_nobody_is_told_when_they_may_not_be_unless_it_is_urgent(
    now: datetime, ends_at: datetime, event: str, severity: str
) -> None:
    its = policy(hours=HOURS | {"urgent": ["alert"]})

    decision = Release(its, [mute(ends_at)] if ends_at > now else [], {}, now).of(message(1, event, severity))

    assert decision.at is not None
    assert severity == "alert" or its.hours.opens_at(decision.at) == decision.at
    assert event == "resolved" or ends_at <= now or decision.at >= ends_at
    assert (decision.reason is None) == (decision.at == now)


@given(now=moments, ends_at=moments, event=events)
def test_asked_again_when_its_moment_has_come_it_goes_out(now: datetime, ends_at: datetime, event: str) -> None:
    its, mutes = policy(hours=HOURS), [mute(ends_at)]
    decision = Release(its, [mute for mute in mutes if mute.ends_at > now], {}, now).of(message(1, event))
    assert decision.at is not None

    again = Release(its, [mute for mute in mutes if mute.ends_at > decision.at], {}, decision.at)

    assert again.of(message(1, event)) == Decision(decision.at)


@given(asked=st.lists(st.tuples(st.integers(1, 9), events), max_size=40), budget=st.integers(1, 5))
def test_nobody_is_called_upon_for_more_alerts_than_their_budget(asked: list[tuple[int, str]], budget: int) -> None:
    release = Release(policy(attention={"budget": budget}), [], {"eva": [UUID(int=1)]}, NOW)

    decided = [(number, event, release.of(message(number, event))) for number, event in asked]

    climbed = {number for number, event, _ in decided if event == "escalated"}
    told = {number for number, event, its in decided if its.at and event not in {"joined", "resolved"}} | {1}
    assert len(told - climbed) <= budget
    assert {its.reason for _, _, its in decided} <= {None, "budget"}


def test_what_rests_is_told_when_it_returns() -> None:
    resting = message(event="raised")._replace(status="snoozed", snoozed_until=NOW + timedelta(days=2))

    decision = Release(policy(), [], {}, NOW).of(resting)

    assert (decision.at, decision.reason, decision.held_until) == (None, "snoozed", NOW + timedelta(days=2))
