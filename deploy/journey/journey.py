"""The journey of docker-compose.yml, from nothing: `python3 deploy/journey/journey.py`, with Docker and Compose alone.

Brings everything up as a project with secrets and ports of its own, publishes as a connector, sees alignment,
is told of an alert by a webhook, kills projectors amid a burst, loses nothing, takes everything down and up again, and
finds it all still there; then restores a backup into empty volumes, as docs/operations.md says. COMPOSE names Compose
(`docker compose`, else `docker-compose`); the image `attune:VERSION` is built when it is missing. `--keep` leaves
everything running at the end. Leaves with 1 at the first thing that is wrong.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PROJECT = "attune-journey"
PORTS = {"ATTUNE_INGEST_PORT": "18471", "ATTUNE_CONSOLE_PORT": "18474", "ATTUNE_NATS_PORT": "14222"}
BURST = 30_000
ANA = "ana@corp.example"
ROLES = ("attune_reader", "attune_initiative_reader", "attune_projector", "attune_alerts", "attune_console")
"""Whose rights a dump holds."""
CRASH = """
import os, pathlib, signal
for entry in pathlib.Path("/proc").iterdir():
    if entry.name.isdecimal() and int(entry.name) not in (1, os.getpid()):
        if b"services.projector" in (entry / "cmdline").read_bytes():
            os.kill(int(entry.name), signal.SIGKILL)
"""


class BrokenError(Exception):
    """Something is not as it must be."""


class Project:
    """The containers of this journey."""

    def __init__(self, secrets: Path) -> None:
        self.environment = (
            os.environ
            | PORTS
            | {
                "ATTUNE_SECRETS": str(secrets),
                "ATTUNE_OWN_DOMAINS": "acme.example",
                "ATTUNE_WEBHOOK_URL": "http://receiver:8080/",
                "ATTUNE_WEBHOOK_ALLOW_PRIVATE": "true",
            }
        )
        self.line = [*compose(), "-p", PROJECT, "-f", "docker-compose.yml", "-f", "deploy/journey/compose.yml"]

    def __call__(self, *words: str, given: str | None = None) -> str:
        """Run one command of Compose and return what it prints."""
        return said([*self.line, *words], self.environment, given)

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Begin one command of Compose."""
        return subprocess.Popen([*self.line, *words], cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True)

    def piped(self, *words: str, given: Path | None = None, into: Path | None = None) -> None:
        """Run one command of Compose whose input or output is a file."""
        with (given or Path(os.devnull)).open("rb") as source, (into or Path(os.devnull)).open("wb") as sink:
            ended = subprocess.run(
                [*self.line, *words], cwd=ROOT, env=self.environment, stdin=source, stdout=sink, check=False
            )
        if ended.returncode:
            raise BrokenError(f"{' '.join(words)} left with {ended.returncode}")

    def attune(self, *words: str) -> Any:
        """Ask the command line for JSON."""
        return json.loads(self("run", "--rm", "-T", "attune", *words, "--json"))

    def containers(self) -> list[dict[str, Any]]:
        """Return every container as Docker sees it."""
        found: list[dict[str, Any]] = json.loads(said(["docker", "inspect", *self("ps", "--all", "-q").split()]))
        return found


def compose() -> list[str]:
    """Return how Compose is called here."""
    if named := os.environ.get("COMPOSE"):
        return named.split()
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return ["docker", "compose"] if plugin.returncode == 0 else ["docker-compose"]


