from importlib.resources import files

import pytest

from shared.alignment.model import default_model, parse_model
from shared.errors import Refused

TEXT = files("shared.alignment").joinpath("model.toml").read_text("utf-8")


def refusal(text: str) -> list[str]:
    """Return the lines of what a model's author is told."""
    with pytest.raises(Refused) as refused:
        parse_model(text)
    return str(refused.value).splitlines()


@pytest.mark.parametrize(
    ("added", "where"),
    [
        ("[lines_of_role.sponsor]\ncontact = 30", "lines_of_role.sponsor.contact"),
        ("[lines_of_role.sponsor]\ndepth_half_life_days = 30", "lines_of_role.sponsor.depth_half_life_days"),
        ("[lines_of_role.sponsor.half_life_days]\ncontact = 30", "lines_of_role.sponsor.half_life_days"),
        ("[half_life_days_of_role.sponsor]\ncontact = 30", "half_life_days_of_role"),
    ],
)
def test_a_half_life_of_a_role_is_refused_with_the_reason(added: str, where: str) -> None:
    [_, line] = refusal(f"{TEXT}\n{added}\n")

    assert line.startswith(f"  {where}: half-lives are the same for everybody, so that states add up")


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("fading = 40.0", "fading = 400.0", "  lines.fading: 400.0 — "),
        ("fading = 40.0", 'fading = "low"', "  lines.fading: 'low' — "),
        ("fading = 40.0", "", "  lines.fading: is missing"),
        ("[bands]", "[brands]", "  bands: is missing"),
        ("cooling_min = 40.0", "cooling_min = 70.0", "  bands.cooling_min: 70.0 — must be under aligned_min, 60.0"),
        ('kind = "call"', 'kind = "cal"', "  weights.2: 'cal * *' — no touchpoint is of this kind"),
        ('direction = "inbound"', 'direction = "in"', "  weights.5: 'email in *' — no touchpoint is of this kind"),
        ('quality = "tentative"', 'quality = "*"', "  weights.1: 'meeting * *' — an earlier row says the same"),
        ("champion = 14.0", "Sponsor = 7.0", "  cadence_days: sponsor, Sponsor, decision maker, influencer — a role"),
        ("# [lines_of_role", "fadng = 3.0  #", "  lines.fadng: 3.0 — there is no setting of this name"),
        (
            "# [lines_of_role.sponsor]",
            "[lines_of_role.sponsor]\nfading = 400.0",
            "  lines_of_role.sponsor.fading: 400.0",
        ),
        (
            "# [lines_of_role.sponsor]",
            "[lines_of_role.sponsor]\nfadng = 4.0",
            "  lines_of_role.sponsor.fadng: there is",
        ),
    ],
)
def test_a_model_that_breaks_a_rule_is_refused_by_field_value_and_rule(was: str, becomes: str, said: str) -> None:
    assert was in TEXT

    _, *lines = refusal(TEXT.replace(was, becomes, 1))

    [line] = [line for line in lines if line.startswith(said)]
    assert len(line) < 600


def test_the_lines_of_a_role_are_its_own_and_those_of_a_relationship_come_first() -> None:
    model = parse_model(f"{TEXT}\n[lines_of_role.Sponsor]\nfading = 55.0\nwarning_days = 3.0\n")

    assert model.lines_for("sponsor").fading == 55.0
    assert model.lines_for("sponsor", {"fading": 60.0}) == model.lines.model_copy(
        update={"fading": 60.0, "warning_days": 3.0}
    )
    assert model.lines_for(None) == model.lines_for("champion") == default_model().lines
