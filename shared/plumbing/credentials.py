"""What a connector needs to report: its subject, its user at NATS, its token for HTTP."""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

import bcrypt
from nats.js import JetStreamContext

from shared.plumbing import sources
from shared.plumbing.embedded import sources as embedded
from shared.plumbing.embedded.runtime import Runtime
from shared.plumbing.settings import Settings
from shared.vocabulary import SUBJECT_INTAKE, SUBJECT_REJECTED

# The password is 192 random bits: nothing to slow down for.
ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Credentials:
    """Everything one source is told, once; only digests of the secrets are kept."""

    name: str
    subject: str
    nats_url: str
    nats_user: str
    nats_password: str
    inbox_prefix: str
    """A source may listen to its own answers only, so that its client must be told this prefix."""
    rejected_subject: str
    """Where the source hears what was refused of it, while it listens."""
    http_url: str
    http_token: str


async def grant(jetstream: JetStreamContext, chosen: Settings, name: str, at: datetime) -> Credentials:
    """Let `name` report from now on; what it was told before is void."""
    fresh = drawn(chosen, sources.check_name(name))
    if is_embedded(chosen):
        embedded.write_source(chosen.directory, name, hashed(fresh.nats_password))
    await sources.register(jetstream, name, fresh.http_token, at)
    return fresh


def drawn(chosen: Settings, name: str) -> Credentials:
    """Draw secrets that nobody can guess."""
    password = secrets.token_urlsafe(24)
    return Credentials(
        name=name,
        subject=f"{SUBJECT_INTAKE}.{name}",
        nats_url=with_user(chosen.nats_url.get_secret_value(), name, password),
        nats_user=name,
        nats_password=password,
        inbox_prefix=f"_INBOX.{name}",
        rejected_subject=f"{SUBJECT_REJECTED}.{name}",
        http_url=f"http://{chosen.ingest_http}/events",
        http_token=secrets.token_urlsafe(32),
    )


def is_embedded(chosen: Settings) -> bool:
    """Tell whether the NATS is the one that `attune run` started, whose users we may write."""
    running = Runtime.read(chosen.directory)
    return running is not None and "nats" in running.pids


def authorization(granted: Credentials) -> str:
    """Return the user as the operator of another NATS writes it into the configuration."""
    return json.dumps(embedded.user(granted.name, hashed(granted.nats_password)), indent=2)


def hashed(password: str) -> str:
    """Return what NATS keeps of a password."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(ROUNDS)).decode()


def with_user(url: str, user: str, password: str) -> str:
    """Return the address for another user of the same server; where our file of certificates lies is not its."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{parts.netloc.rpartition('@')[2]}", query=""))
