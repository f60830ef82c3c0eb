from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.channels.post import outcome_of, retry_after
from services.alerts.delivery import GIVE_UP_AFTER, PAUSE_MAX, Delivery, Outcome, after, pause
from shared.errors import Refused
from shared.plumbing.public_address import checked, is_public

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FAILED = Outcome("answered 500")
jitters = st.floats(0, 1)


def attempt(number: int = 1, created_at: datetime = NOW) -> Delivery:
    return Delivery(UUID(int=1), "webhook", "hooks.example", "{}", created_at, number)


def test_what_was_taken_is_delivered() -> None:
    step = after(attempt(), Outcome(), NOW, 0.5)

    assert (step.delivered_at, step.next_attempt_at, step.gave_up_at, step.last_error) == (NOW, None, None, None)


@given(number=st.integers(1, 1000), jitter=jitters)
def test_a_pause_is_never_longer_than_the_longest(number: int, jitter: float) -> None:
    assert timedelta(0) <= pause(number, jitter) <= PAUSE_MAX


def test_the_longest_pause_doubles_with_each_attempt() -> None:
    assert [pause(number, 1.0).total_seconds() for number in (1, 2, 3, 4)] == [2, 4, 8, 16]


def test_many_that_failed_together_come_back_apart() -> None:
    assert pause(5, 0.1) != pause(5, 0.9)


@given(jitter=jitters)
def test_the_receiver_may_ask_for_a_longer_pause(jitter: float) -> None:
    step = after(attempt(), FAILED._replace(retry_after=timedelta(hours=2)), NOW, jitter)

    assert step.next_attempt_at == NOW + timedelta(hours=2)


def test_trying_goes_on_for_days_and_then_ends() -> None:
    nearly = after(attempt(200, NOW - GIVE_UP_AFTER + timedelta(hours=2)), FAILED, NOW, 1.0)
    at_last = after(attempt(200, NOW - GIVE_UP_AFTER), FAILED, NOW, 1.0)

    assert nearly.next_attempt_at is not None
    assert (at_last.gave_up_at, at_last.last_error) == (NOW, "answered 500")


def test_who_wants_no_more_is_given_up_at_once() -> None:
    assert after(attempt(), Outcome("answered 410 Gone", is_gone=True), NOW, 1.0).gave_up_at == NOW


def test_a_pause_is_asked_for_in_seconds_or_as_a_date() -> None:
    assert retry_after("120", NOW) == timedelta(minutes=2)
    assert retry_after("Mon, 23 Nov 2026 12:05:00 GMT", NOW) == timedelta(minutes=5)


@pytest.mark.parametrize("nonsense", [None, "", "soon", "-5", "1.5", "9" * 400, "Mon, 23 Nov 2020 12:05:00 GMT"])
def test_nonsense_asks_for_no_pause(nonsense: str | None) -> None:
    assert retry_after(nonsense, NOW) == timedelta(0)


def test_nobody_can_ask_for_more_than_a_day() -> None:
    assert retry_after("99999999", NOW) == timedelta(days=1)


@pytest.mark.parametrize(
    ("status", "is_gone"),
    [(301, False), *((status, False) for status in (400, 401, 403, 404, 413, 422, 429)), (410, True), (500, False)],
)
def test_only_410_is_final(status: int, is_gone: bool) -> None:
    outcome = outcome_of(httpx.Response(status), NOW)

    assert outcome.error is not None
    assert outcome.is_gone is is_gone
    assert not outcome.is_refused


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 -- refused, not listened on
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "::127.0.0.1",
        "fec0::1",
        "100::1",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
        "192.0.0.192",
        "192.88.99.1",
        "168.63.129.16",
        "fd00:ec2::254",
    ],
)
def test_our_own_network_is_not_public(address: str) -> None:
    assert not is_public(address)


@given(address=st.ip_addresses())
def test_what_python_calls_private_is_never_public(address: IPv4Address | IPv6Address) -> None:
    assert address.is_global or not is_public(str(address))


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "::ffff:93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "2a00:1450::1"]
)
def test_the_internet_is_public(address: str) -> None:
    assert is_public(address)


async def test_a_name_for_our_own_machine_is_refused() -> None:
    with pytest.raises(Refused, match="not a public address"):
        await checked(httpx.URL("http://localhost:8080/hook"), "PERMIT")


async def test_a_public_address_is_called_as_it_was_checked() -> None:
    assert str(await checked(httpx.URL("https://93.184.216.34/hook"), "PERMIT")) == "https://93.184.216.34/hook"
