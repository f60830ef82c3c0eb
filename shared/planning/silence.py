"""How much less likely a package of touches makes it that a relationship falls silent for a horizon. Pure."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.alignment.model import Model
from shared.alignment.reading import DAY_SECONDS, Floats
from shared.alignment.risk import NEVER, Coefficients, Surroundings, TouchDays, risk


class Silence(NamedTuple):
    """What the risk of silence is told by: the touch days of each relationship, and of its initiative."""

    days: TouchDays
    around: Surroundings | None = None
    """None where the model does not ask for it; one's own touches are not added to it"""

    def of(self, rows: NDArray[np.intp]) -> "Silence":
        """Return some of the relationships, to be changed at will."""
        return Silence(self.days.at(rows), self.around.at(rows) if self.around else None)

    def touched(self, day: int, model: Model) -> None:
        """Add a touch on that day (UTC, since 1970) to all whose last touch day is not later."""
        rows = np.flatnonzero(self.days.last_day <= day)
        self.days.touch(rows, day, model.horizon.days, model.horizon.paces)

    def risk(self, moment: float, model: Model) -> Floats:
        """Return the probability that no touch comes within a horizon from the moment on (seconds since 1970)."""
        coefficients, horizon = Coefficients(**model.risk.model_dump()), model.horizon
        return risk(self.days, moment / DAY_SECONDS, horizon.days, coefficients, self.around, horizon.paces)


def judged(silence: Silence, touch_days: Floats, model: Model) -> NDArray[np.intp]:
    """Return the relationships whose risk says something: with fewer touch days it was never judged."""
    enough = touch_days >= max(1, model.evidence.touch_days_min)
    return np.flatnonzero(enough & (silence.days.last_day != NEVER))
