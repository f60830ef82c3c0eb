"""`attune explain`: why this score, when it will drift, and what would help."""

from datetime import datetime
from typing import Any

import click

from services.cli import reading
from services.cli.explanation import explain as explain_relationship
from services.cli.explanation import who
from services.cli.moments import WhatIf
from shared.alignment.counterfactual import Touch
from shared.plumbing import terminal
from shared.plumbing.moments import Moment
from shared.plumbing.settings import settings

CHANNELS = ("contact", "dialogue", "depth", "accord", "strain")
COLUMNS = ("occurred_at", "kind", "direction", "dose", *CHANNELS, "source", "id")


@click.command
@click.argument("name", metavar="WHO")
@click.option("--initiative", help="Where the person is on several.")
@click.option("--at", type=Moment(), help="As of a date or moment (UTC unless it names a zone); default now.")
@click.option("--what-if", type=WhatIf(), help="Add a touch: meeting:60, call:15, email, disclosure:0.7.")
@terminal.json_option
def explain(name: str, initiative: str | None, at: datetime | None, what_if: Touch | None, as_json: bool) -> None:
    """Show what each touchpoint brings to each channel of WHO (a stakeholder, an address or a full name).

    The points of a column add up to the channel, 0 to 100. The forecast says when silence alone brings the
    score under the line, and from when to when each reason to worry holds; --what-if says what one more touch
    would make of score and line.
    """
    chosen = settings()
    terminal.run(reading.known(chosen, initiative))
    relationship = terminal.run(who(chosen, name, initiative))
    told = terminal.run(explain_relationship(chosen, relationship, at, what_if))
    if as_json:
        terminal.show_json(told)
        return
    for line in sentences(told):
        click.echo(line)
    terminal.show(told["contributions"], COLUMNS)


def sentences(told: dict[str, Any]) -> list[str]:
    """Say the reading, the forecast and the counterfactual."""
    standing, forecast = told["alignment"], told["forecast"]
    score = "no score yet" if standing["score"] is None else f"{standing['score']:.0f} points"
    shares = ", ".join(f"{channel} {standing[channel]:.0f}" for channel in CHANNELS)
    lines = [f"{standing['name']} ({standing['initiative']}) is {standing['band']}: {score} from {shares}."]
    line = forecast["line"]
    if standing["score"] is not None:
        lines.append(_fading("In silence it", standing["score"], forecast["fading_at"], line))
    lines += [_reason(**row) for row in forecast.get("reasons", ()) if row["reason"] != "fading"]
    if (score_then := forecast.get("with_touch_score")) is not None:
        lines.append(f"With this touch the score would be {score_then:.0f}.")
        lines.append(_fading("In silence after it, it", score_then, forecast["with_touch_fading_at"], line))
    return lines


def _reason(reason: str, begins_at: datetime, ends_at: datetime | None, *, holds: bool) -> str:
    begins = f"{'has been' if holds else 'will be'} {reason.replace('_', ' ')} {'since' if holds else 'from'}"
    until = f" until {ends_at:%-d %B %Y}" if ends_at else ", until something happens"
    return f"In silence it {begins} {begins_at:%-d %B %Y}{until}."


def _fading(silently: str, score: float, fading_at: datetime | None, line: float) -> str:
    if fading_at is not None:
        return f"{silently} falls under the line of {line:.0f} on {fading_at:%-d %B %Y}."
    if score < line:
        return f"{silently} stays under the line of {line:.0f}."
    return f"{silently} stays above the line of {line:.0f} for ten years and more."
