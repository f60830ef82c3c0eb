"""Several processes of each service, side by side."""

import sys
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL
from subprocess import Popen

from services.cli.services import Service, services
from shared.plumbing.embedded import ports, processes
from shared.plumbing.settings import Settings


@dataclass
class Replica(Service):
    """One of a service's processes; its name has a number."""

    service: str = ""

    def launch(self) -> "Popen[bytes]":
        """Start it; killed with us, because its servers are."""
        self.process = processes.launch(
            [sys.executable, "-m", f"services.{self.service}"],
            log=self.log,
            death_signal=SIGKILL,
            environment=self.environment,
        )
        return self.process


def replicas(complete: Settings, home: Path, counts: dict[str, int]) -> list[Replica]:
    """Return so many of each service, not yet started; the first one is where commands look."""
    made = []
    for its in services(complete, home):
        for number in range(1, counts[its.name] + 1):
            where = its.address if number == 1 else f"127.0.0.1:{ports.free()}"
            told = {
                f"ATTUNE_{its.name.upper()}_HTTP": where,
                "ATTUNE_STREAM_REPLICAS": str(complete.stream_replicas),
            }
            made.append(
                Replica(
                    its.name if number == 1 else f"{its.name}-{number}",
                    where,
                    home,
                    {**its.environment, **told},
                    service=its.name,
                )
            )
    return made
