import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.alignment.model import default_model
from shared.judging.judge import Change, judge
from shared.judging.relationship import Before, OpenAlert, Outlook, Relationship, Sums
from shared.vocabulary import Band, Reason

MODEL = default_model()
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

WELL = Outlook(70.0, Band.ALIGNED, None, NOW + 30 * DAY, None)
UNDER = Outlook(38.0, Band.MISALIGNED, NOW - HOUR, None, None)
LONG_UNDER = UNDER._replace(fell_at=NOW - 90 * DAY)
BETWEEN = Outlook(42.0, Band.COOLING, None, NOW + 8 * DAY, None)
UNKNOWN = Outlook(None, Band.UNKNOWN, None, None, None)
ANA = Relationship(1, "change", "ana", "Ana", None, WELL, judged_at=NOW - DAY)
FORESEEN = Before((), Reason.FADING, is_known=True)
"""All was well, and a fall foreseen."""


def told(*reasons: Reason) -> OpenAlert:
    """Return an open alert with these reasons."""
    dicts: tuple[dict[str, Any], ...] = tuple(
        {"reason": reason, "since": (NOW - 3 * DAY).isoformat()} for reason in reasons
    )
    return OpenAlert(UUID(int=1), reasons[0], dicts)


def overdue(relationship: Relationship, by: timedelta = HOUR) -> Relationship:
    """Return the relationship with its rhythm of seven days broken."""
    return replace(relationship, last_touch_at=NOW - 7 * DAY - by, cadence=7 * DAY)


def test_all_is_well_until_the_forecast_says_otherwise() -> None:
    verdict = judge(ANA, MODEL, NOW)

    assert verdict.change is Change.NONE
    assert (verdict.drifts_at, verdict.drift_reason) == (NOW + 30 * DAY, Reason.FADING)
    assert verdict.wake_at == NOW + 23 * DAY  # a warning is due a week ahead


def test_a_score_under_the_line_opens_an_alert_with_its_figures() -> None:
    verdict = judge(replace(ANA, outlook=UNDER), MODEL, NOW)

    assert verdict.change is Change.OPENED
    [because] = verdict.told
    assert because.reason is Reason.FADING
    assert because.figures == {"score": 38.0, "line": 40.0}
    assert verdict.wake_at is None


def test_a_score_just_above_the_line_opens_nothing() -> None:
    assert judge(replace(ANA, outlook=BETWEEN), MODEL, NOW).change is Change.NONE


def test_an_unknown_relationship_is_never_fading() -> None:
    verdict = judge(replace(ANA, outlook=UNKNOWN), MODEL, NOW)

    assert verdict.change is Change.NONE
    assert verdict.reasons == ()
    assert verdict.wake_at is None


def test_a_broken_rhythm_opens_an_alert_with_its_figures() -> None:
    verdict = judge(overdue(ANA), MODEL, NOW)

    assert verdict.change is Change.OPENED
    [because] = verdict.told
    assert because.reason is Reason.OVERDUE
    assert because.figures["cadence_days"] == 7
    assert because.figures["silent_days"] > 7


def test_a_kept_rhythm_opens_nothing_and_is_looked_at_when_it_would_break() -> None:
    verdict = judge(overdue(ANA, by=-2 * DAY), MODEL, NOW)

    assert verdict.change is Change.NONE
    assert (verdict.drifts_at, verdict.drift_reason) == (NOW + 2 * DAY, Reason.OVERDUE)
    assert verdict.wake_at == NOW + 6 * HOUR  # a warning is due in the last quarter of the rhythm


def test_without_a_rhythm_or_without_a_touch_nobody_is_overdue() -> None:
    silent = replace(ANA, last_touch_at=NOW - 300 * DAY)
    never_met = replace(ANA, cadence=7 * DAY)

    assert judge(silent, MODEL, NOW).change is Change.NONE
    assert judge(never_met, MODEL, NOW).change is Change.NONE


def test_the_reason_that_came_first_names_the_alert() -> None:
    both = overdue(replace(ANA, outlook=UNDER), by=2 * HOUR)

    assert [because.reason for because in judge(both, MODEL, NOW).told] == [Reason.OVERDUE, Reason.FADING]


