from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO

import orjson
from rich.console import Console

from services.cli.commands.demo import SHARES, ranked
from services.cli.demo import play
from services.cli.demo.cast import CAST
from services.cli.demo.events import CALENDAR, MAIL, NOTES
from services.cli.demo.story import roster, story
from services.ingest.interpret import Policy, interpret
from services.roster.read import read

NOW = datetime(2026, 11, 23, 0, 0, 1, tzinfo=UTC)  # the earliest moment of a day


def test_the_story_is_the_same_whenever_it_is_told() -> None:
    assert story() == story()


def test_forty_people_play_in_seven_functions_and_three_levels() -> None:
    assert len({person.address for person in CAST}) == 40
    assert len({person.function for person in CAST}) == 7
    assert {person.level for person in CAST} == {"executive", "management", "staff"}


def test_its_roster_is_one_that_people_could_import() -> None:
    entries = read(play.roster_csv().splitlines(keepends=True))

    assert [entry.name for entry in entries] == [row["name"] for row in roster()]
    assert {(entry.role, entry.importance) for entry in entries if (entry.importance or 1) > 1} == {
        ("sponsor", 3.0),
        ("decision maker", 2.0),
        ("champion", 1.5),
    }


def test_three_sources_tell_it() -> None:
    assert Counter(told.source for told in story()).keys() == {CALENDAR, MAIL, NOTES}


def test_ingest_accepts_every_event_of_it() -> None:
    envelopes = [told.envelope(play.today(NOW)) for told in story()]

    outcomes = interpret(orjson.dumps(envelopes), MAIL, NOW, Policy(b"key"))

    assert len({envelope["id"] for envelope in envelopes}) == len(envelopes) == len(outcomes)
    assert {outcome.word for outcome in outcomes} == {"accepted"}


def test_it_ends_now_and_only_what_is_planned_lies_ahead() -> None:
    moments = {
        told.name: (datetime.fromisoformat(told.envelope(play.today(NOW))["time"]), told.data.get("planned", False))
        for told in story()
    }

    last = max(moment for moment, planned in moments.values() if not planned)

    assert NOW - timedelta(days=1) < last <= NOW
    assert min(moment for moment, _ in moments.values()) > NOW - timedelta(weeks=12, days=1)
    assert [moment > NOW for moment, planned in moments.values() if planned] == [True]


def test_the_ranking_fits_a_terminal_of_80() -> None:
    console = Console(width=80, record=True, file=StringIO())
    rows = [
        {"name": person.name, "function": person.function, "band": "misaligned"} | dict.fromkeys(SHARES, 100.0)
        for person in CAST
    ]

    console.print(ranked(rows))

    shown = console.export_text()
    assert "…" not in shown
    assert all(word in shown for word in (*SHARES, *(person.name for person in CAST)))
