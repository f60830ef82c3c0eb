"""What a report means: pure thinking from bytes to touchpoints, without I/O.

A message holds one event or a JSON array of them. Each event becomes exactly one outcome:
accepted touchpoints, a retraction, dropped (it is no touch), or rejected with its reason.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial
from struct import Struct
from typing import Any, NamedTuple

import orjson
from pydantic import TypeAdapter, ValidationError

from shared.events.accepted import Accepted, Retraction
from shared.events.address import Spelling, addresses_in
from shared.events.envelope import EVENT, Event, RetractionEvent, TouchpointEvent
from shared.events.facts import Person
from shared.events.handle import content_rekeyed, handle_of, key_id, keys_of
from shared.events.lists import Lists
from shared.events.refusal import Refusal, refusal_of, shown
from shared.events.retention import TOO_OLD, Retention
from shared.events.touchpoint import Meeting, Promise, Touchpoint
from shared.forms import NUMBERS
from shared.own import kind as own
from shared.vocabulary import Kind, Response

EVENT_BYTES_MAX = 256 * 1024
EVENTS_MAX = 50_000
"""Events per message: more than fit if they mean anything, and few enough to refuse each one by itself."""
TOO_MANY = f"a message may hold {EVENTS_MAX} events at most"
DETAILS_BYTES_MAX = 2_000_000
"""For all people of one event: each is logged with them, and together they must fit a message."""
AHEAD_MAX = 300.0
"""Seconds an event may lie ahead: clocks differ."""
PLANNED_AHEAD_MAX = 3 * 366 * 86_400.0
"""Seconds a planned meeting may lie ahead."""
_SIGNED_64 = Struct(">q")
INTERNAL, ROLE = "internal", "role address"
NAMES_SOMEBODY = "must not hold an address of its people, because it is kept in the log: use a number or a digest"

# Strings, and the brackets and commas outside them; possessive, so that no input makes it look twice.
_MARKS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{},]', re.DOTALL)
_EVENTS: TypeAdapter[list[TouchpointEvent | RetractionEvent]] = TypeAdapter(list[Event])


@dataclass(frozen=True)
class Policy:
    """What ingest must know to interpret: who we are, and the key that hides addresses."""

    handle_key: bytes
    own_domains: frozenset[str] = frozenset()
    own_addresses: frozenset[str] = frozenset()
    keep_notes: bool = False
    spelling: Spelling = field(default_factory=Spelling)
    lists: Lists = field(default_factory=Lists)
    retention: Retention = field(default_factory=Retention)
    key_id: str = field(init=False, compare=False)
    handle_of: Callable[[str], str] = field(init=False, compare=False)
    """The keyed hash of an address, or of another name that must not be kept."""
    first_handle_of: Callable[[str], str] = field(init=False, compare=False)
    """The same by the first key alone, so that what is told again after a rotation is known again."""
    later_keys: tuple[bytes, ...] = field(init=False, compare=False, repr=False)
    """The keys that have come since the first one."""
    outside: Callable[[str], str | None] = field(init=False, compare=False)
    """The handle of a (normalised) address that counts; None when it is ours, a role's, or kept out by the lists."""

    def __post_init__(self) -> None:
        # The same few thousand people come back all day: looking each up once saves a third of the time.
        remembered = lru_cache(maxsize=200_000)
        object.__setattr__(self, "handle_of", remembered(partial(handle_of, self.handle_key)))
        object.__setattr__(self, "outside", remembered(self._outside))
        object.__setattr__(self, "key_id", key_id(self.handle_key))
        first, *later = keys_of(self.handle_key)
        object.__setattr__(self, "later_keys", tuple(later))
        own = self.handle_of if first == self.handle_key else remembered(partial(handle_of, first))
        object.__setattr__(self, "first_handle_of", own)

    def _outside(self, address: str) -> str | None:
        return None if self.why_not(address) else self.handle_of(self.spelling.canonical(address))

    def why_not(self, address: str) -> str | None:
        """Return why nothing is taken in of a (normalised) address, or None."""
        if self.is_ours(address):
            return INTERNAL
        address = self.spelling.canonical(address)
        return ROLE if self.spelling.is_role(address) else self.lists.why_not(address, self.handle_of(address))

    def look_again(self) -> None:
        """Forget what was found out about addresses, because the lists are others now."""
        self.outside.cache_clear()  # type: ignore[attr-defined]

    def is_ours(self, address: str) -> bool:
        """Say whether the (normalised) address is one of our own people's."""
        return self.spelling.is_among(address, self.own_addresses, self.own_domains)