def test_a_further_reason_joins_and_the_old_one_is_not_told_again() -> None:
    both = overdue(replace(ANA, outlook=UNDER, alert=told(Reason.FADING)))

    verdict = judge(both, MODEL, NOW)

    assert verdict.change is Change.JOINED
    assert [because.reason for because in verdict.told] == [Reason.OVERDUE]


def test_an_alert_is_kept_while_its_reason_holds() -> None:
    assert judge(replace(ANA, outlook=UNDER, alert=told(Reason.FADING)), MODEL, NOW).change is Change.KEPT


def test_a_fading_alert_is_kept_just_above_the_line_and_resolved_well_above() -> None:
    just_above = replace(ANA, outlook=BETWEEN, alert=told(Reason.FADING))
    well_above = replace(just_above, outlook=BETWEEN._replace(score=45.0))

    assert judge(just_above, MODEL, NOW).change is Change.KEPT
    assert judge(well_above, MODEL, NOW).change is Change.RESOLVED


def test_the_margin_is_for_the_reason_that_opened_and_for_no_other() -> None:
    touched = replace(overdue(ANA, by=-DAY), outlook=BETWEEN, alert=told(Reason.OVERDUE))

    assert judge(touched, MODEL, NOW).change is Change.RESOLVED


def test_an_alert_of_two_reasons_lasts_until_both_are_over() -> None:
    one_left = replace(overdue(ANA, by=-DAY), outlook=UNDER, alert=told(Reason.OVERDUE, Reason.FADING))

    assert judge(one_left, MODEL, NOW).change is Change.KEPT


def test_what_crossed_long_before_the_first_look_is_history() -> None:
    long_ago = UNDER._replace(fell_at=NOW - 15 * DAY)

    verdict = judge(replace(ANA, outlook=long_ago, judged_at=None), MODEL, NOW)

    assert verdict.change is Change.NONE
    assert [because.reason for because in verdict.reasons] == [Reason.FADING]
    assert verdict.drifts_at == NOW - 15 * DAY


def test_what_crossed_shortly_before_the_first_look_is_news() -> None:
    lately = UNDER._replace(fell_at=NOW - 13 * DAY)

    assert judge(replace(ANA, outlook=lately, judged_at=None), MODEL, NOW).change is Change.OPENED


def test_what_crossed_since_the_last_look_is_news_however_long_ago_that_was() -> None:
    meanwhile = replace(ANA, outlook=UNDER._replace(fell_at=NOW - 90 * DAY), judged_at=NOW - 100 * DAY)

    assert judge(meanwhile, MODEL, NOW).change is Change.OPENED


def test_what_crossed_lately_and_came_to_light_only_after_the_last_look_is_news() -> None:
    late = replace(ANA, outlook=UNDER._replace(fell_at=NOW - 5 * DAY), judged_at=NOW - HOUR)

    assert judge(late, MODEL, NOW).change is Change.OPENED


def test_what_held_at_the_last_look_and_crossed_long_ago_stays_history() -> None:
    faded = replace(ANA, outlook=LONG_UNDER, before=Before((Reason.FADING,), Reason.FADING, is_known=True))

    assert judge(faded, MODEL, NOW).change is Change.NONE


def test_what_crossed_long_ago_and_comes_to_light_late_is_news() -> None:
    was_well = replace(ANA, outlook=LONG_UNDER, before=FORESEEN)

    assert judge(was_well, MODEL, NOW).change is Change.OPENED


def test_a_broken_rhythm_that_comes_to_light_late_is_news() -> None:
    was_well = overdue(replace(ANA, before=FORESEEN), by=60 * DAY)

    assert judge(was_well, MODEL, NOW).change is Change.OPENED


def test_history_of_whom_nothing_was_known_at_the_last_look_is_no_news() -> None:
    was_unknown = replace(ANA, outlook=LONG_UNDER, before=Before((), None))

    assert judge(was_unknown, MODEL, NOW).change is Change.NONE


def test_a_rhythm_known_at_the_last_look_does_not_make_backfilled_fading_news() -> None:
    only_rhythm = replace(ANA, outlook=LONG_UNDER, before=Before((Reason.OVERDUE,), Reason.OVERDUE))

    assert judge(only_rhythm, MODEL, NOW).change is Change.NONE


