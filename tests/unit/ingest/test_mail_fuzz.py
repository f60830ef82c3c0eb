"""Mails broken at random: whatever the bytes, one item comes out and nothing else happens.

`ATTUNE_FUZZ_SECONDS=600 ATTUNE_FUZZ_SEED=7 pytest tests/unit/ingest/test_mail_fuzz.py` goes on for ten minutes.
"""

import io
import os
import random
import time
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.connectors import mail, mbox
from services.ingest.connectors.ics import mails
from services.ingest.connectors.ics.read import read
from services.ingest.connectors.items import Dropped, Item, Rejected
from services.ingest.interpret import Policy, interpret
from shared.errors import Refused
from tests.unit.ingest import mail_corpus
from tests.unit.ingest.calendars import NOW, TERMS, first
from tests.unit.ingest.mail_corpus import MAILBOX, READ_AT
from tests.unit.ingest.mailboxes import mbox as made_up
from tests.unit.ingest.test_calendar_mails import INVITATION, reply

SECONDS = float(os.environ.get("ATTUNE_FUZZ_SECONDS", "3"))
ONE_MAIL_SECONDS_MAX = 5.0
POLICY = Policy(b"key")
SEED = b"".join(made_up(3, 2))
INVITATIONS = [INVITATION, reply("DECLINED"), reply("ACCEPTED", "SEQUENCE:1")]
ODD = [b"\x00", b"\xff", b"\r", b"\n", b"\n\n", b"\r\n", b"(", b")", b"<", b">", b'"', b"@", b",", b";", b":", b"\\"]
ODD += [
    b"=?utf-8?q?",
    b"?=",
    b"\nFrom ",
    b"\nDate: ",
    b"\nTo: ",
    b"\nContent-Length: 5\n",
    b"[",
    b"\xc3\xa4",
    b"9" * 40,
]
ODD += [b"\nContent-Type: multipart/mixed\n\nContent-Type: text/calendar\n", b"\nMessage-ID: <\xed\xa0\x80>", b"xn--"]


def is_item(item: Item) -> bool:
    """Tell whether it is one, and whether ingest takes every envelope among them."""
    if isinstance(item, Dropped | Rejected):
        orjson.dumps([item.reason, item.item])
        return bool(item.reason)
    [outcome] = interpret(orjson.dumps(item), "mail", READ_AT, POLICY)
    assert outcome.refusal is None, outcome.refusal
    return True


def check(broken: bytes) -> None:
    """Read the bytes as a mail and as a mailbox."""
    begun = time.monotonic()
    assert is_item(mail.item(broken, "x", MAILBOX))
    try:
        for message in mbox.messages(io.BufferedReader(io.BytesIO(broken)), Path("x")):
            assert is_item(mail.item(message, "x", MAILBOX))
    except Refused as refused:
        assert "is no mbox" in str(refused)  # noqa: PT017 -- refusing is fine, too
    check_calendars(broken)
    assert time.monotonic() - begun < ONE_MAIL_SECONDS_MAX


def check_calendars(broken: bytes) -> None:
    """Read what the mail invites to."""
    changes = first(read(mails.with_answers(mails.calendars_in(broken + b"\ntext/calendar", "x"), TERMS.zone), TERMS))
    assert all(is_item(item) for item in changes.others)
    assert all(not interpret(orjson.dumps(item), "ics", NOW, POLICY)[0].refusal for item in changes.envelopes)


@given(st.binary())
def test_any_bytes_are_an_item(content: bytes) -> None:
    check(content)


@settings(max_examples=200)
@given(st.data())
def test_a_mail_with_anything_in_it_is_an_item(data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(SEED)))
    end = data.draw(st.integers(begin, len(SEED)))

    check(SEED[:begin] + data.draw(st.binary(max_size=50) | st.sampled_from(ODD)) + SEED[end:])


@pytest.mark.timeout(SECONDS + 300)  # what is allowed to any test, on top of what is asked for
@pytest.mark.skipif(not mail_corpus.is_there(), reason="the corpora are not here: they lie in ../shared/data")
def test_the_corpora_broken_at_random_are_items() -> None:
    chance = random.Random(int(os.environ.get("ATTUNE_FUZZ_SEED", "3")))
    seeds = [content[:60_000] for _, content in mail_corpus.files()] + INVITATIONS
    until = time.monotonic() + SECONDS

    while time.monotonic() < until:
        broken = mutated(chance.choice(seeds), chance)
        try:
            check(broken)
        except BaseException:
            Path("fuzz-failure.bin").write_bytes(broken)
            raise


def mutated(seed: bytes, chance: random.Random) -> bytes:
    """Break the fields rather than the body, in a few places."""
    broken = bytearray(seed)
    reach = max(1, min(len(broken), chance.choice([200, 2000, 60_000])))
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(reach)
        match chance.randrange(4):
            case 0:
                del broken[at : at + chance.randint(1, 40)]
            case 1:
                broken[at:at] = chance.choice(ODD) * chance.choice([1, 1, 1, 2, 50])
            case 2:
                broken[at : at + 1] = bytes([chance.randrange(256)])
            case _:
                other = chance.randrange(reach)
                broken[at:at] = broken[other : other + chance.randint(1, 200)]
    return bytes(broken)
