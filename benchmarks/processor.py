"""How long processes were on the processor, to the nanosecond, as Linux counts it."""

from pathlib import Path

import psutil


def seconds(pids: list[int]) -> float:
    """Return what these processes and all their children have spent so far; who has ended counts no more."""
    return sum(_spent(pid) for root in pids for pid in (root, *_children(root))) / 1e9


def _children(pid: int) -> list[int]:
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _spent(pid: int) -> int:
    """Return nanoseconds of every thread."""
    spent = 0
    for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            spent += int(thread.read_text().split()[0])
        except OSError:
            continue
    return spent
