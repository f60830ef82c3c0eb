"""`attune model fit` on plain files: a candidate that can be read, or a reason why not."""

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from services.cli.commands.fit import fit as command
from services.cli.commands.model import model
from shared.alignment.model import default_model, parse_model
from shared.errors import Refused
from tests.unit.cli.histories import written


def run(*words: object) -> str:
    return CliRunner().invoke(command, list(map(str, words)), catch_exceptions=False, standalone_mode=False).output


def fitted(*words: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*words, "--json"))
    return found


@pytest.fixture
def events(tmp_path: Path) -> Path:
    return written(tmp_path / "events.csv")


def test_the_candidate_is_the_model_with_other_coefficients_and_another_name(events: Path, tmp_path: Path) -> None:
    run("--events", events, "--out", tmp_path / "c.toml")

    found, base = parse_model((tmp_path / "c.toml").read_text()), default_model()
    assert found.model_dump(exclude={"name", "risk"}) == base.model_dump(exclude={"name", "risk"})
    assert found.risk != base.risk
    assert found.name.startswith("attune-default-fitted-20")


def test_every_coefficient_comes_with_its_interval(events: Path, tmp_path: Path) -> None:
    rows = fitted("--events", events, "--out", tmp_path / "c.toml")["coefficients"]

    assert [row["coefficient"] for row in rows] == list(default_model().risk.model_dump())
    assert all(row["low"] <= row["high"] for row in rows)


def test_what_it_brought_is_judged_on_what_came_later(events: Path, tmp_path: Path) -> None:
    [row] = fitted("--events", events, "--out", tmp_path / "c.toml")["auc_later"]

    assert row["source"] == str(events)
    assert 0.5 < row["before"] <= 1
    assert row["after"] > row["before"] - 0.02


def test_what_comes_later_changes_no_coefficient(events: Path, tmp_path: Path) -> None:
    whole = fitted("--events", events, "--out", tmp_path / "c.toml")["coefficients"]
    lines = events.read_text().splitlines(keepends=True)
    # The last touch of each initiative stays, so that the dates of decision are the same.
    last = {line.split(",")[0]: line for line in sorted(lines[1:], key=lambda line: line.split(",")[2])}
    gone = [line for line in lines[1:] if line.split(",")[2] < "2025-12-01"]
    events.write_text(lines[0] + "".join([*gone, *last.values()]))

    assert fitted("--events", events, "--out", tmp_path / "c.toml")["coefficients"] == whole


def test_several_files_teach_together_and_are_judged_apart(events: Path, tmp_path: Path) -> None:
    other = written(tmp_path / "other.csv", seed=9)

    found = fitted("--events", events, "--events", other, "--out", tmp_path / "c.toml")

    assert [row["source"] for row in found["auc_later"]] == [str(events), str(other)]


def test_the_horizon_that_was_fitted_for_stands_in_the_candidate(events: Path, tmp_path: Path) -> None:
    run("--events", events, "--horizon", 45, "--out", tmp_path / "c.toml")

    assert parse_model((tmp_path / "c.toml").read_text()).horizon.days == 45


def test_half_lives_that_are_asked_for_stand_in_the_candidate(tmp_path: Path) -> None:
    events = written(tmp_path / "many.csv", pairs=160)

    found = fitted("--events", events, "--half-lives", "--out", tmp_path / "c.toml")

    assert list(parse_model((tmp_path / "c.toml").read_text()).horizon.paces) == found["half_lives"]


def test_half_lives_are_refused_where_the_earlier_period_cannot_be_split_again(tmp_path: Path) -> None:
    few = written(tmp_path / "few.csv", pairs=32)
    run("--events", few, "--out", tmp_path / "plain.toml")

    with pytest.raises(Refused, match="half-lives are chosen on one part"):
        run("--events", few, "--half-lives", "--out", tmp_path / "c.toml")

    assert not (tmp_path / "c.toml").exists()


def test_too_few_data_are_refused_and_leave_no_file(tmp_path: Path) -> None:
    few = written(tmp_path / "few.csv", pairs=6)

    with pytest.raises(Refused, match="too few data to fit"):
        run("--events", few, "--out", tmp_path / "c.toml")

    assert not (tmp_path / "c.toml").exists()


def test_fit_stands_beside_the_commands_of_the_projector() -> None:
    context = click.Context(model)

    assert model.get_command(context, "fit") is command
    assert {"show", "diff", "apply", "fit"} <= set(model.list_commands(context))
