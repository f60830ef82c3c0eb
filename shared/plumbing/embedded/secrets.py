"""Passwords and the key of the handles, made once and kept beside the data they open."""

import json
import secrets
from dataclasses import asdict, dataclass, field
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
