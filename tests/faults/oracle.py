"""What the states must be, worked out one touchpoint after another: plain Python, written from DESIGN.md section 2."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import exp2, floor, sqrt
from typing import Any

from shared.alignment.model import Dose, Model, WeightRow

DAY = 86_400.0
CHANNELS = ("contact", "dialogue", "depth", "accord", "strain")
PACES = {"pace_fast": 0.25, "pace": 1.0, "pace_slow": 4.0}
"""Each pace with its half-life in horizons."""


@dataclass
class Sums:
    """One relationship, kept the long way."""

    doses: list[tuple[float, dict[str, float]]] = field(default_factory=list)
    """When, and how much on each channel, undecayed."""
    touches: list[float] = field(default_factory=list)

    def worth(self, channel: str, half_life: float, day_most: float, at: float) -> float:
        """Return the decayed sum as of `at`; a day's contact and dialogue have a ceiling."""
        if channel not in {"contact", "dialogue"}:
            return sum(dose[channel] * exp2((moment - at) / half_life) for moment, dose in self.doses)
        days: dict[int, float] = defaultdict(float)
        for moment, dose in self.doses:
            day = floor(moment / DAY)
            days[day] += dose[channel] * exp2((moment - day * DAY) / half_life)
        return sum(min(total, day_most) * exp2((day * DAY - at) / half_life) for day, total in days.items())

    def pace(self, half_life: float, at: float) -> float:
        """Return the decayed sum of days that hold a touch."""
        return sum(exp2((day * DAY - at) / half_life) for day in self.days())

    def days(self) -> set[int]:
        """Return the days that hold a touch."""
        return {floor(moment / DAY) for moment in self.touches}


def lived(events: Iterable[Mapping[str, Any]], model: Model) -> dict[str, Sums]:
    """Take each event once, in the order of time; return the sums by address."""
    people: dict[str, Sums] = defaultdict(Sums)
    once = {event["id"]: event for event in events}
    rows: dict[tuple[str, ...], WeightRow] = {}
    for event in sorted(once.values(), key=lambda event: str(event["time"])):
        data, at = event["data"], datetime.fromisoformat(event["time"]).timestamp()
        form = (data["kind"], data.get("direction", "mutual"), data.get("commitment", {}).get("state", ""))
        row = rows.get(form) or rows.setdefault(form, row_of(*form, model))
        breadth = max(data.get("breadth", 1), len(data["people"]))
        dose = dose_of(data, breadth, model.dose)
        # It makes a touch day where it brings contact and is no announcement.
        is_touch = row.contact > 0 and breadth < model.dose.broad_from
        for person in data["people"]:
            sums = people[person["address"]]
            sums.doses.append((at, {channel: dose * getattr(row, channel) for channel in CHANNELS}))
            sums.touches += [at] if is_touch else []
    return people


def dose_of(data: Mapping[str, Any], breadth: int, rules: Dose) -> float:
    """Return how much one touchpoint counts from its own facts."""
    length = min(1.0, sqrt(data["duration_minutes"] / rules.meeting_full_minutes)) if data["kind"] == "meeting" else 1.0
    intensity = data.get("depth", data.get("severity", 1.0))
    return float(length * breadth**-rules.breadth_exponent * intensity)


def row_of(kind: str, direction: str, state: str, model: Model) -> WeightRow:
    """Return the model's weights: of the rows that fit, the one that names more."""
    rows = [
        row
        for row in model.weights
        if row.kind == kind and row.direction in {"*", direction} and row.quality in {"*", state}
    ]
    return max(rows, key=lambda row: (row.direction != "*") + (row.quality != "*"))
