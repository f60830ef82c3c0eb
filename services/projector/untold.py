"""What is news at the moment of a switch and nobody has come to judge yet: alerts is still to tell it."""

from datetime import datetime

from services.projector.store import PACKAGE, Connection
from shared.judging.judge import news
from shared.plumbing.models import live_model
from shared.plumbing.queries import query
from shared.plumbing.relationships import relationships

MOST = 2000
"""Folds wait meanwhile, about a millisecond for each; where more are due, alerts is far behind or down."""


async def keep_untold(connection: Connection, at: datetime) -> None:
    """Remember what the model still in force makes of whom nobody has judged; the caller keeps folds and alerts out."""
    live = await live_model(connection)
    ids = [row[0] for row in await connection.fetch(query(PACKAGE, "unjudged"), at, MOST)]
    if live is None or not ids:
        return
    found = [its for its, _ in await relationships(connection, ids, live[1], at)]
    # Where history is still arriving, nobody can say yet what it will show.
    settled = [its for its in found if its.settles_at is None or its.settles_at <= at]
    told_of = {its.relationship_id: ",".join(reasons) for its in settled if (reasons := news(its, live[1], at))}
    await connection.execute(query(PACKAGE, "keep_untold"), list(told_of), list(told_of.values()))
