import json
import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from services.cli.app import COMMANDS
from shared.plumbing.embedded import ports
from shared.plumbing.embedded.runtime import Runtime


def attune(*arguments: str, directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.cli.app", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "ATTUNE_DIRECTORY": str(directory), **environment},
    )


def test_help_names_every_command_and_imports_none() -> None:
    program = (
        "import sys\n"
        "from services.cli.app import attune\n"
        "attune.main(['--help'], standalone_mode=False)\n"
        "heavy = {'asyncpg', 'nats', 'numpy', 'pydantic', 'faststream', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path.cwd())

    assert all(f"\n  {name} " in answer.stdout for name in COMMANDS)


def test_wrong_usage_leaves_with_2(tmp_path: Path) -> None:
    answer = attune("alignmnet", directory=tmp_path)

    assert (answer.returncode, answer.stdout) == (2, "")
    assert "No such command 'alignmnet'" in answer.stderr


def test_what_does_not_run_leaves_with_3_and_says_what_to_do(tmp_path: Path) -> None:
    answer = attune("status", directory=tmp_path)

    assert (answer.returncode, answer.stdout) == (3, "")
    assert "start it with `attune run`" in answer.stderr


async def test_a_server_that_does_not_answer_leaves_with_3_and_one_line(
    tmp_path: Path, servers: Runtime, database: str
) -> None:
    gone = f"us:hunter2@127.0.0.1:{ports.free()}"
    there = {"ATTUNE_DATABASE_URL": database, "ATTUNE_NATS_URL": servers.nats_url}

    for missing in ({"ATTUNE_DATABASE_URL": f"postgresql://{gone}/x"}, {"ATTUNE_NATS_URL": f"nats://{gone}"}):
        answer = attune("status", directory=tmp_path, **(there | missing))

        assert (answer.returncode, answer.stderr.count("\n")) == (3, 1)
        assert "does not answer at" in answer.stderr
        assert "hunter2" not in answer.stderr


def test_status_shows_no_password(servers: Runtime, database: str, tmp_path: Path) -> None:
    told = {"ATTUNE_DATABASE_URL": database, "ATTUNE_NATS_URL": servers.nats_url}

    answer = attune("status", "--json", directory=tmp_path, **told)

    assert json.loads(answer.stdout)["counts"]["touchpoints"] == 0
    assert str(urlsplit(servers.nats_url).password) not in answer.stdout


def test_top_shows_what_status_tells(servers: Runtime, database: str, tmp_path: Path) -> None:
    told = {"ATTUNE_DATABASE_URL": database, "ATTUNE_NATS_URL": servers.nats_url}

    answer = attune("top", "--once", directory=tmp_path, **told)

    assert answer.returncode == 0, answer.stderr
    assert all(word in answer.stdout for word in ("ingest", "projector", "Touchpoints", "Open alerts", "Deliveries"))
    assert str(urlsplit(servers.nats_url).password) not in answer.stdout


def test_top_leaves_cleanly_on_ctrl_c(servers: Runtime, database: str, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    told = {"ATTUNE_DATABASE_URL": database, "ATTUNE_NATS_URL": servers.nats_url, "ATTUNE_DIRECTORY": str(tmp_path)}
    watching = subprocess.Popen(
        [sys.executable, "-m", "services.cli.app", "top", "--every", "0.2"],
        env={**os.environ, **told, "TERM": "xterm", "COLUMNS": "100"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    seen = b""
    while b"Deliveries" not in seen:
        seen += os.read(ours, 65536)
    watching.send_signal(signal.SIGINT)

    with suppress(OSError):  # so a terminal says that nobody writes any more
        while said := os.read(ours, 65536):
            seen += said
    os.close(ours)
    assert watching.wait(20) == 0
    assert seen.endswith(b"\x1b[?25h\x1b[?1049l")  # the cursor and the screen are back, and no traceback behind


def test_a_setting_nobody_knows_leaves_with_1_and_one_line(tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text("colour = 'blue'\n")

    answer = attune("status", directory=tmp_path, ATTUNE_CONFIG=str(tmp_path / "wrong.toml"))

    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "`colour` is not a setting" in answer.stderr


def test_stopping_what_does_not_run_is_fine(tmp_path: Path) -> None:
    answer = attune("stop", directory=tmp_path)

    assert answer.returncode == 0
    assert "not running" in answer.stdout


def test_a_directory_that_cannot_be_is_refused_and_no_bug(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    for command, directory in (("run", "file"), ("run", "file/below"), ("status", "file")):
        answer = attune(command, directory=tmp_path / directory)

        assert (answer.returncode, answer.stdout) == (1, "")
        assert answer.stderr.endswith(f"in {tmp_path / directory}: choose another with ATTUNE_DIRECTORY\n")
