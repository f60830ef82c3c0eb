"""Fitting the coefficients of risk to past decisions: logistic regression, held near a prior, within bounds.

The loss is that of logistic regression over decisions, each weighted by 1 / sqrt(decisions of its relationship)
(one that lived long has much to say, but not as much as it has decisions) and scaled to a mean weight of one,
plus `ridge` times the squared distance from the prior, in standard deviations of each term. The prior is what
ships: few data hardly move it, many leave it behind. Coefficients of what rises in silence are never negative,
and of what falls in it never positive, so that risk only rises in silence. Found by Newton's method with projection
on the bounds.
"""

from dataclasses import astuple, dataclass, fields

import numpy as np

from shared.alignment.hindsight import Past
from shared.alignment.risk import FALLING, RISING, Coefficients, Floats
from shared.errors import Refused

RIDGE = 300.0
"""In decisions of mean weight; among 3 to 3000 the best compromise over the seven public sets (docs/science.md)."""
RIDGE_ABSENT = 10.0
"""Of terms that the prior leaves out: that no one coefficient serves every history is no reason to fear one's own."""
RESAMPLES = 100
DECISIONS_MIN = 300
OUTCOMES_MIN = 50
"""Of each: ended in silence, and did not. Ten for each coefficient would be the least that anyone advises."""
RELATIONSHIPS_MIN = 20

_TERMS = [term.name for term in fields(Coefficients)]
_LOWEST = np.array([0.0 if name in RISING else -np.inf for name in _TERMS])
_HIGHEST = np.array([0.0 if name in FALLING else np.inf for name in _TERMS])
_STEPS_MAX = 60
_STILL = 1e-9


@dataclass(frozen=True, slots=True)
class Fitted:
    """Coefficients with the 95 % interval of each, from a bootstrap over relationships."""

    coefficients: Coefficients
    low: Coefficients
    high: Coefficients


@dataclass(frozen=True, slots=True)
class _Problem:
    """Terms in standard deviations from their mean, with a leading one; outcomes; weights; prior."""

    terms: Floats
    silent: Floats
    weights: Floats
    prior: Floats
    ridge: Floats

    def loss(self, at: Floats) -> float:
        odds = self.terms @ at
        return float(self.weights @ (np.logaddexp(0, odds) - self.silent * odds) + self.ridge @ (at - self.prior) ** 2)

    def slope(self, at: Floats) -> tuple[Floats, Floats]:
        """Return gradient and Hessian."""
        risk = 1 / (1 + np.exp(-(self.terms @ at)))
        gradient = self.terms.T @ (self.weights * (risk - self.silent)) + 2 * self.ridge * (at - self.prior)
        curved = (self.terms * (self.weights * risk * (1 - risk))[:, None]).T @ self.terms
        return gradient, curved + np.diag(2 * self.ridge)

    def solved(self, at: Floats) -> Floats:
        """Return the minimum within the bounds, starting from `at`."""
        for _ in range(_STEPS_MAX):
            gradient, curved = self.slope(at)
            free = ~((at <= _LOWEST) & (gradient > 0) | (at >= _HIGHEST) & (gradient < 0))
            step = np.zeros(len(at))
            step[free] = np.linalg.solve(curved[np.ix_(free, free)], gradient[free])
            after = self.shortened(at, step)
            if np.abs(after - at).max() < _STILL:
                return after
            at = after
        return at

    def shortened(self, at: Floats, step: Floats) -> Floats:
        """Go the step, or the largest halving of it that lowers the loss, and stay within the bounds."""
        loss = self.loss(at)
        for share in 0.5 ** np.arange(30):
            after: Floats = np.clip(at - share * step, _LOWEST, _HIGHEST)
            if self.loss(after) <= loss:
                return after
        return at


def weights(past: Past) -> Floats:
    """Return 1 / sqrt(decisions of the relationship) for each decision, with a mean of one."""
    _, number, count = np.unique(past.relationship, return_inverse=True, return_counts=True)
    found = 1 / np.sqrt(count[number])
    return np.asarray(found / found.mean(), np.float64)


def refuse_too_few(past: Past) -> None:
    """Raise Refused, saying what is there and what is needed, if a fit would be chance."""
    silent, relationships = int(past.went_silent.sum()), len(np.unique(past.relationship))
    found, other = len(past.relationship), len(past.relationship) - silent
    enough = found >= DECISIONS_MIN and min(silent, other) >= OUTCOMES_MIN and relationships >= RELATIONSHIPS_MIN
    if not enough:
        raise Refused(
            f"too few data to fit: the earlier period holds {found} decisions on {relationships} relationships, "
            f"{silent} of which ended in silence and {other} did not; needed are {DECISIONS_MIN} decisions on "
            f"{RELATIONSHIPS_MIN} relationships and {OUTCOMES_MIN} of each outcome. Keep the model you have, "
            "bring in a longer history, or try another --horizon"
        )


def fit(past: Past, prior: Coefficients, ridge: float = RIDGE, resamples: int = RESAMPLES, seed: int = 1) -> Fitted:
    """Return the coefficients that fit best; equal decisions and seed give equal results."""
    problem, mean, scale = _posed(past, prior, ridge)
    best = problem.solved(problem.prior)
    random, (_, number) = np.random.default_rng(seed), np.unique(past.relationship, return_inverse=True)
    drawn = []
    for _ in range(resamples):
        times = random.poisson(1.0, number.max() + 1)[number]
        again = _Problem(problem.terms, problem.silent, problem.weights * times, problem.prior, problem.ridge)
        drawn.append(astuple(_unscaled(again.solved(best), mean, scale)))
    low, high = np.percentile(np.array(drawn), [2.5, 97.5], axis=0)
    return Fitted(_unscaled(best, mean, scale), Coefficients(*low.tolist()), Coefficients(*high.tolist()))


def _posed(past: Past, prior: Coefficients, ridge: float) -> tuple[_Problem, Floats, Floats]:
    each, matrix = weights(past), past.terms.astype(np.float64)
    mean, scale = np.average(matrix, axis=0, weights=each), matrix.std(axis=0) + _STILL
    scaled = np.column_stack([np.ones(len(matrix)), (matrix - mean) / scale])
    intercept, *slopes = astuple(prior)
    centre = np.r_[intercept + mean @ np.array(slopes), np.array(slopes) * scale]
    # The base rate is each data set's own: the intercept is free.
    pull = np.r_[0.0, np.where(np.array(slopes) == 0, min(ridge, RIDGE_ABSENT), ridge)]
    return _Problem(scaled, past.went_silent.astype(np.float64), each, centre, pull), mean, scale


def _unscaled(at: Floats, mean: Floats, scale: Floats) -> Coefficients:
    slopes = at[1:] / scale
    return Coefficients(float(at[0] - slopes @ mean), *slopes.tolist())
