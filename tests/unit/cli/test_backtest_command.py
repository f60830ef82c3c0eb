"""`attune backtest` on plain files: figures, operating points, and a page that reads without colours."""

import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from services.cli.backtest import CANNOT_SHOW, RECALLS
from services.cli.commands.backtest import backtest as command
from shared.errors import Refused
from tests.unit.cli.histories import HEADER, written

SHIPPED = files("shared.alignment").joinpath("model.toml").read_text("utf-8")


def run(*words: object) -> str:
    return CliRunner().invoke(command, list(map(str, words)), catch_exceptions=False, standalone_mode=False).output


def document(*words: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*words, "--json"))
    return found


def model(directory: Path, name: str, **changes: str) -> Path:
    text = re.sub(r'name = ".*"', f'name = "{name}"', SHIPPED, count=1)
    for key, value in changes.items():
        text = re.sub(rf"(?m)^{key} = [^#\n]*", f"{key} = {value} ", text)
    path = directory / f"{name}.toml"
    path.write_text(text)
    return path


@pytest.fixture
def events(tmp_path: Path) -> Path:
    return written(tmp_path / "events.csv")


def test_the_model_that_ships_is_judged_beside_two_rules_of_thumb(events: Path) -> None:
    found = document("--events", events)

    names = [method["name"] for method in found["methods"]]
    assert names == ["attune-default", "days since last touch", "gap ÷ own mean gap"]
    assert 0.5 < found["methods"][0]["auc"] <= 1
    assert [method["brier"] is None for method in found["methods"]] == [False, True, True]


def test_what_each_operating_point_costs_is_shown_and_the_wanted_one_among_them(events: Path) -> None:
    found = document("--events", events, "--recall", 0.75)

    points = found["methods"][0]["alerts"]
    assert [point["wanted_recall"] for point in points] == sorted([*RECALLS, 0.75])
    assert [point["line"] for point in points] == sorted((point["line"] for point in points), reverse=True)
    assert all(point["recall"] >= point["wanted_recall"] - 1e-9 for point in points)


def test_models_are_compared_on_the_same_decisions(events: Path, tmp_path: Path) -> None:
    worse = model(tmp_path, "worse", missed_fast="0.0", missed_slow="0.0", pace="3.0")

    found = document("--events", events, "--model", model(tmp_path, "shipped"), "--model", worse)

    areas = {method["name"]: method["auc"] for method in found["methods"]}
    assert areas["worse"] < areas["shipped"]


def test_two_models_of_one_name_are_told_apart(events: Path, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    paths = [model(tmp_path, "same"), model(tmp_path / "b", "same")]

    found = document("--events", events, "--model", paths[0], "--model", paths[1])

    assert [method["name"] for method in found["methods"][:2]] == [f"same ({path})" for path in paths]


def test_models_that_look_ahead_differently_are_refused_until_a_horizon_is_named(events: Path, tmp_path: Path) -> None:
    models = ["--model", model(tmp_path, "near"), "--model", model(tmp_path, "far", days="60.0")]

    with pytest.raises(Refused, match="look ahead 30 and 60 days: say --horizon"):
        run("--events", events, *models)

    assert document("--events", events, *models, "--horizon", 45)["horizon_days"] == 45


def test_a_history_that_is_too_short_is_refused_with_what_would_help(tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text(HEADER + "e,p,2026-01-01T00:00:00Z,in,email\n")

    with pytest.raises(Refused, match="there is none; bring in a longer history"):
        run("--events", tmp_path / "few.csv")


@pytest.mark.parametrize(
    "absurd", ["9999-12-31T00:00:00Z", "2099-01-01", "1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z"]
)
def test_an_event_that_cannot_have_happened_is_refused_by_its_line(events: Path, absurd: str) -> None:
    lines = events.read_text().splitlines(keepends=True)
    events.write_text("".join([*lines[:40], f"e1,p1,{absurd},in,email\n", *lines[40:]]))

    with pytest.raises(
        Refused, match=rf"events\.csv: line 41: occurred_at '{absurd}' must lie between 1970-01-02 and now"
    ):
        run("--events", events)


def test_a_model_that_is_none_is_refused_by_its_file(events: Path, tmp_path: Path) -> None:
    (tmp_path / "not.toml").write_text("colour = 'blue'\n")

    with pytest.raises(Refused, match=r"not\.toml: the model breaks a rule"):
        run("--events", events, "--model", tmp_path / "not.toml")


def test_the_text_says_what_such_data_cannot_show(events: Path) -> None:
    text = " ".join(run("--events", events).split())

    assert CANNOT_SHOW in text
    assert "Reliability of attune-default" in text


class Page(HTMLParser):
    """Counts what a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.dashes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        self.loads += [str(found[name]) for name in ("src", "href") if name in found]
        self.dashes |= {str(found["stroke-dasharray"])} if "stroke-dasharray" in found else set()


def read(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text("utf-8"))
    return page


def test_the_page_loads_nothing_runs_nothing_and_has_a_table_beside_each_chart(events: Path, tmp_path: Path) -> None:
    run("--events", events, "--html", tmp_path / "report.html")

    page = read(tmp_path / "report.html")
    assert (page.loads, page.tags.count("script")) == ([], 0)
    assert page.tags.count("section") == page.tags.count("figure") == 6
    assert page.tags.count("table") == 7  # the curves have two
    assert CANNOT_SHOW in (tmp_path / "report.html").read_text("utf-8")


def test_lines_are_told_apart_without_colours(events: Path, tmp_path: Path) -> None:
    run("--events", events, "--html", tmp_path / "report.html")

    assert len(read(tmp_path / "report.html").dashes) == 3
    assert not re.search(r"#[0-9a-f]{3}\b|rgb|hsl", (tmp_path / "report.html").read_text("utf-8"))


def test_what_a_model_is_called_is_text_and_never_markup(events: Path, tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(SHIPPED.replace('"attune-default"', '"<script>alert(1)</script>"', 1))

    run("--events", events, "--model", path, "--html", tmp_path / "report.html")

    assert "script" not in read(tmp_path / "report.html").tags
