"""Half-lives of pace that suit a history of one's own, by a search one coordinate at a time.

The earlier decisions are split by time once more: coefficients are fitted on the first part for each trial and
judged on the second, so that what decides is never what was fitted. A trial has to beat what is there by
`GAIN_MIN` of AUC, since of several trials one looks better by chance alone.
"""

from collections.abc import Callable

from shared.alignment.fit import fit, refuse_too_few
from shared.alignment.hindsight import Past
from shared.alignment.quality import area_under_curve
from shared.alignment.risk import PACES, SHIPPED, Paces
from shared.errors import Refused

TRIALS = ((0.15, 0.25, 0.5), (0.75, 1.0, 2.0), (3.0, 4.0, 8.0))
"""In horizons, for the fast, the middle and the slow pace."""
GAIN_MIN = 0.002


def half_lives(parts_of: Callable[[Paces], tuple[Past, Past]]) -> Paces:
    """Return the three half-lives, in horizons, that foresee best; `parts_of` gives both parts with theirs.

    Raise Refused if the earlier decisions are too few to be split once more.
    """
    best, reached = PACES, worth(*parts_of(PACES))
    for position, trials in enumerate(TRIALS):
        for trial in trials:
            tried = (*best[:position], trial, *best[position + 1 :])
            if tried != best and (found := worth(*parts_of(tried))) >= reached + GAIN_MIN:  # type: ignore[arg-type]
                best, reached = tried, found  # type: ignore[assignment]
    return best


def worth(first: Past, second: Past) -> float:
    """Return the AUC on the second part of coefficients fitted to the first."""
    try:
        refuse_too_few(first)
        refuse_too_few(second)
    except Refused as error:
        raise Refused(
            f"half-lives are chosen on one part of the earlier period and judged on another: {error}"
        ) from error
    coefficients = fit(first, SHIPPED, resamples=1).coefficients
    return area_under_curve(second.went_silent, second.risk(coefficients))
