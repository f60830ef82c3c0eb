"""A network of a test's own, in which it may cut what it likes; only root may have one."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

CLONE_NEWNET = 0x40000000
IP, IPTABLES = (shutil.which(name) or "" for name in ("ip", "iptables"))


@contextmanager
def own() -> Iterator[None]:
    """Let this thread, and whatever it starts, see nobody else while the block lasts."""
    if os.geteuid() != 0 or not (IP and IPTABLES):
        pytest.skip("only root can have a network of its own, and it takes iptables to cut it")
    libc, before = ctypes.CDLL(None, use_errno=True), os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        if libc.unshare(CLONE_NEWNET):
            pytest.skip(f"no network of its own can be made here: {os.strerror(ctypes.get_errno())}")
        subprocess.run([IP, "link", "set", "lo", "up"], check=True)
        yield
    finally:
        libc.setns(before, CLONE_NEWNET)
        os.close(before)


def part(pid: int, port: int, others: list[int]) -> None:
    """Drop whatever a server that listens on `port` and its peers say to one another; none of them is told.

    Connections stay open on both sides, as they do when a cable is pulled, and no new one comes about between any two.
    """
    ours = [
        its.laddr.port for its in psutil.Process(pid).net_connections("tcp") if its.raddr and its.raddr.port in others
    ]
    for local in (port, *ours):
        _drop("--dport", str(local))
        _drop("--sport", str(local))
    for other in others:
        _drop("--syn", "--dport", str(other))


def heal() -> None:
    """Let everything through again."""
    subprocess.run([IPTABLES, "-w", "-F", "INPUT"], check=True)


def _drop(*what: str) -> None:
    subprocess.run([IPTABLES, "-w", "-A", "INPUT", "-p", "tcp", *what, "-j", "DROP"], check=True)
