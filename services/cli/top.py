"""What `attune top` draws, from what `attune status` finds: pure, and as of two moments for the rates."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from rich.columns import Columns
from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

COLOURS = {"aligned": "green", "cooling": "yellow", "misaligned": "red", "dead": "red", "lag": "yellow"}


class Sample(NamedTuple):
    """What was found, and when."""

    found: Mapping[str, Any]
    seconds: float
    """On any clock that does not jump."""


def picture(now: Sample, before: Sample | None = None, trouble: str | None = None) -> Group:
    """Return what is to be seen; without an earlier sample there are no rates."""
    found = now.found
    panels = [
        panel("Services", ["", "waiting", "oldest", "messages/s"], services(now, before)),
        panel("Touchpoints", ["", ""], touchpoints(now, before)),
        panel("Relationships", ["", ""], amounts(found["bands"])),
        panel("Open alerts", ["", ""], amounts(found["drifts"])),
        panel("Deliveries, last day", ["", ""], amounts(found["deliveries"])),
    ]
    told = Text(trouble, style="bold red") if trouble else Text(f"{found['database_url']}  {found['nats_url']}", "dim")
    return Group(Columns(panels), told)


def services(now: Sample, before: Sample | None) -> Iterable[tuple[Text, ...]]:
    """Return a row for each service that takes from a queue."""
    for name, lag in now.found["lag"].items():
        oldest = now.found["oldest"][name]
        yield (
            Text(name),
            Text("not started" if lag is None else f"{lag:,}", COLOURS["lag"] if lag else ""),
            Text("" if oldest is None else f"{oldest:,.0f} s"),
            Text(rate(now, before, "taken", name)),
        )


def touchpoints(now: Sample, before: Sample | None) -> Iterable[tuple[Text, ...]]:
    """Return how many there are, and how fast they come."""
    count = now.found["counts"]["touchpoints"]
    yield Text("in the log"), Text("-" if count is None else f"{count:,}")
    yield Text("a second"), Text(rate(now, before, "counts", "touchpoints"))


def rate(now: Sample, before: Sample | None, part: str, name: str) -> str:
    """Return by how much a count rose in a second; nothing where that cannot be told."""
    earlier, later = (before.found[part].get(name) if before else None), now.found[part].get(name)
    if before is None or earlier is None or later is None or now.seconds <= before.seconds:
        return ""
    return f"{max(0.0, (later - earlier) / (now.seconds - before.seconds)):,.0f}"


def amounts(counted: Mapping[str, int]) -> Iterable[tuple[Text, ...]]:
    """Return a row for each thing that was counted."""
    for name, count in counted.items():
        yield Text(name, COLOURS.get(name, "")), Text(f"{count:,}")


def panel(title: str, heads: list[str], rows: Iterable[tuple[Text, ...]]) -> Panel:
    """Frame a small table."""
    laid_out = Table(box=None, show_header=any(heads), pad_edge=False, min_width=24)
    for number, head in enumerate(heads):
        laid_out.add_column(head, justify="right" if number else "left", header_style="dim")
    for row in rows:
        laid_out.add_row(*row)
    return Panel(laid_out if laid_out.row_count else Text("none", "dim"), title=title, title_align="left")
