from typing import Any

import orjson
import pytest

from services.ingest.interpret import Policy, interpret
from shared.events.accepted import Accepted
from shared.events.handle import content_rekeyed, earlier_keys, handle_of, key_id, keys_of, rekeyed
from tests.unit.ingest.test_interpret import NOW, event

ONE, BOTH, ALL = b"one", b"one~>two", b"one~>two~>three"


def test_a_chain_goes_on_from_the_handle_alone() -> None:
    assert rekeyed((b"two", b"three"), handle_of(ONE, "ana@corp.example")) == handle_of(ALL, "ana@corp.example")
    assert rekeyed((b"three",), handle_of(BOTH, "ana@corp.example")) == handle_of(ALL, "ana@corp.example")


def test_a_key_knows_those_it_grew_from() -> None:
    assert earlier_keys(ALL) == {key_id(ONE): (b"two", b"three"), key_id(BOTH): (b"three",), key_id(ALL): ()}
    assert keys_of(ALL)[0] == ONE
    assert key_id(b"two") not in earlier_keys(ALL)


@pytest.mark.parametrize("key", [BOTH, ALL])
def test_what_ingest_says_under_a_chain_is_what_it_said_re_keyed(key: bytes) -> None:
    later = earlier_keys(key)[key_id(ONE)]

    old, new = (_accepted(k, thread="t", by="me@us.example") for k in (ONE, key))

    assert new.handle == rekeyed(later, old.handle)
    assert new.by_handle == rekeyed(later, old.by_handle or "")
    assert new.content == content_rekeyed(later, old.content)
    assert orjson.loads(new.details or "")["thread"] == rekeyed(later, orjson.loads(old.details or "")["thread"])


def _accepted(key: bytes, **data: Any) -> Accepted:
    [outcome] = interpret(orjson.dumps(event(**data)), "acme", NOW, Policy(key))
    return outcome.touchpoints[0]
