"""Ports that are given out are nobody else's."""

from pathlib import Path

from shared.plumbing.embedded import ports


def test_no_port_is_given_out_twice_however_soon_the_next_is_asked_for() -> None:
    given = [ports.free() for _ in range(500)]
    assert len(set(given)) == len(given)


def test_no_port_is_one_that_the_system_lends_to_outgoing_connections() -> None:
    lent = Path("/proc/sys/net/ipv4/ip_local_port_range")
    first = int(lent.read_text().split()[0]) if lent.exists() else 49_152
    assert max(ports.free() for _ in range(100)) < first
