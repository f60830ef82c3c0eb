import re
from dataclasses import asdict
from importlib.resources import files

import pytest

from shared.alignment.candidate import candidate
from shared.alignment.model import default_model, parse_model
from shared.alignment.risk import PACES, Coefficients
from shared.errors import Refused

HORIZON = re.compile(r"(?m)^\[horizon\]\n(?:\w+ = .*\n)+")
TEXT = files("shared.alignment").joinpath("model.toml").read_text("utf-8")
OTHER_PACES = (0.5, 1.0, 8.0)
OTHER = Coefficients(1.5, -0.1, 0.2, -0.3, -0.4, 0.0, 0.6, 0.1, 0.2, -0.3)


def test_a_candidate_differs_in_name_horizon_and_risk_only() -> None:
    model = parse_model(candidate(TEXT, "mine", 60, OTHER, "Fitted.", OTHER_PACES))

    horizon = {"days": 60, "pace_fast": 0.5, "pace": 1.0, "pace_slow": 8.0}
    changed = {"name": "mine", "horizon": horizon, "risk": asdict(OTHER)}
    assert model.model_dump() == default_model().model_dump() | changed


def test_what_an_older_model_leaves_to_its_defaults_is_written_out() -> None:
    older = re.sub(r"(?m)^(pace_fast = 0.25|pace = 1.0|pace_slow = 4.0|silence|initiative_).*\n", "", TEXT)

    model = parse_model(candidate(older, "mine", 30, OTHER, "Fitted.", OTHER_PACES))

    assert (model.horizon.paces, model.risk.model_dump()) == (OTHER_PACES, asdict(OTHER))


def test_comments_stay_where_they_are_and_the_origin_stands_above_the_coefficients() -> None:
    text = candidate(TEXT, "mine", 60, OTHER, "Fitted to\nmy log.", PACES)

    assert "# Fitted to\n# my log.\n[risk]\nintercept = 1.5\n" in text
    assert "seven public" not in text
    outside = [line for line in TEXT.splitlines() if line.startswith("contact = ")]
    assert all(line in text for line in outside)
    assert "# old relationships last" in text


def test_a_model_that_cannot_be_edited_line_by_line_is_refused() -> None:
    inline = HORIZON.sub("", TEXT).replace("name = ", "horizon = {days = 30.0}\nname = ", 1)
    parse_model(inline)

    with pytest.raises(Refused, match="plain `key = value` lines"):
        candidate(inline, "mine", 60, OTHER, "Fitted.", PACES)
