"""What `attune run` says of a service that does not start."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from services.cli.services import Service
from shared.errors import Unavailable


def ended(directory: Path, code: int) -> Service:
    process = subprocess.Popen([sys.executable, "-S", "-c", f"raise SystemExit({code})"])
    process.wait()
    (directory / "logs").mkdir()
    said = (
        "attune: of an earlier start\nERROR: x\nattune: ATTUNE_ALERTS_FILE: a.toml breaks a rule:\n  hours: must be\n"
    )
    (directory / "logs/alerts.log").write_text(said)
    return Service("alerts", "127.0.0.1:9", directory, {}, process)


def test_a_setting_that_keeps_a_service_from_starting_is_wrong_usage_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError) as refused:
        ended(tmp_path, 2).wait()

    assert refused.value.exit_code == 2
    assert refused.value.message == (
        "alerts does not start: ATTUNE_ALERTS_FILE: a.toml breaks a rule:\n  hours: must be"
    )


def test_a_service_that_ends_otherwise_cannot_be_reached(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="alerts stopped while starting"):
        ended(tmp_path, 1).wait()