def test_what_another_model_brings_to_light_is_no_news() -> None:
    switched = replace(ANA, outlook=LONG_UNDER, before=FORESEEN, switched_at=NOW - HOUR)

    assert judge(switched, MODEL, NOW).change is Change.NONE


def test_a_meeting_planned_before_the_drift_holds_it_back_until_it_could_be_reported() -> None:
    held = replace(ANA, outlook=UNDER, planned_at=NOW - 3 * HOUR)

    verdict = judge(held, MODEL, NOW)

    assert verdict.change is Change.NONE
    assert verdict.told == ()
    assert verdict.held_until == NOW - 3 * HOUR + DAY
    assert verdict.wake_at == verdict.held_until
    assert judge(held, MODEL, NOW + DAY).change is Change.OPENED


def test_a_meeting_planned_after_the_drift_holds_nothing_back() -> None:
    verdict = judge(replace(ANA, outlook=UNDER, planned_at=NOW + DAY), MODEL, NOW)

    assert verdict.change is Change.OPENED
    assert verdict.held_until is None


def test_a_planned_meeting_does_not_hold_back_what_is_well() -> None:
    assert judge(replace(ANA, planned_at=NOW - HOUR), MODEL, NOW).held_until is None


def test_history_still_arriving_postpones_the_judgement() -> None:
    arriving = replace(ANA, outlook=UNDER, settles_at=NOW + timedelta(seconds=2))

    verdict = judge(arriving, MODEL, NOW)

    assert verdict.change is Change.POSTPONED
    assert verdict.wake_at == NOW + timedelta(seconds=2)


def test_a_score_that_comes_back_by_itself_is_looked_at_again() -> None:
    shaken = replace(
        ANA, outlook=UNDER._replace(falls_at=NOW + 50 * DAY, recovers_at=NOW + 9 * DAY), alert=told(Reason.FADING)
    )

    assert judge(shaken, MODEL, NOW).wake_at == NOW + 9 * DAY


def test_a_first_contact_that_leaves_the_score_low_is_no_drift() -> None:
    met = replace(ANA, outlook=UNDER._replace(fell_in_silence=False), before=None, judged_at=NOW - DAY)

    verdict = judge(met, MODEL, NOW)

    assert verdict.change is Change.NONE
    assert [because.reason for because in verdict.reasons] == [Reason.FADING]


def test_where_nothing_deep_was_ever_reported_nobody_is_shallow_now_or_later() -> None:
    mailed = Sums(NOW, 3.0, 3.0, 0.0, 0.0, 1.0, 1.0, 3, NOW - 20 * DAY, NOW)
    ana = replace(ANA, sums=mailed, changed_at=NOW, added_at=NOW - 30 * DAY, before=FORESEEN)
    unseen = replace(ana, is_depth_reported=False)
    told_before = replace(unseen, alert=told(Reason.SHALLOW))

    assert [because.reason for because in judge(ana, MODEL, NOW).reasons] == [Reason.SHALLOW]
    assert judge(unseen, MODEL, NOW).reasons == ()
    assert judge(unseen, MODEL, NOW).drift_reason is Reason.FADING
    assert judge(told_before, MODEL, NOW).change is Change.RESOLVED


def test_a_pattern_that_silence_will_bring_is_forecast_without_a_warning_and_told_when_it_is_there() -> None:
    # Depth halves in 45 days, and falls under its line (0.1625 here) while contact is still high.
    met = Sums(NOW, 3.0, 3.0, 0.17, 0.0, 1.0, 1.0, 3, NOW - 20 * DAY, NOW)
    ana = replace(ANA, sums=met, changed_at=NOW, added_at=NOW - 30 * DAY, before=FORESEEN)
    begins_at = NOW + 45 * math.log2(0.17 / -math.log(0.85)) * DAY

    before, then = judge(ana, MODEL, NOW), judge(ana, MODEL, begins_at + HOUR)

    assert (before.change, before.reasons, before.drift_reason) == (Change.NONE, (), Reason.SHALLOW)
    assert before.drifts_at == before.wake_at == then.drifts_at
    assert before.drifts_at
    assert abs(before.drifts_at - begins_at) < timedelta(seconds=1)
    assert (then.change, [because.reason for because in then.told]) == (Change.OPENED, [Reason.SHALLOW])
