from datetime import timedelta

import click
import pytest

from services.cli.commands.drifting import Span


@pytest.mark.parametrize(
    ("text", "span"),
    [("7d", timedelta(days=7)), ("12h", timedelta(hours=12)), ("2w", timedelta(weeks=2)), (" 1D ", timedelta(days=1))],
)
def test_a_span_reads_as_people_write_it(text: str, span: timedelta) -> None:
    assert Span().convert(text, None, None) == span


@pytest.mark.parametrize("text", ["7", "d", "-1d", "1.5d", "9999w", "7 days", "1m"])
def test_what_is_no_span_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match="no span such as 12h, 7d or 2w"):
        Span().convert(text, None, None)
