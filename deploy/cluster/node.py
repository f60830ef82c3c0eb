"""One NATS server of three, on the configuration that stands beside this file."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from shared.plumbing.embedded import files, ports, secrets
from shared.plumbing.embedded.nats import Nats

CONFIGURATION = Path(__file__).with_name("nats.conf")
NAMES = ("nats-1", "nats-2", "nats-3")


@dataclass
class Node(Nats):
    """A server and the routes to all; it has a directory of its own."""

    routes: tuple[str, ...] = ()
    cluster_port: int = 0
    cluster_password: str = field(default="", repr=False)

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


def nodes(home: Path, sync_interval: str) -> list[Node]:
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
