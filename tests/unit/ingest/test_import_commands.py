"""What an import says beforehand, without any server."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from services.ingest.commands.import_ import import_
from services.ingest.commands.source import source
from services.ingest.connectors.items import Doomed, Dropped, Rejected
from services.ingest.interpret import Policy
from services.ingest.judged import judged
from shared.events.lists import Lists
from shared.events.retention import Retention
from tests.unit.ingest.calendars import calendar, event
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


@pytest.mark.usefixtures("ours")
def test_invitations_in_mails_are_imported_as_meetings(tmp_path: Path) -> None:
    invitation = f"{MAILS[0].partition(chr(10) * 2)[0]}\nContent-Type: text/calendar; method=REQUEST\n\n"
    (tmp_path / "one.eml").write_bytes(invitation.encode() + calendar(event()))

    told = run("ics", str(tmp_path / "one.eml"), "--dry-run", "--json", "--from", "2026-01-01", "--to", "2027-01-01")

    assert [orjson.loads(line)["data"]["kind"] for line in told.stdout.splitlines()] == ["meeting"]
    assert run("eml", str(tmp_path), "--dry-run").stdout.count("dropped: calendar") == 1


SENT: dict[str, Any] = {
    "specversion": "1.0",
    "type": "attune.touchpoint.v1",
    "source": "x",
    "id": "1",
    "time": "2026-03-02T00:00:00Z",
    "data": {"kind": "email", "direction": "inbound", "people": [{"address": "ana@corp.example"}]},
}


def test_readers_drop_by_the_lists_as_ingest_does() -> None:
    policy = Policy(b"key", lists=Lists(blocked={"corp.example"}))
    wrong = SENT | {"time": "tomorrow"}

    blocked, refused = judged([SENT, wrong], "acme", MAILBOX.read_at, policy)

    assert blocked == Dropped("blocked", "1")
    assert isinstance(refused, Rejected)
    assert refused.reason.startswith("1: time: 'tomorrow'")
    # What somebody wrote as an event goes to ingest all the same if it breaks a rule, and is kept there.
    written = [orjson.dumps(SENT), orjson.dumps(wrong)]
    assert list(judged(written, "acme", MAILBOX.read_at, policy)) == [blocked, Doomed(written[1], refused.reason)]


def test_readers_drop_what_is_older_than_what_is_kept() -> None:
    policy = Policy(b"key", retention=Retention(begins_at=datetime(2026, 3, 2, tzinfo=UTC).timestamp()))
    older = SENT | {"time": "2026-03-01T23:59:59Z"}

    assert list(judged([SENT, older], "acme", MAILBOX.read_at, policy)) == [
        SENT,
        Dropped("older than what is kept", "1"),
    ]


@pytest.mark.usefixtures("ours")
@pytest.mark.parametrize(
    "words",
    [
        ("ics", "nowhere.ics"),
        ("ics", "{here}", "--from", "2026-03-01", "--to", "2026-02-01", "--dry-run"),
        ("eml", "{here}", "--source", "Bad Name"),
        ("ics", "{here}", "--source", "Bad Name"),
        ("csv", "{here}/table.csv", "--mapping", "{here}/broken.toml"),
    ],
)
def test_wrong_usage_is_told_from_a_problem_found(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("a\n1\n")
    (tmp_path / "broken.toml").write_text("[touchpoint\n")

    answer = run(*(word.format(here=tmp_path) for word in words))

    assert (answer.exit_code, "Error: " in answer.stderr) == (2, True), answer.output


def test_a_source_with_a_name_that_cannot_be_is_wrong_usage() -> None:
    answer = CliRunner().invoke(source, ["add", "Bad Name"])

    assert answer.exit_code == 2
    assert "'Bad Name' — must be lower-case" in answer.stderr


def test_a_check_of_nothing_leaves_with_one(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n")

    assert CliRunner().invoke(source, ["check", str(tmp_path / "empty.jsonl")]).exit_code == 1


@pytest.mark.usefixtures("ours")
def test_a_dry_run_says_what_it_cannot_compare(tmp_path: Path) -> None:
    (tmp_path / "mine.ics").write_bytes(calendar(event()))

    answer = run("ics", str(tmp_path / "mine.ics"), "--dry-run", "--from", "2026-01-01", "--to", "2027-01-01")

    assert "NATS does not answer" in answer.stderr
