"""Canaries: secrets of every sort are planted in a running attune, which is then made to talk, fail and complain."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import httpx
import psutil
import pytest

from shared.plumbing.credentials import Credentials
from tests import house
from tests.house import House, is_ready, until
from tests.integration.alerts.collector import collecting

PLANTED = {
    "ATTUNE_HANDLE_KEY": "canary-handle-key-4d1f",
    "ATTUNE_WEBHOOK_SECRET": "whsec_Y2FuYXJ5LXdlYmhvb2stc2VjcmV0",
    "ATTUNE_IMAP_PASSWORD": "canary-imap-password-77aa",
    "ATTUNE_GRAPH_TOKEN": "canary-graph-token-90cc",
    "ATTUNE_GOOGLE_TOKEN": "canary-google-token-13bd",
    "ATTUNE_OIDC_CLIENT_SECRET": "canary-oidc-secret-5e5e",
}
PATH = "canary-webhook-path-b7b7"
ELSEWHERE = "canary-other-password-2c2c"
SERVICES = ("ingest", "projector", "alerts", "console")


@dataclass(frozen=True, slots=True)
class Watched:
    """A running attune and everything that it must never tell."""

    attune: House
    acme: Credentials
    secrets: frozenset[str]

    def told(self, text: str) -> list[str]:
        """Return the secrets that a text tells."""
        return [secret for secret in self.secrets if secret in text]


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    # It answers, because what is called is only then logged by who calls.
    with pytest.MonkeyPatch.context() as patch, collecting() as collector:
        collector.answers += [(500, {})] * 1000
        for name, value in PLANTED.items():
            patch.setenv(name, value)
        patch.setenv("ATTUNE_WEBHOOK_URL", collector.url.replace("hook", PATH))
        patch.setenv("ATTUNE_WEBHOOK_ALLOW_PRIVATE", "true")
        with house.opened() as attune:
            acme = attune.source("acme")
            kept = json.loads((attune.directory / "secrets.json").read_text())
            secrets = {*PLANTED.values(), PATH, ELSEWHERE, acme.nats_password, acme.http_token, *kept.values()}
            yield Watched(attune, acme, frozenset(secrets))


def said(attune: House, *words: str, **environment: str) -> str:
    """Return all that a command says, however it ends."""
    answer = subprocess.run(
        [sys.executable, "-m", "services.cli.app", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "ATTUNE_DIRECTORY": str(attune.directory), **environment},
    )
    return answer.stdout + answer.stderr


TELLING = (
    "status",
    "status --json",
    "source list --json",
    "alerts deliveries --status all --json",
    "check --json",
)
NOWHERE = "127.0.0.1:1"
FAILING = (
    ("status", {"ATTUNE_DATABASE_URL": f"postgresql://me:{ELSEWHERE}@{NOWHERE}/attune"}),
    ("check", {"ATTUNE_DATABASE_URL": f"postgresql://me:{ELSEWHERE}@{NOWHERE}/attune"}),
    ("check", {"ATTUNE_DATABASE_URL": f"nonsense://me:{ELSEWHERE}@{NOWHERE}/attune"}),
    ("status", {"ATTUNE_NATS_URL": f"nats://me:{ELSEWHERE}@{NOWHERE}"}),
    ("source list", {"ATTUNE_NATS_URL": f"nats://me:{ELSEWHERE}@{NOWHERE}"}),
    ("status", {"ATTUNE_KEEP_NOTES": ELSEWHERE}),
    ("key check", {"ATTUNE_HANDLE_KEY": ELSEWHERE}),
)


def test_no_command_tells_a_secret_and_no_error_does(watched: Watched) -> None:
    asked = [(words, dict[str, str]()) for words in TELLING] + [
        (words, {**environment, "ATTUNE_DEBUG": "1"}) for words, environment in FAILING
    ]
    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(lambda one: said(watched.attune, *one[0].split(), **one[1]), asked))

    assert all(texts)
    assert all("attune:" in text or "Error" in text for text in texts[len(TELLING) :])
    assert [(one, told) for one, text in zip(asked, texts, strict=True) if (told := watched.told(text))] == []


def test_no_page_tells_a_secret(watched: Watched) -> None:
    runtime = watched.attune.runtime
    pages = [
        f"http://{runtime.http[name]}/{page}" for name in SERVICES for page in ("livez", "readyz", "metrics", "no")
    ]
    pages += [f"{runtime.nats_monitor}/{page}" for page in ("varz", "connz?auth=1&subs=1", "jsz?config=1", "accountz")]

    text = "\n".join(httpx.get(page, follow_redirects=True).text for page in pages)

    assert "attune" in text
    assert watched.told(text) == []


def test_a_refused_request_is_not_told_its_own_secret(watched: Watched) -> None:
    url = f"http://{watched.attune.runtime.http['ingest']}/events"

    answers = [
        httpx.post(url, headers={"authorization": f"Bearer {ELSEWHERE}"}, json={}),
        httpx.post(url, headers={"authorization": f"Bearer {watched.acme.http_token}"}, content=b"{"),
    ]

    assert [answer.is_success for answer in answers] == [False, False]
    assert watched.told("".join(answer.text + str(answer.headers) for answer in answers)) == []


def test_no_process_is_called_with_a_secret(watched: Watched) -> None:
    ours = [psutil.Process(pid) for pid in (watched.attune.runtime.pid, *watched.attune.runtime.pids.values())]
    called = [" ".join(each.cmdline()) for process in ours for each in (process, *process.children(recursive=True))]

    assert len(called) > len(SERVICES) + 2
    assert watched.told("\n".join(called)) == []


async def test_no_log_tells_a_secret_even_when_servers_die_and_messages_fail(watched: Watched) -> None:
    attune = watched.attune
    said(attune, "alerts", "test", "webhook", "--no-wait")
    await until(lambda: has_failed(attune))
    for name in ("nats", "postgres", "alerts", "ingest"):
        attune.signal(name, signal.SIGKILL)
    for name in SERVICES:
        await until(lambda name=name: is_ready(attune.runtime.http[name]), seconds=60)  # type: ignore[misc]

    logs = sorted((attune.directory / "logs").iterdir())
    telling = {log.name: watched.told(log.read_text(errors="replace")) for log in logs}

    assert {"nats.log", "postgres.log", "ingest.log"} <= telling.keys()
    assert {name: told for name, told in telling.items() if told} == {}


async def has_failed(attune: House) -> bool:
    """Tell whether the message to the webhook that nobody answers was tried."""
    connection = await attune.postgres()
    tried = await connection.fetchval("select bool_or(last_error is not null) from attune.deliveries")
    await connection.close()
    return bool(tried)


def test_what_keeps_secrets_is_its_owners_alone(watched: Watched) -> None:
    home = watched.attune.directory
    keeping = [path for path in files_of(home) if watched.told(path.read_text(errors="replace"))]

    assert {path.name for path in keeping} >= {"secrets.json", "runtime.json"}
    assert [str(path) for path in keeping if path.stat().st_mode & 0o077] == []
    assert home.stat().st_mode & 0o066 == 0


def files_of(home: Path) -> Iterator[Path]:
    """Yield what attune wrote itself, not the servers' own data."""
    return (path for path in chain(home.iterdir(), (home / "nats").glob("*.*")) if path.is_file())
