"""How far a fit to one's own history gets on real data: issue 3 asks for the reference's AUC less 0.005.

The reference is "logistic, all history" of ../shared/evaluate_drift.py, fitted on the same earlier period; its
figures are written down here, because the script needs packages that attune does not.
"""

from pathlib import Path

import pytest

from services.cli.history import past_of_csv
from shared.alignment.fit import fit, refuse_too_few
from shared.alignment.quality import area_under_curve
from shared.alignment.risk import SHIPPED

SHARED = Path(__file__).parents[4] / "shared" / "data"
TOLERANCE = 0.005

REFERENCES = [
    ("manufacturing_email", 30, 7, 0.7893),
    ("enron_email", 30, 7, 0.7386),
    ("college_messages", 14, 4, 0.7683),
    ("reality_phone", 30, 7, 0.8013),
    ("cdnow_purchases_sample", 90, 14, 0.6817),
    ("mep_meetings_a", 120, 14, 0.6766),
    ("oss_commits_a", 90, 14, 0.8417),
]


@pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not beside this checkout")
@pytest.mark.parametrize(("name", "horizon", "every", "reference"), REFERENCES)
def test_a_fit_to_the_earlier_period_ranks_the_later_one_as_well_as_the_reference(
    name: str, horizon: float, every: int, reference: float
) -> None:
    earlier, later = past_of_csv(SHARED / f"{name}.csv.gz", horizon, every).split(0.4)

    refuse_too_few(earlier)
    fitted = fit(earlier, SHIPPED, resamples=1).coefficients

    assert area_under_curve(later.went_silent, later.risk(fitted)) >= reference - TOLERANCE
