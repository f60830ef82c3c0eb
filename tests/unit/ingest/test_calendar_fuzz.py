"""Whatever is done to a calendar, the reader says what it makes of it, and says it soon."""

import os
import random
import time
from itertools import count

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.ingest.connectors.items import Dropped, Rejected
from services.ingest.interpret import interpret
from tests.unit.ingest.calendars import NOW, POLICY, corpus, first, reading

SECONDS = float(os.environ.get("ATTUNE_FUZZ_SECONDS", "2"))
FILE_BYTES_MAX = 30_000
CALENDAR_SECONDS_MAX = 20.0
VALUES = [
    b"", b"\x00", b"\xff\xfe", b"00000000T000000Z", b"99991231T235959Z", b"20240229", b"P1W", b"-PT1H", b"P999999999W",
    b"19700101T000000", b"20240101T000000Z/20240102T000000Z", b"FREQ=SECONDLY", b"FREQ=DAILY;COUNT=-1", b"-1", b"1e9",
    b"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", b"FREQ=DAILY;INTERVAL=0", b"FREQ=HOURLY;UNTIL=99991231", b"mailto:a@b.example",
    b"mailto:@", b"mailto:\xc3\xa4@\xc3\xa4..", b"0", b"CANCELLED", b"TRANSPARENT", b"+2400", b"Europe/Berlin", b"../../etc/passwd",
]  # fmt: skip
LINES = [
    b"BEGIN:VEVENT", b"END:VEVENT", b"BEGIN:VCALENDAR", b"END:VCALENDAR", b"BEGIN:VTIMEZONE", b"RRULE:FREQ=DAILY",
    b"EXDATE:20240101T000000Z", b"RDATE;VALUE=PERIOD:20240101T000000Z/PT1H", b"RECURRENCE-ID;RANGE=THISANDFUTURE:20240101T000000Z",
    b"DTSTART:20240110T100000", b"DTSTART;TZID=Nowhere/At_All:20240110T100000", b"DTEND;VALUE=DATE:20240111", b"DURATION:PT0S",
    b"ATTENDEE;PARTSTAT=DECLINED:mailto:x@y.example", b"ATTENDEE:mailto:z@y.example", b"ORGANIZER:mailto:me@ours.example",
    b"X-WR-TIMEZONE:W. Europe Standard Time", b"METHOD:CANCEL", b"SEQUENCE:99999999999999999999", b"UID:1", b" folded", b":", b";",
]  # fmt: skip


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return the calendar after a few accidents."""
    lines = data.splitlines()
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(lines) + 1)
        match chance.randrange(8):
            case 0:
                del lines[at : at + chance.randint(1, 5)]
            case 1:
                lines[at:at] = [chance.choice(LINES)]
            case 2:
                lines[at:at] = lines[at : at + chance.randint(1, 20)]
            case 3:
                lines[:at] = []
            case 4 if lines:
                chance.shuffle(lines)
            case 5 if at < len(lines):
                lines[at] = lines[at].partition(b":")[0] + b":" + chance.choice(VALUES)
            case 6 if at < len(lines):
                cut = chance.randrange(len(lines[at]) + 1)
                lines[at] = lines[at][:cut] + chance.randbytes(chance.randint(1, 3)) + lines[at][cut:]
            case _ if at < len(lines):
                lines[at] = lines[at].replace(b";", chance.choice([b":", b";;", b","]))
    return b"\r\n".join(lines)


def tell(data: bytes) -> None:
    """Read it, and see that every item is an envelope that ingest takes, or a reason."""
    begun = time.process_time()
    found = reading(data)
    changes = first(found)
    assert time.process_time() - begun < CALENDAR_SECONDS_MAX
    assert all(isinstance(item, Dropped | Rejected) and item.reason and item.item for item in changes.others)
    for start in range(0, len(changes.envelopes), 1000):
        batch = orjson.dumps(changes.envelopes[start : start + 1000])
        outcomes = interpret(batch, "ics", NOW, POLICY)
        assert not [outcome.refusal for outcome in outcomes if outcome.refusal]
    assert changes.envelopes or changes.others


@settings(max_examples=60, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(st.randoms(use_true_random=False))
def test_a_mangled_calendar_becomes_envelopes_that_ingest_takes_or_reasons(chance: random.Random) -> None:
    data = chance.choice([data for data in corpus().values() if len(data) < FILE_BYTES_MAX])

    tell(mutated(data, chance))


@settings(max_examples=60)
@given(st.binary(max_size=500))
def test_any_bytes_become_a_reason(data: bytes) -> None:
    tell(data)


@pytest.mark.timeout(SECONDS + 300)  # what is allowed to any test, on top of what is asked for
def test_fuzzing_for_as_long_as_asked_finds_nothing_else() -> None:
    """ATTUNE_FUZZ_SECONDS says how long; every calendar is named by its seed."""
    files = [data for data in corpus().values() if len(data) < FILE_BYTES_MAX]
    ends_at = time.monotonic() + SECONDS
    for seed in count(int(os.environ.get("ATTUNE_FUZZ_SEED", "0"))):
        if time.monotonic() >= ends_at:
            break
        chance = random.Random(seed)
        try:
            tell(mutated(chance.choice(files), chance))
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