def said(line: list[str], environment: dict[str, str] | None = None, given: str | None = None) -> str:
    """Run a command and return what it prints; one that fails breaks the journey."""
    ended = subprocess.run(line, cwd=ROOT, env=environment, input=given, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise BrokenError(f"{' '.join(line)}\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def until(what: str, holds: Callable[[], Any], seconds: float = 120) -> Any:
    """Wait until it holds, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        if time.monotonic() > deadline:
            raise BrokenError(f"not within {seconds:g} seconds: {what}")
        time.sleep(1)
    step(what)
    return found


def step(what: str) -> None:
    """Say how far we are."""
    print(f"  {what}", flush=True)


def must(holds: object, what: str) -> None:
    """Say that it holds, or break."""
    if not holds:
        raise BrokenError(f"not so: {what}")
    step(what)


def is_up(project: Project) -> bool:
    """Tell whether every service is healthy."""
    found = [one["State"] for one in project.containers() if one["Config"].get("Healthcheck")]
    return bool(found) and all(state.get("Health", {}).get("Status") == "healthy" for state in found)


def check_hardened(project: Project) -> None:
    """Hold every container of docker-compose.yml to what it promises."""
    for one in project.containers():
        name, host = one["Name"].strip("/"), one["HostConfig"]
        service = one["Config"]["Labels"]["com.docker.compose.service"]
        if service == "receiver":
            continue
        ports = [binding["HostIp"] for bound in (host["PortBindings"] or {}).values() for binding in bound]
        exposed = [line for line in one["Config"]["Env"] if secret_in(project, line)]
        facts = {
            "read-only": host["ReadonlyRootfs"],
            "no capabilities": [word.upper() for word in host["CapDrop"]] == ["ALL"],
            "not root": service == "nats-volume" or not one["Config"]["User"].startswith(("0", "root")),
            "no new privileges": any("no-new-privileges" in option for option in host["SecurityOpt"] or ()),
            "bounded memory and processes": host["Memory"] and host["PidsLimit"],
            "ports on 127.0.0.1": set(ports) <= {"127.0.0.1"},
            "no secret in the environment": not exposed,
        }
        for fact, holds in facts.items():
            if not holds:
                raise BrokenError(f"{name} is not: {fact}")
    step("every container: not root, read-only, no capabilities, bounded, no secret in its environment, 127.0.0.1 only")


def secret_in(project: Project, line: str) -> bool:
    """Tell whether an environment gives a secret away."""
    secrets = Path(project.environment["ATTUNE_SECRETS"])
    return any(path.read_text().strip() in line for path in secrets.iterdir() if path.is_file())


def post(token: str, events: list[dict[str, object]]) -> dict[str, Any]:
    """Publish over HTTP, from outside."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORTS['ATTUNE_INGEST_PORT']}/events",
        json.dumps(events).encode(),
        {"authorization": f"Bearer {token}", "content-type": "application/cloudevents-batch+json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict[str, Any] = json.loads(answer.read())
            return found
    except urllib.error.HTTPError as error:
        raise BrokenError(f"ingest answers {error.code}: {error.read().decode()}") from None


def meeting(name: str, at: datetime) -> dict[str, object]:
    """Return an hour with Ana."""
    data: dict[str, object] = {
        "kind": "meeting",
        "people": [{"address": ANA}],
        "duration_minutes": 60,
        "by": "uli@acme.example",
    }
    return event(name, at, data)


def setback(name: str, at: datetime) -> dict[str, object]:
    """Return what shakes Ana."""
    return event(name, at, {"kind": "setback", "direction": "inbound", "severity": 1.0, "people": [{"address": ANA}]})


def event(name: str, at: datetime, data: dict[str, object]) -> dict[str, object]:
    """Return the envelope."""
    return {"specversion": "1.0", "type": "attune.touchpoint.v1", "source": "crm/visits", "id": name,
            "time": at.isoformat(), "data": data}  # fmt: skip


def visits(now: datetime) -> list[dict[str, object]]:
    """Return half a year of weekly meetings, the last one three days ago."""
    return [meeting(f"visit-{n}", now - timedelta(days=3 + 7 * n)) for n in range(26)]


def roster() -> str:
    """Return Ana, and the fifty people of the burst."""
    people = [f"erp,{ANA},Ana,Finance,executive,uli@acme.example,14"]
    people += [f"erp,person{n}@corp.example,Person {n},Operations,manager,uli@acme.example,14" for n in range(50)]
    return "\n".join(["initiative,addresses,name,function,level,owner,cadence_days", *people, ""])


def counted(project: Project) -> int:
    """Return how many touchpoints the log holds."""
    return int(project.attune("status")["counts"]["touchpoints"])


def told(project: Project) -> list[dict[str, Any]]:
    """Return the alerts that the webhook container took and believed."""
    ask = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8080').read().decode())"
    found: list[dict[str, Any]] = json.loads(project("exec", "-T", "receiver", "python", "-c", ask))
    return found


def kill_amid(project: Project, credentials: dict[str, str], now: datetime) -> None:
    """Publish a burst as the connector while projectors are killed, one after the other."""
    words = {"NAME": "crm", "EVENTS": str(BURST), "BEFORE": now.isoformat(), "NATS_URL": credentials["nats_url"]}
    variables = [word for name, value in words.items() for word in ("-e", f"{name}={value}")]
    connector = project.begin("run", "--rm", "-T", *variables, "connector")
    before, turn = counted(project), 0
    while connector.poll() is None:
        if counted(project) > before:
            turn += 1
            try:
                project("exec", "-T", "--index", str(1 + turn % 2), "projector", "python", "-c", CRASH)
            except BrokenError:
                continue  # it is just being started again
    printed = (connector.stdout.read() if connector.stdout else "").strip().splitlines()
    must(connector.returncode == 0 and printed, f"the connector published {BURST} events over NATS with its own user")
    must(not json.loads(printed[-1])["may_speak_for_others"], "and may not publish as anybody else")
    deaths = sum(one["RestartCount"] for one in project.containers() if "_projector" in one["Name"].replace("-", "_"))
    must(deaths, f"amid that projectors were killed; Docker started them again {deaths} times")


def live(project: Project, credentials: dict[str, str], now: datetime) -> None:
    """Publish, see alignment, be told, lose nothing."""
    project("run", "--rm", "-T", "attune", "roster", "import", "/dev/stdin", given=roster())
    post(credentials["http_token"], visits(now))
    until("half a year of meetings with Ana, sent over HTTP, counts", lambda: counted(project) == len(visits(now)))
    [ana] = [row for row in project.attune("alignment") if row["name"] == "Ana"]
    must(ana["band"] == "aligned", f"Ana is aligned: {ana['score']:.0f}, until {ana['drifts_at']}")
    # Her history has settled; from here on what changes is news.
    time.sleep(5)
    post(credentials["http_token"], [setback("quarrel", datetime.now(UTC))])
    alerts = until("the webhook container was told, and believes the signature",
                   lambda: [one for one in told(project) if "Ana" in json.dumps(one)])  # fmt: skip
    step(f"the alert: {json.dumps(alerts[0]['alert'])[:150]} …")
    kill_amid(project, credentials, now)
    until("nothing was lost and nothing counted twice", lambda: counted(project) == len(visits(now)) + 1 + BURST)
    project("run", "--rm", "-T", "attune", "check")
    step("every state is what the log says (attune check)")


def remembered(project: Project, at: datetime) -> dict[str, Any]:
    """Return what must outlive the containers."""
    alerts = {one["alert_id"] if "alert_id" in one else one["id"] for one in project.attune("alerts", "list")}
    return {"count": counted(project), "alignment": project.attune("alignment", "--at", at.isoformat()),
            "alerts": sorted(map(str, alerts))}  # fmt: skip


def journey(project: Project) -> None:
    """Go all the way."""
    up(project)
    check_hardened(project)
    os.environ.update(project.environment, COMPOSE=" ".join(project.line))
    credentials = json.loads(said(["deploy/add-source.sh", "crm"]))
    step("a connector got its credentials")
    now = datetime.now(UTC)
    live(project, credentials, now)
    before = remembered(project, now)
    project("down")
    step("down")
    up(project)
    after = remembered(project, now)
    must(
        before["alerts"] and after["alerts"][: len(before["alerts"])], f"{len(after['alerts'])} alerts are still there"
    )
    must(before["alignment"] == after["alignment"], "so is every alignment, to the digit")
    must(before["count"] == after["count"], f"so are all {after['count']} touchpoints")
    post(credentials["http_token"], [*visits(now), meeting("new", now)])
    until("the connector goes on where it was, and what it repeats counts once",
          lambda: counted(project) == after["count"] + 1)  # fmt: skip
    restore(project, now)


def restore(project: Project, at: datetime) -> None:
    """Back up Postgres, lose every volume, and find all that it knew in new ones."""
    before, dump = remembered(project, at), Path(project.environment["ATTUNE_SECRETS"]) / "attune.dump"
    project.piped("exec", "-T", "postgres", "pg_dump", "-U", "attune", "-Fc", "attune", into=dump)
    project("down", "--volumes")
    project("up", "--detach", "postgres")
    until("backed up, every volume gone, and an empty Postgres is ready", lambda: is_up(project))
    roles = [word for name in ROLES for word in ("-c", f"create role {name}")]
    project("exec", "-T", "postgres", "psql", "-U", "attune", *roles)
    project.piped("exec", "-T", "postgres", "pg_restore", "-U", "attune", "-d", "attune", "--no-owner", given=dump)
    dump.unlink()
    up(project)
    must(remembered(project, at) == before, "restored: every touchpoint, alignment and alert is what it was")
    project("run", "--rm", "-T", "attune", "check")
    step("every state is what the log says (attune check)")


def up(project: Project) -> None:
    """Start everything and wait until it is healthy."""
    began = time.monotonic()
    project("up", "--detach")
    until("up, and every service is healthy", lambda: is_up(project), 180)
    step(f"after {time.monotonic() - began:.0f} s")


def main() -> int:
    """Go, tidy up, and say how it ended."""
    secrets = Path(tempfile.mkdtemp(prefix="attune-journey-"))
    project = Project(secrets)
    said([str(ROOT / "deploy" / "secrets.sh"), str(secrets)])
    try:
        journey(project)
    except BrokenError as broken:
        print(f"broken: {broken}\n{project('logs', '--no-color', '--tail', '15')}", file=sys.stderr)
        return 1
    finally:
        if "--keep" not in sys.argv:
            project("down", "--volumes", "--remove-orphans")
            shutil.rmtree(secrets)
    print("the journey holds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
