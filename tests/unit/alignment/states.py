"""States of relationships as examples and as anything that can be."""

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from shared.alignment.reading import DAY_SECONDS, States

NOON = 1_795_000_000.0
"""Some moment, in seconds since 1970."""

sums = st.one_of(st.just(0.0), st.floats(1e-3, 40))
ROW = st.fixed_dictionaries(
    {
        "as_of": st.floats(NOON - 400 * DAY_SECONDS, NOON),
        "contact": sums,
        "dialogue": sums,
        "depth": sums,
        "accord": sums,
        "strain": sums,
        "touch_days": st.integers(0, 4).map(float),
        "evidence": st.floats(0, 2),
    },
)


def states(*rows: dict[str, float]) -> States:
    """Put rows into columns; what a row leaves out is nothing, and it is known enough to be judged."""
    usual = {"as_of": NOON, "touch_days": 5.0}
    return States(*(column([usual | row for row in rows], name) for name in States._fields))


def column(rows: Sequence[dict[str, float]], name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return one column, zero where a row says nothing."""
    return np.array([row.get(name, 0.0) for row in rows], dtype=np.float64)
