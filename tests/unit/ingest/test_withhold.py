"""Whoever is kept out leaves no trace in what is refused."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.interpret import Outcome, Policy
from services.ingest.withhold import withheld
from shared.events.lists import Lists
from shared.events.refusal import Refusal

POLICY = Policy(b"key", own_domains=frozenset({"us.example"}))
BLOCKING = Policy(
    b"key", lists=Lists({POLICY.handle_of("dana@corp.example"), "gone.example", POLICY.handle_of("tel:+4930123")})
)


def refused(original: bytes, field: str = "time") -> Outcome:
    return Outcome("of dana@corp.example", refusal=Refusal(field, "dana@corp.example", "is wrong"), original=original)


@pytest.mark.parametrize(
    "original",
    [
        orjson.dumps({"data": {"people": [{"address": "mailto:Dana@CORP.example"}]}}),
        orjson.dumps({"data": {"people": [{"address": "Dana O. <dana@corp.example>"}]}}),
        b'{"data": "dana\\u0040corp.example"}',
        b'{"id": "x", "people": "dana@corp.example" and no JSON',
        orjson.dumps({"data": {"dana@corp.example": 1}}),
        orjson.dumps([{"people": [{"address": "tel:+49 30-123"}]}]),
        orjson.dumps({"people": "someone@eu.gone.example"}),
        b"\xff\xfe dana@corp.example",
        b'{"data": {"commitment": {"ref": "deal-dana@corp.example-7"}}}',
        b"[" * 900 + b'"dana@corp.example"' + b"]" * 900,
    ],
)
def test_an_original_that_names_somebody_blocked_is_not_kept(original: bytes) -> None:
    kept = withheld(refused(original, "data.dana@corp.example"), BLOCKING)

    assert b"dana" not in repr(kept).encode()
    assert kept.refusal is not None
    assert "is wrong" in kept.refusal.rule


def test_what_names_nobody_who_is_blocked_is_kept_as_it_came() -> None:
    outcome = refused(b'{"people": "bo@corp.example"}')

    assert withheld(outcome, BLOCKING) == outcome
    assert withheld(refused(b"dana@corp.example"), POLICY).original == b"dana@corp.example"


def test_an_allow_list_keeps_the_originals_of_all_others_out() -> None:
    policy = Policy(b"key", frozenset({"us.example"}), lists=Lists(allowed={"corp.example"}))

    assert withheld(refused(b'{"to": "dana@corp.example", "by": "me@us.example"}'), policy).original
    assert not withheld(refused(b'{"to": "eve@other.example"}'), policy).original


@given(st.binary())
def test_no_bytes_make_it_crash(original: bytes) -> None:
    assert withheld(refused(original + b" eve@gone.example"), BLOCKING).original == b""
