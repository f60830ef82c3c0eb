"""The words of attune (DESIGN.md section 1), each with one meaning everywhere."""

from enum import StrEnum

from shared.own import find


class Kind(StrEnum):
    """What sort of thing happened between us and one person."""

    MEETING = "meeting"
    EMAIL = "email"
    CALL = "call"
    MESSAGE = "message"
    DISCLOSURE = "disclosure"
    COMMITMENT = "commitment"
    SETBACK = "setback"
    PULSE = "pulse"
    # And those that have a file of their own (docs/extending.md).
    vars().update(find.members("kinds", vars()))


class Direction(StrEnum):
    """Who reached out: we to them, they to us, or both."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"
    MUTUAL = "mutual"


class Response(StrEnum):
    """What an invited person answered."""

    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"
    NONE = "none"


class Facet(StrEnum):
    """What a disclosure gave."""

    DISCLOSURE = "disclosure"
    EMPATHY = "empathy"
    AUTHENTICITY = "authenticity"


class CommitmentState(StrEnum):
    """Where an agreed expectation stands."""

    MADE = "made"
    RENEGOTIATED = "renegotiated"
    KEPT = "kept"
    BROKEN = "broken"


class Side(StrEnum):
    """Who promised."""

    US = "us"
    THEM = "them"


class Band(StrEnum):
    """The reading in one word; unknown is never a zero."""

    ALIGNED = "aligned"
    COOLING = "cooling"
    MISALIGNED = "misaligned"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a relationship drifts, an initiative has a hole, or a source is not to be trusted."""

    FADING = "fading"
    OVERDUE = "overdue"
    COOLING = "cooling"
    SHALLOW = "shallow"
    ONE_SIDED = "one_sided"
    UNKEPT = "unkept"
    SHAKEN = "shaken"
    NEVER_MET = "never_met"
    UNCOVERED = "uncovered"
    SINGLE_THREADED = "single_threaded"
    STALE = "stale"
    # And those that have a file of their own.
    vars().update(find.members("reasons", vars()))


SUBJECT_INTAKE = "touchpoints.in"
SUBJECT_ACCEPTED = "touchpoints.accepted"
SUBJECT_REJECTED = "touchpoints.rejected"
SUBJECT_ALERTS = "alerts"

TYPE_TOUCHPOINT = "attune.touchpoint.v1"
TYPE_RETRACTION = "attune.retraction.v1"
