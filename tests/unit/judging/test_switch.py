from dataclasses import replace
from datetime import timedelta

from shared.alignment.model import Lines, Model
from shared.judging.relationship import Outlook, Relationship
from shared.judging.switch import Foretold, Judgeable, foretell
from shared.vocabulary import Reason
from tests.unit.alerts.test_judge import ANA, BETWEEN, DAY, MODEL, NOW, UNDER, WELL, overdue, told

FADING = replace(ANA, alert=told(Reason.FADING))


def switched(live: Relationship, candidate: Relationship, model: Model = MODEL) -> Foretold | None:
    """Return what is foretold of a switch from the shipped model."""
    return foretell(Judgeable(live, MODEL), Judgeable(candidate, model), NOW)


def with_outlook(relationship: Relationship, outlook: Outlook) -> Relationship:
    return replace(relationship, outlook=outlook)


def with_lines(**lines: float) -> Model:
    return MODEL.model_copy(update={"lines": Lines.model_validate(MODEL.lines.model_dump() | lines)})


def test_what_comes_to_hold_opens() -> None:
    assert switched(ANA, with_outlook(ANA, UNDER)) == Foretold("opens", (Reason.FADING,))


def test_only_what_did_not_hold_before_opens() -> None:
    late = overdue(ANA)

    assert switched(late, with_outlook(late, UNDER)) == Foretold("opens", (Reason.FADING,))
    assert switched(late, late) is None


def test_what_stops_holding_without_an_alert_changes_nothing() -> None:
    assert switched(with_outlook(ANA, UNDER), ANA) is None


def test_what_is_only_foreseen_opens_nothing() -> None:
    assert switched(ANA, with_outlook(ANA, WELL._replace(falls_at=NOW + timedelta(hours=1)))) is None


def test_an_alert_closes_when_all_its_reasons_stop_holding() -> None:
    both = replace(FADING, alert=told(Reason.FADING, Reason.OVERDUE))

    assert switched(with_outlook(both, UNDER), both) == Foretold("closes", (Reason.FADING, Reason.OVERDUE))
    assert switched(with_outlook(both, UNDER), overdue(both)) is None


def test_an_alert_lasts_until_the_score_is_well_above_the_line() -> None:
    assert switched(with_outlook(FADING, UNDER), with_outlook(FADING, BETWEEN)) is None


def test_a_further_reason_of_an_open_alert_opens_nothing() -> None:
    open_for_long = overdue(replace(ANA, alert=told(Reason.OVERDUE)))

    assert switched(open_for_long, with_outlook(open_for_long, UNDER)) is None


def test_history_that_still_arrives_does_not_keep_an_alert_open() -> None:
    settling = replace(FADING, settles_at=NOW + timedelta(seconds=3))

    assert switched(settling, settling) == Foretold("closes", (Reason.FADING,))


def test_who_was_never_met_is_foretold_when_their_time_is_up() -> None:
    stranger = replace(ANA, added_at=NOW - 20 * DAY)

    assert switched(stranger, stranger, with_lines(never_met_days=21)) is None
    assert switched(stranger, stranger, with_lines(never_met_days=14)) == Foretold("opens", (Reason.NEVER_MET,))


def test_what_only_the_switch_brings_does_not_keep_an_alert_open() -> None:
    assert switched(with_outlook(FADING, UNDER), overdue(FADING)) == Foretold("closes", (Reason.FADING,))
