"""Takes a person off a roster; what is logged of them stays, and counts again should they come back."""

from datetime import datetime
from typing import Any

from services.roster.identity import Identity
from services.roster.store import PACKAGE
from shared.errors import Refused
from shared.plumbing import roster_log
from shared.plumbing.fold_lock import hold_fold_lock
from shared.plumbing.queries import query


async def remove(connection: Any, who: Identity, initiative: str | None, at: datetime, by: str) -> list[str]:
    """Take them off the initiative's roster, or off all, and return which; raise Refused where they are on none.

    With a relationship go its state, alerts and plans; with the last one name and addresses, but not the log.
    """
    async with connection.transaction():
        # Alone: a touchpoint folded meanwhile would look for a relationship that is gone.
        await hold_fold_lock(connection)
        before = await roster_log.standing(connection, [who.stakeholder] if who.person_id else [])
        gone = {place: facts for place, facts in before.items() if initiative in {None, place[0]}}
        if not gone:
            raise Refused(f"{who.stakeholder or who.addresses[0]} is not on {initiative or 'a'} roster")
        await connection.execute(query(PACKAGE, "remove"), who.person_id, initiative)
        await roster_log.record(connection, "removed", roster_log.changes(gone, {}), at, by)
    return sorted(initiative for initiative, _ in gone)
