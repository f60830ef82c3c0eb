"""Relationships to plan for, as anything that can be."""

import numpy as np
from hypothesis import strategies as st

from shared.alignment.model import default_model
from shared.alignment.reading import DAY_SECONDS, Floats
from shared.planning.choose import Choice, choose
from shared.planning.offers import Offer, offers
from shared.planning.scope import Days, Scope
from shared.planning.touches import packages
from shared.planning.worth import Foresight, sight
from tests.unit.alignment.states import NOON, states

MODEL = default_model()
DAYS = 3
sums = st.floats(0, 6)
ROW = st.fixed_dictionaries(dict.fromkeys(("contact", "dialogue", "depth", "accord"), sums))


def columns(count: int, values: st.SearchStrategy[float]) -> st.SearchStrategy[Floats]:
    """Return what draws one value per relationship."""
    return st.lists(values, min_size=count, max_size=count).map(np.array)


@st.composite
def scopes(draw: st.DrawFn) -> Scope:
    """Draw up to eight people of two owners; some are on two initiatives, some belong to nobody's hours."""
    rows = draw(st.lists(ROW, min_size=1, max_size=8))
    count = len(rows)
    functions, levels = draw(columns(count, st.integers(-1, 1))), draw(columns(count, st.integers(2, 3)))
    return Scope(
        states(*rows),
        draw(columns(count, st.just(np.nan) | st.floats(NOON, NOON + 14 * DAY_SECONDS))),
        draw(columns(count, st.sampled_from([1.0, 2.0, 5.0]))),
        np.full(count, MODEL.lines.fading),
        np.unique(draw(columns(count, st.integers(0, count - 1))), return_inverse=True)[1].astype(np.int64),
        draw(columns(count, st.sampled_from([-1, 0, 0, 1]))).astype(np.int64),
        np.stack([functions, levels], axis=1).astype(np.int64),
    )


@st.composite
def weeks(draw: st.DrawFn) -> Days:
    """Draw what two owners have free on three days."""
    free = {(owner, day): draw(st.sampled_from([0, 60, 120])) for owner in (0, 1) for day in range(DAYS)}
    return Days(np.array([NOON + (day + 1) * DAY_SECONDS for day in range(DAYS)]), free)


def offered(scope: Scope, days: Days, touches_max: int = 2) -> list[Offer]:
    """Return what could be done."""
    return offers(Foresight(scope, sight(NOON, DAYS, MODEL)), packages(DAYS, touches_max, MODEL), days)


def chosen(scope: Scope, days: Days, hours: float) -> Choice:
    """Return what is done with so many hours."""
    return choose(offered(scope, days), hours * 60, days)
