"""The model: weights, half-lives and lines. Versioned data, never code."""

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from shared.alignment.risk import PACES, Paces
from shared.errors import Refused
from shared.forms import FORMS, Form
from shared.own import find
from shared.own import kind as own

CHANNELS = ("contact", "dialogue", "depth", "accord", "strain")

Positive = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
Points = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Days = Annotated[float, Field(ge=0, le=3650, allow_inf_nan=False)]
Coefficient = Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]
# Under a day, decades of history would leave the range of a double.
Pace = Annotated[float, Field(ge=1 / 7, le=10, allow_inf_nan=False)]
HalfLife = Annotated[float, Field(ge=1, le=36_500, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HalfLives(_Part):
    """Days until a channel is worth half."""

    contact: HalfLife
    dialogue: HalfLife
    depth: HalfLife
    accord: HalfLife
    strain: HalfLife


class Horizon(_Part):
    """Days that the risk of silence looks ahead."""

    days: Annotated[float, Field(ge=7, le=3650, allow_inf_nan=False)]
    # Half-lives of the decayed counts of touch days, in horizons. At least a seventh: a day at the shortest horizon.
    pace_fast: Pace = PACES[0]
    pace: Pace = PACES[1]
    pace_slow: Pace = PACES[2]

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if not self.pace_fast < self.pace < self.pace_slow:
            raise PydanticCustomError("paces", "pace_fast must be shorter than pace, and pace than pace_slow")
        return self

    @property
    def paces(self) -> Paces:
        """Return the three half-lives, in horizons."""
        return self.pace_fast, self.pace, self.pace_slow


class Dose(_Part):
    """How a touchpoint's own facts become a dose."""

    meeting_full_minutes: Positive
    meeting_usual_minutes: Positive
    call_full_minutes: Positive
    call_usual_minutes: Positive
    breadth_exponent: Annotated[float, Field(ge=0, le=1)]
    broad_from: Annotated[int, Field(ge=2)]
    day_most: Positive


class WeightRow(_Part):
    """What one unit of dose brings to each channel, for the forms it matches."""

    kind: str
    direction: str = "*"
    quality: str = "*"
    contact: Weight = 0.0
    dialogue: Weight = 0.0
    depth: Weight = 0.0
    accord: Weight = 0.0
    strain: Weight = 0.0

    def matches(self, form: Form) -> bool:
        """Say whether the row speaks of the form; "kept" covers "kept/us" and "kept/them"."""
        return (
            self.kind == form.kind
            and self.direction in {"*", form.direction}
            and self.quality in {"*", form.quality, form.quality.partition("/")[0]}
        )

    @property
    def precision(self) -> tuple[bool, bool]:
        """Order rows from general to specific: quality says more than direction."""
        return (self.quality != "*", self.direction != "*")


class Full(_Part):
    """The sum at which a channel has given 63 % of what it can."""

    contact: Positive
    dialogue: Positive
    depth: Positive
    accord: Positive
    strain: Positive


class Most(_Part):
    """The share of the score that a channel can bring alone, 0 to 1."""

    contact: Share
    dialogue: Share
    depth: Share
    accord: Share


class ReadingRules(_Part):
    """How channels become a score."""

    full: Full
    most: Most
    cushion: Annotated[float, Field(ge=0, le=100)]


class Bands(_Part):
    """Where a band begins, in points of score."""

    aligned_min: Annotated[float, Field(gt=0, lt=100)]
    cooling_min: Annotated[float, Field(gt=0, lt=100)]


class Evidence(_Part):
    """Below both, the band is unknown."""

    touch_days_min: Annotated[int, Field(ge=1)]
    evidence_min: Annotated[float, Field(ge=0)]


class Lines(_Part):
    """When falling becomes drift."""

    fading: Annotated[float, Field(gt=0, lt=100)]
    shallow_contact_min: Points
    shallow_depth_max: Points
    one_sided_contact_min: Points
    one_sided_dialogue_max: Points
    shaken_loss_min: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
    recovered_margin: Annotated[float, Field(ge=0, lt=50)]
    history_days: Annotated[float, Field(ge=0)]
    # What only alerts reads; with defaults, so that models written before they existed still hold.
    channel_margin: Points = 5.0
    shaken_margin: Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)] = 0.05
    cooling_missed_min: Positive = 3.0
    cooling_pace_max: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] = 0.5
    cooling_margin: Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)] = 0.1
    cooling_touch_days_min: Annotated[int, Field(ge=2)] = 5
    unkept_grace_days: Days = 1.0
    unkept_broken_days: Days = 30.0
    never_met_days: Days = 30.0
    uncovered_days: Days = 7.0
    single_threaded_days: Days = 14.0
    warning_days: Days = 7.0
    warning_share: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.5
    warning_share_of_rhythm: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.25


