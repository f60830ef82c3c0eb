"""What a connector author is told about what the connector sends."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from services.ingest.commands.source import source
from services.ingest.conform import RULES, Conformance
from services.ingest.interpret import Policy

NOW = datetime(2026, 4, 1, tzinfo=UTC)
HISTORY = Path(__file__).parents[2] / "history" / "v1.jsonl"


def event(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"event-{number}",
        "source": "crm",
        "type": "attune.touchpoint.v1",
        "time": f"2026-03-01T09:{number:02}:00Z",
        "data": {"kind": "call", "people": [{"address": "ana@corp.example"}]},
    } | more


def retraction(number: int = 1) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"back-{number}",
        "source": "crm",
        "type": "attune.retraction.v1",
        "data": {"source": "crm", "id": f"event-{number}"},
    }


def judged(*messages: Any, again: tuple[Any, ...] = (), is_stream: bool = False) -> dict[str, str]:
    conformance = Conformance("acme", Policy(b"key", frozenset({"acme.example"})))
    for number, message in enumerate(messages):
        conformance.take(f"message {number}", message if isinstance(message, bytes) else orjson.dumps(message), NOW)
    for message in again:
        conformance.again("again", orjson.dumps(message))
    return {verdict.rule: verdict.word for verdict in conformance.report(is_stream=is_stream)}


def worse(verdicts: dict[str, str]) -> dict[str, str]:
    return {rule: word for rule, word in verdicts.items() if word in {"broken", "doubtful"}}


def test_a_good_connector_keeps_every_rule() -> None:
    verdicts = judged([event(1), event(2)], retraction(1), again=(event(1), event(2)))

    assert set(verdicts.values()) == {"kept"}
    assert list(verdicts) == list(RULES)


def test_what_never_came_was_not_seen() -> None:
    verdicts = judged(event())

    assert (verdicts["retractions"], verdicts["stable"]) == ("not seen", "not seen")


def test_what_breaks_one_rule_is_not_said_to_keep_the_others() -> None:
    assert set(judged(b"no JSON").values()) == {"broken", "not seen"}
    assert set(judged(event(time="2026-03-01T09:00:00")).values()) == {"broken", "not seen"}


@pytest.mark.parametrize(
    ("message", "rule"),
    [
        (b"no JSON", "json"),
        ([], "json"),
        (event(specversion="0.3"), "envelope"),
        (event(id=""), "envelope"),
        (event(type="other"), "envelope"),
        (event(time="2026-03-01T09:00:00"), "time"),
        (event(time=(NOW + timedelta(days=1)).isoformat()), "time"),
        (event(data={"kind": "fax", "people": [{"address": "ana@corp.example"}]}), "touchpoint"),
        (event(data={"kind": "call", "people": [{"address": "ana@corp.example"}], "mood": 1}), "touchpoint"),
        (event(data={"kind": "call", "people": [{"address": "Ana"}]}), "people"),
        (event(data={"kind": "call", "people": []}), "people"),
        (event(more="x" * 300_000), "size"),
        (event(id="call/Ana@corp.example/1"), "privacy"),
        (event(source="crm/ana@corp.example"), "privacy"),
    ],
)
def test_a_broken_rule_is_told_by_its_name(message: Any, rule: str) -> None:
    assert worse(judged(message)) == {rule: "broken"}


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([event(1), event(1)], {}),
        ([event(1), event(2, id="event-1")], {"ids": "broken"}),
        ([event(1), event(1, id="other")], {"ids": "doubtful"}),
        ([retraction(1)], {"retractions": "doubtful"}),
        ([retraction(1), event(1)], {"retractions": "broken"}),
        ([event(data={"kind": "call", "people": [{"address": "uli@acme.example"}]})], {"people": "doubtful"}),
        (
            [event(data={"kind": "call", "people": [{"address": "ana@corp.example"}], "note": "x"})],
            {"privacy": "doubtful"},
        ),
        ([event(id="CADkq-0a9fXyz_abc@mail.corp.example")], {}),
    ],
)
def test_what_only_several_events_tell(messages: list[Any], expected: dict[str, str]) -> None:
    assert worse(judged(*messages)) == expected


def test_an_id_that_changes_from_reading_to_reading_is_not_stable() -> None:
    assert worse(judged(event(1), again=(event(1, id="random-4711"),))) == {"stable": "broken"}


def test_a_stream_of_single_events_is_asked_to_batch() -> None:
    messages = [event(time=(NOW - timedelta(minutes=n)).isoformat(), id=str(n)) for n in range(201)]

    assert worse(judged(*messages, is_stream=True)) == {"size": "doubtful"}
    assert worse(judged(messages, is_stream=True)) == {}


def test_a_bad_event_of_a_batch_is_named_by_its_place() -> None:
    conformance = Conformance("acme", Policy(b"key"))

    conformance.take("line 7", orjson.dumps([event(1), event(2, id="")]), NOW)

    assert conformance.verdicts["envelope"].examples == ["line 7[1]: id: '' — String must have at least 1 character"]


def test_the_command_reads_a_file_and_leaves_with_one_when_a_rule_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(orjson.dumps(event(1)) + b"\n\n" + orjson.dumps([event(2)]) + b"\n")
    good = CliRunner().invoke(source, ["check", str(path), "--again", str(path), "--json"])
    path.write_bytes(b"{}\n")
    bad = CliRunner().invoke(source, ["check", str(path)])

    assert good.exit_code == 0
    assert {row["rule"]: row["verdict"] for row in orjson.loads(good.stdout)}["stable"] == "kept"
    assert bad.exit_code == 1
    assert "envelope: line 1: type: missing — is required" in bad.stdout


def test_what_attune_itself_keeps_as_samples_conforms() -> None:
    conformance = Conformance("acme", Policy(b"key"))
    for line in HISTORY.read_bytes().splitlines():
        conformance.take("sample", line, datetime(2027, 1, 1, tzinfo=UTC))

    assert [verdict.examples for verdict in conformance.report() if verdict.broken] == []