class Outcome(NamedTuple):
    """What became of one event; exactly one of the four is set."""

    event_id: str | None
    touchpoints: Sequence[Accepted] = ()
    retraction: Retraction | None = None
    dropped: str | None = None
    refusal: Refusal | None = None
    original: bytes = b""

    @property
    def word(self) -> str:
        """Return the outcome in one word."""
        if self.refusal:
            return "rejected"
        if self.dropped:
            return "dropped"
        return "retracted" if self.retraction else "accepted"


def interpret(message: bytes, source: str, received_at: datetime, policy: Policy) -> list[Outcome]:
    """Return one outcome per event of the message; `source` is proven, never claimed."""
    batch = message.lstrip()[:1] == b"["
    try:
        events = _EVENTS.validate_json(message) if batch else [EVENT.validate_json(message)]
    except ValidationError as error:
        return _one_by_one(message, source, received_at, policy) if batch else [_rejected(message, error)]
    if len(message) > EVENT_BYTES_MAX:
        return _one_by_one(message, source, received_at, policy) if batch else [_oversize(message)]
    if not events:
        return [_empty(message)]
    received = received_at.timestamp()
    return [_outcome(event, source, received, policy, message) for event in events]


def _one_by_one(message: bytes, source: str, received_at: datetime, policy: Policy) -> list[Outcome]:
    """Keep one bad event from harming its neighbours in the batch."""
    originals = _parts(message)
    if originals is None:
        rule = "begins like an array of events and does not end like one"
        return [Outcome(None, refusal=Refusal("message", "not JSON", rule), original=message)]
    if len(originals) > EVENTS_MAX:
        refusal = Refusal("message", f"more than {EVENTS_MAX} events", TOO_MANY)
        return [Outcome(None, refusal=refusal, original=message)]
    outcomes, received = [], received_at.timestamp()
    for original in originals:
        if len(original) > EVENT_BYTES_MAX:
            outcomes.append(_oversize(original))
            continue
        try:
            event = EVENT.validate_json(original)
        except ValidationError as error:
            outcomes.append(_rejected(original, error))
            continue
        outcomes.append(_outcome(event, source, received, policy, original))
    return outcomes


def _parts(message: bytes) -> list[bytes] | None:
    """Return an array's elements byte for byte, whatever each holds; None where the brackets do not match.

    It stops counting where they are too many.
    """
    parts: list[bytes] = []
    depth = begin = 0
    for mark in _MARKS.finditer(message):
        match mark[0]:
            case b"[" | b"{":
                depth += 1
                begin = mark.end() if depth == 1 else begin
            case b"]" | b"}":
                depth -= 1
                if depth == 0:
                    return None if message[mark.end() :].strip() else [*parts, message[begin : mark.start()].strip()]
            case b"," if depth == 1:
                parts.append(message[begin : mark.start()].strip())
                begin = mark.end()
                if len(parts) > EVENTS_MAX:
                    return parts
    return None


def _rejected(original: bytes, error: ValidationError) -> Outcome:
    return Outcome(_id_of(original), refusal=refusal_of(error), original=original)


def _oversize(original: bytes) -> Outcome:
    rule = f"an event may hold {EVENT_BYTES_MAX} bytes at most"
    return Outcome(None, refusal=Refusal("message", f"{len(original)} bytes", rule), original=original)


def _empty(original: bytes) -> Outcome:
    rule = "a batch must hold at least one event"
    return Outcome(None, refusal=Refusal("message", "[]", rule), original=original)


def _id_of(original: bytes) -> str | None:
    try:
        found = orjson.loads(original)["id"]
    except (orjson.JSONDecodeError, KeyError, TypeError, IndexError):
        return None
    return found if isinstance(found, str) else None


