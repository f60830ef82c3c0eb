from dataclasses import replace
from datetime import timedelta

from shared.alignment.model import Lines, Model
from shared.judging.relationship import Because, OpenAlert, Outlook, Relationship
from shared.judging.switch import Foretold, Judgeable, foretell, foretell_whole
from shared.judging.whole import EVER, Part, because_of, holes
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


FINANCE = Part("change", "function Finance", stakeholders=3, known=2, aligned=0, held_by=1)
UNCOVERED = because_of(FINANCE, Reason.UNCOVERED, NOW - 4 * DAY, MODEL.lines)
SINGLE = because_of(FINANCE, Reason.SINGLE_THREADED, NOW - 4 * DAY, MODEL.lines)


def of_finance(live: list[Because], candidate: list[Because], alert: OpenAlert | None = None) -> Foretold | None:
    return foretell_whole(tuple(live), tuple(candidate), alert, None, NOW)


def test_a_part_has_the_holes_that_enough_is_known_of() -> None:
    assert holes(FINANCE) == [Reason.UNCOVERED, Reason.SINGLE_THREADED]
    assert holes(replace(FINANCE, known=0, held_by=0)) == []
    assert holes(replace(FINANCE, aligned=1, held_by=2)) == []
    assert holes(replace(FINANCE, aligned=1, stakeholders=1)) == []


def test_what_a_part_lacks_only_under_the_candidate_opens() -> None:
    lacks = because_of(FINANCE, Reason.UNCOVERED, EVER, MODEL.lines)

    assert of_finance([SINGLE], [lacks, SINGLE]) == Foretold("opens", (Reason.UNCOVERED,))
    assert of_finance([SINGLE], [SINGLE]) is None
    assert of_finance([SINGLE], []) is None


def test_what_a_part_lacked_before_opens_when_its_time_is_up_under_the_candidate_alone() -> None:
    sooner = because_of(FINANCE, Reason.UNCOVERED, UNCOVERED.since, with_lines(uncovered_days=3).lines)

    assert of_finance([UNCOVERED], [sooner]) == Foretold("opens", (Reason.UNCOVERED,))
    assert of_finance([sooner], [sooner]) is None


def test_the_alert_of_a_part_closes_when_nothing_it_was_told_with_is_missing() -> None:
    alert = told(Reason.UNCOVERED)

    assert of_finance([UNCOVERED], [SINGLE], alert) == Foretold("closes", (Reason.UNCOVERED,))
    assert of_finance([UNCOVERED], [UNCOVERED], alert) is None
