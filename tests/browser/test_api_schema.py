"""Schemathesis asks the API whatever its description allows, and more."""

import asyncio
import shutil
import sys
from pathlib import Path

import asyncpg

from services.console import accounts
from services.console.visitor import Role
from shared.plumbing.clock import now
from tests.browser.visit import Console

SCHEMATHESIS = str(Path(sys.executable).parent / "schemathesis")
EXAMPLES = 4
# Whether a token is asked for is the subject of other tests; what is refused may break a rule that no schema can say.
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance,unsupported_method"


async def test_schemathesis_finds_no_server_error_and_no_breach_of_the_schema(console: Console, tmp_path: Path) -> None:
    assert shutil.which(SCHEMATHESIS)
    connection = await asyncpg.connect(console.database)
    user_id = await accounts.add_user(connection, "schemathesis", Role.OPERATOR, now())
    token = await accounts.grant(connection, user_id, "api", now(), None)
    await connection.close()

    process = await asyncio.create_subprocess_exec(
        SCHEMATHESIS,
        "run",
        f"{console.url}/api/v1/openapi.json",
        *("--header", f"Authorization: Bearer {token}"),
        *("--checks", CHECKS),
        *("--phases", "examples,coverage,fuzzing"),
        *("--max-examples", str(EXAMPLES)),
        *("--seed", "1"),
        "--no-color",
        cwd=tmp_path,  # it keeps what it finds there
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()

    assert process.returncode == 0, told.decode()[-6000:]
