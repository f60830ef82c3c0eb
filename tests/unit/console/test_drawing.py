"""What pages draw and say, without a server."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console import difference, wording
from services.console.listing import ORDERS, cursor, narrowed, read_cursor
from services.console.picture import bar, spark, timeline
from shared.alignment.model import default_model
from shared.errors import Refused

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@given(shares=st.lists(st.floats(0, 1), max_size=60))
def test_on_a_timeline_nothing_hides_another_while_there_is_a_lane_left(shares: list[float]) -> None:
    laid = timeline([(share, share) for share in shares], apart=10)

    assert len(laid) == len(shares)
    for lane in range(5):
        places = [mark.x for mark in laid if mark.lane == lane]
        crowded = any(mark.lane == 5 for mark in laid)
        assert crowded or all(after - before >= 10 for before, after in pairwise(places))


@given(values=st.lists(st.integers(0, 1000), min_size=1, max_size=4))
def test_a_bar_is_full_or_empty(values: list[int]) -> None:
    parts = bar([(str(index), float(value)) for index, value in enumerate(values)])

    assert sum(part.width for part in parts) == pytest.approx(100 if any(values) else 0, abs=0.1)


def test_a_spark_has_a_gap_where_nothing_is_known_and_its_lines_meet_now() -> None:
    drawn = spark([None, 50.0, None, 40.0, 30.0], past=4, line=40)

    assert drawn.past.count("M") == 2
    assert drawn.forecast.startswith(f"M{drawn.now_x:g} {drawn.now_y:g}L")


@given(
    sort=st.sampled_from(["name"]),
    value=st.text(st.characters(exclude_characters="\x00", codec="utf-8")),
    id_=st.integers(0, 2**31 - 1),
)
def test_a_cursor_comes_back_as_it_went(sort: str, value: str, id_: int) -> None:
    assert read_cursor(cursor(sort, value, id_), sort) == (value, id_)


@given(text=st.text(), sort=st.sampled_from(sorted(ORDERS)))
def test_whatever_is_sent_as_a_cursor_is_read_or_refused(text: str, sort: str) -> None:
    with suppress(Refused):
        read_cursor(text, sort)


def test_a_search_takes_wildcards_literally() -> None:
    assert narrowed("50%_\\") == r"%50\%\_\\%"


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=-5), "5 min ago"),
        (timedelta(hours=28), "in 28 h"),
        (timedelta(days=-16), "16 days ago"),
        (timedelta(days=90), "in 3 months"),
    ],
)
def test_spans_read_as_people_say_them(ahead: timedelta, words: str) -> None:
    assert wording.span(ahead) == words


def test_a_moment_has_its_utc_on_hover() -> None:
    assert 'title="2026-11-23 12:00 UTC"' in wording.moment(NOON)


def test_two_models_differ_where_they_say_something_else() -> None:
    before = default_model().model_dump(mode="json")
    after = default_model().model_dump(mode="json")
    after["half_life_days"]["contact"] = 14.0
    after["weights"][0]["contact"] = 2.0

    changes = difference.between([{"definition": before}], {"definition": after})

    assert {change.field for change in changes} == {
        "half_life_days.contact",
        f"weights[{after['weights'][0]['kind']}].contact",
    }
    assert difference.between([], {"definition": after}) == []
