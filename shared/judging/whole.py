"""What holds for a part of an initiative, and what becomes of the alert of a part or a source. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.alignment.model import Lines
from shared.judging.judge import Change, Verdict
from shared.judging.relationship import Because, OpenAlert
from shared.vocabulary import Reason

DAY = timedelta(days=1)
STAKEHOLDERS_MIN = 2
"""Of a single person everybody knows that they hang on one."""
EVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Since when a hole is there that came with another model and not with what people did: it is no news."""


@dataclass(frozen=True, slots=True)
class Part:
    """How a function or a level of an initiative stands."""

    initiative: str
    part: str
    stakeholders: int
    known: int
    aligned: int
    held_by: int
    """How many of our people touched them within four horizons; 0 where nobody is named."""


def holes(part: Part) -> list[Reason]:
    """Return what is missing in a part, as far as there is enough to say so."""
    found = []
    if part.known and not part.aligned:
        found.append(Reason.UNCOVERED)
    if part.stakeholders >= STAKEHOLDERS_MIN and part.held_by == 1:
        found.append(Reason.SINGLE_THREADED)
    return found


def because_of(part: Part, reason: Reason, since: datetime, lines: Lines) -> Because:
    """Return the reason with its figures; it is told about only when it has lasted, so that nothing flaps."""
    days = lines.uncovered_days if reason is Reason.UNCOVERED else lines.single_threaded_days
    figures = {"stakeholders": part.stakeholders, "aligned": part.aligned, "held_by": part.held_by}
    return Because(reason, since, figures, told_from=since + days * DAY)


def judge_whole(
    holding: tuple[Because, ...], alert: OpenAlert | None, settled_at: datetime | None, now: datetime
) -> Verdict:
    """Choose the verdict; what held when somebody last resolved an alert by hand is no news."""
    told = tuple(
        because
        for because in holding
        if (because.told_from or because.since) <= now
        and because.since > (settled_at or EVER)
        and not (alert and alert.has(because.reason))
    )
    if alert is None:
        return Verdict(Change.OPENED if told else Change.NONE, holding, told)
    if told:
        return Verdict(Change.JOINED, holding, told)
    lasts = any(alert.has(because.reason) for because in holding)
    return Verdict(Change.KEPT if lasts else Change.RESOLVED, holding)
