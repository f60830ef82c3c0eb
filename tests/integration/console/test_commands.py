"""`attune console`: who may sign in, said from a terminal."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from services.console.gate import cookie_name
from services.console.means import Means
from tests.integration.console.desk import HOST, PASSWORD, Desk


@pytest.fixture
def environment(database: str, nats_url: str, home: Path) -> dict[str, str]:
    told = {"DATABASE_URL": database, "NATS_URL": nats_url, "DIRECTORY": str(home), "CONSOLE_URL": HOST}
    return os.environ | {f"ATTUNE_{name}": value for name, value in told.items()}


def attune(environment: dict[str, str], *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.cli.app", "console", *words],
        input=typed, capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip


async def test_users_come_in_by_what_the_commands_gave_them(desk: Desk, environment: dict[str, str]) -> None:
    await desk.story.person("ana")

    short = attune(environment, "add", "eve", typed="short\n")
    unknown = attune(environment, "add", "eve", "--initiative", "nothing", typed=f"{PASSWORD}\n")
    added = attune(environment, "add", "eve", "--role", "operator", "--initiative", "change", typed=f"{PASSWORD}\n")
    twice = attune(environment, "add", "eve", typed=f"{PASSWORD}\n")
    token = attune(environment, "token", "eve", "--label", "test").stdout.strip()
    [user] = json.loads(attune(environment, "users", "--json").stdout)
    me = await desk.client.get("/api/v1/me", headers={"authorization": f"Bearer {token}"})
    entered = await desk.client.post("/signin", data={"name": "eve", "password": PASSWORD})
    attune(environment, "password", "eve", typed="another good password\n")
    after = await desk.client.get("/")
    ended = await desk.client.get("/api/v1/me", headers={"authorization": f"Bearer {token}"})
    attune(environment, "disable", "eve")
    attune(environment, "enable", "eve")
    changed = attune(environment, "change", "eve", "--role", "viewer")
    too_much = attune(environment, "change", "eve", "--role", "admin", "--initiative", "change")
    again = await desk.client.post("/signin", data={"name": "eve", "password": "another good password"})
    [after_all] = json.loads(attune(environment, "users", "--json").stdout)

    assert [short.returncode, unknown.returncode, added.returncode, twice.returncode] == [1, 1, 0, 1]
    assert "12 to 1000 characters" in short.stderr
    assert "there are change" in unknown.stderr
    assert (user["name"], user["role"], user["initiatives"]) == ("eve", "operator", ["change"])
    assert me.json() == {"name": "eve", "role": "operator", "initiatives": ["change"]}
    assert entered.status_code == 303
    assert after.status_code == 303  # another password ends sessions
    assert ended.status_code == 401  # and tokens
    assert (changed.returncode, too_much.returncode, again.status_code) == (0, 1, 303)
    assert (after_all["role"], after_all["initiatives"], after_all["disabled_at"]) == ("viewer", None, None)


async def test_the_link_opens_the_console(desk: Desk, environment: dict[str, str], means: Means) -> None:
    link = attune(environment, "link").stdout.strip()

    answer = await desk.client.post("/signin/link", data={"token": httpx.URL(link).params["token"]})

    assert link.startswith(f"{HOST}/signin/link?token=")
    assert answer.status_code == 303
    assert cookie_name(means) in desk.client.cookies


async def test_one_token_is_revoked_and_the_others_of_its_user_still_open(
    desk: Desk, environment: dict[str, str]
) -> None:
    attune(environment, "add", "robot", "--without-password")
    tokens = {
        label: attune(environment, "token", "robot", "--label", label).stdout.strip() for label in ("lost", "kept")
    }
    link = httpx.URL(attune(environment, "link").stdout.strip()).params["token"]

    async def me(label: str) -> int:
        header = {"authorization": f"Bearer {tokens[label]}"}
        return (await desk.client.get("/api/v1/me", headers=header)).status_code

    before = await me("lost")
    listed = json.loads(attune(environment, "tokens", "--json").stdout)
    [lost] = [row for row in listed if row["label"] == "lost"]
    [unused] = [row for row in listed if row["use"] == "signin"]
    of_robot = json.loads(attune(environment, "tokens", "robot", "--json").stdout)
    revoked = [attune(environment, "revoke", str(row["number"])) for row in (lost, lost, unused)]
    entered = await desk.client.post("/signin/link", data={"token": link})
    audit = await desk.connection.fetch("select subject, details from console.audit where action = 'revoke token'")

    assert before == 200
    assert [(row["name"], row["label"], row["used_at"] is not None) for row in of_robot] == [
        ("robot", "lost", True),
        ("robot", "kept", False),
    ]
    assert not [row for row in listed if {"digest", "token"} & row.keys()]
    assert [ended.returncode for ended in revoked] == [0, 1, 0]
    assert f"number: {lost['number']}" in revoked[1].stderr
    assert [await me("lost"), await me("kept"), entered.status_code] == [401, 200, 403]
    assert [(row["subject"], json.loads(row["details"])["number"]) for row in audit] == [
        ("robot", lost["number"]),
        ("owner", unused["number"]),
    ]
