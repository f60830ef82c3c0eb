"""What is news at the moment of a switch and nobody has come to judge yet: alerts is still to tell it."""

from datetime import datetime

from services.projector.store import PACKAGE, Connection
from shared.alignment.model import Model
from shared.judging.judge import news
from shared.plumbing.models import live_model
from shared.plumbing.queries import query
from shared.plumbing.relationships import keep_depths, relationships

TOGETHER = 500
"""So many are judged at a time: it bounds the memory, and how long the transaction stands idle."""


async def switch_moment(connection: Connection, at: datetime) -> datetime:
    """Return the moment of a switch at `at`: later than all judging, which went on until the caller kept alerts out.

    Whoever was judged by the model that goes must not seem to have been judged by the one that comes.
    """
    moment: datetime = await connection.fetchval(query(PACKAGE, "switch_moment"), at)
    return moment


async def keep_untold(connection: Connection, at: datetime) -> None:
    """Remember what the model still in force makes of whom nobody has judged; the caller keeps folds and alerts out.

    Folds wait meanwhile, about a millisecond for each who is due: many only where alerts is far behind or down.
    """
    live = await live_model(connection)
    due = [row[0] for row in await connection.fetch(query(PACKAGE, "unjudged"), at)] if live else []
    for first in range(0, len(due), TOGETHER):
        await _keep(connection, due[first : first + TOGETHER], live[1], at)  # type: ignore[index]


async def _keep(connection: Connection, due: list[int], model: Model, at: datetime) -> None:
    await keep_depths(connection, due, at)
    found = [its for its, _ in await relationships(connection, due, model, at)]
    # Where history is still arriving, nobody can say yet what it will show.
    settled = [its for its in found if its.settles_at is None or its.settles_at <= at]
    told_of = {its.relationship_id: ",".join(reasons) for its in settled if (reasons := news(its, model, at))}
    await connection.execute(query(PACKAGE, "keep_untold"), list(told_of), list(told_of.values()))
