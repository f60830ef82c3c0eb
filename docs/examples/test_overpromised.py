"""The reason opens an alert, says why in words, and ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.alerts.policy import Policy
from services.alerts.wording import clause
from services.console.wording import explained, reason
from shared.alignment.model import default_model
from shared.judging.judge import Change, judge
from shared.judging.relationship import Outlook, Promise, Relationship
from shared.vocabulary import Band, CommitmentState, Reason, Side

NOW, DAY = datetime(2026, 11, 23, 12, tzinfo=UTC), timedelta(days=1)
MADE = [Promise(f"P-{number}", CommitmentState.MADE, Side.US, NOW + 30 * DAY, None) for number in range(5)]
WELL = Outlook(70.0, Band.ALIGNED, None, NOW + 30 * DAY, None)
ANA = Relationship(1, "change", "ana", "Ana", None, WELL, judged_at=NOW - DAY, changed_at=NOW - DAY / 24)


def test_whom_we_promised_five_things_is_told_of() -> None:
    opened = judge(replace(ANA, promises=tuple(MADE)), default_model(), NOW)

    assert opened.change is Change.OPENED
    [because] = opened.told
    assert because.reason == "overpromised"
    assert (
        clause(because.reason, because.as_dict()) == "was promised too much since 23 November 2026: 5 things are open"
    )


def test_four_promises_are_kept() -> None:
    assert judge(replace(ANA, promises=tuple(MADE[:4])), default_model(), NOW).change is Change.NONE


def test_the_console_and_the_alerts_file_know_the_reason() -> None:
    assert (reason("overpromised"), explained("overpromised")) == (
        "Promised too much",
        "More promises of ours are open than we keep",
    )
    [route] = Policy.model_validate({"routes": [{"to": ["webhook"], "reasons": ["overpromised"]}]}).routes
    assert route.reasons == (Reason("overpromised"),)
