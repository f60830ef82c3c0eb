"""Schemathesis asks the API whatever its description allows, and more."""

import asyncio
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import pytest

from services.console import accounts
from services.console.visitor import Role
from shared.events.refusal import Refusal
from shared.plumbing.clock import now
from shared.plumbing.jetstream import REJECTED, connected
from shared.plumbing.rejections import rejection
from shared.vocabulary import SUBJECT_REJECTED
from tests.browser.visit import Console

SCHEMATHESIS = str(Path(sys.executable).parent / "schemathesis")
EXAMPLES = 4
# Whether a token is asked for is the subject of other tests; what is refused may break a rule that no schema can say.
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance,unsupported_method"
SUICIDE = "/tokens/{number}/revoke"
"""It finds its own token there; tests/integration/console asks for it."""
UNREACHED = {("POST", "/mutes")}
"""A mute ends within a year from now, which no description can say."""

Operation = tuple[str, str]


@pytest.fixture
async def token(console_of_its_own: Console, nats_url: str) -> str:
    """What an admin's program sends; an event waits that was refused and may be tried again."""
    async with connected(nats_url, "test") as jetstream:
        await jetstream.purge_stream(REJECTED)
        refusal = Refusal("time", "2099", "must not lie ahead")
        await jetstream.publish(SUBJECT_REJECTED, rejection(refusal, "crm", "a", b'{"id": "a"}', now()))
    connection = await asyncpg.connect(console_of_its_own.database)
    user_id = await accounts.add_user(connection, "schemathesis", Role.ADMIN, now())
    token = await accounts.grant(connection, user_id, "api", now(), None)
    await connection.close()
    return token


async def test_schemathesis_finds_no_server_error_and_no_breach_of_the_schema_and_gets_everywhere(
    console_of_its_own: Console, token: str, tmp_path: Path
) -> None:
    assert shutil.which(SCHEMATHESIS)
    process = await asyncio.create_subprocess_exec(
        SCHEMATHESIS,
        "run",
        f"{console_of_its_own.url}/api/v1/openapi.json",
        *("--header", f"Authorization: Bearer {token}"),
        *("--checks", CHECKS),
        *("--phases", "examples,coverage,fuzzing,stateful"),
        *("--max-examples", str(EXAMPLES)),
        *("--exclude-path", SUICIDE),
        *("--report", "har", "--report-har-path", "asked.har"),
        *("--seed", "1"),
        "--no-color",
        cwd=tmp_path,  # it keeps what it finds there
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()

    assert process.returncode == 0, told.decode()[-6000:]
    async with httpx.AsyncClient(base_url=console_of_its_own.url) as client:
        description = (await client.get("/api/v1/openapi.json")).json()
    known = {(verb.upper(), path) for path, verbs in description["paths"].items() for verb in verbs if path != SUICIDE}
    done = set(succeeded(orjson.loads((tmp_path / "asked.har").read_bytes()), description))
    assert known - done <= UNREACHED


def succeeded(har: dict[str, Any], description: dict[str, Any]) -> Iterator[Operation]:
    """Yield the operations that did what they are for at least once."""
    # What names no id comes first: `/users/change` is no `/users/{name}`.
    paths = sorted(description["paths"], key=lambda path: "{" in path)
    patterns = {path: re.compile(re.sub(r"{[^}]+}", "[^/]+", path)) for path in paths}
    for entry in har["log"]["entries"]:
        asked, status = entry["request"], entry["response"]["status"]
        path = httpx.URL(asked["url"]).path.removeprefix("/api/v1")
        if httpx.codes.is_success(status):
            yield asked["method"], next((of for of, pattern in patterns.items() if pattern.fullmatch(path)), path)