def _outcome(
    event: TouchpointEvent | RetractionEvent,
    source: str,
    received: float,
    policy: Policy,
    original: bytes,
) -> Outcome:
    """Return what becomes of a valid event; moments are seconds since 1970, the quickest to compare."""
    if isinstance(event, RetractionEvent):
        return Outcome(event.id, retraction=_retraction(event, source))
    occurred_at = event.time.timestamp()
    if refusal := _wrong_moment(event, occurred_at, received):
        return Outcome(event.id, refusal=refusal, original=_single(event, original))
    said = vars(event.data)  # a missing attribute of a pydantic model costs more than all the rest
    is_kept = occurred_at >= policy.retention.begins_at
    forms = _forms(event.data, policy) if is_kept else {}
    if not forms:
        return Outcome(event.id, dropped=_why_nobody(event.data.people, policy) if is_kept else TOO_OLD)
    if refusal := _naming(event, said):
        return Outcome(event.id, refusal=refusal, original=_single(event, original))
    # What a fast clock puts into the next five minutes has happened by now.
    happened_at = occurred_at if occurred_at <= received or said.get("planned") else received
    touchpoints = _touchpoints(event, (occurred_at, happened_at), forms, source, policy)
    if touchpoints[0].details and (refusal := _heavy(touchpoints)):
        return Outcome(event.id, refusal=refusal, original=_single(event, original))
    return Outcome(event.id, touchpoints)


def _single(event: TouchpointEvent, original: bytes) -> bytes:
    return original if original[:1] == b"{" else event.model_dump_json(exclude_none=True).encode()


def _heavy(touchpoints: list[Accepted]) -> Refusal | None:
    size = len(touchpoints) * len((touchpoints[0].details or "").encode())
    if size <= DETAILS_BYTES_MAX:
        return None
    rule = f"is kept for each person and may come to {DETAILS_BYTES_MAX} bytes in all: shorten it, or split the people"
    return Refusal("data.note", f"{size} bytes", rule)


def _retraction(event: RetractionEvent, source: str) -> Retraction:
    taken = event.data
    return Retraction(event_key(source, taken.source, taken.id), source, taken.source, taken.id)


def _wrong_moment(event: TouchpointEvent, occurred_at: float, received: float) -> Refusal | None:
    ahead = occurred_at - received
    if ahead <= AHEAD_MAX and occurred_at >= 0:
        return None
    said = shown(event.time.isoformat())
    if occurred_at < 0:
        return Refusal("time", said, "must not lie before 1970")
    if not (isinstance(event.data, Meeting) and event.data.planned):
        return Refusal("time", said, "must not lie in the future: only a meeting with planned=true may")
    if ahead > PLANNED_AHEAD_MAX:
        return Refusal("time", said, f"must not lie more than {PLANNED_AHEAD_MAX // 86_400:g} days ahead")
    return None


def _naming(event: TouchpointEvent, said: Mapping[str, Any]) -> Refusal | None:
    """Refuse an address of its own people where text is kept as it came; whose else it may be nobody can tell here."""
    initiative, promise = said["initiative"] or "", said.get("commitment")
    # Every event comes through here, and hardly one has more to tell.
    if "@" not in event.id and "@" not in event.source and "@" not in initiative and not promise:
        return None
    kept = {"id": event.id, "source": event.source, "data.initiative": initiative}
    if promise:
        kept["data.commitment.ref"] = promise.ref
    addresses = {person.address for person in said["people"]} | ({said["by"]} if said["by"] else set())
    for name, text in kept.items():
        # An address may be written there in another of its spellings, or run into other words.
        if any(address in text.lower() for address in addresses) or not addresses.isdisjoint(addresses_in(text)):
            return Refusal(name, shown(text), NAMES_SOMEBODY)
    return None


