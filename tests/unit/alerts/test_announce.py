from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from services.alerts import wording
from services.alerts.addressees import addressee
from services.alerts.announce import Announcement, announce, subject
from services.alerts.plan import Facts, Outgoing, plan
from services.alerts.policy import Target
from services.alerts.release import Release
from shared.judging.judge import judge
from shared.judging.own import OwnReason
from shared.judging.relationship import Relationship
from shared.vocabulary import Reason
from tests.integration.alerts.story import audience
from tests.unit.alerts.test_judge import ANA, DAY, MODEL, NOW, UNDER, WELL, overdue, told

FADED = replace(ANA, outlook=UNDER)
TO = audience()


def outgoing(announcement: Announcement, console_url: str = "") -> list[Outgoing]:
    """Return what goes to NATS and to the webhook."""
    machines = (addressee(announcement, Target(name, None), TO.policy) for name in ("nats", "webhook"))
    release = Release(TO.policy, (), {}, NOW)
    return plan([(announcement, who) for who in machines], release, Facts(), console_url).messages


def test_doing_it_again_after_a_crash_gives_the_same_ids() -> None:
    once = announce(FADED, judge(FADED, MODEL, NOW), NOW)
    again = announce(FADED, judge(FADED, MODEL, NOW + DAY), NOW + DAY)

    assert once is not None
    assert again is not None
    assert once.alert_id == again.alert_id
    assert [its.delivery_id for its in outgoing(once)] == [its.delivery_id for its in outgoing(again)]


@pytest.mark.parametrize(
    "other",
    [
        replace(FADED, initiative="other"),
        replace(FADED, stakeholder="ben"),
        replace(FADED, outlook=UNDER._replace(fell_at=NOW - timedelta(hours=2))),
        replace(FADED, judged_at=NOW - 2 * DAY),
    ],
)
def test_another_cause_gives_another_id(other: Relationship) -> None:
    one, another = (announce(its, judge(its, MODEL, NOW), NOW) for its in (FADED, other))

    assert one is not None
    assert another is not None
    assert one.alert_id != another.alert_id


def test_an_alert_dates_from_what_it_tells_and_not_from_history() -> None:
    long_overdue = overdue(FADED, by=60 * DAY)

    announcement = announce(long_overdue, judge(long_overdue, MODEL, NOW), NOW)

    assert announcement is not None
    assert announcement.reason is Reason.FADING
    assert announcement.drifts_at == UNDER.fell_at


def test_what_is_kept_is_not_announced() -> None:
    kept = replace(FADED, alert=told(Reason.FADING))

    assert announce(kept, judge(kept, MODEL, NOW), NOW) is None


def test_a_joined_reason_is_told_under_the_subject_of_the_first() -> None:
    both = overdue(replace(FADED, alert=told(Reason.FADING)))

    announcement = announce(both, judge(both, MODEL, NOW), NOW)

    assert announcement is not None
    [message, _] = outgoing(announcement)
    document = orjson.loads(message.payload)
    assert message.destination == "alerts.change.fading"
    assert document["type"] == "attune.alert.joined.v1"
    assert [because["reason"] for because in document["data"]["reasons"]] == ["fading", "overdue"]


def test_an_end_is_told_with_what_it_was_about() -> None:
    back = replace(ANA, outlook=WELL, alert=told(Reason.FADING))

    announcement = announce(back, judge(back, MODEL, NOW), NOW)

    assert announcement is not None
    [message, _] = outgoing(announcement, "http://console.example/")
    data = orjson.loads(message.payload)["data"]
    assert data["summary"] == "Ana (change) is back: at 70 points."
    assert [because["reason"] for because in data["reasons"]] == ["fading"]
    assert data["link"] == f"http://console.example/alerts/{announcement.alert_id}"


def test_moments_are_told_in_utc() -> None:
    announcement = announce(FADED, judge(FADED, MODEL, NOW), NOW)

    assert announcement is not None
    [message, _] = outgoing(announcement)
    assert datetime.fromisoformat(orjson.loads(message.payload)["timestamp"]).tzinfo == UTC


@pytest.mark.parametrize(
    ("initiative", "token"),
    [
        ("North Star 2.0", "North%20Star%202%2E0"),
        ("a.b.>", "a%2Eb%2E%3E"),
        ("*", "%2A"),
        ("100%", "100%25"),
        ("a\tb\x7f\x85", "a%09b%7F%C2%85"),
        ("Österreich", "Österreich"),
        ("a-b_c", "a-b_c"),
    ],
)
def test_what_a_subject_cannot_hold_is_percent_encoded(initiative: str, token: str) -> None:
    assert subject(initiative, Reason.FADING) == f"alerts.{token}.fading"


@pytest.mark.parametrize(("one", "other"), [("Öst", "Üst"), ("a b", "a.b"), ("a b", "a%20b")])
def test_no_two_initiatives_share_a_subject(one: str, other: str) -> None:
    assert subject(one, Reason.FADING) != subject(other, Reason.FADING)


def test_a_reason_of_ones_own_that_finds_no_words_is_told_by_its_title() -> None:
    def said(figures: Mapping[str, Any], _: str) -> str:
        return str(figures["promises"])

    its = OwnReason(holds=lambda *_: (), said=said, title="Overpromised", explained="…")

    assert wording._own(its)({}, "5 January 2026") == "shows 'Overpromised' since 5 January 2026"  # noqa: SLF001
    assert wording._own(its)({"promises": "has five"}, "5 January 2026") == "has five"  # noqa: SLF001
