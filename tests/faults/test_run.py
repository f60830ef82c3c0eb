import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from shared.plumbing.embedded.runtime import Runtime

PATIENCE_SECONDS = 30.0


@contextmanager
def emptied() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="attune-"))
    yield directory
    attune("stop", directory)
    shutil.rmtree(directory)


@pytest.fixture
def directory() -> Iterator[Path]:
    with emptied() as directory:
        yield directory


@pytest.fixture(scope="module")
def running() -> Iterator[Path]:
    with emptied() as directory:
        begun(directory)
        yield directory


def environment(directory: Path) -> dict[str, str]:
    anywhere = {f"ATTUNE_{name}_HTTP": "127.0.0.1:0" for name in ("INGEST", "PROJECTOR", "ALERTS", "CONSOLE")}
    return {**os.environ, **anywhere, "ATTUNE_DIRECTORY": str(directory)}


def attune(command: str, directory: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.cli.app", command, *options],
        capture_output=True,
        text=True,
        check=False,
        env=environment(directory),
    )


def begun(directory: Path) -> Runtime:
    answer = attune("run", directory, "--detach")
    assert answer.returncode == 0, answer.stderr
    return noted(directory)


def noted(directory: Path) -> Runtime:
    runtime = Runtime.read(directory)
    assert runtime
    return runtime


def is_gone(pid: int) -> bool:
    # Nobody may bury what outlived its parent, in a container without an init.
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def await_that(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def answers(directory: Path) -> bool:
    return attune("status", directory, "--json").returncode == 0


def test_run_is_ready_when_it_says_so_and_stop_leaves_nothing_behind(directory: Path) -> None:
    said: dict[str, Any] = json.loads(attune("run", directory, "--detach", "--json").stdout)
    runtime = noted(directory)
    status: dict[str, Any] = json.loads(attune("status", directory, "--json").stdout)

    stopped = attune("stop", directory, "--json")

    assert {name: said[name] for name in ("http", "database_url", "nats_url")} == {
        name: status[name] for name in ("http", "database_url", "nats_url")
    }
    assert said["console"].startswith(said["http"]["console"])
    assert json.loads(stopped.stdout) == {"stopped": runtime.pid}
    assert set(status["http"]) == {"ingest", "projector", "alerts", "console"}
    assert status["lag"] == {"ingest": 0, "projector": 0}
    assert stopped.returncode == 0
    assert all(is_gone(pid) for pid in runtime.pids.values())
    assert not (directory / "runtime.json").exists()


@pytest.mark.parametrize("asking", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_run_stops_in_order_when_asked_by_a_signal(directory: Path, asking: signal.Signals) -> None:
    runtime = begun(directory)

    os.kill(runtime.pid, asking)

    await_that(lambda: is_gone(runtime.pid))
    assert all(is_gone(pid) for pid in runtime.pids.values())
    assert "database system is shut down" in (directory / "logs" / "postgres.log").read_text()


def test_nothing_outlives_a_killed_run_and_the_next_one_starts(directory: Path) -> None:
    runtime = begun(directory)

    os.kill(runtime.pid, signal.SIGKILL)

    await_that(lambda: all(is_gone(pid) for pid in runtime.pids.values()))
    again = begun(directory)
    assert again.nats_url == runtime.nats_url


def test_a_second_run_is_refused_with_the_pid_and_leaves_the_first_alone(running: Path) -> None:
    runtime = noted(running)

    second = attune("run", running)

    assert second.returncode == 1
    assert f"as process {runtime.pid}" in second.stderr
    assert noted(running) == runtime


@pytest.mark.parametrize("name", ["postgres", "nats", "ingest", "projector", "alerts", "console"])
def test_whatever_is_killed_is_started_again(running: Path, name: str) -> None:
    runtime = noted(running)

    os.kill(runtime.pids[name], signal.SIGKILL)

    await_that(lambda: noted(running).pids[name] != runtime.pids[name])
    await_that(lambda: answers(running))
