"""Every event version ever published still reads: samples are added, never changed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.ingest.interpret import Policy, interpret

SAMPLES = [line for path in sorted(Path(__file__).parent.glob("*.jsonl")) for line in path.read_bytes().splitlines()]
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize("sample", SAMPLES)
def test_an_event_of_any_version_still_reads(sample: bytes) -> None:
    [outcome] = interpret(sample, "acme", NOW, Policy(b"a key for tests"))

    assert outcome.word in {"accepted", "retracted"}, outcome.refusal


def test_the_samples_hold_every_kind() -> None:
    assert len(SAMPLES) >= 10
