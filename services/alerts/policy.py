"""Who is told what, where and when: the file that `ATTUNE_ALERTS_FILE` names, checked in full before it counts."""

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from services.alerts.announce import About
from services.alerts.delivery import TOGETHER, Bounds
from services.alerts.secrets import RULE, can_sign, shape
from shared.errors import Refused
from shared.hours import Clock, Day, Hours
from shared.vocabulary import Reason

Severity = Literal["warning", "alert"]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$")]
OneLine = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]+$")]
Address = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]+@[^\x00-\x1f\x7f]+$")]
Count = Annotated[int, Field(ge=1, le=10_000)]


def _is_http(url: str) -> str:
    """Refuse what is no URL to post to; what was written may be a secret and is not said again."""
    try:
        its = urlsplit(url)
        is_one = its.scheme in {"http", "https"} and bool(its.hostname) and its.port != 0
    except ValueError:
        is_one = False
    if not is_one or not url.isprintable() or " " in url:
        raise ValueError("must be a URL such as https://ops.us.example/attune")
    return url


def _sign(secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    """Refuse what cannot sign; what was written is a secret and is not said again."""
    for number, secret in enumerate(secrets, 1):
        if not can_sign(secret.get_secret_value()):
            raise ValueError(f"secret {number} {shape(secret.get_secret_value())} — {RULE}")
    return secrets


def _is_directory(path: Path) -> Path:
    if not path.is_dir():
        raise ValueError("must be a directory that is there")
    return path


Url = Annotated[str, AfterValidator(_is_http)]
Directory = Annotated[Path, AfterValidator(_is_directory)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Target(NamedTuple):
    """A channel, and the person on it where it has people."""

    channel: str
    person: str | None

    @classmethod
    def of(cls, written: str) -> Self:
        """Read `hook` or `mail:owner`."""
        channel, _, person = written.partition(":")
        return cls(channel, person or None)


class _Channel(_Part):
    name: Name
    concurrency: Annotated[int, Field(ge=1, le=200)] | None = None
    """How many messages are on their way at a time, of all replicas together; None is no such bound."""
    per_second: Annotated[float, Field(gt=0, le=10_000)] | None = None
    """How many begin in a second, of all replicas together; None is no bound."""

    @property
    def bounds(self) -> Bounds:
        """Return what all replicas together keep to."""
        return Bounds.of(self.concurrency, self.per_second)

    @property
    def at_once(self) -> int:
        """Return how many messages one replica takes at a time: no more than the bounds allow."""
        return min(its for its in (self.concurrency or TOGETHER, self.bounds.most_begun) if its is not None)


class NatsChannel(_Channel):
    """The stream ALERTS."""

    kind: Literal["nats"]


class WebhookChannel(_Channel):
    """One URL, signed as Standard Webhooks says; the first secret signs first, older ones too until they go."""

    kind: Literal["webhook"]
    url: Url
    secrets: Annotated[tuple[SecretStr, ...], Field(min_length=1), AfterValidator(_sign)]
    allow_private: bool = False


class MailChannel(_Channel):
    """Mail through one server, a message per person."""

    kind: Literal["mail"]
    host: OneLine
    port: Annotated[int, Field(ge=1, le=65535)] = 25
    sender: Address
    user: str | None = None
    password: SecretStr | None = None
    security: Literal["none", "starttls", "tls"] = "starttls"
    templates: Directory | None = None
    """Templates of this channel alone; what it lacks is taken from those of all, or from ours."""


class PagerDutyChannel(_Channel):
    """Events API v2; `url` may name another service that speaks it."""

    kind: Literal["pagerduty"]
    routing_key: SecretStr
    url: Url = "https://events.pagerduty.com/v2/enqueue"
    allow_private: bool = False


class AppriseChannel(_Channel):
    """Whatever apprise speaks to: needs the extra `attune[apprise]`."""

    kind: Literal["apprise"]
    url: SecretStr
    templates: Directory | None = None
    """As a mail channel has them."""


class OwnChannel(_Channel):
    """A way to tell that attune does not know: `use` names what makes it, as `module:name`."""

    kind: Literal["own"]
    use: Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]
    options: Annotated[dict[str, Any], Field(repr=False)] = {}


Channel = Annotated[
    NatsChannel | WebhookChannel | MailChannel | PagerDutyChannel | AppriseChannel | OwnChannel,
    Field(discriminator="kind"),
]


class _Matching(_Part):
    initiative: str | None = None
    function: str | None = None
    reasons: tuple[Reason, ...] = ()
    severity: Severity | None = None

    def matches(self, about: About, reason: str, severity: str) -> bool:
        """Say whether it speaks of such an alert; what it leaves out matches all."""
        return (
            self.initiative in {None, about.initiative}
            and self.function in {None, about.function}
            and (not self.reasons or reason in self.reasons)
            and self.severity in {None, severity}
        )


class Route(_Matching):
    """Where what matches is told; `stop` keeps later routes from telling it as well."""

    to: Annotated[tuple[str, ...], Field(min_length=1)]
    stop: bool = False


class Step(_Part):
    """The next person, when nobody has acknowledged for so long."""

    after_hours: Annotated[float, Field(gt=0, le=24 * 366)]
    to: Annotated[tuple[str, ...], Field(min_length=1)]


class Escalation(_Matching):
    """A chain of steps, each counted from the one before."""

    steps: Annotated[tuple[Step, ...], Field(min_length=1)]


class Digest(_Part):
    """What is open, in one mail."""

    rhythm: Literal["off", "daily", "weekly"] = "off"
    at: Clock = time(8, 30)
    on: Day = "mon"
    all_clear: bool = False
    """Whether to write when nothing is open."""
    channel: str = "mail"


class Attention(_Part):
    """How much one person is asked to take in."""

    budget: Count | None = None
    """Alerts a day, the most valuable first; None is no bound."""
    late: Annotated[int, Field(ge=0, le=10_000)] = 5
    """Alerts of an initiative a day that people are told of though it held before attune looked; the rest is listed."""
    repeat_days: Annotated[float, Field(gt=0, le=366)] | None = None
    """After so long without an answer an open alert is told again; None is never."""


class Owner(_Part):
    """What is different for one person."""

    mail: Address | None = None
    hours: Hours | None = None
    budget: Count | None = None
    digest: Digest | None = None


class Policy(_Part):
    """The whole file."""

    hours: Hours = Hours()
    attention: Attention = Attention()
    digest: Digest = Digest()
    owners: dict[str, Owner] = {}
    channels: tuple[Channel, ...] = ()
    routes: tuple[Route, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    templates: Directory | None = None
    """A directory whose templates win over ours: mail.txt.j2, mail.html.j2, mail_subject.txt.j2, message.txt.j2."""

    @model_validator(mode="after")
    def _names_hold(self) -> Self:
        names = [channel.name for channel in self.channels]
        if doubles := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"channels: the name {min(doubles)!r} stands twice")
        known = {*names, "nats", "webhook"}
        for written in self._written():
            target = Target.of(written)
            if target.channel not in known:
                raise ValueError(f"to: {written!r} names no channel; known are {', '.join(sorted(known))}")
            if target.person is None and isinstance(self.channel(target.channel), MailChannel):
                raise ValueError(f"to: {written!r} names nobody: say {written}:owner or whose mail it is")
        return self

    @model_validator(mode="after")
    def _what_a_budget_leaves_out_is_told(self) -> Self:
        mails = {channel.name for channel in self.channels if isinstance(channel, MailChannel)}
        for whose, its in (("", Owner()), *((f"owners.{name}.", owner) for name, owner in self.owners.items())):
            digest, budget = its.digest or self.digest, its.budget or self.attention.budget
            if digest.rhythm != "off" and digest.channel not in mails:
                raise ValueError(f"{whose}digest: channel {digest.channel!r} is none of kind mail")
            if digest.rhythm == "off" and budget is not None:
                raise ValueError(f"{whose}digest: rhythm must be daily or weekly: it tells what a budget leaves out")
        return self

    def targets(self, about: About, reason: str, severity: str) -> list[Target]:
        """Return where an alert is told; without routes that is everywhere that needs no person."""
        found = list[Target]()
        for route in self.routes:
            if route.matches(about, reason, severity):
                found += map(Target.of, route.to)
                if route.stop:
                    break
        if not self.routes:
            found = [Target(channel.name, None) for channel in self.channels if channel.kind != "mail"]
        return list(dict.fromkeys(found))

    def chain(self, about: About, reason: str, severity: str) -> tuple[Step, ...]:
        """Return the steps of the first chain that speaks of the alert."""
        return next((its.steps for its in self.escalations if its.matches(about, reason, severity)), ())

    def channel(self, name: str) -> Channel | None:
        """Return the channel of that name."""
        return next((its for its in self.channels if its.name == name), None)

    def templates_of(self, name: str) -> tuple[Path, ...]:
        """Return the directories that the channel's templates are looked for in, before ours."""
        its = self.channel(name)
        own = its.templates if isinstance(its, MailChannel | AppriseChannel) else None
        return tuple(directory for directory in (own, self.templates) if directory is not None)

    def all_templates(self) -> set[tuple[Path, ...]]:
        """Return every list of directories that a channel's templates are looked for in."""
        return {self.templates_of(channel.name) for channel in self.channels}

    def reaches_people(self, name: str) -> bool:
        """Say whether the channel rings for people; the others tell programs, which miss nothing."""
        return isinstance(self.channel(name), MailChannel | PagerDutyChannel | AppriseChannel)

    def names(self, person: str) -> bool:
        """Say whether the file speaks of the person."""
        return person in self.owners or person in (Target.of(written).person for written in self._written())

    def lacking(self) -> str | None:
        """Return what a route or a chain calls a channel that there is none of: the settings' own may be missing."""
        return next((its for its in self._written() if self.channel(Target.of(its).channel) is None), None)

    def _written(self) -> Iterator[str]:
        """Yield whatever routes and chains name."""
        for route in self.routes:
            yield from route.to
        for chain in self.escalations:
            for step in chain.steps:
                yield from step.to

    def day_began(self, person: str, now: datetime) -> datetime:
        """Return the midnight, by the clock on their wall, that their day's budget is counted from."""
        here = now.astimezone(ZoneInfo(self.hours_of(person).time_zone))
        return datetime.combine(here.date(), time(0), here.tzinfo).astimezone(UTC)

    def hours_of(self, person: str) -> Hours:
        """Return when the person may be told."""
        return (self.owners.get(person) or Owner()).hours or self.hours

    def budget_of(self, person: str) -> int | None:
        """Return how many alerts a day the person is told about."""
        return (self.owners.get(person) or Owner()).budget or self.attention.budget

    def digest_of(self, person: str) -> Digest:
        """Return how the person wants digests."""
        return (self.owners.get(person) or Owner()).digest or self.digest

    def address_of(self, person: str) -> str | None:
        """Return the mail address of a person; who is called by one needs no entry."""
        return (self.owners.get(person) or Owner()).mail or (person if "@" in person else None)

    def repeat_after(self) -> timedelta | None:
        """Return after how long an open alert is told again."""
        return None if self.attention.repeat_days is None else timedelta(days=self.attention.repeat_days)


def read_policy(path: Path) -> Policy:
    """Return the policy in a TOML file; raise Refused naming field and rule, never a secret."""
    try:
        return Policy.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise Refused(f"ATTUNE_ALERTS_FILE: {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refused(f"ATTUNE_ALERTS_FILE: {path} is not valid TOML: {error}") from error
    except ValidationError as error:
        problems = "\n".join(map(_sentence, error.errors(include_input=False, include_url=False)))
        raise Refused(f"ATTUNE_ALERTS_FILE: {path} breaks a rule:\n{problems}") from None


def _sentence(error: Any) -> str:
    return f"  {'.'.join(map(str, error['loc'])) or 'file'}: {error['msg'].removeprefix('Value error, ')}"
