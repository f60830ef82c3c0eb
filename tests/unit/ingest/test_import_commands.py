"""What an import says beforehand, without any server."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from services.ingest.commands.import_ import import_
from services.ingest.interpret import Policy
from services.ingest.judged import judged
from shared.events.lists import Lists
from tests.unit.ingest.test_mail import MAILBOX

MAIL = "From: {}\nTo: {}\nDate: Mon, 02 Mar 2026 09:30:00 +0100\nMessage-ID: <{}@corp.example>\n\nhello\n"
MAILS = [
    MAIL.format("bo@acme.example", "ana@corp.example", 1),
    MAIL.format("bo@acme.example", "info@corp.example", 2),
]


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ATTUNE_OWN_DOMAINS", "acme.example")
    monkeypatch.setenv("ATTUNE_DIRECTORY", str(tmp_path))


def run(*words: str) -> Result:
    return CliRunner().invoke(import_, words)


@pytest.fixture
def mails(tmp_path: Path) -> str:
    for number, mail in enumerate(MAILS):
        (tmp_path / f"{number}.eml").write_text(mail)
    return str(tmp_path)


@pytest.mark.usefixtures("ours")
def test_a_dry_run_tells_what_ingest_would_drop(mails: str) -> None:
    lines = [orjson.loads(line) for line in run("eml", mails, "--dry-run", "--json").stdout.splitlines()]

    assert [line.get("dropped") for line in lines] == [None, "role address"]
    assert "dropped: role address" in run("eml", mails, "--dry-run").stdout


def test_readers_drop_by_the_lists_as_ingest_does() -> None:
    policy = Policy(b"key", lists=Lists(blocked={"corp.example"}))
    sent: dict[str, Any] = {
        "specversion": "1.0",
        "type": "attune.touchpoint.v1",
        "source": "x",
        "id": "1",
        "time": "2026-03-02T00:00:00Z",
        "data": {"kind": "email", "direction": "inbound", "people": [{"address": "ana@corp.example"}]},
    }

    blocked, refused = judged([sent, sent | {"time": "tomorrow"}], "acme", MAILBOX.read_at, policy)

    assert (blocked.reason, blocked.item) == ("blocked", "1")  # type: ignore[union-attr]
    assert refused.reason.startswith("1: time: 'tomorrow'")  # type: ignore[union-attr]
