"""Who may say what on the embedded NATS: our services everything, each source its own subject only."""

import fcntl
import http.client
import json
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bcrypt

from shared.errors import Refused, Unavailable
from shared.plumbing.embedded import files
from shared.plumbing.embedded.runtime import Runtime
from shared.vocabulary import SUBJECT_INTAKE, SUBJECT_REJECTED

SERVICE = "attune"
# The service's password is 256 random bits: nothing to slow down for.
ROUNDS = 4
# Sources sit in an account of their own. NATS checks where a client publishes, but not where it wants the answer: in
# one account a source could have its acknowledgements written into the streams and buckets of our services.
ACCOUNTS = """\
accounts {{
  ATTUNE {{
    jetstream: enabled
    exports: [ {{ service: "{intake}" }}, {{ stream: "{rejected}" }} ]
    users: [
{ours}
    ]
  }}
  SOURCES {{
    imports: [
      {{ service: {{ account: ATTUNE, subject: "{intake}" }} }}
      {{ stream: {{ account: ATTUNE, subject: "{rejected}" }} }}
    ]
    users: [
{theirs}
    ]
  }}
}}
"""
# One token of a subject, and nothing that could end a quoted word.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
RELOAD_SECONDS = 5.0


def write_source(directory: Path, name: str, password_bcrypt: str) -> None:
    """Let `name` publish to its own subject from now on, at once if NATS runs."""
    if not NAME.fullmatch(name) or name == SERVICE:
        raise Refused(f"`{name}` cannot be a source: take up to 64 letters, digits, `-` and `_`, and not `{SERVICE}`")
    with kept(directory) as users:
        users[name] = password_bcrypt
    reload(directory)


def drop_source(directory: Path, name: str) -> None:
    """Take the right to publish away, closing the connections that used it."""
    with kept(directory) as users:
        if name == SERVICE or users.pop(name, None) is None:
            raise Refused(f"there is no source `{name}`: `attune source list` shows those there are")
    reload(directory)


def write_service(directory: Path, password: str) -> None:
    """Write our own right to everything, beside the sources that already are."""
    with kept(directory) as users:
        known = users.get(SERVICE, "").encode()
        if not known or not bcrypt.checkpw(password.encode(), known):
            users[SERVICE] = bcrypt.hashpw(password.encode(), bcrypt.gensalt(ROUNDS)).decode()


@contextmanager
def kept(directory: Path) -> Iterator[dict[str, str]]:
    """Hold the passwords' hashes by name for changing; what NATS reads is written from them."""
    folder = directory / "nats"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "sources.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        path = folder / "sources.json"
        users: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        yield users
        files.write_secret(path, json.dumps(users, indent=2))
        files.write_secret(folder / "sources.conf", rendered(users))


def rendered(users: dict[str, str]) -> str:
    """Return both accounts with their users, as NATS reads them."""
    ours = [user(name, password) for name, password in users.items() if name == SERVICE]
    theirs = [user(name, password) for name, password in sorted(users.items()) if name != SERVICE]
    crossing = {"intake": f"{SUBJECT_INTAKE}.*", "rejected": f"{SUBJECT_REJECTED}.*"}
    return ACCOUNTS.format(**crossing, ours=listed(ours), theirs=listed(theirs))


def listed(users: list[dict[str, object]]) -> str:
    """Return one user a line."""
    return "\n".join(f"      {json.dumps(user)}" for user in users)


def user(name: str, password: str) -> dict[str, object]:
    """Return one user with what it may do: a source listens to its own answers and to what was refused of it."""
    if name == SERVICE:
        return {"user": name, "password": password}
    permissions = {
        "publish": {"allow": [f"{SUBJECT_INTAKE}.{name}"]},
        "subscribe": {"allow": [f"_INBOX.{name}.>", f"{SUBJECT_REJECTED}.{name}"]},
    }
    return {"user": name, "password": password, "permissions": permissions}


def reload(directory: Path) -> None:
    """Make a running NATS read its users anew, and return once it has."""
    running = Runtime.read(directory)
    if running is None or "nats" not in running.pids:
        return
    monitor = running.nats_monitor.removeprefix("http://")
    before = loaded_at(monitor)
    os.kill(running.pids["nats"], signal.SIGHUP)
    deadline = time.monotonic() + RELOAD_SECONDS
    while loaded_at(monitor) == before:
        if time.monotonic() > deadline:
            raise Unavailable(f"NATS did not take the new sources: look into {directory / 'logs' / 'nats.log'}")
        time.sleep(0.02)


def loaded_at(monitor: str) -> str:
    """Return when the server last read its configuration."""
    connection = http.client.HTTPConnection(monitor, timeout=2)
    try:
        connection.request("GET", "/varz")
        return str(json.loads(connection.getresponse().read())["config_load_time"])
    except OSError as error:
        raise Unavailable(f"NATS does not answer at {monitor}: is `attune run` still starting?") from error
    finally:
        connection.close()
