"""One NATS server of three, on the configuration that stands beside this file."""

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from shared.plumbing.embedded import files, ports, secrets
from shared.plumbing.embedded.nats import Nats

CONFIGURATION = Path(__file__).with_name("nats.conf")
ENCRYPTED = """\
tls {{
  cert_file: {certificate}
  key_file: {key}
  ca_file: {authority}
}}
"""
"""As docs/cluster.md shows it."""
NAMES = ("nats-1", "nats-2", "nats-3")


@dataclass
class Node(Nats):
    """A server and the routes to all; it has a directory of its own."""

    routes: tuple[str, ...] = ()
    cluster_port: int = 0
    cluster_password: str = field(default="", repr=False)
    certificates: Path | None = None
    """Where ca.pem, server.pem and server.key lie; without it routes are not encrypted."""

    def launch(self) -> "subprocess.Popen[bytes]":
        """Start the server, with the files that its configuration includes."""
        (self.directory / "nats").mkdir(mode=0o700, exist_ok=True)
        files.write_secret(self.directory / "nats" / "routes.conf", self.between())
        return super().launch()

    def between(self) -> str:
        """Return what routes are encrypted by."""
        if self.certificates is None:
            return ""
        named = {"certificate": "server.pem", "key": "server.key", "authority": "ca.pem"}
        return ENCRYPTED.format(**{what: json.dumps(str(self.certificates / name)) for what, name in named.items()})

    def configured(self) -> str:
        """Return what the environment would say, and then the file as it is."""
        said = {
            "NODE": self.name,
            "LISTEN": f"127.0.0.1:{self.port}",
            "MONITOR": f"127.0.0.1:{self.monitor_port}",
            "STORE": str(self.directory / "nats"),
            "SYNC": self.sync_interval,
            "CLUSTER_LISTEN": f"127.0.0.1:{self.cluster_port}",
            "CLUSTER_PASSWORD": self.cluster_password,
            **{f"ROUTE_{number}": route for number, route in enumerate(self.routes, 1)},
        }
        lines = [f"{name} = {json.dumps(value)}" for name, value in said.items()]
        return "\n".join([*lines, CONFIGURATION.read_text()])


def nodes(home: Path, sync_interval: str, certificates: Path | None = None) -> list[Node]:
    """Return the three of a home, on the ports and with the passwords they had."""
    known, between = secrets.kept(home), password_between(home)
    port = ports.keep(home, *(f"{name}{of}" for name in NAMES for of in ("", "_monitor", "_cluster")))
    routes = tuple(f"nats://route:{between}@127.0.0.1:{port[f'{name}_cluster']}" for name in NAMES)
    made = []
    for name in NAMES:
        directory = home / name
        directory.mkdir(mode=0o700, exist_ok=True)
        made.append(
            Node(
                directory,
                port[name],
                port[f"{name}_monitor"],
                known.nats_password,
                sync_interval,
                name,
                routes=routes,
                cluster_port=port[f"{name}_cluster"],
                cluster_password=between,
                certificates=certificates,
            )
        )
    return made


def password_between(home: Path) -> str:
    """Return the password that the servers know one another by, made once."""
    path = home / "cluster_password"
    if not path.exists():
        files.write_secret(path, secrets.made())
    return path.read_text()


def url(cluster: list[Node]) -> str:
    """Return one address that names all servers."""
    hosts = ",".join(f"127.0.0.1:{node.port}" for node in cluster)
    return cluster[0].url.rpartition("@")[0] + f"@{hosts}"
