"""Passwords and the key of the handles, made once and kept beside the data they open."""

import json
import secrets
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from shared.plumbing.embedded import files


def made() -> str:
    """Return a secret nobody can guess."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What only the owner of the directory may know."""

    postgres_password: str = field(default_factory=made, repr=False)
    nats_password: str = field(default_factory=made, repr=False)
    handle_key: str = field(default_factory=made, repr=False)


def kept(directory: Path) -> Secrets:
    """Return the secrets of `directory`, making them the first time."""
    path = directory / "secrets.json"
    if path.exists():
        return Secrets(**json.loads(path.read_text()))
    fresh = Secrets()
    files.write_secret(path, json.dumps(asdict(fresh), indent=2))
    return fresh


def keep_next_key(directory: Path, handle_key: str) -> None:
    """Write down a key before anything is made with it; `secrets.next.json` stays should we be killed amid it."""
    files.write_secret(_next(directory), json.dumps(asdict(replace(kept(directory), handle_key=handle_key)), indent=2))


def take_next_key(directory: Path) -> None:
    """Let the key that was written down be the key."""
    _next(directory).replace(directory / "secrets.json")


def _next(directory: Path) -> Path:
    return directory / "secrets.next.json"