class Organisation(_Part):
    """How levels of a roster are read."""

    strategic_levels: list[str]


class RiskCoefficients(_Part):
    """Log-odds of silence per unit of each term: shared/alignment/risk.py says what the terms are."""

    intercept: Coefficient
    tenure: Coefficient
    longest_gap: Coefficient
    pace: Coefficient
    pace_slow: Coefficient
    # Not negative, so that risk only rises in silence.
    missed_fast: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
    missed_slow: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
    silence: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] = 0.0
    initiative_pace: Coefficient = 0.0
    # Not positive, so that it only rises in the silence of a whole initiative.
    initiative_trend: Annotated[float, Field(ge=-100, le=0, allow_inf_nan=False)] = 0.0


class Weights(NamedTuple):
    """The weights of one form, in the order of CHANNELS, and whether it makes a touch day."""

    form: int
    contact: float
    dialogue: float
    depth: float
    accord: float
    strain: float
    is_touch: bool
    full_minutes: float | None
    usual_minutes: float | None


class Model(_Part):
    """One complete set of rules for reading relationships."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    half_life_days: HalfLives
    horizon: Horizon
    dose: Dose
    weights: Annotated[list[WeightRow], Field(min_length=1)]
    reading: ReadingRules
    bands: Bands
    evidence: Evidence
    lines: Lines
    risk: RiskCoefficients
    organisation: Organisation
    cadence_days: dict[str, Positive] = {}
    # Checked against the rules of `lines`, whose names and numbers these are.
    lines_of_role: dict[str, dict[str, Any]] = {}

    @model_validator(mode="after")
    def _roles_keep_the_rules(self) -> Self:
        for role, others in self.lines_of_role.items():
            _overridden(self.lines, others, f"lines_of_role.{role}")
        return self

    def lines_for(self, role: str | None, overrides: Mapping[str, float] = MappingProxyType({})) -> Lines:
        """Return the lines of one relationship: its own before its role's before everyone's.

        Raise ValueError naming an override that is no line or breaks its rule.
        """
        by_role = {name.lower(): others for name, others in self.lines_of_role.items()}
        others = by_role.get((role or "").lower(), {}) | dict(overrides)
        return _overridden(self.lines, others, "overrides") if others else self.lines

    def weight_table(self) -> list[Weights]:
        """Return the weights of every form; a form that no row matches counts nothing."""
        return [self._weights_of(form) for form in FORMS]

    def weights_of(self, number: int) -> Weights:
        """Return the weights of one form, without those of all the others."""
        return self._weights_of(next(form for form in FORMS if form.number == number))

    def _weights_of(self, form: Form) -> Weights:
        matching = [row for row in self.weights if row.matches(form)]
        row = max(matching, key=lambda row: row.precision, default=WeightRow(kind=form.kind))
        full, usual = self._minutes(form)
        return Weights(
            form=form.number,
            **{channel: getattr(row, channel) for channel in CHANNELS},
            # What brings contact is a touch; promises and setbacks are about one.
            is_touch=row.contact > 0,
            full_minutes=full,
            usual_minutes=usual,
        )

    def _minutes(self, form: Form) -> tuple[float | None, float | None]:
        match form.kind:
            case "meeting":
                return self.dose.meeting_full_minutes, self.dose.meeting_usual_minutes
            case "call":
                return self.dose.call_full_minutes, self.dose.call_usual_minutes
            case _:
                return None, None

    def half_lives(self) -> dict[str, float]:
        """Return days per channel, the three pace channels included."""
        paces = zip(("pace_fast", "pace", "pace_slow"), self.horizon.paces, strict=True)
        return self.half_life_days.model_dump() | {name: m * self.horizon.days for name, m in paces}


def _overridden(lines: Lines, others: Mapping[str, float], where: str) -> Lines:
    if unknown := [name for name in others if name not in Lines.model_fields]:
        raise ValueError(f"{where}.{unknown[0]}: {_why_no_line(unknown[0])}")
    try:
        return Lines.model_validate(lines.model_dump() | dict(others))
    except ValidationError as error:
        [first, *_] = error.errors()
        where = f"{where}.{'.'.join(map(str, first['loc']))}"
        raise ValueError(f"{where}: {first['input']!r} — {first['msg']}") from None


def _why_no_line(name: str) -> str:
    """Say why nothing of that name can be other than for everybody."""
    if name in CHANNELS or "half_life" in name or name.startswith("pace"):
        return "half-lives are the same for everybody, so that states add up; what may differ is lines and cadence"
    return f"there is no line of this name; there are {', '.join(Lines.model_fields)}"


def parse_model(text: str) -> Model:
    """Return the model in a TOML text; raise Refused naming the field and the rule."""
    try:
        model = Model.model_validate(with_own(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"the model is not valid TOML: {error}") from error
    except ValidationError as error:
        raise Refused("the model breaks a rule:\n" + "\n".join(map(_sentence, error.errors()))) from error
    if contradictions := list(_contradictions(model)):
        raise Refused("the model breaks a rule:\n" + "\n".join(contradictions))
    return model


def with_own(definition: dict[str, Any]) -> dict[str, Any]:
    """Return the definition with the weights of each kind of one's own that it says nothing of."""
    rows = definition.get("weights")
    if not isinstance(rows, list):
        return definition
    named = [row.get("kind") for row in rows if isinstance(row, dict)]
    brought = (row for word, its in own.kinds().items() if word not in named for row in _rows_of(word, its))
    return definition | {"weights": [*rows, *brought]}


