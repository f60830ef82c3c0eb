"""What each event of a file would become, without publishing it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from services.ingest.connectors.items import Rejected
from services.ingest.interpret import Outcome, Policy, interpret

Foretold = dict[str, Any]


def foretell(
    lines: Iterable[tuple[int, bytes | Rejected]], source: str, now: datetime, policy: Policy
) -> Iterator[Foretold]:
    """Yield what each line would become, exactly as ingest would judge it now."""
    for number, event in lines:
        if isinstance(event, Rejected):
            yield {
                "line": number,
                "id": None,
                "result": "rejected",
                "reason": event.reason,
                "rule": event.rule,
            }
        else:
            (outcome,) = interpret(event, source, now, policy)
            yield {"line": number, "id": outcome.event_id, "result": outcome.word} | why(number, outcome)


def why(number: int, outcome: Outcome) -> Foretold:
    """Say what one event brings, or why it brings nothing."""
    if outcome.refusal:
        field, value, rule = outcome.refusal
        return {
            "reason": f"line {number}: {outcome.refusal}",
            "field": field,
            "value": value,
            "rule": f"{field} {rule}",
        }
    if outcome.dropped:
        return {"reason": outcome.dropped}
    return {"touchpoints": len(outcome.touchpoints)}
