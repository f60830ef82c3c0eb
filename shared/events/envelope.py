"""What a connector sends: CloudEvents 1.0 around a touchpoint or a retraction."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from shared.events.facts import WITHOUT_NUL
from shared.events.touchpoint import Touchpoint
from shared.vocabulary import TYPE_RETRACTION, TYPE_TOUCHPOINT

Name = Annotated[str, Field(min_length=1, max_length=512, pattern=WITHOUT_NUL)]


class _Envelope(BaseModel):
    """The CloudEvents context; extension attributes are allowed by that specification and ignored."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    specversion: Literal["1.0"]
    id: Name
    source: Name
    datacontenttype: Literal["application/json"] = "application/json"


class TouchpointEvent(_Envelope):
    """Something that happened at `time`; for meetings and calls that is the start."""

    type: Literal["attune.touchpoint.v1"]
    time: AwareDatetime
    data: Touchpoint


class Retracted(BaseModel):
    """The `source` and `id` of the envelope that is taken back."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    source: Name
    id: Name


class RetractionEvent(_Envelope):
    """Takes back an earlier or a later touchpoint of the same proven source."""

    type: Literal["attune.retraction.v1"]
    time: AwareDatetime | None = None
    data: Retracted


Event = Annotated[TouchpointEvent | RetractionEvent, Field(discriminator="type")]
EVENT: TypeAdapter[TouchpointEvent | RetractionEvent] = TypeAdapter(Event)
EVENT_TYPES = (TYPE_TOUCHPOINT, TYPE_RETRACTION)
