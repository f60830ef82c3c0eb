"""What the API sends and takes: its OpenAPI description is made from these."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from services.console.accounts import NAME_MAX
from services.console.acting import NOTE_MAX, Action
from services.console.planning import PLAN_MAX
from services.console.secret import PASSWORD_MAX
from services.console.visitor import Role
from shared.planning.ask import HOURS_MAX, HOURS_MIN, TOUCHES_MAX, WITHIN_DAYS_MAX
from shared.vocabulary import Band, CommitmentState


def rounded(value: float) -> float:
    """Return tenths: enough for a score, and equal for a while, so that an ETag is of use."""
    return round(value, 1)


def rounded_finely(value: float) -> float:
    """Return thousandths: enough for a probability."""
    return round(value, 3)


def hourly(value: datetime) -> datetime:
    """Return the hour: enough for what lies weeks ahead and moves with the moment that is asked at."""
    return value.replace(minute=0, second=0, microsecond=0)


Points = Annotated[float, AfterValidator(rounded)]
Hour = Annotated[datetime, AfterValidator(hourly)]
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
    next_planned_at: datetime | None = Field(description="When the next meeting is booked, or the next promise is due.")
    next_planned_is: Literal["meeting", "promise"] | None = Field(description="Which of the two that is.")
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


class Commitment(Document):
    """One agreed expectation, as the last word about it leaves it."""

    ref: str
    by: Literal["us", "them"]
    state: CommitmentState
    made_at: datetime
    changed_at: datetime
    due_at: datetime | None
    is_late: bool


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
    is_late: bool = Field(description="Whether it held before attune could see it: history brought it.")


class AlertOf(Document):
    """An alert of one relationship, and what became of it."""

    id: UUID
    reason: str
    reasons: list[dict[str, Any]]
    status: str
    severity: str
    score: Points | None
    opened_at: datetime
    snoozed_until: datetime | None
    resolved_at: datetime | None
    summary: str
    assignee: str | None
    history: list[Event]


class Touch(Document):
    """One touchpoint behind an alert."""

    id: str
    source: str
    occurred_at: datetime
    kind: str
    direction: str
    minutes: float | None


class Help(Document):
    """What a touch that somebody could make would bring."""

    words: str
    score: Points
    drifts_at: Hour | None = Field(
        description="When it would drift in silence after that, to the hour; null where it would not."
    )
    is_over: bool = Field(description="Whether it would be over the line.")


class Ahead(Document):
    """Where silence leads from now on, and what would help."""

    score: Points | None
    line: float = Field(description="The score under which it fades.")
    falls_at: datetime | None
    planned: list[datetime]
    helps: list[Help]


class Behind(Document):
    """What an alert about somebody rests on as of now."""

    touches: list[Touch] = Field(description="The latest few.")
    ahead: Ahead


class Delivery(Document):
    """One message about an alert, and how far it has come."""

    channel: str
    destination: str | None = Field(description="For operators who see every initiative; null for others.")
    event: str
    status: str
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    held_for: str | None
    last_error: str | None = Field(description="For operators who see every initiative; null for others.")


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
    name: str | None
    event: str
    channel: str | None
    reason: str
    held_until: datetime | None
    note: str
    happened_at: datetime


class AlertInFull(Alert):
    """An alert with what it rests on, what became of it, who was told, and what was held back."""

    behind: Behind | None = Field(description="Null where it is about no single person.")
    history: list[Event]
    deliveries: list[Delivery]
    held: list[Suppression]


class Suppressions(Document):
    """One page, the latest first; `next` is what to ask for `before`, null on the last."""

    items: list[Suppression]
    next: int | None


class Counted(Document):
    """How much was held back for one reason in the last 7 days."""

    reason: str
    count: int


class UnderWay(Document):
    """How many messages a channel has still to send."""

    channel: str
    waiting: int = Field(description="For their turn.")
    tried: int = Field(description="Failed, to be tried again.")
    held: int = Field(description="Held back for a while.")


class Held(Document):
    """What was held back lately, and what is under way."""

    counted: list[Counted]
    under_way: list[UnderWay]


class Recovered(Document):
    """What got better: an alert that was resolved."""

    id: UUID
    relationship_id: int | None
    initiative: str | None
    name: str | None
    reason: str
    resolved_at: datetime
    summary: str


class Drift(Document):
    """Who will cross a line, when, and why."""

    relationship_id: int
    initiative: str
    name: str
    drifts_at: datetime
    reason: str | None


class PlanLine(Document):
    """One touch of a plan: with whom, how, when, and what it buys."""

    line: int
    owner: str | None
    kind: str
    minutes: int
    at: datetime
    latest_day: date = Field(description="The latest day on which it still brings most of that.")
    people: list[str]
    stakeholders: list[str]
    initiatives: list[str]
    relationships: list[int]
    days: float = Field(description="Relationship-days that it keeps above the line, each counted one.")
    worth: float | None = Field(
        description="Its part of what the plan is worth: the lines add up. Null for plans kept before it was told."
    )
    why: str


class ProposedLine(PlanLine):
    """One touch that is proposed."""

    covers: list[str] = Field(description="Functions and levels that are covered only with it, at some time.")
    drifts_at: datetime | None
    would_drift_at: datetime | None


class LeftOut(Document):
    """Somebody whom the plan does not meet, and why."""

    stakeholder: str
    name: str
    reason: Literal["no hours left", "days are full", "booked", "no free working hour", "adds nothing"]
    kind: str | None = Field(None, description="The touch that would bring most for its time.")
    minutes: int | None = None
    days: float | None = Field(None, description="Relationship-days that it would keep above the line.")
    worth: float | None = Field(None, description="What it would add to the plan.")
    at: datetime | None = Field(None, description="When they are met anyway.")


class OneMoreHour(Document):
    """What one more hour would buy beside the plan."""

    worth: float = Field(description="In the coin of the plan's worth.")
    people: list[str]


class Plan(Document):
    """The touches that are worth most within the hours asked for."""

    plan: int | None = Field(description="Its number where it is kept.")
    owner: str | None
    initiative: str | None
    hours: float
    until: datetime
    minutes: int
    days: float = Field(description="Relationship-days kept above the line: the sum of the lines.")
    worth: float = Field(
        description="What it was chosen by, the sum of the lines: days and progress, coverage kept and silence "
        "avoided, by importance, and the less the further ahead."
    )
    bound: float = Field(description="No choice among the touches that were weighed is worth more.")
    gap: float = Field(description="The share of the bound that may be missed; 0 where it is the best there is.")
    solver: Literal["exact", "limited", "greedy"] = Field(
        description="limited: the solver's best after as many steps as it may take; its gap is told."
    )
    weighed: int = Field(description="Touches, pairs of touches and meetings with several that it was chosen from.")
    lines: list[ProposedLine]
    left_out: list[LeftOut] = Field(
        description="The first ten for each kind of reason, to whom most would be gained first."
    )
    left_out_more: int = Field(description="So many more are not on the plan, and not named.")
    one_more_hour: OneMoreHour


class ToPlan(BaseModel):
    """Whose hours, how many, and until when."""

    model_config = ConfigDict(extra="forbid")

    owner: str | None = Field(None, max_length=200)
    initiative: str | None = Field(None, max_length=200)
    hours: float = Field(ge=HOURS_MIN, le=HOURS_MAX, allow_inf_nan=False)
    within_days: int = Field(14, ge=1, le=WITHIN_DAYS_MAX)
    touches: int = Field(TOUCHES_MAX, ge=1, le=TOUCHES_MAX, description="At most so many per person.")


class KeptLine(PlanLine):
    """One touch of a plan that was kept, and what became of it."""

    status: Literal["proposed", "accepted", "withdrawn", "done", "missed"]
    accepted_at: datetime | None
    withdrawn_at: datetime | None = Field(description="When its acceptance was taken back; null where accepted again.")
    done_at: datetime | None


class KeptPlan(Document):
    """A plan that was kept."""

    plan: int
    proposed_at: datetime
    owner: str | None
    initiative: str | None
    hours: float
    until: datetime
    worth: float
    lines: list[KeptLine]


class KeptInShort(Document):
    """A plan that was kept: how many of its touches were accepted, and done."""

    plan: int
    proposed_at: datetime
    owner: str | None
    initiative: str | None
    hours: float
    until: datetime
    worth: float
    lines: int
    accepted: int
    done: int


class KeptPlans(Document):
    """One page, the latest first; `next` is what to ask for `before`, null on the last."""

    items: list[KeptInShort]
    next: int | None


class ToAccept(BaseModel):
    """Which lines of a plan to accept; all of them where none is named."""

    model_config = ConfigDict(extra="forbid")

    lines: list[Annotated[int, Field(ge=1, le=PLAN_MAX)]] = Field(default=[], max_length=1000)


class ToWithdraw(ToAccept):
    """Of which lines of a plan to take back the acceptance; of all that are accepted and ahead where none is named."""


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


class Standing(Document):
    """How those stand whom an initiative needs somewhere, and through whom of us they are reached."""

    stakeholders: int
    aligned: int
    cooling: int
    misaligned: int
    unknown: int
    score: Points | None
    covered: bool = Field(description="Whether anybody there is aligned.")
    owners: list[str] = Field(description="Who of us they are given to on the roster.")


class Cell(Standing):
    """One function at one level of an initiative."""

    function: str | None
    level: str | None
    held_by: int = Field(description="Through how many of our people it is reached.")
    single_threaded: bool = Field(description="Whether it is one of us alone.")


class Part(Standing):
    """An initiative as a whole, in one function, at one level, or where strategy is made or carried out."""

    dimension: Literal["whole", "horizontal", "vertical", "strategic", "operational"]
    part: str | None = Field(description="The function or level; null where the roster names none.")
    held_by: int | None = Field(description="Through how many of our people; null beyond 200 stakeholders.")
    single_threaded: bool | None = Field(description="Whether it is one of us alone.")


class Noted(Document):
    """How an initiative stood on a day."""

    day: date
    score: Points | None
    aligned: int
    stakeholders: int


class Desired(Document):
    """Those of whom one band is desired and who stand in one."""

    desired_band: Band = Field(description="Aligned where nothing is said.")
    band: Band
    stakeholders: int
    importance: float = Field(description="Theirs together.")


class Somebody(Document):
    """Somebody whom an initiative needs, and how they stood at the last refresh."""

    relationship_id: int
    name: str
    function: str | None
    level: str | None
    role: str | None
    owner: str | None
    importance: float
    desired_band: Band = Field(description="Aligned where nothing is said.")
    band: Band
    score: Points | None


class SingleThreaded(Document):
    """Relationships that hang on one of us: lately touched by that one alone."""

    single: int = Field(description="How many there are …")
    named: int | None = Field(description="… among how many whose touches say who of us made them; null where none is.")
    most_important: list[Somebody] = Field(description="Those who matter most, 50 at most.")


class Coverage(Document):
    """The coverage of one initiative, its trend, and who falls short or is missing."""

    initiative: str
    cells: list[Cell]
    organisation: list[Part]
    trend: list[Noted]
    desired: list[Desired]
    falls_short: list[Somebody] = Field(description="Who stands lower than desired; those who matter most, 50 at most.")
    single_threaded: SingleThreaded
    never_met: list[Somebody] = Field(description="Who is needed and was never met; those who matter most, 50 at most.")


class Source(Document):
    """How a source is doing, as of the last refresh."""

    source: str
    touchpoints: int
    retracted: int
    touchpoints_last_day: int
    first_recorded_at: datetime | None
    last_recorded_at: datetime | None
    last_occurred_at: datetime | None
    rejected: int
    usual_gap_hours: float | None = Field(description="19 of 20 of its silences were no longer.")
    stale_since: datetime | None = Field(description="Since when it has been silent for longer than it ever is.")


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


class Model(Document):
    """One version of the rules."""

    version: int
    name: str
    applied_at: datetime


class Change(Document):
    """One number or word of a model: what it was and what it is; null where it is missing."""

    field: str
    was: Any
    now: Any


class Build(Document):
    """A model that is being built beside the one in force."""

    version: int
    name: str
    started_at: datetime


class System(Document):
    """How far everything has come, and by which rules."""

    version: str
    postgres: str
    postgres_bytes: int
    nats: str | None = Field(description="Its version; null while it does not answer.")
    waiting: dict[str, int] | None = Field(description="Messages per service; null while NATS does not answer.")
    relationships: int
    touchpoints: int
    model: Model | None = Field(description="The one in force.")
    before: Model | None
    changes: list[Change] = Field(description="What the model says otherwise than the one before it.")
    builds: list[Build]


class User(Document):
    """Somebody who may sign in, or might once."""

    name: str
    role: Role
    initiatives: list[str] | None = Field(description="What they are limited to; null where they see everything.")
    has_password: bool
    has_identity: bool = Field(description="Whether an OpenID provider knows them.")
    tokens: int
    created_at: datetime
    seen_at: datetime | None
    disabled_at: datetime | None


class Named(BaseModel):
    """Whom it is about."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=NAME_MAX)


class ToChange(Named):
    """Another role and other limits."""

    role: Role
    initiatives: list[Annotated[str, Field(max_length=500)]] | None = Field(None, min_length=1, max_length=200)


class ToAdd(ToChange):
    """Who may sign in from now on."""

    role: Role = Role.VIEWER
    password: str | None = Field(
        None, max_length=PASSWORD_MAX, description="12 characters or more; null for who signs in by OpenID Connect."
    )


class Token(Document):
    """A token of a program, or a link that was not used yet."""

    number: int
    name: str
    use: str
    label: str
    created_at: datetime
    used_at: datetime | None
    expires_at: datetime | None


class Audited(Document):
    """Something that was done or refused."""

    number: int
    happened_at: datetime
    actor: str
    action: str
    subject: str
    outcome: Literal["done", "refused"]
    details: dict[str, Any]
    address: str | None


class Audit(Document):
    """One page, the latest first; `next` is what to ask for `before`, null on the last."""

    items: list[Audited]
    next: int | None
