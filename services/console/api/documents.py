"""What the API sends and takes: its OpenAPI description is made from these."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from services.console.acting import NOTE_MAX, Action
from services.console.visitor import Role
from shared.vocabulary import Band


def rounded(value: float) -> float:
    """Return tenths: enough for a score, and equal for a while, so that an ETag is of use."""
    return round(value, 1)


def rounded_finely(value: float) -> float:
    """Return thousandths: enough for a probability."""
    return round(value, 3)


Points = Annotated[float, AfterValidator(rounded)]
Days = Annotated[float, AfterValidator(rounded)]
Probability = Annotated[float, AfterValidator(rounded_finely)]


class Document(BaseModel):
    """Made from rows, whose further columns are nobody's business."""

    model_config = ConfigDict(extra="ignore", from_attributes=True)


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str


class Me(Document):
    """Who asks."""

    name: str
    role: Role
    initiatives: list[str] | None = Field(description="What they are limited to; null where they see everything.")


class Relationship(Document):
    """How one stakeholder stands within one initiative, at this moment."""

    relationship_id: int
    initiative: str
    stakeholder: str
    name: str
    organisation: str | None
    function: str | None
    level: str | None
    role: str | None
    owner: str | None
    importance: float
    desired_band: Band | None
    score: Points | None = Field(description="0 to 100; null while too little is known.")
    band: Band
    contact: Points
    dialogue: Points
    depth: Points
    accord: Points
    strain: Points
    risk: Probability | None = Field(description="The probability that it stays silent for one horizon.")
    cadence_days: Days | None
    last_touch_at: datetime | None
    next_planned_at: datetime | None
    drifts_at: datetime | None
    drift_reason: str | None
    reasons: list[str]


class Listed(Relationship):
    """A relationship on a list, with what its past says."""

    trend: Points | None = Field(description="Points gained in 30 days.")
    rhythm_days: Days | None = Field(description="Mean days between touches of the last half year.")


class Relationships(Document):
    """One page; `next` is the cursor of the next one, null on the last."""

    items: list[Listed]
    next: str | None


class Line(Document):
    """Scores at moments; null where too little was known."""

    moments: list[float] = Field(description="Seconds since 1970.")
    scores: list[Points | None]


class Trajectory(Document):
    """The curve of a relationship: past, forecast in silence, and what if."""

    at: datetime
    line: float = Field(description="The score under which a relationship fades.")
    past: Line
    forecast: Line
    since: Line = Field(description="What became of it; empty unless `ago` is given.")
    what_if: Line
    falls_at: datetime | None
    with_touch_score: Points | None
    falls_with_touch_at: datetime | None
    planned: list[datetime]
    falls_with_plan_at: datetime | None


class Contribution(Document):
    """What one touchpoint still brings."""

    id: str
    source: str
    occurred_at: datetime
    kind: str
    direction: str
    contact: Points
    dialogue: Points
    depth: Points
    accord: Points
    strain: Points
    points: Points = Field(description="Points of the score; they add up to it.")


class Why(Document):
    """Why the score is what it is."""

    score: Points | None
    parts: dict[str, Points] = Field(description="Points of the score per channel; strain takes.")
    contributions: list[Contribution]


class Event(Document):
    """One event in the life of an alert."""

    event: str
    actor: str
    happened_at: datetime
    note: str | None


class Alert(Document):
    """Somebody, or something, that asks for attention."""

    id: UUID
    relationship_id: int | None
    initiative: str | None
    stakeholder: str | None
    name: str | None
    owner: str | None
    assignee: str | None
    reason: str
    reasons: list[dict[str, Any]]
    status: str
    severity: str
    score: Points | None
    opened_at: datetime
    acknowledged_at: datetime | None
    snoozed_until: datetime | None
    resolved_at: datetime | None
    drifts_at: datetime
    summary: str


class AlertInFull(Alert):
    """An alert with what became of it."""

    history: list[Event]


class Alerts(Document):
    """One page, the most urgent first; `next` is the cursor of the next one, null on the last."""

    items: list[Alert]
    next: str | None


class Act(BaseModel):
    """What to do about an alert."""

    model_config = ConfigDict(extra="forbid")

    action: Action
    until_at: AwareDatetime | None = Field(None, description="For snooze: until when, a year ahead at most.")
    note: str | None = Field(None, max_length=NOTE_MAX, description="For resolve and comment: why. For assign: who.")


class Mute(Document):
    """Something that nobody is told of for a while; whatever matches all that is named."""

    id: int
    initiative: str | None
    function: str | None
    stakeholder: str | None
    source: str | None
    starts_at: datetime
    ends_at: datetime
    author: str
    note: str | None


class ToMute(BaseModel):
    """What to mute, and until when: it always ends."""

    model_config = ConfigDict(extra="forbid")

    initiative: str | None = Field(None, max_length=NOTE_MAX)
    function: str | None = Field(None, max_length=NOTE_MAX)
    stakeholder: str | None = Field(None, max_length=NOTE_MAX)
    source: str | None = Field(None, max_length=NOTE_MAX)
    ends_at: AwareDatetime
    note: str | None = Field(None, max_length=NOTE_MAX)


class Suppression(Document):
    """Something that was held back, and why; `held_until` is null where it is not told later either."""

    number: int
    alert_id: UUID | None
    initiative: str | None
    stakeholder: str | None
    event: str
    channel: str | None
    reason: str
    held_until: datetime | None
    note: str
    happened_at: datetime


class Suppressions(Document):
    """One page, the latest first; `next` is what to ask for `before`, null on the last."""

    items: list[Suppression]
    next: int | None


class Drift(Document):
    """Who will cross a line, when, and why."""

    relationship_id: int
    initiative: str
    name: str
    drifts_at: datetime
    reason: str | None


class Initiative(Document):
    """How an initiative stands as a whole, as of the last refresh."""

    initiative: str
    stakeholders: int
    aligned: int
    cooling: int
    misaligned: int
    unknown: int
    score: Points | None
    refreshed_at: datetime | None


class Cell(Document):
    """One function at one level of an initiative."""

    function: str | None
    level: str | None
    stakeholders: int
    aligned: int
    cooling: int
    misaligned: int
    unknown: int
    score: Points | None
    held_by: int = Field(description="Through how many of our people it is reached.")


class Noted(Document):
    """How an initiative stood on a day."""

    day: date
    score: Points | None
    aligned: int
    stakeholders: int


class Coverage(Document):
    """The coverage of one initiative, and its trend."""

    initiative: str
    cells: list[Cell]
    trend: list[Noted]


class Source(Document):
    """How a source is doing, as of the last refresh."""

    source: str
    touchpoints: int
    retracted: int
    touchpoints_last_day: int
    first_recorded_at: datetime | None
    last_recorded_at: datetime | None
    last_occurred_at: datetime | None


class Rejected(Document):
    """An event that was refused."""

    id: int
    source: str
    event_id: str | None
    field: str | None
    rule: str
    reason: str
    received_at: datetime


class Outcome(BaseModel):
    """What became of a retry."""

    outcome: str
