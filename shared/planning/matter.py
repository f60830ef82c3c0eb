"""The matter that is planned: who there is, when there is time, and what is foreseen without a plan. Pure."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time

import numpy as np

from shared.alignment.model import Model
from shared.alignment.reading import States
from shared.hours import Hours
from shared.planning.ask import Ask
from shared.planning.calendar import Busy, Window, window
from shared.planning.rows import Row, cells_of, column, is_meant, owner_of, silence_of
from shared.planning.scope import NOWHERE, Days, Scope, rebased
from shared.planning.worth import Foresight, sight


class Matter:
    """Everything that a plan is made from; relationships, people, owners and cells go by number."""

    def __init__(
        self,
        rows: Sequence[Row],
        ask: Ask,
        now: datetime,
        model: Model,
        hours_of: Callable[[str], Hours],
        busy: Mapping[str, Sequence[Busy]],
    ) -> None:
        self.rows, self.ask, self.now, self.model = rows, ask, now, model
        self.until = now + ask.within
        self.owners = sorted({owner_of(row) for row in rows if is_meant(row, ask)}, key=str.lower)
        self.window: Window = window(
            [(hours_of(its), busy.get(its.lower(), ())) for its in self.owners], now, self.until
        )
        self.days = days_of(self.window, now)
        self.cells = sorted({cell for row in rows for cell in cells_of(row) if cell})
        self.scope = self._scope()
        self.rows_of = defaultdict[int, list[int]](list)
        for number, person in enumerate(self.scope.person.tolist()):
            self.rows_of[person].append(number)
        self.foresight = Foresight(self.scope, sight(now.timestamp(), ask.within.total_seconds() / 86_400, model))

    def first_row(self, person: int) -> Row:
        """Return the person's first relationship."""
        return self.rows[self.rows_of[person][0]]

    def is_booked(self, row: Row) -> bool:
        """Say whether they are met within the window anyway."""
        return bool(row["booked_at"] and row["booked_at"] <= self.until.timestamp())

    def _scope(self) -> Scope:
        rows = self.rows
        people = {person: number for number, person in enumerate(sorted({row["person_id"] for row in rows}))}
        booked = {row["person_id"] for row in rows if self.is_booked(row)}
        numbers = {owner.lower(): number for number, owner in enumerate(self.owners)}
        cell_of = {cell: number for number, cell in enumerate(self.cells)}
        owners = [
            numbers[owner_of(row).lower()] if is_meant(row, self.ask) and row["person_id"] not in booked else NOWHERE
            for row in rows
        ]
        return Scope(
            rebased(States(*(column(rows, name) for name in States._fields)), self.now.timestamp(), self.model),
            column(rows, "booked_at"),
            column(rows, "importance"),
            np.array([self.model.lines_for(row["role"], row["overrides"]).fading for row in rows], dtype=np.float64),
            np.array([people[row["person_id"]] for row in rows], dtype=np.int64),
            np.array(owners, dtype=np.int64),
            np.array([[cell_of[cell] if cell else NOWHERE for cell in cells_of(row)] for row in rows], dtype=np.int64),
            silence_of(rows, self.model),
        )


def days_of(free: Window, now: datetime) -> Days:
    """Return the days as the arithmetic takes them: a touch counts from noon on, today's from now on."""
    noons = [max(datetime.combine(day, time(12), UTC), now).timestamp() for day in free.dates]
    return Days(np.array(noons, dtype=np.float64), {slot: 60 * len(hours) for slot, hours in free.free.items()})
