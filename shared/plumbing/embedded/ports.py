"""Ports on loopback that stay the same from one run to the next, as far as others let them."""

import json
import secrets
import socket
from pathlib import Path

from shared.plumbing.embedded import files

LOOPBACK = "127.0.0.1"
LISTENING = range(15_000, 32_000)
"""Below what systems lend to outgoing connections: one of those could take a port before we listen on it."""
_lent: set[int] = set()


def keep(directory: Path, *names: str) -> dict[str, int]:
    """Return a free port per name: the one it had before if possible, so that connectors find us again."""
    path = directory / "ports.json"
    before: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    now = {name: port if is_free(port := before.get(name, 0)) else free() for name in names}
    files.write_secret(path, json.dumps(before | now))
    return now


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Tell whether one could listen on `port`; zero is no port."""
    family, *_, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError:
            return False
    return port > 0


def free() -> int:
    """Return a port nobody listens on, another one each time."""
    while (port := secrets.choice(LISTENING)) in _lent or not is_free(port):
        pass
    _lent.add(port)
    return port
