"""Whoever is kept out is kept out of what is refused, too. Pure."""

from services.ingest.interpret import Outcome, Policy
from shared.events.lists import BLOCKED, NOT_ALLOWED
from shared.events.named import named_in, named_within, unnamed


def withheld(outcome: Outcome, policy: Policy) -> Outcome:
    """Return a refusal as it may be kept: the reason alone where the event names somebody the lists keep out."""
    lists, refusal = policy.lists, outcome.refusal
    if refusal is None or not (lists.blocked or lists.allowed):
        return outcome
    is_kept_out = any(policy.why_not(address) in {BLOCKED, NOT_ALLOWED} for address in named_in(outcome.original))
    if not is_kept_out and not any(policy.why_not(its) == BLOCKED for its in named_within(outcome.original)):
        return outcome
    return Outcome(None, refusal=unnamed(refusal))