def _forms(data: Touchpoint, policy: Policy) -> dict[str, int]:
    """Return whom it touched, in what form: each outside person once, by handle, without those who declined."""
    kind, direction, quality_of = data.kind, data.direction, _QUALITIES.get(data.kind)
    return {
        handle: NUMBERS[kind, direction, quality_of(data, person) if quality_of else ""]
        for person in data.people
        if person.response != Response.DECLINED and (handle := policy.outside(person.address))
    }


def _why_nobody(people: list[Person], policy: Policy) -> str:
    reasons = [policy.why_not(person.address) for person in people]
    return (
        "declined"
        if None in reasons
        else next((reason for reason in reasons if reason and reason != INTERNAL), INTERNAL)
    )


def _touchpoints(
    event: TouchpointEvent,
    moments: tuple[float, float],
    forms: dict[str, int],
    source: str,
    policy: Policy,
) -> list[Accepted]:
    """Return one touchpoint per person; `moments` are when it was said to happen, and when it did."""
    said_at, occurred_at = moments
    said, event_source, event_id = vars(event.data), event.source, event.id
    by, part, breadth = said["by"], _INTENSITIES.get(said["kind"]), len(said["people"])
    what = (source, event_source, event_id, _content(said, said_at, policy))
    facts: Any = (
        occurred_at,
        said.get("duration_minutes"),
        max(said["breadth"], breadth) if said["breadth"] else breadth,
        abs(said[part]) if part else None,
        said.get("planned", False),
        said["initiative"],
        _details(said, policy),
    )
    key, by_handle = event_key(source, event_source, event_id), policy.handle_of(by) if by else None
    return [
        Accepted(key, ordinal, handle, by_handle, *what, form, *facts)
        for ordinal, (handle, form) in enumerate(forms.items())
    ]


def _meeting_quality(_: Any, person: Person) -> str:
    return Response.TENTATIVE if person.response == Response.TENTATIVE else ""


_INTENSITIES = {Kind.DISCLOSURE: "depth", Kind.SETBACK: "severity", Kind.PULSE: "rating"} | {
    Kind(word): its.intensity for word, its in own.kinds().items() if its.intensity
}
"""The field that says how much there was of it, by kind; other kinds have none."""
_QUALITIES: dict[Kind, Callable[[Any, Person], str]] = {
    Kind.MEETING: _meeting_quality,
    Kind.DISCLOSURE: lambda data, _: data.facet,
    Kind.COMMITMENT: lambda data, _: f"{data.commitment.state}/{data.commitment.by}",
    Kind.PULSE: lambda data, _: "negative" if data.rating < 0 else "positive",
} | {Kind(word): its.quality_of for word, its in own.kinds().items() if its.quality_of}


def _details(said: Mapping[str, Any], policy: Policy) -> str | None:
    promise, thread, note = said.get("commitment"), said["thread"], said["note"]
    if not (promise or thread or note):
        return None
    details: dict[str, Any] = {}
    if promise:
        details["commitment"] = promise.model_dump(mode="json", exclude_none=True)
    if thread:
        # Mail threads are named by message ids, which may hold an address: keep a handle of it.
        details["thread"] = policy.handle_of(thread)
    if note and policy.keep_notes:
        details["note"] = note
    return orjson.dumps(details).decode() if details else None


def event_key(source: str, event_source: str, event_id: str) -> str:
    """Return the identity of an event: 128 bits over proven source, envelope source and id, in hex."""
    # NUL cannot stand in any of the three, so that no two identities run into one another.
    text = f"{source}\0{event_source}\0{event_id}"
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _content(said: Mapping[str, Any], said_at: float, policy: Policy) -> int:
    """Return a signed 64-bit digest of what was said, so that a changed resend is noticed.

    Of the event alone: neither the order of its people nor our own settings make another of it.
    """
    handle_of = policy.first_handle_of
    people = sorted([(handle_of(person.address), person.response) for person in said["people"]])
    whole = orjson.dumps([said_at, {**said, "people": people}], default=_promise)
    (content,) = _SIGNED_64.unpack(hashlib.blake2b(whole, digest_size=8).digest())
    return content_rekeyed(policy.later_keys, content) if policy.later_keys else content


def _promise(promise: Promise) -> dict[str, Any]:
    return promise.model_dump(mode="json")
