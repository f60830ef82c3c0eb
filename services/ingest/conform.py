"""Whether a connector keeps the rules: pure judging of what it sent, message by message, with a verdict per rule."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson

from services.ingest.interpret import EVENT_BYTES_MAX, EVENTS_MAX, NAMES_SOMEBODY, Outcome, Policy, interpret
from shared.events.refusal import Refusal

RULES = {
    "json": "every message is one CloudEvent or a JSON array of them",
    "envelope": "specversion, type, id and source are there and are what they must be",
    "time": "time names its zone, and lies neither in the future nor before 1970",
    "touchpoint": "data is a touchpoint of a known kind, with the fields of that kind and no others",
    "people": "people are known by addresses of persons: e-mail, tel: or another scheme",
    "ids": "an id names one event for ever: sent again, it says the same",
    "stable": "read again, the same happening has the same id (--again)",
    "retractions": "a retraction names an event by its exact source and id, and is for good",
    "size": f"an event has {EVENT_BYTES_MAX} bytes at most, and many travel in one message",
    "privacy": "id, source, initiative and ref hold no address of its people, and notes are sent on purpose",
}
EXAMPLES_MAX = 3
SINGLES_MAX = 200
"""So many messages of one event each: from here on batches are worth their while."""
NOT_SEEN, KEPT, DOUBTFUL, BROKEN = "not seen", "kept", "doubtful", "broken"


@dataclass
class Verdict:
    """What is known of one rule."""

    rule: str
    seen: int = 0
    broken: int = 0
    doubtful: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def word(self) -> str:
        """Return the verdict."""
        if self.broken:
            return BROKEN
        if self.doubtful:
            return DOUBTFUL
        return KEPT if self.seen else NOT_SEEN

    def example(self, text: str) -> None:
        """Keep the first few."""
        if len(self.examples) < EXAMPLES_MAX:
            self.examples.append(text)

    def as_row(self) -> dict[str, Any]:
        """Return it for people and programs."""
        return {
            "rule": self.rule,
            "verdict": self.word,
            "seen": self.seen,
            "broken": self.broken,
            "doubtful": self.doubtful,
            "is": RULES[self.rule],
            "examples": self.examples,
        }


class Sent(NamedTuple):
    """One event as it was sent."""

    where: str
    event: Mapping[str, Any]

    @property
    def identity(self) -> bytes:
        """Return what tells it from other events."""
        return _digest([self.event.get("source"), self.event.get("id")])

    @property
    def said(self) -> bytes:
        """Return what it says, whatever its id."""
        return _digest([self.event.get(name) for name in ("source", "type", "time", "data")])

    @property
    def is_retraction(self) -> bool:
        """Tell whether it takes another one back."""
        return str(self.event.get("type")).startswith("attune.retraction.")


@dataclass
class Conformance:
    """Judges what one source sends; memory grows by some hundred bytes an event."""

    source: str
    policy: Policy
    verdicts: dict[str, Verdict] = field(default_factory=lambda: {rule: Verdict(rule) for rule in RULES})
    _said: dict[bytes, bytes] = field(default_factory=dict, init=False)
    """What each event said, by its identity."""
    _ids: dict[bytes, str] = field(default_factory=dict, init=False)
    """The id of each event, by what it said."""
    _taken_back: dict[bytes, str] = field(default_factory=dict, init=False)
    _singles: int = field(default=0, init=False)

    def take(self, where: str, message: bytes, now: datetime) -> None:
        """Judge one message, or one line of a file."""
        outcomes = interpret(message, self.source, now, self.policy)
        sent = list(_events(message))
        self._singles += len(outcomes) == 1
        for number, outcome in enumerate(outcomes):
            place = f"{where}[{number}]" if len(outcomes) > 1 else where
            self._judge(place, outcome)
            if len(sent) == len(outcomes) and not outcome.refusal:
                self._remember(Sent(place, sent[number]))

    def again(self, where: str, message: bytes) -> None:
        """Compare a second reading of the same with the first."""
        for event in _events(message):
            sent = Sent(where, event)
            first = self._ids.get(sent.said)
            if first is None or sent.is_retraction:
                continue
            self._see("stable")
            if first != event.get("id"):
                self._break("stable", f"{where}: {event.get('id')!r} was {first!r} the first time")

    def report(self, *, is_stream: bool = False) -> list[Verdict]:
        """Return the verdicts, with those that only the whole can tell."""
        known = self._said.keys()
        for identity, place in self._taken_back.items():
            if identity not in known:
                what = "takes back what is not in here: it must have been sent under exactly this source and id"
                self._doubt("retractions", f"{place}: {what}")
        if is_stream and self._singles > SINGLES_MAX:
            self._doubt("size", f"{self._singles} messages held one event each: send arrays, a few hundred at a time")
        return list(self.verdicts.values())

    def _judge(self, place: str, outcome: Outcome) -> None:
        if outcome.refusal:
            # Where one rule is broken, nobody looked whether the others are kept.
            self._see(broken := rule_of(outcome.refusal))
            self._break(broken, f"{place}: {outcome.refusal}")
            return
        for rule in ("json", "envelope", "time", "touchpoint", "people", "size"):
            self._see(rule)
        if outcome.dropped:
            self._doubt("people", f"{place}: {outcome.event_id!r} is dropped: {outcome.dropped}")

    def _remember(self, sent: Sent) -> None:
        self._see("ids")
        self._see("privacy")
        if sent.event["data"].get("note"):
            self._doubt("privacy", f"{sent.where}: has a note; it is kept only where keep_notes is on")
        if sent.is_retraction:
            self._see("retractions")
            taken = sent.event["data"]
            self._taken_back[_digest([taken["source"], taken["id"]])] = sent.where
            return
        if sent.identity in self._taken_back:
            self._break("retractions", f"{sent.where}: {sent.event['id']!r} comes after it was taken back")
        said = self._said.setdefault(sent.identity, sent.said)
        if said != sent.said:
            self._break("ids", f"{sent.where}: {sent.event['id']!r} said something else before")
        first = self._ids.setdefault(sent.said, str(sent.event["id"]))
        if first != sent.event["id"]:
            self._doubt("ids", f"{sent.where}: {sent.event['id']!r} says exactly what {first!r} says")

    def _see(self, rule: str) -> None:
        self.verdicts[rule].seen += 1

    def _break(self, rule: str, example: str) -> None:
        self.verdicts[rule].broken += 1
        self.verdicts[rule].example(example)

    def _doubt(self, rule: str, example: str) -> None:
        self.verdicts[rule].doubtful += 1
        self.verdicts[rule].example(example)


def rule_of(refusal: Refusal) -> str:
    """Return the rule that is broken by what ingest refuses."""
    if refusal.rule == NAMES_SOMEBODY:
        return "privacy"
    if "bytes at most" in refusal.rule or f"{EVENTS_MAX} events" in refusal.rule:
        return "size"
    if refusal.field.startswith("data.people") or refusal.field == "data.by":
        return "people"
    first = refusal.field.partition(".")[0]
    return {"message": "json", "time": "time", "data": "touchpoint"}.get(first, "envelope")


def is_broken(verdicts: Iterable[Verdict]) -> bool:
    """Tell whether any rule is."""
    return any(verdict.broken for verdict in verdicts)


def _events(message: bytes) -> Iterator[Mapping[str, Any]]:
    try:
        found = orjson.loads(message)
    except orjson.JSONDecodeError:
        return
    yield from (each if isinstance(each, dict) else {} for each in (found if isinstance(found, list) else [found]))


def _digest(facts: object) -> bytes:
    return blake2b(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()
