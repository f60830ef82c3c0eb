"""What a calendar says anew, and what it takes back."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.connectors.ics.changes import Changes, Memory, changes
from services.ingest.connectors.ics.expand import Window
from tests.unit.ingest.calendars import ANA, NOW, TERMS, US, calendar, event, reading

TUESDAY, WEDNESDAY = "DTSTART:20261110T090000Z", "DTSTART:20261111T090000Z"


@dataclass
class Team:
    """Several calendars of one source, and a log that believes what they publish."""

    memories: dict[str, Memory] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    """The time of each touchpoint that counts, by id."""
    taken_back: set[str] = field(default_factory=set)

    def bring(self, data: bytes, name: str = "ana", now: datetime = NOW, judged: Window = TERMS.window) -> Changes:
        mine = self.memories.get(name, Memory())
        others = [memory for other, memory in self.memories.items() if other != name]
        found = changes(reading(data, terms=TERMS._replace(now=now)), mine, others, judged)
        for retraction in found.retractions:
            self.taken_back.add(retraction["data"]["id"])
        self.held |= {envelope["id"]: envelope["time"] for envelope in found.envelopes}
        # As the log does it: what was taken back is so for good.
        self.held = {key: time for key, time in self.held.items() if key not in self.taken_back}
        live = {key: told for key, told in (mine.live | found.live).items() if key not in found.gone}
        self.memories[name] = Memory(live, mine.gone | found.gone)
        return found

    @property
    def times(self) -> list[str]:
        return sorted(time[5:13] for time in self.held.values())


@pytest.fixture
def team() -> Team:
    return Team()


def test_a_second_import_says_the_same_and_takes_nothing_back(team: Team) -> None:
    data = calendar(event("RRULE:FREQ=WEEKLY"))

    once, again = team.bring(data), team.bring(data)

    assert once.envelopes == again.envelopes
    assert again.retractions == []


@pytest.mark.parametrize(
    ("after", "times"),
    [
        (calendar(event(start=WEDNESDAY)), ["11-11T09"]),
        (calendar(event(ANA.replace("ana", "bob"), US)), ["11-10T09"]),
        (calendar(event(ANA.replace("ACCEPTED", "TENTATIVE"), US)), ["11-10T09"]),
        (calendar(event(ANA.replace("ACCEPTED", "DECLINED"), US)), []),
        (calendar(event("STATUS:CANCELLED")), []),
        (calendar(event(US)), []),
        (calendar(), []),
    ],
)
def test_what_was_moved_changed_called_off_or_deleted_is_taken_back(team: Team, after: bytes, times: list[str]) -> None:
    team.bring(calendar(event()))

    found = team.bring(after)

    assert len(found.retractions) == 1
    assert team.times == times


BERLIN = "DTSTART;TZID=Europe/Berlin:20261013T090000"
"""Weekly on Tuesdays, over the end of summer time on 25 October."""


def for_all_later(*lines: str, start: str = "") -> bytes:
    named = "RECURRENCE-ID;TZID=Europe/Berlin;RANGE=THISANDFUTURE:20261020T090000"
    return calendar(event(named, "SEQUENCE:1", *lines, start=start))


def test_a_change_to_all_later_times_that_comes_alone_moves_what_was_brought_of_them(team: Team) -> None:
    team.bring(calendar(event("RRULE:FREQ=WEEKLY;COUNT=4", start=BERLIN)))
    change = for_all_later(start="DTSTART;TZID=Europe/Berlin:20261021T140000")

    found = team.bring(change, "mail")
    again = team.bring(change, "mail")
    team.bring(calendar(event("RRULE:FREQ=WEEKLY;COUNT=4", start=BERLIN)))

    assert len(found.retractions) == 3
    assert again.envelopes == found.envelopes
    assert team.times == ["10-13T07", "10-21T12", "10-28T13", "11-04T13"]


def test_a_change_to_all_later_times_of_another_series_or_an_older_one_moves_none(team: Team) -> None:
    team.bring(calendar(event("RRULE:FREQ=WEEKLY;COUNT=4", "SEQUENCE:2", start=BERLIN)))
    team.bring(for_all_later(start="DTSTART;TZID=Europe/Berlin:20261020T140000"), "mail")
    team.bring(for_all_later(start="DTSTART;TZID=Europe/Berlin:20261020T140000").replace(b"one@x", b"two@x"), "other")

    assert team.times == ["10-13T07", "10-20T07", "10-20T12", "10-27T08", "11-03T08"]


def test_a_change_to_all_later_times_leaves_those_that_a_later_version_tells_of(team: Team) -> None:
    team.bring(calendar(event("RRULE:FREQ=WEEKLY;COUNT=4", "SEQUENCE:2", start=BERLIN)))
    nothing = Window(NOW, NOW)

    team.bring(for_all_later(start="DTSTART;TZID=Europe/Berlin:20261020T140000"), judged=nothing)

    assert [time for time in team.times if time > "10-20T24"] == ["10-27T08", "11-03T08"]


def test_a_call_off_of_all_later_times_that_comes_alone_takes_them_back(team: Team) -> None:
    team.bring(calendar(event("RRULE:FREQ=WEEKLY;COUNT=4", start=BERLIN)))

    team.bring(for_all_later("STATUS:CANCELLED"), "mail")

    assert team.times == ["10-13T07"]


def test_what_changes_nothing_we_keep_is_no_change(team: Team) -> None:
    team.bring(calendar(event("SUMMARY:Old", "SEQUENCE:1", US, ANA)))

    assert team.bring(calendar(event("SUMMARY:New", "SEQUENCE:5", ANA, US))).retractions == []


def test_what_comes_again_after_it_was_taken_back_counts_again(team: Team) -> None:
    for start in (TUESDAY, WEDNESDAY, TUESDAY, WEDNESDAY):
        team.bring(calendar(event(start=start)))

        assert len(team.held) == 1

    assert team.times == ["11-11T09"]


def test_a_plan_is_taken_back_when_the_meeting_has_been(team: Team) -> None:
    data = calendar(event())

    team.bring(data, now=datetime(2026, 11, 1, tzinfo=UTC))
    (plan,) = team.held
    found = team.bring(data)

    assert [retraction["data"]["id"] for retraction in found.retractions] == [plan]
    assert len(team.held) == 1


def test_what_could_not_be_read_is_not_taken_back(team: Team) -> None:
    team.bring(calendar(event(), event(uid="two@x")))

    broken = team.bring(calendar(event("EXDATE:never"), event(uid="two@x")))
    cut_off = team.bring(calendar(event(uid="two@x"), event())[:-60])
    no_calendar = team.bring(b"<html>log in</html>")

    assert [*broken.retractions, *cut_off.retractions, *no_calendar.retractions] == []
    assert len(team.held) == 2


def test_what_lies_outside_the_window_is_not_taken_back(team: Team) -> None:
    team.bring(calendar(event()))
    later = Window(datetime(2026, 11, 11, tzinfo=UTC), TERMS.window.ends_at)

    assert team.bring(calendar(), judged=later).retractions == []


def test_a_calendar_that_forgets_its_past_still_tells_what_was_moved(team: Team) -> None:
    team.bring(calendar(event(), event(uid="two@x")))
    ahead = Window(NOW, TERMS.window.ends_at)

    team.bring(calendar(event(start=WEDNESDAY)), judged=ahead)

    assert team.times == ["11-10T09", "11-11T09"]


def test_a_meeting_in_two_calendars_counts_once(team: Team) -> None:
    seen_otherwise = calendar(event(ANA.replace("ACCEPTED", "NEEDS-ACTION"), US))

    team.bring(calendar(event()))
    found = team.bring(seen_otherwise, "bob")

    assert [item.reason for item in found.others] == ["in another calendar already"]
    assert len(team.held) == 1


def test_a_meeting_that_one_calendar_loses_counts_by_the_other(team: Team) -> None:
    for name in ("ana", "bob"):
        team.bring(calendar(event()), name)

    team.bring(calendar(), "ana")
    team.bring(calendar(event()), "bob")

    assert team.times == ["11-10T09"]


def test_what_another_calendar_has_brought_as_well_is_not_taken_back(team: Team) -> None:
    team.bring(calendar(event()))
    # Two imports at the same moment know nothing of one another.
    team.memories["bob"] = team.memories["ana"]

    assert team.bring(calendar()).retractions == []
    assert len(team.bring(calendar(), "bob").retractions) == 1


@pytest.mark.parametrize("later", ["SEQUENCE:1", "LAST-MODIFIED:20261101T000000Z"])
def test_a_later_version_in_another_calendar_replaces_this_one_and_stays(team: Team, later: str) -> None:
    team.bring(calendar(event()))

    team.bring(calendar(event(later, start=WEDNESDAY)), "bob")
    team.bring(calendar(event()))

    assert team.times == ["11-11T09"]


def test_a_cancellation_in_another_calendar_takes_the_meeting_back(team: Team) -> None:
    team.bring(calendar(event()))

    team.bring(calendar(event("STATUS:CANCELLED", "SEQUENCE:1")), "bob")

    assert team.times == []


def test_a_plan_of_another_calendar_ends_when_the_meeting_has_been(team: Team) -> None:
    team.bring(calendar(event()), "bob", now=NOW - timedelta(days=30))

    team.bring(calendar(event()))

    (only,) = team.held
    assert "-h" in only


calendars = st.lists(
    st.tuples(st.sampled_from(["one@x", "two@x"]), st.sampled_from([TUESDAY, WEDNESDAY]), st.sampled_from([ANA, US])),
    max_size=3,
    unique_by=lambda entry: entry[0],
)


@given(st.lists(calendars, min_size=1, max_size=5))
def test_after_any_history_the_log_holds_exactly_what_the_calendar_says_last(
    history: list[list[tuple[str, str, str]]],
) -> None:
    team = Team()

    for entries in history:
        team.bring(calendar(*(event(asked, uid=uid, start=start) for uid, start, asked in entries)))

    assert team.times == sorted(f"11-{start[-10:-5]}" for _, start, asked in history[-1] if asked == ANA)