def _rows_of(word: str, its: own.OwnKind) -> list[dict[str, Any]]:
    try:
        return [WeightRow.model_validate({"kind": word, **row}).model_dump() for row in its.weights]
    except ValidationError as error:
        [first, *_] = error.errors()
        raise Refused(f"{find.file('kinds', word)}: weights: {_sentence(first).strip()}") from error


def default_model() -> Model:
    """Return the model that ships with attune."""
    return parse_model(files(__package__).joinpath("model.toml").read_text("utf-8"))


def _contradictions(model: Model) -> Iterator[str]:
    """Yield what each part allows and no author means. Asked of files only: what is in force stays readable."""
    bands = model.bands
    if bands.cooling_min >= bands.aligned_min:
        yield f"  bands.cooling_min: {bands.cooling_min!r} — must be under aligned_min, {bands.aligned_min!r}"
    met = set[tuple[str, str, str]]()
    for number, row in enumerate(model.weights):
        words = (row.kind, row.direction, row.quality)
        if not any(row.matches(form) for form in FORMS):
            yield f"  weights.{number}: {' '.join(words)!r} — no touchpoint is of this kind, direction and quality"
        if words in met:
            yield f"  weights.{number}: {' '.join(words)!r} — an earlier row says the same and would count"
        met.add(words)
    for name, roles in (("cadence_days", model.cadence_days), ("lines_of_role", model.lines_of_role)):
        if len({role.lower() for role in roles}) < len(roles):
            yield f"  {name}: {', '.join(roles)} — a role is named twice; capital letters make no difference"


def _sentence(error: Any) -> str:
    where, rule = ".".join(map(str, error["loc"])), error["msg"].removeprefix("Value error, ")
    match error["type"]:
        case "missing":
            return f"  {where}: is missing"
        case "extra_forbidden" if "half_life" in where and len(error["loc"]) == 1:
            return f"  {where}: {_why_no_line(where)}"
        case "extra_forbidden":
            return f"  {where}: {error['input']!r} — there is no setting of this name"
        case _:
            # What is wrong with the whole names its field itself; the whole would bury it.
            return f"  {where}: {error['input']!r} — {rule}" if where else f"  {rule}"
